/*
 * request.h - one request with its texts filled in, ready to be sent.
 *
 * Made once for an exchange: all its hops and addresses send the same.  What a
 * header of it is, and who gets it, is exchange_head.c.
 *
 * Lifecycle   request_make(), hops, request_clear() (also after a failed make).
 * Ownership   borrows scope and spec; its own texts are wiped when a secret is
 *             in them.
 * Errors      the reason that ends the run, and why.
 * Threads     the loop's.
 */
#ifndef CHECKS_REQUEST_H
#define CHECKS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "checks/body.h"
#include "checks/scope.h"
#include "checks/url.h"

#define REQUEST_BODY_MAX ((size_t)2 * 1024 * 1024) /* of fields and parts */

struct spec_request;

enum request_text {
    REQUEST_URL,
    REQUEST_BODY,
    REQUEST_USER, /* basic, digest; of oauth2 the client */
    REQUEST_PASSWORD,
    REQUEST_KEY, /* of the client's certificate */
    REQUEST_PROXY_USER,
    REQUEST_PROXY_PASSWORD,
    REQUEST_TEXTS,
};

struct request {
    struct scope *scope;
    const struct spec_request *spec;
    struct template_moment moment; /* the same in all its texts */
    struct url at;                 /* the origin it was written for */
    bool is_chosen;                /* ... where a saved value picked it */
    char origin[URL_ORIGIN_MAX];
    const char *text[REQUEST_TEXTS]; /* NULL: it has none of that */
    size_t body_len;
    char type[BODY_TYPE_MAX]; /* of the body, unless the check says; or "" */
    struct buf made[REQUEST_TEXTS]; /* texts that are not literal */
};

enum reason request_make(struct request *request, struct scope *scope,
                         const struct spec_request *spec,
                         char why[TEMPLATE_WHY_MAX]);
void request_clear(struct request *request);

/* May its body go to `origin`, where a redirect wants it again? */
bool request_may_repeat(struct request *request, const char *origin,
                        char why[TEMPLATE_WHY_MAX]);

/* Adds a text of it that goes to its own origin. */
enum reason request_expand(struct request *request, const struct template *tpl,
                           enum template_context context, struct buf *out,
                           char why[TEMPLATE_WHY_MAX]);
/* True when the check itself gives header `name`. */
bool request_has_header(const struct request *request, const char *name);

#endif
