/* loop_test.c - order, cancel, descriptors, signals and posts from threads.
 * Every wait ends by an event; the times asked for are small. */
#include "base/loop.c"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct trace {
    struct loop *loop;
    struct loop_timer *timer;
    struct loop_watch *watch;
    char text[64];
    int fds[2];
    int left;
};

struct mark {
    struct trace *trace;
    const char *text;
};

static void
on_mark(void *cookie)
{
    struct mark *mark = cookie;

    strcat(mark->trace->text, mark->text);
}

static void
on_stop(void *cookie)
{
    struct trace *trace = cookie;

    loop_stop(trace->loop);
}

static int
setup(void **state)
{
    struct trace *trace = str_xcalloc(1, sizeof *trace);

    trace->loop = loop_create();
    assert_non_null(trace->loop);
    assert_int_equal(pipe2(trace->fds, O_CLOEXEC | O_NONBLOCK), 0);
    *state = trace;
    return 0;
}

static int
teardown(void **state)
{
    struct trace *trace = *state;

    loop_free(trace->loop);
    close(trace->fds[0]);
    close(trace->fds[1]);
    free(trace);
    return 0;
}

static void
test_timers_fire_in_order(void **state)
{
    struct trace *trace = *state;
    struct mark marks[4] = {
        {trace, "a"}, {trace, "b"}, {trace, "c"}, {trace, "x"}};
    mono_t begin = loop_now(trace->loop);
    struct loop_timer *dead;

    (void)loop_timer_start(trace->loop, 3 * NS_PER_MS, on_mark, &marks[2]);
    (void)loop_timer_start(trace->loop, 1 * NS_PER_MS, on_mark, &marks[0]);
    dead = loop_timer_start(trace->loop, 1 * NS_PER_MS, on_mark, &marks[3]);
    (void)loop_timer_start(trace->loop, 2 * NS_PER_MS, on_mark, &marks[1]);
    (void)loop_timer_start(trace->loop, 4 * NS_PER_MS, on_stop, trace);
    loop_timer_cancel(dead);
    loop_timer_cancel(NULL);
    loop_run(trace->loop);
    assert_string_equal(trace->text, "abc");
    assert_true(clock_since_ns(begin, loop_now(trace->loop)) >= 4 * NS_PER_MS);
    assert_true(loop_lag_ns(trace->loop) >= 0);
    assert_true(loop_lag_take_ns(trace->loop) >= loop_lag_ns(trace->loop));
    assert_int_equal(loop_lag_take_ns(trace->loop), 0);
}

/* As a check that parses for too long. */
static void
on_busy(void *cookie)
{
    mono_t begin = clock_mono();

    (void)cookie;
    while (clock_since_ns(begin, clock_mono()) < 40 * NS_PER_MS)
        ;
}

/* A stall is remembered after timers that were in time again, for those who
 * were under way, and for them alone. */
static void
test_lag_since(void **state)
{
    struct trace *trace = *state;
    mono_t begin = loop_now(trace->loop);

    (void)loop_timer_start(trace->loop, NS_PER_MS, on_busy, NULL);
    (void)loop_timer_start(trace->loop, 2 * NS_PER_MS, on_stop, trace);
    loop_run(trace->loop);
    assert_true(loop_lag_since_ns(trace->loop, begin) >= 30 * NS_PER_MS);
    (void)loop_timer_start(trace->loop, 0, on_stop, trace);
    loop_run(trace->loop);
    assert_true(loop_lag_since_ns(trace->loop, begin) >= 30 * NS_PER_MS);
    assert_int_equal(loop_lag_since_ns(trace->loop, loop_now(trace->loop)),
                     loop_lag_ns(trace->loop));
}

static void
on_restart(void *cookie)
{
    struct trace *trace = cookie;

    if (--trace->left > 0)
        (void)loop_timer_start(trace->loop, -5, on_restart, trace);
}

static void
on_byte(void *cookie, int fd, unsigned events)
{
    struct trace *trace = cookie;

    assert_int_equal(events, LOOP_READ);
    assert_int_equal(fd, trace->fds[0]);
    assert_true(trace->left > 900);
    loop_watch_cancel(trace->watch);
    trace->watch = NULL;
}

/* L1: a timer that restarts itself at once lets descriptors be served. */
static void
test_restart_does_not_starve(void **state)
{
    struct trace *trace = *state;

    trace->left = 1000;
    trace->watch =
        loop_watch_start(trace->loop, trace->fds[0], LOOP_READ, on_byte, trace);
    assert_int_equal(write(trace->fds[1], "x", 1), 1);
    (void)loop_timer_start(trace->loop, 0, on_restart, trace);
    (void)loop_timer_start(trace->loop, NS_PER_MS, on_stop, trace);
    loop_run(trace->loop);
    assert_null(trace->watch);
    while (trace->left > 0) {
        (void)loop_timer_start(trace->loop, NS_PER_MS, on_stop, trace);
        loop_run(trace->loop);
    }
}

static void
on_cancel_other(void *cookie)
{
    struct trace *trace = cookie;

    loop_timer_cancel(trace->timer);
    loop_stop(trace->loop);
}

