/* cookie_date_test.c - dates as servers write them; the C library's timegm()
 * is the oracle. */
#include "checks/cookie_date.c"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t
seconds(const char *text)
{
    wall_t at = {-7};

    if (cookie_date_parse(text, strlen(text), &at) != 0) {
        assert_int_equal(at.ms, -7);
        return -1;
    }
    assert_int_equal(at.ms % 1000, 0);
    return at.ms / 1000;
}

static void
test_as_servers_write_it(void **state)
{
    static const char *const same[] = {
        "Sun, 06 Nov 1994 08:49:37 GMT", /* RFC 9110 */
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "06 Nov 1994 08:49:37",
        "1994 nov 6 8:49:37",
        "  8:49:37;06/NOVEMBER 94 ",
        "06 Nov 94 08:49:37Z",
        "Nov 06th 1994x 08:49:37.123 +0200",
        "Sunday the 06 Nov 1994 at 08:49:37",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        assert_int_equal(seconds(same[i]), 784111777);
}

static void
test_centuries(void **state)
{
    (void)state;
    assert_int_equal(seconds("01 Jan 1970 00:00:00"), 0);
    assert_int_equal(seconds("01 Jan 70 00:00:00"), 0);
    assert_int_equal(seconds("31 Dec 69 23:59:59"), 3155759999);
    assert_int_equal(seconds("29 Feb 2000 00:00:00"), 951782400);
    assert_int_equal(seconds("01 Jan 1601 00:00:00"), -11644473600);
    assert_int_equal(seconds("31 Dec 9999 23:59:59"), 253402300799);
}

static void
test_every_day_of_some_years(void **state)
{
    static const int years[] = {1601, 1700, 1899, 1900, 1970, 1999,
                                2000, 2024, 2038, 2100, 9999};
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr",
                                        "May", "Jun", "Jul", "Aug",
                                        "Sep", "Oct", "Nov", "Dec"};

    (void)state;
    for (size_t i = 0; i < sizeof(years) / sizeof(years[0]); i++) {
        for (int day = 0; day < 366; day++) {
            struct tm tm = {.tm_year = years[i] - 1900,
                            .tm_mday = 1 + day,
                            .tm_hour = day % 24,
                            .tm_min = day % 60,
                            .tm_sec = day % 59};
            int64_t want = timegm(&tm);
            char text[64];

            (void)snprintf(text, sizeof(text), "%02d-%s-%04d %02d:%02d:%02d",
                           tm.tm_mday, names[tm.tm_mon], tm.tm_year + 1900,
                           tm.tm_hour, tm.tm_min, tm.tm_sec);
            /* The day after the last of 9999 has five digits. */
            if (tm.tm_year + 1900 < 10000)
                assert_int_equal(seconds(text), want);
        }
    }
}

static void
test_what_is_no_date(void **state)
{
    static const char *const bad[] = {
        "",
        "GMT",
        "06 Nov 1994",
        "Nov 1994 08:49:37",
        "06 1994 08:49:37",
        "06 Nov 08:49:37",
        "06 Nov 1994 08:49",
        "06 Nov 1994 24:00:00",
        "06 Nov 1994 23:60:00",
        "06 Nov 1994 23:59:60",
        "00 Nov 1994 08:49:37",
        "31 Nov 1994 08:49:37",
        "29 Feb 1900 08:49:37",
        "06 Nov 1600 08:49:37",
        "06 Nov 12345 08:49:37",
        "006 Nov 1994 08:49:37",
        "06 Nov 1994 008:49:37",
        "06 No 1994 08:49:37",
        "06 Nov -994 08:49:37",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(seconds(bad[i]), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_servers_write_it),
        cmocka_unit_test(test_centuries),
        cmocka_unit_test(test_every_day_of_some_years),
        cmocka_unit_test(test_what_is_no_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
