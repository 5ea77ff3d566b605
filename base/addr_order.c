/*
 * The rules compare two addresses; an insertion sort keeps what no rule
 * decides in the order of the answer (rule 10), where qsort() would not.
 */
#include "base/addr_order.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define BITS_MAX     128
#define PREFIX_BITS  64    /* of a source address on its link (RFC 6724, 2.2) */
#define PORT_ANY     65535 /* connect() wants one */
#define SCOPE_LINK   0x2
#define SCOPE_SITE   0x5
#define SCOPE_GLOBAL 0xe

/* The default policy table (RFC 6724, section 2.1). */
static const struct policy {
    uint8_t prefix[16];
    int bits;
    int precedence;
    int label;
} policies[] = {
    {{[15] = 1}, 128, 50, 0},                /* ::1/128 */
    {{[10] = 0xff, [11] = 0xff}, 96, 35, 4}, /* ::ffff:0:0/96, IPv4 */
    {{0}, 96, 1, 3},                         /* ::/96 */
    {{0x20, 0x01}, 32, 5, 5},                /* 2001::/32, Teredo */
    {{0x20, 0x02}, 16, 30, 2},               /* 2002::/16, 6to4 */
    {{0x3f, 0xfe}, 16, 1, 12},               /* 3ffe::/16 */
    {{0xfe, 0xc0}, 10, 1, 11},               /* fec0::/10 */
    {{0xfc}, 7, 3, 13},                      /* fc00::/7 */
    {{0}, 0, 40, 1},                         /* ::/0 */
};

struct choice {
    struct addr addr;
    uint8_t to[16]; /* the address, IPv4 mapped */
    uint8_t from[16];
    bool has_route; /* `from` is the source address */
};

static void
map(uint8_t to[16], const struct addr *addr)
{
    if (addr->ss.ss_family == AF_INET6) {
        memcpy(to, &((const struct sockaddr_in6 *)&addr->ss)->sin6_addr, 16);
        return;
    }
    memset(to, 0, 10);
    to[10] = to[11] = 0xff;
    memcpy(to + 12, &((const struct sockaddr_in *)&addr->ss)->sin_addr, 4);
}

static int
common_bits(const uint8_t a[16], const uint8_t b[16], int limit)
{
    int bits = 0;

    while (bits < limit &&
           ((a[bits / 8] ^ b[bits / 8]) & (0x80 >> (bits % 8))) == 0)
        bits++;
    return bits;
}

static const struct policy *
policy_of(const uint8_t ip[16])
{
    const struct policy *p = policies;

    while (common_bits(ip, p->prefix, BITS_MAX) < p->bits)
        p++; /* the last one holds every address */
    return p;
}

static bool
is_v4(const uint8_t ip[16])
{
    static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff};

    return memcmp(ip, mapped, 12) == 0;
}

/* RFC 6724, sections 3.1 and 3.2; multicast has its scope written in it. */
static int
scope_of(const uint8_t ip[16])
{
    if (is_v4(ip)) {
        bool is_link = ip[12] == 127 || (ip[12] == 169 && ip[13] == 254);

        return is_link ? SCOPE_LINK : SCOPE_GLOBAL;
    }
    if (ip[0] == 0xff)
        return ip[1] & 0xf;
    if (common_bits(ip, in6addr_loopback.s6_addr, BITS_MAX) == BITS_MAX ||
        (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80))
        return SCOPE_LINK;
    return ip[0] == 0xfe && (ip[1] & 0xc0) == 0xc0 ? SCOPE_SITE : SCOPE_GLOBAL;
}

/* Over 0 when `a` goes before `b`, under 0 the other way, 0: as they came. */
static int
compare(const struct choice *a, const struct choice *b)
{
    int a_scope = scope_of(a->to);
    int b_scope = scope_of(b->to);
    const struct policy *a_to = policy_of(a->to);
    const struct policy *b_to = policy_of(b->to);
    int by;

    if (a->has_route != b->has_route) /* rule 1: one that can be reached */
        return a->has_route - b->has_route;
    if (!a->has_route)
        return a_to->precedence - b_to->precedence;
    by = (a_scope == scope_of(a->from)) - (b_scope == scope_of(b->from));
    if (by != 0) /* rule 2: matching scope */
        return by;
    by = (a_to->label == policy_of(a->from)->label) -
         (b_to->label == policy_of(b->from)->label);
    if (by != 0) /* rule 5: matching label */
        return by;
    by = a_to->precedence - b_to->precedence;
    if (by != 0) /* rule 6: higher precedence */
        return by;
    if (a_scope != b_scope) /* rule 8: smaller scope */
        return b_scope - a_scope;
    if (is_v4(a->to) || is_v4(b->to)) /* rule 9 would undo round robin */
        return 0;
    return common_bits(a->from, a->to, PREFIX_BITS) -
           common_bits(b->from, b->to, PREFIX_BITS);
}

/* The source address that the kernel would choose. */
static void
look_at_route(struct choice *choice)
{
    struct addr to = choice->addr;
    struct addr from = {.len = sizeof(from.ss)};
    int fd = socket(to.ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    map(choice->to, &to);
    if (fd < 0)
        return;
    addr_set_port(&to, PORT_ANY);
    choice->has_route =
        connect(fd, (const struct sockaddr *)&to.ss, to.len) == 0 &&
        getsockname(fd, (struct sockaddr *)&from.ss, &from.len) == 0;
    if (choice->has_route)
        map(choice->from, &from);
    (void)close(fd);
}

static void
sort(struct choice *choices, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct choice moved = choices[i];
        size_t at = i;

        for (; at > 0 && compare(&moved, &choices[at - 1]) > 0; at--)
            choices[at] = choices[at - 1];
        choices[at] = moved;
    }
}

void
addr_order(struct addr *addrs, size_t count)
{
    struct choice choices[ADDR_ORDER_MAX];

    if (count > ADDR_ORDER_MAX)
        count = ADDR_ORDER_MAX;
    if (count < 2)
        return;
    for (size_t i = 0; i < count; i++) {
        choices[i] = (struct choice){.addr = addrs[i]};
        look_at_route(&choices[i]);
    }
    sort(choices, count);
    for (size_t i = 0; i < count; i++)
        addrs[i] = choices[i].addr;
}
