#include "checks/evidence_priv.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "checks/dns_evidence.h"
#include "checks/look.h"
#include "checks/tls_facts.h"

static void
add_tcp(struct evidence *e, const struct seen *seen)
{
    struct json *j = &e->j;

    if (seen->ip[0] != '\0')
        json_str(j, "address", seen->ip);
    if (seen->banner != NULL && e->opts->level == SPEC_EVIDENCE_BODY)
        (void)evidence_text(e, "banner", seen->banner, seen->banner_len,
                            EVIDENCE_BODY_MAX);
    if (seen->rtt_us < 0)
        return;
    json_obj(j, "tcp");
    json_int(j, "rtt_us", seen->rtt_us);
    json_int(j, "retransmits", seen->retransmits);
    json_end(j);
}

static void
add_address(struct json *j, const struct lookup *lookup, size_t at,
            size_t *tried)
{
    bool is_blocked = lookup->is_blocked[at];
    bool was_tried = !is_blocked && *tried > 0;

    json_obj(j, NULL);
    json_str(j, "ip", lookup->address[at]);
    if (is_blocked)
        json_bool(j, "blocked", true);
    if (was_tried)
        json_bool(j, "tried", true);
    *tried -= was_tried;
    json_end(j);
}

/* Where the name led. */
static void
add_resolved(struct evidence *e, const struct seen *seen)
{
    struct json *j = &e->j;

    if (seen->lookup_count == 0)
        return;
    json_arr(j, "resolved");
    for (size_t i = 0; i < seen->lookup_count; i++) {
        const struct lookup *lookup = &seen->lookup[i];
        size_t tried = lookup->tried;

        json_obj(j, NULL);
        (void)evidence_text(e, "host", lookup->host, strlen(lookup->host),
                            LOOKUP_HOST_MAX);
        json_int(j, "count", (int64_t)lookup->count);
        json_arr(j, "addresses");
        for (size_t k = 0; k < lookup->count && k < LOOKUP_ADDRESSES_MAX; k++)
            add_address(j, lookup, k, &tried);
        json_end(j);
        json_fixed(j, "ms", lookup->took_us, 3);
        json_int(j, "resent", lookup->resent);
        json_end(j);
    }
    json_end(j);
}

static void
add_line(struct evidence *e, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        (void)evidence_text(e, key, text, strlen(text), EVIDENCE_HEAD_MAX);
}

const char *
evidence_of(const struct look *look, const struct evidence_opts *opts,
            struct buf *out)
{
    const struct seen *seen = &look->seen;
    struct evidence e = {json_begin(out), opts};

    if (opts->level == SPEC_EVIDENCE_NONE)
        return NULL;
    json_obj(&e.j, NULL);
    add_line(&e, look->is_unwanted ? "unwanted" : "expected", look->expected);
    add_line(&e, "message", look->message);
    add_resolved(&e, seen);
    add_tcp(&e, seen);
    evidence_http(&e, look);
    tls_facts_evidence(&e.j, look);
    if (seen->dns != NULL)
        dns_evidence_add(look, &e.j);
    if (look->more != NULL)
        look->more->add_evidence(look, &e);
    json_end(&e.j);
    return out->failed ? NULL : buf_text(out);
}
