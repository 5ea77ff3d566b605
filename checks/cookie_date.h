/*
 * cookie_date.h - the date of a cookie's Expires, as RFC 6265 5.1.1 reads it.
 *
 * Any text in which the tokens of a day, a month, a year and a time of day are
 * found, whatever stands between: servers have written it in every way there is.
 *
 * Units       UTC, whole seconds.
 * Errors      -1: one of the four is not there, or there is no such day.
 * Threads     any.
 */
#ifndef CHECKS_COOKIE_DATE_H
#define CHECKS_COOKIE_DATE_H

#include <stddef.h>

#include "base/clock.h"

int cookie_date_parse(const char *text, size_t len, wall_t *at);

#endif
