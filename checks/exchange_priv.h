/*
 * exchange_priv.h - what exchange.c and exchange_*.c share.
 *
 * Ownership   the head's lines are its own.
 * Threads     as exchange.h.
 */
#ifndef CHECKS_EXCHANGE_PRIV_H
#define CHECKS_EXCHANGE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "checks/oauth.h"
#include "checks/spec_http.h"
#include "checks/spec_net.h"
#include "checks/template.h"
#include "wire/reason.h"

struct fetch_opts;
struct fetch_result;
struct look;
struct request;
struct url;

#define EXCHANGE_HEADERS_MAX 64    /* lines of a request's own headers */
#define EXCHANGE_HEAD_MAX    65536 /* bytes of them */

/* ---- the request's head: exchange_head.c ---- */

struct exchange_head {
    struct buf text;  /* lines, each with a NUL */
    uint64_t cookies; /* a hash of those it sends; 0: none */
    const char *line[EXCHANGE_HEADERS_MAX + 1]; /* NULL-terminated */
};

/* What a hop may be told. */
enum exchange_told {
    EXCHANGE_ALL = 1,     /* it is the origin the request was written for */
    EXCHANGE_CONTENT = 2, /* the body goes there too */
};

struct exchange_hop {
    const char *url;   /* the cookies of */
    const char *token; /* of oauth2; NULL: none */
    unsigned told;
};

void exchange_head_init(struct exchange_head *head);
void exchange_head_clear(struct exchange_head *head);
enum reason exchange_head_build(struct exchange_head *head,
                                struct request *request,
                                const struct exchange_hop *hop,
                                char why[TEMPLATE_WHY_MAX]);

/* ---- the token of oauth2: exchange_token.c ---- */

struct oauth_wait *exchange_token_start(const struct request *request,
                                        int64_t timeout_ns, oauth_done_fn *done,
                                        void *cookie);

/* ---- how a hop is fetched: exchange_fetch.c ---- */

/* Trust, version, proxy; to its own origin also who we say we are. */
void exchange_fetch_fill(struct fetch_opts *opts, const struct request *request,
                         bool is_own);
/* Where the proxy is; false: there is none. */
bool exchange_fetch_proxy(struct url *proxy, const struct spec_net *net);

/* ---- what came of a fetch: exchange_reason.c ---- */

/* Which faults of the chain were seen goes into the look, also when they are
 * none that end it; when the fetch failed, or was answered in another version
 * than the `forced` one, the look has its reason. */
void exchange_reason(struct look *look, const struct fetch_result *got,
                     const char *host, enum spec_http_version forced);

#endif
