/*
 * shop_dns.h - the demo's name server: the zone shop.test over UDP and TCP.
 *
 * Not a resolver: it knows its own zone and refuses every other name.  Also
 * what the demo's probes ask, so that *.shop.test needs no /etc/hosts.
 *
 * Lifecycle   shop_dns_open() -> shop_dns_close().
 * Ownership   borrows the loop.
 * Errors      NULL, and `why` says what, with the remedy.
 * Threads     loop thread only.
 */
#ifndef CLI_SHOP_DNS_H
#define CLI_SHOP_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct shop_dns;

/* `listen` is IP:PORT, the same for UDP and TCP; port 0: any. */
struct shop_dns *shop_dns_open(struct loop *loop, const char *listen, char *why,
                               size_t cap);
void shop_dns_close(struct shop_dns *dns);
uint16_t shop_dns_port(const struct shop_dns *dns);

/* What comes from there is dropped (shop_cut.h); NULL: nothing. */
int shop_dns_set_cut(struct shop_dns *dns, const char *region);

/* Broken: every question gets SERVFAIL. */
void shop_dns_set_broken(struct shop_dns *dns, bool broken);

#endif
