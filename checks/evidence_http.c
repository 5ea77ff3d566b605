/*
 * The newest hop's request and answer in full, the hops before it in a line
 * each, and, when the body holds what it should not, the place where.
 */
#include <string.h>

#include "base/str.h"
#include "checks/evidence_priv.h"
#include "checks/look.h"

#define MATCH_BEFORE 32 /* bytes shown before the match */

static void
add_phases(struct json *j, const int64_t us[PHASE_COUNT])
{
    json_obj(j, "ms");
    for (int p = 0; p < PHASE_COUNT; p++)
        if (us[p] >= 0)
            json_fixed(j, result_phase_name((enum phase)p), us[p], 3);
    json_end(j);
}

static void
add_url(struct evidence *e, const char *url)
{
    (void)evidence_text(e, "url", url, strlen(url), EVIDENCE_HEAD_MAX);
}

static void
add_hops(struct evidence *e, const struct seen *seen)
{
    struct json *j = &e->j;

    if (seen->hop_count < 2)
        return;
    json_arr(j, "hops");
    for (size_t i = 0; i < seen->hop_count; i++) {
        const struct seen_hop *hop = &seen->hop[i];

        json_obj(j, NULL);
        json_str(j, "method", hop->method);
        add_url(e, hop->url);
        json_int(j, "status", hop->status);
        add_phases(j, hop->us);
        if (hop->ip[0] != '\0')
            json_str(j, "ip", hop->ip);
        json_end(j);
    }
    json_end(j);
}

/* Host and its like are libcurl's and not shown. */
static void
add_request(struct evidence *e, const struct seen *seen)
{
    json_obj(&e->j, "request");
    json_str(&e->j, "method", seen->method);
    add_url(e, seen->hop[seen->hop_count - 1].url);
    evidence_lines(e, seen->request_headers);
    json_end(&e->j);
}

static void
add_match(struct evidence *e, const struct look *look)
{
    size_t at = (size_t)look->match_at;
    size_t from = at > MATCH_BEFORE ? at - MATCH_BEFORE : 0;
    size_t to = from + EVIDENCE_MATCH_MAX;

    if (look->match_at < 0 || at > look->seen.body_len)
        return;
    if (to > look->seen.body_len)
        to = look->seen.body_len;
    json_obj(&e->j, "match");
    json_int(&e->j, "at", look->match_at);
    json_int(&e->j, "bytes", look->match_len);
    evidence_part(e, "about", look->seen.body, from, to);
    json_end(&e->j);
}

static void
add_body(struct evidence *e, const struct look *look)
{
    const struct seen *seen = &look->seen;

    if (seen->body == NULL)
        return;
    json_int(&e->j, "body_bytes", (int64_t)seen->body_len);
    if (e->opts->level != SPEC_EVIDENCE_BODY)
        return;
    if (evidence_text(e, "body", seen->body, seen->body_len, EVIDENCE_BODY_MAX))
        json_bool(&e->j, "body_cut", true);
    add_match(e, look);
}

void
evidence_http(struct evidence *e, const struct look *look)
{
    const struct seen *seen = &look->seen;

    if (seen->hop_count == 0)
        return;
    add_request(e, seen);
    add_hops(e, seen);
    if (seen->head == NULL)
        return;
    json_obj(&e->j, "response");
    json_int(&e->j, "status", seen->status);
    evidence_head(e, seen->head, seen->head_len);
    add_body(e, look);
    json_end(&e->j);
}
