/*
 * httpd_priv.h - what the files of the HTTP server share; nobody else includes
 * it.
 *
 * Ownership   a request is freed by its reply, by its client's leaving when
 *             on_close is set, and else by the reply that comes after that.
 * Errors      as httpd.h.
 * Threads     loop thread only.
 */
#ifndef BASE_HTTPD_PRIV_H
#define BASE_HTTPD_PRIV_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/httpd.h"

struct bufferevent;
struct event_base;
struct httpd_framing;
struct ssl_ctx_st;

#define HTTPD_FIELDS_MAX 100 /* of a request; httpd_framing.c refuses more */
#define HTTPD_KEPT_MAX   64  /* decoded parameters and cookies of a request */

struct httpd_field {
    const char *name;
    const char *value;
};

struct httpd_request {
    struct httpd_conn *conn; /* NULL: the client left */
    char *head;              /* the texts below point in here */
    const char *method;
    char *path;
    const char *query; /* undecoded, "" when there is none */
    struct httpd_field fields[HTTPD_FIELDS_MAX];
    size_t field_count;
    const void *body;
    size_t body_len;
    const char *form;   /* the body as text, kept; NULL: not asked for yet */
    struct buf headers; /* of the reply, set so far */
    char *kept[HTTPD_KEPT_MAX];
    size_t kept_count;
    httpd_close_fn *on_close;
    void *close_cookie;
    const struct addr *remote;
    const struct httpd_peer *peer;
};

/* httpd_request.c.  A request from a whole `framing`; NULL: refuse it with
 * `status`. */
struct httpd_request *httpd_request_create(const struct httpd_framing *framing,
                                           int *status);
void httpd_request_free(struct httpd_request *request);

struct httpd_answer {
    int status;
    const char *type; /* NULL: none */
    const void *body;
    size_t len;
    bool is_last; /* the connection is closed after it */
    wall_t now;
};

/* The bytes of an answer into `to`; `request` NULL: to what was no request. */
int httpd_request_format(const struct httpd_request *request,
                         const struct httpd_answer *answer, struct buf *to);

/* httpd_tls.c */
struct ssl_ctx_st *httpd_tls_open(const struct httpd_opts *opts, char *why,
                                  size_t cap);
void httpd_tls_close(struct ssl_ctx_st *ctx);
/* A server's end on `fd`, which it closes; NULL: no memory. */
struct bufferevent *httpd_tls_create(struct event_base *base, int fd,
                                     struct ssl_ctx_st *ctx);
/* Says goodbye (close_notify) as far as that does not wait. */
void httpd_tls_end(struct bufferevent *bev);
void httpd_tls_get_peer(struct bufferevent *bev, struct httpd_peer *peer,
                        wall_t now);

#endif
