/*
 * lookup.h - what the resolver said of a name, kept for people.
 *
 * Not the looking up, and not which address may be asked: target.h.
 *
 * Ownership   plain values; an array of them belongs to the look.
 * Units       took_us are microseconds.
 * Threads     the loop's.
 */
#ifndef CHECKS_LOOKUP_H
#define CHECKS_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct look;

#define LOOKUPS_MAX          4 /* the newest of a look; the rest is not kept */
#define LOOKUP_ADDRESSES_MAX 8 /* of each; `count` says how many there were */
#define LOOKUP_HOST_MAX      256
#define LOOKUP_BLOCKED_MAX   160 /* bytes of the fact */

struct lookup {
    char host[LOOKUP_HOST_MAX];
    char address[LOOKUP_ADDRESSES_MAX][ADDR_TEXT_MAX];
    bool is_blocked[LOOKUP_ADDRESSES_MAX]; /* by the address policy */
    size_t count;
    size_t tried; /* the first so many that are not blocked; 0: unknown */
    int64_t took_us;
    int resent;
};

/* Room for one more; the oldest makes it. */
struct lookup *lookup_add(struct look *look, const char *host);

#endif
