/* run_once_test.c - the exit code; the running itself is tests/e2e's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/run_once.c"

#include <string.h>
#include <unistd.h>

#include "checks/catalog.h"
#include "tests/lib/tiny_server.h"

static void
test_exit_codes(void **state)
{
    (void)state;
    /* up, degraded, down, error */
    assert_int_equal(run_once_exit_code((int[]){3, 0, 0, 0}), 0);
    assert_int_equal(run_once_exit_code((int[]){3, 1, 0, 0}), 1);
    assert_int_equal(run_once_exit_code((int[]){3, 1, 0, 1}), 3);
    assert_int_equal(run_once_exit_code((int[]){3, 1, 1, 1}), 2);
}

static void
test_a_line_of_json(void **state)
{
    char target[] = "dns:a.example";
    struct spec spec = {.kind = SPEC_DNS, .target = target};
    struct result result;
    struct buf out;

    (void)state;
    result_init(&result);
    result.check = "a";
    result.status = STATUS_UP;
    buf_init(&out, 10000);
    run_once_add_json(&out, &spec, &result);
    assert_non_null(strstr(buf_text(&out), "\"check\":\"a\",\"kind\":\"dns\","
                                           "\"target\":\"dns:a.example\","
                                           "\"region\":\"local\","
                                           "\"status\":\"up\""));
    assert_ptr_equal(strchr(buf_text(&out), '\n'),
                     buf_text(&out) + out.len - 1);
    buf_free(&out);
}

static void
serve_interrupt(struct tiny_conn *conn)
{
    if (tiny_read_head(conn)) {
        assert_int_equal(kill(getpid(), SIGINT), 0);
        tiny_hold(conn);
    }
}

static void
count_one(void *cookie, const struct spec *spec, const struct result *result)
{
    (void)spec;
    (void)result;
    ++*(int *)cookie;
}

/* Nobody may take "none was down" for "all are up". */
static void
test_an_interrupt_is_no_success(void **state)
{
    struct tiny tiny = {.serve = serve_interrupt};
    char text[200], why[200];
    int reported = 0;
    struct spec *spec;
    struct run_once_opts opts = {
        .specs = &spec, .count = 1, .each = count_one, .cookie = &reported};

    (void)state;
    tiny_start(&tiny);
    (void)snprintf(text, sizeof(text),
                   "picket = 1; checks = { x = { http = "
                   "\"http://127.0.0.1:%u/\"; }; };",
                   tiny.port);
    spec = catalog_compile(text, why, sizeof(why));
    assert_non_null(spec);
    assert_int_equal(run_once(&opts), -1);
    assert_int_equal(reported, 0);
    spec_free(spec);
    tiny_stop(&tiny);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_a_line_of_json),
        cmocka_unit_test(test_an_interrupt_is_no_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
