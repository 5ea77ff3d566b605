#include "tests/lib/tls_site.h"

#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

void
tls_world_open(struct tls_world *world)
{
    struct pki_opts ca = {
        .is_ca = true, .name = "Root", .from_s = -900 * DAY, .to_s = 900 * DAY};

    (void)signal(SIGPIPE, SIG_IGN);
    pki_make(&world->root, NULL, &ca);
    ca.name = "Middle";
    pki_make(&world->middle, &world->root, &ca);
    ca.name = "Weak";
    ca.rsa_bits = 1024;
    pki_make(&world->weak, &world->root, &ca);
    ca.name = "Stranger";
    ca.rsa_bits = 0;
    pki_make(&world->stranger, NULL, &ca);
    pki_make(&world->no_ca, &world->root, &(struct pki_opts){.name = "No CA"});
    world->root_pem = pki_pem(&world->root);
}

void
tls_world_close(struct tls_world *world)
{
    free(world->root_pem);
    pki_free(&world->no_ca);
    pki_free(&world->stranger);
    pki_free(&world->weak);
    pki_free(&world->middle);
    pki_free(&world->root);
}

static void
hold(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *len,
        const unsigned char *in, unsigned in_len, void *cookie)
{
    const struct tls_site *site = cookie;
    size_t n = strlen(site->alpn);

    (void)ssl;
    for (unsigned at = 0; at < in_len; at += 1u + in[at]) {
        if (in[at] != n || memcmp(in + at + 1, site->alpn, n) != 0)
            continue;
        *out = in + at + 1;
        *len = (unsigned char)n;
        return SSL_TLSEXT_ERR_OK;
    }
    return site->is_strict ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
}

static int
on_staple(SSL *ssl, void *cookie)
{
    const struct tls_site_staple *staple = cookie;
    void *copy = OPENSSL_memdup(staple->der, (size_t)staple->len);

    SSL_set_tlsext_status_ocsp_resp(ssl, copy, staple->len);
    return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *
tls_site_context(const struct tls_site *site, struct pki *leaf,
                 struct tls_site_staple *staple)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    pki_make(leaf, site->issuer, &site->leaf);
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(ctx,
                                  site->oldest ? site->oldest : TLS1_VERSION);
    if (site->newest != 0)
        SSL_CTX_set_max_proto_version(ctx, site->newest);
    SSL_CTX_use_certificate(ctx, leaf->cert);
    SSL_CTX_use_PrivateKey(ctx, leaf->key);
    for (size_t i = 0; i < 3 && site->sent[i] != NULL; i++)
        SSL_CTX_add1_chain_cert(ctx, site->sent[i]->cert);
    SSL_CTX_set_verify(ctx, site->verify, NULL);
    if (site->clients != NULL)
        X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), site->clients->cert);
    if (site->alpn != NULL)
        SSL_CTX_set_alpn_select_cb(ctx, on_alpn, (void *)(uintptr_t)site);
    if (site->staple != NULL) {
        staple->len =
            ocsp_make(&staple->der, leaf, site->issuer ? site->issuer : leaf,
                      site->staple);
        SSL_CTX_set_tlsext_status_cb(ctx, on_staple);
        SSL_CTX_set_tlsext_status_arg(ctx, staple);
    }
    return ctx;
}

void
tls_site_open(struct tls_site_live *live, const struct tls_site *site)
{
    *live = (struct tls_site_live){0};
    live->tiny.serve = site->serve ? site->serve : hold;
    live->tiny.ctx = tls_site_context(site, &live->leaf, &live->staple);
    tiny_start(&live->tiny);
}

void
tls_site_close(struct tls_site_live *live)
{
    tiny_stop(&live->tiny);
    SSL_CTX_free(live->tiny.ctx);
    OPENSSL_free(live->staple.der);
    pki_free(&live->leaf);
}

void
tls_site_run(struct check_bed *bed, const struct tls_site *site,
             enum status status, const char *reason)
{
    static char loopback[] = "127.0.0.1";
    static char shop[] = "shop.example";
    struct tls_site_live live;

    tls_site_open(&live, site);
    bed->spec.of.endpoint.host = shop;
    bed->spec.of.endpoint.port = live.tiny.port;
    bed->spec.net.resolve = loopback;
    check_bed_reason(bed, status, reason);
    tls_site_close(&live);
}
