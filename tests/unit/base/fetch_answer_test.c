#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_answer.c"

#include <openssl/ssl.h>

#include "tests/lib/fetch_shop.h"

#define BODY_MAX (1024 * 1024) /* the default */

static void
an_interim_head_is_not_the_answer(void **state)
{
    struct fetch_bed bed;
    (void)state;

    fetch_bed_plain(
        &bed, fetch_bed_serve_text,
        "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n"
        "Content-Length: 1\r\n\r\ny",
        (struct fetch_opts){0});
    assert_int_equal(bed.seen.result.status, 200);
    assert_null(strstr(bed.seen.head, "Link"));
    assert_non_null(strstr(bed.seen.head, "A: b\r\n"));
}

static void
limits_stop_what_is_too_much(void **state)
{
    struct fetch_bed bed;
    (void)state;

    fetch_bed_plain(&bed, fetch_bed_serve_text, fetch_bed_good,
                    (struct fetch_opts){.body_max = 5});
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    fetch_bed_plain(&bed, fetch_bed_serve_text, fetch_bed_good,
                    (struct fetch_opts){.body_max = 4});
    assert_int_equal(bed.seen.result.error, FETCH_BODY_LIMIT);
    assert_int_equal(bed.seen.result.status, 200);
    assert_string_equal(bed.seen.body, "hell");
    fetch_bed_plain(&bed, fetch_bed_serve_text, fetch_bed_good,
                    (struct fetch_opts){.header_max = 40});
    assert_int_equal(bed.seen.result.error, FETCH_HEADER_LIMIT);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_HTTP);
}

/* A megabyte of zeros in a thousand bytes. */
static void
serve_bomb(struct tiny_conn *conn)
{
    FILE *gzip = popen("head -c 1048576 /dev/zero | gzip -9", "r");
    uint8_t packed[8192];
    char head[200];
    size_t len = fread(packed, 1, sizeof packed, gzip);

    pclose(gzip);
    if (!tiny_read_head(conn))
        return;
    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
             "Content-Length: %zu\r\n\r\n",
             len);
    tiny_say(conn, head);
    tiny_write(conn, packed, len);
}

static void
a_bomb_stops_at_the_limit(void **state)
{
    struct fetch_bed bed;
    (void)state;

    fetch_bed_plain(
        &bed, serve_bomb, NULL,
        (struct fetch_opts){.flags = FETCH_COMPRESSED, .body_max = 50000});
    assert_int_equal(bed.seen.result.error, FETCH_BODY_LIMIT);
    assert_int_equal(bed.seen.result.body_len, 50000);
    fetch_bed_plain(&bed, serve_bomb, NULL,
                    (struct fetch_opts){.flags = FETCH_COMPRESSED,
                                        .body_max = 2 * 1024 * 1024});
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    assert_int_equal(bed.seen.result.body_len, 1024 * 1024);
    assert_true(bed.seen.result.wire_bytes < 5000);
}

static void
trailers_stand_alone(void **state)
{
    struct fetch_bed bed;
    (void)state;

    fetch_bed_plain(&bed, fetch_bed_serve_text,
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "1\r\ny\r\n0\r\nX-Sum: 7\r\nHTTP/1.1 404 Not: here\r\n\r\n",
                    (struct fetch_opts){0});
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    assert_int_equal(bed.seen.result.status, 200);
    assert_string_equal(bed.seen.body, "y");
    assert_string_equal(bed.seen.trailers,
                        "X-Sum: 7\r\nHTTP/1.1 404 Not: here\r\n");
    assert_null(strstr(bed.seen.head, "X-Sum"));
    fetch_bed_plain(&bed, fetch_bed_serve_text, fetch_bed_good,
                    (struct fetch_opts){0});
    assert_string_equal(bed.seen.trailers, "");
}

/* One frame, over and over until the client has had enough. */
struct flood {
    const char *coding;
    const void *frame;
    size_t len;
};

