#include "checks/dns_seat.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/dns_signature.h"
#include "checks/engine_priv.h"

struct dns_seat {
    struct engine *engine;
    struct dns_seat_opts opts;
    struct dns_seen_server *seen;
    void (*done)(void *cookie);
    void *cookie;
    struct dns_ask *ask;
    struct dns_ask *soa;
    struct dns_ask *ns;
    struct dns_proof *proof;
    struct dns_proof *keys; /* of the zone that signed the answer */
    unsigned open;          /* enum dns_seat_wants under way, and OPEN_* */
    bool is_late;           /* the time is over: nothing more begins */
};

#define OPEN_ANSWER 8
#define OPEN_KEYS   16

#define UNPROVEN_IN_TIME "no proof in time"

static bool verify(struct dns_seat *seat);

static void
close_one(struct dns_seat *seat, unsigned which)
{
    assert(seat->open & which);
    seat->open &= ~which;
    if (seat->open == 0 && !verify(seat))
        seat->done(seat->cookie);
}

/* The zone's own: of the asked name, or of the zone it is in. */
static bool
is_of_zone(const struct dns_message *m, size_t at)
{
    struct dns_name owner;

    return dns_codec_is_answer(m, at) ||
           (m->record[at].section == DNS_IN_AUTHORITY &&
            dns_codec_get_owner(m, &m->record[at], &owner) == 0 &&
            dns_name_in(&m->head.name, &owner));
}

static void
take_serial(struct dns_seat *seat, const struct dns_message *m)
{
    for (size_t i = 0; i < m->record_count; i++)
        if (is_of_zone(m, i) &&
            dns_codec_get_serial(m, &m->record[i], &seat->seen->serial)) {
            seat->seen->has_serial = true;
            return;
        }
}

/* As the C library's resolver has it. */
static bool
gives_nothing(const struct dns_answer *answer)
{
    int rcode = answer->reply != NULL ? answer->reply->head.rcode : -1;

    return answer->reply == NULL || rcode == DNS_SERVFAIL ||
           rcode == DNS_REFUSED || rcode == DNS_NOTIMP;
}

/* What else was asked is not waited for. */
static void
pass(struct dns_seat *seat)
{
    seat->seen->is_passed = true;
    dns_ask_cancel(seat->soa);
    dns_ask_cancel(seat->ns);
    dns_proof_cancel(seat->proof);
    seat->soa = seat->ns = NULL;
    seat->proof = NULL;
    seat->open = OPEN_ANSWER;
}

static void
on_answer(void *cookie, const struct dns_answer *answer)
{
    struct dns_seat *seat = cookie;
    struct dns_seen_server *seen = seat->seen;

    seen->transport = dns_transport_name(answer->transport);
    seen->was_cut = answer->was_cut;
    seen->has_other_case = answer->has_other_case;
    seen->resent = answer->resent;
    seen->reason = answer->reason;
    seen->is_skipped = answer->is_local;
    /* A server that was found by name is told of by name. */
    (void)snprintf(seen->message, sizeof(seen->message), "%s%s%s",
                   str_eq(seen->label, seen->address) ? "" : seen->label,
                   str_eq(seen->label, seen->address) ? "" : ": ",
                   answer->message);
    seen->reply = answer->reply;
    if (answer->reply != NULL)
        seen->took_us = answer->took_ns / NS_PER_US;
    seen->connect_us = answer->connect_us;
    seen->tls_us = answer->tls_us;
    if (answer->reply != NULL && seat->opts.ask.question.type == DNS_SOA)
        take_serial(seat, answer->reply);
    if (seat->opts.may_pass && gives_nothing(answer))
        pass(seat);
    close_one(seat, OPEN_ANSWER);
}

static void
on_soa(void *cookie, const struct dns_answer *answer)
{
    struct dns_seat *seat = cookie;

    if (answer->reply != NULL)
        take_serial(seat, answer->reply);
    close_one(seat, DNS_SEAT_SERIAL);
}

static void
on_ns(void *cookie, const struct dns_answer *answer)
{
    struct dns_seat *seat = cookie;

    if (answer->reply != NULL && answer->reply->head.aa)
        seat->seen->ns = answer->reply;
    close_one(seat, DNS_SEAT_NS);
}

static void
on_proof(void *cookie, enum dns_security security, const char *why)
{
    struct dns_seat *seat = cookie;

    seat->seen->security = security;
    (void)str_copy(seat->seen->why, sizeof(seat->seen->why), why);
    close_one(seat, DNS_SEAT_PROOF);
}

static struct dns_ask *
ask_also(struct dns_seat *seat, const struct dns_name *name, uint16_t type,
         dns_ask_done_fn *done)
{
    struct dns_ask_opts opts = seat->opts.ask;

    opts.question.name = *name;
    opts.question.type = type;
    return dns_ask_start(seat->engine, &opts, done, seat);
}

static struct dns_proof_opts
proof_opts(const struct dns_seat *seat)
{
    const struct dns_ask_opts *ask = &seat->opts.ask;
    struct dns_proof_opts opts = {
        .name = ask->question.name,
        .type = ask->question.type,
        .resolver = seat->opts.resolver,
        .server = ask->server,
        .zone = seat->opts.zone.len > 0 ? &seat->opts.zone : NULL,
        .allow = seat->opts.allow,
        .anchors = seat->opts.anchors,
    };

    /* libunbound asks over UDP and TCP alone. */
    if (ask->transport == DNS_OVER_TLS || ask->transport == DNS_OVER_HTTPS)
        opts.server = seat->opts.resolver;
    return opts;
}

