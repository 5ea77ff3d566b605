/* TLS checks against real handshakes with certificates made for each fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/tls_check.c"

#include <openssl/ocsp.h>
#include <openssl/ssl.h>

#include "base/certs.h"
#include "base/certs_known.h"
#include "base/secret.h"
#include "checks/engine_priv.h"
#include "tests/lib/tiny_server.h"
#include "tests/lib/tls_site.h"

static struct tls_world world;

static int
make_world(void **state)
{
    (void)state;
    tls_world_open(&world);
    return 0;
}

static int
free_world(void **state)
{
    (void)state;
    tls_world_close(&world);
    return 0;
}

#define SHOP .name = "shop.example", .san = "DNS:shop.example"

static const struct pki_opts fine = {SHOP};

static void
a_good_chain(void **state)
{
    struct tls_site site = {
        .leaf = fine, .issuer = &world.middle, .sent = {&world.middle}};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    check_bed_expect(&bed, "days > 28 and chain.days < 31 and protocol >= 1.2");
    check_bed_expect(&bed, "issuer == 'Middle' and san == 'shop.example'");
    check_bed_expect(&bed, "key.bits == 256 and key.type == 'EC'");
    tls_site_run(&bed, &site, STATUS_UP, "none");
    assert_true(bed.result->us[PHASE_TLS] > 0);
    assert_int_equal(check_bed_int(&bed, FACT_CERT_DAYS), 29);
    /* The middle one ends with the leaf or before: all were made alike. */
    assert_true(strcmp(check_bed_text(&bed, FACT_SENT_NOT_AFTER),
                       check_bed_text(&bed, FACT_CERT_NOT_AFTER)) <= 0);
    assert_string_equal(check_bed_text(&bed, FACT_TLS_PROTOCOL), "TLSv1.3");
    assert_string_equal(check_bed_text(&bed, FACT_KEY), "EC 256");
    assert_string_equal(check_bed_text(&bed, FACT_FAULTS), "(none)");
    assert_string_equal(check_bed_text(&bed, FACT_IP), "127.0.0.1");
    check_bed_close(&bed);
}

/* One wrong server a row: the reason, every fault, a word of the message. */
struct row {
    struct tls_site site;
    const char *reason;
    const char *faults; /* NULL: whatever */
    const char *message;
};

