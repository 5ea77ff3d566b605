/*
 * clockset.h - the controller's clock as seen from here, by four timestamps.
 *
 *     probe       t0 ------------------------------> t3
 *     controller        t1 ... held ... t2
 *
 * offset = ((t1 - t0) + (t2 - t3)) / 2, rtt = (t3 - t0) - (t2 - t1): the time
 * the controller held the request cancels out.  Of the last CLOCKSET_KEPT
 * exchanges the one with the smallest rtt counts.  One that cannot be true of
 * the same two clocks as those before says that one of them was set: those
 * before are forgotten.
 *
 * Units       wall clock milliseconds; t0 is t3 less monotonic time, so that a
 *             step in between does no harm.
 * Ownership   plain values.
 * Errors      none: an exchange that makes no sense is left out.
 * Threads     none of its own.
 */
#ifndef PROBE_CLOCKSET_H
#define PROBE_CLOCKSET_H

#include <stddef.h>
#include <stdint.h>

#define CLOCKSET_KEPT     8
#define CLOCKSET_DRIFT_MS 500 /* two clocks while so many are kept */

struct clockset { /* zeroed: nothing known */
    int64_t offset_ms[CLOCKSET_KEPT];
    int64_t rtt_ms[CLOCKSET_KEPT];
    size_t count; /* ever added */
};

struct clockset_exchange {
    int64_t t0_ms, t1_ms, t2_ms, t3_ms;
};

/* One that makes no sense (a negative rtt) is left out. */
void clockset_add(struct clockset *set, const struct clockset_exchange *e);
/* The probe's own clock was set by so much. */
void clockset_step(struct clockset *set, int64_t by_ms);
/* Controller minus probe; 0 when nothing is known. */
int64_t clockset_offset_ms(const struct clockset *set);
int64_t clockset_rtt_ms(const struct clockset *set); /* -1: nothing known */

#endif
