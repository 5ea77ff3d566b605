/* secret_keeper.c, on the real loop and thread: what is read, when, who hears. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret_keeper.c"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define A "PICKET_TEST_A"
#define B "PICKET_TEST_B"

struct bed {
    struct loop *loop;
    struct log *log;
    FILE *text; /* what was logged */
    struct secret_keeper *keeper;
    struct secret_set *set;
    size_t changed, reads, refusals;
    size_t want_reads, want_refusals;
    char refused[64];
};

static void
stop_when_seen(struct bed *bed)
{
    if (bed->reads >= bed->want_reads && bed->refusals >= bed->want_refusals)
        loop_stop(bed->loop);
}

static void
on_read(void *cookie, size_t changed)
{
    struct bed *bed = cookie;

    bed->reads++;
    bed->changed += changed;
    stop_when_seen(bed);
}

static void
append_name(void *cookie, const struct secret_def *def)
{
    strcat(cookie, def->name);
}

static void
on_refused(void *cookie)
{
    struct bed *bed = cookie;

    bed->refusals++;
    secret_take_refused(bed->set, append_name, bed->refused);
    stop_when_seen(bed);
}

static int
setup(void **state)
{
    struct bed *bed = str_xcalloc(1, sizeof(*bed));
    struct secret_keeper_opts opts = {
        .on_read = on_read, .on_refused = on_refused, .cookie = bed};

    bed->text = tmpfile();
    assert_non_null(bed->text);
    bed->loop = loop_create();
    bed->log = log_open(fileno(bed->text), "test", LOG_LEVEL_INFO);
    opts.loop = bed->loop;
    opts.log = bed->log;
    bed->keeper = secret_keeper_create(&opts);
    assert_non_null(bed->keeper);
    bed->set = secret_set_create();
    *state = bed;
    return 0;
}

static int
teardown(void **state)
{
    struct bed *bed = *state;

    secret_keeper_free(bed->keeper);
    secret_set_free(bed->set);
    loop_free(bed->loop);
    log_close(bed->log);
    (void)fclose(bed->text);
    free(bed);
    return 0;
}

/* How often `what` was logged. */
static size_t
logged(struct bed *bed, const char *what)
{
    char line[2000];
    size_t count = 0;

    rewind(bed->text);
    while (fgets(line, sizeof(line), bed->text) != NULL)
        count += strstr(line, what) != NULL ? 1 : 0;
    return count;
}

static void
add(struct secret_set *set, const char *name, const char *variable)
{
    struct secret_def def = {
        .name = name, .source = SECRET_ENV, .from = variable};

    assert_int_equal(secret_add(set, &def), 0);
}

static void
run_for_reads(struct bed *bed, size_t more)
{
    bed->want_reads = bed->reads + more;
    loop_run(bed->loop);
}

static void
assert_value(struct bed *bed, const char *name, const char *want)
{
    char why[SECRET_WHY_MAX];
    struct secret_value *value = secret_get(bed->set, name, why, sizeof(why));

    if (want == NULL) {
        assert_null(value);
        return;
    }
    assert_non_null(value);
    assert_string_equal(secret_value_text(value), want);
    secret_value_free(value);
}

static void
reads_and_tells_once(void **state)
{
    struct bed *bed = *state;

    setenv(A, "hunter2", 1);
    unsetenv(B);
    add(bed->set, "a", A);
    add(bed->set, "b", B);
    secret_keeper_set(bed->keeper, bed->set);
    assert_int_equal(bed->reads, 0); /* never from inside */
    run_for_reads(bed, 1);
    assert_int_equal(bed->changed, 1);
    assert_value(bed, "a", "hunter2");
    assert_value(bed, "b", NULL);
    assert_int_equal(logged(bed, "SECRET_MISSING"), 1);
    assert_int_equal(logged(bed, "environment variable " B " is not set"), 1);
    assert_int_equal(logged(bed, "SECRET_CHANGED"), 1);

    secret_mark_stale(bed->set, NULL);
    run_for_reads(bed, 1);
    assert_int_equal(bed->changed, 1);
    assert_int_equal(logged(bed, "SECRET_MISSING"), 1);

    setenv(B, "tiger", 1);
    secret_mark_stale(bed->set, NULL);
    run_for_reads(bed, 1);
    assert_int_equal(bed->changed, 2);
    assert_value(bed, "b", "tiger");
    assert_int_equal(logged(bed, "SECRET_BACK"), 1);
    assert_int_equal(logged(bed, "hunter2") + logged(bed, "tiger"), 0);
}

static void
new_definitions_are_read(void **state)
{
    struct bed *bed = *state;
    struct secret_set *fresh = secret_set_create();

    setenv(A, "hunter2", 1);
    secret_keeper_set(bed->keeper, bed->set);
    secret_keeper_kick(bed->keeper);
    assert_false(secret_keeper_is_busy(bed->keeper)); /* nothing to read */
    add(fresh, "a", A);
    secret_set_replace(bed->set, fresh);
    secret_keeper_kick(bed->keeper);
    assert_true(secret_keeper_is_busy(bed->keeper));
    run_for_reads(bed, 1);
    assert_value(bed, "a", "hunter2");
}

