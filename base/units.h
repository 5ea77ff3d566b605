/*
 * units.h - durations, sizes and dates as people write them.
 *
 * Units       durations are int64_t nanoseconds: "250us" "800ms" "1.5s" "2m"
 *             "1h" "30d" "1w"; sizes are int64_t bytes: "512B" "1KiB" "256MiB"
 *             "1kB" (1000); dates are RFC 3339 in UTC with milliseconds.
 * Errors      parsers return -1 and change nothing; overflow is an error.
 * Threads     any.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define UNITS_TEXT_MAX 32 /* bytes any format here needs, NUL included */

int units_parse_duration(const char *text, int64_t *ns);
int units_parse_size(const char *text, int64_t *bytes);
int units_parse_time(const char *text, wall_t *at);

/* The shortest exact form: 90000000000 is "90s", 120000000000 is "2m". */
const char *units_format_duration(char to[UNITS_TEXT_MAX], int64_t ns);
/* For eyes: "183 ms", "1.2 s", "4 min", "61 days". */
const char *units_show_duration(char to[UNITS_TEXT_MAX], int64_t ns);
const char *units_format_size(char to[UNITS_TEXT_MAX], int64_t bytes);
/* "2026-01-02T03:04:05.678Z" */
const char *units_format_time(char to[UNITS_TEXT_MAX], wall_t at);
/* "2026-01-02" */
const char *units_format_day(char to[UNITS_TEXT_MAX], wall_t at);

/* Broken-down UTC by arithmetic alone (no libc time zone). */
struct units_date {
    int year, month, day, hour, minute, second, ms, weekday; /* 0 = Sunday */
};
struct units_date units_date(wall_t at);
wall_t units_wall(int year, int month, int day, int64_t ms_of_day);

#endif