static void
run_rows(const struct row *rows, size_t count)
{
    struct check_bed bed;

    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    for (size_t i = 0; i < count; i++) {
        bool is_up = str_eq(rows[i].reason, "none");

        tls_site_run(&bed, &rows[i].site, is_up ? STATUS_UP : STATUS_DOWN,
                     rows[i].reason);
        if (!str_eq(check_bed_text(&bed, FACT_FAULTS), rows[i].faults))
            fail_msg("row %zu: %s", i, check_bed_text(&bed, FACT_FAULTS));
        if (!is_up && strstr(bed.result->message, rows[i].message) == NULL)
            fail_msg("row %zu: %s", i, bed.result->message);
        if (!is_up)
            check_bed_evidence(&bed, "\"chain\":[{\"subject\":\"");
        assert_true(bed.result->us[PHASE_TLS] > 0);
    }
    check_bed_close(&bed);
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BY(ca)   .issuer = &world.ca, .sent = {&world.ca}
#define OLD      .from_s = -10 * DAY, .to_s = -3 * DAY

static void
every_fault_is_named(void **state)
{
    const struct row rows[] = {
        {{.leaf = {.name = "shop.example", .san = "DNS:other.example"},
          BY(middle)},
         "tls.hostname",
         "hostname",
         "not for shop.example but for other.example"},
        {{.leaf = {.name = "shop.example"}, BY(middle)},
         "tls.hostname",
         "hostname",
         "no name"},
        {{.leaf = {SHOP, OLD}, BY(middle)},
         "tls.expired",
         "expired",
         "shop.example expired on"},
        {{.leaf = {SHOP, .from_s = 3 * DAY}, BY(middle)},
         "tls.not_yet_valid",
         "not_yet_valid",
         "valid from"},
        {{.leaf = fine, .issuer = &world.middle},
         "tls.incomplete_chain",
         "incomplete_chain",
         "its issuer, Middle"},
        {{.leaf = fine}, "tls.self_signed", "self_signed", ""},
        {{.leaf = fine, .issuer = &world.stranger, .sent = {&world.stranger}},
         "tls.untrusted",
         "untrusted",
         "ends at Stranger"},
        {{.leaf = {SHOP, .usage = "clientAuth"}, BY(middle)},
         "tls.purpose",
         "purpose",
         ""},
        {{.leaf = fine, BY(no_ca)}, "tls.invalid_ca", "invalid_ca", ""},
        {{.leaf = {SHOP, .rsa_bits = 1024}, BY(middle)},
         "tls.weak_key",
         "weak_key",
         "the RSA key of shop.example has 1024 bits"},
        {{.leaf = fine, BY(weak)},
         "tls.weak_key",
         "weak_key",
         "the RSA key of Weak has 1024 bits"},
        {{.leaf = {SHOP, .md = "SHA1"}, BY(middle)},
         "tls.weak_signature",
         "weak_signature",
         "ecdsa-with-SHA1"},
        {{.leaf = {SHOP, .md = "MD5"}, BY(weak)},
         "tls.weak_key",
         "weak_key, weak_signature",
         ""},
        {{.leaf = {.name = "o", .san = "DNS:other.example", OLD}},
         "tls.expired",
         "expired, hostname, self_signed",
         ""},
        {{.leaf = {.name = "o", .md = "SHA1", OLD, .rsa_bits = 1024},
          BY(middle)},
         "tls.expired",
         "expired, hostname, weak_key, weak_signature",
         ""},
    };

    (void)state;
    run_rows(rows, COUNT(rows));
}

/* What is odd and no fault. */
static void
chains_that_are_right(void **state)
{
    const struct row rows[] = {
        /* The root first, then what stands between. */
        {{.leaf = fine,
          .issuer = &world.middle,
          .sent = {&world.root, &world.middle}},
         "none",
         "(none)",
         ""},
        /* More than is needed, of somebody else. */
        {{.leaf = fine,
          .issuer = &world.middle,
          .sent = {&world.stranger, &world.middle}},
         "none",
         "(none)",
         ""},
        {{.leaf = {SHOP, .rsa_bits = 2048}, BY(middle)}, "none", "(none)", ""},
        {{.leaf = {SHOP, .curve = "P-384"}, BY(middle)}, "none", "(none)", ""},
    };

    (void)state;
    run_rows(rows, COUNT(rows));
}

/* The server did not send it, and everything that it sent is in order. */
static void
a_root_that_expired_is_named(void **state)
{
    struct pki root = {0}, middle = {0};
    struct tls_site site = {.leaf = fine, .issuer = &middle, .sent = {&middle}};
    struct check_bed bed;
    char *pem;

    (void)state;
    pki_make(&root, NULL,
             &(struct pki_opts){.name = "Old Root", .is_ca = true, OLD});
    pki_make(&middle, &root,
             &(struct pki_opts){.name = "Young Middle", .is_ca = true});
    pem = pki_pem(&root);
    check_bed_open(&bed, SPEC_TLS, pem);
    tls_site_run(&bed, &site, STATUS_DOWN, "tls.expired");
    assert_non_null(strstr(bed.result->message, "of Old Root expired on 20"));
    assert_true(result_find(bed.result, FACT_CHAIN_DAYS)->num < 0);
    check_bed_close(&bed);
    free(pem);
    pki_free(&middle);
    pki_free(&root);
}

/* The second run meets a chain that is known, and sees the same. */
static void
a_known_chain(void **state)
{
    struct tls_site site = {.leaf = fine, BY(middle)};
    struct tls_site_live live;
    struct check_bed bed;
    struct certs_known *known;

    (void)state;
    tls_site_open(&live, &site);
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    check_bed_endpoint(&bed, "shop.example", live.tiny.port);
    bed.spec.net.resolve = (char *)(uintptr_t) "127.0.0.1";
    for (size_t i = 0; i < 3; i++) {
        check_bed_reason(&bed, STATUS_UP, "none");
        assert_string_equal(check_bed_text(&bed, FACT_CHAIN),
                            "shop.example 29d, Middle 899d, Root 899d");
        known = SSL_CTX_get_app_data(bed.engine->tls);
        assert_int_equal(certs_known_hits(known), i);
    }
    /* Not for another name. */
    bed.spec.of.endpoint.host = (char *)(uintptr_t) "other.example";
    check_bed_reason(&bed, STATUS_DOWN, "tls.hostname");
    check_bed_reason(&bed, STATUS_DOWN, "tls.hostname");
    assert_int_equal(certs_known_hits(known), 2);
    check_bed_close(&bed);
    tls_site_close(&live);
}

static void
staples(void **state)
{
    static const struct ocsp_opts good = {0};
    static const struct ocsp_opts revoked = {.status =
                                                 V_OCSP_CERTSTATUS_REVOKED};
    static const struct ocsp_opts unknown = {.status =
                                                 V_OCSP_CERTSTATUS_UNKNOWN};
    static const struct ocsp_opts stale = {.from_s = -9 * DAY, .to_s = -DAY};
    const struct ocsp_opts forged = {.signer = &world.stranger};
    const struct pki_opts must = {SHOP, .feature = "status_request"};

    const struct {
        struct pki_opts leaf;
        const struct ocsp_opts *staple;
        const char *reason;
        const char *ocsp;
        const char *message;
    } rows[] = {
        {fine, NULL, "none", "missing", ""},
        {fine, &good, "none", "good", ""},
        {fine, &unknown, "none", "unknown", ""},
        {fine, &stale, "none", "stale", ""},
        {fine, &forged, "none", "invalid", ""},
        {fine, &revoked, "tls.revoked", "revoked", ": keyCompromise"},
        {must, &good, "none", "good", ""},
        {must, NULL, "tls.ocsp_missing", "missing", "asks for a staple"},
        {must, &stale, "tls.ocsp_missing", "stale", "it ended on"},
        {must, &forged, "tls.ocsp_missing", "invalid", "signature"},
        {must, &unknown, "tls.ocsp_missing", "unknown", "unknown"},
    };
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    for (size_t i = 0; i < COUNT(rows) * 2; i++) {
        size_t at = i / 2;
        struct tls_site site = {.leaf = rows[at].leaf,
                                BY(middle),
                                .staple = rows[at].staple,
                                .newest = i % 2 ? TLS1_2_VERSION : 0};
        bool is_up = str_eq(rows[at].reason, "none");

        tls_site_run(&bed, &site, is_up ? STATUS_UP : STATUS_DOWN,
                     rows[at].reason);
        assert_string_equal(check_bed_text(&bed, FACT_OCSP), rows[at].ocsp);
        if (!is_up && strstr(bed.result->message, rows[at].message) == NULL)
            fail_msg("row %zu: %s", at, bed.result->message);
    }
    check_bed_expect(&bed, "ocsp == good and ocsp.left > 1h");
    tls_site_run(&bed,
                 &(struct tls_site){.leaf = fine, BY(middle), .staple = &good},
                 STATUS_UP, "none");
    assert_string_not_equal(check_bed_text(&bed, FACT_OCSP_NEXT_UPDATE),
                            "(none)");
    tls_site_run(&bed,
                 &(struct tls_site){.leaf = fine, BY(middle), .staple = &stale},
                 STATUS_DOWN, "expect.ocsp");
    check_bed_close(&bed);
}

static void
pin_key(struct tls_pin *pin, const struct pki *pki)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    struct certs *certs;

    sk_X509_push(chain, pki->cert);
    certs = certs_of(chain, clock_wall());
    *pin = (struct tls_pin){0};
    (void)str_copy(pin->value, sizeof(pin->value), certs->cert[0].spki);
    certs_free(certs);
    sk_X509_free(chain);
}

