#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_easy.c"

#include "tests/lib/fetch_bed.h"

static void
the_request_is_the_callers(void **state)
{
    static const char *const headers[] = {"X-Check: home", "User-Agent: me",
                                          NULL};
    static const char body[] = "{\"a\":1}";
    struct tiny tiny = {.serve = bed_serve_text, .arg = bed_good};
    struct bed bed;
    (void)state;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    tiny_start(&tiny);
    bed_open(&bed, NULL, tiny.port, "http://shop.example");
    bed_fetch(&bed, (struct fetch_opts){.method = "PUT",
                                        .headers = headers,
                                        .body = body,
                                        .body_len = sizeof body - 1});
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    assert_true(strncmp(tiny.last, "PUT / HTTP/1.1\r\n", 16) == 0);
    assert_non_null(strstr(tiny.last, "Host: shop.example:"));
    assert_non_null(strstr(tiny.last, "X-Check: home\r\n"));
    assert_non_null(strstr(tiny.last, "Content-Length: 7\r\n"));
    assert_null(strstr(tiny.last, "Expect"));
    assert_null(strstr(tiny.last, "Content-Type"));
    /* The handle is used again: nothing of the first may be left. */
    bed_fetch(&bed, (struct fetch_opts){0});
    assert_true(strncmp(tiny.last, "GET / HTTP/1.1\r\n", 16) == 0);
    assert_null(strstr(tiny.last, "X-Check"));
    assert_null(strstr(tiny.last, "Content-Length"));
    bed_fetch(&bed, (struct fetch_opts){.method = "HEAD"});
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    assert_true(strncmp(tiny.last, "HEAD / HTTP/1.1\r\n", 17) == 0);
    assert_int_equal(bed.seen.result.body_len, 0);
    bed_fetch(&bed, (struct fetch_opts){.method = "DELETE"});
    assert_true(strncmp(tiny.last, "DELETE / HTTP/1.1\r\n", 19) == 0);
    assert_string_equal(bed.seen.body, "hello");
    bed_close(&bed);
    tiny_stop(&tiny);
    unsetenv("http_proxy");
}

static void
an_interim_head_is_not_the_answer(void **state)
{
    struct bed bed;
    (void)state;

    bed_plain(&bed, bed_serve_text,
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
    struct bed bed;
    (void)state;

    bed_plain(&bed, bed_serve_text, bed_good,
              (struct fetch_opts){.body_max = 5});
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    bed_plain(&bed, bed_serve_text, bed_good,
              (struct fetch_opts){.body_max = 4});
    assert_int_equal(bed.seen.result.error, FETCH_BODY_LIMIT);
    assert_int_equal(bed.seen.result.status, 200);
    assert_string_equal(bed.seen.body, "hell");
    bed_plain(&bed, bed_serve_text, bed_good,
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
    struct bed bed;
    (void)state;

    bed_plain(&bed, serve_bomb, NULL, (struct fetch_opts){.body_max = 50000});
    assert_int_equal(bed.seen.result.error, FETCH_BODY_LIMIT);
    assert_int_equal(bed.seen.result.body_len, 50000);
    bed_plain(&bed, serve_bomb, NULL,
              (struct fetch_opts){.body_max = 2 * 1024 * 1024});
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    assert_int_equal(bed.seen.result.body_len, 1024 * 1024);
    assert_true(bed.seen.result.wire_bytes < 5000);
}

static void
serve_proxy(struct tiny_conn *conn)
{
    if (tiny_read_head(conn))
        tiny_say(conn, conn->tiny->arg);
}

static void
a_proxy_is_spoken_to(void **state)
{
    struct tiny tiny = {.serve = serve_proxy, .arg = bed_good};
    struct bed bed;
    (void)state;

    tiny_start(&tiny);
    bed_open(&bed, NULL, tiny.port, "http://shop.example");
    bed_fetch(&bed, (struct fetch_opts){.url = "http://shop.example/a",
                                        .proxy = "http://me:pw@proxy:3128"});
    assert_int_equal(bed.seen.result.status, 200);
    assert_true(
        strncmp(tiny.last, "GET http://shop.example/a HTTP/1.1\r\n", 36) == 0);
    assert_non_null(strstr(tiny.last, "Proxy-Authorization: Basic bWU6cHc="));
    tiny.arg = "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n";
    bed_fetch(&bed, (struct fetch_opts){.url = "http://shop.example/a",
                                        .proxy = "proxy:3128"});
    assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
    assert_int_equal(bed.seen.result.error, FETCH_PROXY_AUTH);
    assert_null(strstr(tiny.last, "Proxy-Authorization"));
    bed_fetch(&bed, (struct fetch_opts){.url = "https://shop.example/a",
                                        .proxy = "proxy:3128"});
    assert_true(
        strncmp(tiny.last, "CONNECT shop.example:443 HTTP/1.1\r\n", 35) == 0);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
    assert_int_equal(bed.seen.result.error, FETCH_PROXY_AUTH);
    tiny.arg = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
    bed_fetch(&bed, (struct fetch_opts){.url = "https://shop.example/a",
                                        .proxy = "proxy:3128"});
    assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
    assert_int_equal(bed.seen.result.error, FETCH_PROXY_REFUSED);
    /* And without one the next is direct again. */
    tiny.arg = bed_good;
    bed_fetch(&bed, (struct fetch_opts){0});
    assert_true(strncmp(tiny.last, "GET / HTTP/1.1\r\n", 16) == 0);
    bed_close(&bed);
    tiny_stop(&tiny);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_the_callers),
        cmocka_unit_test(an_interim_head_is_not_the_answer),
        cmocka_unit_test(limits_stop_what_is_too_much),
        cmocka_unit_test(a_bomb_stops_at_the_limit),
        cmocka_unit_test(a_proxy_is_spoken_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
