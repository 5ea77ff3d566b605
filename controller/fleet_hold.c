/*
 * fleet_hold.c - see fleet_hold.h.
 *
 * The list is looked through once a turn, and a turn comes at once when
 * something was touched: the news of a member is its generation, its run-nows,
 * a newer sync of the same probe, or that it is gone.
 */
#include "controller/fleet_hold.h"

#include <assert.h>
#include <stdlib.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/spec.h"
#include "controller/fleet_priv.h"
#include "wire/message.h"

#define HOLD_NS (24 * NS_PER_S) /* + one turn: never over 25 s */

struct fleet_hold {
    struct fleet_hold *next;
    struct fleet *fleet;
    struct fleet_member *member; /* NULL: removed meanwhile */
    uint64_t generation;         /* what the probe holds */
    mono_t since;
    int64_t received_ms;
    bool is_over;  /* a newer sync of the same probe came */
    bool is_first; /* asks to be answered at once */
    fleet_reply_fn *reply;
    void *cookie;
};

struct fleet_hold *
fleet_hold_add(struct fleet *fleet, struct fleet_member *member,
               const struct message_sync *sync, fleet_reply_fn *reply,
               void *cookie)
{
    struct fleet_hold *hold = str_xcalloc(1, sizeof(*hold));

    for (struct fleet_hold *h = fleet->holds; h != NULL; h = h->next)
        if (h->member == member)
            h->is_over = true;
    hold->fleet = fleet;
    hold->member = member;
    hold->generation = sync->generation;
    hold->is_first = sync->no_hold;
    hold->since = loop_now(fleet->loop);
    hold->received_ms = loop_wall(fleet->loop).ms;
    hold->reply = reply;
    hold->cookie = cookie;
    hold->next = fleet->holds;
    fleet->holds = hold;
    fleet_touch(fleet);
    return hold;
}

static void
take_off(struct fleet *fleet, struct fleet_hold *hold)
{
    struct fleet_hold **at = &fleet->holds;

    for (; *at != hold; at = &(*at)->next)
        assert(*at != NULL);
    *at = hold->next;
    free(hold);
}

void
fleet_hold_remove(struct fleet_hold *hold)
{
    take_off(hold->fleet, hold);
}

void
fleet_hold_forget(struct fleet *fleet, const struct fleet_member *member)
{
    for (struct fleet_hold *h = fleet->holds; h != NULL; h = h->next)
        if (h->member == member)
            h->member = NULL;
}

void
fleet_hold_step(struct fleet *fleet, int64_t by_ms)
{
    for (struct fleet_hold *h = fleet->holds; h != NULL; h = h->next) {
        h->received_ms += by_ms;
        h->is_first = true;
    }
    fleet_touch(fleet);
}

/* ---- answers ---- */

static bool
has_news(const struct fleet_hold *hold, mono_t now)
{
    const struct fleet_member *m = hold->member;

    if (m == NULL || hold->is_over || hold->is_first ||
        m->generation != hold->generation ||
        clock_since_ns(hold->since, now) >= HOLD_NS)
        return true;
    return fleet_run_is_due(m, now);
}

static struct fleet_hold *
find_news(const struct fleet *fleet, mono_t now)
{
    struct fleet_hold *hold = fleet->holds;

    while (hold != NULL && !has_news(hold, now))
        hold = hold->next;
    return hold;
}

static struct message_assigned *
list_tasks(const struct fleet_member *m)
{
    struct message_assigned *list =
        str_xcalloc(m->task_count + 1, sizeof(*list));

    for (size_t i = 0; i < m->task_count; i++) {
        const struct fleet_task *t = &m->tasks[i];

        list[i] = (struct message_assigned){t->spec->name, t->spec->text,
                                            t->spec->version, t->region_index,
                                            t->region_count};
    }
    return list;
}

/* Takes the hold off the list: it is dead before its reply is called. */
static void
answer(struct fleet *fleet, struct fleet_hold *hold, mono_t now)
{
    struct fleet_member *m = hold->member;
    struct message_run_now runs[FLEET_RUNS_MAX];
    struct message_assigned *assigned = NULL;
    struct message_given *given = NULL;
    struct message_sync_reply reply = {
        .received_ms = hold->received_ms,
        .sent_ms = loop_wall(fleet->loop).ms,
        .generation = hold->generation,
        .run_now = runs,
    };
    fleet_reply_fn *fn = hold->reply;
    void *cookie = hold->cookie;

    if (m != NULL && !hold->is_over) {
        reply.generation = m->generation;
        reply.has_assignment = m->generation != hold->generation;
        if (reply.has_assignment) {
            assigned = list_tasks(m);
            reply.assigned = assigned;
            reply.assigned_count = m->task_count;
            given = fleet_given_list(m);
            reply.given = given;
            reply.given_count = m->given_count;
        }
        reply.run_now_count = fleet_run_list(m, now, runs);
    }
    take_off(fleet, hold);
    fn(cookie, &reply);
    free(assigned);
    free(given);
}

void
fleet_hold_answer(struct fleet *fleet, mono_t now)
{
    struct fleet_hold *hold;

    /* A reply may start or remove holds, so look from the start after each. */
    while ((hold = find_news(fleet, now)) != NULL)
        answer(fleet, hold, now);
}
