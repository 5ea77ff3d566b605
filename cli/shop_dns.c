/*
 * shop_dns.c - see shop_dns.h.
 *
 * A message is answered the moment it is whole.  Over TCP each has two bytes
 * of length before it, a connection may ask again and again, and one that is
 * silent for TCP_IDLE_NS or is one too many is closed.  Replies are small and
 * written at once; a client that does not take them is closed too.
 */
#include "cli/shop_dns.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/dns_codec.h"
#include "checks/dns_reply.h"
#include "cli/shop_cut.h"

#define UDP_AT_ONCE 64 /* questions of one wake-up */
#define TCP_MAX     64 /* connections */
#define TCP_IDLE_NS (5 * NS_PER_S)
#define TTL_S       60
#define ANY_TRIES   8 /* a free UDP port may be taken for TCP */

static const struct dns_reply_record zone[] = {
    {"shop.test", DNS_A, TTL_S, "127.0.0.1"},
    {"www.shop.test", DNS_A, TTL_S, "127.0.0.1"},
    {"api.shop.test", DNS_A, TTL_S, "127.0.0.1"},
    {"pay.shop.test", DNS_A, TTL_S, "127.0.0.1"},
    {"mail.shop.test", DNS_A, TTL_S, "127.0.0.1"},
    {"ns.shop.test", DNS_A, TTL_S, "127.0.0.1"},
    {"shop.test", DNS_NS, TTL_S, "ns.shop.test"},
    {"shop.test", DNS_MX, TTL_S, "10 mail.shop.test"},
    {"shop.test", DNS_TXT, TTL_S, "v=spf1 -all"},
    {"shop.test", DNS_SOA, TTL_S,
     "ns.shop.test hostmaster.shop.test 1 3600 600 86400 60"},
};

#define ZONE_COUNT (sizeof zone / sizeof *zone)

struct connection {
    struct connection *next;
    struct shop_dns *dns;
    int fd;
    struct loop_watch *watch;
    struct loop_timer *idle;
    struct buf in;
};

struct shop_dns {
    struct loop *loop;
    int udp, tcp;
    struct loop_watch *udp_watch, *tcp_watch;
    struct connection *connections;
    size_t connection_count;
    bool is_broken;
    uint8_t input[DNS_MESSAGE_MAX];
};

/* ---- one question ---- */

/* The answers to the question; how many.  -1: not a name of the zone. */
static int
find(const struct dns_message *query, struct dns_reply_record *to)
{
    int count = 0;
    bool is_known = false;
    for (size_t i = 0; i < ZONE_COUNT; i++) {
        struct dns_name name;
        if (dns_name_parse(&name, zone[i].name) != 0 ||
            !dns_name_eq(&name, &query->head.name))
            continue;
        is_known = true;
        if (zone[i].type == query->head.type)
            to[count++] = zone[i];
    }
    return is_known ? count : -1;
}

static bool
is_ours(const struct dns_name *name)
{
    char text[DNS_NAME_TEXT];
    dns_name_format(text, name);
    size_t len = strlen(text), zone_len = strlen(zone[0].name);
    return len >= zone_len &&
           str_eq_nocase(text + len - zone_len, zone[0].name) &&
           (len == zone_len || text[len - zone_len - 1] == '.');
}

