/*
 * The RFC's own words: the text is cut at delimiters into tokens, and each
 * token is tried in turn as a time, a day of the month, a month and a year,
 * whichever of these has not been found yet.  The first that fits takes it.
 */
#include "checks/cookie_date.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define YEAR_MIN 1601 /* the RFC's */

struct date {
    bool has_time;
    bool has_day;
    bool has_month;
    bool has_year;
    int hour;
    int minute;
    int second;
    int day;
    int month; /* 0 to 11 */
    int year;
};

static bool
is_delimiter(unsigned char c)
{
    return c == 0x09 || (c >= 0x20 && c <= 0x2F) || (c >= 0x3B && c <= 0x40) ||
           (c >= 0x5B && c <= 0x60) || (c >= 0x7B && c <= 0x7E);
}

/* `least` to `most` digits that no further digit follows; bytes taken, or 0. */
static size_t
take_digits(const char *text, size_t len, size_t least, size_t most, int *value)
{
    size_t count = 0;
    int made = 0;

    while (count < len && count <= most && str_is_digit(text[count]))
        made = made * 10 + (text[count++] - '0');
    if (count < least || count > most)
        return 0;
    *value = made;
    return count;
}

/* hh:mm:ss, each of one or two digits; what follows does not matter. */
static bool
take_time(struct date *date, const char *text, size_t len)
{
    int part[3] = {0};
    size_t at = 0;

    for (int i = 0; i < 3; i++) {
        size_t taken;

        if (i > 0 && (at == len || text[at++] != ':'))
            return false;
        taken = take_digits(text + at, len - at, 1, 2, &part[i]);
        if (taken == 0)
            return false;
        at += taken;
    }
    date->hour = part[0];
    date->minute = part[1];
    date->second = part[2];
    return true;
}

static bool
take_month(struct date *date, const char *text, size_t len)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (int i = 0; len >= 3 && i < 12; i++) {
        const char *name = names + (size_t)i * 3;

        if (str_lower(text[0]) == name[0] && str_lower(text[1]) == name[1] &&
            str_lower(text[2]) == name[2]) {
            date->month = i;
            return true;
        }
    }
    return false;
}

static void
take_token(struct date *date, const char *text, size_t len)
{
    if (!date->has_time && take_time(date, text, len))
        date->has_time = true;
    else if (!date->has_day && take_digits(text, len, 1, 2, &date->day) > 0)
        date->has_day = true;
    else if (!date->has_month && take_month(date, text, len))
        date->has_month = true;
    else if (!date->has_year && take_digits(text, len, 2, 4, &date->year) > 0)
        date->has_year = true;
}

static bool
is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_in(int month, int year)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30,
                                 31, 31, 30, 31, 30, 31};

    return days[month] + (month == 1 && is_leap(year) ? 1 : 0);
}

/* Two digits: 70 to 99 are of the last century, 0 to 69 of this one. */
static bool
is_a_day(struct date *date)
{
    if (!date->has_time || !date->has_day || !date->has_month ||
        !date->has_year)
        return false;
    if (date->year >= 70 && date->year <= 99)
        date->year += 1900;
    else if (date->year <= 69)
        date->year += 2000;
    return date->year >= YEAR_MIN && date->day >= 1 &&
           date->day <= days_in(date->month, date->year) && date->hour <= 23 &&
           date->minute <= 59 && date->second <= 59;
}

/* Days before `year` since the year 1 began. */
static int64_t
days_before(int year)
{
    int64_t past = year - 1;

    return past * 365 + past / 4 - past / 100 + past / 400;
}

static int64_t
seconds_of(const struct date *date)
{
    int64_t days = days_before(date->year) - days_before(1970) + date->day - 1;

    for (int month = 0; month < date->month; month++)
        days += days_in(month, date->year);
    return ((days * 24 + date->hour) * 60 + date->minute) * 60 + date->second;
}

int
cookie_date_parse(const char *text, size_t len, wall_t *at)
{
    struct date date = {0};
    size_t i = 0;

    while (i < len) {
        size_t begin;

        while (i < len && is_delimiter((unsigned char)text[i]))
            i++;
        begin = i;
        while (i < len && !is_delimiter((unsigned char)text[i]))
            i++;
        if (i > begin)
            take_token(&date, text + begin, i - begin);
    }
    if (!is_a_day(&date))
        return -1;
    at->ms = seconds_of(&date) * MS_PER_S;
    return 0;
}
