/*
 * httpd.h - an HTTP/1.1 server on the loop (libevent's bufferevents), TLS
 * optional.
 *
 * Not a router: web/ has the tables.  Framing is strict (httpd_framing.h): bare
 * LF, space before a colon, two lengths, length with chunks are refused with
 * 400.  Not evhttp, which takes all of these, reads no body of a GET, and tells
 * neither when a connection begins nor when it is freed.
 *
 * One address may have HTTPD_PEER_MAX connections on which it asks for nothing;
 * with one more its oldest is closed and counted, so that who opens thousands
 * shuts out neither others nor, behind the same address, its neighbours.
 *
 * Lifecycle   the handler is called once a request and must reply, now or
 *             later, exactly once; a request whose client left calls on_close
 *             (if set), after which it is dead and must not be replied to.
 * Ownership   request and what it returns live until the reply or on_close.
 * Units       limits in bytes, seconds named.
 * Errors      NULL, and `why` says what (address in use, bad key file).
 * Threads     loop thread only.
 */
#ifndef BASE_HTTPD_H
#define BASE_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define HTTPD_PEER_MAX 64 /* connections of an address without a request */

struct httpd;
struct httpd_request;
struct loop;

typedef void httpd_fn(void *cookie, struct httpd_request *request);
typedef void httpd_close_fn(void *cookie);

struct httpd_opts {
    const char *listen;    /* "127.0.0.1:8787"; port 0: any */
    const char *cert_file; /* NULL: plain HTTP; PEM, chain included */
    const char *key_file;
    const char *client_ca;      /* PEM file: ask for a client certificate and
                              verify it; absent or expired ones are let in
                              and told apart by httpd_peer() */
    size_t header_max;          /* 0: 16 KiB */
    size_t body_max;            /* 0: 1 MiB */
    size_t connections_max;     /* 0: 1000; over it connections are refused */
    int64_t header_deadline_ns; /* 0: 10 s from accept to the end of the head */
    httpd_fn *handler;
    void *cookie;
};

struct httpd *httpd_open(struct loop *loop, const struct httpd_opts *opts,
                         char *why, size_t cap);
void httpd_close(struct httpd *httpd); /* never from inside the handler */
uint16_t httpd_port(const struct httpd *httpd);
int httpd_fd(const struct httpd *httpd); /* that listens: for its options */
/* Connections closed because their address had too many. */
uint64_t httpd_crowded(const struct httpd *httpd); /* NULL: 0 */
/* Read the certificate and key again (renewed); -1 keeps the old ones. */
int httpd_reload_tls(struct httpd *httpd, char *why, size_t cap);

const char *httpd_method(const struct httpd_request *request);
const char *httpd_path(const struct httpd_request *request); /* decoded */
/* The query parameter, decoded; NULL when absent. */
const char *httpd_query(struct httpd_request *request, const char *name);
/* The same of words for people: NUL is a space, a broken % stays as it is. */
const char *httpd_query_words(struct httpd_request *request, const char *name);
const char *httpd_header(const struct httpd_request *request, const char *name);
const char *httpd_cookie(struct httpd_request *request, const char *name);
/* The field of a body that is a form (x-www-form-urlencoded), decoded; NULL when
 * absent, or the body is none. */
const char *httpd_form(struct httpd_request *request, const char *name);
const void *httpd_body(struct httpd_request *request, size_t *len);
const struct addr *httpd_remote(const struct httpd_request *request);

enum httpd_peer_state { HTTPD_PEER_NONE, HTTPD_PEER_VALID, HTTPD_PEER_EXPIRED };

struct httpd_peer {
    enum httpd_peer_state state;
    char name[128];  /* subject common name */
    char sha256[65]; /* of the certificate */
    char serial[64];
};
/* Identity from the verified client certificate only. */
const struct httpd_peer *httpd_peer(const struct httpd_request *request);

void httpd_on_close(struct httpd_request *request, httpd_close_fn *fn,
                    void *cookie);
void httpd_set_header(struct httpd_request *request, const char *name,
                      const char *value);
/* Reply and end.  The body is copied. */
void httpd_reply(struct httpd_request *request, int status, const char *type,
                 const void *body, size_t len);
/* Instead of a reply: close the connection without a word.  on_close is not
 * called. */
void httpd_drop(struct httpd_request *request);

#endif
