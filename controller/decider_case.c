/*
 * An incident as a row: its json written, and read back after a restart.
 *
 * The timeline grows as text, entry by entry; votes and evidence are kept as
 * they were when it opened.  Everything a restart needs (the slot of its
 * opening, how far the road was walked, who was told) is in the same object
 * that people see.
 */
#include "controller/decider_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/jsonpath.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/units.h"

/* Evidence and votes have limits of their own (decider_incident.c), so that
 * what stands here is never cut: who was told has to be read back. */
#define JSON_MAX (4u << 20)

/* ---- the row ---- */

void
decider_case_format(struct decider_case *c)
{
    struct buf out;
    struct json j;
    size_t i;

    buf_init(&out, JSON_MAX);
    j = json_begin(&out);
    json_obj(&j, NULL);
    json_str(&j, "severity", c->severity);
    json_str(&j, "verdict", c->verdict);
    json_str(&j, "reason", c->reason);
    json_str(&j, "message", c->message);
    json_int(&j, "slot", c->slot.ms);
    json_int(&j, "began", c->began.ms);
    json_int(&j, "tellings", c->tellings);
    json_arr(&j, "told");
    for (i = 0; i < c->told_count; i++)
        json_str(&j, NULL, c->told[i]);
    json_end(&j);
    if (c->votes != NULL)
        json_raw(&j, "votes", c->votes, strlen(c->votes));
    if (c->evidence != NULL)
        json_raw(&j, "evidence", c->evidence, strlen(c->evidence));
    buf_add_str(&out, ",\"timeline\":[");
    buf_add(&out, c->timeline.data, c->timeline.len);
    buf_add_char(&out, ']');
    json_end(&j);
    free((char *)(uintptr_t)c->row.json);
    c->row.json = (char *)buf_take(&out, &(size_t){0});
}

void
decider_case_note(struct decider_case *c, wall_t at, const char *format, ...)
{
    char what[256];
    char time[UNITS_TEXT_MAX];
    struct buf entry;
    struct json j;
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    buf_init(&entry, DECIDER_TIMELINE_MAX);
    j = json_begin(&entry);
    json_obj(&j, NULL);
    json_str(&j, "at", units_format_time(time, at));
    json_str(&j, "what", what);
    json_end(&j);
    /* An incident that flaps for weeks keeps its beginning. */
    if (c->timeline.len + entry.len + 1 < DECIDER_TIMELINE_MAX) {
        if (c->timeline.len > 0)
            buf_add_char(&c->timeline, ',');
        buf_add(&c->timeline, entry.data, entry.len);
    }
    buf_free(&entry);
    c->is_dirty = true;
    c->decider->is_urgent = true;
}

void
decider_case_free(struct decider_case *c)
{
    size_t i;

    if (c == NULL)
        return;
    loop_timer_cancel(c->timer);
    for (i = 0; i < c->told_count; i++)
        free(c->told[i]);
    free((char *)(uintptr_t)c->row.check);
    free((char *)(uintptr_t)c->row.rule);
    free((char *)(uintptr_t)c->row.json);
    free(c->verdict);
    free(c->reason);
    free(c->message);
    free(c->votes);
    free(c->evidence);
    buf_free(&c->timeline);
    free(c);
}

/* Old resolved ones leave memory; the store keeps them. */
static void
drop_oldest(struct decider *decider)
{
    struct decider_case **at = &decider->cases;
    struct decider_case **oldest = NULL;
    struct decider_case *c;

    if (decider->case_count < DECIDER_CASES_MAX)
        return;
    for (; *at != NULL; at = &(*at)->next)
        if ((*at)->watch == NULL && !(*at)->is_dirty)
            oldest = at;
    if (oldest == NULL)
        return;
    c = *oldest;
    *oldest = c->next;
    decider->case_count--;
    decider_case_free(c);
}

