#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/httpd_framing.c"

#define WHOLE 0 /* in the tables: not refused */

struct outcome {
    int status; /* WHOLE, or what it was refused by, or -1: wants more */
    size_t taken;
    char body[64];
    char head[256];
};

/* Feeds `len` bytes in pieces of `step`. */
static struct outcome
feed(const char *bytes, size_t len, size_t step)
{
    struct httpd_framing f;
    struct outcome out = {.status = -1};

    httpd_framing_init(&f, 200, 40);
    while (out.taken < len && f.state != HTTPD_FRAMING_WHOLE &&
           f.state != HTTPD_FRAMING_BAD) {
        size_t n = len - out.taken < step ? len - out.taken : step;
        out.taken += httpd_framing_add(&f, bytes + out.taken, n);
    }
    if (f.state == HTTPD_FRAMING_WHOLE)
        out.status = WHOLE;
    else if (f.state == HTTPD_FRAMING_BAD)
        out.status = f.status;
    str_copy(out.body, sizeof out.body, buf_text(&f.body));
    str_copy(out.head, sizeof out.head, buf_text(&f.head));
    httpd_framing_free(&f);
    return out;
}

#define H "Host: a\r\n"

static const struct {
    const char *bytes;
    int status;
    const char *body;
} cases[] = {
    {"GET / HTTP/1.1\r\n" H "\r\n", WHOLE, ""},
    {"GET / HTTP/1.0\r\n\r\n", WHOLE, ""},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc", WHOLE, "abc"},
    {"POST / HTTP/1.1\r\n" H "content-length:3 \r\n\r\nabc", WHOLE, "abc"},
    {"GET / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", WHOLE, ""},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n"
     "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: r\r\n\r\n",
     WHOLE, "abc0123456789"},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nab", -1, "ab"},
    {"GET / HTTP/1.1\r\n" H "X: \xc3\xa4\tb\r\n\r\n", WHOLE, ""},
    /* what evhttp let through */
    {"GET / HTTP/1.1\n" H "\r\n", 400, ""},
    {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400, ""},
    {"GET / HTTP/1.1\r\n" H "\n", 400, ""},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, ""},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
     400, ""},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\n",
     400, ""},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n"
     "Transfer-Encoding: chunked\r\n\r\n",
     400, ""},
    /* lengths */
    {"POST / HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n\r\n", 400, ""},
    {"POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", 400, ""},
    {"POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\n", 400, ""},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 0x1\r\n\r\n", 400, ""},
    {"POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", 400, ""},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\n",
     400, ""},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 41\r\n\r\n", 413, ""},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 40\r\n\r\n", -1, ""},
    /* chunks */
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n", 501,
     ""},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n", 501, ""},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n"
     "Transfer-Encoding: chunked\r\n\r\n",
     400, ""},
    {"POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n", 400, ""},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n\r\n", 400, ""},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0x3\r\n", 400,
     ""},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400,
     ""},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3 \r\n", 400,
     ""},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n",
     400, ""},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
     400, "abc"},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n29\r\n", 413,
     ""},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
     "ffffffffffffffff\r\n",
     400, ""},
    /* lines */
    {"\r\nGET / HTTP/1.1\r\n" H "\r\n", 400, ""},
    {"GET / HTTP/1.1\r\n" H " folded\r\n\r\n", 400, ""},
    {"GET / HTTP/1.1\r\n" H "no colon\r\n\r\n", 400, ""},
    {"GET / HTTP/1.1\r\n" H ": empty\r\n\r\n", 400, ""},
    {"GET / HTTP/1.1\r\n" H "A\rB: c\r\n\r\n", 400, ""},
    {"GET / HTTP/1.1\r\n" H "A: b\r\r\n\r\n", 400, ""},
    {"GET / HTTP/1.1\r\n" H "A: \x01\r\n\r\n", 400, ""},
    {"GET / HTTP/1.1\r\n" H "A: \x7f\r\n\r\n", 400, ""},
    {"GET / HTTP/1.1\r\n" H H "\r\n", 400, ""},
    {"GET / HTTP/1.1\r\n\r\n", 400, ""},
    /* request lines */
    {"GET /\r\n" H "\r\n", 400, ""},
    {"GET  / HTTP/1.1\r\n" H "\r\n", 400, ""},
    {"GET / HTTP/1.1 \r\n" H "\r\n", 400, ""},
    {"GET /a b HTTP/1.1\r\n" H "\r\n", 400, ""},
    {"GET / HTTP/2.0\r\n" H "\r\n", 505, ""},
    {"GET / HTTP/1.2\r\n" H "\r\n", 505, ""},
    {"GET / http/1.1\r\n" H "\r\n", 400, ""},
    {"G(T / HTTP/1.1\r\n" H "\r\n", 400, ""},
    {" GET / HTTP/1.1\r\n" H "\r\n", 400, ""},
    {"GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n", 400, ""},
    {"\x16\x03\x01\x02", 400, ""},
};

