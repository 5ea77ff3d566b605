/*
 * Each item of `ask` goes its own way to its servers: an address at once, a
 * name through the resolver, `authoritative` by a walk.  A server is asked as
 * soon as it is known.  The panel is done when nothing is `open`, under way.
 */
#include "checks/dns_panel.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/dns_place.h"
#include "checks/dns_seat.h"
#include "checks/dns_system.h"
#include "checks/engine_priv.h"
#include "checks/spec.h"

struct way {
    struct dns_panel *panel;
    struct dns_place place;
    struct resolver_query *query;
};

/* A server's seat, and whether it was found and not given.  The system's name
 * servers share one: when one gives nothing, the next is asked there. */
struct chair {
    struct dns_panel *panel;
    struct dns_seat *seat;
    bool is_found;
    bool has_ended;
    struct addr at;
    enum dns_transport transport;
    const struct dns_place *place; /* of the system's; or NULL */
    size_t next;                   /* of them, to be asked */
    struct loop_timer *again;
};

struct dns_panel {
    struct engine *engine;
    const struct spec *spec;
    unsigned wants;
    struct dns_question question;
    dns_panel_done_fn *done;
    void *cookie;
    struct way *way; /* one an item of `ask` */
    size_t way_count;
    struct dns_walk *walk;
    bool is_walking;
    struct chair *chair; /* as many as there is room for servers seen */
    size_t chair_max;
    size_t open;
    mono_t deadline;
    bool is_late; /* it has passed */
    struct loop_timer *early;
    struct dns_panel_answer out;
};

/* --- the end --- */

/* An address this machine has no way to is nobody's fault, while there are
 * others. */
static void
settle_skipped(struct dns_panel *panel)
{
    struct dns_seen *seen = &panel->out.seen;
    size_t skipped = 0;

    for (size_t i = 0; i < seen->count; i++) {
        if (!panel->chair[i].is_found)
            seen->server[i].is_skipped = false;
        skipped += seen->server[i].is_skipped ? 1 : 0;
    }
    for (size_t i = 0; i < seen->count && skipped == seen->count; i++)
        seen->server[i].is_skipped = false;
}

static void
close_one(struct dns_panel *panel)
{
    assert(panel->open > 0);
    if (--panel->open > 0)
        return;
    settle_skipped(panel);
    dns_system_settle(&panel->out.seen);
    if (panel->out.seen.count == 0 && panel->out.reason == REASON_NONE) {
        panel->out.reason = REASON_DNS_LAME;
        (void)str_copy(panel->out.message, sizeof(panel->out.message),
                       "there is no server to ask");
    }
    panel->done(panel->cookie, &panel->out);
}

