#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_judge.c"

#include "tests/lib/fetch_bed.h"

static void
serve_reset(struct tiny_conn *conn)
{
    if (tiny_read_head(conn)) {
        tiny_say(conn, conn->tiny->arg);
        tiny_reset(conn);
    }
}

static void
each_end_has_its_name(void **state)
{
    static const struct {
        const char *answer;
        void (*serve)(struct tiny_conn *);
        enum fetch_phase phase;
        enum fetch_error error;
        int status;
    } cases[] = {
        {"", bed_serve_text, FETCH_AT_HTTP, FETCH_CLOSED, 0},
        {"", serve_reset, FETCH_AT_HTTP, FETCH_RESET, 0},
        {"HTTP/1.1 200 OK\r\nContent-Le", bed_serve_text, FETCH_AT_HTTP,
         FETCH_CLOSED, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", bed_serve_text,
         FETCH_AT_HTTP, FETCH_TRUNCATED, 200},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", serve_reset,
         FETCH_AT_HTTP, FETCH_RESET, -1},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
         bed_serve_text, FETCH_AT_HTTP, FETCH_TRUNCATED, 200},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhel",
         bed_serve_text, FETCH_AT_HTTP, FETCH_PROTOCOL, 200},
        {"SSH-2.0-OpenSSH_9\r\n", bed_serve_text, FETCH_AT_HTTP, FETCH_PROTOCOL,
         0},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n"
         "\r\nnope",
         bed_serve_text, FETCH_AT_HTTP, FETCH_DECODE, 200},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\nA: b\r\n\r\n",
         bed_serve_text, FETCH_AT_DONE, FETCH_NONE, 204},
        {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
         "Content-Length: 0\r\n\r\n",
         bed_serve_text, FETCH_AT_DONE, FETCH_NONE, 302},
        {"HTTP/1.0 503 No\r\n\r\nto the end", bed_serve_text, FETCH_AT_DONE,
         FETCH_NONE, 503},
    };

    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bed bed;
        bed_plain(&bed, cases[i].serve, cases[i].answer,
                  (struct fetch_opts){.flags = FETCH_COMPRESSED});
        if (bed.seen.result.error != cases[i].error)
            print_message("case %zu: %s\n", i, bed.seen.detail);
        assert_int_equal(bed.seen.result.error, cases[i].error);
        assert_int_equal(bed.seen.result.phase, cases[i].phase);
        /* A reset may overtake what was sent before it. */
        if (cases[i].status >= 0)
            assert_int_equal(bed.seen.result.status, cases[i].status);
        assert_int_equal(bed.seen.detail[0] == '\0',
                         cases[i].error == FETCH_NONE);
    }
}

static void
deadlines_name_their_phase(void **state)
{
    struct bed bed;
    int64_t wait;
    (void)state;

    bed_plain(&bed, bed_serve_nothing, "",
              (struct fetch_opts){.timeout_ns = SECOND / 5});
    assert_int_equal(bed.seen.result.error, FETCH_TIMEOUT);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_HTTP);
    wait = bed.seen.result.wait_us;
    assert_true(wait > 100000);
    assert_int_equal(bed.seen.result.receive_us, -1);
    bed_plain(&bed, bed_serve_nothing,
              "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal",
              (struct fetch_opts){.timeout_ns = SECOND / 5});
    assert_int_equal(bed.seen.result.error, FETCH_TIMEOUT);
    assert_int_equal(bed.seen.result.status, 200);
    assert_string_equal(bed.seen.body, "hal");
    assert_true(bed.seen.result.receive_us > 100000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_has_its_name),
        cmocka_unit_test(deadlines_name_their_phase),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
