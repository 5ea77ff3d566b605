/* reach_test.c - how far the way to an endpoint goes, and what is said of where
 * it ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/reach.c"

#include <sys/stat.h>

#include "base/loop.h"
#include "tests/lib/check_bed.h"
#include "tests/lib/full_server.h"
#include "tests/lib/tiny_server.h"
#include "tests/lib/tls_site.h"

static struct tls_world world;

struct trip {
    struct check_bed bed;
    struct check check;
    struct reach *reach;
    struct loop_timer *timer;
    bool (*is_there)(const struct reach *reach);
    int done;
    struct reach_answer answer;
    char message[200];
};

static bool
is_dialling(const struct reach *reach)
{
    return reach->dial != NULL;
}

static bool
is_securing(const struct reach *reach)
{
    return reach->secure != NULL;
}

static void
on_look(void *cookie)
{
    struct trip *t = cookie;

    t->timer = NULL;
    if (t->is_there(t->reach))
        loop_stop(t->bed.loop);
    else
        t->timer = loop_timer_start(t->bed.loop, NS_PER_MS, on_look, t);
}

static void
on_done(void *cookie, const struct reach_answer *answer)
{
    struct trip *t = cookie;

    t->done++;
    t->answer = *answer;
    (void)str_copy(t->message, sizeof(t->message),
                   answer->message ? answer->message : "");
    loop_stop(t->bed.loop);
}

/* A run as check.c makes it, without what judges it. */
static void
open_trip(struct trip *t, uint16_t port)
{
    memset(t, 0, sizeof(*t));
    check_bed_open(&t->bed, SPEC_TCP, world.root_pem);
    check_bed_endpoint(&t->bed, "127.0.0.1", port);
    t->check.engine = t->bed.engine;
    t->check.spec = &t->bed.spec;
    look_init(&t->check.look, t->bed.loop);
}

static void
begin(struct trip *t, bool is_secured)
{
    struct reach_opts opts = {
        .at = &t->bed.spec.of.endpoint,
        .is_secured = is_secured,
        .done = on_done,
        .cookie = t,
    };

    t->reach = reach_start(&t->check, &opts);
    assert_non_null(t->reach);
    assert_int_equal(t->done, 0);
}

/* Until it got so far, where the server says nothing more. */
static void
look_for(struct trip *t, bool (*is_there)(const struct reach *reach))
{
    t->is_there = is_there;
    on_look(t);
    loop_run(t->bed.loop);
}

static void
close_trip(struct trip *t)
{
    reach_cancel(t->reach);
    look_free(&t->check.look);
    check_bed_close(&t->bed);
}

static void
in_clear_it_ends_with_the_connection(void **state)
{
    struct tiny tiny = {.serve = tiny_hold};
    struct stat was, is;
    struct trip t;

    (void)state;
    tiny_start(&tiny);
    open_trip(&t, tiny.port);
    begin(&t, false);
    loop_run(t.bed.loop);
    assert_int_equal(t.done, 1);
    assert_true(t.check.look.seen.rtt_us > 0);
    assert_int_equal(t.answer.reason, REASON_NONE);
    assert_true(t.answer.fd >= 0);
    assert_true(t.answer.is_up);
    assert_null(t.answer.session);
    assert_non_null(reach_addr(t.reach));
    assert_int_equal(fstat(t.answer.fd, &was), 0);
    reach_hang_up(t.reach);
    /* Its number may be the server's by now. */
    assert_true(fstat(t.answer.fd, &is) != 0 || is.st_ino != was.st_ino);
    close_trip(&t);
    tiny_stop(&tiny);
}

static void
nobody_listens(void **state)
{
    struct trip t;

    (void)state;
    open_trip(&t, check_bed_closed_port());
    begin(&t, true);
    loop_run(t.bed.loop);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.check.look.seen.rtt_us, -1);
    assert_int_equal(t.answer.reason, REASON_CONNECT_REFUSED);
    assert_int_equal(t.answer.fd, -1);
    assert_false(t.answer.is_up);
    assert_non_null(strstr(t.message, "127.0.0.1"));
    close_trip(&t);
}

/* A chain that nobody believes is a fault of a handshake that stands. */
static void
inside_tls_the_session_is_there(void **state)
{
    static const struct tls_site site = {
        .leaf = {.name = "a", .san = "IP:127.0.0.1"}};
    struct tls_site_live live;
    struct trip t;

    (void)state;
    tls_site_open(&live, &site);
    open_trip(&t, live.tiny.port);
    begin(&t, true);
    loop_run(t.bed.loop);
    assert_int_equal(t.done, 1);
    assert_true(t.check.look.seen.rtt_us > 0);
    assert_true(t.answer.is_up);
    assert_non_null(t.answer.session);
    assert_int_equal(t.answer.reason, REASON_TLS_SELF_SIGNED);
    close_trip(&t);
    tls_site_close(&live);
}

static void
late_says_that_no_connection_came(void **state)
{
    struct full_server full;
    struct trip t;
    char why[100];

    (void)state;
    full_server_open(&full);
    open_trip(&t, full.port);
    begin(&t, false);
    assert_int_equal(reach_late(t.reach, why, sizeof(why)), REASON_DNS_TIMEOUT);
    assert_string_equal(why, "127.0.0.1: no address in time");
    look_for(&t, is_dialling);
    assert_int_equal(reach_late(t.reach, why, sizeof(why)),
                     REASON_CONNECT_TIMEOUT);
    assert_non_null(strstr(why, "no connection in time"));
    close_trip(&t);
    assert_int_equal(t.done, 0);
    full_server_close(&full);
}

static void
late_says_what_of_the_handshake_did_not_come(void **state)
{
    struct tiny tiny = {.serve = tiny_hold};
    struct trip t;
    char why[100];

    (void)state;
    tiny_start(&tiny);
    open_trip(&t, tiny.port);
    begin(&t, true);
    look_for(&t, is_securing);
    assert_int_equal(reach_late(t.reach, why, sizeof(why)), REASON_TLS_TIMEOUT);
    assert_non_null(strstr(why, "did not come in time"));
    close_trip(&t);
    assert_int_equal(t.done, 0);
    tiny_stop(&tiny);
}

static int
open_world(void **state)
{
    (void)state;
    tls_world_open(&world);
    return 0;
}

static int
close_world(void **state)
{
    (void)state;
    tls_world_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_clear_it_ends_with_the_connection),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(inside_tls_the_session_is_there),
        cmocka_unit_test(late_says_that_no_connection_came),
        cmocka_unit_test(late_says_what_of_the_handshake_did_not_come),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
