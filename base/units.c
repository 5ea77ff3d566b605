/*
 * units.c - see units.h.
 *
 * A quantity is read as an integer of all its digits and a count of those
 * after the point, so that 1.1s is exactly 1,100,000,000 ns.  Dates are days
 * since 1970 by Hinnant's civil-calendar arithmetic: years begin in March, so
 * that the leap day is the last of its year.
 */
#include "base/units.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define MS_PER_DAY 86400000LL

struct unit {
    const char *name;
    int64_t of; /* ns or bytes */
};

/* Largest first: formatting takes the first that fits. */
static const struct unit durations[] = {
    {"w", 7 * 86400LL * NS_PER_S},
    {"d", 86400LL * NS_PER_S},
    {"h", 3600LL * NS_PER_S},
    {"m", 60 * NS_PER_S},
    {"s", NS_PER_S},
    {"ms", NS_PER_MS},
    {"us", NS_PER_US},
    {"ns", 1},
};

static const struct unit sizes[] = {
    {"TiB", 1LL << 40}, {"GiB", 1LL << 30},    {"MiB", 1LL << 20},
    {"KiB", 1LL << 10}, {"TB", 1000000000000}, {"GB", 1000000000},
    {"MB", 1000000},    {"kB", 1000},          {"B", 1},
};

#define BINARY_SIZES 4 /* the rows of `sizes` that units_format_size() uses */
#define DURATIONS    (sizeof durations / sizeof durations[0])
#define SIZES        (sizeof sizes / sizeof sizes[0])

/* All digits of `text` as one integer; *len is what it took. */
static int
parse_decimal(const char *text, int64_t *digits, int64_t *scale, size_t *len)
{
    size_t i = 0;
    bool has_point = false;

    *digits = 0;
    *scale = 1;
    for (; str_is_digit(text[i]) || (text[i] == '.' && !has_point); i++) {
        if (text[i] == '.') {
            has_point = true;
            if (i == 0 || !str_is_digit(text[i + 1]))
                return -1;
            continue;
        }
        if (__builtin_mul_overflow(*digits, 10, digits) ||
            __builtin_add_overflow(*digits, text[i] - '0', digits) ||
            (has_point && __builtin_mul_overflow(*scale, 10, scale)))
            return -1;
    }
    while (*scale > 1 && *digits % 10 == 0) {
        *digits /= 10;
        *scale /= 10;
    }
    *len = i;
    return i > 0 ? 0 : -1;
}

static int
parse_quantity(const char *text, const struct unit *units, size_t count,
               int64_t *value)
{
    int64_t digits = 0;
    int64_t scale = 1;
    int64_t product = 0;
    size_t len = 0;

    if (parse_decimal(text, &digits, &scale, &len) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(text + len, units[i].name))
            continue;
        if (__builtin_mul_overflow(digits, units[i].of, &product) ||
            product % scale != 0)
            return -1;
        *value = product / scale;
        return 0;
    }
    return -1;
}

int
units_parse_duration(const char *text, int64_t *ns)
{
    return parse_quantity(text, durations, DURATIONS, ns);
}

int
units_parse_size(const char *text, int64_t *bytes)
{
    return parse_quantity(text, sizes, SIZES, bytes);
}

/* The `len` digits at `text[*at]`, then the character `after`. */
static int
parse_field(const char *text, size_t *at, size_t len, char after, int *value)
{
    int v = 0;

    for (size_t i = 0; i < len; i++, (*at)++) {
        if (!str_is_digit(text[*at]))
            return -1;
        v = v * 10 + (text[*at] - '0');
    }
    if (after != '\0') {
        if (text[*at] != after)
            return -1;
        (*at)++;
    }
    *value = v;
    return 0;
}

static bool
is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool
is_date(const struct units_date *d)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (d->month < 1 || d->month > 12 || d->day < 1 || d->hour > 23 ||
        d->minute > 59 || d->second > 59)
        return false;
    return d->day <=
           days[d->month - 1] + (d->month == 2 && is_leap(d->year) ? 1 : 0);
}

/* ".678Z" or "Z"; digits after the third are read and left out. */
static int
parse_fraction(const char *text, int *ms)
{
    int unit = 100;
    size_t i = 1;

    *ms = 0;
    if (text[0] != '.')
        return str_eq(text, "Z") ? 0 : -1;
    for (; str_is_digit(text[i]); i++, unit /= 10)
        *ms += unit * (text[i] - '0');
    return i > 1 && str_eq(text + i, "Z") ? 0 : -1;
}

int
units_parse_time(const char *text, wall_t *at)
{
    struct units_date d = {0};
    size_t i = 0;

    if (parse_field(text, &i, 4, '-', &d.year) != 0 ||
        parse_field(text, &i, 2, '-', &d.month) != 0 ||
        parse_field(text, &i, 2, 'T', &d.day) != 0 ||
        parse_field(text, &i, 2, ':', &d.hour) != 0 ||
        parse_field(text, &i, 2, ':', &d.minute) != 0 ||
        parse_field(text, &i, 2, '\0', &d.second) != 0 || !is_date(&d) ||
        parse_fraction(text + i, &d.ms) != 0)
        return -1;
    *at = units_wall(d.year, d.month, d.day,
                     ((d.hour * 60LL + d.minute) * 60 + d.second) * MS_PER_S +
                         d.ms);
    return 0;
}

