/*
 * results.h - results for tests: every field set, different for each number.
 */
#ifndef TESTS_LIB_RESULTS_H
#define TESTS_LIB_RESULTS_H

#include <string.h>

#include "wire/result.h"

static const struct result_fact results_step_facts[] = {
    {FACT_STATUS, 200, NULL},
    {FACT_IP, 0, "192.0.2.7"},
    {FACT_SIZE, -1, NULL},
};

static const struct result_step results_steps[] = {
    {"login",
     STATUS_UP,
     REASON_NONE,
     NULL,
     {10, 20, -1, 30, 0, 60},
     results_step_facts,
     3},
    {"pay",
     STATUS_DOWN,
     REASON_EXPECT_STATUS,
     "status == 200: got 503",
     {-1, -1, -1, 900, 1, 901},
     results_step_facts,
     1},
};

/* Texts are constants: the result borrows nothing that can go away. */
static inline struct result
results_make(unsigned n)
{
    struct result r;

    result_init(&r);
    r.check = n % 3 == 0 ? "home" : "caf\xc3\xa9.pay";
    r.version = 0xfedcba9876543210ULL + n % 2;
    memset(r.run.byte, (int)(n % 255) + 1, sizeof(r.run.byte));
    r.slot.ms = 1767323000000 + 10000 * (int64_t)n;
    r.started.ms = r.slot.ms + 37 - n % 5;
    r.lag_us = n;
    r.us[PHASE_TOTAL] = 94600 + n;
    if (n % 4 == 0)
        return r;
    memset(r.asked.byte, (int)(n % 7) + 1, sizeof(r.asked.byte));
    r.status = n % 4 == 1 ? STATUS_DOWN : STATUS_DEGRADED;
    r.reason = REASON_EXPECT_STATUS;
    r.message = "status == 200: got 503";
    r.us[PHASE_DNS] = 0;
    r.us[PHASE_WAIT] = 90300;
    result_add_int(&r, FACT_STATUS, 503);
    result_add_text(&r, FACT_IP, "192.0.2.7");
    result_add_int(&r, FACT_CERT_DAYS, -3);
    r.steps = results_steps;
    r.step_count = n % 3;
    r.evidence = "{\"body\":\"Service Unavailable\"}";
    return r;
}

#endif
