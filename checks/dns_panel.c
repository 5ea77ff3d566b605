/*
 * Each item of `ask` goes its own way to its servers: an address at once, a
 * name through the resolver, `authoritative` by a walk.  A server is asked as
 * soon as it is known.  The panel is done when nothing is `open`, under way.
 */
#include "checks/dns_panel_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/dns_system.h"
#include "checks/engine_priv.h"
#include "checks/spec.h"

/* --- the end --- */

void
dns_panel_close(struct dns_panel *panel)
{
    assert(panel->open > 0);
    if (--panel->open > 0)
        return;
    dns_panel_seat_settle(panel);
    if (panel->out.seen.count == 0 && panel->out.reason == REASON_NONE) {
        panel->out.reason = REASON_DNS_LAME;
        (void)str_copy(panel->out.message, sizeof(panel->out.message),
                       "there is no server to ask");
    }
    panel->done(panel->cookie, &panel->out);
}

void
dns_panel_fault(struct dns_panel *panel, enum reason reason, const char *format,
                ...)
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
on_resolved(void *cookie, const struct resolver_answer *answer)
{
    struct way *way = cookie;
    struct dns_panel *panel = way->panel;
    struct addr addr;

    way->query = NULL;
    if (answer->count == 0) {
        dns_panel_seat_nowhere(panel, way->place.host,
                               why_no_address(answer->status));
    } else {
        addr = answer->addrs[0];
        addr_set_port(&addr, way->place.port);
        dns_panel_seat_place(panel, &way->place, &addr, way->place.host);
    }
    dns_panel_close(panel);
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
        dns_panel_fault(panel, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

/* --- the zone's own --- */

static void
on_walked(void *cookie, const struct dns_walk_answer *answer)
{
    struct dns_panel *panel = cookie;

    panel->is_walking = false;
    panel->out.seen.walk = answer;
    if (answer->reason != REASON_NONE)
        dns_panel_fault(panel, answer->reason, "%s", answer->message);
    else
        for (size_t i = 0; i < answer->host_count; i++)
            dns_panel_seat_host(panel, answer, &answer->host[i]);
    dns_panel_close(panel);
}

static void
start_walk(struct dns_panel *panel)
{
    struct dns_walk_opts opts = {
        .name = panel->question.name,
        .family = panel->spec->net.family,
        .allow = &panel->spec->net.allow,
    };

    /* The one record of a zone that stands in the zone above (RFC 4035,
     * 3.1.4.1): its own servers do not have it. */
    if (panel->question.type == DNS_DS)
        (void)dns_name_up(&opts.name);
    panel->walk = dns_walk_start(panel->engine, &opts, on_walked, panel);
    if (panel->walk == NULL) {
        dns_panel_fault(panel, REASON_LOCAL_LIMIT, "%s", strerror(errno));
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
        dns_panel_seat_place(panel, &way->place, &addr, NULL);
        return;
    case DNS_PLACE_AUTHORITATIVE:
        if (panel->walk == NULL)
            start_walk(panel);
        return;
    case DNS_PLACE_SERVER:
        if (addr_parse_ip(&addr, way->place.host, way->place.port) == 0)
            dns_panel_seat_place(panel, &way->place, &addr, NULL);
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
    dns_panel_close(panel);
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
            dns_panel_fault(panel, REASON_LOCAL_CONFIG, "`%.200s` %s",
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
        dns_panel_fault(panel, REASON_LOCAL_CONFIG,
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
        dns_panel_seat_nowhere(panel, way->place.host,
                               why_no_address(RESOLVER_TIMEOUT));
        panel->open--;
    }
    if (panel->is_walking)
        dns_walk_expire(panel->walk);
    dns_panel_seat_expire(panel);
    dns_panel_close(panel);
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
    dns_panel_seat_cancel(panel);
    free(panel->way);
    free(panel->chair);
    free(panel->out.seen.server);
    free(panel);
}
