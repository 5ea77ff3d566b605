/*
 * link_http.h - the real link: POST over mutual TLS, through a proxy if told.
 *
 * Believes the controller's own CA and no other (identity.h's ca.pem).
 *
 * Lifecycle   link_http_free() wants every call ended or cancelled.
 * Ownership   the link owns its resolver and connections; options are copied.
 * Errors      NULL and `why`.
 * Threads     the loop's.
 */
#ifndef PROBE_LINK_HTTP_H
#define PROBE_LINK_HTTP_H

#include <stddef.h>

#include "probe/link.h"

struct link_http;
struct loop;

struct link_http_opts {
    struct loop *loop;
    const char *url; /* of the controller: "https://host:8788" */
    const char *ca_file;
    const char *cert_file; /* both are read anew at every connect */
    const char *key_file;
    const char *proxy; /* NULL: none */
};

struct link_http *link_http_create(const struct link_http_opts *opts, char *why,
                                   size_t cap);
void link_http_free(struct link_http *http);
struct link *link_http_link(struct link_http *http);

#endif
