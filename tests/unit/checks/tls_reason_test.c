/* Faults are named worst first, whatever order they were found in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "checks/tls_reason.c"

static struct certs
chain_of(size_t count)
{
    struct certs certs = {.count = count, .total = count};

    for (size_t i = 0; i < count; i++) {
        struct cert *cert = &certs.cert[i];

        (void)str_copy(cert->subject, sizeof(cert->subject), "shop");
        (void)str_copy(cert->issuer, sizeof(cert->issuer), "Some CA");
        (void)str_copy(cert->key_type, sizeof(cert->key_type), "RSA");
        (void)str_copy(cert->signature, sizeof(cert->signature),
                       "sha256WithRSAEncryption");
        cert->key_bits = 2048;
    }
    return certs;
}

static void
worst_first(void **state)
{
    struct tls_faults faults = {0};
    struct certs certs = chain_of(2);
    char text[160];

    (void)state;
    assert_int_equal(tls_reason_worst(&faults), REASON_NONE);
    assert_string_equal(tls_reason_format(text, sizeof(text), &faults), "");
    tls_reason_add_verify(&faults, X509_V_OK, &certs);
    assert_int_equal(tls_reason_worst(&faults), REASON_NONE);
    tls_reason_add_verify(&faults, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                          &certs);
    assert_int_equal(tls_reason_worst(&faults), REASON_TLS_UNTRUSTED);
    tls_reason_add_verify(&faults, X509_V_ERR_HOSTNAME_MISMATCH, &certs);
    assert_int_equal(tls_reason_worst(&faults), REASON_TLS_HOSTNAME);
    tls_reason_add_verify(&faults, X509_V_ERR_CERT_HAS_EXPIRED, &certs);
    tls_reason_add_verify(&faults, X509_V_ERR_CERT_HAS_EXPIRED, &certs);
    assert_string_equal(tls_reason_format(text, sizeof(text), &faults),
                        "expired, hostname, untrusted");
    assert_string_equal(tls_reason_format(text, 12, &faults), "expired");
}

static void
a_leaf_alone_is_incomplete(void **state)
{
    struct tls_faults faults = {0};
    struct certs certs = chain_of(1);
    char text[200];

    (void)state;
    tls_reason_add_verify(&faults, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                          &certs);
    tls_reason_add_verify(&faults, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
                          &certs);
    assert_int_equal(tls_reason_worst(&faults), REASON_TLS_INCOMPLETE_CHAIN);
    assert_string_equal(
        tls_reason_message(text, sizeof(text), REASON_TLS_INCOMPLETE_CHAIN,
                           &certs, "shop.example"),
        "the server sent only its own certificate; its issuer, Some CA, was "
        "neither sent nor is it trusted");
}

static void
what_is_in_no_row_is_untrusted(void **state)
{
    struct tls_faults faults = {0};

    (void)state;
    tls_reason_add_verify(&faults, X509_V_ERR_UNSPECIFIED, NULL);
    assert_int_equal(tls_reason_worst(&faults), REASON_TLS_UNTRUSTED);
}

static void
weak_keys_and_signatures(void **state)
{
    struct tls_policy policy = {0};
    struct tls_faults faults = {0};
    struct certs certs = chain_of(2);

    (void)state;
    tls_reason_add_weak(&faults, NULL, &policy);
    tls_reason_add_weak(&faults, &certs, &policy);
    assert_int_equal(tls_reason_worst(&faults), REASON_NONE);
    (void)str_copy(certs.cert[1].signature, sizeof(certs.cert[1].signature),
                   "sha1WithRSAEncryption");
    certs.cert[1].is_self_signed = true;
    tls_reason_add_weak(&faults, &certs, &policy);
    assert_int_equal(tls_reason_worst(&faults), REASON_NONE);
    certs.cert[1].is_self_signed = false;
    tls_reason_add_weak(&faults, &certs, &policy);
    assert_int_equal(tls_reason_worst(&faults), REASON_TLS_WEAK_SIGNATURE);
    certs.cert[0].key_bits = 1024;
    tls_reason_add_weak(&faults, &certs, &policy);
    assert_int_equal(tls_reason_worst(&faults), REASON_TLS_WEAK_KEY);
}

static void
the_least_bits_are_the_checks(void **state)
{
    static const struct {
        const char *type;
        int bits;
        struct tls_policy policy;
        enum reason reason;
    } rows[] = {
        {"RSA", 2048, {0, 0}, REASON_NONE},
        {"RSA", 2047, {0, 0}, REASON_TLS_WEAK_KEY},
        {"RSA", 2048, {3072, 0}, REASON_TLS_WEAK_KEY},
        {"RSA", 1024, {1024, 0}, REASON_NONE},
        {"EC", 256, {0, 0}, REASON_NONE},
        {"EC", 192, {0, 0}, REASON_TLS_WEAK_KEY},
        {"EC", 256, {0, 384}, REASON_TLS_WEAK_KEY},
        {"Ed25519", 253, {4096, 521}, REASON_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct certs certs = {.count = 1, .total = 1};
        struct tls_faults faults = {0};

        (void)str_copy(certs.cert[0].key_type, 16, rows[i].type);
        certs.cert[0].key_bits = rows[i].bits;
        tls_reason_add_weak(&faults, &certs, &rows[i].policy);
        assert_int_equal(tls_reason_worst(&faults), rows[i].reason);
    }
}

static void
insecure_forgives_all_but_what_was_asked_for(void **state)
{
    struct tls_faults faults = {0};
    char text[200];

    (void)state;
    tls_reason_add(&faults, REASON_TLS_PIN);
    tls_reason_add(&faults, REASON_TLS_SELF_SIGNED);
    tls_reason_add(&faults, REASON_TLS_ALPN);
    tls_reason_add(&faults, REASON_TLS_PROTOCOL);
    tls_reason_forgive(&faults);
    assert_string_equal(tls_reason_format(text, sizeof(text), &faults),
                        "pin, alpn");
}

static void
messages_name_what_people_look_for(void **state)
{
    struct certs certs = chain_of(2);
    char(*names)[256];
    char text[200];

    (void)state;
    certs.cert[0].not_after = (wall_t){1767225600000}; /* 2026-01-01 */
    certs.cert[1].not_after = (wall_t){1735689600000}; /* 2025-01-01 */
    (void)str_copy(certs.cert[1].subject, 256, "Some CA");
    certs.cert[1].key_bits = 1024;
    assert_string_equal(
        tls_reason_message(text, sizeof(text), REASON_TLS_WEAK_KEY, &certs,
                           "a"),
        "the RSA key of Some CA has 1024 bits, which are too few");
    assert_string_equal(
        tls_reason_message(text, sizeof(text), REASON_TLS_EXPIRED, &certs, "a"),
        "the certificate of Some CA expired on 2025-01-01");
    /* Sent, and nobody's matter: the path goes up to a root of the store. */
    certs.cert[2] = certs.cert[1];
    certs.cert[2].not_after = (wall_t){1735776000000}; /* 2025-01-02 */
    (void)str_copy(certs.cert[2].subject, 256, "Old Root");
    certs.total = 3;
    certs.path[1] = 2;
    certs.path_count = 2;
    assert_string_equal(
        tls_reason_message(text, sizeof(text), REASON_TLS_EXPIRED, &certs, "a"),
        "the certificate of Old Root expired on 2025-01-02");
    names = str_xcalloc(4, sizeof(*names));
    for (size_t i = 0; i < 4; i++)
        (void)snprintf(names[i], sizeof(names[i]), "%zu.example", i);
    certs.names = names;
    certs.name_count = 4;
    certs.name_total = 500;
    assert_string_equal(tls_reason_message(text, sizeof(text),
                                           REASON_TLS_HOSTNAME, &certs, "a"),
                        "the certificate is not for a but for 0.example, "
                        "1.example, 2.example and 497 more");
    (void)snprintf(names[0], sizeof(names[0]), "192.0.2.1");
    certs.name_count = certs.name_total = 1;
    assert_string_equal(
        tls_reason_message(text, sizeof(text), REASON_TLS_HOSTNAME, &certs,
                           "192.0.2.1"),
        "the certificate is not for 192.0.2.1 but for 192.0.2.1 (as a DNS "
        "name, not as an address)");
    free(names);
    assert_string_equal(
        tls_reason_message(text, sizeof(text), REASON_TLS_EXPIRED, NULL, "a"),
        "a certificate is past its date");
}

