/*
 * What a DNS check has of its own: the name, the type, and whom it asks.
 */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/expr.h"
#include "base/str.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/dns_name.h"
#include "checks/dns_place.h"
#include "checks/dns_type.h"
#include "checks/merge.h"
#include "checks/spec.h"

#define ANCHOR_TYPES 2

static void
compile_record(struct compile_job *job)
{
    char *record = str_xdup(compile_text(job, SPEC_KEY_RECORD));
    uint16_t type = dns_type_parse(record);
    const char *near = dns_type_nearest(record);
    char *hint = near ? str_xprintf("did you mean `%s`?", near) : NULL;

    for (char *at = record; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    if (type == 0 && str_eq(record, "ANY"))
        compile_wrong(job, compile_pos(job, SPEC_KEY_RECORD),
                      "write a check for each type",
                      "`ANY` is answered by hardly any server (RFC 8482)");
    else if (type == 0)
        compile_wrong(job, compile_pos(job, SPEC_KEY_RECORD),
                      hint ? hint : "a name such as MX, or TYPE65280",
                      "`%s` is no type of record", record);
    else if (!dns_type_is_data(type))
        compile_wrong(job, compile_pos(job, SPEC_KEY_RECORD), NULL,
                      "`%s` is no type that a zone holds", record);
    free(hint);
    job->spec->of.dns.record = record;
}

static void
compile_ask(struct compile_job *job)
{
    struct spec_dns *dns = &job->spec->of.dns;
    const struct conf *ask = job->merge->value[SPEC_KEY_ASK].from;
    const struct conf *n = ask && ask->type == CONF_ARRAY ? ask->first : NULL;

    compile_list(job, SPEC_KEY_ASK, &dns->ask);
    if (dns->ask.count == 0)
        compile_wrong(job, compile_pos(job, SPEC_KEY_ASK),
                      "write [ \"system\" ]", "`ask` names no server");
    for (size_t i = 0; i < dns->ask.count; i++) {
        struct dns_place place;
        const char *why = NULL;

        if (dns_place_parse(&place, dns->ask.item[i], dns->transport, &why) < 0)
            compile_wrong(job, n ? n->value : compile_pos(job, SPEC_KEY_ASK),
                          "`system`, `authoritative`, HOST[:PORT], "
                          "tls://HOST or https://HOST/PATH",
                          "`%s` %s", dns->ask.item[i], why);
        for (size_t k = 0; k < i; k++)
            if (str_eq_nocase(dns->ask.item[i], dns->ask.item[k]))
                compile_wrong(job,
                              n ? n->value : compile_pos(job, SPEC_KEY_ASK),
                              "take one of them out", "`%s` is asked twice",
                              dns->ask.item[i]);
        n = n ? n->next : NULL;
    }
}

/* "example. IN DS 12345 13 2 0123..." or "example. 3600 DNSKEY 257 3 13 ..." */
static bool
is_anchor(const char *text)
{
    static const char *const types[ANCHOR_TYPES] = {"DS", "DNSKEY"};
    size_t owner = strcspn(text, " \t");
    char *name = str_xndup(text, owner);
    struct dns_name zone;
    bool is_name = dns_name_parse(&zone, name) == 0;

    free(name);
    for (const char *at = text + owner; is_name && *at;) {
        size_t len;

        at += strspn(at, " \t");
        len = strcspn(at, " \t");
        for (size_t i = 0; i < ANCHOR_TYPES; i++)
            if (len == strlen(types[i]) && strncmp(at, types[i], len) == 0)
                return at[len] != '\0';
        at += len;
    }
    return false;
}

static void
compile_anchors(struct compile_job *job)
{
    struct spec_list *anchors = &job->spec->of.dns.trust_anchor;
    const struct conf *from = job->merge->value[SPEC_KEY_TRUST_ANCHOR].from;
    const struct conf *n =
        from && from->type == CONF_ARRAY ? from->first : from;

    compile_list(job, SPEC_KEY_TRUST_ANCHOR, anchors);
    for (size_t i = 0; i < anchors->count; i++) {
        if (!is_anchor(anchors->item[i]))
            compile_wrong(job, n ? n->value : compile_pos(job, SPEC_KEY_DNS),
                          "write \"example. DS 12345 13 2 0123...\"",
                          "a trust anchor is a DS or DNSKEY record");
        n = n && n != from ? n->next : NULL;
    }
}

static void
compile_transport(struct compile_job *job)
{
    struct spec_dns *dns = &job->spec->of.dns;
    const char *transport = compile_text(job, SPEC_KEY_TRANSPORT);

    if (dns_transport_parse(transport, &dns->transport) < 0)
        compile_wrong(job, compile_pos(job, SPEC_KEY_TRANSPORT),
                      "udp, tcp, tls or https", "`%s` is no transport of DNS",
                      transport);
    dns->udp_size = (uint16_t)compile_number(job, SPEC_KEY_EDNS);
    dns->recurse = compile_number(job, SPEC_KEY_RD) != 0;
    dns->unchecked = compile_number(job, SPEC_KEY_CD) != 0;
    dns->want_dnssec = compile_number(job, SPEC_KEY_DO) != 0;
    dns->validate = compile_number(job, SPEC_KEY_DNSSEC) != 0;
}

/* Among one server alone they always agree. */
static void
check_agreement(struct compile_job *job, const struct spec_exprs *exprs)
{
    static const char *const alike[] = {"all servers agree", "serial agrees"};

    for (size_t i = 0; i < exprs->count; i++)
        for (size_t k = 0; k < sizeof(alike) / sizeof(alike[0]); k++)
            if (expr_uses(exprs->item[i], alike[k]))
                compile_wrong(job, compile_pos(job, SPEC_KEY_ASK),
                              "write ask = \"authoritative\"; or more servers",
                              "`%s` compares servers, and only `%s` is asked",
                              alike[k], job->spec->of.dns.ask.item[0]);
}

void
compile_dns_agreement(struct compile_job *job)
{
    const struct spec_list *ask = &job->spec->of.dns.ask;

    if (ask->count != 1 || str_eq(ask->item[0], "authoritative"))
        return;
    check_agreement(job, &job->spec->expect);
    check_agreement(job, &job->spec->degraded_when);
}

void
compile_dns(struct compile_job *job)
{
    struct spec_dns *dns = &job->spec->of.dns;
    struct aim_fault fault;

    dns->name = str_xdup(job->spec->target);
    if (aim_parse_name(dns->name, &fault) != 0)
        compile_aim_fault(job, job->merge->value[SPEC_KEY_DNS].from, &fault);
    compile_record(job);
    compile_transport(job);
    compile_ask(job);
    compile_anchors(job);
}
