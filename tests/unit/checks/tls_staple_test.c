/* Staples, right and wrong, made by OpenSSL's own responder functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/tls_staple.c"

#include "tests/lib/ocsp.h"

#define DAY 86400L

struct world {
    struct pki root, middle, leaf, other;
    struct pki responder; /* the issuer lets it sign */
    struct pki stranger;  /* of the issuer too, and may not */
};

static struct world world;

static int
make_world(void **state)
{
    struct pki_opts root = {.name = "Root", .is_ca = true};
    struct pki_opts middle = {.name = "Middle", .is_ca = true};
    struct pki_opts leaf = {.name = "leaf"};
    struct pki_opts responder = {.name = "Responder", .usage = "OCSPSigning"};

    (void)state;
    pki_make(&world.root, NULL, &root);
    pki_make(&world.middle, &world.root, &middle);
    pki_make(&world.leaf, &world.middle, &leaf);
    pki_make(&world.other, &world.middle, &leaf);
    pki_make(&world.responder, &world.middle, &responder);
    pki_make(&world.stranger, &world.middle, &leaf);
    return 0;
}

static int
free_world(void **state)
{
    (void)state;
    pki_free(&world.root);
    pki_free(&world.middle);
    pki_free(&world.leaf);
    pki_free(&world.other);
    pki_free(&world.responder);
    pki_free(&world.stranger);
    return 0;
}

static void
judge(struct tls_staple *staple, const uint8_t *der, int len)
{
    STACK_OF(X509) *chain = sk_X509_new_null();

    sk_X509_push(chain, world.leaf.cert);
    sk_X509_push(chain, world.middle.cert);
    tls_staple_judge(staple, der, (size_t)len, chain, clock_wall());
    sk_X509_free(chain);
}

static void
every_state(void **state)
{
    const struct {
        struct ocsp_opts opts;
        const struct pki *about; /* NULL: the leaf */
        enum tls_staple_state state;
        const char *why;
    } rows[] = {
        {{0}, NULL, TLS_STAPLE_GOOD, ""},
        {{.md = "SHA256"}, NULL, TLS_STAPLE_GOOD, ""},
        {{.is_endless = true}, NULL, TLS_STAPLE_GOOD, ""},
        {{.signer = &world.responder}, NULL, TLS_STAPLE_GOOD, ""},
        {{.status = V_OCSP_CERTSTATUS_REVOKED},
         NULL,
         TLS_STAPLE_REVOKED,
         "keyCompromise"},
        {{.status = V_OCSP_CERTSTATUS_REVOKED,
          .from_s = -9 * DAY,
          .to_s = -DAY},
         NULL,
         TLS_STAPLE_REVOKED,
         "keyCompromise"},
        {{.status = V_OCSP_CERTSTATUS_UNKNOWN}, NULL, TLS_STAPLE_UNKNOWN, ""},
        {{.from_s = -9 * DAY, .to_s = -DAY},
         NULL,
         TLS_STAPLE_STALE,
         "it ended on "},
        {{.from_s = DAY}, NULL, TLS_STAPLE_STALE, "it begins on "},
        {{0}, &world.other, TLS_STAPLE_INVALID, "another certificate"},
        {{.signer = &world.stranger},
         NULL,
         TLS_STAPLE_INVALID,
         "signature is not of"},
        {{.signer = &world.root},
         NULL,
         TLS_STAPLE_INVALID,
         "signature is not of"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tls_staple staple;
        uint8_t *der;
        int len = ocsp_make(&der, rows[i].about ? rows[i].about : &world.leaf,
                            &world.middle, &rows[i].opts);

        judge(&staple, der, len);
        if (staple.state != rows[i].state ||
            strstr(staple.why, rows[i].why) == NULL)
            fail_msg("row %zu: %s: %s", i, tls_staple_name(staple.state),
                     staple.why);
        if (staple.state == TLS_STAPLE_GOOD)
            assert_int_equal(staple.next_update.ms == 0,
                             rows[i].opts.is_endless);
        assert_int_equal(staple.revoked_at.ms != 0,
                         staple.state == TLS_STAPLE_REVOKED);
        OPENSSL_free(der);
    }
}

static void
no_response(void **state)
{
    static const uint8_t try_later[] = {0x30, 0x03, 0x0a, 0x01, 0x03};
    struct tls_staple staple;
    uint8_t *der;
    int len;

    (void)state;
    judge(&staple, NULL, 0);
    assert_int_equal(staple.state, TLS_STAPLE_MISSING);
    judge(&staple, (const uint8_t *)"garbage", 7);
    assert_int_equal(staple.state, TLS_STAPLE_INVALID);
    judge(&staple, try_later, sizeof(try_later));
    assert_int_equal(staple.state, TLS_STAPLE_INVALID);
    assert_string_equal(staple.why, "trylater");
    /* A good one with a bit turned over. */
    len = ocsp_make(&der, &world.leaf, &world.middle, &(struct ocsp_opts){0});
    for (int i = 0; i < len; i += 7) {
        der[i] ^= 0x20;
        judge(&staple, der, len);
        der[i] ^= 0x20;
        assert_true(staple.state == TLS_STAPLE_INVALID ||
                    staple.state == TLS_STAPLE_GOOD);
    }
    /* Cut at every byte. */
    for (int i = 1; i < len; i++) {
        judge(&staple, der, i);
        assert_int_equal(staple.state, TLS_STAPLE_INVALID);
    }
    OPENSSL_free(der);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state),
        cmocka_unit_test(no_response),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
