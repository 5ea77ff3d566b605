/*
 * fleet_assign.c - which probe runs which check.
 *
 * A check goes to one probe in each of its regions: the one whose hash mixed
 * with the check's is highest among the candidates (rendezvous hashing).  A
 * probe that leaves so moves only the checks it had, and a probe that joins
 * takes an even share from everyone.
 *
 *   1. candidates of a region: those here and well; when there is none, those
 *      here though ill (their results are kept and not counted); when there is
 *      none, all of it, so that a network split moves nothing.
 *   2. each check's winners get a task.
 *   3. who has other tasks than before, or other secrets for them, gets a new
 *      generation, and what was taken away stays reportable for
 *      FLEET_GRACE_NS.
 */
#include "controller/fleet_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/spec.h"

#define TASKS_FIRST 8

enum rank { RANK_ABSENT, RANK_ILL, RANK_WELL };

bool
fleet_assign_waits(const struct fleet_member *member)
{
    return member->is_expected &&
           (member->state == FLEET_NEVER || member->state == FLEET_EXPECTED);
}

static enum rank
rank_of(const struct fleet_member *m)
{
    if (m->state == FLEET_HERE)
        return m->ill ? RANK_ILL : RANK_WELL;
    return fleet_assign_waits(m) ? RANK_WELL : RANK_ABSENT;
}

/* splitmix64's finish: every bit of both hashes moves every bit of the score */
static uint64_t
score(uint64_t probe, uint64_t check)
{
    uint64_t z = probe ^ (check * 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static struct fleet_member *
winner(const struct fleet *fleet, const char *region, uint64_t check)
{
    struct fleet_member *best = NULL;

    for (size_t i = 0; i < fleet->member_count; i++) {
        struct fleet_member *m = fleet->members[i];

        if (!str_eq(m->region, region))
            continue;
        if (best == NULL || rank_of(m) > rank_of(best) ||
            (rank_of(m) == rank_of(best) &&
             score(m->hash, check) > score(best->hash, check)))
            best = m;
    }
    return best;
}

static void
give(struct fleet_member *m, const struct fleet_task *task)
{
    if (m->next_count == m->next_cap) {
        m->next_cap = m->next_cap == 0 ? TASKS_FIRST : 2 * m->next_cap;
        m->next_tasks =
            str_xrealloc(m->next_tasks, m->next_cap * sizeof(*m->next_tasks));
    }
    m->next_tasks[m->next_count] = *task;
    m->next_tasks[m->next_count++].spec = spec_ref(task->spec);
}

static void
assign_check(struct fleet *fleet, const struct fleet_check *check)
{
    const struct spec_list *own = &check->spec->regions;
    size_t n = own->count > 0 ? own->count : fleet->region_count;

    for (size_t i = 0; i < n; i++) {
        const char *region =
            own->count > 0 ? own->item[i] : fleet->regions[i].region;
        struct fleet_member *m = winner(fleet, region, check->hash);

        if (m != NULL)
            give(m,
                 &(struct fleet_task){check->spec, (uint32_t)i, (uint32_t)n});
    }
}

static int
by_check(const void *a, const void *b)
{
    const struct fleet_task *x = a;
    const struct fleet_task *y = b;

    return strcmp(x->spec->name, y->spec->name);
}

static bool
is_same(const struct fleet_member *m)
{
    if (m->task_count != m->next_count)
        return false;
    for (size_t i = 0; i < m->task_count; i++) {
        const struct fleet_task *a = &m->tasks[i];
        const struct fleet_task *b = &m->next_tasks[i];

        if (!str_eq(a->spec->name, b->spec->name) ||
            a->spec->version != b->spec->version ||
            a->region_index != b->region_index ||
            a->region_count != b->region_count)
            return false;
    }
    return true;
}

static int
past_order(const void *a, const void *b)
{
    const struct fleet_past *x = a;
    const struct fleet_past *y = b;
    int order = strcmp(x->check, y->check);

    if (order != 0)
        return order;
    return (x->until.ns < y->until.ns) - (x->until.ns > y->until.ns);
}

static void
past_keep_newest(struct fleet_member *m)
{
    size_t n = 0;

    if (m->past_count > 1)
        qsort(m->past, m->past_count, sizeof(*m->past), past_order);
    for (size_t i = 0; i < m->past_count; i++) {
        if (n > 0 && str_eq(m->past[n - 1].check, m->past[i].check))
            free(m->past[i].check);
        else
            m->past[n++] = m->past[i];
    }
    m->past_count = n;
}

/* What the member has now and will not have stays reportable for a while; at
 * most one entry a check, and none that has run out. */
static void
remember(struct fleet_member *m, mono_t now)
{
    struct fleet_past *past =
        str_xcalloc(m->past_count + m->task_count + 1, sizeof(*past));
    size_t n = 0;

    for (size_t i = 0; i < m->past_count; i++) {
        if (m->past[i].until.ns > now.ns)
            past[n++] = m->past[i];
        else
            free(m->past[i].check);
    }
    for (size_t i = 0; i < m->task_count; i++)
        past[n++] = (struct fleet_past){str_xdup(m->tasks[i].spec->name),
                                        clock_after(now, FLEET_GRACE_NS)};
    free(m->past);
    m->past = past;
    m->past_count = n;
    past_keep_newest(m);
}

static void
drop_tasks(struct fleet_task *tasks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        spec_free(tasks[i].spec);
    free(tasks);
}

static void
settle(const struct fleet *fleet, struct fleet_member *m, mono_t now)
{
    bool has_changed = false;

    if (m->next_count > 1)
        qsort(m->next_tasks, m->next_count, sizeof(*m->next_tasks), by_check);
    if (is_same(m)) {
        drop_tasks(m->next_tasks, m->next_count);
    } else {
        remember(m, now);
        drop_tasks(m->tasks, m->task_count);
        m->tasks = m->next_tasks;
        m->task_count = m->next_count;
        has_changed = true;
    }
    m->next_tasks = NULL;
    m->next_count = m->next_cap = 0;
    if (fleet_given_settle(fleet, m) || has_changed)
        m->generation++;
}

void
fleet_assign_set(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->check_count; i++)
        assign_check(fleet, &fleet->checks[i]);
    for (size_t i = 0; i < fleet->member_count; i++)
        settle(fleet, fleet->members[i], loop_now(fleet->loop));
}

const struct fleet_task *
fleet_assign_find(const struct fleet_member *member, const char *check)
{
    size_t low = 0;
    size_t high = member->task_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(check, member->tasks[mid].spec->name);

        if (order == 0)
            return &member->tasks[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

bool
fleet_assign_had(const struct fleet_member *member, const char *check,
                 mono_t now)
{
    size_t low = 0;
    size_t high = member->past_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(check, member->past[mid].check);

        if (order == 0)
            return member->past[mid].until.ns > now.ns;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return false;
}

void
fleet_assign_free(struct fleet_member *member)
{
    drop_tasks(member->tasks, member->task_count);
    drop_tasks(member->next_tasks, member->next_count);
    for (size_t i = 0; i < member->past_count; i++)
        free(member->past[i].check);
    free(member->past);
}
