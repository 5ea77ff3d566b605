/*
 * spec_net.h - how a run gets to its target, and whom it trusts on the way:
 * addresses, authorities, client certificate, proxy.
 *
 * Part of spec.h: one for a whole run, whatever its kind and however many its
 * requests.
 *
 * Ownership   the spec's; the engine reads.
 * Errors      none: compile_net.c makes only right ones.
 * Threads     read-only once made.
 */
#ifndef CHECKS_SPEC_NET_H
#define CHECKS_SPEC_NET_H

#include <stdbool.h>

#include "base/resolver.h"
#include "checks/spec_list.h"

struct template; /* template.h: a text with ${...} */
struct trust;

enum spec_http_version {
    SPEC_HTTP_ANY,
    SPEC_HTTP_1_1,
    SPEC_HTTP_2,
};

struct spec_net {
    enum resolver_family family;
    char *resolve;          /* "IP" or "IP:PORT" to connect to; NULL */
    struct spec_list allow; /* networks the address policy lets through */
    char *ca;               /* PEM text (travels inside); NULL: the system's */
    struct trust *trust;    /* made from `ca`, or NULL */
    bool insecure;
    char *cert;           /* PEM of the client's chain, or NULL */
    struct template *key; /* its key: a reference to a secret */
    char *proxy;          /* "http://HOST:PORT", "socks5://HOST:PORT"; NULL */
    struct template *proxy_user;
    struct template *proxy_password;
    enum spec_http_version http_version;
    bool compressed;   /* asks for a compressed body */
    bool truncated_ok; /* TLS closed without close_notify ends a body */
};

/* Frees what it holds. */
void spec_net_clear(struct spec_net *net);

#endif
