/*
 * fleet.c - see fleet.h.
 *
 * Everything that may answer a held sync or tell of a region happens in one
 * place, turn(), on a timer: so no reply and no callback ever comes from
 * inside a call.  A call that changes something touches the fleet, which
 * brings the next turn forward to now; without a touch there is one a second.
 *
 *   turn():  1. who is lost            3. tell of regions that changed
 *            2. assign when stale      4. tell what is to be kept of a probe
 *                                      5. answer the holds that have a reason
 *
 * After a restart the probes of before are expected for 60 s, so that
 * the first one to return does not get the checks of all the others.
 */
#include "controller/fleet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock_step.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/fleet_hold.h"
#include "controller/fleet_priv.h"
#include "controller/fleet_seen.h"
#include "wire/message.h"

#define TURN_NS  NS_PER_S
#define LOST_NS  (60 * NS_PER_S)
#define START_NS (5 * NS_PER_S) /* added by then: known from before */

static void turn(void *cookie);

void
fleet_touch(struct fleet *fleet)
{
    if (fleet->is_touched)
        return;
    fleet->is_touched = true;
    loop_timer_cancel(fleet->timer);
    fleet->timer = loop_timer_start(fleet->loop, 0, turn, fleet);
}

struct fleet *
fleet_create(struct loop *loop, struct log *log)
{
    struct fleet *fleet = str_xcalloc(1, sizeof(*fleet));

    fleet->loop = loop;
    fleet->log = log;
    fleet->created = loop_now(loop);
    /* Grows over restarts, so that no probe takes an old number for new. */
    fleet->first_generation = (uint64_t)loop_wall(loop).ms;
    fleet->timer = loop_timer_start(loop, TURN_NS, turn, fleet);
    return fleet;
}

static void
clear_config(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->check_count; i++)
        spec_free(fleet->checks[i].spec);
    free(fleet->checks);
    fleet->checks = NULL;
    fleet->check_count = 0;
    secret_set_free(fleet->secrets);
    fleet->secrets = NULL;
}

static void
clear_regions(struct fleet_standing *regions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(regions[i].region);
    free(regions);
}

void
fleet_member_free(struct fleet_member *m)
{
    fleet_run_free(m);
    fleet_assign_free(m);
    fleet_given_free(m);
    free(m->name);
    free(m->region);
    free(m->ill_why);
    free(m->software);
    free(m);
}

void
fleet_free(struct fleet *fleet)
{
    if (fleet == NULL)
        return;
    loop_timer_cancel(fleet->timer);
    while (fleet->holds != NULL)
        fleet_hold_remove(fleet->holds);
    for (size_t i = 0; i < fleet->member_count; i++)
        fleet_member_free(fleet->members[i]);
    free(fleet->members);
    fleet_seen_free(fleet);
    clear_config(fleet);
    clear_regions(fleet->regions, fleet->region_count);
    free(fleet);
}

static void
set_regions(struct fleet *fleet, const struct config *config)
{
    struct fleet_standing *old = fleet->regions;
    size_t old_count = fleet->region_count;

    fleet->region_count = config->region_count;
    fleet->regions =
        str_xcalloc(config->region_count + 1, sizeof(*fleet->regions));
    for (size_t i = 0; i < config->region_count; i++) {
        struct fleet_standing *s = &fleet->regions[i];

        s->region = str_xdup(config->regions[i].id);
        for (size_t k = 0; k < old_count; k++)
            if (str_eq(old[k].region, s->region)) {
                s->lost = old[k].lost;
                s->ill = old[k].ill;
            }
    }
    clear_regions(old, old_count);
}

void
fleet_set_config(struct fleet *fleet, const struct config *config)
{
    size_t count = catalog_count(config->catalog);

    clear_config(fleet);
    fleet->checks = str_xcalloc(count + 1, sizeof(*fleet->checks));
    for (size_t i = 0; i < count; i++) {
        struct spec *spec = catalog_get(config->catalog, i);

        if (spec->kind == SPEC_PUSH)
            continue; /* no probe runs it: controller/push.h */
        fleet->checks[fleet->check_count].spec = spec_ref(spec);
        fleet->checks[fleet->check_count++].hash = id_hash(spec->name);
    }
    fleet->secrets = secret_set_ref(config->secrets);
    set_regions(fleet, config);
    fleet_assign_set(fleet);
    fleet_touch(fleet);
}

void
fleet_on_secrets(struct fleet *fleet)
{
    fleet->is_stale = true;
    fleet_touch(fleet);
}

/* ---- members ---- */