/* Both are due at one wake-up; the first takes the second away. */
static void
test_cancel_among_due(void **state)
{
    struct trace *trace = *state;
    struct mark mark = {trace, "x"};

    (void)loop_timer_start(trace->loop, 0, on_cancel_other, trace);
    trace->timer = loop_timer_start(trace->loop, 0, on_mark, &mark);
    loop_run(trace->loop);
    assert_string_equal(trace->text, "");
}

static void
on_both(void *cookie, int fd, unsigned events)
{
    struct trace *trace = cookie;
    char byte;

    if ((events & LOOP_WRITE) != 0) {
        strcat(trace->text, "w");
        loop_watch_set(trace->watch, 0);
        assert_int_equal(write(fd, "x", 1), 1);
        return;
    }
    strcat(trace->text, "r");
    assert_int_equal(read(fd, &byte, 1), 1);
    loop_watch_set(trace->watch, LOOP_WRITE);
    loop_stop(trace->loop);
}

static void
test_watch_set(void **state)
{
    struct trace *trace = *state;
    struct loop_watch *reader =
        loop_watch_start(trace->loop, trace->fds[0], LOOP_READ, on_both, trace);

    trace->watch =
        loop_watch_start(trace->loop, trace->fds[1], 0, on_both, trace);
    loop_watch_set(trace->watch, LOOP_WRITE);
    loop_run(trace->loop);
    assert_string_equal(trace->text, "wr");
    loop_watch_cancel(trace->watch);
    loop_watch_cancel(reader);
    loop_watch_cancel(NULL);
}

static void
test_watch_refused(void **state)
{
    struct trace *trace = *state;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    errno = 0;
    assert_null(loop_watch_start(trace->loop, fd, LOOP_READ, on_both, trace));
    assert_int_equal(errno, EPERM);
    close(fd);
}

static void
test_signal(void **state)
{
    struct trace *trace = *state;
    struct loop_watch *watch =
        loop_signal_start(trace->loop, SIGUSR1, on_stop, trace);

    assert_non_null(watch);
    assert_int_equal(raise(SIGUSR1), 0);
    loop_run(trace->loop);
    loop_watch_cancel(watch);
}

#define POSTS 50000

struct poster {
    struct trace *trace;
    pthread_t thread;
    int sent;
    int seen;
    int *poster_count;
};

static void
on_posted(void *cookie)
{
    struct poster *poster = cookie;

    if (++poster->seen == POSTS && --*poster->poster_count == 0)
        loop_stop(poster->trace->loop);
}

static void *
post_many(void *cookie)
{
    struct poster *poster = cookie;

    for (poster->sent = 0; poster->sent < POSTS; poster->sent++)
        loop_post(poster->trace->loop, on_posted, poster);
    return NULL;
}

static void
test_posts_from_threads(void **state)
{
    struct poster posters[2];
    int count = 2;

    for (int i = 0; i < 2; i++) {
        posters[i] = (struct poster){.trace = *state, .poster_count = &count};
        assert_int_equal(
            pthread_create(&posters[i].thread, NULL, post_many, &posters[i]),
            0);
    }
    loop_run(((struct trace *)*state)->loop);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(posters[i].thread, NULL), 0);
        assert_int_equal(posters[i].seen, POSTS);
    }
}

static void
on_post_more(void *cookie)
{
    struct mark *mark = cookie;

    on_mark(mark);
    loop_post(mark->trace->loop, on_mark, mark + 1);
}

static void
test_posts_before_stop_are_done(void **state)
{
    struct trace *trace = *state;
    struct mark marks[3] = {{trace, "1"}, {trace, "2"}, {trace, "3"}};

    loop_post(trace->loop, on_mark, &marks[0]);
    loop_post(trace->loop, on_post_more, &marks[1]);
    loop_stop(trace->loop);
    loop_run(trace->loop);
    assert_string_equal(trace->text, "12");
    /* And the loop can run again. */
    (void)loop_timer_start(trace->loop, 0, on_stop, trace);
    loop_run(trace->loop);
    assert_string_equal(trace->text, "123");
}

/* Nobody reads it: it is ready at every turn. */
static void
on_always_ready(void *cookie, int fd, unsigned events)
{
    struct trace *trace = cookie;

    (void)fd;
    (void)events;
    if (++trace->left == 1000)
        loop_stop(trace->loop);
}

static void
a_descriptor_that_is_always_ready_keeps_no_timer(void **state)
{
    struct trace *trace = *state;
    struct loop_watch *watch;

    assert_int_equal(write(trace->fds[1], "x", 1), 1);
    watch = loop_watch_start(trace->loop, trace->fds[0], LOOP_READ,
                             on_always_ready, trace);
    loop_timer_start(trace->loop, 0, on_stop, trace);
    loop_run(trace->loop);
    assert_int_equal(trace->left, 1); /* the timer's stop came first */
    loop_watch_cancel(watch);
}

#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ON_LOOP(a_descriptor_that_is_always_ready_keeps_no_timer),
        ON_LOOP(test_timers_fire_in_order),
        ON_LOOP(test_lag_since),
        ON_LOOP(test_restart_does_not_starve),
        ON_LOOP(test_cancel_among_due),
        ON_LOOP(test_watch_set),
        ON_LOOP(test_watch_refused),
        ON_LOOP(test_signal),
        ON_LOOP(test_posts_from_threads),
        ON_LOOP(test_posts_before_stop_are_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
