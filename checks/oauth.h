/*
 * oauth.h - bearer tokens by client credentials (RFC 6749, 4.4), kept until
 * they run out.
 *
 * One token for each (token URL, client, secret, scope, audience, who is
 * trusted to give it): runs that want it at the same time wait for one request.
 * Not the use of the token: the run puts it into its Authorization header, and
 * tells oauth_refused() when the target answers 401.
 *
 * Lifecycle   oauth_start() --+--> done() once, never from inside, or
 *                             +--> oauth_cancel()
 *             The request ends when nobody waits for it any more.
 * Ownership   texts of `client` are copied; its trust is counted.  The token is
 *             valid during done(): secret_value_ref() keeps it, in locked
 *             memory that is wiped when the last one lets go.
 * Units       timeout_ns is what the run has left.
 * Errors      NULL token and `why`, the message of an auth.failed: who refused,
 *             with which status and error, and no credential.
 * Threads     the loop's.
 */
#ifndef CHECKS_OAUTH_H
#define CHECKS_OAUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAUTH_TOKENS_MAX 256   /* kept; over it the one that ends first goes */
#define OAUTH_BODY_MAX   65536 /* bytes of a token server's answer */
#define OAUTH_WHY_MAX    400

struct call_net;
struct loop;
struct oauth;
struct oauth_wait;
struct secret_value;
struct trust;

struct oauth_client {
    const char *token_url;
    const char *client_id;
    const char *secret; /* resolved for the token URL's origin */
    size_t secret_len;
    const char *scope;    /* NULL: the server's default */
    const char *audience; /* NULL: none is sent */
    bool is_in_body;      /* client_secret_post instead of _basic */
    bool is_insecure;
    struct trust *trust; /* NULL: the fetcher's own */
    const char *ca;      /* the text `trust` was made from, or NULL */
};

typedef void oauth_done_fn(void *cookie, struct secret_value *token,
                           const char *why);

/* `net` is copied; what it points to outlives the tokens. */
struct oauth *oauth_create(struct loop *loop, const struct call_net *net);
void oauth_free(struct oauth *oauth); /* nobody may be waiting */

struct oauth_wait *oauth_start(struct oauth *oauth,
                               const struct oauth_client *client,
                               int64_t timeout_ns, oauth_done_fn *done,
                               void *cookie);
void oauth_cancel(struct oauth_wait *wait);

/* The target does not take `token`: the next run gets another one. */
void oauth_refused(struct oauth *oauth, const struct secret_value *token);

#endif
