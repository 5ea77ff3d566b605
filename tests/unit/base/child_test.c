/* Real programs: shells and what they leave behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/child.c"

struct bed {
    struct loop *loop;
    struct child_pool *pool;
    struct child *child;
    int told;
    int exit_code;
    int signal;
    bool has_flooded;
    size_t thrown_away;
    char output[4096];
    size_t output_len;
};

static const char *const environment[] = {"PATH=/usr/bin:/bin", "NAMED=yes",
                                          NULL};

static void
on_done(void *cookie, const struct child_end *end)
{
    struct bed *bed = cookie;

    bed->told++;
    bed->child = NULL;
    bed->exit_code = end->exit_code;
    bed->signal = end->signal;
    bed->has_flooded = end->has_flooded;
    bed->thrown_away = end->thrown_away;
    bed->output_len = end->output_len;
    (void)snprintf(bed->output, sizeof bed->output, "%s", end->output);
    loop_stop(bed->loop);
}

static void
open_bed(struct bed *bed)
{
    memset(bed, 0, sizeof *bed);
    bed->loop = loop_create();
    bed->pool = child_pool_create(bed->loop, 2);
}

static void
close_bed(struct bed *bed)
{
    child_pool_free(bed->pool);
    loop_free(bed->loop);
    /* Nobody is left behind for others to reap. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void
start_shell(struct bed *bed, const char *script)
{
    const char *argv[] = {"/bin/sh", "-c", script, NULL};

    bed->child = child_start(bed->pool, argv, environment, on_done, bed);
    assert_non_null(bed->child);
    assert_int_equal(bed->told, 0); /* never from inside */
}

static void
run_shell(struct bed *bed, const char *script)
{
    bed->told = 0;
    start_shell(bed, script);
    loop_run(bed->loop);
    assert_int_equal(bed->told, 1);
}

static void
its_words_and_its_end(void **state)
{
    struct bed bed;

    (void)state;
    open_bed(&bed);
    run_shell(&bed, "echo out; echo err >&2; exit 3");
    assert_int_equal(bed.exit_code, 3);
    assert_int_equal(bed.signal, 0);
    assert_string_equal(bed.output, "out\nerr\n");
    run_shell(&bed, "kill -SEGV $$");
    assert_int_equal(bed.exit_code, -1);
    assert_int_equal(bed.signal, SIGSEGV);
    assert_string_equal(bed.output, "");
    close_bed(&bed);
}

static void
nothing_of_ours_goes_along(void **state)
{
    struct bed bed;
    int fds[2];

    (void)state;
    open_bed(&bed);
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(fds), 0); /* not CLOEXEC */
    run_shell(&bed, "env | sort | grep -v '^PWD='; cat; "
                    "ls /proc/self/fd | wc -l");
    /* 0, 1, 2 and the one ls lists with. */
    assert_string_equal(bed.output, "NAMED=yes\nPATH=/usr/bin:/bin\n4\n");
    run_shell(&bed, "kill -PIPE $$"); /* ignored here, not over there */
    assert_int_equal(bed.signal, SIGPIPE);
    (void)close(fds[0]);
    (void)close(fds[1]);
    close_bed(&bed);
}

static bool
is_alive(long pid)
{
    return kill((pid_t)pid, 0) == 0;
}

static void
its_group_goes_with_it(void **state)
{
    struct bed bed;
    long pid;

    (void)state;
    open_bed(&bed);
    /* It leaves a program that holds its output: that is not waited for. */
    run_shell(&bed, "sleep 1000 & echo $!");
    pid = strtol(bed.output, NULL, 10);
    assert_true(pid > 1);
    /* Killed; init, or whoever reaps here, may take a moment. */
    for (int i = 0; i < 1000 && is_alive(pid); i++)
        (void)poll(NULL, 0, 5);
    assert_false(is_alive(pid));
    close_bed(&bed);
}

static void
stop(void *cookie)
{
    loop_stop(((struct bed *)cookie)->loop);
}

