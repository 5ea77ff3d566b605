/*
 * fleet_run.c - run-nows: asked, said until answered, forgotten when too late.
 *
 * One is said at once, and again each second until it is answered or runs out:
 * a reply may die with its connection, and the probe runs an id once.  A storm
 * of suspicions must not become a storm on a target or a probe, so both are
 * capped; over the cap the scheduled runs decide.
 */
#include "controller/fleet_priv.h"

#include <stdlib.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/spec.h"
#include "wire/message.h"

#define RESEND_NS  NS_PER_S
#define TARGET_MAX 20 /* unanswered ones of a target, all probes together */

static void
free_run(struct fleet_run *run)
{
    free(run->check);
    free(run->target);
    free(run);
}

static size_t
asked_of_target(const struct fleet *fleet, const char *target)
{
    size_t n = 0;

    for (size_t i = 0; i < fleet->member_count; i++)
        for (const struct fleet_run *r = fleet->members[i]->runs; r != NULL;
             r = r->next)
            n += str_eq(r->target, target) ? 1 : 0;
    return n;
}

static struct fleet_member *
runner(const struct fleet *fleet, const char *check, const char *region,
       const struct fleet_task **task)
{
    for (size_t i = 0; i < fleet->member_count; i++) {
        struct fleet_member *m = fleet->members[i];

        if (str_eq(m->region, region) &&
            (*task = fleet_assign_find(m, check)) != NULL)
            return m;
    }
    return NULL;
}

bool
fleet_run_now(struct fleet *fleet, const char *check, const char *region,
              const struct message_run_now *run_now)
{
    const struct fleet_task *task = NULL;
    struct fleet_member *m = runner(fleet, check, region, &task);
    struct fleet_run **at;
    struct fleet_run *run;

    if (m == NULL || m->state != FLEET_HERE || m->run_count >= FLEET_RUNS_MAX ||
        asked_of_target(fleet, task->spec->target) >= TARGET_MAX)
        return false;
    run = str_xcalloc(1, sizeof(*run));
    run->id = run_now->id;
    run->check = str_xdup(check);
    run->target = str_xdup(task->spec->target);
    run->expires_ms = run_now->expires_ms;
    run->again_ms = run_now->again_ms;
    for (at = &m->runs; *at != NULL; at = &(*at)->next)
        ;
    *at = run;
    m->run_count++;
    fleet_touch(fleet);
    return true;
}

void
fleet_run_drop(struct fleet_member *m, const struct id *id, int64_t now_ms)
{
    struct fleet_run **at = &m->runs;

    while (*at != NULL) {
        struct fleet_run *run = *at;

        if (run->expires_ms > now_ms && (id == NULL || !id_eq(&run->id, id))) {
            at = &run->next;
            continue;
        }
        *at = run->next;
        m->run_count--;
        free_run(run);
    }
}

void
fleet_run_step(struct fleet_member *m, int64_t by_ms)
{
    for (struct fleet_run *run = m->runs; run != NULL; run = run->next)
        run->expires_ms += by_ms;
}

bool
fleet_run_is_due(const struct fleet_member *member, mono_t now)
{
    for (const struct fleet_run *r = member->runs; r != NULL; r = r->next)
        if (!r->was_sent || clock_since_ns(r->sent, now) >= RESEND_NS)
            return true;
    return false;
}

size_t
fleet_run_list(struct fleet_member *m, mono_t now, struct message_run_now *list)
{
    size_t n = 0;

    for (struct fleet_run *r = m->runs; r != NULL && n < FLEET_RUNS_MAX;
         r = r->next) {
        r->was_sent = true;
        r->sent = now;
        list[n++] = (struct message_run_now){r->id, r->check, r->expires_ms,
                                             r->again_ms};
    }
    return n;
}

void
fleet_run_free(struct fleet_member *member)
{
    while (member->runs != NULL) {
        struct fleet_run *run = member->runs;

        member->runs = run->next;
        free_run(run);
    }
}
