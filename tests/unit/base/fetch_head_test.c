#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_head.c"

#include "tests/lib/fetch_bed.h"

static void
headers_are_found_by_name(void **state)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nX-Aa: no\r\nX-A: one\r\n"
                               "x-a:  two \r\nX-A:\r\nlast: 1";
    size_t at = 0;
    size_t len = 99;
    const char *value;
    (void)state;

    value = fetch_header(head, sizeof head - 1, "x-A", &at, &len);
    assert_int_equal(len, 3);
    assert_memory_equal(value, "one", 3);
    value = fetch_header(head, sizeof head - 1, "x-A", &at, &len);
    assert_int_equal(len, 3);
    assert_memory_equal(value, "two", 3);
    assert_non_null(fetch_header(head, sizeof head - 1, "x-A", &at, &len));
    assert_int_equal(len, 0);
    assert_null(fetch_header(head, sizeof head - 1, "x-A", &at, &len));
    at = 0;
    value = fetch_header(head, sizeof head - 1, "LAST", &at, &len);
    assert_int_equal(len, 1);
    assert_memory_equal(value, "1", 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
