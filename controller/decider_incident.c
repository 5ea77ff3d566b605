/*
 * An incident from its opening to its last page.
 *
 *   open      what is known is written down: votes, reason, evidence, how it
 *             came to it; the road of the policy begins
 *   telling   the steps that are due become messages, one a destination
 *   resolve   whoever was told is told
 *
 * The row's json is the truth that a restart reads back; everything in it is
 * deterministic (slot, ids, destinations), so that deciding the same batch
 * again after a crash makes the same rows again, and the store keeps the first.
 */
#include "controller/decider_priv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/spec.h"
#include "checks/spec_link.h"
#include "controller/config.h"
#include "controller/decide/escalate.h"
#include "controller/page.h"

#define JSON_MAX       (256u << 10)
#define EVIDENCE_MAX   (2u << 20) /* bytes; one result of many steps has most */
#define EVIDENCE_SOME  (128u << 10) /* over it nothing is added */
#define REGIONS_TEXT   4096
#define ORDER_RESOLVED 1000000 /* after every telling a road can have */

/* ---- what the regions say ---- */

static struct verdict_vote
vote_of(const struct decider_watch *w, uint32_t region)
{
    return verdict_vote(&w->state, &w->rule, region, decider_now(w->decider));
}

static bool
stands(const struct decider_watch *w, uint32_t region, enum status status)
{
    struct verdict_vote vote = vote_of(w, region);

    return vote.why == VOTE_COUNTED && vote.stands == status &&
           w->newest[region] != NULL;
}

/* The first of the regions that stand so with the most frequent reason; -1:
 * none does. */
static int
loudest(const struct decider_watch *w, enum status status)
{
    uint32_t i, k, count, most = 0;
    int best = -1;

    for (i = 0; i < w->rule.regions; i++) {
        if (!stands(w, i, status))
            continue;
        for (count = 0, k = 0; k < w->rule.regions; k++)
            count += stands(w, k, status) &&
                     w->newest[k]->reason == w->newest[i]->reason;
        if (count > most) {
            most = count;
            best = (int)i;
        }
    }
    return best;
}

/* The region that speaks for all: one that fails, else one that is degraded.
 * -1: neither. */
static int
speaker(const struct decider_watch *w)
{
    int region = loudest(w, STATUS_DOWN);

    return region >= 0 ? region : loudest(w, STATUS_DEGRADED);
}

/* It fails, and its vote is still what it was: nothing confirmed it. */
static bool
is_unconfirmed(const struct decider_watch *w, uint32_t region)
{
    const struct result *newest = w->newest[region];
    struct verdict_vote vote = vote_of(w, region);

    return newest != NULL && newest->status == STATUS_DOWN &&
           (vote.why == VOTE_PENDING ||
            (vote.why == VOTE_COUNTED && vote.stands != STATUS_DOWN));
}

/* One word or reason for a region: "connect.refused", "up", "stale". */
static const char *
word_of(const struct decider_watch *w, uint32_t region)
{
    struct verdict_vote vote = vote_of(w, region);
    bool is_blind = vote.why != VOTE_COUNTED && !is_unconfirmed(w, region);
    const char *reason = NULL;

    if (is_blind)
        return verdict_vote_name(vote.why);
    if (w->newest[region] != NULL && w->newest[region]->status != STATUS_UP)
        reason = reason_name(w->newest[region]->reason);
    return reason != NULL ? reason : result_status_name(vote.stands);
}

static char *
regions_text(const struct decider_watch *w)
{
    struct buf out;
    uint32_t i;

    buf_init(&out, REGIONS_TEXT);
    for (i = 0; i < w->rule.regions; i++)
        buf_addf(&out, "%s%s %s%s", i == 0 ? "" : ", ", w->regions[i],
                 word_of(w, i), is_unconfirmed(w, i) ? PAGE_UNCONFIRMED : "");
    return (char *)buf_take(&out, &(size_t){0});
}

