/* The health call against a server of HTTP/2 written by hand: enough of it to
 * answer one call, rightly or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/grpc_check.c"

#include "tests/lib/check_bed.h"
#include "tests/lib/tiny_server.h"

struct answer {
    const char *type;    /* content-type; NULL: none */
    const char *message; /* the body's bytes, or NULL: trailers only */
    size_t len;
    const char *status; /* grpc-status; NULL: none */
    const char *words;  /* grpc-message; NULL: none */
};

static void
frame(struct tiny_conn *conn, int type, int flags, const void *data, size_t len)
{
    unsigned char head[9] = {0, (unsigned char)(len >> 8), (unsigned char)len,
                             (unsigned char)type, (unsigned char)flags};

    head[8] = type == 4 ? 0 : 1; /* settings are the connection's */
    tiny_write(conn, head, sizeof head);
    tiny_write(conn, data, len);
}

/* Literal, not indexed, not compressed (RFC 7541 6.2.2). */
static size_t
field(unsigned char *to, const char *name, const char *value)
{
    size_t n = strlen(name);
    size_t v = strlen(value);

    to[0] = 0;
    to[1] = (unsigned char)n;
    memcpy(to + 2, name, n);
    to[2 + n] = (unsigned char)v;
    memcpy(to + 3 + n, value, v);
    return 3 + n + v;
}

static size_t
end_fields(unsigned char *to, const struct answer *answer)
{
    size_t len = 0;

    if (answer->status != NULL)
        len += field(to + len, "grpc-status", answer->status);
    if (answer->words != NULL)
        len += field(to + len, "grpc-message", answer->words);
    return len;
}

/* Until the request is whole: its data carries END_STREAM. */
static bool
read_request(struct tiny_conn *conn)
{
    unsigned char all[8192];
    size_t len = 0;

    for (;;) {
        long n = tiny_read(conn, all + len, sizeof all - len);

        if (n <= 0)
            return false;
        len += (size_t)n;
        for (size_t at = 24; at + 9 <= len;) {
            size_t size = (size_t)all[at + 1] << 8 | all[at + 2];

            if (all[at + 3] == 0 && (all[at + 4] & 1) != 0 &&
                at + 9 + size <= len)
                return true;
            at += 9 + size;
        }
    }
}

static void
serve_answer(struct tiny_conn *conn)
{
    const struct answer *answer = conn->tiny->arg;
    unsigned char head[600] = {0x88}; /* :status 200 */
    size_t len = 1;

    frame(conn, 4, 0, "", 0);
    if (!read_request(conn))
        return;
    frame(conn, 4, 1, "", 0);
    if (answer->type != NULL)
        len += field(head + len, "content-type", answer->type);
    if (answer->message == NULL) {
        len += end_fields(head + len, answer);
        frame(conn, 1, 5, head, len);
    } else {
        frame(conn, 1, 4, head, len);
        frame(conn, 0, 0, answer->message, answer->len);
        len = end_fields(head, answer);
        frame(conn, 1, 5, head, len);
    }
    tiny_hold(conn);
}

static void
serve_refusal(struct tiny_conn *conn)
{
    frame(conn, 4, 0, "", 0);
    if (!read_request(conn))
        return;
    frame(conn, 3, 0, "\0\0\0\7", 4);
    tiny_hold(conn);
}

static void
serve_silence(struct tiny_conn *conn)
{
    (void)read_request(conn);
    tiny_hold(conn);
}

