#include "checks/dns_hosts.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/loop.h"
#include "checks/dns_codec.h"
#include "checks/engine_priv.h"
#include "checks/spec_list.h"

struct lookup {
    struct dns_hosts *hosts;
    struct dns_walk_host *host;
    struct resolver_query *query; /* NULL: none under way */
};

struct dns_hosts {
    struct engine *engine;
    struct dns_hosts_opts opts;
    void (*done)(void *cookie);
    void *cookie;
    struct lookup lookup[DNS_WALK_HOSTS_MAX];
    size_t left;
    struct loop_timer *early;
};

static bool
fits(enum resolver_family family, const struct addr *addr)
{
    return family == RESOLVER_ANY ||
           (family == RESOLVER_V4) == (addr->ss.ss_family == AF_INET);
}

static void
add_addr(struct dns_walk_host *host, const struct addr *addr, uint16_t port)
{
    if (host->addr_count == DNS_WALK_ADDRS_MAX)
        return;
    for (size_t i = 0; i < host->addr_count; i++)
        if (addr_eq_ip(&host->addr[i], addr))
            return;
    host->addr[host->addr_count] = *addr;
    addr_set_port(&host->addr[host->addr_count++], port);
}

/* The address in an A or AAAA record. */
static bool
get_addr(const struct dns_message *m, const struct dns_record *record,
         struct addr *addr)
{
    struct buf text;
    bool is_one;

    if (record->type != DNS_A && record->type != DNS_AAAA)
        return false;
    buf_init(&text, ADDR_TEXT_MAX);
    is_one = dns_codec_format_data(m, record, &text) == 0 &&
             addr_parse_ip(addr, buf_text(&text), 0) == 0;
    buf_free(&text);
    return is_one;
}

void
dns_hosts_add_glue(struct dns_walk_answer *answer, const struct dns_message *m,
                   enum resolver_family family, uint16_t port)
{
    for (size_t i = 0; i < m->record_count; i++) {
        struct dns_name owner;
        struct addr addr;

        if (m->record[i].section != DNS_IN_ADDITIONAL ||
            !get_addr(m, &m->record[i], &addr) || !fits(family, &addr) ||
            dns_codec_get_owner(m, &m->record[i], &owner) < 0)
            continue;
        for (size_t k = 0; k < answer->host_count; k++) {
            /* Only of names the referring server is above: others are hearsay. */
            if (!dns_name_eq(&answer->host[k].name, &owner) ||
                !dns_name_in(&owner, &answer->parent))
                continue;
            answer->host[k].is_glue = true;
            add_addr(&answer->host[k], &addr, port);
        }
    }
}

static void
drop_refused(const struct dns_hosts *hosts)
{
    const struct spec_list *allow = hosts->opts.allow;
    struct addr_policy policy = {
        allow != NULL ? (const char *const *)allow->item : NULL,
        allow != NULL ? allow->count : 0};
    struct dns_walk_answer *answer = hosts->opts.answer;

    for (size_t i = 0; i < answer->host_count; i++) {
        struct dns_walk_host *host = &answer->host[i];
        size_t kept = 0;

        for (size_t k = 0; k < host->addr_count; k++)
            if (addr_allowed(&policy, &host->addr[k]))
                host->addr[kept++] = host->addr[k];
        host->addr_count = kept;
    }
}

static void
finish(struct dns_hosts *hosts)
{
    drop_refused(hosts);
    hosts->done(hosts->cookie);
}

static void
on_early(void *cookie)
{
    struct dns_hosts *hosts = cookie;

    hosts->early = NULL;
    finish(hosts);
}

static void
on_resolved(void *cookie, const struct resolver_answer *answer)
{
    struct lookup *lookup = cookie;
    struct dns_hosts *hosts = lookup->hosts;

    lookup->query = NULL;
    for (size_t i = 0; i < answer->count; i++)
        add_addr(lookup->host, &answer->addrs[i], hosts->opts.port);
    if (--hosts->left == 0)
        finish(hosts);
}

struct dns_hosts *
dns_hosts_start(struct engine *engine, const struct dns_hosts_opts *opts,
                void (*done)(void *cookie), void *cookie)
{
    struct dns_hosts *hosts = calloc(1, sizeof(*hosts));

    if (hosts == NULL)
        return NULL;
    hosts->engine = engine;
    hosts->opts = *opts;
    hosts->done = done;
    hosts->cookie = cookie;
    for (size_t i = 0; i < opts->answer->host_count; i++) {
        struct lookup *lookup = &hosts->lookup[i];
        char name[DNS_NAME_TEXT];

        lookup->hosts = hosts;
        lookup->host = &opts->answer->host[i];
        if (lookup->host->addr_count > 0)
            continue;
        lookup->query = resolver_start(
            engine->resolver, dns_name_format(name, &lookup->host->name),
            opts->family, opts->timeout_ns, on_resolved, lookup);
        hosts->left += lookup->query != NULL ? 1 : 0;
    }
    if (hosts->left == 0)
        hosts->early = loop_timer_start(engine->loop, 0, on_early, hosts);
    return hosts;
}

void
dns_hosts_cancel(struct dns_hosts *hosts)
{
    if (hosts == NULL)
        return;
    loop_timer_cancel(hosts->early);
    for (size_t i = 0; i < DNS_WALK_HOSTS_MAX; i++)
        resolver_cancel(hosts->lookup[i].query);
    free(hosts);
}