/* What is not whole is no JSON, and the row that holds it would be none. */
static char *
take_json(struct buf *out)
{
    if (!out->failed)
        return (char *)buf_take(out, &(size_t){0});
    buf_free(out);
    return NULL;
}

static char *
votes_json(const struct decider_watch *w)
{
    struct buf out;
    struct json j;
    uint32_t i;

    buf_init(&out, JSON_MAX);
    j = json_begin(&out);
    json_arr(&j, NULL);
    for (i = 0; i < w->rule.regions; i++) {
        const struct result *r = w->newest[i];
        struct verdict_vote vote = vote_of(w, i);

        json_obj(&j, NULL);
        json_str(&j, "region", w->regions[i]);
        json_str(&j, "why", verdict_vote_name(vote.why));
        json_str(&j, "stands",
                 vote.why == VOTE_COUNTED ? result_status_name(vote.stands)
                                          : NULL);
        json_str(&j, "reason", r ? reason_name(r->reason) : NULL);
        json_str(&j, "message", r ? r->message : NULL);
        json_bool(&j, "unconfirmed", is_unconfirmed(w, i));
        json_end(&j);
    }
    json_end(&j);
    return take_json(&out);
}

static void
add_exhibit(struct json *j, const struct decider_watch *w, uint32_t region,
            const struct result *result)
{
    struct result_place place = {.kind = spec_kind_name(w->spec->kind),
                                 .target = w->spec->target,
                                 .region = w->regions[region]};

    result_format_json(j, NULL, result, &place);
}

/* What every region that fails saw: the first that failed first, with the
 * result that raised the suspicion. */
static char *
evidence_json(const struct decider_watch *w)
{
    struct buf out;
    struct json j;
    uint32_t i;

    if (w->suspect == NULL)
        return NULL;
    buf_init(&out, EVIDENCE_MAX);
    j = json_begin(&out);
    json_arr(&j, NULL);
    add_exhibit(&j, w, w->suspect_region, w->suspect);
    for (i = 0; i < w->rule.regions && out.len < EVIDENCE_SOME; i++) {
        const struct result *r = w->newest[i];

        if (i != w->suspect_region && r != NULL && r->status == STATUS_DOWN)
            add_exhibit(&j, w, i, r);
    }
    json_end(&j);
    return take_json(&out);
}

/* ---- telling ---- */

static char *
link_of(const struct decider_case *c)
{
    char id[ID_TEXT_MAX];
    const char *url = c->decider->config->public_url;

    if (url == NULL)
        return NULL;
    return str_xprintf("%s/incidents/%s", url, id_format(id, &c->row.id));
}

/* Of the run that raised the suspicion: where to read on about it. */
static char *
links_of(const struct decider_watch *w)
{
    const struct spec *spec = w->spec;
    struct spec_link_run of = {.check = spec->name};
    struct buf out;

    if (w->suspect == NULL || spec->links.count == 0)
        return NULL;
    of.region = w->regions[w->suspect_region];
    of.run = &w->suspect->run;
    buf_init(&out, JSON_MAX);
    for (size_t i = 0; i < spec->links.count; i++) {
        size_t before = out.len;

        (void)buf_addf(&out, "%s ", spec->links.item[i].name);
        if (spec_link_add(&out, &spec->links.item[i], &of) == 0)
            (void)buf_add_char(&out, '\n');
        else
            out.len = before;
    }
    return (char *)buf_take(&out, &(size_t){0});
}

