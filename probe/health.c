#include "probe/health.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock_step.h"
#include "base/diag.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/check.h"
#include "checks/spec.h"
#include "probe/lane.h"
#include "wire/result.h"

#define TICK_S     5
#define STEP_ILL_S 10 /* by then the uplink knows the new offset */
#define WHY_MAX    256

struct canary {
    struct health *health;
    struct spec *spec;
    struct check *check;
    struct loop_timer *timer;
    int failures; /* in a row */
    char said[WHY_MAX / 2];
};

struct health {
    struct health_opts opts;
    struct canary canary[HEALTH_CANARIES_MAX];
    size_t canary_count;
    struct loop_timer *tick;
    struct clock_step step;
    mono_t step_until;
    int late_ticks; /* in a row */
    int64_t lag_ns; /* worst since the last take */
    char why[WHY_MAX];
    bool is_ill;
};

static bool
is_late(const struct health *h)
{
    return h->late_ticks >= 2;
}

static const struct canary *
find_failing(const struct health *h)
{
    for (size_t i = 0; i < h->canary_count; i++)
        if (h->canary[i].failures >= 2)
            return &h->canary[i];
    return NULL;
}

static void
judge(struct health *h)
{
    const struct canary *canary = find_failing(h);
    bool was_ill = h->is_ill;

    h->is_ill = true;
    if (clock_since_ns(loop_now(h->opts.loop), h->step_until) > 0)
        (void)str_copy(h->why, sizeof(h->why), "the clock was stepped");
    else if (is_late(h))
        (void)str_copy(h->why, sizeof(h->why), "the loop is late: overloaded");
    else if (canary != NULL)
        (void)snprintf(h->why, sizeof(h->why), "canary %s: %s",
                       canary->spec->target, canary->said);
    else
        h->is_ill = false;
    if (h->is_ill != was_ill)
        h->opts.on_change(h->opts.cookie);
}

static void start_canary(void *cookie);

static void
on_canary_done(void *cookie, const struct result *result)
{
    struct canary *c = cookie;
    bool has_failed =
        result->status == STATUS_DOWN || result->status == STATUS_ERROR;
    const char *reason = reason_name(result->reason);

    c->check = NULL;
    c->failures = has_failed ? c->failures + 1 : 0;
    (void)str_copy(c->said, sizeof(c->said), reason == NULL ? "" : reason);
    c->timer = loop_timer_start(
        c->health->opts.loop,
        (c->failures == 1 ? HEALTH_CANARY_AGAIN_S : HEALTH_CANARY_EVERY_S) *
            NS_PER_S,
        start_canary, c);
    judge(c->health);
}

static void
start_canary(void *cookie)
{
    struct canary *c = cookie;
    struct check_run run = {.slot = loop_wall(c->health->opts.loop)};

    c->timer = NULL;
    c->check =
        check_start(c->health->opts.engine, c->spec, &run, on_canary_done, c);
    if (c->check == NULL)
        c->timer =
            loop_timer_start(c->health->opts.loop,
                             HEALTH_CANARY_EVERY_S * NS_PER_S, start_canary, c);
}

static void
on_tick(void *cookie)
{
    struct health *h = cookie;
    mono_t now = loop_now(h->opts.loop);
    int64_t lag_ns = loop_lag_take_ns(h->opts.loop);

    h->tick = loop_timer_start(h->opts.loop, TICK_S * NS_PER_S, on_tick, h);
    h->late_ticks =
        lag_ns > LANE_LAG_MAX_MS * NS_PER_MS ? h->late_ticks + 1 : 0;
    if (lag_ns > h->lag_ns)
        h->lag_ns = lag_ns;
    if (clock_step_take(&h->step, loop_wall(h->opts.loop), now) != 0)
        h->step_until = clock_after(now, STEP_ILL_S * NS_PER_S);
    judge(h);
}

static int
add_canary(struct health *h, const char *target, char *why, size_t cap)
{
    struct canary *c = &h->canary[h->canary_count];
    struct diag *diag = diag_create();
    struct buf text;

    c->health = h;
    c->spec = catalog_of_target(target, NULL, 0, diag);
    if (c->spec != NULL) {
        h->canary_count++;
        c->timer = loop_timer_start(h->opts.loop, 0, start_canary, c);
    } else {
        buf_init(&text, 4096);
        diag_print(diag, &text, false);
        (void)snprintf(why, cap, "canary %s: %s", target, buf_text(&text));
        buf_free(&text);
    }
    diag_free(diag);
    return c->spec == NULL ? -1 : 0;
}

struct health *
health_create(const struct health_opts *opts, char *why, size_t cap)
{
    struct health *h = str_xcalloc(1, sizeof(*h));
    mono_t now = loop_now(opts->loop);

    h->opts = *opts;
    clock_step_init(&h->step, loop_wall(opts->loop), now);
    h->step_until = now;
    h->tick = loop_timer_start(opts->loop, TICK_S * NS_PER_S, on_tick, h);
    for (size_t i = 0; i < opts->canary_count && i < HEALTH_CANARIES_MAX; i++) {
        if (add_canary(h, opts->canaries[i], why, cap) != 0) {
            health_free(h);
            return NULL;
        }
    }
    return h;
}

void
health_free(struct health *h)
{
    if (h == NULL)
        return;
    loop_timer_cancel(h->tick);
    for (size_t i = 0; i < h->canary_count; i++) {
        loop_timer_cancel(h->canary[i].timer);
        check_cancel(h->canary[i].check);
        spec_free(h->canary[i].spec);
    }
    free(h);
}

const char *
health_ill_why(const struct health *h)
{
    return h->is_ill ? h->why : NULL;
}

int64_t
health_take_lag_us(struct health *h)
{
    int64_t lag_ns = loop_lag_take_ns(h->opts.loop);

    if (h->lag_ns > lag_ns)
        lag_ns = h->lag_ns;
    h->lag_ns = 0;
    return lag_ns / NS_PER_US;
}