/* Adds the reply to `out`; nothing when it is not a question at all. */
static void
answer(const struct shop_dns *dns, const void *data, size_t len,
       size_t size_max, struct buf *out)
{
    struct dns_message query;
    struct dns_reply_record record[ZONE_COUNT];
    struct dns_reply reply = {.record = record, .aa = true};
    if (dns_codec_decode(&query, data, len) != 0 || query.head.is_response)
        return;
    reply.size_max = size_max != 0 ? size_max : query.udp_size;
    int found = query.head.has_question ? find(&query, record) : 0;
    if (dns->is_broken)
        reply.rcode = DNS_SERVFAIL;
    else if (query.head.opcode != 0)
        reply.rcode = DNS_NOTIMP;
    else if (!query.head.has_question)
        reply.rcode = DNS_FORMERR;
    else if (query.head.class != DNS_CLASS_IN || !is_ours(&query.head.name))
        reply.rcode = DNS_REFUSED;
    else if (found < 0)
        reply.rcode = DNS_NXDOMAIN;
    else
        reply.record_count = (size_t)found;
    reply.aa = reply.rcode == DNS_NOERROR || reply.rcode == DNS_NXDOMAIN;
    if (dns_reply_encode(out, &query, &reply) != 0)
        buf_reset(out);
}

static void
on_udp(void *cookie, int fd, unsigned events)
{
    struct shop_dns *dns = cookie;
    (void)events;
    for (int i = 0; i < UDP_AT_ONCE; i++) {
        struct addr from = {.len = sizeof from.ss};
        ssize_t n = recvfrom(fd, dns->input, sizeof dns->input, 0,
                             (struct sockaddr *)&from.ss, &from.len);
        if (n < 0)
            return;
        struct buf out;
        buf_init(&out, DNS_MESSAGE_MAX);
        answer(dns, dns->input, (size_t)n, 0, &out);
        /* A reply that does not go out is one that was lost on the way: the
         * client asks again. */
        if (out.len > 0)
            (void)sendto(fd, out.data, out.len, 0,
                         (const struct sockaddr *)&from.ss, from.len);
        buf_free(&out);
    }
}

/* ---- TCP ---- */

static void
drop(struct connection *c)
{
    struct connection **at = &c->dns->connections;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    c->dns->connection_count--;
    loop_watch_cancel(c->watch);
    loop_timer_cancel(c->idle);
    close(c->fd);
    buf_free(&c->in);
    free(c);
}

static void
on_idle(void *cookie)
{
    struct connection *c = cookie;
    c->idle = NULL;
    drop(c);
}

/* Answers every whole message there is; -1: close. */
static int
serve(struct connection *c)
{
    while (c->in.len >= 2) {
        struct buf_reader r = buf_reader(c->in.data, c->in.len);
        size_t len = buf_get_be16(&r);
        const uint8_t *message = buf_get(&r, len);
        struct buf body, out;
        if (message == NULL)
            return 0;
        buf_init(&body, DNS_MESSAGE_MAX);
        buf_init(&out, DNS_MESSAGE_MAX + 2);
        answer(c->dns, message, len, DNS_MESSAGE_MAX, &body);
        buf_add_be16(&out, (uint16_t)body.len);
        buf_add(&out, body.data, body.len);
        ssize_t sent = send(c->fd, out.data, out.len, MSG_NOSIGNAL);
        int rc = body.len > 0 && sent == (ssize_t)out.len ? 0 : -1;
        buf_free(&body);
        buf_free(&out);
        if (rc != 0)
            return -1;
        buf_drop_front(&c->in, len + 2);
    }
    return 0;
}

static void
on_readable(void *cookie, int fd, unsigned events)
{
    struct connection *c = cookie;
    struct shop_dns *dns = c->dns;
    (void)events;
    ssize_t n = recv(fd, dns->input, sizeof dns->input, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || buf_add(&c->in, dns->input, (size_t)n) != 0 ||
        serve(c) != 0) {
        drop(c);
        return;
    }
    loop_timer_cancel(c->idle);
    c->idle = loop_timer_start(dns->loop, TCP_IDLE_NS, on_idle, c);
}

