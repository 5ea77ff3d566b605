/*
 * fake_decider.h - made_up.h's state behind decider.h's functions.  Stands in
 * for decider.c.
 *
 * Include it once in a test, instead of made_up.h.
 */
#ifndef TESTS_LIB_FAKE_DECIDER_H
#define TESTS_LIB_FAKE_DECIDER_H

#include "base/str.h"
#include "tests/lib/made_up.h"

size_t
decider_check_count(const struct decider *decider)
{
    return decider->check_count;
}

struct decider_check
decider_check(const struct decider *decider, size_t index)
{
    return decider->check[index];
}

int
decider_check_find(const struct decider *decider, const char *name)
{
    for (size_t i = 0; i < decider->check_count; i++)
        if (str_eq(decider->spec[i].name, name))
            return (int)i;
    return -1;
}

size_t
decider_incident_count(const struct decider *decider)
{
    return decider->incident_count;
}

struct decider_incident
decider_incident(const struct decider *decider, size_t index)
{
    return decider->incident[index];
}

int
decider_acknowledge(struct decider *decider, const struct id *incident,
                    const char *who)
{
    (void)who;
    for (size_t i = 0; i < decider->incident_count; i++)
        if (id_eq(&decider->incident[i].id, incident) &&
            decider->incident[i].resolved.ms == 0) {
            decider->incident[i].acknowledged.ms = MADE_NOW_MS;
            return 0;
        }
    return -1;
}

struct decider_day
decider_day(const struct decider *decider, size_t check, int64_t day)
{
    int64_t age = MADE_NOW_MS / MADE_DAY_MS - day;
    struct decider_day d = {0};

    if (age < 0 || age >= decider->days || age == 40)
        return d;
    d.up = 8640;
    if (check == 2 && (age == 0 || age == 33))
        d = (struct decider_day){8340, 0, 60, 240, 0};
    if (check == 2 && age == 12)
        d = (struct decider_day){4000, 0, 0, 4640, 0};
    if (check == 1 && age % 9 == 0)
        d.degraded = 900;
    if (check == 3 && age < 2)
        d.partial = 2000;
    return d;
}

#endif
