/* TLS checks against real handshakes with certificates made for each fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/tls_check.c"

#include <signal.h>

#include "tests/lib/check_bed.h"
#include "tests/lib/pki.h"

#define DAY 86400L

struct world {
    struct pki root;
    struct pki middle; /* signed by root, an authority */
    char *root_pem;
};

static struct world world;

static int
make_world(void **state)
{
    struct pki_opts root = {
        .name = "Root", .is_ca = true, .from_s = -900 * DAY, .to_s = 900 * DAY};
    struct pki_opts middle = {.name = "Middle",
                              .is_ca = true,
                              .from_s = -900 * DAY,
                              .to_s = 900 * DAY};

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    pki_make(&world.root, NULL, &root);
    pki_make(&world.middle, &world.root, &middle);
    world.root_pem = pki_pem(&world.root);
    return 0;
}

static int
free_world(void **state)
{
    (void)state;
    free(world.root_pem);
    pki_free(&world.middle);
    pki_free(&world.root);
    return 0;
}

/* What one test serves. */
struct site {
    struct pki_opts leaf;
    const struct pki *issuer; /* NULL: signs itself */
    const struct pki *sent;   /* with the leaf; or NULL */
    int version;              /* the newest; 0: any */
    int verify;               /* of the client */
    void (*serve)(struct tiny_conn *);
};

static const struct pki_opts fine = {.name = "shop.example",
                                     .san = "DNS:shop.example"};

static void
serve_hold(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

static SSL_CTX *
context_of(const struct site *site, struct pki *leaf)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    pki_make(leaf, site->issuer, &site->leaf);
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
    if (site->version != 0)
        SSL_CTX_set_max_proto_version(ctx, site->version);
    SSL_CTX_use_certificate(ctx, leaf->cert);
    SSL_CTX_use_PrivateKey(ctx, leaf->key);
    if (site->sent != NULL)
        SSL_CTX_add1_chain_cert(ctx, site->sent->cert);
    SSL_CTX_set_verify(ctx, site->verify, NULL);
    return ctx;
}

static void
run_on(struct check_bed *bed, const struct site *site, enum status status,
       const char *reason)
{
    static char loopback[] = "127.0.0.1";
    struct tiny tiny = {.serve = site->serve ? site->serve : serve_hold};
    struct pki leaf;

    tiny.ctx = context_of(site, &leaf);
    tiny_start(&tiny);
    check_bed_endpoint(bed, "shop.example", tiny.port);
    bed->spec.net.resolve = loopback;
    check_bed_reason(bed, status, reason);
    tiny_stop(&tiny);
    SSL_CTX_free(tiny.ctx);
    pki_free(&leaf);
}

static void
a_good_chain(void **state)
{
    struct site site = {
        .leaf = fine, .issuer = &world.middle, .sent = &world.middle};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    check_bed_expect(&bed, "days > 28 and chain.days < 31 and protocol >= 1.2");
    check_bed_expect(&bed, "issuer == 'Middle' and san == 'shop.example'");
    check_bed_expect(&bed, "key.bits == 256 and key.type == 'EC'");
    run_on(&bed, &site, STATUS_UP, "none");
    assert_true(bed.result->us[PHASE_TLS] > 0);
    assert_int_equal(check_bed_int(&bed, FACT_CERT_DAYS), 29);
    assert_string_equal(check_bed_text(&bed, FACT_TLS_PROTOCOL), "TLSv1.3");
    assert_string_equal(check_bed_text(&bed, FACT_KEY), "EC 256");
    assert_string_equal(check_bed_text(&bed, FACT_FAULTS), "(none)");
    assert_string_equal(check_bed_text(&bed, FACT_IP), "127.0.0.1");
    check_bed_close(&bed);
}

