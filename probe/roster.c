/*
 * Old and new checks both stand in the order of names, so one walk over the two
 * tells those that stay from those that are new and those that are gone.
 * Compiling takes long beside everything else here: ten thousand checks that
 * come at once are taken a few at each turn of the loop.
 */
#include "probe/roster.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/spec.h"
#include "probe/assignment.h"
#include "probe/outcome.h"
#include "probe/schedule.h"
#include "wire/message.h"
#include "wire/result.h"

#define COMPILE_A_TURN   8
#define FIRST_MIN_MS     500   /* new checks first run within this ... */
#define FIRST_EACH_MS    20    /* ... or this for each, if that is longer */
#define REFUSED_EVERY_MS 60000 /* of a check whose interval is not known */

struct roster {
    struct roster_opts opts;
    struct assignment *assignment;
    struct roster_check **checks; /* in order of names */
    size_t count;
    struct roster_check *new_head;
    int64_t first_window_ms;
    struct loop_timer *compile_timer;
    struct spec_cache specs;
};

struct spec *
roster_spec(struct roster *roster, struct roster_check *check, char *why,
            size_t cap)
{
    struct spec *spec =
        spec_cache_get(&roster->specs, &check->slot, check->as->text, why, cap);

    if (spec == NULL && !check->is_refused)
        log_event(roster->opts.log, EV_CHECK_REFUSED,
                  LOG_STR("check", check->as->check), LOG_STR("error", why));
    check->is_refused = spec == NULL;
    return spec;
}

/* ---- new checks -------------------------------------------------------- */

static void
schedule_check(struct roster *roster, struct roster_check *c)
{
    char why[RESULT_MESSAGE_MAX];
    struct spec *spec = roster_spec(roster, c, why, sizeof(why));
    struct schedule_clock now = {loop_now(roster->opts.loop),
                                 loop_wall(roster->opts.loop)};
    uint64_t hash = id_hash(c->as->check);
    struct schedule_opts opts = {
        .hash = hash,
        .every_ms =
            spec == NULL ? REFUSED_EVERY_MS : spec->every_ns / NS_PER_MS,
        .region_index = c->as->region_index,
        .region_count = c->as->region_count,
        .first_ns =
            (int64_t)(hash % (uint64_t)roster->first_window_ms) * NS_PER_MS,
        .cookie = c,
    };

    c->slack_ns = outcome_slack_ns(spec, c->as->region_count);
    if (c->slack_ns >= 0) {
        opts.is_exact = true;
        opts.first_ns = -1;
    }
    if (opts.every_ms < SCHEDULE_EVERY_MIN_MS)
        opts.every_ms = SCHEDULE_EVERY_MIN_MS;
    c->item = schedule_add(roster->opts.schedule, &opts, now);
}

static void
on_compile(void *cookie)
{
    struct roster *roster = cookie;

    roster->compile_timer = NULL;
    for (int i = 0; i < COMPILE_A_TURN && roster->new_head != NULL; i++) {
        struct roster_check *c = roster->new_head;

        roster->new_head = c->next_new;
        schedule_check(roster, c);
    }
    if (roster->new_head != NULL)
        roster->compile_timer =
            loop_timer_start(roster->opts.loop, 0, on_compile, roster);
    roster->opts.on_scheduled(roster->opts.cookie);
}

static struct roster_check *
make_check(struct roster *roster)
{
    struct roster_check *c = str_xcalloc(1, sizeof(*c));

    c->next_new = roster->new_head;
    roster->new_head = c;
    roster->first_window_ms += FIRST_EACH_MS;
    return c;
}

/* ---- from one assignment to the next ----------------------------------- */

static void
free_check(struct roster *roster, struct roster_check *c)
{
    roster->opts.on_leave(roster->opts.cookie, c);
    spec_cache_remove(&roster->specs, &c->slot);
    schedule_remove(c->item);
    free(c);
}

static bool
is_same(const struct message_assigned *a, const struct message_assigned *b)
{
    return a->version == b->version && a->region_index == b->region_index &&
           a->region_count == b->region_count &&
           strcmp(a->check, b->check) == 0;
}

/* The old check of the same name, or NULL; those before it in the order of
 * names are gone from the assignment. */
static struct roster_check *
take_old(struct roster *roster, size_t *at, const struct message_assigned *as)
{
    while (*at < roster->count) {
        struct roster_check *old = roster->checks[*at];
        int order = strcmp(old->as->check, as->check);

        if (order > 0)
            return NULL;
        (*at)++;
        if (order == 0 && is_same(old->as, as) && old->item != NULL)
            return old;
        free_check(roster, old);
        if (order == 0)
            return NULL;
    }
    return NULL;
}

static bool
is_mine(const struct roster *roster, const char *check)
{
    return id_hash(check) / 7 % roster->opts.count == roster->opts.index;
}

void
roster_set_assignment(struct roster *roster, struct assignment *assignment)
{
    size_t n = assignment_count(assignment), at = 0, count = 0;
    struct roster_check **checks =
        str_xcalloc(n + 1, sizeof(struct roster_check *));

    roster->new_head = NULL;
    roster->first_window_ms = 0;
    for (size_t i = 0; i < n; i++) {
        const struct message_assigned *as = assignment_get(assignment, i);
        struct roster_check *c;

        if (!is_mine(roster, as->check))
            continue;
        c = take_old(roster, &at, as);
        if (c == NULL)
            c = make_check(roster);
        c->as = as;
        checks[count++] = c;
    }
    while (at < roster->count)
        free_check(roster, roster->checks[at++]);
    free(roster->checks);
    roster->checks = checks;
    roster->count = count;
    if (roster->first_window_ms < FIRST_MIN_MS)
        roster->first_window_ms = FIRST_MIN_MS;
    assignment_free(roster->assignment);
    roster->assignment = assignment;
    loop_timer_cancel(roster->compile_timer);
    roster->compile_timer =
        loop_timer_start(roster->opts.loop, 0, on_compile, roster);
}

struct roster_check *
roster_find(const struct roster *roster, const char *name)
{
    size_t low = 0, high = roster->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(roster->checks[mid]->as->check, name);

        if (order == 0)
            return roster->checks[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* ---- life -------------------------------------------------------------- */

struct roster *
roster_create(const struct roster_opts *opts)
{
    struct roster *roster = str_xcalloc(1, sizeof(*roster));

    assert(opts->index < opts->count && opts->specs_max > 0);
    roster->opts = *opts;
    roster->specs.max = opts->specs_max;
    return roster;
}

void
roster_free(struct roster *roster)
{
    if (roster == NULL)
        return;
    loop_timer_cancel(roster->compile_timer);
    for (size_t i = 0; i < roster->count; i++)
        free_check(roster, roster->checks[i]);
    free(roster->checks);
    assignment_free(roster->assignment);
    free(roster);
}
