/*
 * A DNS check: its servers are asked (dns_panel.h), then each answer is judged
 * by itself: whether there is one, its rcode (unless an expectation asks for
 * it), its aliases, for a server of the zone whether it acts as one; and
 * without `expect` whether there is a record of the type.  One server that
 * fails fails the check, and is named; `servers.failed` in an expectation says
 * how many may.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/dns_panel.h"
#include "checks/dns_seat.h"
#include "checks/spec.h"

static const struct {
    int rcode;
    enum reason reason;
} RCODES[] = {
    {DNS_FORMERR, REASON_DNS_FORMERR},   {DNS_SERVFAIL, REASON_DNS_SERVFAIL},
    {DNS_NXDOMAIN, REASON_DNS_NXDOMAIN}, {DNS_NOTIMP, REASON_DNS_NOTIMP},
    {DNS_REFUSED, REASON_DNS_REFUSED},
};

static enum reason
reason_of_rcode(int rcode)
{
    for (size_t i = 0; i < sizeof(RCODES) / sizeof(RCODES[0]); i++)
        if (RCODES[i].rcode == rcode)
            return RCODES[i].reason;
    return REASON_DNS_SERVFAIL;
}

static void fail_server(struct dns_seen_server *server, enum reason reason,
                        const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
fail_server(struct dns_seen_server *server, enum reason reason,
            const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(server->message, sizeof(server->message), format, args);
    va_end(args);
    server->reason = reason;
}

/* --- one server --- */

/* A server the parent zone names has to know the zone. */
static bool
is_lame(const struct dns_seen_server *server)
{
    const struct dns_head *head = &server->reply->head;

    return server->is_authoritative &&
           (!head->aa || head->rcode == DNS_REFUSED ||
            head->rcode == DNS_SERVFAIL || head->rcode == DNS_NOTAUTH);
}

/* An rcode is about the name that the aliases lead to. */
static void
fail_rcode(struct dns_seen_server *server, const char *name)
{
    const struct dns_head *head = &server->reply->head;
    char number[DNS_TYPE_TEXT];
    const char *rcode = dns_type_format_rcode(number, head->rcode);
    char text[DNS_NAME_TEXT];
    char why[DNS_EDE_TEXT];
    struct dns_name end;
    bool is_alias =
        head->rcode == DNS_NXDOMAIN && dns_codec_get_end(server->reply, &end);

    if (is_alias)
        fail_server(server, reason_of_rcode(head->rcode),
                    "%s answers %s for %.200s, which %s is an alias of",
                    server->label, rcode, dns_name_format(text, &end), name);
    else
        fail_server(server, reason_of_rcode(head->rcode),
                    "%s answers %s for %s%s%s", server->label, rcode, name,
                    server->reply->ede.is_there ? ": " : "",
                    dns_ede_format(why, &server->reply->ede));
}

static void
judge_server(const struct check *check, struct dns_seen_server *server)
{
    const struct dns_seen *seen = check->look.seen.dns;
    const struct dns_head *head = &server->reply->head;
    const char *name = check->spec->of.dns.name;
    char text[DNS_TYPE_TEXT];

    if (is_lame(server))
        fail_server(server, REASON_DNS_LAME,
                    "%s is lame: it answers %s%s for %s", server->label,
                    dns_type_format_rcode(text, head->rcode),
                    head->aa ? "" : " without authority", name);
    else if (head->rcode != DNS_NOERROR && !check_asks(check, "rcode"))
        fail_rcode(server, name);
    else if (dns_seen_has_loop(server->reply, &seen->name, seen->type))
        fail_server(server, REASON_DNS_CNAME_LOOP,
                    "the aliases of %s run in a circle at %s", name,
                    server->label);
    else if (server->security == DNS_BOGUS && !check_asks(check, "dnssec"))
        fail_server(server, REASON_DNS_BOGUS,
                    "the answer of %s for %s is bogus: %s", server->label, name,
                    server->why);
    else if (server->reply->answers == 0 && server->reply->foreign > 0)
        fail_server(server, REASON_DNS_MISMATCH,
                    "%s answers with %s records that are not of %s",
                    server->label, check->spec->of.dns.record, name);
}

/* --- all of them --- */

/* The first that failed, and the messages of all. */
static const struct dns_seen_server *
find_failed(struct dns_seen *seen, struct buf *why)
{
    const struct dns_seen_server *first = NULL;

    for (size_t i = 0; i < seen->count; i++) {
        const struct dns_seen_server *server = &seen->server[i];

        if (server->reason == REASON_NONE || server->is_skipped)
            continue;
        buf_addf(why, "%s%s", why->len > 0 ? "; " : "", server->message);
        if (first != NULL)
            continue;
        first = server;
        seen->at = i;
    }
    return first;
}

