/*
 * A page is one JSON object in the outbox.  Absent texts are left out, so that
 * what is read back has NULL where nothing was known.  Everything that comes
 * from a target (messages above all) loses its control characters on the way
 * into a title or a line: a banner must not forge a mail header or a second
 * line of a terminal.
 */
#include "controller/page.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/jsonpath.h"
#include "base/str.h"
#include "base/units.h"

static const char *const edge_names[] = {"opened", "escalated", "resolved"};

struct id
page_id(const struct page *page, wall_t opening_slot, const char *destination)
{
    char slot[UNITS_TEXT_MAX];
    char edge[UNITS_TEXT_MAX];

    assert(page->edge <= PAGE_RESOLVED);
    snprintf(slot, sizeof slot, "%lld", (long long)opening_slot.ms);
    snprintf(edge, sizeof edge, "%s.%d", edge_names[page->edge], page->step);
    return id_of(page->check, page->rule, slot, edge, destination,
                 (const char *)NULL);
}

/* ---- to and from the outbox ---- */

static void
add_text(struct json *j, const char *key, const char *text)
{
    if (text != NULL)
        json_str(j, key, text);
}

int
page_format(struct buf *out, const struct page *page)
{
    struct json j = json_begin(out);
    char id[ID_TEXT_MAX];

    json_obj(&j, NULL);
    json_str(&j, "id", id_format(id, &page->id));
    json_str(&j, "incident", id_format(id, &page->incident));
    json_str(&j, "edge", edge_names[page->edge]);
    add_text(&j, "severity", page->severity);
    add_text(&j, "check", page->check);
    add_text(&j, "rule", page->rule);
    add_text(&j, "target", page->target);
    add_text(&j, "verdict", page->verdict);
    add_text(&j, "reason", page->reason);
    add_text(&j, "message", page->message);
    add_text(&j, "regions", page->regions);
    add_text(&j, "runbook", page->runbook);
    add_text(&j, "link", page->link);
    add_text(&j, "links", page->links);
    add_text(&j, "ended", page->ended);
    json_int(&j, "began", page->began.ms);
    json_int(&j, "opened", page->opened.ms);
    json_int(&j, "resolved", page->resolved.ms);
    json_int(&j, "step", page->step);
    json_end(&j);
    return out->failed ? -1 : 0;
}

static char *
take_text(struct jsonpath_doc *doc, const char *path)
{
    const char *text = jsonpath_text(doc, path);

    return text[0] == '\0' ? NULL : str_xdup(text);
}

static int64_t
take_int(struct jsonpath_doc *doc, const char *path)
{
    int64_t value = 0;

    (void)str_parse_i64(jsonpath_text(doc, path), &value);
    return value;
}

static int
take_edge(struct jsonpath_doc *doc, enum page_edge *edge)
{
    const char *name = jsonpath_text(doc, "$.edge");
    unsigned i;

    for (i = 0; i <= PAGE_RESOLVED; i++) {
        if (!str_eq(name, edge_names[i]))
            continue;
        *edge = (enum page_edge)i;
        return 0;
    }
    return -1;
}

struct page *
page_parse(const char *json, size_t len)
{
    char why[128];
    struct jsonpath_doc *doc = jsonpath_doc(json, len, why, sizeof why);
    struct page *page;

    if (doc == NULL)
        return NULL;
    page = str_xcalloc(1, sizeof *page);
    page->severity = take_text(doc, "$.severity");
    page->check = take_text(doc, "$.check");
    page->rule = take_text(doc, "$.rule");
    page->target = take_text(doc, "$.target");
    page->verdict = take_text(doc, "$.verdict");
    page->reason = take_text(doc, "$.reason");
    page->message = take_text(doc, "$.message");
    page->regions = take_text(doc, "$.regions");
    page->runbook = take_text(doc, "$.runbook");
    page->link = take_text(doc, "$.link");
    page->links = take_text(doc, "$.links");
    page->ended = take_text(doc, "$.ended");
    page->began.ms = take_int(doc, "$.began");
    page->opened.ms = take_int(doc, "$.opened");
    page->resolved.ms = take_int(doc, "$.resolved");
    page->step = (int)take_int(doc, "$.step");
    if (id_parse(&page->id, jsonpath_text(doc, "$.id")) != 0 ||
        id_parse(&page->incident, jsonpath_text(doc, "$.incident")) != 0 ||
        take_edge(doc, &page->edge) != 0 || page->check == NULL ||
        page->verdict == NULL || page->severity == NULL) {
        page_free(page);
        page = NULL;
    }
    jsonpath_doc_free(doc);
    return page;
}