static void
serve_flood(struct tiny_conn *conn)
{
    const struct flood *flood = conn->tiny->arg;
    char head[200];

    if (!tiny_read_head(conn))
        return;
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n%s\r\n\r\n", flood->coding);
    tiny_say(conn, head);
    while (send(conn->fd, flood->frame, flood->len, MSG_NOSIGNAL) > 0)
        continue;
}

/* As many zeros as anybody likes, in frames of 1 MiB each. */
static void
a_bomb_without_end_is_stopped(void **state)
{
    uint8_t frame[4096];
    FILE *zstd = popen("head -c 1048576 /dev/zero | zstd -q -19", "r");
    size_t len = fread(frame, 1, sizeof frame, zstd);
    struct flood flood = {"Content-Encoding: zstd", frame, len};
    struct fetch_bed bed;
    (void)state;

    assert_int_equal(pclose(zstd), 0);
    fetch_bed_plain(&bed, serve_flood, &flood,
                    (struct fetch_opts){.flags = FETCH_COMPRESSED});
    assert_int_equal(bed.seen.result.error, FETCH_BODY_LIMIT);
    assert_int_equal(bed.seen.result.body_len, BODY_MAX);
    /* What is handed to the decoder is one read of curl's. */
    assert_true(bed.seen.result.wire_bytes <= 64 * 1024);
}

static void
a_stream_that_decodes_to_nothing_is_stopped(void **state)
{
    /* RFC 8878 3.1.2: a frame to be skipped, 248 bytes long. */
    static const uint8_t skip[256] = {0x50, 0x2a, 0x4d, 0x18, 248};
    struct flood flood = {"Content-Encoding: zstd", skip, sizeof skip};
    struct fetch_bed bed;
    (void)state;

    fetch_bed_plain(&bed, serve_flood, &flood,
                    (struct fetch_opts){.flags = FETCH_COMPRESSED});
    assert_int_equal(bed.seen.result.error, FETCH_BODY_LIMIT);
    assert_int_equal(bed.seen.result.body_len, 0);
    assert_true(bed.seen.result.wire_bytes <= 2 * BODY_MAX);
}

static void
one_coding_is_taken_and_no_more(void **state)
{
    static const struct {
        const char *lines;
        unsigned flags;
        enum fetch_error error;
    } cases[] = {
        {"Content-Encoding: gzip, gzip", FETCH_COMPRESSED, FETCH_DECODE},
        {"Content-Encoding: gzip\r\nContent-Encoding: br", FETCH_COMPRESSED,
         FETCH_DECODE},
        {"Transfer-Encoding: gzip, deflate", 0, FETCH_DECODE},
        {"Content-Encoding: gzip\r\nTransfer-Encoding: gzip", FETCH_COMPRESSED,
         FETCH_DECODE},
        /* Not asked for, not looked into. */
        {"Content-Encoding: gzip, br", 0, FETCH_NONE},
        {"Content-Encoding: identity, identity", FETCH_COMPRESSED, FETCH_NONE},
        {"Content-Encoding: rot13", FETCH_COMPRESSED, FETCH_DECODE},
    };

    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fetch_bed bed;
        char answer[300];

        snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\n%s\r\n\r\nhello",
                 cases[i].lines);
        fetch_bed_plain(&bed, fetch_bed_serve_text, answer,
                        (struct fetch_opts){.flags = cases[i].flags});
        if (bed.seen.result.error != cases[i].error)
            print_message("case %zu: %s\n", i, bed.seen.detail);
        assert_int_equal(bed.seen.result.error, cases[i].error);
    }
}

