#include "checks/dns_walk.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/dns_ask.h"
#include "checks/dns_codec.h"
#include "checks/dns_hosts.h"
#include "checks/engine_priv.h"
#include "checks/spec_list.h"

#define DNS_PORT  53
#define STEP_NS   (2 * NS_PER_S) /* for one server of several */
#define STEPS_MAX 60             /* questions of one walk */

enum walk_state {
    AT_ZONE,    /* asking the resolver for the zone of `at` */
    AT_ABOVE,   /* and for that above it */
    AT_SERVERS, /* and who serves it */
    AT_LOOKUP,  /* their addresses */
    AT_DOWN,    /* asking them */
    AT_OWN,     /* asking the zone's own server for its servers */
    AT_FINAL,   /* addresses of the zone's servers */
};

struct dns_walk {
    struct engine *engine;
    struct dns_walk_opts opts;
    dns_walk_done_fn *done;
    void *cookie;
    enum walk_state state;
    struct dns_name at;
    struct dns_name known; /* the zone, as the resolver has it; len 0: none */
    struct dns_ask *ask;
    struct dns_hosts *hosts; /* addresses being looked up */
    size_t next_host;        /* of the answer's, to ask */
    size_t next_addr;
    int steps;
    size_t resolver; /* of the engine's name servers */
    struct loop_timer *early;
    struct dns_walk_answer out; /* of the zone whose servers are asked */
};

static void
finish(struct dns_walk *walk)
{
    dns_ask_cancel(walk->ask);
    walk->ask = NULL;
    dns_hosts_cancel(walk->hosts);
    walk->hosts = NULL;
    walk->done(walk->cookie, &walk->out);
}

