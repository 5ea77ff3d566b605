/*
 * Every server with what it said: the one thing that shows who is right.
 * Records share what room there is, so that many servers still fit.
 */
#include "checks/dns_evidence.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/loop.h"
#include "checks/dns_seen.h"
#include "checks/look.h"

#define RECORDS_SHOWN 100 /* of all servers */
#define RECORDS_LEAST 3   /* of one */
#define RECORDS_MOST  50
#define DATA_SHOWN    2048 /* bytes of one record's data; longer ones: its type */
#define EVIDENCE_FULL ((size_t)48 * 1024) /* no further record */

static void
add_record(struct json *j, const struct dns_message *m,
           const struct dns_record *record)
{
    static const char *const sections[] = {"answer", "authority", "additional"};
    struct dns_name owner;
    char name[DNS_NAME_TEXT];
    char type[DNS_TYPE_TEXT];
    struct buf text;

    buf_init(&text, DATA_SHOWN);
    if (dns_codec_get_owner(m, record, &owner) == 0) {
        json_obj(j, NULL);
        json_str(j, "section", sections[record->section]);
        json_str(j, "name", dns_name_format(name, &owner));
        json_str(j, "type", dns_type_format(type, record->type));
        json_int(j, "ttl", record->ttl);
        if (dns_codec_format_data(m, record, &text) == 0)
            json_strn(j, "data", buf_text(&text), text.len);
        else
            json_int(j, "data_bytes", record->data_len);
        json_end(j);
    }
    buf_free(&text);
}

static void
add_records(struct json *j, const struct dns_message *m, const char *key,
            size_t shown)
{
    json_arr(j, key);
    for (size_t i = 0; i < m->record_count && i < shown; i++)
        if (j->out->len < EVIDENCE_FULL)
            add_record(j, m, &m->record[i]);
    json_end(j);
}

static void
add_reply(struct json *j, const struct dns_seen_server *server, wall_t now)
{
    const struct dns_head *head = &server->reply->head;
    char rcode[DNS_TYPE_TEXT];
    char why[DNS_EDE_TEXT];
    int64_t days;

    json_str(j, "rcode", dns_type_format_rcode(rcode, head->rcode));
    if (server->reply->ede.is_there)
        json_str(j, "why", dns_ede_format(why, &server->reply->ede));
    json_bool(j, "aa", head->aa);
    json_bool(j, "ad", head->ad);
    json_bool(j, "ra", head->ra);
    if (server->was_cut)
        json_bool(j, "truncated", true);
    if (server->has_other_case)
        json_bool(j, "other_case", true);
    if (dns_seen_rrsig_days(server, now, &days))
        json_int(j, "rrsig_days", days);
}

static void
add_server(struct json *j, const struct dns_seen_server *server, wall_t now,
           size_t shown)
{
    json_obj(j, NULL);
    json_str(j, "server", server->label);
    json_str(j, "transport", server->transport);
    if (server->is_skipped)
        json_bool(j, "skipped", true);
    if (server->reason != REASON_NONE) {
        json_str(j, "reason", reason_name(server->reason));
        json_str(j, "message", server->message);
    }
    if (server->took_us >= 0)
        json_fixed(j, "ms", server->took_us, 3);
    if (server->reply != NULL)
        add_reply(j, server, now);
    if (server->has_serial)
        json_int(j, "serial", server->serial);
    if (server->security != DNS_SECURITY_UNKNOWN)
        json_str(j, "dnssec", dns_proof_name(server->security));
    if (server->why[0] != '\0')
        json_str(j, "dnssec_why", server->why);
    if (server->reply != NULL)
        add_records(j, server->reply, "records", shown);
    if (server->ns != NULL)
        add_records(j, server->ns, "ns", shown);
    json_end(j);
}

/* What the parent zone says. */
static void
add_delegation(struct json *j, const struct dns_walk_answer *walk)
{
    char name[DNS_NAME_TEXT];
    char text[ADDR_TEXT_MAX];

    json_str(j, "zone", dns_name_format(name, &walk->zone));
    if (!walk->is_delegated)
        return;
    json_str(j, "parent", dns_name_format(name, &walk->parent));
    json_arr(j, "delegated_to");
    for (size_t i = 0; i < walk->host_count; i++) {
        const struct dns_walk_host *host = &walk->host[i];

        json_obj(j, NULL);
        json_str(j, "name", dns_name_format(name, &host->name));
        json_arr(j, host->is_glue ? "glue" : "addresses");
        for (size_t k = 0; k < host->addr_count; k++)
            json_str(j, NULL, addr_format_ip(text, &host->addr[k]));
        json_end(j);
        json_end(j);
    }
    json_end(j);
}

void
dns_evidence_add(const struct look *look, struct json *j)
{
    const struct dns_seen *seen = look->seen.dns;
    wall_t now = loop_wall(look->loop);
    size_t shown = seen->count > 0 ? RECORDS_SHOWN / seen->count : 0;

    if (shown < RECORDS_LEAST)
        shown = RECORDS_LEAST;
    if (shown > RECORDS_MOST)
        shown = RECORDS_MOST;
    json_obj(j, "dns");
    if (seen->walk != NULL && seen->walk->reason == REASON_NONE)
        add_delegation(j, seen->walk);
    json_arr(j, "servers");
    for (size_t i = 0; i < seen->count; i++)
        add_server(j, &seen->server[i], now, shown);
    json_end(j);
    json_end(j);
}
