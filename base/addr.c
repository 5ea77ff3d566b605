/*
 * How an address is compared: everything is brought to 16 bytes of IPv6 first,
 * an IPv4 address as ::ffff:a.b.c.d.  So 169.254.169.254 is refused however it
 * is dressed: as itself, v4-mapped, or behind the NAT64 prefix 64:ff9b::/96,
 * whose translator would take us there.
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define IP_BYTES      16
#define IP_BITS       128
#define V4_BITS       32
#define V4_BYTES      4
#define NETWORK_MAX   64  /* text of a network, with its length */
#define HOST_TEXT_MAX 254 /* a DNS name and NUL */

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0,    0,
                                          0, 0, 0, 0, 0xff, 0xff};
static const uint8_t nat64_prefix[12] = {0, 0x64, 0xff, 0x9b};

struct network {
    const char *text;
    uint8_t bytes[IP_BYTES];
    unsigned bits; /* the leading ones that count */
};

#define MAPPED 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff

/* Link-local networks, and where clouds answer for their metadata: one request
 * there gives a machine's credentials away.  Each as bytes too, because every
 * connect asks. */
static const struct network refused_networks[] = {
    /* link-local; AWS, Azure, GCP and most others */
    {"169.254.0.0/16", {MAPPED, 169, 254}, IP_BITS - V4_BITS + 16},
    /* link-local */
    {"fe80::/10", {0xfe, 0x80}, 10},
    /* AWS over IPv6 */
    {"fd00:ec2::/32", {0xfd, 0, 0x0e, 0xc2}, 32},
    /* GCP over IPv6 */
    {"fd20:ce::254", {0xfd, 0x20, 0, 0xce, [14] = 0x02, [15] = 0x54}, IP_BITS},
    /* Alibaba */
    {"100.100.100.200", {MAPPED, 100, 100, 100, 200}, IP_BITS},
    /* Azure's host */
    {"168.63.129.16", {MAPPED, 168, 63, 129, 16}, IP_BITS},
    /* Oracle, older shapes */
    {"192.0.0.192", {MAPPED, 192, 0, 0, 192}, IP_BITS},
};

static void
to_v4(struct addr *addr, struct in_addr ip, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET};

    in.sin_addr = ip;
    in.sin_port = htons(port);
    memset(addr, 0, sizeof *addr);
    memcpy(&addr->ss, &in, sizeof in);
    addr->len = sizeof in;
}

static void
to_v6(struct addr *addr, const struct in6_addr *ip, uint16_t port)
{
    struct sockaddr_in6 in = {.sin6_family = AF_INET6};

    in.sin6_addr = *ip;
    in.sin6_port = htons(port);
    memset(addr, 0, sizeof *addr);
    memcpy(&addr->ss, &in, sizeof in);
    addr->len = sizeof in;
}

int
addr_parse_ip(struct addr *addr, const char *text, uint16_t port)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, text, &v4) == 1) {
        to_v4(addr, v4, port);
        return 0;
    }
    if (inet_pton(AF_INET6, text, &v6) == 1) {
        to_v6(addr, &v6, port);
        return 0;
    }
    return -1;
}

/* Copies `len` bytes of `text` as a host; -1 when empty or too long. */
static int
copy_host(char *host, size_t cap, const char *text, size_t len)
{
    if (len == 0 || len >= cap)
        return -1;
    memcpy(host, text, len);
    host[len] = '\0';
    return 0;
}

static int
split_bracketed(const char *text, char *host, size_t cap, uint16_t *port)
{
    const char *end = strchr(text, ']');
    uint16_t parsed = *port;

    if (end == NULL)
        return -1;
    if (end[1] != '\0') {
        if (end[1] != ':' || str_parse_u16(end + 2, &parsed) != 0)
            return -1;
    }
    if (copy_host(host, cap, text + 1, (size_t)(end - text) - 1) != 0)
        return -1;
    *port = parsed;
    return 0;
}