static void
pins(void **state)
{
    struct tls_site site = {.leaf = fine, BY(middle)};
    struct tls_site alone = {.leaf = fine};
    struct tls_pin pin[2] = {{.value = "no"}, {.value = "neither"}};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    bed.spec.of.endpoint.pins = pin;
    bed.spec.of.endpoint.pin_count = 2;
    tls_site_run(&bed, &site, STATUS_DOWN, "tls.pin");
    assert_non_null(strstr(bed.result->message, "the key of shop.example is"));
    /* The root's key, which the server did not send. */
    pin_key(&pin[1], &world.root);
    tls_site_run(&bed, &site, STATUS_UP, "none");
    /* What was asked for by name is no matter of trust. */
    bed.spec.net.insecure = true;
    tls_site_run(&bed, &alone, STATUS_DOWN, "tls.pin");
    assert_string_equal(check_bed_text(&bed, FACT_FAULTS), "self_signed, pin");
    check_bed_close(&bed);
}

static void
application_protocols(void **state)
{
    static char h2[] = "h2";
    static char imap[] = "imap";
    char *offered[] = {h2, imap};
    struct tls_site site = {.leaf = fine, BY(middle), .alpn = "imap"};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    bed.spec.of.endpoint.alpn = (struct spec_list){offered, 2};
    tls_site_run(&bed, &site, STATUS_UP, "none");
    assert_string_equal(check_bed_text(&bed, FACT_ALPN), "imap");
    bed.spec.of.endpoint.alpn.count = 1;
    tls_site_run(&bed, &site, STATUS_DOWN, "tls.alpn");
    assert_non_null(strstr(bed.result->message, "none of what was offered"));
    site.is_strict = true;
    tls_site_run(&bed, &site, STATUS_DOWN, "tls.alpn");
    site.alpn = NULL;
    tls_site_run(&bed, &site, STATUS_DOWN, "tls.alpn");
    /* The expectation is the more exact word. */
    check_bed_expect(&bed, "alpn == 'h2'");
    tls_site_run(&bed, &site, STATUS_DOWN, "expect.alpn");
    check_bed_close(&bed);
}

