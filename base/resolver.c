/*
 * One c-ares channel on the loop.  c-ares tells which descriptors it wants; its
 * own clock is driven by a tick while anything is asked, because its timeouts
 * are only the resending of lost datagrams: the deadline of a query is ours.
 *
 * c-ares 1.18 cannot take one query back.  A query that was cancelled or whose
 * deadline passed becomes an orphan: it stays until c-ares is through with it
 * (at most the sum of its resends, 15 s) and then only frees itself.
 *
 * When a server says SERVFAIL, REFUSED or NOTIMP, c-ares asks the next one, as
 * it should, but when all of them do, it says no more than that it could not
 * reach any.  Such a query is asked once more on a second channel, which hands
 * refusals through: the first word of any server is then the status.
 *
 * The second channel alone reads /etc/hosts, so a name that may be there
 * (hosts.h) is asked on it at once.
 *
 * A socket serves all queries that overlap and is closed after the last, so a
 * query on its own has a fresh source port.
 */
#include "base/resolver.h"

#include <ares.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr_order.h"
#include "base/clock.h"
#include "base/hosts.h"
#include "base/loop.h"
#include "base/str.h"

#define RESEND_MS   500 /* first; doubles with each round over the servers */
#define TRIES       5   /* 0.5 + 1 + 2 + 4 + 8 s */
#define TICK_NS     (100 * NS_PER_MS)
#define EDNS_BYTES  1232 /* what passes everywhere unfragmented */
#define SOCKETS_MAX 32   /* servers by UDP and TCP */

struct socket {
    int fd; /* -1: free */
    struct loop_watch *watch;
};

enum { ASKING, NAMING, CHANNELS };

struct resolver {
    struct loop *loop;
    ares_channel channel[CHANNELS];
    struct hosts *hosts;
    struct loop_timer *tick;
    size_t asked_count;  /* at c-ares, orphans too */
    size_t wanted_count; /* not ended and not cancelled */
    bool is_inside;      /* c-ares is calling back */
    bool is_doomed;      /* freed from inside a done(): goes after that */
    struct socket sockets[SOCKETS_MAX];
};

struct resolver_query {
    struct resolver *resolver;
    resolver_done_fn *done; /* NULL: an orphan */
    void *cookie;
    struct loop_timer *timer; /* the deadline; later the end */
    mono_t started;
    char *name; /* until it was asked on the second channel */
    int family;
    bool is_asked; /* c-ares will call back */
    bool is_starting;
    struct resolver_answer answer;
    struct addr *addrs;
};

static void
process(struct resolver *resolver, ares_socket_t in, ares_socket_t out)
{
    size_t i;

    resolver->is_inside = true;
    /* A descriptor that a channel does not know is nothing to it. */
    for (i = 0; i < CHANNELS; i++)
        ares_process_fd(resolver->channel[i], in, out);
    resolver->is_inside = false;
    if (resolver->is_doomed)
        resolver_free(resolver);
}