/* It is who signed that is to blame, and not for being unknown. */
static void
authorities_are_named(void **state)
{
    struct tls_faults faults = {0};
    struct certs certs = chain_of(3);
    char text[200];

    (void)state;
    (void)str_copy(certs.cert[1].subject, 256, "Some CA");
    (void)str_copy(certs.cert[1].issuer, 256, "Far Root");
    (void)str_copy(certs.cert[2].subject, 256, "Junk");
    certs.cert[1].is_ca = certs.cert[2].is_ca = true;
    assert_string_equal(tls_reason_message(text, sizeof(text),
                                           REASON_TLS_UNTRUSTED, &certs, "a"),
                        "the chain ends at Far Root, which is not trusted");
    tls_reason_add_verify(&faults, X509_V_ERR_PERMITTED_VIOLATION, &certs);
    assert_int_equal(tls_reason_worst(&faults), REASON_TLS_INVALID_CA);
    (void)tls_reason_message(text, sizeof(text), REASON_TLS_INVALID_CA, &certs,
                             "a");
    assert_non_null(strstr(text, "may not sign for a: its own certificate"));
    certs.cert[2].is_ca = false; /* it stands beside, and signed nothing */
    (void)tls_reason_message(text, sizeof(text), REASON_TLS_INVALID_CA, &certs,
                             "a");
    assert_non_null(strstr(text, "may not sign for a: its own certificate"));
    certs.cert[1].is_ca = false;
    assert_string_equal(tls_reason_message(text, sizeof(text),
                                           REASON_TLS_INVALID_CA, &certs, "a"),
                        "Some CA is no authority, and signed a certificate");
    tls_reason_remove(&faults, REASON_TLS_INVALID_CA);
    assert_int_equal(tls_reason_worst(&faults), REASON_NONE);
}

