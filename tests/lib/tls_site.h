/*
 * tls_site.h - TLS servers for tests, each wrong in one way or in several.
 *
 * The world is made once for many tests: keys cost most of their time.
 *
 * Lifecycle   tls_world_open(), then tls_site_run() as often as wanted,
 *             tls_world_close().
 * Errors      assertions.
 * Threads     a site's own, as tiny_server.h says.
 */
#ifndef TESTS_LIB_TLS_SITE_H
#define TESTS_LIB_TLS_SITE_H

#include "tests/lib/check_bed.h"
#include "tests/lib/ocsp.h"
#include "tests/lib/pki.h"
#include "tests/lib/tiny_server.h"

#define DAY 86400L

struct tls_world {
    struct pki root;
    struct pki middle;   /* signed by root, an authority */
    struct pki no_ca;    /* signed by root, none */
    struct pki weak;     /* an authority of RSA 1024 */
    struct pki stranger; /* an authority nobody knows */
    char *root_pem;
};

/* What one test serves. */
struct tls_site {
    struct pki_opts leaf;
    const struct pki *issuer;       /* NULL: signs itself */
    const struct pki *sent[3];      /* after the leaf, in this order */
    int oldest;                     /* version; 0: TLS 1.0 */
    int newest;                     /* 0: any */
    int verify;                     /* of the client */
    const struct pki *clients;      /* who may sign a client's certificate */
    const char *alpn;               /* the one it speaks; NULL: ignores */
    bool is_strict;                 /* and refuses all others by an alert */
    const struct ocsp_opts *staple; /* NULL: none */
    void (*serve)(struct tiny_conn *);
};

struct tls_site_staple { /* DER */
    uint8_t *der;
    int len;
};

struct tls_site_live {
    struct tiny tiny;
    struct pki leaf;
    struct tls_site_staple staple;
};

void tls_world_open(struct tls_world *world);
void tls_world_close(struct tls_world *world);

/* What a server shows; it borrows `site` and `staple`, and makes `leaf`. */
SSL_CTX *tls_site_context(const struct tls_site *site, struct pki *leaf,
                          struct tls_site_staple *staple);

/* Borrows `site` until it is closed. */
void tls_site_open(struct tls_site_live *live, const struct tls_site *site);
void tls_site_close(struct tls_site_live *live);

/* One run of the bed's check against `site` as shop.example, without touching
 * the spec but for the port and the address. */
void tls_site_run(struct check_bed *bed, const struct tls_site *site,
                  enum status status, const char *reason);

#endif
