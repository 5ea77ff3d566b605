#include "checks/evidence_priv.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "checks/dns_codec.h"
#include "checks/look.h"
#include "checks/tls_facts.h"

static void
add_record(struct json *j, const struct dns_message *m,
           const struct dns_record *record, struct buf *text)
{
    static const char *const sections[] = {"answer", "authority", "additional"};
    struct dns_name owner;
    char name[DNS_NAME_TEXT];
    char type[DNS_TYPE_TEXT];

    buf_reset(text);
    if (dns_codec_get_owner(m, record, &owner) < 0 ||
        dns_codec_format_data(m, record, text) < 0)
        return;
    json_obj(j, NULL);
    json_str(j, "section", sections[record->section]);
    json_str(j, "name", dns_name_format(name, &owner));
    json_str(j, "type", dns_type_format(type, record->type));
    json_int(j, "ttl", record->ttl);
    json_strn(j, "data", buf_text(text), text->len);
    json_end(j);
}

static void
add_dns(struct json *j, const struct seen *seen)
{
    const size_t shown = 50;
    const struct dns_message *m = seen->dns;
    char rcode[DNS_TYPE_TEXT];
    struct buf text;

    if (seen->server[0] == '\0')
        return;
    json_obj(j, "dns");
    json_str(j, "server", seen->server);
    json_str(j, "transport", seen->transport);
    if (m != NULL) {
        buf_init(&text, DNS_ANSWER_TEXT);
        json_str(j, "rcode", dns_type_format_rcode(rcode, m->head.rcode));
        json_bool(j, "aa", m->head.aa);
        json_bool(j, "ad", m->head.ad);
        json_bool(j, "ra", m->head.ra);
        json_arr(j, "records");
        for (size_t i = 0; i < m->record_count && i < shown; i++)
            add_record(j, m, &m->record[i], &text);
        json_end(j);
        buf_free(&text);
    }
    json_end(j);
}

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
    add_line(&e, "expected", look->expected);
    add_line(&e, "message", look->message);
    add_tcp(&e, seen);
    evidence_http(&e, look);
    tls_facts_evidence(&e.j, look);
    add_dns(&e.j, seen);
    if (look->more != NULL)
        look->more->add_evidence(look, &e);
    json_end(&e.j);
    return out->failed ? NULL : buf_text(out);
}
