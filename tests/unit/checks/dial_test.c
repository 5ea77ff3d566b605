/* One address after the other, and what errno says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dial.c"

#include "checks/spec.h"
#include "tests/lib/check_bed.h"
#include "tests/lib/full_server.h"
#include "tests/lib/tiny_server.h"

static void
serve_hold(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

struct dialled {
    struct check check;
    struct dial *dial;
    struct dial_answer answer;
    char message[MESSAGE_MAX];
    struct loop *loop;
    int told;
};

static void
on_dialled(void *cookie, const struct dial_answer *answer)
{
    struct dialled *d = cookie;

    d->told++;
    d->answer = *answer;
    (void)snprintf(d->message, sizeof(d->message), "%s",
                   answer->message ? answer->message : "");
    loop_stop(d->loop);
}

static void
dial(struct dialled *d, const struct addr *addrs, size_t count)
{
    static struct spec spec = {.timeout_ns = 5 * NS_PER_S};
    struct engine engine = {.loop = d->loop};

    d->check.engine = &engine;
    d->check.spec = &spec;
    look_init(&d->check.look, d->loop);
    d->told = 0;
    d->dial = dial_start(&d->check, addrs, count, on_dialled, d);
    assert_non_null(d->dial);
    assert_int_equal(d->told, 0);
    loop_run(d->loop);
    assert_int_equal(d->told, 1);
    dial_cancel(d->dial);
    look_free(&d->check.look);
    if (d->answer.fd >= 0)
        (void)close(d->answer.fd);
}

static void
the_next_address_is_tried(void **state)
{
    struct tiny tiny = {.serve = serve_hold};
    struct dialled d = {.loop = loop_create()};
    struct addr addrs[2];

    (void)state;
    tiny_start(&tiny);
    assert_int_equal(addr_parse_ip(&addrs[0], "127.0.0.2", tiny.port), 0);
    assert_int_equal(addr_parse_ip(&addrs[1], "127.0.0.1", tiny.port), 0);
    dial(&d, addrs, 2);
    assert_int_equal(d.answer.reason, REASON_NONE);
    assert_true(d.answer.fd >= 0);
    assert_string_equal(d.check.look.seen.ip, "127.0.0.1");
    assert_true(d.check.look.us[PHASE_CONNECT] >= 0);
    tiny_stop(&tiny);
    dial(&d, addrs, 2);
    assert_int_equal(d.answer.reason, REASON_CONNECT_REFUSED);
    assert_int_equal(d.answer.fd, -1);
    assert_non_null(strstr(d.message, "127.0.0.1:"));
    assert_non_null(strstr(d.message, "the last of its addresses"));
    loop_free(d.loop);
}

static void
a_silent_address_leaves_time_for_the_next(void **state)
{
    struct tiny tiny = {.serve = serve_hold};
    struct dialled d = {.loop = loop_create()};
    struct addr addrs[2];
    struct full_server full;

    (void)state;
    full_server_open(&full);
    tiny_start(&tiny);
    assert_int_equal(addr_parse_ip(&addrs[0], "127.0.0.1", full.port), 0);
    assert_int_equal(addr_parse_ip(&addrs[1], "127.0.0.1", tiny.port), 0);
    dial(&d, addrs, 2);
    assert_int_equal(d.answer.reason, REASON_NONE);
    assert_true(d.check.look.us[PHASE_CONNECT] > 1000000);
    tiny_stop(&tiny);
    full_server_close(&full);
    loop_free(d.loop);
}

static void
the_time_is_the_kernels(void **state)
{
    struct tiny tiny = {.serve = serve_hold};
    struct dialled d = {.loop = loop_create()};
    const struct look *look = &d.check.look;
    struct addr addr;

    (void)state;
    tiny_start(&tiny);
    assert_int_equal(addr_parse_ip(&addr, "127.0.0.1", tiny.port), 0);
    dial(&d, &addr, 1);
    assert_int_equal(d.answer.reason, REASON_NONE);
    assert_true(look->seen.rtt_us > 0);
    assert_int_equal(look->seen.retransmits, 0);
    assert_true(look->us[PHASE_CONNECT] <= look->seen.rtt_us);
    tiny_stop(&tiny);
    loop_free(d.loop);
}

/* It is there before the loop looks, and still is no fault of the connect: who
 * reads is told. */
static void
a_reset_after_the_handshake_is_the_readers(void **state)
{
    static struct spec spec = {.timeout_ns = 5 * NS_PER_S};
    struct dialled d = {.loop = loop_create()};
    struct engine engine = {.loop = d.loop};
    struct linger now = {.l_onoff = 1};
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t len = sizeof(in);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct addr addr;
    char byte;
    int fd;

    (void)state;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&in, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &len), 0);
    assert_int_equal(addr_parse_ip(&addr, "127.0.0.1", ntohs(in.sin_port)), 0);
    d.check.engine = &engine;
    d.check.spec = &spec;
    look_init(&d.check.look, d.loop);
    d.dial = dial_start(&d.check, &addr, 1, on_dialled, &d);
    fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)),
                     0);
    (void)close(fd);
    loop_run(d.loop);
    assert_int_equal(d.answer.reason, REASON_NONE);
    assert_true(d.answer.fd >= 0);
    assert_int_equal(recv(d.answer.fd, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    dial_cancel(d.dial);
    look_free(&d.check.look);
    (void)close(d.answer.fd);
    (void)close(listener);
    loop_free(d.loop);
}

static void
whose_fault_it_is(void **state)
{
    (void)state;
    assert_int_equal(dial_reason(EMFILE), REASON_LOCAL_LIMIT);
    assert_int_equal(dial_reason(ENOMEM), REASON_LOCAL_LIMIT);
    assert_int_equal(dial_reason(EADDRNOTAVAIL), REASON_LOCAL_LIMIT);
    assert_int_equal(dial_reason(ECONNREFUSED), REASON_CONNECT_REFUSED);
    assert_int_equal(dial_reason(ECONNRESET), REASON_CONNECT_RESET);
    assert_int_equal(dial_reason(ETIMEDOUT), REASON_CONNECT_TIMEOUT);
    assert_int_equal(dial_reason(ENETUNREACH), REASON_CONNECT_UNREACHABLE);
    assert_int_equal(dial_reason(EHOSTUNREACH), REASON_CONNECT_UNREACHABLE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_address_is_tried),
        cmocka_unit_test(the_time_is_the_kernels),
        cmocka_unit_test(a_silent_address_leaves_time_for_the_next),
        cmocka_unit_test(a_reset_after_the_handshake_is_the_readers),
        cmocka_unit_test(whose_fault_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