static void
each_case_at_every_cut(void **state)
{
    size_t i;
    size_t step;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = strlen(cases[i].bytes);
        for (step = 1; step <= len; step++) {
            struct outcome out = feed(cases[i].bytes, len, step);
            if (out.status != cases[i].status)
                print_message("case %zu: %s\n", i, cases[i].bytes);
            assert_int_equal(out.status, cases[i].status);
            assert_string_equal(out.body, cases[i].body);
        }
    }
}

static void
a_nul_byte_is_refused(void **state)
{
    static const char bytes[] = "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n";
    static const char name[] = "GET / HTTP/1.1\r\nHo\0st: a\r\n\r\n";
    (void)state;

    assert_int_equal(feed(bytes, sizeof bytes - 1, 7).status, 400);
    assert_int_equal(feed(name, sizeof name - 1, 7).status, 400);
}

static void
the_next_request_is_left_alone(void **state)
{
    static const char two[] = "POST /1 HTTP/1.1\r\n" H
                              "Content-Length: 2\r\n\r\nxyGET /2 HTTP/1.1\r\n";
    struct outcome out = feed(two, sizeof two - 1, sizeof two - 1);
    (void)state;

    assert_int_equal(out.status, WHOLE);
    assert_string_equal(out.body, "xy");
    assert_true(strncmp(two + out.taken, "GET /2", 6) == 0);
}

static void
heads_are_bounded(void **state)
{
    char longer[400];
    char *many = calloc(1, 2000);
    struct httpd_framing f;
    size_t i;
    (void)state;

    memset(longer, 'a', sizeof longer);
    assert_int_equal(feed(longer, sizeof longer, 50).status, 431);
    httpd_framing_init(&f, 100000, 40);
    strcat(many, "GET / HTTP/1.1\r\n" H);
    for (i = 0; i < 200; i++)
        strcat(many, "A: b\r\n");
    httpd_framing_add(&f, many, strlen(many));
    assert_int_equal(f.state, HTTPD_FRAMING_BAD);
    assert_int_equal(f.status, 431);
    httpd_framing_free(&f);
    free(many);
}

static void
what_it_says_beside_the_frame(void **state)
{
    static const char one[] = "POST / HTTP/1.1\r\n" H "Expect: 100-Continue\r\n"
                              "Connection: keep-alive, Close\r\n"
                              "Content-Length: 1\r\n\r\n";
    struct httpd_framing f;
    (void)state;

    httpd_framing_init(&f, 1000, 40);
    httpd_framing_add(&f, one, sizeof one - 1);
    assert_int_equal(f.state, HTTPD_FRAMING_BODY);
    assert_true(f.has_expect);
    assert_true(f.wants_close);
    httpd_framing_reset(&f);
    assert_int_equal(f.state, HTTPD_FRAMING_HEAD);
    assert_false(f.wants_close);
    assert_int_equal(f.head.max, 1000);
    httpd_framing_free(&f);
}

/* Whatever comes, the machine ends in a state it has and keeps its bounds. */
static void
noise_breaks_nothing(void **state)
{
    unsigned seed = 20240501;
    int round;
    (void)state;

    for (round = 0; round < 20000; round++) {
        const char *base =
            cases[(size_t)round % (sizeof cases / sizeof cases[0])].bytes;
        char bytes[300];
        size_t len = strlen(base);
        int flips = rand_r(&seed) % 4;
        struct outcome out;

        memcpy(bytes, base, len);
        while (flips-- > 0)
            bytes[(size_t)rand_r(&seed) % len] = (char)rand_r(&seed);
        out = feed(bytes, len, 1 + (size_t)rand_r(&seed) % 16);
        assert_true(out.taken <= len);
        assert_true(strlen(out.body) <= 40);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_at_every_cut),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(the_next_request_is_left_alone),
        cmocka_unit_test(heads_are_bounded),
        cmocka_unit_test(what_it_says_beside_the_frame),
        cmocka_unit_test(noise_breaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
