#include "checks/evidence.h"

#include <string.h>

#include "base/certs.h"
#include "base/json.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/dns_codec.h"
#include "checks/look.h"

#define MASKED "<masked>"

/* Headers, of either direction, whose value is somebody's key. */
static const char *const SECRET[] = {
    "Authorization", "Proxy-Authorization", "Cookie",
    "Set-Cookie",    "X-Api-Key",           "X-Auth-Token",
};

static bool
is_secret(const char *line, size_t name_len)
{
    char name[32];

    if (name_len >= sizeof(name))
        return false;
    memcpy(name, line, name_len);
    name[name_len] = '\0';
    for (size_t i = 0; i < sizeof(SECRET) / sizeof(SECRET[0]); i++)
        if (str_eq_nocase(SECRET[i], name))
            return true;
    return false;
}

/* One line of a head; of a secret one its name alone. */
static void
add_line(struct buf *out, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);

    if (out->len > 0)
        buf_add_char(out, '\n');
    if (colon != NULL && is_secret(line, (size_t)(colon - line))) {
        buf_add(out, line, (size_t)(colon - line));
        buf_add_str(out, ": " MASKED);
        return;
    }
    buf_add(out, line, len);
}

/* A head as text, masked, up to its limit. */
static void
add_head(struct json *j, const char *key, const char *head, size_t len)
{
    struct buf out;

    buf_init(&out, EVIDENCE_HEAD_MAX);
    while (len > 0 && !out.failed) {
        const char *end = memchr(head, '\n', len);
        size_t whole = end != NULL ? (size_t)(end - head) + 1 : len;
        size_t line = whole;

        while (line > 0 && (head[line - 1] == '\n' || head[line - 1] == '\r'))
            line--;
        if (line > 0)
            add_line(&out, head, line);
        head += whole;
        len -= whole;
    }
    json_strn(j, key, buf_text(&out), out.len);
    if (out.failed)
        json_bool(j, "head_cut", true);
    buf_free(&out);
}

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
add_hops(struct json *j, const struct seen *seen)
{
    if (seen->hop_count < 2)
        return;
    json_arr(j, "hops");
    for (size_t i = 0; i < seen->hop_count; i++) {
        const struct seen_hop *hop = &seen->hop[i];

        json_obj(j, NULL);
        json_str(j, "method", hop->method);
        json_str(j, "url", hop->url);
        json_int(j, "status", hop->status);
        add_phases(j, hop->us);
        if (hop->ip[0] != '\0')
            json_str(j, "ip", hop->ip);
        json_end(j);
    }
    json_end(j);
}

/* The newest hop's; Host and its like are libcurl's and not shown. */
static void
add_request(struct json *j, const struct seen *seen)
{
    struct buf head;

    buf_init(&head, EVIDENCE_HEAD_MAX);
    for (size_t i = 0;
         seen->request_headers != NULL && seen->request_headers[i] != NULL; i++)
        add_line(&head, seen->request_headers[i],
                 strlen(seen->request_headers[i]));
    json_obj(j, "request");
    json_str(j, "method", seen->method);
    json_str(j, "url", seen->hop[seen->hop_count - 1].url);
    json_strn(j, "head", buf_text(&head), head.len);
    json_end(j);
    buf_free(&head);
}

static void
add_http(struct json *j, const struct seen *seen)
{
    if (seen->hop_count == 0)
        return;
    add_request(j, seen);
    add_hops(j, seen);
    if (seen->head == NULL)
        return;
    json_obj(j, "response");
    json_int(j, "status", seen->status);
    add_head(j, "head", seen->head, seen->head_len);
    if (seen->body != NULL) {
        bool is_cut = seen->body_len > EVIDENCE_BODY_MAX;

        json_strn(j, "body", seen->body,
                  is_cut ? EVIDENCE_BODY_MAX : seen->body_len);
        json_int(j, "body_bytes", (int64_t)seen->body_len);
    }
    json_end(j);
}

static void
add_names(struct json *j, const struct certs *certs)
{
    const size_t shown = 20;

    json_arr(j, "names");
    for (size_t i = 0; i < certs->name_count && i < shown; i++)
        json_str(j, NULL, certs->names[i]);
    json_end(j);
}

static void
add_certs(struct json *j, const struct seen *seen)
{
    const struct certs *certs = seen->certs;
    char text[UNITS_TEXT_MAX];

    if (certs == NULL)
        return;
    if (seen->faults[0] != '\0')
        json_str(j, "tls_faults", seen->faults);
    json_arr(j, "chain");
    for (size_t i = 0; i < certs->count; i++) {
        const struct cert *cert = &certs->cert[i];

        json_obj(j, NULL);
        json_str(j, "subject", cert->subject);
        json_str(j, "issuer", cert->issuer);
        json_str(j, "serial", cert->serial);
        json_str(j, "not_before", units_format_time(text, cert->not_before));
        json_str(j, "not_after", units_format_time(text, cert->not_after));
        json_str(j, "key", cert->key_type);
        json_int(j, "key_bits", cert->key_bits);
        json_str(j, "signature", cert->signature);
        json_str(j, "sha256", cert->sha256);
        json_str(j, "spki", cert->spki);
        if (i == 0)
            add_names(j, certs);
        json_end(j);
    }
    json_end(j);
}

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
add_tcp(struct json *j, const struct seen *seen)
{
    if (seen->ip[0] != '\0')
        json_str(j, "address", seen->ip);
    if (seen->banner != NULL)
        json_strn(j, "banner", seen->banner,
                  seen->banner_len < EVIDENCE_BODY_MAX ? seen->banner_len
                                                       : EVIDENCE_BODY_MAX);
    if (seen->rtt_us < 0)
        return;
    json_obj(j, "tcp");
    json_int(j, "rtt_us", seen->rtt_us);
    json_int(j, "retransmits", seen->retransmits);
    json_end(j);
}

const char *
evidence_of(const struct look *look, struct buf *out)
{
    const struct seen *seen = &look->seen;
    struct json j = json_begin(out);

    json_obj(&j, NULL);
    if (look->expected != NULL)
        json_str(&j, "expected", look->expected);
    if (look->message[0] != '\0')
        json_str(&j, "message", look->message);
    add_tcp(&j, seen);
    add_http(&j, seen);
    add_certs(&j, seen);
    add_dns(&j, seen);
    json_end(&j);
    return out->failed ? NULL : buf_text(out);
}