static struct dns_proof *
start_proof(struct dns_seat *seat)
{
    struct dns_proof_opts opts = proof_opts(seat);

    return dns_proof_start(seat->engine, &opts, on_proof, seat);
}

/* It is not known what the answer is worth: that is not bogus. */
static void
set_unproven(struct dns_seen_server *seen, const char *why)
{
    seen->security = DNS_INDETERMINATE;
    (void)str_copy(seen->why, sizeof(seen->why), why);
}

static void
on_keys(void *cookie, enum dns_security security, const char *why)
{
    struct dns_seat *seat = cookie;
    struct dns_seen_server *seen = seat->seen;
    const struct dns_message *keys = dns_proof_reply(seat->keys);
    wall_t now = loop_wall(seat->engine->loop);

    seat->open &= ~(unsigned)OPEN_KEYS;
    if (security == DNS_INDETERMINATE) {
        set_unproven(seen, why);
    } else if (security == DNS_SECURE && keys != NULL &&
               dns_signature_holds(seen->reply, keys, now)) {
        seen->security = DNS_SECURE;
        seen->why[0] = '\0';
    }
    seat->done(seat->cookie);
}

/* The proof was of an answer of its own.  When the server gave us another, as
 * those do that answer by turns or by place, that has to be signed itself, by
 * keys that are proven.  True: that is under way. */
static bool
verify(struct dns_seat *seat)
{
    struct dns_seen_server *seen = seat->seen;
    bool was_secure = seen->security == DNS_SECURE;
    struct dns_proof_opts opts = proof_opts(seat);

    dns_seen_confirm(seen, dns_proof_reply(seat->proof));
    if (!was_secure || seen->security != DNS_BOGUS ||
        !dns_signature_signer(seen->reply, &opts.name))
        return false;
    if (seat->is_late) {
        set_unproven(seen, UNPROVEN_IN_TIME);
        return false;
    }
    opts.type = DNS_DNSKEY;
    seat->keys = dns_proof_start(seat->engine, &opts, on_keys, seat);
    if (seat->keys != NULL)
        seat->open |= OPEN_KEYS;
    else
        set_unproven(seen, strerror(errno));
    return seat->keys != NULL;
}

/* False: this machine cannot; errno. */
static bool
start_all(struct dns_seat *seat)
{
    const struct dns_name *zone = seat->opts.zone.len > 0
                                      ? &seat->opts.zone
                                      : &seat->opts.ask.question.name;
    unsigned wants = seat->opts.wants;

    seat->open = wants | OPEN_ANSWER;
    seat->ask = dns_ask_start(seat->engine, &seat->opts.ask, on_answer, seat);
    if (seat->ask == NULL)
        return false;
    if (wants & DNS_SEAT_SERIAL) {
        seat->soa = ask_also(seat, zone, DNS_SOA, on_soa);
        if (seat->soa == NULL)
            return false;
    }
    if (wants & DNS_SEAT_NS) {
        seat->ns = ask_also(seat, zone, DNS_NS, on_ns);
        if (seat->ns == NULL)
            return false;
    }
    if (wants & DNS_SEAT_PROOF)
        seat->proof = start_proof(seat);
    return (wants & DNS_SEAT_PROOF) == 0 || seat->proof != NULL;
}

struct dns_seat *
dns_seat_start(struct engine *engine, const struct dns_seat_opts *opts,
               struct dns_seen_server *seen, void (*done)(void *cookie),
               void *cookie)
{
    struct dns_seat *seat = calloc(1, sizeof(*seat));

    if (seat == NULL)
        return NULL;
    seat->engine = engine;
    seat->opts = *opts;
    seat->seen = seen;
    seat->done = done;
    seat->cookie = cookie;
    /* The serial is in the answer itself. */
    if (opts->ask.question.type == DNS_SOA)
        seat->opts.wants &= ~(unsigned)DNS_SEAT_SERIAL;
    seen->took_us = seen->connect_us = seen->tls_us = -1;
    seen->transport = dns_transport_name(opts->ask.transport);
    if (!start_all(seat)) {
        int saved = errno;

        dns_seat_cancel(seat);
        errno = saved;
        return NULL;
    }
    return seat;
}

void
dns_seat_expire(struct dns_seat *seat)
{
    /* The last one to end frees the seat: see whether it is another's turn. */
    unsigned open = seat->open;

    seat->is_late = true;
    if (open & OPEN_KEYS) {
        dns_proof_cancel(seat->keys);
        seat->keys = NULL;
        seat->open = 0;
        set_unproven(seat->seen, UNPROVEN_IN_TIME);
        seat->done(seat->cookie);
        return;
    }
    if (open & DNS_SEAT_PROOF) {
        dns_proof_cancel(seat->proof);
        seat->proof = NULL;
        on_proof(seat, DNS_INDETERMINATE, UNPROVEN_IN_TIME);
        open &= ~(unsigned)DNS_SEAT_PROOF;
    }
    if (open & DNS_SEAT_SERIAL) {
        dns_ask_expire(seat->soa);
        open &= ~(unsigned)DNS_SEAT_SERIAL;
    }
    if (open & DNS_SEAT_NS) {
        dns_ask_expire(seat->ns);
        open &= ~(unsigned)DNS_SEAT_NS;
    }
    if (open & OPEN_ANSWER)
        dns_ask_expire(seat->ask);
}

void
dns_seat_cancel(struct dns_seat *seat)
{
    if (seat == NULL)
        return;
    dns_ask_cancel(seat->ask);
    dns_ask_cancel(seat->soa);
    dns_ask_cancel(seat->ns);
    dns_proof_cancel(seat->proof);
    dns_proof_cancel(seat->keys);
    free(seat);
}