static size_t
place_of(const struct fleet *fleet, const char *probe)
{
    size_t low = 0;
    size_t high = fleet->member_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(fleet->members[mid]->name, probe) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct fleet_member *
fleet_member_find(const struct fleet *fleet, const char *probe)
{
    size_t at = place_of(fleet, probe);

    if (at < fleet->member_count && str_eq(fleet->members[at]->name, probe))
        return fleet->members[at];
    return NULL;
}

void
fleet_add(struct fleet *fleet, const char *probe, const char *region)
{
    size_t at = place_of(fleet, probe);
    struct fleet_member *m = fleet_member_find(fleet, probe);

    if (m != NULL && str_eq(m->region, region))
        return;
    if (m != NULL)
        fleet_remove(fleet, probe);
    fleet_seen_drop(fleet, probe);
    m = str_xcalloc(1, sizeof(*m));
    m->name = str_xdup(probe);
    m->region = str_xdup(region);
    m->hash = id_hash(probe);
    m->generation = fleet->first_generation;
    m->added = loop_now(fleet->loop);
    m->is_expected = clock_since_ns(fleet->created, m->added) < START_NS;
    m->rtt_ms = -1;
    fleet->members = str_xrealloc(fleet->members, (fleet->member_count + 1) *
                                                      sizeof(*fleet->members));
    memmove(&fleet->members[at + 1], &fleet->members[at],
            (fleet->member_count - at) * sizeof(*fleet->members));
    fleet->members[at] = m;
    fleet->member_count++;
    fleet->is_stale = true;
    fleet_touch(fleet);
}

void
fleet_remove(struct fleet *fleet, const char *probe)
{
    struct fleet_member *m = fleet_member_find(fleet, probe);
    size_t at = place_of(fleet, probe);

    if (m == NULL)
        return;
    fleet_hold_forget(fleet, m);
    fleet->member_count--;
    memmove(&fleet->members[at], &fleet->members[at + 1],
            (fleet->member_count - at) * sizeof(*fleet->members));
    fleet_seen_retire(fleet, m);
    fleet->is_stale = true;
    fleet_touch(fleet);
}

/* ---- syncs ---- */

static void
set_text(char **to, const char *from)
{
    if (str_eq(*to, from))
        return;
    free(*to);
    *to = str_xdup(from);
}

static void
take_sync(struct fleet *fleet, struct fleet_member *m,
          const struct message_sync *sync)
{
    m->synced = loop_now(fleet->loop);
    m->last_sync = loop_wall(fleet->loop);
    m->has_synced = true;
    m->offset_ms = sync->offset_ms;
    m->rtt_ms = sync->rtt_ms;
    m->lag_us = sync->lag_us;
    m->spool_bytes = sync->spool_bytes;
    m->spool_results = sync->spool_results;
    m->dropped = sync->dropped;
    m->overruns = sync->overruns;
    for (size_t i = 0; i < sync->refused_count; i++)
        fleet_given_refused(fleet, m, sync->refused[i]);
    set_text(&m->software, sync->software);
    set_text(&m->ill_why, sync->ill ? sync->ill_why : NULL);
    if (m->state == FLEET_LOST)
        log_event(fleet->log, EV_PROBE_BACK, LOG_STR("probe", m->name),
                  LOG_STR("region", m->region));
    /* An expected probe that comes back well already has its checks. */
    if (m->ill != sync->ill ||
        (m->state != FLEET_HERE && !fleet_assign_waits(m)))
        fleet->is_stale = true;
    m->state = FLEET_HERE;
    m->ill = sync->ill;
}

struct fleet_hold *
fleet_sync(struct fleet *fleet, const char *probe,
           const struct message_sync *sync, const struct addr *from,
           fleet_reply_fn *reply, void *cookie)
{
    struct fleet_member *m = fleet_member_find(fleet, probe);

    if (m == NULL)
        return NULL;
    take_sync(fleet, m, sync);
    if (from != NULL)
        (void)addr_format_ip(m->egress, from);
    return fleet_hold_add(fleet, m, sync, reply, cookie);
}

void
fleet_cancel(struct fleet_hold *hold)
{
    if (hold != NULL)
        fleet_hold_remove(hold);
}

/* Every probe asks again at once, so that it knows the new clock. */
void
fleet_on_step(struct fleet *fleet, int64_t by_ms)
{
    for (size_t i = 0; i < fleet->member_count; i++) {
        struct fleet_member *m = fleet->members[i];

        clock_step_move(&m->last_sync, by_ms);
        fleet_run_step(m, by_ms);
    }
    fleet_hold_step(fleet, by_ms);
}

/* ---- run-nows ---- */

void
fleet_answered(struct fleet *fleet, const struct id *run_now)
{
    for (size_t i = 0; i < fleet->member_count; i++)
        fleet_run_drop(fleet->members[i], run_now, loop_wall(fleet->loop).ms);
}

/* ---- a turn ---- */

static void
find_lost(struct fleet *fleet, mono_t now)
{
    for (size_t i = 0; i < fleet->member_count; i++) {
        struct fleet_member *m = fleet->members[i];
        mono_t last = m->has_synced ? m->synced : m->added;

        fleet_run_drop(m, NULL, loop_wall(fleet->loop).ms);
        if (m->state == FLEET_LOST || clock_since_ns(last, now) < LOST_NS)
            continue;
        m->state = FLEET_LOST;
        fleet->is_stale = true;
        log_event(fleet->log, EV_PROBE_LOST, LOG_STR("probe", m->name),
                  LOG_STR("region", m->region));
    }
}

/* A region is lost when nobody is here who could vote, and ill when those who
 * are here are; after a start it has 60 s to show itself. */
static void
judge(const struct fleet *fleet, const char *region, bool *lost, bool *ill)
{
    bool is_starting =
        clock_since_ns(fleet->created, loop_now(fleet->loop)) < LOST_NS;
    size_t here = 0;
    size_t ill_count = 0;

    for (size_t i = 0; i < fleet->member_count; i++) {
        const struct fleet_member *m = fleet->members[i];

        if (m->state != FLEET_HERE || !str_eq(m->region, region))
            continue;
        here++;
        ill_count += m->ill ? 1 : 0;
    }
    *lost = here == 0 && !is_starting;
    *ill = here > 0 && ill_count == here;
}

static void
tell_regions(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->region_count; i++) {
        struct fleet_standing *s = &fleet->regions[i];
        bool lost;
        bool ill;

        judge(fleet, s->region, &lost, &ill);
        if (lost == s->lost && ill == s->ill)
            continue;
        s->lost = lost;
        s->ill = ill;
        if (fleet->on_region != NULL)
            fleet->on_region(fleet->on_region_cookie, s->region, lost, ill);
    }
}