static void
alerts(void **state)
{
    char text[200];

    (void)state;
    assert_int_equal(tls_reason_of_alert(116), REASON_TLS_CLIENT_CERT_REQUIRED);
    assert_int_equal(tls_reason_of_alert(70), REASON_TLS_PROTOCOL);
    assert_int_equal(tls_reason_of_alert(120), REASON_TLS_ALPN);
    assert_int_equal(tls_reason_of_alert(40), REASON_TLS_ALERT);
    assert_int_equal(tls_reason_of_alert(-1), REASON_TLS_ALERT);
    assert_string_equal(
        tls_reason_alert_message(text, sizeof(text), 112),
        "the server ended the handshake: alert 112, unrecognized name: it does "
        "not know the name that was sent (SNI)");
    assert_string_equal(tls_reason_alert_message(text, sizeof(text), 200),
                        "the server ended the handshake: alert 200, unknown");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worst_first),
        cmocka_unit_test(a_leaf_alone_is_incomplete),
        cmocka_unit_test(what_is_in_no_row_is_untrusted),
        cmocka_unit_test(weak_keys_and_signatures),
        cmocka_unit_test(the_least_bits_are_the_checks),
        cmocka_unit_test(insecure_forgives_all_but_what_was_asked_for),
        cmocka_unit_test(messages_name_what_people_look_for),
        cmocka_unit_test(authorities_are_named),
        cmocka_unit_test(alerts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
