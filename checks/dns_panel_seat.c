/*
 * A server that is known gets a chair, and a seat (dns_seat.h) on it is asked
 * at once.  Nobody sits twice.
 */
#include "checks/dns_panel_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/dns_seat.h"
#include "checks/dns_system.h"
#include "checks/engine_priv.h"
#include "checks/spec.h"

/* ---- chairs ---- */

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
    dns_panel_close(panel);
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
        dns_panel_fault(panel, REASON_LOCAL_CONFIG,
                        "there is no trust anchor to validate with: install "
                        "dns-root-data, or set `trust_anchor`");
    else if (errno == EINVAL)
        dns_panel_fault(
            panel, REASON_LOCAL_CONFIG,
            "`trust_anchor` holds no DS or DNSKEY record that is usable");
    else
        dns_panel_fault(panel, REASON_LOCAL_LIMIT, "%s", strerror(errno));
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
    dns_panel_close(panel); /* of the one before */
}

/* ---- whoever was named ---- */

void
dns_panel_seat_place(struct dns_panel *panel, const struct dns_place *place,
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
        dns_panel_fault(
            panel, REASON_POLICY_BLOCKED,
            "the address policy forbids %s; if it is meant, add it to "
            "`allow`",
            addr_format_ip(text, addr));
}

void
dns_panel_seat_nowhere(struct dns_panel *panel, const char *host,
                       const char *why)
{
    struct dns_seen_server *server = add_server(panel, true);

    if (server == NULL)
        return;
    (void)str_copy(server->label, sizeof(server->label), host);
    server->reason = REASON_DNS_UNREACHABLE;
    (void)snprintf(server->message, sizeof(server->message),
                   "the server %.150s %s", host, why);
}

/* ---- the zone's own ---- */

void
dns_panel_seat_host(struct dns_panel *panel, const struct dns_walk_answer *walk,
                    const struct dns_walk_host *host)
{
    char name[DNS_NAME_TEXT];
    char text[ADDR_TEXT_MAX];

    (void)dns_name_format(name, &host->name);
    if (host->addr_count == 0)
        dns_panel_seat_nowhere(panel, name, "has no address that may be asked");
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

/* ---- the end ---- */

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

void
dns_panel_seat_settle(struct dns_panel *panel)
{
    settle_skipped(panel);
    dns_system_settle(&panel->out.seen);
}

void
dns_panel_seat_expire(struct dns_panel *panel)
{
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
}

void
dns_panel_seat_cancel(struct dns_panel *panel)
{
    for (size_t i = 0; i < panel->out.seen.count; i++) {
        loop_timer_cancel(panel->chair[i].again);
        dns_seat_cancel(panel->chair[i].seat);
    }
}