static void *
mark_a(void *cookie)
{
    secret_mark_stale(cookie, "a");
    return NULL;
}

/* A lane's run met a 401. */
static void
a_mark_of_another_thread_reads(void **state)
{
    struct bed *bed = *state;
    pthread_t thread;

    setenv(A, "old one", 1);
    add(bed->set, "a", A);
    secret_keeper_set(bed->keeper, bed->set);
    run_for_reads(bed, 1);
    setenv(A, "new one", 1);
    assert_int_equal(pthread_create(&thread, NULL, mark_a, bed->set), 0);
    run_for_reads(bed, 1);
    (void)pthread_join(thread, NULL);
    assert_value(bed, "a", "new one");
}

static void
what_was_given_is_asked_for(void **state)
{
    struct bed *bed = *state;
    struct secret_def given = {.name = "g", .source = SECRET_GIVEN};

    assert_int_equal(secret_add(bed->set, &given), 0);
    secret_keeper_set(bed->keeper, bed->set);
    secret_mark_stale(bed->set, "g");
    bed->want_refusals = 1;
    loop_run(bed->loop);
    assert_string_equal(bed->refused, "g");
    assert_int_equal(bed->reads, 0);
}

static void
refresh_comes_by_itself(void **state)
{
    struct bed *bed = *state;
    struct secret_def def = {
        .name = "a", .source = SECRET_ENV, .from = A, .refresh_ns = NS_PER_MS};

    setenv(A, "hunter2", 1);
    assert_int_equal(secret_add(bed->set, &def), 0);
    secret_keeper_set(bed->keeper, bed->set);
    run_for_reads(bed, 3);
    assert_int_equal(bed->changed, 1);
}

/* Read before the keeper had it: what failed is told all the same. */
static void
tells_what_failed_before(void **state)
{
    struct bed *bed = *state;
    char why[SECRET_WHY_MAX];

    unsetenv(B);
    add(bed->set, "b", B);
    assert_int_equal(secret_read(bed->set, NULL, why, sizeof(why)), -1);
    secret_keeper_set(bed->keeper, bed->set);
    assert_int_equal(logged(bed, "SECRET_MISSING"), 1);
    assert_false(secret_keeper_is_busy(bed->keeper)); /* in a minute */
}

/* ---- a source that takes its time ---- */

struct slow {
    struct bed *bed;
    char path[64];
    int ticks;
};

static void
on_tick(void *cookie)
{
    struct slow *slow = cookie;
    int fd;

    if (++slow->ticks < 20) {
        (void)loop_timer_start(slow->bed->loop, NS_PER_MS, on_tick, slow);
        return;
    }
    fd = open(slow->path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "slow one\n", 9), 9);
    (void)close(fd);
}

static void
a_slow_source_blocks_no_loop(void **state)
{
    struct bed *bed = *state;
    struct slow slow = {.bed = bed};
    const char *argv[] = {"cat", slow.path, NULL};
    struct secret_def def = {
        .name = "a", .source = SECRET_COMMAND, .argv = argv};
    struct secret_set *other = secret_set_create();

    (void)snprintf(slow.path, sizeof(slow.path), "/tmp/picket-keeper-%d",
                   (int)getpid());
    assert_int_equal(mkfifo(slow.path, 0600), 0);
    assert_int_equal(secret_add(bed->set, &def), 0);
    secret_keeper_set(bed->keeper, bed->set);
    (void)loop_timer_start(bed->loop, 0, on_tick, &slow);
    run_for_reads(bed, 1);
    assert_int_equal(slow.ticks, 20);
    assert_value(bed, "a", "slow one");

    /* Another set meanwhile: of the old one nothing is told. */
    secret_mark_stale(bed->set, NULL);
    slow.ticks = 0;
    (void)loop_timer_start(bed->loop, 0, on_tick, &slow);
    setenv(A, "hunter2", 1);
    add(other, "b", A);
    secret_keeper_kick(bed->keeper);
    secret_keeper_set(bed->keeper, other);
    bed->changed = 0;
    run_for_reads(bed, 1);
    assert_int_equal(bed->changed, 1);
    secret_set_free(bed->set);
    bed->set = other;
    assert_value(bed, "b", "hunter2");
    (void)unlink(slow.path);
}

static void
job(void *cookie)
{
    *(pthread_t *)cookie = pthread_self();
}

static void
done(void *cookie)
{
    assert_false(pthread_equal(*(pthread_t *)cookie, pthread_self()));
    *(pthread_t *)cookie = pthread_self();
}

/* What was pushed has its end also when the keeper goes. */
static void
other_work_is_done(void **state)
{
    struct bed *bed = *state;
    pthread_t where;

    assert_int_equal(secret_keeper_push(bed->keeper, job, done, &where), 0);
    secret_keeper_free(bed->keeper);
    bed->keeper = NULL;
    assert_true(pthread_equal(where, pthread_self()));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_and_tells_once, setup, teardown),
        cmocka_unit_test_setup_teardown(new_definitions_are_read, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_mark_of_another_thread_reads, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_was_given_is_asked_for, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(refresh_comes_by_itself, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(tells_what_failed_before, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_slow_source_blocks_no_loop, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(other_work_is_done, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
