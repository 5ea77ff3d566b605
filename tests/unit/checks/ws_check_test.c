/* WebSocket checks against a server that may say anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/ws_check.c"

#include "tests/lib/check_bed.h"
#include "tests/lib/tiny_server.h"
#include "tests/lib/ws_site.h"

static void
serve_switch(struct tiny_conn *conn)
{
    (void)ws_site_switch(conn, conn->tiny->arg != NULL ? conn->tiny->arg : "");
    tiny_hold(conn);
}

struct bytes {
    const char *data;
    size_t len;
};

/* The frames at once with the answer, then nothing. */
static void
serve_frames(struct tiny_conn *conn)
{
    const struct bytes *frames = conn->tiny->arg;

    if (!ws_site_switch(conn, ""))
        return;
    tiny_write(conn, frames->data, frames->len);
    tiny_hold(conn);
}

static void
serve_frames_and_go(struct tiny_conn *conn)
{
    const struct bytes *frames = conn->tiny->arg;
    char rest[100];

    if (!ws_site_switch(conn, ""))
        return;
    tiny_write(conn, frames->data, frames->len);
    shutdown(conn->fd, SHUT_WR);
    while (tiny_read(conn, rest, sizeof rest) > 0)
        continue;
}

static void
serve_text(struct tiny_conn *conn)
{
    if (tiny_read_head(conn))
        tiny_say(conn, conn->tiny->arg);
    tiny_hold(conn);
}

/* An echo that also echoes the close, whose two bytes hold no NUL. */
static void
serve_echo(struct tiny_conn *conn)
{
    char text[WS_SITE_TEXT_MAX + 1];
    int opcode;

    if (!ws_site_switch(conn, "Sec-WebSocket-Protocol: two\r\n"))
        return;
    while ((opcode = ws_site_hear(conn, text)) >= 0)
        ws_site_say(conn, opcode, text, strlen(text));
}

static void
open_ws(struct check_bed *bed)
{
    static char host[] = "127.0.0.1";
    static char authority[] = "shop.test";
    static char path[] = "/feed?room=1";
    static char origin[] = "http://127.0.0.1";

    check_bed_open(bed, SPEC_WS, NULL);
    bed->spec.of.ws = (struct spec_ws){
        .at = {.host = host},
        .origin = origin,
        .authority = authority,
        .path = path,
    };
}

static void
run_with(struct check_bed *bed, void (*serve)(struct tiny_conn *),
         const void *arg, enum status status, const char *reason)
{
    struct tiny tiny = {.serve = serve, .arg = arg};

    tiny_start(&tiny);
    bed->spec.of.ws.at.port = tiny.port;
    check_bed_reason(bed, status, reason);
    tiny_stop(&tiny);
}

#define FRAMES(text)                                                           \
    &(struct bytes)                                                            \
    {                                                                          \
        text, sizeof(text) - 1                                                 \
    }

static void
to_upgrade_is_enough(void **state)
{
    struct check_bed bed;

    (void)state;
    open_ws(&bed);
    run_with(&bed, serve_switch, NULL, STATUS_UP, "none");
    assert_int_equal(check_bed_int(&bed, FACT_STATUS), 101);
    assert_int_equal(check_bed_int(&bed, FACT_MESSAGES), 0);
    assert_true(bed.result->us[PHASE_WAIT] >= 0);
    /* The close that this server never answers is not in it. */
    assert_true(bed.result->us[PHASE_TOTAL] < 900000);
    check_bed_close(&bed);
}