/* Thousandths without trailing zeros, then the unit. */
static int
format_milli(char to[UNITS_TEXT_MAX], const char *sign, uint64_t milli,
             const char *unit)
{
    unsigned rest = (unsigned)(milli % 1000);
    int width = 3;

    if (rest == 0)
        return snprintf(to, UNITS_TEXT_MAX, "%s%llu%s", sign,
                        (unsigned long long)(milli / 1000), unit);
    for (; rest % 10 == 0; width--)
        rest /= 10;
    return snprintf(to, UNITS_TEXT_MAX, "%s%llu.%0*u%s", sign,
                    (unsigned long long)(milli / 1000), width, rest, unit);
}

static uint64_t
magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

const char *
units_format_duration(char to[UNITS_TEXT_MAX], int64_t ns)
{
    const char *sign = ns < 0 ? "-" : "";
    uint64_t left = magnitude(ns);
    char next[UNITS_TEXT_MAX];
    int best = snprintf(to, UNITS_TEXT_MAX, "%s%llu%s", sign,
                        (unsigned long long)left, left == 0 ? "s" : "ns");

    /* Smallest unit first: of two texts of one length the later, larger unit
     * wins ("1w", not "7d"), unless it is the one with a point. */
    for (size_t i = DURATIONS - 1; left > 0 && i-- > 0;) {
        uint64_t of = (uint64_t)durations[i].of;
        int len;

        if (left < of || left % (of / 1000) != 0)
            continue;
        len = format_milli(next, sign, left / (of / 1000), durations[i].name);
        if (len < best || (len == best && left % of == 0)) {
            memcpy(to, next, UNITS_TEXT_MAX);
            best = len;
        }
    }
    return to;
}

/* Cuts, never rounds up: a limit of 800 ms that was kept must not be shown
 * beside "800 ms". */
const char *
units_show_duration(char to[UNITS_TEXT_MAX], int64_t ns)
{
    const char *sign = ns < 0 ? "-" : "";
    uint64_t us = magnitude(ns) / 1000;
    uint64_t s = us / 1000000;

    if (us < 1000)
        (void)snprintf(to, UNITS_TEXT_MAX, "%s%llu us", sign,
                       (unsigned long long)us);
    else if (us < 10000)
        (void)format_milli(to, sign, us / 100 * 100, " ms");
    else if (s < 1)
        (void)format_milli(to, sign, us / 1000 * 1000, " ms");
    else if (s < 10)
        (void)format_milli(to, sign, us / 100000 * 100, " s");
    else if (s < 90)
        (void)format_milli(to, sign, s * 1000, " s");
    else if (s < (uint64_t)90 * 60)
        (void)format_milli(to, sign, s / 60 * 1000, " min");
    else if (s < (uint64_t)48 * 3600)
        (void)format_milli(to, sign, s / 3600 * 1000, " h");
    else
        (void)format_milli(to, sign, s / 86400 * 1000, " days");
    return to;
}

const char *
units_format_size(char to[UNITS_TEXT_MAX], int64_t bytes)
{
    uint64_t left = magnitude(bytes);
    uint64_t of = 1;
    const char *unit = "B";

    for (size_t i = 0; i < BINARY_SIZES && left > 0; i++) {
        if (left % (uint64_t)sizes[i].of == 0) {
            of = (uint64_t)sizes[i].of;
            unit = sizes[i].name;
            break;
        }
    }
    (void)snprintf(to, UNITS_TEXT_MAX, "%s%llu%s", bytes < 0 ? "-" : "",
                   (unsigned long long)(left / of), unit);
    return to;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

struct units_date
units_date(wall_t at)
{
    int64_t days = floor_div(at.ms, MS_PER_DAY);
    int64_t in_day = (at.ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY;
    int64_t era = floor_div(days + 719468, 146097);
    int64_t doe = days + 719468 - era * 146097; /* day of the 400 years */
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100); /* from 1 March */
    int64_t mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);

    return (struct units_date){
        .year = (int)(yoe + era * 400) + (month <= 2 ? 1 : 0),
        .month = month,
        .day = (int)(doy - (153 * mp + 2) / 5 + 1),
        .hour = (int)(in_day / 3600000),
        .minute = (int)(in_day / 60000 % 60),
        .second = (int)(in_day / 1000 % 60),
        .ms = (int)(in_day % 1000),
        .weekday = (int)(((days + 4) % 7 + 7) % 7), /* 1970 began on Thursday */
    };
}

wall_t
units_wall(int year, int month, int day, int64_t ms_of_day)
{
    int64_t y = year - (month <= 2 ? 1 : 0);
    int64_t era = floor_div(y, 400);
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return (wall_t){(era * 146097 + doe - 719468) * MS_PER_DAY + ms_of_day};
}

const char *
units_format_time(char to[UNITS_TEXT_MAX], wall_t at)
{
    struct units_date d = units_date(at);

    (void)snprintf(to, UNITS_TEXT_MAX, "%04d-%02u-%02uT%02u:%02u:%02u.%03uZ",
                   d.year, (unsigned)d.month % 100, (unsigned)d.day % 100,
                   (unsigned)d.hour % 100, (unsigned)d.minute % 100,
                   (unsigned)d.second % 100, (unsigned)d.ms % 1000);
    return to;
}

const char *
units_format_day(char to[UNITS_TEXT_MAX], wall_t at)
{
    struct units_date d = units_date(at);

    (void)snprintf(to, UNITS_TEXT_MAX, "%04d-%02u-%02u", d.year,
                   (unsigned)d.month % 100, (unsigned)d.day % 100);
    return to;
}