static void
compression_is_asked_for_by_name(void **state)
{
    struct tiny tiny = {.serve = fetch_bed_serve_text, .arg = fetch_bed_good};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(&bed, (struct fetch_opts){.flags = FETCH_COMPRESSED});
    assert_non_null(strstr(tiny.last, "Accept-Encoding: "));
    fetch_bed_get(&bed, (struct fetch_opts){0});
    assert_null(strstr(tiny.last, "Accept-Encoding"));
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

static void
serve_endless_head(struct tiny_conn *conn)
{
    const char *line = conn->tiny->arg;

    if (!tiny_read_head(conn))
        return;
    tiny_say(conn, "HTTP/1.1 200 OK\r\n");
    while (send(conn->fd, line, strlen(line), MSG_NOSIGNAL) > 0)
        continue;
}

static void
a_head_without_end_is_stopped(void **state)
{
    static const char *const lines[] = {"X-More: and more of it\r\n", "x",
                                        "X-A: b\r\n "};
    size_t i;
    (void)state;

    for (i = 0; i < 3; i++) {
        struct fetch_bed bed;

        fetch_bed_plain(&bed, serve_endless_head, lines[i],
                        (struct fetch_opts){0});
        assert_int_equal(bed.seen.result.error, FETCH_HEADER_LIMIT);
        assert_int_equal(bed.seen.result.phase, FETCH_AT_HTTP);
    }
}

static void
serve_endless_interims(struct tiny_conn *conn)
{
    static const char interim[] = "HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\n";

    if (!tiny_read_head(conn))
        return;
    while (send(conn->fd, interim, sizeof interim - 1, MSG_NOSIGNAL) > 0)
        continue;
}

static void
serve_endless_trailers(struct tiny_conn *conn)
{
    if (!tiny_read_head(conn))
        return;
    tiny_say(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "1\r\ny\r\n0\r\n");
    while (send(conn->fd, "X-A: b\r\n", 8, MSG_NOSIGNAL) > 0)
        continue;
}

static void
every_head_and_the_trailers_count(void **state)
{
    struct fetch_bed bed;
    (void)state;

    fetch_bed_plain(&bed, serve_endless_interims, NULL, (struct fetch_opts){0});
    assert_int_equal(bed.seen.result.error, FETCH_HEADER_LIMIT);
    assert_int_equal(bed.seen.result.status, 0);
    fetch_bed_plain(&bed, serve_endless_trailers, NULL, (struct fetch_opts){0});
    assert_int_equal(bed.seen.result.error, FETCH_HEADER_LIMIT);
    assert_int_equal(bed.seen.result.status, 200);
}

/* --- HTTP/2, by hand: RFC 9113 4.1 frames, RFC 7541 header blocks --- */

static void
say_frame(struct tiny_conn *conn, uint8_t type, uint8_t flags,
          const char *payload, uint8_t len)
{
    uint8_t stream = type == 4 ? 0 : 1; /* settings are the connection's */
    uint8_t head[9] = {0, 0, len, type, flags, 0, 0, 0, stream};

    tiny_write(conn, head, sizeof head);
    tiny_write(conn, payload, len);
}

/* Answers once the client's own settings have come, and with them its request
 * or soon after. */
static void
serve_http2(struct tiny_conn *conn)
{
    char some[4096];
    bool is_reset = conn->tiny->arg != NULL;

    if (tiny_read(conn, some, sizeof some) <= 0)
        return;
    memcpy(conn->tiny->last, some, 24);
    say_frame(conn, 4, 0, "", 0); /* SETTINGS */
    if (tiny_read(conn, some, sizeof some) <= 0)
        return;
    if (is_reset) {
        say_frame(conn, 3, 0, "\0\0\0\2", 4); /* RST_STREAM */
    } else {
        say_frame(conn, 1, 4, "\x88", 1); /* HEADERS, :status 200 */
        say_frame(conn, 0, 0, "hello", 5);
        say_frame(conn, 1, 5,
                  "\0\x0bgrpc-status\x01"
                  "0",
                  15);
    }
    while (tiny_read(conn, some, sizeof some) > 0)
        continue;
}

static void
http2_without_tls_is_known_before(void **state)
{
    struct fetch_bed bed;
    (void)state;

    fetch_bed_plain(&bed, serve_http2, NULL,
                    (struct fetch_opts){.flags = FETCH_HTTP2});
    assert_string_equal(bed.seen.detail, "");
    assert_int_equal(bed.seen.result.http_version, 20);
    assert_int_equal(bed.seen.result.status, 200);
    assert_string_equal(bed.seen.body, "hello");
    assert_string_equal(bed.seen.trailers, "grpc-status: 0\r\n");
    fetch_bed_plain(&bed, serve_http2, "reset",
                    (struct fetch_opts){.flags = FETCH_HTTP2});
    assert_int_equal(bed.seen.result.error, FETCH_RESET);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_HTTP);
    /* Who speaks only 1.1 is not understood. */
    fetch_bed_plain(
        &bed, fetch_bed_serve_text, fetch_bed_good,
        (struct fetch_opts){.flags = FETCH_HTTP2, .timeout_ns = SECOND});
    assert_int_equal(bed.seen.result.phase, FETCH_AT_HTTP);
    assert_int_not_equal(bed.seen.result.error, FETCH_NONE);
}