int
addr_split(const char *text, char *host, size_t cap, uint16_t *port)
{
    const char *colon = strchr(text, ':');
    uint16_t parsed = *port;
    size_t len = strlen(text);

    if (text[0] == '[')
        return split_bracketed(text, host, cap, port);
    /* Two colons without brackets can only be an IPv6 address. */
    if (colon != NULL && strchr(colon + 1, ':') == NULL) {
        if (str_parse_u16(colon + 1, &parsed) != 0)
            return -1;
        len = (size_t)(colon - text);
    }
    if (copy_host(host, cap, text, len) != 0)
        return -1;
    *port = parsed;
    return 0;
}

int
addr_parse(struct addr *addr, const char *text, uint16_t port)
{
    char host[HOST_TEXT_MAX];

    if (addr_split(text, host, sizeof host, &port) != 0)
        return -1;
    return addr_parse_ip(addr, host, port);
}

/* `value` in decimal digits; returns the end.  The kernel's addresses are
 * printed for every run, and snprintf() is half of what that costs. */
static char *
put_decimal(char *to, unsigned value)
{
    char digits[10]; /* of UINT_MAX */
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (n > 0)
        *to++ = digits[--n];
    return to;
}

/* Returns the end of the text. */
static char *
put_v4(char *to, const uint8_t *byte)
{
    for (size_t i = 0; i < V4_BYTES; i++) {
        if (i > 0)
            *to++ = '.';
        to = put_decimal(to, byte[i]);
    }
    *to = '\0';
    return to;
}

/* Returns the end of the text, of at most INET6_ADDRSTRLEN with its NUL. */
static char *
put_ip(char *to, const struct addr *addr)
{
    uint8_t byte[V4_BYTES];
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (addr->ss.ss_family == AF_INET) {
        memcpy(&in, &addr->ss, sizeof in);
        memcpy(byte, &in.sin_addr, sizeof byte);
        return put_v4(to, byte);
    }
    memcpy(&in6, &addr->ss, sizeof in6);
    if (addr->ss.ss_family != AF_INET6 ||
        inet_ntop(AF_INET6, &in6.sin6_addr, to, INET6_ADDRSTRLEN) == NULL)
        str_copy(to, INET6_ADDRSTRLEN, "?");
    return to + strlen(to);
}

const char *
addr_format_ip(char to[ADDR_TEXT_MAX], const struct addr *addr)
{
    (void)put_ip(to, addr);
    return to;
}

const char *
addr_format_bytes(char to[ADDR_TEXT_MAX], int family, const void *bytes)
{
    if (family == AF_INET)
        (void)put_v4(to, bytes);
    else if (inet_ntop(family, bytes, to, ADDR_TEXT_MAX) == NULL)
        str_copy(to, ADDR_TEXT_MAX, "?");
    return to;
}

const char *
addr_format(char to[ADDR_TEXT_MAX], const struct addr *addr)
{
    bool is_v6 = addr->ss.ss_family == AF_INET6;
    char *end;

    if (is_v6)
        to[0] = '[';
    end = put_ip(is_v6 ? to + 1 : to, addr);
    if (is_v6)
        *end++ = ']';
    *end++ = ':';
    end = put_decimal(end, addr_port(addr));
    *end = '\0';
    return to;
}

uint16_t
addr_port(const struct addr *addr)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (addr->ss.ss_family == AF_INET) {
        memcpy(&in, &addr->ss, sizeof in);
        return ntohs(in.sin_port);
    }
    if (addr->ss.ss_family == AF_INET6) {
        memcpy(&in6, &addr->ss, sizeof in6);
        return ntohs(in6.sin6_port);
    }
    return 0;
}

