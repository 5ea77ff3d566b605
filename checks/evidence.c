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