/* OpenSSL's: what the client offers; HTTP/2 is taken when it is there. */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
        const unsigned char *in, unsigned len, void *cookie)
{
    char *offered = cookie;
    (void)ssl;

    memcpy(offered, in, len);
    offered[len] = '\0';
    *out = in + 1;
    *out_len = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static void
http2_over_tls_is_offered_alone_when_asked(void **state)
{
    struct shop shop;
    char offered[64];
    (void)state;

    shop_open(&shop, &shop_honest);
    SSL_CTX_set_alpn_select_cb(shop.tiny.ctx, on_alpn, offered);
    shop.tiny.arg = NULL;
    shop.tiny.serve = serve_http2;
    fetch_bed_get(&shop.bed, (struct fetch_opts){.flags = FETCH_HTTP2});
    assert_string_equal(offered, "\2h2");
    assert_string_equal(shop.bed.seen.detail, "");
    assert_int_equal(shop.bed.seen.result.http_version, 20);
    assert_string_equal(shop.bed.seen.alpn, "h2");
    fetch_bed_get(&shop.bed, (struct fetch_opts){0});
    assert_string_equal(offered, "\2h2\10http/1.1");
    assert_int_equal(shop.bed.seen.result.http_version, 20);
    shop.tiny.serve = fetch_bed_serve_text;
    shop.tiny.arg = fetch_bed_good;
    fetch_bed_get(&shop.bed, (struct fetch_opts){.flags = FETCH_HTTP1});
    assert_string_equal(offered, "\10http/1.1");
    assert_int_equal(shop.bed.seen.result.http_version, 11);
    shop_close(&shop);
}

static void
codings_are_counted(void **state)
{
    static const struct {
        const char *value;
        size_t count;
    } cases[] = {
        {"", 0},         {"gzip", 1},          {" chunked", 0},
        {"identity", 0}, {"gzip, chunked", 1}, {"gzip,br ,\tzstd", 3},
        {",,", 0},       {"gzip, ,GZIP", 2},
    };

    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(count_codings(cases[i].value, strlen(cases[i].value)),
                         cases[i].count);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interim_head_is_not_the_answer),
        cmocka_unit_test(limits_stop_what_is_too_much),
        cmocka_unit_test(a_bomb_stops_at_the_limit),
        cmocka_unit_test(trailers_stand_alone),
        cmocka_unit_test(a_bomb_without_end_is_stopped),
        cmocka_unit_test(a_stream_that_decodes_to_nothing_is_stopped),
        cmocka_unit_test(one_coding_is_taken_and_no_more),
        cmocka_unit_test(compression_is_asked_for_by_name),
        cmocka_unit_test(a_head_without_end_is_stopped),
        cmocka_unit_test(every_head_and_the_trailers_count),
        cmocka_unit_test(http2_without_tls_is_known_before),
        cmocka_unit_test(http2_over_tls_is_offered_alone_when_asked),
        cmocka_unit_test(codings_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
