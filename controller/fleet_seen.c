/*
 * What of a probe outlives a restart and its revocation: when it was here last,
 * what it ran, from where, and whether it was lost already, so that nobody is
 * told of the same loss twice.
 *
 *   told      when it comes, when it is lost, and else at most once in KEEP_NS
 *             of its syncs: a crash forgets no more than that
 *   taken     at the start; one that was here is expected again
 *   former    a probe that was removed has no part in anything any more, but
 *             what was known of it is still shown
 */
#include "controller/fleet_seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "controller/fleet_priv.h"
#include "controller/store/store_rows.h"

#define KEEP_NS (10 * NS_PER_S)

static bool
is_news(const struct fleet_member *m, mono_t now)
{
    if (m->state == FLEET_NEVER || m->state == FLEET_EXPECTED)
        return false;
    if (m->state != m->kept_state)
        return true;
    return m->last_sync.ms != m->kept_sync.ms &&
           clock_since_ns(m->kept, now) >= KEEP_NS;
}

void
fleet_seen_tell(struct fleet *fleet)
{
    mono_t now = loop_now(fleet->loop);

    for (size_t i = 0; fleet->on_seen != NULL && i < fleet->member_count; i++) {
        struct fleet_member *m = fleet->members[i];
        struct store_seen seen = {
            .probe = m->name,
            .kept = loop_wall(fleet->loop),
            .last_sync = m->last_sync,
            .software = m->software,
            .egress = m->egress,
            .is_lost = m->state == FLEET_LOST,
        };

        if (!is_news(m, now))
            continue;
        m->kept = now;
        m->kept_state = m->state;
        m->kept_sync = m->last_sync;
        fleet->on_seen(fleet->on_seen_cookie, &seen);
    }
}

/* ---- probes that were removed ---- */

static struct fleet_member **
former_at(const struct fleet *fleet, const char *probe)
{
    for (size_t i = 0; i < fleet->former_count; i++)
        if (str_eq(fleet->formers[i]->name, probe))
            return &fleet->formers[i];
    return NULL;
}

void
fleet_seen_drop(struct fleet *fleet, const char *probe)
{
    struct fleet_member **at = former_at(fleet, probe);

    if (at == NULL)
        return;
    fleet_member_free(*at);
    *at = fleet->formers[--fleet->former_count];
}

static void
add_former(struct fleet *fleet, struct fleet_member *member)
{
    fleet_seen_drop(fleet, member->name);
    fleet->formers = str_xrealloc(fleet->formers, (fleet->former_count + 1) *
                                                      sizeof(*fleet->formers));
    fleet->formers[fleet->former_count++] = member;
}

void
fleet_seen_retire(struct fleet *fleet, struct fleet_member *member)
{
    struct fleet_member *former;

    if (member->last_sync.ms != 0) {
        former = str_xcalloc(1, sizeof(*former));
        former->name = str_xdup(member->name);
        former->region = str_xdup(member->region);
        former->software = str_xdup(member->software);
        former->last_sync = member->last_sync;
        memcpy(former->egress, member->egress, sizeof(former->egress));
        add_former(fleet, former);
    }
    fleet_member_free(member);
}

/* ---- after a restart ---- */

static void
take(struct fleet_member *m, const struct store_seen *seen)
{
    free(m->software);
    m->software = str_xdup(seen->software);
    m->last_sync = m->kept_sync = seen->last_sync;
    (void)str_copy(m->egress, sizeof(m->egress),
                   seen->egress != NULL ? seen->egress : "");
    m->state = m->kept_state = seen->is_lost ? FLEET_LOST : FLEET_EXPECTED;
}

void
fleet_take_seen(struct fleet *fleet, const struct store_seen *seen)
{
    struct fleet_member *m = fleet_member_find(fleet, seen->probe);

    if (m == NULL) {
        m = str_xcalloc(1, sizeof(*m));
        m->name = str_xdup(seen->probe);
        add_former(fleet, m);
    } else if (m->state != FLEET_NEVER) {
        return; /* it has come already: it knows better */
    }
    take(m, seen);
    fleet->is_stale = true;
    fleet_touch(fleet);
}

void
fleet_seen_free(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->former_count; i++)
        fleet_member_free(fleet->formers[i]);
    free(fleet->formers);
}

bool
fleet_find_former(const struct fleet *fleet, const char *probe,
                  struct fleet_probe *out)
{
    struct fleet_member **at = former_at(fleet, probe);

    if (at == NULL)
        return false;
    *out = (struct fleet_probe){.name = (*at)->name,
                                .region = (*at)->region,
                                .state = FLEET_LOST,
                                .software = (*at)->software,
                                .last_sync = (*at)->last_sync};
    (void)str_copy(out->egress, sizeof(out->egress), (*at)->egress);
    return true;
}

void
fleet_on_seen(struct fleet *fleet, fleet_seen_fn *fn, void *cookie)
{
    fleet->on_seen = fn;
    fleet->on_seen_cookie = cookie;
}
