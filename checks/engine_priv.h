/*
 * engine_priv.h - the inside of engine.h, for the kinds of check.
 *
 * Ownership   the engine owns what it made (resolver, fetcher, TLS context) and
 *             borrows loop, trust, secrets.
 * Threads     as engine.h.
 */
#ifndef CHECKS_ENGINE_PRIV_H
#define CHECKS_ENGINE_PRIV_H

#include <stddef.h>

#include "base/addr.h"
#include "base/random_pool.h"

struct child_pool;
struct fetcher;
struct loop;
struct oauth;
struct resolver;
struct secret_set;
struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct trust;

#define ENGINE_SERVERS_MAX 3 /* of resolv.conf, as the C library takes */

struct engine {
    struct loop *loop;
    struct trust *trust;
    struct secret_set *secrets; /* or NULL */
    struct resolver *resolver;
    struct fetcher *fetcher;
    struct oauth *oauth;    /* the tokens that its checks share */
    struct ssl_ctx_st *tls; /* of TLS checks; made at the first */
    struct addr source;     /* len 0: the kernel's choice */
    struct addr server[ENGINE_SERVERS_MAX]; /* what `ask = "system"` means */
    size_t server_count;
    char *dns_anchor; /* text of the root's; read at the first proof */
    char *region;
    char *public_url;            /* or NULL */
    char *plugins;               /* or NULL */
    struct child_pool *children; /* of exec checks; made at the first */
    size_t running;
    struct random_pool random; /* of ids, each used once */
};

#endif
