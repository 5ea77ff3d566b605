/*
 * verdict_world.h - one check's verdict and a clock, for the tests of decide/.
 *
 * Not a fake: the state and the rule are the real ones; only the events are
 * made up, in three regions unless told.
 *
 * Ownership   a world is a value; copy it to compare two futures.
 * Units       `now` is milliseconds of the wall clock.
 * Errors      assertions of cmocka, which is included before.
 * Threads     none.
 */
#ifndef TESTS_LIB_VERDICT_WORLD_H
#define TESTS_LIB_VERDICT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decide/verdict.h"

#define T0 1700000000000LL

struct world {
    struct verdict_state state;
    struct verdict_rule rule;
    struct verdict_actions acts;
    int64_t now;
    uint64_t seed;
};

static inline struct world
world_of(uint32_t regions, int quorum)
{
    struct world w = {.now = T0, .seed = 42};

    w.rule = (struct verdict_rule){.every_ms = 60000,
                                   .timeout_ms = 10000,
                                   .regions = regions,
                                   .quorum = quorum};
    verdict_init(&w.state);
    return w;
}

static inline uint32_t
dice(struct world *w, uint32_t sides)
{
    w->seed = w->seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(w->seed >> 33) % sides;
}

static inline void
feed_slot(struct world *w, uint32_t region, enum status status, int64_t slot,
          bool is_asked)
{
    struct verdict_event e = {.kind = VERDICT_RESULT,
                              .region = region,
                              .status = status,
                              .slot = {slot},
                              .started = {w->now - 5},
                              .end = {w->now},
                              .is_asked = is_asked};

    verdict_on_event(&w->state, &w->rule, &e, (wall_t){w->now}, &w->acts);
}

/* A scheduled run ending now, in the slot that holds this moment. */
static inline void
feed(struct world *w, uint32_t region, enum status status)
{
    feed_slot(w, region, status, w->now - w->now % w->rule.every_ms, false);
}

static inline void
answer(struct world *w, uint32_t region, enum status status)
{
    feed_slot(w, region, status, w->now - w->now % w->rule.every_ms, true);
}

static inline void
stand(struct world *w, uint32_t region, bool lost, bool ill)
{
    struct verdict_event e = {.kind = VERDICT_REGION,
                              .region = region,
                              .is_lost = lost,
                              .is_ill = ill};

    verdict_on_event(&w->state, &w->rule, &e, (wall_t){w->now}, &w->acts);
}

static inline void
tick(struct world *w)
{
    struct verdict_event e = {.kind = VERDICT_TIME};

    verdict_on_event(&w->state, &w->rule, &e, (wall_t){w->now}, &w->acts);
}

/* Time passes, and every VERDICT_TIME that was due in it happens. */
static inline void
pass(struct world *w, int64_t ms)
{
    int64_t until = w->now + ms;

    tick(w);
    while (w->acts.next.ms != 0 && w->acts.next.ms <= until) {
        w->now = w->acts.next.ms > w->now ? w->acts.next.ms : w->now;
        tick(w);
    }
    w->now = until;
    tick(w);
}

static inline enum vote_reason
why(struct world *w, uint32_t region)
{
    return verdict_vote(&w->state, &w->rule, region, (wall_t){w->now}).why;
}

static inline struct world
world_down(int64_t every_ms)
{
    struct world w = world_of(3, 2);
    uint32_t i;

    w.rule.every_ms = every_ms;
    w.now -= w.now % every_ms;
    for (i = 0; i < 3; i++)
        feed(&w, i, STATUS_UP);
    for (i = 0; i < 6; i++)
        feed(&w, i % 3, STATUS_DOWN);
    assert_int_equal(w.state.verdict, VERDICT_DOWN);
    return w;
}

static inline void
feed_all(struct world *w, enum status status)
{
    uint32_t i;

    for (i = 0; i < 3; i++)
        feed(w, i, status);
}

#endif