static void
an_unknown_authority(void **state)
{
    struct tls_site site = {
        .leaf = fine, .issuer = &world.middle, .sent = {&world.middle}};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, NULL);
    tls_site_run(&bed, &site, STATUS_DOWN, "tls.untrusted");
    assert_non_null(strstr(bed.result->message, "Root"));
    bed.spec.net.insecure = true;
    tls_site_run(&bed, &site, STATUS_UP, "none");
    assert_string_equal(check_bed_text(&bed, FACT_FAULTS), "untrusted");
    check_bed_close(&bed);
}

static void
old_protocols(void **state)
{
    struct tls_site site = {.leaf = fine,
                            .issuer = &world.middle,
                            .sent = {&world.middle},
                            .newest = TLS1_1_VERSION};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    tls_site_run(&bed, &site, STATUS_DOWN, "tls.protocol");
    check_bed_expect(&bed, "protocol >= 1.2");
    tls_site_run(&bed, &site, STATUS_DOWN, "expect.protocol");
    site.newest = TLS1_2_VERSION;
    tls_site_run(&bed, &site, STATUS_UP, "none");
    check_bed_close(&bed);
}

static void
a_client_certificate_is_wanted(void **state)
{
    struct tls_site site = {.leaf = fine,
                            .issuer = &world.middle,
                            .sent = {&world.middle},
                            .verify = SSL_VERIFY_PEER |
                                      SSL_VERIFY_FAIL_IF_NO_PEER_CERT};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    tls_site_run(&bed, &site, STATUS_DOWN, "tls.client_cert_required");
    check_bed_evidence(&bed, "shop.example");
    site.newest = TLS1_2_VERSION;
    tls_site_run(&bed, &site, STATUS_DOWN, "tls.client_cert_required");
    /* Asked for, but not insisted on. */
    site.verify = SSL_VERIFY_PEER;
    tls_site_run(&bed, &site, STATUS_UP, "none");
    site.newest = 0;
    tls_site_run(&bed, &site, STATUS_UP, "none");
    check_bed_close(&bed);
}

