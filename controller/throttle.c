/*
 * throttle.c - see throttle.h.
 */
#include "controller/throttle.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/id.h"
#include "base/str.h"

#define PLACES       1024
#define PREFIX_BYTES 8 /* of an IPv6 address: what one customer is given */

struct place {
    int64_t since_ms;
    int count;
};

struct throttle {
    int max;
    int64_t window_ms;
    struct place place[PLACES];
};

struct throttle *
throttle_create(int max, int64_t window_ms)
{
    struct throttle *throttle = str_xcalloc(1, sizeof(*throttle));

    throttle->max = max;
    throttle->window_ms = window_ms;
    return throttle;
}

void
throttle_free(struct throttle *throttle)
{
    free(throttle);
}

static struct place *
place_of(struct throttle *throttle, const struct addr *from, wall_t now)
{
    char key[ADDR_TEXT_MAX] = "";
    struct place *place;

    if (from != NULL && from->ss.ss_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, &from->ss, sizeof(in6));
        str_hex(key, in6.sin6_addr.s6_addr, PREFIX_BYTES);
    } else if (from != NULL) {
        (void)addr_format_ip(key, from);
    }
    place = &throttle->place[id_hash(key) % PLACES];
    if (now.ms - place->since_ms >= throttle->window_ms ||
        now.ms < place->since_ms)
        *place = (struct place){now.ms, 0};
    return place;
}

void
throttle_add(struct throttle *throttle, const struct addr *from, wall_t now)
{
    place_of(throttle, from, now)->count++;
}

bool
throttle_is_over(struct throttle *throttle, const struct addr *from, wall_t now)
{
    return place_of(throttle, from, now)->count >= throttle->max;
}
