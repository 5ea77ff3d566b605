/* fake_loop_test.c - that the loop and the worker which scenarios run on keep
 * the order and the clock they promise. */
#include "fake_loop.c"
#include "fake_worker.c"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct trace {
    struct loop *loop;
    char text[200];
};

struct mark {
    struct trace *trace;
    const char *text;
    struct loop_timer *timer;
};

static void
add_text(struct trace *trace, const char *text)
{
    size_t len = strlen(trace->text);
    int n =
        snprintf(trace->text + len, sizeof trace->text - len, "%s@%lld ", text,
                 (long long)((loop_now(trace->loop).ns - FAKE_LOOP_START_NS) /
                             NS_PER_S));

    assert_in_range(n, 1, sizeof trace->text - len - 1);
}

static void
on_mark(void *cookie)
{
    struct mark *mark = cookie;

    add_text(mark->trace, mark->text);
}

static void
on_post_mark(void *cookie)
{
    struct mark *mark = cookie;

    add_text(mark->trace, "post");
    loop_post(mark->trace->loop, on_mark, mark);
}

static void
on_again(void *cookie)
{
    struct mark *mark = cookie;

    on_mark(mark);
    mark->timer =
        loop_timer_start(mark->trace->loop, 2 * NS_PER_S, on_again, mark);
}

static void
test_order(void **state)
{
    struct trace trace = {.loop = loop_create()};
    struct mark m[4] = {{&trace, "a", NULL},
                        {&trace, "b", NULL},
                        {&trace, "c", NULL},
                        {&trace, "d", NULL}};

    (void)state;
    (void)loop_timer_start(trace.loop, 2 * NS_PER_S, on_mark, &m[2]);
    (void)loop_timer_start(trace.loop, NS_PER_S, on_post_mark, &m[0]);
    (void)loop_timer_start(trace.loop, NS_PER_S, on_mark, &m[1]);
    loop_post(trace.loop, on_mark, &m[3]);
    loop_timer_cancel(loop_timer_start(trace.loop, NS_PER_S, on_mark, &m[1]));
    assert_string_equal(trace.text, "");
    fake_loop_advance(trace.loop, NS_PER_S);
    assert_string_equal(trace.text, "d@0 post@1 a@1 b@1 ");
    assert_false(fake_loop_run_until_idle(trace.loop, NS_PER_S - 1));
    assert_true(fake_loop_run_until_idle(trace.loop, NS_PER_S));
    assert_string_equal(trace.text, "d@0 post@1 a@1 b@1 c@2 ");
    loop_free(trace.loop);
}

static void
on_stop(void *cookie)
{
    loop_stop(cookie);
}

static void
test_clock(void **state)
{
    struct trace trace = {.loop = loop_create()};
    struct mark m = {&trace, "t", NULL};

    (void)state;
    assert_int_equal(loop_wall(trace.loop).ms, FAKE_LOOP_START_MS);
    on_again(&m);
    fake_loop_advance(trace.loop, 5 * NS_PER_S);
    assert_int_equal(loop_now(trace.loop).ns,
                     FAKE_LOOP_START_NS + 5 * NS_PER_S);
    assert_int_equal(loop_wall(trace.loop).ms, FAKE_LOOP_START_MS + 5000);
    /* A step back of an hour moves no timer. */
    fake_loop_set_wall(trace.loop, (wall_t){FAKE_LOOP_START_MS - 3600000});
    (void)loop_timer_start(trace.loop, 2 * NS_PER_S, on_stop, trace.loop);
    loop_run(trace.loop);
    assert_string_equal(trace.text, "t@0 t@2 t@4 t@6 ");
    assert_int_equal(loop_wall(trace.loop).ms,
                     FAKE_LOOP_START_MS - 3600000 + 2000);
    loop_timer_cancel(m.timer);
    fake_loop_set_lag(trace.loop, 7);
    assert_int_equal(loop_lag_ns(trace.loop), 7);
    assert_int_equal(loop_lag_take_ns(trace.loop), 7);
    assert_int_equal(loop_lag_take_ns(trace.loop), 0);
    loop_free(trace.loop);
}

static void
on_ready(void *cookie, int fd, unsigned events)
{
    struct trace *trace = cookie;

    assert_int_equal(fd, 5);
    add_text(trace, events == LOOP_READ ? "read" : "other");
}

static void
test_watches_are_recorded(void **state)
{
    struct trace trace = {.loop = loop_create()};
    struct loop_watch *watch =
        loop_watch_start(trace.loop, 5, LOOP_WRITE, on_ready, &trace);
    struct mark m = {&trace, "hup", NULL};
    struct loop_watch *signal = loop_signal_start(trace.loop, 1, on_mark, &m);

    (void)state;
    assert_int_equal(fake_loop_watched(trace.loop, 5), LOOP_WRITE);
    fake_loop_set_ready(trace.loop, 5, LOOP_READ);
    loop_watch_set(watch, LOOP_READ);
    fake_loop_set_ready(trace.loop, 5, LOOP_READ | LOOP_WRITE);
    fake_loop_signal(trace.loop, 2);
    fake_loop_signal(trace.loop, 1);
    loop_watch_cancel(watch);
    loop_watch_cancel(signal);
    fake_loop_set_ready(trace.loop, 5, LOOP_READ);
    assert_int_equal(fake_loop_watched(trace.loop, 5), 0);
    assert_string_equal(trace.text, "read@0 hup@0 ");
    loop_free(trace.loop);
}

static void
on_job(void *cookie)
{
    struct mark *mark = cookie;

    add_text(mark->trace, "job");
}

static void
test_worker(void **state)
{
    struct trace trace = {.loop = loop_create()};
    struct worker *worker = worker_create(trace.loop, "store", 2);
    struct mark m[2] = {{&trace, "x", NULL}, {&trace, "y", NULL}};

    (void)state;
    assert_int_equal(worker_push(worker, on_job, on_mark, &m[0]), 0);
    assert_string_equal(trace.text, "job@0 ");
    fake_loop_advance(trace.loop, 0);
    assert_string_equal(trace.text, "job@0 x@0 ");

    fake_worker_pause(worker);
    assert_int_equal(worker_push(worker, on_job, on_mark, &m[0]), 0);
    assert_int_equal(worker_push(worker, on_job, NULL, &m[1]), 0);
    assert_int_equal(worker_push(worker, on_job, NULL, &m[1]), -1);
    assert_int_equal(errno, ENOBUFS);
    fake_loop_advance(trace.loop, NS_PER_S);
    assert_int_equal(worker_pending_count(worker), 2);
    assert_string_equal(trace.text, "job@0 x@0 ");
    fake_worker_resume(worker);
    assert_int_equal(worker_pending_count(worker), 0);
    assert_int_equal(worker_push(worker, on_job, on_mark, &m[1]), 0);
    worker_free(worker);
    assert_string_equal(trace.text, "job@0 x@0 job@1 job@1 job@1 x@1 y@1 ");
    loop_free(trace.loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_watches_are_recorded),
        cmocka_unit_test(test_worker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