static void fail_walk(struct dns_walk *walk, enum reason reason,
                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
fail_walk(struct dns_walk *walk, enum reason reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(walk->out.message, sizeof(walk->out.message), format, args);
    va_end(args);
    walk->out.reason = reason;
    finish(walk);
}

/* --- asking --- */

static void on_answer(void *cookie, const struct dns_answer *answer);

static void
ask(struct dns_walk *walk, const struct addr *server,
    const struct dns_name *name, uint16_t type)
{
    struct dns_ask_opts opts = {
        .question = {.name = *name, .type = type, .udp_size = DNS_UDP_SIZE},
        .server = *server,
        .timeout_ns = STEP_NS,
    };
    struct dns_ask *old = walk->ask;

    opts.question.recurse = walk->state < AT_DOWN;
    /* The answer that led here belongs to the old question. */
    walk->ask = NULL;
    if (++walk->steps <= STEPS_MAX)
        walk->ask = dns_ask_start(walk->engine, &opts, on_answer, walk);
    dns_ask_cancel(old);
    if (walk->ask == NULL && walk->steps > STEPS_MAX)
        fail_walk(walk, REASON_DNS_LAME, "the delegations do not end");
    else if (walk->ask == NULL)
        fail_walk(walk, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
ask_resolver(struct dns_walk *walk, enum walk_state state,
             const struct dns_name *name, uint16_t type)
{
    walk->state = state;
    ask(walk, &walk->out.resolver, name, type);
}

/* --- 1 and 2: the resolver --- */

/* The SOA of a zone that `name` is in, wherever it stands. */
static bool
find_zone(const struct dns_message *m, const struct dns_name *name,
          struct dns_name *zone)
{
    for (size_t i = 0; i < m->record_count; i++)
        if (m->record[i].type == DNS_SOA &&
            dns_codec_get_owner(m, &m->record[i], zone) == 0 &&
            dns_name_in(name, zone))
            return true;
    return false;
}

static void
take_above(struct dns_walk *walk, const struct dns_name *zone)
{
    walk->out.zone = *zone;
    walk->out.parent = *zone;
    ask_resolver(walk, AT_SERVERS, zone, DNS_NS);
}

static void
take_zone(struct dns_walk *walk, const struct dns_name *zone)
{
    struct dns_name above = *zone;

    walk->known = *zone;
    /* Below a name that could not be resolved there may be another cut; and
     * the root has nothing above it. */
    if (!dns_name_eq(&walk->at, &walk->opts.name) || !dns_name_up(&above)) {
        take_above(walk, zone);
        return;
    }
    walk->at = above;
    ask_resolver(walk, AT_ABOVE, &above, DNS_SOA);
}

static void
take_soa(struct dns_walk *walk, const struct dns_answer *answer)
{
    struct dns_name zone;
    bool is_found = answer->reply != NULL &&
                    (answer->reply->head.rcode == DNS_NOERROR ||
                     answer->reply->head.rcode == DNS_NXDOMAIN) &&
                    find_zone(answer->reply, &walk->at, &zone);

    if (is_found && walk->state == AT_ZONE) {
        take_zone(walk, &zone);
    } else if (is_found) {
        take_above(walk, &zone);
    } else if (dns_name_up(&walk->at)) {
        ask_resolver(walk, walk->state, &walk->at, DNS_SOA);
    } else {
        char text[DNS_TYPE_TEXT];

        fail_walk(walk,
                  answer->reply == NULL ? answer->reason : REASON_DNS_SERVFAIL,
                  "the resolver does not lead to the zone: %s",
                  answer->reply == NULL
                      ? answer->message
                      : dns_type_format_rcode(text, answer->reply->head.rcode));
    }
}

/* --- who serves a zone --- */

/* Adds the servers of `zone` in a section; their glue where there is some. */
static void
take_hosts(struct dns_walk *walk, const struct dns_message *m,
           enum dns_section section)
{
    struct dns_walk_answer *out = &walk->out;

    out->host_count = out->left_out = 0;
    for (size_t i = 0; i < m->record_count; i++) {
        const struct dns_record *record = &m->record[i];
        struct dns_name owner;
        struct dns_walk_host *host = &out->host[out->host_count];

        if (record->section != section || record->type != DNS_NS ||
            dns_codec_get_owner(m, record, &owner) < 0 ||
            !dns_name_eq(&owner, &out->zone))
            continue;
        if (out->host_count == DNS_WALK_HOSTS_MAX) {
            out->left_out++;
            continue;
        }
        memset(host, 0, sizeof(*host));
        if (dns_codec_get_target(m, record, &host->name) == 0)
            out->host_count++;
    }
    dns_hosts_add_glue(out, m, walk->opts.family, walk->opts.port);
}

static void on_hosts(void *cookie);

static void
look_up(struct dns_walk *walk, enum walk_state state)
{
    struct dns_hosts_opts opts = {
        .answer = &walk->out,
        .family = walk->opts.family,
        .port = walk->opts.port,
        .allow = walk->opts.allow,
        .timeout_ns = STEP_NS,
    };

    walk->state = state;
    walk->next_host = walk->next_addr = 0;
    dns_hosts_cancel(walk->hosts);
    walk->hosts = dns_hosts_start(walk->engine, &opts, on_hosts, walk);
    if (walk->hosts == NULL)
        fail_walk(walk, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
take_servers(struct dns_walk *walk, const struct dns_answer *answer)
{
    char text[DNS_NAME_TEXT];

    if (answer->reply != NULL)
        take_hosts(walk, answer->reply, DNS_IN_ANSWER);
    if (walk->out.host_count > 0)
        look_up(walk, AT_LOOKUP);
    else
        fail_walk(walk,
                  answer->reply == NULL ? answer->reason : REASON_DNS_SERVFAIL,
                  "the resolver does not know who serves %.100s: %s",
                  dns_name_format(text, &walk->out.zone),
                  answer->reply == NULL ? answer->message : "no NS record");
}

/* --- 3 and 4: down, from server to server --- */

static void
ask_next(struct dns_walk *walk)
{
    struct dns_walk_answer *out = &walk->out;
    char text[DNS_NAME_TEXT];

    walk->state = AT_DOWN;
    while (walk->next_host < out->host_count) {
        const struct dns_walk_host *host = &out->host[walk->next_host];

        if (walk->next_addr < host->addr_count) {
            ask(walk, &host->addr[walk->next_addr++], &walk->opts.name,
                DNS_SOA);
            return;
        }
        walk->next_host++;
        walk->next_addr = 0;
    }
    /* Nobody of a zone that was delegated answers well: they are the ones to
     * name, which is done by asking them. */
    if (out->is_delegated)
        look_up(walk, AT_FINAL);
    else
        fail_walk(walk, REASON_DNS_LAME, "no server of %.100s gives an answer",
                  dns_name_format(text, &out->zone));
}

/* A referral: servers of a zone below the one that was asked, above `name`. */
static bool
find_cut(const struct dns_walk *walk, const struct dns_message *m,
         struct dns_name *zone)
{
    for (size_t i = 0; i < m->record_count; i++)
        if (m->record[i].section == DNS_IN_AUTHORITY &&
            m->record[i].type == DNS_NS &&
            dns_codec_get_owner(m, &m->record[i], zone) == 0 &&
            zone->len > walk->out.zone.len &&
            dns_name_in(zone, &walk->out.zone) &&
            dns_name_in(&walk->opts.name, zone))
            return true;
    return false;
}

/* An authoritative answer; it may come from a zone further down that the same
 * servers hold, and then they are its parent's servers and its own. */
static void
take_end(struct dns_walk *walk, const struct dns_message *m)
{
    struct dns_walk_answer *out = &walk->out;
    const struct addr *server =
        &out->host[walk->next_host].addr[walk->next_addr - 1];
    struct dns_name zone;
    struct addr own = *server;

    /* An alias' answer has no SOA. */
    if (!find_zone(m, &walk->opts.name, &zone))
        zone = walk->known;
    if (zone.len > out->zone.len) {
        out->parent = out->zone;
        out->zone = zone;
        out->is_delegated = false;
    }
    if (out->is_delegated) {
        look_up(walk, AT_FINAL);
        return;
    }
    walk->state = AT_OWN;
    ask(walk, &own, &out->zone, DNS_NS);
}

static void
take_down(struct dns_walk *walk, const struct dns_answer *answer)
{
    const struct dns_message *m = answer->reply;
    bool is_usable = m != NULL && (m->head.rcode == DNS_NOERROR ||
                                   m->head.rcode == DNS_NXDOMAIN);
    struct dns_name zone;

    if (is_usable && !m->head.aa && find_cut(walk, m, &zone)) {
        walk->out.parent = walk->out.zone;
        walk->out.zone = zone;
        walk->out.is_delegated = true;
        take_hosts(walk, m, DNS_IN_AUTHORITY);
        look_up(walk, AT_LOOKUP);
    } else if (is_usable && m->head.aa) {
        take_end(walk, m);
    } else {
        ask_next(walk);
    }
}

static void
take_own(struct dns_walk *walk, const struct dns_answer *answer)
{
    char text[DNS_NAME_TEXT];

    if (answer->reply != NULL)
        take_hosts(walk, answer->reply, DNS_IN_ANSWER);
    if (answer->reply != NULL && walk->out.host_count > 0)
        look_up(walk, AT_FINAL);
    else
        fail_walk(walk, REASON_DNS_LAME, "%.100s does not say who serves it",
                  dns_name_format(text, &walk->out.zone));
}

/* One that is silent is passed over for the whole walk. */
static bool
ask_next_resolver(struct dns_walk *walk)
{
    if (walk->resolver + 1 >= walk->engine->server_count)
        return false;
    walk->out.resolver = walk->engine->server[++walk->resolver];
    if (walk->state == AT_SERVERS)
        ask_resolver(walk, AT_SERVERS, &walk->out.zone, DNS_NS);
    else
        ask_resolver(walk, walk->state, &walk->at, DNS_SOA);
    return true;
}

static void
on_answer(void *cookie, const struct dns_answer *answer)
{
    struct dns_walk *walk = cookie;

    if (walk->state < AT_LOOKUP && answer->reply == NULL &&
        ask_next_resolver(walk))
        return;
    switch (walk->state) {
    case AT_ZONE:
    case AT_ABOVE:
        take_soa(walk, answer);
        return;
    case AT_SERVERS:
        take_servers(walk, answer);
        return;
    case AT_DOWN:
        take_down(walk, answer);
        return;
    case AT_OWN:
        take_own(walk, answer);
        return;
    case AT_LOOKUP:
    case AT_FINAL:
        break;
    }
    assert(!"an answer nobody asked for");
}

static void
on_hosts(void *cookie)
{
    struct dns_walk *walk = cookie;

    if (walk->state == AT_FINAL)
        finish(walk);
    else
        ask_next(walk);
}

/* --- the walk --- */

static void
on_early(void *cookie)
{
    struct dns_walk *walk = cookie;

    walk->early = NULL;
    ask_resolver(walk, AT_ZONE, &walk->at, DNS_SOA);
}

struct dns_walk *
dns_walk_start(struct engine *engine, const struct dns_walk_opts *opts,
               dns_walk_done_fn *done, void *cookie)
{
    struct dns_walk *walk = calloc(1, sizeof(*walk));

    if (walk == NULL)
        return NULL;
    walk->engine = engine;
    walk->opts = *opts;
    if (walk->opts.port == 0)
        walk->opts.port = DNS_PORT;
    walk->at = opts->name;
    walk->out.resolver = engine->server[0];
    walk->done = done;
    walk->cookie = cookie;
    walk->early = loop_timer_start(engine->loop, 0, on_early, walk);
    return walk;
}

void
dns_walk_expire(struct dns_walk *walk)
{
    char text[DNS_NAME_TEXT];

    loop_timer_cancel(walk->early);
    walk->early = NULL;
    fail_walk(walk, REASON_DNS_TIMEOUT,
              "no answer in time on the way to the servers of %.100s",
              dns_name_format(text, &walk->opts.name));
}

void
dns_walk_cancel(struct dns_walk *walk)
{
    if (walk == NULL)
        return;
    loop_timer_cancel(walk->early);
    dns_ask_cancel(walk->ask);
    dns_hosts_cancel(walk->hosts);
    free(walk);
}