static void
turn(void *cookie)
{
    struct fleet *fleet = cookie;
    mono_t now = loop_now(fleet->loop);

    fleet->timer = loop_timer_start(fleet->loop, TURN_NS, turn, fleet);
    fleet->is_touched = false;
    find_lost(fleet, now);
    if (fleet->is_stale)
        fleet_assign_set(fleet);
    fleet->is_stale = false;
    tell_regions(fleet);
    fleet_seen_tell(fleet);
    fleet_hold_answer(fleet, now);
}

/* ---- views ---- */

bool
fleet_may_report(const struct fleet *fleet, const char *probe,
                 const char *check)
{
    const struct fleet_member *m = fleet_member_find(fleet, probe);

    return m != NULL && (fleet_assign_find(m, check) != NULL ||
                         fleet_assign_had(m, check, loop_now(fleet->loop)));
}

size_t
fleet_count(const struct fleet *fleet)
{
    return fleet->member_count;
}

struct fleet_probe
fleet_get(const struct fleet *fleet, size_t index)
{
    const struct fleet_member *m;
    struct fleet_probe p = {0};

    assert(index < fleet->member_count);
    m = fleet->members[index];
    p.name = m->name;
    p.region = m->region;
    p.state = m->state;
    p.ill = m->ill;
    p.ill_why = m->ill_why;
    p.software = m->software;
    p.last_sync = m->last_sync;
    p.is_measured = m->has_synced;
    (void)str_copy(p.egress, sizeof(p.egress), m->egress);
    p.offset_ms = m->offset_ms;
    p.rtt_ms = m->rtt_ms;
    p.lag_us = m->lag_us;
    p.spool_bytes = m->spool_bytes;
    p.spool_results = m->spool_results;
    p.dropped = m->dropped;
    p.overruns = m->overruns;
    p.assigned = m->task_count;
    return p;
}

bool
fleet_find(const struct fleet *fleet, const char *probe,
           struct fleet_probe *out)
{
    size_t at = place_of(fleet, probe);

    if (fleet_member_find(fleet, probe) == NULL)
        return false;
    *out = fleet_get(fleet, at);
    return true;
}

void
fleet_on_region(struct fleet *fleet, fleet_region_fn *fn, void *cookie)
{
    fleet->on_region = fn;
    fleet->on_region_cookie = cookie;
}