static void
what_it_asks(void **state)
{
    static char subprotocols[] = "one, two";
    struct tiny tiny = {.serve = serve_echo};
    struct check_bed bed;

    (void)state;
    open_ws(&bed);
    bed.spec.of.ws.subprotocol = subprotocols;
    tiny_start(&tiny);
    bed.spec.of.ws.at.port = tiny.port;
    check_bed_expect(&bed, "subprotocol == 'two'");
    check_bed_reason(&bed, STATUS_UP, "none");
    assert_non_null(strstr(tiny.last, "GET /feed?room=1 HTTP/1.1\r\n"));
    assert_non_null(strstr(tiny.last, "Host: shop.test\r\n"));
    assert_non_null(strstr(tiny.last, "Sec-WebSocket-Protocol: one, two\r\n"));
    assert_non_null(strstr(tiny.last, "traceparent: 00-"));
    assert_non_null(strstr(tiny.last, "User-Agent: picket/"));
    assert_string_equal(check_bed_text(&bed, FACT_SUBPROTOCOL), "two");
    tiny_stop(&tiny);
    check_bed_close(&bed);
}

static void
messages_are_said_and_heard(void **state)
{
    struct template_error error;
    struct spec_field said[2] = {0};
    struct check_bed bed;

    (void)state;
    open_ws(&bed);
    said[0].value = template_parse("hello", &error);
    said[1].value = template_parse("are you there?", &error);
    bed.spec.of.ws.send = (struct spec_fields){said, 2};
    bed.spec.of.ws.subprotocol = NULL;
    check_bed_expect(&bed, "message == 'are you there?' and messages == 2");
    run_with(&bed, serve_echo, NULL, STATUS_DOWN, "ws.protocol");
    /* The echo chooses a subprotocol that nobody offered. */
    assert_non_null(strstr(bed.result->message, "not offered"));
    {
        static char two[] = "two";

        bed.spec.of.ws.subprotocol = two;
    }
    run_with(&bed, serve_echo, NULL, STATUS_UP, "none");
    assert_int_equal(check_bed_int(&bed, FACT_MESSAGES), 2);
    assert_int_equal(check_bed_int(&bed, FACT_CLOSE_CODE), 1000);
    assert_true(bed.result->us[PHASE_RECEIVE] >= 0);
    template_free(said[0].value);
    template_free(said[1].value);
    check_bed_close(&bed);
}

static void
heard_with_the_answer_in_fragments_after_a_ping(void **state)
{
    struct check_bed bed;

    (void)state;
    open_ws(&bed);
    check_bed_expect(&bed, "message contains 'welcome'");
    run_with(&bed, serve_frames,
             FRAMES("\x81\x02hi\x01\x03wel\x89\x01p\x80\x04"
                    "come"),
             STATUS_UP, "none");
    assert_int_equal(check_bed_int(&bed, FACT_MESSAGES), 2);
    check_bed_close(&bed);
}

static void
what_was_expected_does_not_come(void **state)
{
    struct check_bed bed;

    (void)state;
    open_ws(&bed);
    check_bed_expect(&bed, "message contains 'welcome'");
    bed.spec.timeout_ns = 200 * NS_PER_MS;
    run_with(&bed, serve_switch, NULL, STATUS_DOWN, "ws.timeout");
    run_with(&bed, serve_frames, FRAMES("\x81\x02hi"), STATUS_DOWN,
             "expect.message");
    check_bed_evidence(&bed, "\"last_message\":\"hi\"");
    bed.spec.timeout_ns = 5 * NS_PER_S;
    run_with(&bed, serve_frames, FRAMES("\x81\x02hi\x88\x06\x03\xf0no u"),
             STATUS_DOWN, "ws.closed");
    assert_non_null(
        strstr(bed.result->message, "1008 (against its policy): no u"));
    assert_int_equal(check_bed_int(&bed, FACT_CLOSE_CODE), 1008);
    run_with(&bed, serve_frames_and_go, FRAMES("\x81\x02hi"), STATUS_DOWN,
             "ws.closed");
    assert_non_null(strstr(bed.result->message, "without a close"));
    check_bed_close(&bed);
}

static void
a_close_may_be_what_is_expected(void **state)
{
    struct check_bed bed;

    (void)state;
    open_ws(&bed);
    check_bed_expect(&bed, "close == 4001");
    run_with(&bed, serve_frames, FRAMES("\x88\x02\x0f\xa1"), STATUS_UP, "none");
    check_bed_close(&bed);
}