struct decider_case *
decider_case_create(struct decider *decider, const char *check,
                    const char *rule)
{
    struct decider_case *c = str_xcalloc(1, sizeof *c);

    drop_oldest(decider);
    c->decider = decider;
    c->row.check = str_xdup(check);
    c->row.rule = str_xdup(rule);
    buf_init(&c->timeline, DECIDER_TIMELINE_MAX);
    c->next = decider->cases;
    decider->cases = c;
    decider->case_count++;
    return c;
}

void
decider_case_told(struct decider_case *c, const char *destination)
{
    size_t i;

    for (i = 0; i < c->told_count; i++)
        if (str_eq(c->told[i], destination))
            return;
    if (c->told_count < DECIDER_TOLD_MAX)
        c->told[c->told_count++] = str_xdup(destination);
}

/* ---- after a restart ---- */

static char *
text_at(struct jsonpath_doc *doc, const char *path)
{
    const char *text = jsonpath_text(doc, path);

    return text[0] == '\0' || str_eq(text, "null") ? NULL : str_xdup(text);
}

static void
read_told(struct decider_case *c, struct jsonpath_doc *doc)
{
    char path[32];
    const char *text;
    int i;

    for (i = 0; i < DECIDER_TOLD_MAX; i++) {
        snprintf(path, sizeof path, "$.told[%d]", i);
        text = jsonpath_text(doc, path);
        if (text[0] == '\0')
            return;
        decider_case_told(c, text);
    }
}

static void
read_json(struct decider_case *c, const char *json)
{
    char why[128];
    struct jsonpath_doc *doc =
        jsonpath_doc(json, strlen(json), why, sizeof why);
    const char *timeline;

    c->row.json = str_xdup(json);
    c->severity = "page";
    c->slot = c->row.opened;
    c->began = c->row.opened;
    if (doc == NULL)
        return;
    if (str_eq(jsonpath_text(doc, "$.severity"), "ticket"))
        c->severity = "ticket";
    c->verdict = text_at(doc, "$.verdict");
    c->reason = text_at(doc, "$.reason");
    c->message = text_at(doc, "$.message");
    c->votes = text_at(doc, "$.votes");
    c->evidence = text_at(doc, "$.evidence");
    (void)str_parse_i64(jsonpath_text(doc, "$.slot"), &c->slot.ms);
    (void)str_parse_i64(jsonpath_text(doc, "$.began"), &c->began.ms);
    (void)str_parse_i64(jsonpath_text(doc, "$.tellings"), &c->tellings);
    timeline = jsonpath_text(doc, "$.timeline");
    if (strlen(timeline) > 2) /* without its brackets */
        buf_add(&c->timeline, timeline + 1, strlen(timeline) - 2);
    read_told(c, doc);
    jsonpath_doc_free(doc);
}

void
decider_case_load(struct decider *decider, const struct store_incident *row)
{
    struct decider_watch *watch = decider_watch_find(decider, row->check);
    struct decider_case *c =
        decider_case_create(decider, row->check, row->rule);
    struct store_incident texts = c->row;
    struct decider_rule rule = {0};
    size_t i;

    c->row = *row;
    c->row.check = texts.check;
    c->row.rule = texts.rule;
    c->row.json = NULL;
    read_json(c, row->json);
    if (c->verdict == NULL)
        c->verdict = str_xdup(verdict_name(VERDICT_UNKNOWN));
    if (row->state == INCIDENT_RESOLVED)
        return;
    for (i = 0; watch != NULL && i < watch->rule_count; i++) {
        if (!str_eq(watch->rules[i].name, row->rule) ||
            watch->rules[i].open != NULL)
            continue;
        c->watch = watch;
        watch->rules[i].open = c;
        watch->rules[i].machine = (struct incident){
            (enum incident_state)row->state, row->opened, c->began};
        decider_case_wake(c);
        return;
    }
    /* It went while the controller was off. */
    rule.open = c;
    c->watch = watch;
    decider_case_resolve(&rule, watch == NULL ? DECIDER_CHECK_WENT
                                              : DECIDER_ALERT_WENT);
    decider_flush_soon(decider);
}