/* The first thing that is wrong with all of it. */
static void set_fault(struct dns_panel *panel, enum reason reason,
                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
set_fault(struct dns_panel *panel, enum reason reason, const char *format, ...)
{
    va_list args;

    if (panel->out.reason != REASON_NONE)
        return;
    panel->out.reason = reason;
    va_start(args, format);
    (void)vsnprintf(panel->out.message, sizeof(panel->out.message), format,
                    args);
    va_end(args);
}

/* --- servers --- */

static void ask_next(void *cookie);

static void
on_seat(void *cookie)
{
    struct chair *chair = cookie;
    struct dns_panel *panel = chair->panel;

    if (panel->out.seen.server[chair - panel->chair].is_passed &&
        !panel->is_late) {
        chair->again =
            loop_timer_start(panel->engine->loop, 0, ask_next, chair);
        return;
    }
    chair->has_ended = true;
    close_one(panel);
}

static struct chair *
chair_of(struct dns_panel *panel, const struct dns_seen_server *server)
{
    return &panel->chair[server - panel->out.seen.server];
}

/* The next server seen; NULL: there are enough. */
static struct dns_seen_server *
add_server(struct dns_panel *panel, bool is_found)
{
    struct dns_seen *seen = &panel->out.seen;

    if (seen->count == panel->chair_max)
        return NULL;
    panel->chair[seen->count] =
        (struct chair){.panel = panel, .is_found = is_found};
    seen->server[seen->count].took_us = -1;
    return &seen->server[seen->count++];
}

/* Two names of one server do not make it two.  Inside TLS the name is a part of
 * the question. */
static bool
is_seated(const struct dns_panel *panel, const struct dns_seat_opts *opts)
{
    const struct dns_seen *seen = &panel->out.seen;
    bool is_authoritative = opts->zone.len > 0;

    for (size_t i = 0; i < seen->count; i++)
        if (opts->ask.transport <= DNS_OVER_TCP &&
            panel->chair[i].transport == opts->ask.transport &&
            seen->server[i].is_authoritative == is_authoritative &&
            addr_port(&panel->chair[i].at) == addr_port(&opts->ask.server) &&
            addr_eq_ip(&panel->chair[i].at, &opts->ask.server))
            return true;
    return false;
}

static void
start_seat(struct dns_panel *panel, struct dns_seen_server *server,
           const struct dns_seat_opts *opts)
{
    struct chair *chair = chair_of(panel, server);

    (void)addr_format(server->address, &opts->ask.server);
    (void)addr_format_ip(server->ip, &opts->ask.server);
    chair->at = opts->ask.server;
    chair->transport = opts->ask.transport;
    chair->has_ended = true;
    panel->open++;
    chair->seat = dns_seat_start(panel->engine, opts, server, on_seat, chair);
    if (chair->seat != NULL) {
        chair->has_ended = false;
        return;
    }
    panel->open--;
    if (errno == ENOENT)
        set_fault(panel, REASON_LOCAL_CONFIG,
                  "there is no trust anchor to validate with: install "
                  "dns-root-data, or set `trust_anchor`");
    else if (errno == EINVAL)
        set_fault(panel, REASON_LOCAL_CONFIG,
                  "`trust_anchor` holds no DS or DNSKEY record that is usable");
    else
        set_fault(panel, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

/* Which name servers this machine has is not the check's to say: as with the
 * lookups of every other kind, the policy is not asked about those. */
static bool
is_allowed(const struct dns_panel *panel, const struct dns_place *place,
           const struct addr *addr)
{
    const struct spec_list *allow = &panel->spec->net.allow;
    struct addr_policy policy = {(const char *const *)allow->item,
                                 allow->count};

    return place->kind == DNS_PLACE_SYSTEM || addr_allowed(&policy, addr);
}

static struct dns_seat_opts
seat_opts(const struct dns_panel *panel, const struct addr *server)
{
    return (struct dns_seat_opts){
        .ask = {.question = panel->question,
                .server = *server,
                .trust = panel->spec->net.trust},
        .wants = panel->wants & ~(unsigned)DNS_SEAT_NS,
        .resolver = panel->engine->server[0],
        .allow = &panel->spec->net.allow,
        .anchors = &panel->spec->of.dns.trust_anchor,
    };
}

/* ---- the system's ---- */

static void
ask_next(void *cookie)
{
    struct chair *chair = cookie;
    struct dns_panel *panel = chair->panel;
    struct dns_seen_server *server =
        &panel->out.seen.server[chair - panel->chair];
    struct addr addr =
        dns_system_addr(panel->engine, chair->place, chair->next++);
    struct dns_seat_opts opts = seat_opts(panel, &addr);

    chair->again = NULL;
    dns_seat_cancel(chair->seat);
    chair->seat = NULL;
    *server =
        (struct dns_seen_server){.passed = server->passed + 1, .took_us = -1};
    (void)addr_format(server->label, &addr);
    opts.ask.transport = chair->transport;
    dns_system_share(panel->engine, &opts, panel->deadline, chair->next);
    start_seat(panel, server, &opts);
    close_one(panel); /* of the one before */
}

/* A resolver, or whatever else was named; `addr` is where. */
static void
ask_place(struct dns_panel *panel, const struct dns_place *place,
          const struct addr *addr, const char *host)
{
    struct dns_seat_opts opts = seat_opts(panel, addr);
    struct dns_seen_server *server;
    char text[ADDR_TEXT_MAX];

    opts.ask.transport = place->transport;
    server = is_seated(panel, &opts) ? NULL : add_server(panel, host != NULL);
    if (server == NULL)
        return;
    opts.ask.url = place->url[0] != '\0' ? place->url : NULL;
    opts.ask.name = host;
    if (host == NULL)
        (void)addr_format(server->label, addr);
    else
        (void)snprintf(server->label, sizeof(server->label), "%.120s (%s)",
                       host, addr_format(text, addr));
    if (place->kind == DNS_PLACE_SYSTEM) {
        chair_of(panel, server)->place = place;
        chair_of(panel, server)->next = 1;
        dns_system_share(panel->engine, &opts, panel->deadline, 1);
    }
    if (is_allowed(panel, place, addr))
        start_seat(panel, server, &opts);
    else
        set_fault(panel, REASON_POLICY_BLOCKED,
                  "the address policy forbids %s; if it is meant, add it to "
                  "`allow`",
                  addr_format_ip(text, addr));
}

/* --- names of servers --- */

static const char *
why_no_address(enum resolver_status status)
{
    if (status == RESOLVER_OK || status == RESOLVER_NODATA)
        return "has no address";
    if (status == RESOLVER_NXDOMAIN)
        return "does not exist";
    return status == RESOLVER_TIMEOUT ? "was not resolved in time"
                                      : "could not be resolved";
}

static void
add_nowhere(struct dns_panel *panel, const char *host, const char *why)
{
    struct dns_seen_server *server = add_server(panel, true);

    if (server == NULL)
        return;
    (void)str_copy(server->label, sizeof(server->label), host);
    server->reason = REASON_DNS_UNREACHABLE;
    (void)snprintf(server->message, sizeof(server->message),
                   "the server %.150s %s", host, why);
}

static void
on_resolved(void *cookie, const struct resolver_answer *answer)
{
    struct way *way = cookie;
    struct dns_panel *panel = way->panel;
    struct addr addr;

    way->query = NULL;
    if (answer->count == 0) {
        add_nowhere(panel, way->place.host, why_no_address(answer->status));
    } else {
        addr = answer->addrs[0];
        addr_set_port(&addr, way->place.port);
        ask_place(panel, &way->place, &addr, way->place.host);
    }
    close_one(panel);
}

static void
start_lookup(struct dns_panel *panel, struct way *way)
{
    way->query = resolver_start(panel->engine->resolver, way->place.host,
                                panel->spec->net.family,
                                panel->spec->timeout_ns, on_resolved, way);
    if (way->query != NULL)
        panel->open++;
    else
        set_fault(panel, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

/* --- the zone's own --- */

static void
ask_host(struct dns_panel *panel, const struct dns_walk_answer *walk,
         const struct dns_walk_host *host)
{
    char name[DNS_NAME_TEXT];
    char text[ADDR_TEXT_MAX];

    (void)dns_name_format(name, &host->name);
    if (host->addr_count == 0)
        add_nowhere(panel, name, "has no address that may be asked");
    for (size_t i = 0; i < host->addr_count; i++) {
        struct dns_seat_opts opts = seat_opts(panel, &host->addr[i]);
        struct dns_seen_server *server;

        opts.ask.question.recurse = false;
        opts.ask.question.authentic = false;
        opts.ask.transport = panel->spec->of.dns.transport;
        if (opts.ask.transport > DNS_OVER_TCP)
            opts.ask.transport = DNS_OVER_UDP;
        opts.wants = panel->wants;
        opts.zone = walk->zone;
        opts.resolver = walk->resolver;
        if (is_seated(panel, &opts))
            continue;
        server = add_server(panel, true);
        if (server == NULL)
            return;
        server->is_authoritative = true;
        (void)snprintf(server->label, sizeof(server->label), "%.120s (%s)",
                       name, addr_format_ip(text, &host->addr[i]));
        start_seat(panel, server, &opts);
    }
}

static void
on_walked(void *cookie, const struct dns_walk_answer *answer)
{
    struct dns_panel *panel = cookie;

    panel->is_walking = false;
    panel->out.seen.walk = answer;
    if (answer->reason != REASON_NONE)
        set_fault(panel, answer->reason, "%s", answer->message);
    else
        for (size_t i = 0; i < answer->host_count; i++)
            ask_host(panel, answer, &answer->host[i]);
    close_one(panel);
}

static void
start_walk(struct dns_panel *panel)
{
    struct dns_walk_opts opts = {
        .name = panel->question.name,
        .family = panel->spec->net.family,
        .allow = &panel->spec->net.allow,
    };

    panel->walk = dns_walk_start(panel->engine, &opts, on_walked, panel);
    if (panel->walk == NULL) {
        set_fault(panel, REASON_LOCAL_LIMIT, "%s", strerror(errno));
        return;
    }
    panel->is_walking = true;
    panel->open++;
}

/* --- the panel --- */

static void
go(struct dns_panel *panel, struct way *way)
{
    struct addr addr;

    switch (way->place.kind) {
    case DNS_PLACE_SYSTEM:
        addr = dns_system_addr(panel->engine, &way->place, 0);
        ask_place(panel, &way->place, &addr, NULL);
        return;
    case DNS_PLACE_AUTHORITATIVE:
        if (panel->walk == NULL)
            start_walk(panel);
        return;
    case DNS_PLACE_SERVER:
        if (addr_parse_ip(&addr, way->place.host, way->place.port) == 0)
            ask_place(panel, &way->place, &addr, NULL);
        else
            start_lookup(panel, way);
        return;
    }
}

static void
on_early(void *cookie)
{
    struct dns_panel *panel = cookie;

    panel->early = NULL;
    close_one(panel);
}

static void
start_ways(struct dns_panel *panel)
{
    const struct spec_dns *dns = &panel->spec->of.dns;
    const char *why = NULL;

    for (size_t i = 0; i < dns->ask.count; i++) {
        struct way *way = &panel->way[panel->way_count++];

        way->panel = panel;
        if (dns_place_parse(&way->place, dns->ask.item[i], dns->transport,
                            &why) < 0) {
            set_fault(panel, REASON_LOCAL_CONFIG, "`%.200s` %s",
                      dns->ask.item[i], why);
            return;
        }
        go(panel, way);
    }
}

static int
set_question(struct dns_panel *panel, bool want_signatures)
{
    const struct spec_dns *dns = &panel->spec->of.dns;
    struct dns_question *question = &panel->question;

    *question = (struct dns_question){
        .type = dns_type_parse(dns->record),
        .udp_size = dns->udp_size,
        .recurse = dns->recurse,
        .authentic = true,
        .unchecked = dns->unchecked,
        .want_dnssec = dns->want_dnssec || want_signatures,
    };
    /* DO is a part of EDNS. */
    if (question->want_dnssec && question->udp_size == 0)
        question->udp_size = DNS_UDP_SIZE;
    panel->out.seen.type = question->type;
    if (question->type == 0 || dns_name_parse(&question->name, dns->name) < 0)
        return -1;
    panel->out.seen.name = question->name;
    return 0;
}

/* Only a zone may have more servers than `ask` has items. */
static int
make_room(struct dns_panel *panel)
{
    const struct spec_list *ask = &panel->spec->of.dns.ask;

    /* A spec made by hand may have an empty one. */
    panel->chair_max = ask->count > 0 ? ask->count : 1;
    for (size_t i = 0; i < ask->count; i++)
        if (str_eq(ask->item[i], "authoritative"))
            panel->chair_max = DNS_PANEL_SERVERS_MAX;
    panel->way = calloc(panel->chair_max, sizeof(*panel->way));
    panel->chair = calloc(panel->chair_max, sizeof(*panel->chair));
    panel->out.seen.server =
        calloc(panel->chair_max, sizeof(*panel->out.seen.server));
    return panel->way != NULL && panel->chair != NULL &&
                   panel->out.seen.server != NULL
               ? 0
               : -1;
}

struct dns_panel *
dns_panel_start(struct engine *engine, const struct dns_panel_opts *opts,
                dns_panel_done_fn *done, void *cookie)
{
    struct dns_panel *panel = calloc(1, sizeof(*panel));

    if (panel == NULL)
        return NULL;
    panel->engine = engine;
    panel->spec = opts->spec;
    panel->wants = opts->wants;
    panel->done = done;
    panel->cookie = cookie;
    panel->deadline =
        clock_after(loop_now(engine->loop), opts->spec->timeout_ns);
    if (make_room(panel) < 0) {
        dns_panel_cancel(panel);
        errno = ENOMEM;
        return NULL;
    }
    /* One more than there is, until the next turn: done() is never told from
     * inside. */
    panel->open = 1;
    panel->early = loop_timer_start(engine->loop, 0, on_early, panel);
    if (set_question(panel, opts->want_signatures) < 0)
        set_fault(panel, REASON_LOCAL_CONFIG,
                  "%s %s is no question a DNS message can hold",
                  opts->spec->of.dns.name, opts->spec->of.dns.record);
    else
        start_ways(panel);
    return panel;
}

void
dns_panel_expire(struct dns_panel *panel)
{
    panel->is_late = true;
    /* Held open, so that what ends here does not end the panel under us. */
    panel->open++;
    if (panel->early != NULL)
        panel->open--;
    loop_timer_cancel(panel->early);
    panel->early = NULL;
    for (size_t i = 0; i < panel->way_count; i++) {
        struct way *way = &panel->way[i];

        if (way->query == NULL)
            continue;
        resolver_cancel(way->query);
        way->query = NULL;
        add_nowhere(panel, way->place.host, why_no_address(RESOLVER_TIMEOUT));
        panel->open--;
    }
    if (panel->is_walking)
        dns_walk_expire(panel->walk);
    for (size_t i = 0; i < panel->out.seen.count; i++) {
        struct chair *chair = &panel->chair[i];

        if (chair->again != NULL) {
            loop_timer_cancel(chair->again);
            chair->again = NULL;
            on_seat(chair);
        } else if (!chair->has_ended && chair->seat != NULL) {
            dns_seat_expire(chair->seat);
        }
    }
    close_one(panel);
}

void
dns_panel_cancel(struct dns_panel *panel)
{
    if (panel == NULL)
        return;
    loop_timer_cancel(panel->early);
    dns_walk_cancel(panel->walk);
    for (size_t i = 0; i < panel->way_count; i++)
        resolver_cancel(panel->way[i].query);
    for (size_t i = 0; i < panel->out.seen.count; i++) {
        loop_timer_cancel(panel->chair[i].again);
        dns_seat_cancel(panel->chair[i].seat);
    }
    free(panel->way);
    free(panel->chair);
    free(panel->out.seen.server);
    free(panel);
}
