/*
 * dns_stream_bed.h - a tiny server that answers one DNS message over a stream,
 * and what came of asking it, for tests of dns_stream.c, dns_tls.c, dns_doh.c.
 *
 * Header only.
 */
#ifndef TESTS_LIB_DNS_STREAM_BED_H
#define TESTS_LIB_DNS_STREAM_BED_H

#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/loop.h"
#include "base/trust.h"
#include "checks/dns_stream.h"
#include "checks/engine.h"
#include "tests/lib/pki.h"
#include "tests/lib/tiny_server.h"

struct dns_stream_bed {
    struct loop *loop;
    struct trust *trust;
    struct engine *engine;
    struct tiny server;
    struct pki ca;
    struct pki leaf;
    SSL_CTX *ctx;
    int told;
    enum reason reason;
    char why[256];
    uint8_t bytes[512];
    size_t len;
    int64_t tls_us;
};

static const uint8_t stream_query[] = {0, 7, 'q', 'u', 'e', 's', 't'};

/* What was asked comes back, turned round. */
static inline void
stream_serve_echo(struct tiny_conn *conn)
{
    uint8_t in[64];
    uint8_t out[64];
    long len = tiny_read(conn, in, sizeof(in));

    if (len < 3)
        return;
    out[0] = in[0];
    out[1] = in[1];
    for (long i = 2; i < len; i++)
        out[i] = in[len + 1 - i];
    tiny_write(conn, out, 1);
    tiny_write(conn, out + 1, (size_t)len - 1);
}

static inline void
stream_serve_half(struct tiny_conn *conn)
{
    uint8_t in[64];

    (void)tiny_read(conn, in, sizeof(in));
    tiny_write(conn, "\0\7abc", 5);
}

static inline void
stream_serve_hold(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

static inline void
stream_bed_open(struct dns_stream_bed *bed, const char *san)
{
    char why[200] = "";
    char *pem;

    memset(bed, 0, sizeof(*bed));
    pki_make(&bed->ca, NULL,
             &(struct pki_opts){.name = "test ca", .is_ca = true});
    pki_make(&bed->leaf, &bed->ca,
             &(struct pki_opts){.name = "ns", .san = san});
    pem = pki_pem(&bed->ca);
    bed->loop = loop_create();
    bed->trust = trust_create("", pem, why, sizeof(why));
    free(pem);
    bed->ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(bed->ctx, bed->leaf.cert);
    SSL_CTX_use_PrivateKey(bed->ctx, bed->leaf.key);
    bed->engine = engine_create(&(struct engine_opts){
        .loop = bed->loop, .trust = bed->trust, .resolvers = "127.0.0.1:9"});
    assert_non_null(bed->engine);
}

static inline void
stream_bed_close(struct dns_stream_bed *bed)
{
    engine_free(bed->engine);
    trust_free(bed->trust);
    SSL_CTX_free(bed->ctx);
    loop_free(bed->loop);
    pki_free(&bed->leaf);
    pki_free(&bed->ca);
}

static inline void
stream_bed_on_done(void *cookie, const struct dns_stream_answer *answer)
{
    struct dns_stream_bed *bed = cookie;

    bed->told++;
    bed->reason = answer->reason;
    (void)snprintf(bed->why, sizeof(bed->why), "%s",
                   answer->why ? answer->why : "");
    bed->len = answer->len;
    if (answer->bytes != NULL)
        memcpy(bed->bytes, answer->bytes, answer->len);
    bed->tls_us = answer->tls_us;
    loop_stop(bed->loop);
}

#endif
