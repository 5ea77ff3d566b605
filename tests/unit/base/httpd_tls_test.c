#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/httpd_tls.c"

#include <stdlib.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/trust.h"
#include "tests/lib/fetch_bed.h"
#include "tests/lib/pki.h"

/* A server with a certificate, and fetch as its client: two of ours, but what
 * one says of the other's certificate is OpenSSL's word. */
struct site {
    char dir[32];
    char cert[64], key[64], ca_file[64];
    char my_cert[64], my_key[64];
    struct pki ca, leaf, mine;
    struct trust *trust;
    struct fetch_bed bed;
    struct httpd *httpd;
    struct httpd_peer peer;
    int requests;
};

static void
on_request(void *cookie, struct httpd_request *request)
{
    struct site *site = cookie;

    site->requests++;
    site->peer = *httpd_peer(request);
    httpd_reply(request, 200, "text/plain", "in", 2);
}

static void
name_file(const struct site *site, char to[64], const char *name)
{
    snprintf(to, 64, "%s/%s", site->dir, name);
}

/* The client's certificate is made by `by`, or by the site's CA. */
static void
site_open(struct site *site, const struct pki_opts *client,
          const struct pki *by)
{
    struct httpd_opts opts = {.listen = "127.0.0.1:0"};
    char why[300] = "";

    memset(site, 0, sizeof *site);
    str_copy(site->dir, sizeof site->dir, "/tmp/httpd_tls.XXXXXX");
    assert_non_null(mkdtemp(site->dir));
    name_file(site, site->cert, "cert");
    name_file(site, site->key, "key");
    name_file(site, site->ca_file, "ca");
    name_file(site, site->my_cert, "my_cert");
    name_file(site, site->my_key, "my_key");
    pki_make(&site->ca, NULL,
             &(struct pki_opts){.name = "our ca", .is_ca = true});
    pki_make(&site->leaf, &site->ca,
             &(struct pki_opts){.name = "c", .san = "DNS:shop.example"});
    pki_make(&site->mine, by ? by : &site->ca, client);
    pki_write(&site->leaf, &site->ca, site->cert, site->key);
    pki_write(&site->ca, NULL, site->ca_file, NULL);
    pki_write(&site->mine, NULL, site->my_cert, site->my_key);
    site->trust = trust_create(site->ca_file, NULL, why, sizeof why);
    fetch_bed_open(&site->bed, site->trust, 0, "https://shop.example");
    opts.cert_file = site->cert;
    opts.key_file = site->key;
    opts.client_ca = site->ca_file;
    opts.handler = on_request;
    opts.cookie = site;
    site->httpd = httpd_open(site->bed.loop, &opts, why, sizeof why);
    assert_string_equal(why, "");
    addr_set_port(&site->bed.address, httpd_port(site->httpd));
    snprintf(site->bed.url, sizeof site->bed.url, "https://shop.example:%u/",
             httpd_port(site->httpd));
}

static void
site_close(struct site *site)
{
    httpd_close(site->httpd);
    fetch_bed_close(&site->bed);
    trust_free(site->trust);
    pki_free(&site->ca);
    pki_free(&site->leaf);
    pki_free(&site->mine);
    unlink(site->cert);
    unlink(site->key);
    unlink(site->ca_file);
    unlink(site->my_cert);
    unlink(site->my_key);
    rmdir(site->dir);
}

static const struct fetch_result *
visit(struct site *site, bool with_cert)
{
    struct fetch_opts opts = {0};

    if (with_cert) {
        opts.cert_file = site->my_cert;
        opts.key_file = site->my_key;
    }
    fetch_bed_get(&site->bed, opts);
    return &site->bed.seen.result;
}

