/*
 * fetch_shop.h - a TLS server with an authority of its own, and a bed to fetch
 * from it.
 *
 * Lifecycle   shop_open(), fetch_bed_get(&shop.bed, ...), shop_close().
 * Errors      assertions.
 */
#ifndef TESTS_LIB_FETCH_SHOP_H
#define TESTS_LIB_FETCH_SHOP_H

#include <openssl/ssl.h>

#include "base/trust.h"
#include "tests/lib/fetch_bed.h"
#include "tests/lib/pki.h"

/* An authority, what it signed, and a server that shows it. */
struct shop {
    struct pki ca;
    struct pki leaf;
    struct trust *trust;
    struct tiny tiny;
    struct fetch_bed bed;
};

static inline SSL_CTX *
shop_ctx(const struct pki *leaf, const struct pki *chain)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    SSL_CTX_use_certificate(ctx, leaf->cert);
    SSL_CTX_use_PrivateKey(ctx, leaf->key);
    if (chain != NULL)
        SSL_CTX_add1_chain_cert(ctx, chain->cert);
    return ctx;
}

static inline void
shop_open(struct shop *shop, const struct pki_opts *leaf)
{
    char why[200];
    char *pem;

    memset(shop, 0, sizeof *shop);
    pki_make(&shop->ca, NULL,
             &(struct pki_opts){.name = "shop ca", .is_ca = true});
    pki_make(&shop->leaf, &shop->ca, leaf);
    pem = pki_pem(&shop->ca);
    shop->trust = trust_create("", pem, why, sizeof why);
    free(pem);
    shop->tiny.ctx = shop_ctx(&shop->leaf, &shop->ca);
    shop->tiny.serve = fetch_bed_serve_text;
    shop->tiny.arg = fetch_bed_good;
    tiny_start(&shop->tiny);
    fetch_bed_open(&shop->bed, shop->trust, shop->tiny.port,
                   "https://shop.example");
}

static inline void
shop_close(struct shop *shop)
{
    fetch_bed_close(&shop->bed);
    tiny_stop(&shop->tiny);
    SSL_CTX_free(shop->tiny.ctx);
    trust_free(shop->trust);
    pki_free(&shop->leaf);
    pki_free(&shop->ca);
}

static const struct pki_opts shop_honest = {.name = "shop.example",
                                            .san = "DNS:shop.example"};

#endif