static void
tell(struct decider_case *c, const char *destination, enum page_edge edge,
     int64_t step)
{
    /* NULL: the check is gone, but whoever was told is told the end. */
    const struct spec *spec = c->watch != NULL ? c->watch->spec : NULL;
    char *regions = c->watch != NULL ? regions_text(c->watch) : NULL;
    char *link = link_of(c);
    char *links = c->watch != NULL ? links_of(c->watch) : NULL;
    struct buf json;
    struct page page = {
        .incident = c->row.id,
        .edge = edge,
        .severity = (char *)(uintptr_t)c->severity,
        .check = (char *)(uintptr_t)c->row.check,
        .rule = (char *)(uintptr_t)c->row.rule,
        .target = spec != NULL ? spec->target : NULL,
        .verdict = c->verdict,
        .reason = c->reason,
        .message = c->message,
        .regions = regions,
        .runbook = spec != NULL ? spec->runbook : NULL,
        .link = link,
        .links = links,
        .ended = (char *)(uintptr_t)c->ended,
        .began = c->began,
        .opened = c->row.opened,
        .resolved = c->row.resolved,
        .step = (int)step,
    };
    struct store_message m = {
        .incident = c->row.id,
        .order = edge == PAGE_RESOLVED ? ORDER_RESOLVED : step,
        .destination = destination,
        .created = decider_now(c->decider),
        .state = STORE_PENDING,
    };

    page.id = page_id(&page, c->slot, destination);
    m.id = page.id;
    buf_init(&json, JSON_MAX);
    page_format(&json, &page);
    m.json = buf_text(&json);
    decider_add_message(c->decider, &m);
    buf_free(&json);
    free(regions);
    free(link);
    free(links);
}

static const struct config_road *
road_of(const struct decider_case *c, struct escalate_road *plan)
{
    const struct config_policy *policy =
        c->watch->spec->policy == NULL
            ? NULL
            : config_policy(c->decider->config, c->watch->spec->policy);
    const struct config_road *road;
    size_t i;

    if (policy == NULL)
        return NULL;
    road = &policy->road[str_eq(c->severity, "ticket") ? CONFIG_TICKET
                                                       : CONFIG_PAGE];
    *plan = (struct escalate_road){.count = road->count};
    if (plan->count > ESCALATE_STEPS_MAX)
        plan->count = ESCALATE_STEPS_MAX;
    for (i = 0; i < plan->count; i++)
        plan->wait_ms[i] = road->steps[i].wait_ns / NS_PER_MS;
    if (plan->count > 0)
        plan->repeat = road->steps[plan->count - 1].repeat;
    return plan->count > 0 ? road : NULL;
}

/* One step's destinations, but those a newer step told in the same breath. */
static void
tell_step(struct decider_case *c, const struct config_step *step,
          int64_t telling, char **told_now, size_t *told_count)
{
    size_t i, k;

    for (i = 0; i < step->notify_count; i++) {
        for (k = 0; k < *told_count; k++)
            if (str_eq(told_now[k], step->notify[i]))
                break;
        if (k < *told_count || *told_count == DECIDER_TOLD_MAX)
            continue;
        told_now[(*told_count)++] = step->notify[i];
        tell(c, step->notify[i], telling == 0 ? PAGE_OPENED : PAGE_ESCALATED,
             telling + 1);
        decider_case_told(c, step->notify[i]);
        decider_case_note(c, decider_now(c->decider), "paged %s (step %lld)",
                          step->notify[i], (long long)telling + 1);
    }
}

static void resume(struct decider_case *c);

static void
on_step(void *cookie)
{
    struct decider_case *c = cookie;

    c->timer = NULL;
    resume(c);
    decider_flush_soon(c->decider);
}

/* Once the loop runs: what was missed while nobody was there is due. */
void
decider_case_wake(struct decider_case *c)
{
    c->timer = loop_timer_start(c->decider->ports.loop, 0, on_step, c);
}

static void
resume(struct decider_case *c)
{
    struct escalate_road plan;
    const struct config_road *road = road_of(c, &plan);
    wall_t now = decider_now(c->decider);
    char *told_now[DECIDER_TOLD_MAX];
    size_t told_count = 0;
    struct escalate_due due;
    int64_t telling;

    loop_timer_cancel(c->timer);
    c->timer = NULL;
    if (road == NULL)
        return;
    due = escalate_due(&plan, c->row.opened, c->tellings, c->row.acknowledged,
                       now);
    for (telling = due.to - 1; telling >= due.from; telling--)
        tell_step(c, &road->steps[escalate_step(&plan, telling)], telling,
                  told_now, &told_count);
    if (due.to > due.from) {
        c->tellings = due.to;
        c->is_dirty = true;
        c->decider->is_urgent = true;
    }
    if (due.next.ms != 0)
        c->timer =
            loop_timer_start(c->decider->ports.loop,
                             (due.next.ms - now.ms) * NS_PER_MS, on_step, c);
}