static void
on_event(void *cookie, int fd, unsigned events)
{
    process(cookie, events & LOOP_READ ? fd : ARES_SOCKET_BAD,
            events & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
}

static struct socket *
find_socket(struct resolver *resolver, int fd)
{
    size_t i;

    for (i = 0; i < SOCKETS_MAX; i++) {
        if (resolver->sockets[i].fd == fd)
            return &resolver->sockets[i];
    }
    return NULL;
}

/* c-ares': watch `fd` so from now on.  One that finds no place is not watched,
 * and its query ends by its deadline. */
static void
on_socket(void *cookie, ares_socket_t fd, int readable, int writable)
{
    struct resolver *resolver = cookie;
    struct socket *known = find_socket(resolver, fd);
    unsigned events =
        (readable ? LOOP_READ : 0U) | (writable ? LOOP_WRITE : 0U);

    if (events == 0) {
        if (known != NULL) {
            loop_watch_cancel(known->watch);
            known->fd = -1;
        }
        return;
    }
    if (known != NULL) {
        loop_watch_set(known->watch, events);
        return;
    }
    known = find_socket(resolver, -1);
    if (known == NULL)
        return;
    known->watch =
        loop_watch_start(resolver->loop, fd, events, on_event, resolver);
    if (known->watch != NULL)
        known->fd = fd;
}

static void
on_tick(void *cookie)
{
    struct resolver *resolver = cookie;

    resolver->tick =
        resolver->asked_count > 0
            ? loop_timer_start(resolver->loop, TICK_NS, on_tick, resolver)
            : NULL;
    process(resolver, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static int
open_channel(struct resolver *resolver, size_t which, const char *servers)
{
    static const int flags[CHANNELS] = {
        ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
        ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
            ARES_FLAG_NOCHECKRESP,
    };
    static const char *const sources[CHANNELS] = {"b", "fb"};
    char lookups[4];
    struct ares_options options = {
        .flags = flags[which],
        .timeout = RESEND_MS,
        .tries = TRIES,
        .lookups = lookups,
        .ednspsz = EDNS_BYTES,
        .sock_state_cb = on_socket,
        .sock_state_cb_data = resolver,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
               ARES_OPT_LOOKUPS | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB;
    ares_channel *channel = &resolver->channel[which];

    (void)str_copy(lookups, sizeof lookups, sources[which]);
    if (ares_init_options(channel, &options, mask) != ARES_SUCCESS) {
        *channel = NULL;
        errno = ENOMEM;
        return -1;
    }
    if (servers == NULL || str_eq(servers, "system"))
        return 0;
    if (servers[0] == '\0' ||
        ares_set_servers_ports_csv(*channel, servers) != ARES_SUCCESS) {
        errno = EINVAL;
        return -1;
    }
    return 0;
}

static void
close_channels(struct resolver *resolver)
{
    size_t i;

    for (i = 0; i < CHANNELS; i++) {
        if (resolver->channel[i] != NULL)
            ares_destroy(resolver->channel[i]); /* the orphans go */
    }
}

struct resolver *
resolver_create(struct loop *loop, const char *servers)
{
    struct resolver *resolver;
    size_t i;
    int err;

    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
        errno = ENOMEM;
        return NULL;
    }
    resolver = str_xcalloc(1, sizeof *resolver);
    resolver->loop = loop;
    for (i = 0; i < SOCKETS_MAX; i++)
        resolver->sockets[i].fd = -1;
    if (open_channel(resolver, ASKING, servers) == 0 &&
        open_channel(resolver, NAMING, servers) == 0) {
        resolver->hosts = hosts_create(HOSTS_FILE);
        return resolver;
    }
    err = errno;
    close_channels(resolver);
    free(resolver);
    ares_library_cleanup();
    errno = err;
    return NULL;
}

void
resolver_free(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    assert(resolver->wanted_count == 0);
    if (resolver->is_inside) {
        resolver->is_doomed = true;
        return;
    }
    close_channels(resolver);
    assert(resolver->asked_count == 0);
    loop_timer_cancel(resolver->tick);
    hosts_free(resolver->hosts);
    free(resolver);
    ares_library_cleanup();
}

static void
destroy(struct resolver_query *query)
{
    loop_timer_cancel(query->timer);
    free(query->addrs);
    free(query->name);
    free(query);
}

/* Tells the end; what c-ares still owes becomes an orphan. */
static void
end(struct resolver_query *query)
{
    struct resolver *resolver = query->resolver;
    resolver_done_fn *done = query->done;

    query->answer.addrs = query->addrs;
    query->answer.took_ns =
        clock_since_ns(query->started, loop_now(resolver->loop));
    query->done = NULL;
    resolver->wanted_count--;
    loop_timer_cancel(query->timer);
    query->timer = NULL;
    done(query->cookie, &query->answer);
    if (!query->is_asked)
        destroy(query);
}

static void
on_timer(void *cookie)
{
    struct resolver_query *query = cookie;

    query->timer = NULL;
    end(query);
}

static enum resolver_status
status_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return RESOLVER_OK;
    case ARES_ENOTFOUND:
        return RESOLVER_NXDOMAIN;
    case ARES_ENODATA:
        return RESOLVER_NODATA;
    case ARES_ESERVFAIL:
        return RESOLVER_SERVFAIL;
    case ARES_EREFUSED:
        return RESOLVER_REFUSED;
    case ARES_ENOTIMP:
        return RESOLVER_NOTIMP;
    case ARES_EFORMERR:
        return RESOLVER_FORMERR;
    case ARES_ETIMEOUT:
        return RESOLVER_TIMEOUT;
    case ARES_ECONNREFUSED:
    case ARES_EFILE:
    case ARES_ENOMEM:
        return RESOLVER_UNREACHABLE;
    default: /* c-ares' list: a bad name or a bad answer */
        return RESOLVER_MALFORMED;
    }
}

static void
keep_addrs(struct resolver_query *query, const struct ares_addrinfo *info)
{
    const struct ares_addrinfo_node *node;
    size_t count = 0;

    for (node = info->nodes; node != NULL && count < RESOLVER_ADDRS_MAX;
         node = node->ai_next)
        count++;
    query->addrs = str_xcalloc(count + 1, sizeof *query->addrs);
    for (node = info->nodes; node != NULL && query->answer.count < count;
         node = node->ai_next) {
        struct addr *addr = &query->addrs[query->answer.count];

        if (node->ai_addrlen > sizeof addr->ss)
            continue;
        memcpy(&addr->ss, node->ai_addr, node->ai_addrlen);
        addr->len = node->ai_addrlen;
        addr_set_port(addr, 0);
        query->answer.count++;
    }
    addr_order(query->addrs, query->answer.count);
}

static void on_answer(void *cookie, int status, int timeouts,
                      struct ares_addrinfo *info);

static void
ask(struct resolver_query *query, size_t which)
{
    struct resolver *resolver = query->resolver;
    /* c-ares orders a single address too, for four system calls. */
    struct ares_addrinfo_hints hints = {.ai_socktype = SOCK_STREAM,
                                        .ai_flags = ARES_AI_NOSORT};
    char *name = query->name;

    hints.ai_family = query->family;
    resolver->asked_count++;
    query->is_asked = true;
    if (which == NAMING)
        query->name = NULL;
    if (resolver->tick == NULL)
        resolver->tick =
            loop_timer_start(resolver->loop, TICK_NS, on_tick, resolver);
    ares_getaddrinfo(resolver->channel[which], name, NULL, &hints, on_answer,
                     query);
    if (which == NAMING)
        free(name);
}

/* c-ares': exactly once an asking, perhaps from inside its start. */
static void
on_answer(void *cookie, int status, int timeouts, struct ares_addrinfo *info)
{
    struct resolver_query *query = cookie;

    query->resolver->asked_count--;
    query->is_asked = false;
    query->answer.resent += timeouts;
    if (query->done == NULL) {
        ares_freeaddrinfo(info);
        destroy(query);
        return;
    }
    if (status == ARES_ECONNREFUSED && query->name != NULL) {
        ask(query, NAMING);
        return;
    }
    query->answer.status = status_of(status);
    if (status == ARES_SUCCESS && info != NULL)
        keep_addrs(query, info);
    if (query->answer.status == RESOLVER_OK && query->answer.count == 0)
        query->answer.status = RESOLVER_NODATA;
    ares_freeaddrinfo(info);
    if (!query->is_starting)
        end(query);
}

static int
family_of(enum resolver_family family)
{
    switch (family) {
    case RESOLVER_ANY:
        return AF_UNSPEC;
    case RESOLVER_V4:
        return AF_INET;
    case RESOLVER_V6:
        return AF_INET6;
    }
    return AF_UNSPEC;
}

/* A literal address is its own answer, unless of the other family. */
static bool
is_literal(struct resolver_query *query, const char *name,
           enum resolver_family family)
{
    struct addr addr;
    bool is_wanted;

    if (addr_parse_ip(&addr, name, 0) != 0)
        return false;
    is_wanted = family == RESOLVER_ANY ||
                (family == RESOLVER_V4) == (addr.ss.ss_family == AF_INET);
    query->answer.status = is_wanted ? RESOLVER_OK : RESOLVER_NODATA;
    if (is_wanted) {
        query->addrs = str_xcalloc(1, sizeof addr);
        query->addrs[0] = addr;
        query->answer.count = 1;
    }
    return true;
}

struct resolver_query *
resolver_start(struct resolver *resolver, const char *name,
               enum resolver_family family, int64_t timeout_ns,
               resolver_done_fn *done, void *cookie)
{
    struct resolver_query *query = str_xcalloc(1, sizeof *query);

    assert(done != NULL && timeout_ns > 0);
    query->resolver = resolver;
    query->done = done;
    query->cookie = cookie;
    query->started = loop_now(resolver->loop);
    query->answer.status = RESOLVER_TIMEOUT; /* until something is known */
    resolver->wanted_count++;
    query->is_starting = true;
    if (!is_literal(query, name, family)) {
        query->name = str_xdup(name);
        query->family = family_of(family);
        ask(query, hosts_may_hold(resolver->hosts, name, query->started)
                       ? NAMING
                       : ASKING);
    }
    query->is_starting = false;
    query->timer = loop_timer_start(
        resolver->loop, query->is_asked ? timeout_ns : 0, on_timer, query);
    return query;
}

void
resolver_cancel(struct resolver_query *query)
{
    if (query == NULL)
        return;
    assert(query->done != NULL);
    query->done = NULL;
    query->resolver->wanted_count--;
    loop_timer_cancel(query->timer);
    query->timer = NULL;
    if (!query->is_asked)
        destroy(query);
}
