/* program_test.c - what a program finds when it is started, and what is left
 * once it is buried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/program.c"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const no_words[] = {NULL};

/* Runs `script` by the shell and reads all it says on both descriptors. */
static void
run(const char *script, const char *const *environment, char *said, size_t cap)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    size_t len = 0;
    ssize_t n;
    int ends[2];
    pid_t pid;
    int status;

    assert_int_equal(pipe(ends), 0);
    pid = program_start(argv, environment, ends[1], ends[1]);
    assert_true(pid > 0);
    close(ends[1]);
    while ((n = read(ends[0], said + len, cap - 1 - len)) > 0)
        len += (size_t)n;
    said[len] = '\0';
    close(ends[0]);
    status = program_bury(pid);
    assert_true(WIFEXITED(status) || WTERMSIG(status) == SIGKILL);
}

static void
it_has_its_own_group_and_no_descriptors(void **state)
{
    char script[100];
    char said[200];
    int other = dup(STDOUT_FILENO);

    (void)state;
    assert_true(other >= FIRST_OTHER);
    run("ps -o pgid= -p $$ | tr -d ' '; echo $$", no_words, said, sizeof(said));
    assert_memory_equal(said, strchr(said, '\n') + 1,
                        strlen(strchr(said, '\n') + 1));
    (void)snprintf(script, sizeof(script),
                   "cat; [ -e /proc/$$/fd/%d ] && echo leaks", other);
    run(script, no_words, said, sizeof(said));
    assert_string_equal(said, "");
    close(other);
}

static void
it_has_the_environment_given(void **state)
{
    const char *const environment[] = {"A=b", NULL};
    char said[200];

    (void)state;
    (void)setenv("PICKET_TEST", "leaks", 1);
    run("echo $A $PICKET_TEST", environment, said, sizeof(said));
    assert_string_equal(said, "b\n");
}

/* A daemon ignores SIGPIPE and blocks what its loop waits for. */
static void
it_hears_every_signal(void **state)
{
    char said[100];
    char *next;
    sigset_t all, before;

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    run("sed -n 's/^Sig[BI][lg][kn]://p' /proc/self/status", no_words, said,
        sizeof(said));
    sigprocmask(SIG_SETMASK, &before, NULL);
    (void)signal(SIGHUP, SIG_DFL);
    assert_int_equal(strtoull(said, &next, 16), 0);
    /* Above are two that glibc keeps for itself. */
    assert_int_equal(strtoull(next, NULL, 16) & 0x7fffffff, 0);
}

static void
errors_go_where_ours_go(void **state)
{
    const char *const argv[] = {"/bin/sh", "-c", "echo out; echo err >&2",
                                NULL};
    char said[20] = "";
    int ends[2], errors[2], kept = dup(STDERR_FILENO);
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pipe(errors), 0);
    dup2(errors[1], STDERR_FILENO);
    pid = program_start(argv, no_words, ends[1], -1);
    dup2(kept, STDERR_FILENO);
    close(ends[1]);
    close(errors[1]);
    assert_int_equal(read(ends[0], said, sizeof(said)), 4);
    assert_memory_equal(said, "out\n", 4);
    assert_int_equal(read(errors[0], said, sizeof(said)), 4);
    assert_memory_equal(said, "err\n", 4);
    (void)program_bury(pid);
    close(ends[0]);
    close(errors[0]);
    close(kept);
}

/* The pipe's end is seen only when its last holder is gone. */
static void
its_group_goes_with_it(void **state)
{
    const char *const argv[] = {"sh", "-c", "sleep 1000 & echo .; wait", NULL};
    const char *const path[] = {"PATH=/bin:/usr/bin", NULL};
    char said[8];
    int ends[2];
    pid_t pid;
    int status;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid = program_start(argv, path, ends[1], ends[1]);
    close(ends[1]);
    assert_int_equal(read(ends[0], said, sizeof(said)), 2);
    status = program_bury(pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_int_equal(read(ends[0], said, sizeof(said)), 0);
    assert_int_equal(waitpid(pid, &status, 0), -1);
    close(ends[0]);
}

static void
what_is_not_there_is_said(void **state)
{
    const char *const missing[] = {"/nonexistent/program", NULL};
    const char *const searched[] = {"picket-no-such-program", NULL};

    (void)state;
    assert_int_equal(program_start(missing, no_words, -1, -1), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(program_start(searched, no_words, -1, -1), -1);
    assert_int_equal(errno, ENOENT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_its_own_group_and_no_descriptors),
        cmocka_unit_test(it_has_the_environment_given),
        cmocka_unit_test(it_hears_every_signal),
        cmocka_unit_test(errors_go_where_ours_go),
        cmocka_unit_test(its_group_goes_with_it),
        cmocka_unit_test(what_is_not_there_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
