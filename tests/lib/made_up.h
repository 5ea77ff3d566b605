/*
 * made_up.h - a controller's state without a controller: what pages are
 * rendered from.
 *
 * Five checks in three regions over 90 days: home is up, login degraded, pay
 * down with an open incident, cert partial, mail unknown; texts are hostile.
 * fake_decider.h hands it out.
 *
 * Ownership   made_free() what made_decider() gave; a configuration lies in its
 *             struct, whole.
 * Errors      none.
 * Threads     any.
 */
#ifndef TESTS_LIB_MADE_UP_H
#define TESTS_LIB_MADE_UP_H

#include <stddef.h>
#include <stdint.h>

#include "checks/spec.h"
#include "controller/config.h"
#include "controller/decider.h"
#include "wire/result.h"

#define MADE_CHECKS    5
#define MADE_REGIONS   3
#define MADE_INCIDENTS 3
#define MADE_NOW_MS    1772701445000LL /* 2026-03-05T09:04:05Z */
#define MADE_DAY_MS    86400000LL
#define MADE_HOSTILE   "<script>alert(1)</script>\"'&"

struct decider { /* in place of decider.c's */
    struct spec spec[MADE_CHECKS];
    struct decider_region region[MADE_CHECKS][MADE_REGIONS];
    struct result result[MADE_CHECKS][MADE_REGIONS];
    struct decider_check check[MADE_CHECKS];
    size_t check_count;
    struct decider_incident incident[MADE_INCIDENTS];
    size_t incident_count;
    int days; /* with data, today last */
};

struct made_config {
    struct config config;
    struct config_page page;
    struct config_component component[3];
    struct config_region region[MADE_REGIONS];
    char text[16][64];
    char *glob[3][2];
};

struct decider *made_decider(void);
void made_free(struct decider *d);

/* A status page of three components over those checks. */
void made_config(struct made_config *m);

#endif
