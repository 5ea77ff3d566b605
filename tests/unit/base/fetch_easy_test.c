#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_easy.c"

#include "tests/lib/fetch_shop.h"

static void
the_request_is_the_callers(void **state)
{
    static const char *const headers[] = {"X-Check: home", "User-Agent: me",
                                          NULL};
    static const char body[] = "{\"a\":1}";
    struct tiny tiny = {.serve = fetch_bed_serve_text, .arg = fetch_bed_good};
    struct fetch_bed bed;
    (void)state;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(&bed, (struct fetch_opts){.method = "PUT",
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
    fetch_bed_get(&bed, (struct fetch_opts){0});
    assert_true(strncmp(tiny.last, "GET / HTTP/1.1\r\n", 16) == 0);
    assert_null(strstr(tiny.last, "X-Check"));
    assert_null(strstr(tiny.last, "Content-Length"));
    fetch_bed_get(&bed, (struct fetch_opts){.method = "HEAD"});
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    assert_true(strncmp(tiny.last, "HEAD / HTTP/1.1\r\n", 17) == 0);
    assert_int_equal(bed.seen.result.body_len, 0);
    fetch_bed_get(&bed, (struct fetch_opts){.method = "DELETE"});
    assert_true(strncmp(tiny.last, "DELETE / HTTP/1.1\r\n", 19) == 0);
    assert_string_equal(bed.seen.body, "hello");
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
    unsetenv("http_proxy");
}

/* What curl would make of its own way of writing these. */
static void
a_request_is_whole(void **state)
{
    static const char *const headers[] = {"X-Empty:", "X-Blank: \t",
                                          "X-A: :", NULL};
    struct tiny tiny = {.serve = fetch_bed_serve_text, .arg = fetch_bed_good};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(&bed, (struct fetch_opts){.headers = headers});
    assert_non_null(strstr(tiny.last, "X-Empty:\r\n"));
    assert_non_null(strstr(tiny.last, "X-Blank:\r\n"));
    assert_non_null(strstr(tiny.last, "X-A: :\r\n"));
    fetch_bed_get(&bed, (struct fetch_opts){.method = "POST"});
    assert_true(strncmp(tiny.last, "POST / HTTP/1.1\r\n", 17) == 0);
    assert_non_null(strstr(tiny.last, "Content-Length: 0\r\n"));
    assert_null(strstr(tiny.last, "Content-Type"));
    fetch_bed_get(&bed, (struct fetch_opts){
                            .method = "GET", .body = "q=1", .body_len = 3});
    assert_true(strncmp(tiny.last, "GET / HTTP/1.1\r\n", 16) == 0);
    assert_non_null(strstr(tiny.last, "Content-Length: 3\r\n"));
    fetch_bed_get(&bed, (struct fetch_opts){.url = "no url at all"});
    assert_int_equal(bed.seen.result.error, FETCH_CONFIG);
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

/* A machine may be set up so that every client on it goes another way. */
static void
the_environment_has_no_say(void **state)
{
    static const char *const names[] = {
        "http_proxy",     "https_proxy",   "HTTPS_PROXY",  "ALL_PROXY",
        "all_proxy",      "HOME",          "CURL_HOME",    "NETRC",
        "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"};
    char dir[] = "/tmp/fetch_easy.XXXXXX";
    char file[64];
    struct shop shop;
    struct fetch_bed plain;
    FILE *f;
    size_t i;
    (void)state;

    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/.netrc", dir);
    f = fopen(file, "w");
    fputs("default login eve password wrong\n", f);
    fclose(f);
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        setenv(names[i], i < 5 ? "http://127.0.0.1:1" : i < 8 ? dir : "", 1);
    snprintf(file, sizeof file, "%s/ca.pem", dir);
    setenv("SSL_CERT_FILE", file, 1);
    setenv("CURL_CA_BUNDLE", file, 1);
    shop_open(&shop, &shop_honest);
    pki_write(&shop.ca, NULL, file, NULL);
    fetch_bed_get(&shop.bed, (struct fetch_opts){0});
    assert_int_equal(shop.bed.seen.result.error, FETCH_NONE);
    assert_null(strstr(shop.tiny.last, "Authorization"));
    /* No authorities of ours: those of the environment are not believed. */
    fetch_bed_open(&plain, NULL, shop.tiny.port, "https://shop.example");
    fetch_bed_get(&plain, (struct fetch_opts){0});
    assert_int_equal(plain.seen.result.error, FETCH_TLS_VERIFY);
    fetch_bed_close(&plain);
    shop_close(&shop);
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
    unlink(file);
    snprintf(file, sizeof file, "%s/.netrc", dir);
    unlink(file);
    rmdir(dir);
}

static void
ipv6_is_an_address_like_any_other(void **state)
{
    static const char *const hosts[] = {"[::1]", "shop.example"};
    struct tiny tiny = {
        .serve = fetch_bed_serve_text, .arg = fetch_bed_good, .ip = "::1"};
    struct fetch_bed bed;
    char url[64];
    size_t i;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    addr_parse_ip(&bed.address, "::1", tiny.port);
    for (i = 0; i < 2; i++) {
        snprintf(url, sizeof url, "http://%s:%u/", hosts[i], tiny.port);
        fetch_bed_get(&bed, (struct fetch_opts){.url = url});
        assert_int_equal(bed.seen.result.error, FETCH_NONE);
        assert_string_equal(bed.seen.result.ip, "::1");
        assert_non_null(
            strstr(tiny.last, i == 0 ? "Host: [::1]:" : "Host: shop.example:"));
        fetch_bed_get(&bed,
                      (struct fetch_opts){.url = url, .proxy = "proxy:80"});
        assert_int_equal(bed.seen.result.error, FETCH_NONE);
        assert_true(strncmp(tiny.last, "GET http://", 11) == 0);
    }
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

static void
basic_goes_with_the_request(void **state)
{
    struct tiny tiny = {.serve = fetch_bed_serve_text, .arg = fetch_bed_good};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(&bed, (struct fetch_opts){.auth = FETCH_AUTH_BASIC,
                                            .user = "ann",
                                            .password = "o:pen"});
    assert_int_equal(bed.seen.result.status, 200);
    assert_non_null(strstr(tiny.last, "Authorization: Basic YW5uOm86cGVu\r\n"));
    /* Neither who has none asked for, nor the next on this handle. */
    fetch_bed_get(&bed,
                  (struct fetch_opts){.user = "ann", .password = "o:pen"});
    assert_null(strstr(tiny.last, "Authorization"));
    fetch_bed_close(&bed);
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

/* The second connection is curl's own, and is judged as the first was. */
static void
digest_over_tls_is_two_handshakes(void **state)
{
    struct fetch_opts opts = {
        .auth = FETCH_AUTH_DIGEST, .user = "ann", .password = "open"};
    struct shop shop;
    const struct fetch_result *r = &shop.bed.seen.result;
    (void)state;

    shop_open(&shop, &shop_honest);
    shop.tiny.serve = serve_digest;
    fetch_bed_get(&shop.bed, opts);
    assert_string_equal(shop.bed.seen.detail, "");
    assert_int_equal(r->status, 200);
    assert_int_equal(shop.tiny.accepted, 2);
    assert_non_null(shop.bed.seen.certs);
    assert_true(r->connect_us >= 0);
    assert_true(r->tls_us > 0);
    assert_true(r->wait_us >= 0);
    assert_true(r->receive_us >= 0);
    shop_close(&shop);
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
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(&bed, opts);
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
    fetch_bed_get(&bed, opts);
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    assert_int_equal(bed.seen.result.status, 401);
    assert_string_equal(bed.seen.body, "no");
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_the_callers),
        cmocka_unit_test(a_request_is_whole),
        cmocka_unit_test(the_environment_has_no_say),
        cmocka_unit_test(ipv6_is_an_address_like_any_other),
        cmocka_unit_test(basic_goes_with_the_request),
        cmocka_unit_test(digest_is_two_rounds_and_one_answer),
        cmocka_unit_test(digest_over_tls_is_two_handshakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