/* ---- opening and resolving ---- */

static void
note_beginning(struct decider_case *c)
{
    const struct decider_watch *w = c->watch;
    wall_t now = decider_now(c->decider);
    const char *why;
    uint32_t i;

    if (w->suspect != NULL) {
        why = reason_name(w->suspect->reason);
        decider_case_note(c, w->suspect->started, "suspected in %s: %s",
                          w->regions[w->suspect_region],
                          why != NULL ? why : "down");
    }
    for (i = 0; i < w->rule.regions; i++)
        if (w->failing[i].ms != 0)
            decider_case_note(c, w->failing[i], "confirmed by %s: %s",
                              w->regions[i], word_of(w, i));
    decider_case_note(c, now, "opened: %s", c->verdict);
    if (w->spec->policy == NULL)
        decider_case_note(c, now, "nobody is told: the check has no policy");
}

/* A long slot can see two incidents; the second must not be taken for the
 * first, whose pages were sent already. */
static void
name_case(struct decider_case *c)
{
    const struct decider_case *other = c->next;
    char text[UNITS_TEXT_MAX];

    snprintf(text, sizeof text, "%lld", (long long)c->slot.ms);
    c->row.id =
        id_of("incident", c->row.check, c->row.rule, text, (const char *)NULL);
    while (other != NULL && !id_eq(&other->row.id, &c->row.id))
        other = other->next;
    if (other == NULL)
        return;
    c->slot.ms++;
    name_case(c);
}

void
decider_case_open(struct decider_watch *watch, struct decider_rule *rule,
                  wall_t slot)
{
    struct decider *decider = watch->decider;
    struct decider_case *c =
        decider_case_create(decider, watch->spec->name, rule->name);
    int region = speaker(watch);

    c->slot = slot;
    name_case(c);
    c->row.state = INCIDENT_OPEN;
    c->row.opened = decider_now(decider);
    c->began = rule->machine.began;
    c->watch = watch;
    c->severity = rule->severity;
    c->verdict = str_xdup(verdict_name(watch->state.verdict));
    if (region >= 0) {
        c->reason = str_xdup(reason_name(watch->newest[region]->reason));
        c->message = str_xdup(watch->newest[region]->message);
    }
    c->votes = votes_json(watch);
    c->evidence = evidence_json(watch);
    rule->open = c;
    note_beginning(c);
    log_event(decider->ports.log, EV_INCIDENT_OPENED,
              LOG_STR("check", watch->spec->name), LOG_STR("rule", rule->name),
              LOG_STR("verdict", c->verdict), LOG_STR("reason", c->reason),
              LOG_ID("incident", &c->row.id));
    resume(c);
}

void
decider_case_resolve(struct decider_rule *rule, const char *ended)
{
    struct decider_case *c = rule->open;
    size_t i;

    assert(c != NULL);
    c->row.state = INCIDENT_RESOLVED;
    c->row.resolved = decider_now(c->decider);
    rule->machine.state = INCIDENT_RESOLVED;
    rule->open = NULL;
    loop_timer_cancel(c->timer);
    c->timer = NULL;
    c->ended = ended;
    decider_case_note(c, c->row.resolved, "%s%s",
                      ended != NULL ? "no longer watched: " : "resolved",
                      ended != NULL ? ended : "");
    for (i = 0; i < c->told_count; i++)
        tell(c, c->told[i], PAGE_RESOLVED, 0);
    log_event(c->decider->ports.log, EV_INCIDENT_RESOLVED,
              LOG_STR("check", c->row.check), LOG_STR("rule", c->row.rule),
              LOG_ID("incident", &c->row.id));
    c->watch = NULL;
}