static void
on_accept(void *cookie, int fd, unsigned events)
{
    struct shop_dns *dns = cookie;
    (void)events;
    int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0)
        return;
    if (dns->connection_count == TCP_MAX) {
        close(client);
        return;
    }
    struct connection *c = str_xcalloc(1, sizeof *c);
    c->dns = dns;
    c->fd = client;
    /* One message that is not whole yet, and what one read may bring. */
    buf_init(&c->in, (size_t)2 * (DNS_MESSAGE_MAX + 2));
    c->watch = loop_watch_start(dns->loop, client, LOOP_READ, on_readable, c);
    c->idle = loop_timer_start(dns->loop, TCP_IDLE_NS, on_idle, c);
    c->next = dns->connections;
    dns->connections = c;
    dns->connection_count++;
}

/* ---- the server ---- */

static int
bind_socket(const struct addr *at, int type)
{
    int fd = socket(at->ss.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    if (fd < 0)
        return -1;
    if ((type == SOCK_STREAM &&
         setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0) ||
        bind(fd, (const struct sockaddr *)&at->ss, at->len) != 0 ||
        (type == SOCK_STREAM && listen(fd, TCP_MAX) != 0)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* Both sockets on one port. */
static int
bind_both(struct shop_dns *dns, const char *listen, uint16_t *port)
{
    struct addr at;
    if (addr_parse(&at, listen, 0) != 0) {
        errno = EINVAL;
        return -1;
    }
    *port = addr_port(&at);
    for (int i = 0; i < ANY_TRIES; i++) {
        dns->udp = bind_socket(&at, SOCK_DGRAM);
        if (dns->udp < 0)
            return -1;
        struct addr got = {.len = sizeof got.ss};
        if (getsockname(dns->udp, (struct sockaddr *)&got.ss, &got.len) != 0)
            return -1;
        dns->tcp = bind_socket(&got, SOCK_STREAM);
        if (dns->tcp >= 0)
            return 0;
        if (*port != 0 || errno != EADDRINUSE)
            return -1;
        close(dns->udp);
        dns->udp = -1;
    }
    return -1;
}

struct shop_dns *
shop_dns_open(struct loop *loop, const char *listen, char *why, size_t cap)
{
    struct shop_dns *dns = str_xcalloc(1, sizeof *dns);
    uint16_t port = 0;
    dns->loop = loop;
    dns->udp = dns->tcp = -1;
    if (bind_both(dns, listen, &port) != 0) {
        char *text =
            errno == EADDRINUSE
                ? str_xprintf("port %u is taken, and the demo shop's name "
                              "server needs it: `ss -tulnp sport = :%u` shows "
                              "by whom",
                              port, port)
                : str_xprintf("the demo shop's name server cannot listen on "
                              "%s: %s",
                              listen, strerror(errno));
        str_copy(why, cap, text);
        free(text);
        shop_dns_close(dns);
        return NULL;
    }
    dns->udp_watch = loop_watch_start(loop, dns->udp, LOOP_READ, on_udp, dns);
    dns->tcp_watch =
        loop_watch_start(loop, dns->tcp, LOOP_READ, on_accept, dns);
    return dns;
}

void
shop_dns_close(struct shop_dns *dns)
{
    struct connection *next = NULL;
    if (dns == NULL)
        return;
    for (struct connection *c = dns->connections; c != NULL; c = next) {
        next = c->next;
        drop(c);
    }
    loop_watch_cancel(dns->udp_watch);
    loop_watch_cancel(dns->tcp_watch);
    if (dns->udp >= 0)
        close(dns->udp);
    if (dns->tcp >= 0)
        close(dns->tcp);
    free(dns);
}

uint16_t
shop_dns_port(const struct shop_dns *dns)
{
    struct addr at = {.len = sizeof at.ss};
    if (getsockname(dns->udp, (struct sockaddr *)&at.ss, &at.len) != 0)
        return 0;
    return addr_port(&at);
}

int
shop_dns_set_cut(struct shop_dns *dns, const char *region)
{
    if (shop_cut_set(dns->udp, region) != 0)
        return -1;
    return shop_cut_set(dns->tcp, region);
}

void
shop_dns_set_broken(struct shop_dns *dns, bool broken)
{
    dns->is_broken = broken;
}