static void
a_server_that_breaks_the_protocol(void **state)
{
    struct check_bed bed;

    (void)state;
    open_ws(&bed);
    check_bed_expect(&bed, "message exists");
    run_with(&bed, serve_frames, FRAMES("\x81\x82\1\2\3\4ab"), STATUS_DOWN,
             "ws.protocol");
    run_with(&bed, serve_frames, FRAMES("\x81\x7f\0\0\0\1\0\0\0\0"),
             STATUS_DOWN, "ws.protocol");
    assert_non_null(strstr(bed.result->message, "more than 1048576 bytes"));
    run_with(&bed, serve_frames, FRAMES("\x81\x01\xff"), STATUS_DOWN,
             "ws.protocol");
    run_with(&bed, serve_frames, FRAMES("\xc1\x00"), STATUS_DOWN,
             "ws.protocol");
    check_bed_close(&bed);
}

static void
a_server_that_pings_without_end(void **state)
{
    static char pings[(WS_CONTROLS_MAX + 1) * 2];
    const struct bytes most = {pings, sizeof(pings) - 2};
    const struct bytes more = {pings, sizeof(pings)};
    struct check_bed bed;

    (void)state;
    for (size_t i = 0; i < sizeof(pings); i += 2)
        memcpy(pings + i, "\x89\x00", 2);
    open_ws(&bed);
    run_with(&bed, serve_frames, &more, STATUS_UP, "none");
    check_bed_expect(&bed, "message exists");
    run_with(&bed, serve_frames, &more, STATUS_DOWN, "ws.protocol");
    assert_non_null(strstr(bed.result->message, "more than 1000 pings"));
    bed.spec.timeout_ns = 200 * NS_PER_MS;
    run_with(&bed, serve_frames, &most, STATUS_DOWN, "ws.timeout");
    check_bed_close(&bed);
}

static void
a_server_that_does_not_upgrade(void **state)
{
    struct check_bed bed;

    (void)state;
    open_ws(&bed);
    run_with(&bed, serve_text,
             "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", STATUS_DOWN,
             "ws.refused");
    assert_int_equal(check_bed_int(&bed, FACT_STATUS), 403);
    check_bed_evidence(&bed, "403 Forbidden");
    run_with(&bed, serve_text,
             "HTTP/1.1 302 Found\r\nLocation: wss://b.test/\r\n\r\n",
             STATUS_DOWN, "ws.refused");
    assert_non_null(strstr(bed.result->message, "is not followed"));
    run_with(&bed, serve_text, "220 smtp\r\n", STATUS_DOWN, "ws.protocol");
    bed.spec.timeout_ns = 150 * NS_PER_MS;
    run_with(&bed, serve_text, "HTTP/1.1 101 ", STATUS_DOWN, "ws.timeout");
    check_bed_close(&bed);
}

static void
nothing_listens_or_may_be_reached(void **state)
{
    static char metadata[] = "169.254.169.254";
    struct check_bed bed;
    struct check_run run = {0};

    (void)state;
    open_ws(&bed);
    bed.spec.of.ws.at.port = check_bed_closed_port();
    check_bed_reason(&bed, STATUS_DOWN, "connect.refused");
    check_cancel(
        check_start(bed.engine, &bed.spec, &run, check_bed_on_done, &bed));
    bed.spec.of.ws.at.host = metadata;
    check_bed_reason(&bed, STATUS_ERROR, "policy.blocked");
    check_bed_close(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_upgrade_is_enough),
        cmocka_unit_test(what_it_asks),
        cmocka_unit_test(messages_are_said_and_heard),
        cmocka_unit_test(heard_with_the_answer_in_fragments_after_a_ping),
        cmocka_unit_test(what_was_expected_does_not_come),
        cmocka_unit_test(a_close_may_be_what_is_expected),
        cmocka_unit_test(a_server_that_breaks_the_protocol),
        cmocka_unit_test(a_server_that_pings_without_end),
        cmocka_unit_test(a_server_that_does_not_upgrade),
        cmocka_unit_test(nothing_listens_or_may_be_reached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