void
page_free(struct page *page)
{
    if (page == NULL)
        return;
    free(page->severity);
    free(page->check);
    free(page->rule);
    free(page->target);
    free(page->verdict);
    free(page->reason);
    free(page->message);
    free(page->regions);
    free(page->runbook);
    free(page->link);
    free(page->links);
    free(page->ended);
    free(page);
}

/* ---- for people ---- */

static void
add_clean(struct buf *out, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        char c = *text;

        if ((c >= 0 && c < ' ') || c == 0x7f)
            c = ' ';
        buf_add_char(out, c);
    }
}

static void
add_upper(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        char c = *text;

        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        buf_add_char(out, c);
    }
}

/* "fra connect.refused, iad connect.refused, sin up": how many stand where
 * the page stands, by its reason or else its verdict ("degraded"), and how many
 * there are. */
static void
count_regions(const struct page *page, unsigned *same, unsigned *all)
{
    const char *at = page->regions != NULL ? page->regions : "";
    const char *word = page->reason != NULL ? page->reason : page->verdict;
    size_t word_len = strlen(word);

    *same = 0;
    *all = 0;
    while (*at != '\0') {
        const char *end = strchr(at, ',');
        const char *space = strchr(at, ' ');
        size_t len = end != NULL ? (size_t)(end - at) : strlen(at);

        (*all)++;
        if (space != NULL && space < at + len &&
            (size_t)(at + len - space - 1) == word_len &&
            memcmp(space + 1, word, word_len) == 0)
            (*same)++;
        at += len;
        while (*at == ',' || *at == ' ')
            at++;
    }
}

void
page_title(struct buf *out, const struct page *page)
{
    unsigned same, all;

    if (page->edge == PAGE_RESOLVED) {
        buf_add_str(out, "RESOLVED ");
        add_clean(out, page->check);
        buf_add_str(out, ": was ");
        add_clean(out, page->verdict);
        if (page->ended != NULL)
            buf_add_str(out, ", no longer watched");
        return;
    }
    add_upper(out, page->verdict);
    buf_add_char(out, ' ');
    add_clean(out, page->check);
    if (page->reason != NULL) {
        buf_add_str(out, ": ");
        add_clean(out, page->reason);
    }
    count_regions(page, &same, &all);
    if (same > 0 && all > 1)
        buf_addf(out, " in %u of %u regions", same, all);
}

static void
add_line(struct buf *out, const char *label, const char *text)
{
    if (text == NULL)
        return;
    buf_addf(out, "%-9s", label);
    add_clean(out, text);
    buf_add_char(out, '\n');
}

bool
page_next_link(const char **at, struct page_link *link)
{
    const char *space = *at != NULL ? strchr(*at, ' ') : NULL;

    if (space == NULL)
        return false;
    link->name = *at;
    link->name_len = (size_t)(space - *at);
    link->url = space + 1;
    link->url_len = strcspn(link->url, "\n");
    *at = link->url + link->url_len;
    *at += **at == '\n' ? 1 : 0;
    return true;
}

static void
add_links(struct buf *out, const char *links)
{
    struct page_link link;

    while (page_next_link(&links, &link))
        buf_addf(out, "%-8.*s %.*s\n", (int)link.name_len, link.name,
                 (int)link.url_len, link.url);
}

wall_t
page_began(const struct page *page)
{
    return page->began.ms != 0 ? page->began : page->opened;
}

void
page_text(struct buf *out, const struct page *page)
{
    char time[UNITS_TEXT_MAX];
    char span[UNITS_TEXT_MAX];
    wall_t began = page_began(page);

    page_title(out, page);
    buf_add_char(out, '\n');
    add_line(out, "target", page->target);
    add_line(out, "why", page->message);
    add_line(out, "regions", page->regions);
    add_line(out, "ended", page->ended);
    add_line(out, "since", units_format_time(time, began));
    if (page->edge == PAGE_RESOLVED && page->resolved.ms != 0) {
        add_line(out, "until", units_format_time(time, page->resolved));
        add_line(out, "lasted",
                 units_show_duration(span, (page->resolved.ms - began.ms) *
                                               NS_PER_MS));
    }
    if (page->edge == PAGE_ESCALATED)
        buf_addf(out, "step     %d: nobody has acknowledged yet\n", page->step);
    add_line(out, "runbook", page->runbook);
    add_links(out, page->links);
    add_line(out, "incident", page->link);
}
