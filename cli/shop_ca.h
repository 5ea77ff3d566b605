/*
 * shop_ca.h - the demo shop's own authority and its two certificates.
 *
 * Not controller/ca.h, which is for probes.  Made anew at every start and
 * believed by nobody but the demo: the authority's key is never written.  One
 * certificate is good, the other ended yesterday; which of them is served is a
 * link that shop_ca_set_expired() turns.
 *
 * Lifecycle   shop_ca_create() (blocking: before the loop runs) ->
 *             shop_ca_free(); the files stay.
 * Ownership   texts and paths belong to the shop_ca.
 * Errors      NULL or -1, and `why` says what.
 * Threads     loop thread only.
 */
#ifndef CLI_SHOP_CA_H
#define CLI_SHOP_CA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

struct shop_ca;

struct shop_ca *shop_ca_create(const char *dir, wall_t now, char *why,
                               size_t cap);
void shop_ca_free(struct shop_ca *ca);

const char *shop_ca_pem(const struct shop_ca *ca);
const char *shop_ca_file(const struct shop_ca *ca); /* the same, as a file */
const char *shop_ca_cert_file(const struct shop_ca *ca);
const char *shop_ca_key_file(const struct shop_ca *ca);

/* What is served from the server's next reload on. */
int shop_ca_set_expired(struct shop_ca *ca, bool expired, char *why,
                        size_t cap);

#endif
