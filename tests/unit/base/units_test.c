/* units_test.c - what people write, exactly, and what is refused.
 * Dates are judged by the C library. */
#include "base/units.c"

#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_parse_duration(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {
        {"250us", 250000},
        {"800ms", 800000000},
        {"1.5s", 1500000000},
        {"1.1s", 1100000000},
        {"2m", 120 * NS_PER_S},
        {"1h", 3600 * NS_PER_S},
        {"30d", 30 * 86400 * NS_PER_S},
        {"1w", 7 * 86400 * NS_PER_S},
        {"0s", 0},
        {"0.000000001s", 1},
        {"1.000000000000s", NS_PER_S},
        {"9223372036854775807ns", INT64_MAX},
    };

    static const char *const bad[] = {
        "",       "5",     "s",     "5 s",           "-5s",
        "+5s",    "5S",    "5sec",  ".5s",           "5.s",
        "1.2.3s", "1h30m", "0.1ns", "1.0000000001s", "9223372036854775808ns",
        "15251w", "5s ",   "1.s5"};
    int64_t ns = 77;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (units_parse_duration(bad[i], &ns) != -1)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(ns, 77);
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(units_parse_duration(rows[i].text, &ns), 0);
        assert_true(ns == rows[i].ns);
    }
}

static void
test_parse_size(void **state)
{
    int64_t v = 77;

    (void)state;
    assert_int_equal(units_parse_size("12", &v), -1);
    assert_int_equal(units_parse_size("1kib", &v), -1);
    assert_int_equal(units_parse_size("0.5B", &v), -1);
    assert_int_equal(units_parse_size("8388608TiB", &v), -1);
    assert_int_equal(v, 77);
    assert_int_equal(units_parse_size("512B", &v), 0);
    assert_int_equal(v, 512);
    assert_int_equal(units_parse_size("1kB", &v), 0);
    assert_int_equal(v, 1000);
    assert_int_equal(units_parse_size("1.5KiB", &v), 0);
    assert_int_equal(v, 1536);
    assert_int_equal(units_parse_size("256MiB", &v), 0);
    assert_int_equal(v, 268435456);
}

static void
test_format_duration(void **state)
{
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        {90 * NS_PER_S, "90s"},
        {120 * NS_PER_S, "2m"},
        {60 * NS_PER_S, "1m"},
        {1500 * NS_PER_MS, "1.5s"},
        {100 * NS_PER_MS, "100ms"},
        {7 * 86400 * NS_PER_S, "1w"},
        {30 * 86400 * NS_PER_S, "30d"},
        {36 * 3600 * NS_PER_S, "36h"},
        {250000, "250us"},
        {1, "1ns"},
        {0, "0s"},
        {-5 * NS_PER_S, "-5s"},
        {NS_PER_S + 1, "1000000001ns"},
    };

    char to[UNITS_TEXT_MAX];
    int64_t back = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(units_format_duration(to, rows[i].ns),
                            rows[i].text);
        if (rows[i].ns >= 0) {
            assert_int_equal(units_parse_duration(to, &back), 0);
            assert_true(back == rows[i].ns);
        }
    }
    assert_string_equal(units_format_duration(to, INT64_MIN),
                        "-9223372036854775808ns");
}

static void
test_show_duration(void **state)
{
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        {0, "0 us"},
        {999999, "999 us"},
        {2250000, "2.2 ms"},
        {183 * NS_PER_MS, "183 ms"},
        {799999999, "799 ms"},
        {1290 * NS_PER_MS, "1.2 s"},
        {89 * NS_PER_S, "89 s"},
        {90 * NS_PER_S, "1 min"},
        {299 * NS_PER_S, "4 min"},
        {2 * 3600 * NS_PER_S, "2 h"},
        {61 * 86400 * NS_PER_S, "61 days"},
    };

    char to[UNITS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(units_show_duration(to, rows[i].ns), rows[i].text);
}

static void
test_format_size(void **state)
{
    char to[UNITS_TEXT_MAX];

    (void)state;
    assert_string_equal(units_format_size(to, 0), "0B");
    assert_string_equal(units_format_size(to, 1000), "1000B");
    assert_string_equal(units_format_size(to, 1536), "1536B");
    assert_string_equal(units_format_size(to, 2048), "2KiB");
    assert_string_equal(units_format_size(to, 256LL << 20), "256MiB");
    assert_string_equal(units_format_size(to, INT64_MIN), "-8388608TiB");
}

static void
test_dates_agree_with_libc(void **state)
{
    /* About every 41 hours from the year 1583 to 2500. */
    (void)state;
    for (int64_t s = -12212553600; s < 16725225600; s += 147573) {
        struct units_date d = units_date((wall_t){s * MS_PER_S + 7});
        time_t t = (time_t)s;
        struct tm tm;

        assert_non_null(gmtime_r(&t, &tm));
        assert_int_equal(d.year, tm.tm_year + 1900);
        assert_int_equal(d.month, tm.tm_mon + 1);
        assert_int_equal(d.day, tm.tm_mday);
        assert_int_equal(d.hour, tm.tm_hour);
        assert_int_equal(d.minute, tm.tm_min);
        assert_int_equal(d.second, tm.tm_sec);
        assert_int_equal(d.weekday, tm.tm_wday);
        assert_int_equal(d.ms, 7);
        assert_true(
            units_wall(d.year, d.month, d.day,
                       ((d.hour * 60LL + d.minute) * 60 + d.second) * MS_PER_S)
                .ms == s * MS_PER_S);
    }
}

static void
test_times(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05+01:00",
        "2026-13-02T03:04:05Z",
        "2026-02-29T03:04:05Z",
        "1900-02-29T03:04:05Z",
        "2026-00-02T03:04:05Z",
        "2026-01-00T03:04:05Z",
        "2026-01-02T24:04:05Z",
        "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:60Z",
        "2026-01-02 03:04:05Z",
        "2026-01-02T03:04:05ZZ",
        "26-01-02T03:04:05Z",
    };
    char to[UNITS_TEXT_MAX];
    wall_t at = {77};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (units_parse_time(bad[i], &at) != -1)
            fail_msg("taken: %s", bad[i]);
    }
    assert_int_equal(at.ms, 77);
    assert_int_equal(units_parse_time("2026-01-02T03:04:05.678Z", &at), 0);
    assert_true(at.ms == 1767323045678);
    assert_string_equal(units_format_time(to, at), "2026-01-02T03:04:05.678Z");
    assert_string_equal(units_format_day(to, at), "2026-01-02");
    assert_int_equal(units_parse_time("2000-02-29T00:00:00Z", &at), 0);
    assert_true(at.ms == 951782400000);
    assert_int_equal(
        units_parse_time("1970-01-01T00:00:00.1239999999999Z", &at), 0);
    assert_true(at.ms == 123);
    assert_string_equal(units_format_time(to, (wall_t){-1}),
                        "1969-12-31T23:59:59.999Z");
    assert_true(strlen(units_format_time(to, (wall_t){INT64_MAX})) <
                UNITS_TEXT_MAX - 1);
    (void)units_format_time(to, (wall_t){INT64_MIN});
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_duration),
        cmocka_unit_test(test_parse_size),
        cmocka_unit_test(test_format_duration),
        cmocka_unit_test(test_show_duration),
        cmocka_unit_test(test_format_size),
        cmocka_unit_test(test_dates_agree_with_libc),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
