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
basic_goes_with_the_request(void **state)
{
    struct tiny tiny = {.serve = bed_serve_text, .arg = bed_good};
    struct bed bed;
    (void)state;

    tiny_start(&tiny);
    bed_open(&bed, NULL, tiny.port, "http://shop.example");
    bed_fetch(&bed, (struct fetch_opts){.auth = FETCH_AUTH_BASIC,
                                        .user = "ann",
                                        .password = "o:pen"});
    assert_int_equal(bed.seen.result.status, 200);
    assert_non_null(strstr(tiny.last, "Authorization: Basic YW5uOm86cGVu\r\n"));
    /* Neither who has none asked for, nor the next on this handle. */
    bed_fetch(&bed, (struct fetch_opts){.user = "ann", .password = "o:pen"});
    assert_null(strstr(tiny.last, "Authorization"));
    bed_close(&bed);
    tiny_stop(&tiny);
}

/* Asks, and lets in whoever answers at all: what is right is e2e's to say. */
static void
serve_digest(struct tiny_conn *conn)
{
    static const char ask[] =
        "HTTP/1.1 401 Who\r\nWWW-Authenticate: Digest realm=\"r\", "
        "qop=\"auth\", nonce=\"n0\", algorithm=SHA-256\r\nX-Round: 1\r\n"
        "Content-Length: 6\r\n\r\nsecret";

    if (!tiny_read_request(conn))
        return;
    if (strstr(conn->request, "Authorization: Digest ") == NULL)
        tiny_say(conn, ask);
    else
        tiny_say(conn, conn->tiny->arg);
}

static void
digest_is_two_rounds_and_one_answer(void **state)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                                 "X-Round: 2\r\n\r\nhello";
    struct tiny tiny = {.serve = serve_digest, .arg = answer};
    struct fetch_opts opts = {.auth = FETCH_AUTH_DIGEST,
                              .method = "POST",
                              .body = "a=b",
                              .body_len = 3,
                              .user = "ann",
                              .password = "open"};
    struct bed bed;
    (void)state;

    tiny_start(&tiny);
    bed_open(&bed, NULL, tiny.port, "http://shop.example");
    bed_fetch(&bed, opts);
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    assert_int_equal(bed.seen.result.status, 200);
    assert_int_equal(tiny.accepted, 2);
    assert_string_equal(bed.seen.body, "hello");
    assert_non_null(strstr(bed.seen.head, "X-Round: 2"));
    assert_null(strstr(bed.seen.head, "X-Round: 1"));
    assert_non_null(strstr(tiny.last, "username=\"ann\""));
    assert_non_null(strstr(tiny.last, "Content-Length: 3\r\n"));
    /* Refused again, that is the answer. */
    tiny.arg = "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno";
    bed_fetch(&bed, opts);
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    assert_int_equal(bed.seen.result.status, 401);
    assert_string_equal(bed.seen.body, "no");
    bed_close(&bed);
    tiny_stop(&tiny);
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
        cmocka_unit_test(basic_goes_with_the_request),
        cmocka_unit_test(digest_is_two_rounds_and_one_answer),
        cmocka_unit_test(a_proxy_is_spoken_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
