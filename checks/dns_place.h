/*
 * dns_place.h - one item of `ask`: whom a DNS check asks, and over what.
 *
 * Not an address yet: names of servers are looked up by dns_panel.h.
 *
 * Ownership   plain values.
 * Errors      -1, and `why` says what is wrong, for a message of validate.
 * Threads     any.
 */
#ifndef CHECKS_DNS_PLACE_H
#define CHECKS_DNS_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "checks/dns_transport.h"

enum dns_place_kind {
    DNS_PLACE_SYSTEM,        /* this machine's name servers, as resolv.conf(5)
                                has it: the next when one gives nothing */
    DNS_PLACE_AUTHORITATIVE, /* every server of the zone, by delegation */
    DNS_PLACE_SERVER,
};

#define DNS_PLACE_HOST_MAX 256
#define DNS_PLACE_URL_MAX  512

struct dns_place {
    enum dns_place_kind kind;
    enum dns_transport transport;
    char host[DNS_PLACE_HOST_MAX]; /* a name or an IP */
    uint16_t port;
    char url[DNS_PLACE_URL_MAX]; /* of HTTPS */
};

/*
 * `system`, `authoritative`, HOST[:PORT] over `transport`, or with it written:
 * udp://HOST[:PORT], tcp://..., tls://..., https://HOST[:PORT]/PATH.
 */
int dns_place_parse(struct dns_place *place, const char *text,
                    enum dns_transport transport, const char **why);

#endif