/* The client's key is a secret; here the engine is given the value. */
static void
give_key(struct check_bed *bed, const struct pki *client)
{
    struct secret_def def = {.name = "key", .source = SECRET_GIVEN};
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long len;

    assert_int_equal(
        PEM_write_bio_PrivateKey(bio, client->key, NULL, NULL, 0, NULL, NULL),
        1);
    len = BIO_get_mem_data(bio, &text);
    bed->engine->secrets = secret_set_create();
    assert_int_equal(secret_add(bed->engine->secrets, &def), 0);
    assert_int_equal(
        secret_give(bed->engine->secrets, "key", text, (size_t)len), 0);
    BIO_free(bio);
    bed->spec.net.cert = pki_pem(client);
    check_bed_set(&bed->spec.net.key, "${secret.key}");
}

static void
a_client_certificate_is_given(void **state)
{
    struct tls_site site = {.leaf = fine,
                            BY(middle),
                            .verify = SSL_VERIFY_PEER |
                                      SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                            .clients = &world.root};

    const struct {
        struct pki_opts opts;
        const struct pki *issuer;
        const char *reason;
    } rows[] = {
        {{.name = "client"}, &world.root, "none"},
        {{.name = "client"}, &world.stranger, "tls.client_cert_rejected"},
        {{.name = "client", OLD}, &world.root, "tls.client_cert_rejected"},
        {{.name = "client", .usage = "serverAuth"},
         &world.root,
         "tls.client_cert_rejected"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * 2; i++) {
        bool is_up = str_eq(rows[i / 2].reason, "none");
        struct check_bed bed;
        struct pki client;

        pki_make(&client, rows[i / 2].issuer, &rows[i / 2].opts);
        check_bed_open(&bed, SPEC_TLS, world.root_pem);
        give_key(&bed, &client);
        site.newest = i % 2 ? TLS1_2_VERSION : 0;
        tls_site_run(&bed, &site, is_up ? STATUS_UP : STATUS_DOWN,
                     rows[i / 2].reason);
        assert_string_equal(check_bed_text(&bed, FACT_CLIENT_CERT), "given");
        secret_set_free(bed.engine->secrets);
        free(bed.spec.net.cert);
        check_bed_close(&bed);
        pki_free(&client);
    }
}

static void
a_client_key_that_is_not_there(void **state)
{
    struct tls_site site = {.leaf = fine, BY(middle)};
    struct check_bed bed;
    struct pki client;

    (void)state;
    pki_make(&client, &world.root, &(struct pki_opts){.name = "client"});
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    bed.spec.net.cert = pki_pem(&client);
    check_bed_set(&bed.spec.net.key, "${secret.key}");
    tls_site_run(&bed, &site, STATUS_ERROR, "local.secret");
    free(bed.spec.net.cert);
    /* The key of somebody else. */
    give_key(&bed, &world.stranger);
    free(bed.spec.net.cert);
    bed.spec.net.cert = pki_pem(&client);
    tls_site_run(&bed, &site, STATUS_ERROR, "local.secret");
    assert_non_null(strstr(bed.result->message, "is not that of the client"));
    secret_set_free(bed.engine->secrets);
    free(bed.spec.net.cert);
    check_bed_close(&bed);
    pki_free(&client);
}

static void
versions_are_tried_on_request(void **state)
{
    const struct {
        int oldest, newest;
        const char *versions;
    } rows[] = {
        {TLS1_2_VERSION, TLS1_3_VERSION, "1.2 1.3"},
        {TLS1_VERSION, TLS1_3_VERSION, "1.0 1.1 1.2 1.3"},
        {TLS1_3_VERSION, TLS1_3_VERSION, "1.3"},
        {TLS1_1_VERSION, TLS1_2_VERSION, "1.1 1.2"},
    };
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    bed.spec.of.endpoint.scan = true;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tls_site site = {.leaf = {SHOP, .rsa_bits = 2048},
                                BY(middle),
                                .oldest = rows[i].oldest,
                                .newest = rows[i].newest};

        tls_site_run(&bed, &site, STATUS_UP, "none");
        assert_string_equal(check_bed_text(&bed, FACT_TLS_VERSIONS),
                            rows[i].versions);
    }
    check_bed_expect(&bed, "every versions >= 1.2 and versions == 1.3");
    tls_site_run(&bed, &(struct tls_site){.leaf = fine, BY(middle)},
                 STATUS_DOWN, "expect.versions");
    tls_site_run(
        &bed,
        &(struct tls_site){.leaf = fine, BY(middle), .oldest = TLS1_2_VERSION},
        STATUS_UP, "none");
    /* A chain that is bad is scanned too. */
    tls_site_run(&bed, &(struct tls_site){.leaf = fine}, STATUS_DOWN,
                 "tls.self_signed");
    assert_string_equal(check_bed_text(&bed, FACT_TLS_VERSIONS),
                        "1.0 1.1 1.2 1.3");
    check_bed_close(&bed);
}

