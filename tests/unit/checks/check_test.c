/* The contract of a run: told once, never from inside, over at its deadline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/check.c"

#include "checks/engine.h"
#include "tests/lib/check_bed.h"
#include "tests/lib/tiny_server.h"

static void
serve_hold(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

struct many {
    struct check_bed *bed;
    int started;
    int told;
};

static void on_one(void *cookie, const struct result *result);

static void
start_one(struct many *many)
{
    struct check_run run = {0};

    many->started++;
    assert_non_null(
        check_start(many->bed->engine, &many->bed->spec, &run, on_one, many));
}

/* Starts the next from inside done(), which is allowed. */
static void
on_one(void *cookie, const struct result *result)
{
    struct many *many = cookie;

    assert_int_equal(result->reason, REASON_CONNECT_REFUSED);
    many->told++;
    if (many->started < 100)
        start_one(many);
    if (many->told == 100)
        loop_stop(many->bed->loop);
}

static void
each_is_told_once(void **state)
{
    struct check_bed bed;
    struct many many = {.bed = &bed};

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "127.0.0.1", check_bed_closed_port());
    for (int i = 0; i < 10; i++)
        start_one(&many);
    assert_int_equal(many.told, 0);
    loop_run(bed.loop);
    assert_int_equal(many.told, 100);
    assert_int_equal(engine_running(bed.engine), 0);
    check_bed_close(&bed);
}

static void
a_run_has_the_id_it_was_given(void **state)
{
    struct check_bed bed;
    struct check_run run = {.slot = {77}};

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "127.0.0.1", check_bed_closed_port());
    bed.spec.version = 0xfeedfacecafebeef;
    run.run = id_random();
    run.asked = id_random();
    assert_non_null(
        check_start(bed.engine, &bed.spec, &run, check_bed_on_done, &bed));
    loop_run(bed.loop);
    assert_true(id_eq(&bed.result->run, &run.run));
    assert_true(id_eq(&bed.result->asked, &run.asked));
    assert_int_equal(bed.result->slot.ms, 77);
    assert_true(bed.result->version == 0xfeedfacecafebeef);
    assert_true(bed.result->started.ms > 1600000000000);
    check_bed_close(&bed);
}

static void
over_at_the_deadline(void **state)
{
    struct tiny tiny = {.serve = serve_hold};
    struct check_bed bed;

    (void)state;
    tiny_start(&tiny);
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "127.0.0.1", tiny.port);
    check_bed_expect(&bed, "banner exists");
    bed.spec.timeout_ns = 80 * NS_PER_MS;
    check_bed_reason(&bed, STATUS_DOWN, "tcp.timeout");
    assert_true(bed.result->us[PHASE_TOTAL] >= 80000);
    check_bed_close(&bed);
    tiny_stop(&tiny);
}

static void
cancel_in_the_kinds_that_connect(void **state)
{
    static char name[] = "a.example";
    static char record[] = "A";
    struct tiny tiny = {.serve = serve_hold};

    (void)state;
    tiny_start(&tiny);
    /* The others have a test of it of their own. */
    for (int kind = SPEC_HTTP; kind <= SPEC_TCP; kind++) {
        struct check_bed bed;
        struct check_run run = {0};

        check_bed_open(&bed, (enum spec_kind)kind, NULL);
        if (kind == SPEC_HTTP)
            check_bed_url(&bed, "http", tiny.port, "/");
        else if (kind == SPEC_DNS)
            bed.spec.of.dns = (struct spec_dns){.name = name, .record = record};
        else
            check_bed_endpoint(&bed, "127.0.0.1", tiny.port);
        check_cancel(
            check_start(bed.engine, &bed.spec, &run, check_bed_on_done, &bed));
        assert_int_equal(engine_running(bed.engine), 0);
        assert_null(bed.result);
        check_bed_close(&bed);
    }
    tiny_stop(&tiny);
}

/* Cancelled from inside done(): neither gone() nor anything else comes. */
static void
cancel_inside_done(void *cookie, const struct result *result)
{
    struct check **check = cookie;

    assert_int_equal(result->reason, REASON_CONNECT_REFUSED);
    check_cancel(*check);
    *check = NULL;
}

static void
never_gone(void *cookie, const char *unclean)
{
    (void)cookie;
    fail_msg("gone: %s", unclean);
}

static void
stop(void *cookie)
{
    struct check_bed *bed = cookie;

    loop_stop(bed->loop);
}

static void
cancelled_when_told(void **state)
{
    struct check_bed bed;
    struct check_run run = {.gone = never_gone};
    struct check *check;

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "127.0.0.1", check_bed_closed_port());
    check =
        check_start(bed.engine, &bed.spec, &run, cancel_inside_done, &check);
    assert_non_null(check);
    (void)loop_timer_start(bed.loop, 200 * NS_PER_MS, stop, &bed);
    loop_run(bed.loop);
    assert_null(check);
    assert_int_equal(engine_running(bed.engine), 0);
    check_bed_close(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_told_once),
        cmocka_unit_test(a_run_has_the_id_it_was_given),
        cmocka_unit_test(over_at_the_deadline),
        cmocka_unit_test(cancel_in_the_kinds_that_connect),
        cmocka_unit_test(cancelled_when_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