static void
each_client_is_told_apart(void **state)
{
    struct site site;
    char sha256[65];
    uint8_t sum[32];
    unsigned len = 0;
    (void)state;

    site_open(&site, &(struct pki_opts){.name = "probe-7"}, NULL);
    assert_int_equal(visit(&site, false)->status, 200);
    assert_int_equal(site.peer.state, HTTPD_PEER_NONE);
    assert_string_equal(site.peer.name, "");
    assert_int_equal(visit(&site, true)->status, 200);
    assert_int_equal(site.peer.state, HTTPD_PEER_VALID);
    assert_string_equal(site.peer.name, "probe-7");
    X509_digest(site.mine.cert, EVP_sha256(), sum, &len);
    str_hex(sha256, sum, len);
    assert_string_equal(site.peer.sha256, sha256);
    assert_int_equal(strlen(site.peer.serial), 24);
    site_close(&site);
}

static void
an_expired_one_is_let_in_marked(void **state)
{
    struct site site;
    (void)state;

    site_open(
        &site,
        &(struct pki_opts){.name = "probe-8", .from_s = -90000, .to_s = -60},
        NULL);
    assert_int_equal(visit(&site, true)->status, 200);
    assert_int_equal(site.peer.state, HTTPD_PEER_EXPIRED);
    assert_string_equal(site.peer.name, "probe-8");
    site_close(&site);
}

static void
any_other_fault_stays_outside(void **state)
{
    static const struct pki_opts cases[] = {
        {.name = "early", .from_s = 9000},
        {.name = "server", .usage = "serverAuth"},
        {.name = "late server",
         .usage = "serverAuth",
         .from_s = -90000,
         .to_s = -60},
    };
    struct pki other = {0};
    struct site site;
    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        site_open(&site, &cases[i], NULL);
        assert_int_equal(visit(&site, true)->status, 0);
        assert_int_equal(site.requests, 0);
        site_close(&site);
    }
    /* A stranger's authority of the same name, the certificate expired too. */
    pki_make(&other, NULL, &(struct pki_opts){.name = "our ca", .is_ca = true});
    site_open(
        &site,
        &(struct pki_opts){.name = "probe-7", .from_s = -90000, .to_s = -60},
        &other);
    assert_int_equal(visit(&site, true)->status, 0);
    assert_int_equal(site.requests, 0);
    assert_int_equal(visit(&site, false)->status, 200);
    site_close(&site);
    pki_free(&other);
}

static void
a_renewed_certificate_is_taken_up(void **state)
{
    struct site site;
    struct pki next = {0};
    char why[300] = "";
    (void)state;

    site_open(&site, &(struct pki_opts){.name = "p"}, NULL);
    visit(&site, false);
    assert_string_equal(site.bed.seen.certs->cert[0].subject, "c");
    pki_make(&next, &site.ca,
             &(struct pki_opts){.name = "next", .san = "DNS:shop.example"});
    pki_write(&next, &site.ca, site.cert, site.key);
    assert_int_equal(httpd_reload_tls(site.httpd, why, sizeof why), 0);
    visit(&site, false);
    assert_string_equal(site.bed.seen.certs->cert[0].subject, "next");
    /* A key that does not fit keeps the old ones. */
    pki_write(&site.leaf, NULL, site.cert, NULL);
    assert_int_equal(httpd_reload_tls(site.httpd, why, sizeof why), -1);
    assert_non_null(strstr(why, site.key));
    assert_int_equal(visit(&site, false)->status, 200);
    assert_string_equal(site.bed.seen.certs->cert[0].subject, "next");
    pki_free(&next);
    site_close(&site);
}

static void
connections_serve_more_than_one(void **state)
{
    struct site site;
    int i;
    (void)state;

    site_open(&site, &(struct pki_opts){.name = "p"}, NULL);
    for (i = 0; i < 5; i++) {
        fetch_bed_get(&site.bed, (struct fetch_opts){.flags = FETCH_REUSE,
                                                     .cert_file = site.my_cert,
                                                     .key_file = site.my_key});
        assert_int_equal(site.bed.seen.result.status, 200);
        assert_int_equal(site.peer.state, HTTPD_PEER_VALID);
    }
    assert_int_equal(site.bed.seen.result.connect_us, -1);
    site_close(&site);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_client_is_told_apart),
        cmocka_unit_test(an_expired_one_is_let_in_marked),
        cmocka_unit_test(any_other_fault_stays_outside),
        cmocka_unit_test(a_renewed_certificate_is_taken_up),
        cmocka_unit_test(connections_serve_more_than_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