static void
serve_text(struct tiny_conn *conn)
{
    tiny_say(conn, conn->tiny->arg);
    tiny_hold(conn);
}

static void
serve_alert(struct tiny_conn *conn)
{
    static const uint8_t handshake_failure[] = {21, 3, 3, 0, 2, 2, 40};

    tiny_write(conn, handshake_failure, sizeof(handshake_failure));
    tiny_hold(conn);
}

static void
serve_nothing(struct tiny_conn *conn)
{
    char bytes[600];

    /* Only once the hello is here: else the end would be a reset. */
    (void)tiny_read(conn, bytes, sizeof(bytes));
}

static void
run_plain(struct check_bed *bed, void (*serve)(struct tiny_conn *),
          const char *says, const char *reason)
{
    struct tiny tiny = {.serve = serve, .arg = says};

    tiny_start(&tiny);
    check_bed_endpoint(bed, "127.0.0.1", tiny.port);
    check_bed_reason(bed, STATUS_DOWN, reason);
    tiny_stop(&tiny);
}

static void
what_is_no_handshake(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    run_plain(&bed, serve_text, "220 mail.example ESMTP\r\n", "tls.handshake");
    assert_non_null(strstr(bed.result->message, "does not speak TLS"));
    run_plain(&bed, serve_nothing, "", "tls.closed");
    run_plain(&bed, serve_alert, "", "tls.alert");
    bed.spec.timeout_ns = 100 * NS_PER_MS;
    run_plain(&bed, serve_text, "", "tls.timeout");
    assert_true(bed.result->us[PHASE_CONNECT] >= 0);
    assert_int_equal(bed.result->us[PHASE_TLS], -1);
    check_bed_endpoint(&bed, "127.0.0.1", check_bed_closed_port());
    check_bed_reason(&bed, STATUS_DOWN, "connect.refused");
    check_bed_close(&bed);
}

static void
an_address_is_a_name_too(void **state)
{
    struct tls_site site = {.leaf = {.name = "x", .san = "IP:127.0.0.1"},
                            BY(middle)};
    struct tls_site_live live;
    struct check_bed bed;

    (void)state;
    tls_site_open(&live, &site);
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    check_bed_endpoint(&bed, "127.0.0.1", live.tiny.port);
    check_bed_reason(&bed, STATUS_UP, "none");
    check_bed_close(&bed);
    tls_site_close(&live);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_chain),
        cmocka_unit_test(every_fault_is_named),
        cmocka_unit_test(chains_that_are_right),
        cmocka_unit_test(a_root_that_expired_is_named),
        cmocka_unit_test(a_known_chain),
        cmocka_unit_test(staples),
        cmocka_unit_test(pins),
        cmocka_unit_test(application_protocols),
        cmocka_unit_test(an_unknown_authority),
        cmocka_unit_test(old_protocols),
        cmocka_unit_test(a_client_certificate_is_wanted),
        cmocka_unit_test(a_client_certificate_is_given),
        cmocka_unit_test(a_client_key_that_is_not_there),
        cmocka_unit_test(versions_are_tried_on_request),
        cmocka_unit_test(what_is_no_handshake),
        cmocka_unit_test(an_address_is_a_name_too),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