static void
serve_http1(struct tiny_conn *conn)
{
    (void)tiny_read_head(conn);
    tiny_say(conn, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
    tiny_hold(conn);
}

static void
open_grpc(struct check_bed *bed)
{
    static char service[] = "shop.Cart";

    check_bed_open(bed, SPEC_GRPC, NULL);
    bed->spec.of.grpc.url = bed->target;
    bed->spec.of.grpc.service = service;
}

static void
run_with(struct check_bed *bed, void (*serve)(struct tiny_conn *),
         const struct answer *answer, enum status status, const char *reason)
{
    struct tiny tiny = {.serve = serve, .arg = answer};

    tiny_start(&tiny);
    (void)snprintf(bed->target, sizeof bed->target,
                   "http://127.0.0.1:%u" GRPC_PATH, tiny.port);
    check_bed_reason(bed, status, reason);
    tiny_stop(&tiny);
}

#define SAYS(health) "application/grpc", "\0\0\0\0\2\x08" health, 7, "0", NULL

static void
it_serves_or_not(void **state)
{
    static const struct answer serving = {SAYS("\1")};
    static const struct answer not_serving = {SAYS("\2")};
    struct check_bed bed;

    (void)state;
    open_grpc(&bed);
    run_with(&bed, serve_answer, &serving, STATUS_UP, "none");
    assert_string_equal(check_bed_text(&bed, FACT_HEALTH), "SERVING");
    assert_string_equal(check_bed_text(&bed, FACT_GRPC_STATUS), "OK");
    assert_true(bed.result->us[PHASE_CONNECT] >= 0);
    assert_true(bed.result->us[PHASE_WAIT] >= 0);
    run_with(&bed, serve_answer, &not_serving, STATUS_DOWN, "grpc.not_serving");
    assert_string_equal(bed.result->message,
                        "health == SERVING: got NOT_SERVING");
    check_bed_expect(&bed, "health == NOT_SERVING and grpc.status == OK");
    run_with(&bed, serve_answer, &not_serving, STATUS_UP, "none");
    run_with(&bed, serve_answer, &serving, STATUS_DOWN, "expect.health");
    check_bed_close(&bed);
}

static void
a_call_that_fails(void **state)
{
    static const struct answer unknown = {"application/grpc", NULL, 0, "5",
                                          "no such service%3A caf%C3%A9"};
    static const struct answer bare = {"application/grpc+proto", "", 0, "12",
                                       NULL};
    struct check_bed bed;

    (void)state;
    open_grpc(&bed);
    run_with(&bed, serve_answer, &unknown, STATUS_DOWN, "grpc.status");
    assert_string_equal(bed.result->message,
                        "NOT_FOUND: no such service: caf\xc3\xa9");
    assert_string_equal(check_bed_text(&bed, FACT_GRPC_STATUS), "NOT_FOUND");
    check_bed_evidence(&bed, "\"status\":\"NOT_FOUND\"");
    run_with(&bed, serve_answer, &bare, STATUS_DOWN, "grpc.status");
    assert_non_null(strstr(bed.result->message, "has no health service"));
    check_bed_expect(&bed, "grpc.status == NOT_FOUND");
    run_with(&bed, serve_answer, &unknown, STATUS_UP, "none");
    check_bed_close(&bed);
}

static void
what_is_no_grpc(void **state)
{
    static const struct answer html = {"text/html", "<p>", 3, NULL, NULL};
    static const struct answer no_end = {"application/grpc", "", 0, NULL, NULL};
    static const struct answer wild = {"application/grpc", NULL, 0, "99", NULL};
    static const struct answer cut = {"application/grpc", "\0\0\0\0\2\x08", 6,
                                      "0", NULL};
    static const struct answer empty = {"application/grpc", "", 0, "0", NULL};
    struct check_bed bed;

    (void)state;
    open_grpc(&bed);
    run_with(&bed, serve_answer, &html, STATUS_DOWN, "grpc.protocol");
    assert_non_null(strstr(bed.result->message, "no gRPC server"));
    run_with(&bed, serve_answer, &no_end, STATUS_DOWN, "grpc.protocol");
    run_with(&bed, serve_answer, &wild, STATUS_DOWN, "grpc.protocol");
    run_with(&bed, serve_answer, &cut, STATUS_DOWN, "grpc.protocol");
    assert_non_null(strstr(bed.result->message, "cut short"));
    run_with(&bed, serve_answer, &empty, STATUS_DOWN, "grpc.protocol");
    assert_non_null(strstr(bed.result->message, "no message"));
    run_with(&bed, serve_http1, NULL, STATUS_DOWN, "http.closed");
    check_bed_close(&bed);
}

/* Whoever is refused could ask again (RFC 9113, 8.7); a check asks once. */
static void
a_refused_stream_ends_the_run(void **state)
{
    static const struct answer serving = {"application/grpc",
                                          "\0\0\0\0\2\x08\x01", 7, "0", NULL};
    struct check_bed bed;

    (void)state;
    open_grpc(&bed);
    run_with(&bed, serve_answer, &serving, STATUS_UP, "none");
    assert_int_equal(check_bed_int(&bed, FACT_CONNECTIONS), -1);
    run_with(&bed, serve_refusal, NULL, STATUS_DOWN, "http.reset");
    assert_int_equal(check_bed_int(&bed, FACT_CONNECTIONS), -1);
    check_bed_close(&bed);
}

static void
no_answer_at_all(void **state)
{
    struct check_bed bed;
    struct check_run run = {0};

    (void)state;
    open_grpc(&bed);
    bed.spec.timeout_ns = 200 * NS_PER_MS;
    run_with(&bed, serve_silence, NULL, STATUS_DOWN, "grpc.timeout");
    (void)snprintf(bed.target, sizeof bed.target,
                   "http://127.0.0.1:%u" GRPC_PATH, check_bed_closed_port());
    check_bed_reason(&bed, STATUS_DOWN, "connect.refused");
    check_cancel(
        check_start(bed.engine, &bed.spec, &run, check_bed_on_done, &bed));
    (void)snprintf(bed.target, sizeof bed.target,
                   "http://169.254.169.254:80" GRPC_PATH);
    check_bed_reason(&bed, STATUS_ERROR, "policy.blocked");
    check_bed_close(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_serves_or_not),
        cmocka_unit_test(a_call_that_fails),
        cmocka_unit_test(what_is_no_grpc),
        cmocka_unit_test(a_refused_stream_ends_the_run),
        cmocka_unit_test(no_answer_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