void
addr_set_port(struct addr *addr, uint16_t port)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (addr->ss.ss_family == AF_INET) {
        memcpy(&in, &addr->ss, sizeof in);
        in.sin_port = htons(port);
        memcpy(&addr->ss, &in, sizeof in);
    } else if (addr->ss.ss_family == AF_INET6) {
        memcpy(&in6, &addr->ss, sizeof in6);
        in6.sin6_port = htons(port);
        memcpy(&addr->ss, &in6, sizeof in6);
    }
}

/* The 16 bytes by which addresses are compared; -1 for another family. */
static int
to_bytes(uint8_t out[IP_BYTES], const struct addr *addr)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (addr->ss.ss_family == AF_INET) {
        memcpy(&in, &addr->ss, sizeof in);
        memcpy(out, mapped_prefix, sizeof mapped_prefix);
        memcpy(out + sizeof mapped_prefix, &in.sin_addr, 4);
        return 0;
    }
    if (addr->ss.ss_family == AF_INET6) {
        memcpy(&in6, &addr->ss, sizeof in6);
        memcpy(out, &in6.sin6_addr, IP_BYTES);
        return 0;
    }
    return -1;
}

bool
addr_eq_ip(const struct addr *a, const struct addr *b)
{
    uint8_t x[IP_BYTES];
    uint8_t y[IP_BYTES];

    return to_bytes(x, a) == 0 && to_bytes(y, b) == 0 &&
           memcmp(x, y, IP_BYTES) == 0;
}

static bool
same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;

    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* `network` into bytes and the number of leading bits that count. */
static int
parse_network(const char *network, uint8_t bytes[IP_BYTES], unsigned *bits)
{
    const char *slash = strchr(network, '/');
    char ip[NETWORK_MAX];
    struct addr addr;
    uint16_t given = 0;
    unsigned widest;

    if (copy_host(ip, sizeof ip, network,
                  slash ? (size_t)(slash - network) : strlen(network)) != 0)
        return -1;
    if (addr_parse_ip(&addr, ip, 0) != 0 || to_bytes(bytes, &addr) != 0)
        return -1;
    widest = addr.ss.ss_family == AF_INET ? V4_BITS : IP_BITS;
    if (slash == NULL) {
        *bits = IP_BITS;
        return 0;
    }
    if (str_parse_u16(slash + 1, &given) != 0 || given > widest)
        return -1;
    *bits = IP_BITS - widest + given;
    return 0;
}

static int
bytes_in(const uint8_t bytes[IP_BYTES], const char *network)
{
    uint8_t of[IP_BYTES];
    unsigned bits = 0;

    if (parse_network(network, of, &bits) != 0)
        return -1;
    return same_bits(bytes, of, bits) ? 1 : 0;
}

int
addr_in(const char *ip, const char *network)
{
    struct addr addr;
    uint8_t bytes[IP_BYTES];

    if (addr_parse_ip(&addr, ip, 0) != 0 || to_bytes(bytes, &addr) != 0)
        return -1;
    return bytes_in(bytes, network);
}

const char *
addr_refused(size_t index)
{
    size_t count = sizeof(refused_networks) / sizeof(refused_networks[0]);

    return index < count ? refused_networks[index].text : NULL;
}

bool
addr_allowed(const struct addr_policy *policy, const struct addr *addr)
{
    uint8_t bytes[IP_BYTES];
    size_t i;

    if (to_bytes(bytes, addr) != 0)
        return false;
    if (memcmp(bytes, nat64_prefix, sizeof nat64_prefix) == 0)
        memcpy(bytes, mapped_prefix, sizeof mapped_prefix);
    for (i = 0; policy != NULL && i < policy->allow_count; i++) {
        if (bytes_in(bytes, policy->allow[i]) == 1)
            return true;
    }
    for (i = 0; i < sizeof refused_networks / sizeof refused_networks[0]; i++) {
        const struct network *refused = &refused_networks[i];

        if (same_bits(bytes, refused->bytes, refused->bits))
            return false;
    }
    return true;
}