static void
every_fault_is_named(void **state)
{
    struct pki_opts wrong = {.name = "shop.example",
                             .san = "DNS:other.example"};
    struct pki_opts old = {.name = "shop.example",
                           .san = "DNS:shop.example",
                           .from_s = -10 * DAY,
                           .to_s = -3 * DAY};
    struct pki_opts early = {
        .name = "shop.example", .san = "DNS:shop.example", .from_s = 3 * DAY};
    struct pki_opts client = {.name = "shop.example",
                              .san = "DNS:shop.example",
                              .usage = "clientAuth"};
    struct pki_opts old_wrong = {.name = "other.example",
                                 .san = "DNS:other.example",
                                 .from_s = -10 * DAY,
                                 .to_s = -3 * DAY};
    struct pki_opts name_only = {.name = "shop.example"};
    const struct pki *middle = &world.middle;

    struct {
        struct site site;
        const char *reason;
        const char *faults;
    } rows[] = {
        {{wrong, middle, middle, 0, 0, 0}, "tls.hostname", "hostname"},
        {{name_only, middle, middle, 0, 0, 0}, "tls.hostname", "hostname"},
        {{old, middle, middle, 0, 0, 0}, "tls.expired", "expired"},
        {{early, middle, middle, 0, 0, 0},
         "tls.not_yet_valid",
         "not_yet_valid"},
        {{fine, middle, NULL, 0, 0, 0},
         "tls.incomplete_chain",
         "incomplete_chain"},
        {{fine, NULL, NULL, 0, 0, 0}, "tls.self_signed", "self_signed"},
        {{client, middle, middle, 0, 0, 0}, "tls.purpose", "purpose"},
        {{old_wrong, NULL, NULL, 0, 0, 0},
         "tls.expired",
         "expired, hostname, self_signed"},
    };
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        run_on(&bed, &rows[i].site, STATUS_DOWN, rows[i].reason);
        assert_string_equal(check_bed_text(&bed, FACT_FAULTS), rows[i].faults);
        check_bed_evidence(&bed, "\"chain\":[{\"subject\":\"");
        assert_true(bed.result->us[PHASE_TLS] > 0);
    }
    check_bed_close(&bed);
}

static void
an_unknown_authority(void **state)
{
    struct site site = {
        .leaf = fine, .issuer = &world.middle, .sent = &world.middle};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, NULL);
    run_on(&bed, &site, STATUS_DOWN, "tls.untrusted");
    assert_non_null(strstr(bed.result->message, "Root"));
    bed.spec.net.insecure = true;
    run_on(&bed, &site, STATUS_UP, "none");
    assert_string_equal(check_bed_text(&bed, FACT_FAULTS), "untrusted");
    check_bed_close(&bed);
}

static void
old_protocols(void **state)
{
    struct site site = {.leaf = fine,
                        .issuer = &world.middle,
                        .sent = &world.middle,
                        .version = TLS1_1_VERSION};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    run_on(&bed, &site, STATUS_DOWN, "tls.protocol");
    check_bed_expect(&bed, "protocol >= 1.2");
    run_on(&bed, &site, STATUS_DOWN, "expect.protocol");
    site.version = TLS1_2_VERSION;
    run_on(&bed, &site, STATUS_UP, "none");
    check_bed_close(&bed);
}

static void
a_client_certificate_is_wanted(void **state)
{
    struct site site = {.leaf = fine,
                        .issuer = &world.middle,
                        .sent = &world.middle,
                        .verify =
                            SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    run_on(&bed, &site, STATUS_DOWN, "tls.client_cert_required");
    check_bed_evidence(&bed, "shop.example");
    site.version = TLS1_2_VERSION;
    run_on(&bed, &site, STATUS_DOWN, "tls.client_cert_required");
    /* Asked for, but not insisted on. */
    site.verify = SSL_VERIFY_PEER;
    run_on(&bed, &site, STATUS_UP, "none");
    site.version = 0;
    run_on(&bed, &site, STATUS_UP, "none");
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
    struct site site = {.leaf = {.name = "x", .san = "IP:127.0.0.1"},
                        .issuer = &world.middle,
                        .sent = &world.middle};
    struct tiny tiny = {.serve = serve_hold};
    struct check_bed bed;
    struct pki leaf;

    (void)state;
    tiny.ctx = context_of(&site, &leaf);
    tiny_start(&tiny);
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    check_bed_endpoint(&bed, "127.0.0.1", tiny.port);
    check_bed_reason(&bed, STATUS_UP, "none");
    check_bed_close(&bed);
    tiny_stop(&tiny);
    SSL_CTX_free(tiny.ctx);
    pki_free(&leaf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_chain),
        cmocka_unit_test(every_fault_is_named),
        cmocka_unit_test(an_unknown_authority),
        cmocka_unit_test(old_protocols),
        cmocka_unit_test(a_client_certificate_is_wanted),
        cmocka_unit_test(what_is_no_handshake),
        cmocka_unit_test(an_address_is_a_name_too),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
