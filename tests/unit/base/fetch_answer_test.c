#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_answer.c"

#include "tests/lib/fetch_bed.h"

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

    bed_plain(
        &bed, serve_bomb, NULL,
        (struct fetch_opts){.flags = FETCH_COMPRESSED, .body_max = 50000});
    assert_int_equal(bed.seen.result.error, FETCH_BODY_LIMIT);
    assert_int_equal(bed.seen.result.body_len, 50000);
    bed_plain(&bed, serve_bomb, NULL,
              (struct fetch_opts){.flags = FETCH_COMPRESSED,
                                  .body_max = 2 * 1024 * 1024});
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    assert_int_equal(bed.seen.result.body_len, 1024 * 1024);
    assert_true(bed.seen.result.wire_bytes < 5000);
}

static void
trailers_stand_alone(void **state)
{
    struct bed bed;
    (void)state;

    bed_plain(&bed, bed_serve_text,
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
              "1\r\ny\r\n0\r\nX-Sum: 7\r\nHTTP/1.1 404 Not: here\r\n\r\n",
              (struct fetch_opts){0});
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    assert_int_equal(bed.seen.result.status, 200);
    assert_string_equal(bed.seen.body, "y");
    assert_string_equal(bed.seen.trailers,
                        "X-Sum: 7\r\nHTTP/1.1 404 Not: here\r\n");
    assert_null(strstr(bed.seen.head, "X-Sum"));
    bed_plain(&bed, bed_serve_text, bed_good, (struct fetch_opts){0});
    assert_string_equal(bed.seen.trailers, "");
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
        cmocka_unit_test(codings_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