static void
wait_until_gone(struct bed *bed)
{
    for (int i = 0; i < 1000 && bed->pool->count > 0; i++) {
        (void)loop_timer_start(bed->loop, 10 * NS_PER_MS, stop, bed);
        loop_run(bed->loop);
    }
    assert_int_equal(bed->pool->count, 0);
}

static void
wait_for_output(struct bed *bed)
{
    size_t len = 0;

    for (int i = 0; i < 1000 && len == 0; i++) {
        (void)loop_timer_start(bed->loop, 5 * NS_PER_MS, stop, bed);
        loop_run(bed->loop);
        (void)child_output(bed->child, &len);
    }
    assert_true(len > 0);
}

static void
cancelled_it_is_asked_then_killed(void **state)
{
    struct bed bed;

    (void)state;
    open_bed(&bed);
    child_cancel(NULL);
    start_shell(&bed, "echo begun; exec sleep 1000");
    wait_for_output(&bed);
    child_cancel(bed.child);
    wait_until_gone(&bed);
    /* One that does not listen. */
    start_shell(&bed, "trap '' TERM; echo begun; while :; do sleep 1; done");
    wait_for_output(&bed);
    child_cancel(bed.child);
    wait_until_gone(&bed);
    assert_int_equal(bed.told, 0);
    /* With one dying, the pool's end does not wait for its grace. */
    start_shell(&bed, "trap '' TERM; echo begun; while :; do sleep 1; done");
    wait_for_output(&bed);
    child_cancel(bed.child);
    close_bed(&bed);
}

static void
there_is_a_limit_of_programs(void **state)
{
    const char *argv[] = {"/bin/sleep", "1000", NULL};
    struct bed bed;
    struct child *two[2];

    (void)state;
    open_bed(&bed);
    for (int i = 0; i < 2; i++) {
        two[i] = child_start(bed.pool, argv, environment, on_done, &bed);
        assert_non_null(two[i]);
    }
    assert_null(child_start(bed.pool, argv, environment, on_done, &bed));
    assert_int_equal(errno, EAGAIN);
    child_cancel(two[0]);
    child_cancel(two[1]);
    close_bed(&bed);
}

static void
what_cannot_be_started(void **state)
{
    const char *missing[] = {"/nonexistent/plugin", NULL};
    const char *folder[] = {"/tmp", NULL};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    assert_null(child_start(bed.pool, missing, environment, on_done, &bed));
    assert_int_equal(errno, ENOENT);
    assert_null(child_start(bed.pool, folder, environment, on_done, &bed));
    assert_int_equal(errno, EACCES);
    assert_int_equal(bed.pool->count, 0);
    close_bed(&bed);
}

static void
output_has_limits(void **state)
{
    struct bed bed;

    (void)state;
    open_bed(&bed);
    run_shell(&bed, "head -c 100000 /dev/zero | tr '\\0' a");
    assert_int_equal(bed.output_len, CHILD_OUTPUT_MAX);
    assert_int_equal(bed.thrown_away, 100000 - CHILD_OUTPUT_MAX);
    assert_int_equal(bed.exit_code, 0);
    assert_false(bed.has_flooded);
    run_shell(&bed, "yes");
    assert_true(bed.has_flooded);
    assert_int_equal(bed.signal, SIGKILL);
    assert_int_equal(bed.output_len, CHILD_OUTPUT_MAX);
    close_bed(&bed);
}

static void
who_closes_its_output_is_waited_for(void **state)
{
    struct bed bed;

    (void)state;
    open_bed(&bed);
    run_shell(&bed, "echo said; exec >&- 2>&-; sleep 0.1; exit 1");
    assert_int_equal(bed.exit_code, 1);
    assert_string_equal(bed.output, "said\n");
    close_bed(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_words_and_its_end),
        cmocka_unit_test(nothing_of_ours_goes_along),
        cmocka_unit_test(its_group_goes_with_it),
        cmocka_unit_test(cancelled_it_is_asked_then_killed),
        cmocka_unit_test(there_is_a_limit_of_programs),
        cmocka_unit_test(what_cannot_be_started),
        cmocka_unit_test(output_has_limits),
        cmocka_unit_test(who_closes_its_output_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