/* What the result says of time and addresses: of the slowest server. */
static void
see(struct check *check)
{
    struct look *look = &check->look;
    const struct dns_seen *seen = look->seen.dns;

    for (size_t i = 0; i < seen->count; i++) {
        const struct dns_seen_server *server = &seen->server[i];

        if (server->resent > look->seen.resent)
            look->seen.resent = server->resent;
        if (server->took_us > look->us[PHASE_DNS])
            look->us[PHASE_DNS] = server->took_us;
    }
    if (seen->count == 1)
        (void)str_copy(look->seen.ip, sizeof(look->seen.ip),
                       seen->server[0].ip);
}

static void
on_panel(void *cookie, struct dns_panel_answer *answer)
{
    struct check *check = cookie;
    struct dns_seen *seen = &answer->seen;
    const struct dns_seen_server *failed;
    struct buf why;

    check->look.seen.dns = seen;
    see(check);
    if (answer->reason != REASON_NONE) {
        check_fail(check, answer->reason, "%s", answer->message);
        return;
    }
    for (size_t i = 0; i < seen->count; i++)
        if (seen->server[i].reply != NULL)
            judge_server(check, &seen->server[i]);
    buf_init(&why, RESULT_MESSAGE_MAX);
    failed = find_failed(seen, &why);
    if (failed == NULL || check_asks(check, "servers.failed"))
        check_end(check);
    else
        check_fail(check, failed->reason, "%s",
                   why.failed ? failed->message : buf_text(&why));
    buf_free(&why);
}

/* Servers of a zone have said all when an alias leads out of it. */
static bool
leaves_zone(const struct dns_seen *seen, const struct dns_seen_server *server)
{
    struct dns_name end;

    return server->is_authoritative && seen->walk != NULL &&
           dns_codec_get_end(server->reply, &end) &&
           !dns_name_in(&end, &seen->walk->zone);
}

/* An alias that leads on is named: nobody finds the record where it is not. */
static void
fault_nodata(struct check *check, const struct dns_seen_server *server)
{
    const struct spec_dns *dns = &check->spec->of.dns;
    char text[DNS_NAME_TEXT];
    struct dns_name end;

    if (dns_codec_get_end(server->reply, &end))
        look_fault(&check->look, REASON_DNS_NODATA,
                   "%s has no %s record of %.200s, which %s is an alias of",
                   server->label, dns->record, dns_name_format(text, &end),
                   dns->name);
    else
        look_fault(&check->look, REASON_DNS_NODATA, "%s has no %s record at %s",
                   dns->name, dns->record, server->label);
}

static void
judge(struct check *check)
{
    struct dns_seen *seen = check->look.seen.dns;
    const struct spec_dns *dns = &check->spec->of.dns;

    for (size_t i = 0; i < seen->count; i++) {
        const struct dns_seen_server *server = &seen->server[i];
        const struct dns_head *head;

        if (server->reply == NULL || server->reply->answers > 0 ||
            leaves_zone(seen, server))
            continue;
        head = &server->reply->head;
        seen->at = i;
        if (!head->aa && !head->ra)
            look_fault(&check->look, REASON_DNS_LAME,
                       "%s is neither responsible for %s nor asks on",
                       server->label, dns->name);
        else
            fault_nodata(check, server);
        return;
    }
}

/* --- the run --- */

static unsigned
wants_of(const struct check *check)
{
    unsigned wants = 0;

    if (check_asks(check, "serial agrees") || check_asks(check, "serial"))
        wants |= DNS_SEAT_SERIAL;
    if (check_asks(check, "delegation agrees"))
        wants |= DNS_SEAT_NS;
    if (check->spec->of.dns.validate || check_asks(check, "dnssec"))
        wants |= DNS_SEAT_PROOF;
    return wants;
}

static void
start(struct check *check)
{
    struct dns_panel_opts opts = {
        .spec = check->spec,
        .wants = wants_of(check),
        .want_signatures = check->spec->of.dns.validate ||
                           check_asks(check, "rrsig.days") ||
                           check_asks(check, "dnssec"),
    };

    check->state = dns_panel_start(check->engine, &opts, on_panel, check);
    if (check->state == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
expire(struct check *check)
{
    dns_panel_expire(check->state);
}

static void
cancel(struct check *check)
{
    dns_panel_cancel(check->state);
}

const struct check_kind dns_check = {
    .start = start,
    .expire = expire,
    .cancel = cancel,
    .judge = judge,
};
