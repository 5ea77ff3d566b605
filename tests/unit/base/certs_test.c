#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/certs.c"

#include <unistd.h>

#include "tests/lib/pki.h"

#define DAY_S 86400L

/* What the openssl tool says of `cert` for `args`: an oracle of its own. */
static char *
ask_openssl(const struct pki *cert, const char *args)
{
    char path[] = "/tmp/certs_test.XXXXXX";
    char *command;
    char line[512] = "";
    FILE *out;
    int fd = mkstemp(path);

    pki_write(cert, NULL, path, NULL);
    command = str_xprintf("openssl x509 -in %s -noout %s", path, args);
    out = popen(command, "r");
    assert_non_null(out);
    assert_non_null(fgets(line, sizeof line, out));
    pclose(out);
    free(command);
    close(fd);
    unlink(path);
    line[strcspn(line, "\n")] = '\0';
    return str_xdup(line);
}

static struct certs *
look_at(const struct pki *leaf, const struct pki *ca, wall_t now)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    struct certs *certs;

    sk_X509_push(chain, leaf->cert);
    if (ca != NULL)
        sk_X509_push(chain, ca->cert);
    certs = certs_of(chain, now);
    sk_X509_free(chain);
    return certs;
}

static void
says_what_openssl_says(void **state)
{
    struct pki ca = {0};
    struct pki leaf = {0};
    struct certs *certs;
    char *text;
    char *plain;
    size_t i;
    size_t n = 0;
    (void)state;

    pki_make(&ca, NULL, &(struct pki_opts){.name = "the ca", .is_ca = true});
    pki_make(&leaf, &ca,
             &(struct pki_opts){
                 .name = "shop.example",
                 .san = "DNS:shop.example,DNS:*.shop.example,IP:192.0.2.7,"
                        "IP:2001:db8::7,email:a@b.example",
             });
    certs = look_at(&leaf, &ca, clock_wall());
    assert_int_equal(certs->count, 2);
    assert_string_equal(certs->cert[0].subject, "shop.example");
    assert_string_equal(certs->cert[0].issuer, "the ca");
    assert_string_equal(certs->cert[0].key_type, "EC");
    assert_int_equal(certs->cert[0].key_bits, 256);
    assert_string_equal(certs->cert[0].signature, "ecdsa-with-SHA256");
    assert_false(certs->cert[0].is_ca);
    assert_false(certs->cert[0].is_self_signed);
    assert_true(certs->cert[1].is_ca);
    assert_true(certs->cert[1].is_self_signed);
    assert_int_equal(certs->name_count, 4);
    assert_string_equal(certs->names[1], "*.shop.example");
    assert_string_equal(certs->names[2], "192.0.2.7");
    assert_string_equal(certs->names[3], "2001:db8::7");

    text = ask_openssl(&leaf, "-fingerprint -sha256");
    plain = str_xdup(strchr(text, '=') + 1);
    for (i = 0; plain[i] != '\0'; i++) {
        if (plain[i] != ':')
            plain[n++] = str_lower(plain[i]);
    }
    plain[n] = '\0';
    assert_string_equal(certs->cert[0].sha256, plain);
    free(text);
    free(plain);
    text = ask_openssl(&leaf, "-serial");
    assert_true(str_eq_nocase(certs->cert[0].serial, strchr(text, '=') + 1));
    free(text);
    text = ask_openssl(&leaf, "-pubkey | openssl pkey -pubin -outform der | "
                              "openssl dgst -sha256 -binary | base64");
    assert_string_equal(certs->cert[0].spki, text);
    free(text);
    certs_free(certs);
    pki_free(&leaf);
    pki_free(&ca);
}

static void
days_are_whole_and_rounded_down(void **state)
{
    struct cert cert = {.not_after = {10 * MS_PER_DAY}};
    (void)state;

    assert_int_equal(certs_days(&cert, (wall_t){0}), 10);
    assert_int_equal(certs_days(&cert, (wall_t){1}), 9);
    assert_int_equal(certs_days(&cert, (wall_t){10 * MS_PER_DAY}), 0);
    assert_int_equal(certs_days(&cert, (wall_t){10 * MS_PER_DAY + 1}), -1);
    assert_int_equal(certs_days(&cert, (wall_t){11 * MS_PER_DAY}), -1);
    assert_int_equal(certs_days(&cert, (wall_t){11 * MS_PER_DAY + 1}), -2);
}

static void
the_shortest_of_the_chain_counts(void **state)
{
    struct pki ca = {0};
    struct pki leaf = {0};
    STACK_OF(X509) *verified = sk_X509_new_null();
    wall_t now = clock_wall();
    struct certs *certs;
    (void)state;

    pki_make(&ca, NULL,
             &(struct pki_opts){
                 .name = "ca", .is_ca = true, .to_s = 5 * DAY_S + 3600});
    pki_make(&leaf, &ca,
             &(struct pki_opts){.name = "a", .to_s = 20 * DAY_S + 3600});
    certs = look_at(&leaf, &ca, now);
    assert_int_equal(certs_days(&certs->cert[0], now), 20);
    assert_int_equal(certs->chain_days, 5);
    /* Verification may end elsewhere than in what was sent. */
    sk_X509_push(verified, leaf.cert);
    certs_set_verified(certs, verified, now);
    assert_int_equal(certs->chain_days, 20);
    assert_int_equal(certs->sent_days, 5);
    assert_true(certs->sent_ends.ms ==
                certs_time(X509_get0_notAfter(ca.cert)).ms);
    assert_int_equal(certs->path_count, 1);
    assert_int_equal(certs->path[0], 0);
    sk_X509_free(verified);
    certs_free(certs);
    pki_free(&leaf);
    pki_free(&ca);
}

static void
the_times_are_the_certificates(void **state)
{
    struct pki old = {0};
    wall_t now = clock_wall();
    struct certs *certs;
    (void)state;

    pki_make(&old, NULL,
             &(struct pki_opts){
                 .name = "old", .from_s = -3 * DAY_S, .to_s = -DAY_S});
    certs = look_at(&old, NULL, now);
    assert_true(llabs(certs->cert[0].not_after.ms - (now.ms - DAY_S * 1000)) <
                60000);
    assert_true(llabs(certs->cert[0].not_before.ms -
                      (now.ms - 3 * DAY_S * 1000)) < 60000);
    assert_true(certs->chain_days < 0);
    certs_free(certs);
    certs_free(NULL);
    pki_free(&old);
}

static void
hostile_names_are_tamed(void **state)
{
    char out[16];
    (void)state;

    copy_printable(out, sizeof out, (const uint8_t *)"a\0b\nc\x7f", 6);
    assert_string_equal(out, "a?b?c?");
    copy_printable(out, sizeof out, (const uint8_t *)"a\xff\xfe", 3);
    assert_string_equal(out, "a??");
    copy_printable(out, sizeof out,
                   (const uint8_t *)"a name much too long for it", 27);
    assert_int_equal(strlen(out), sizeof out - 1);
}

static void
a_long_chain_is_cut(void **state)
{
    struct pki ca = {0};
    STACK_OF(X509) *chain = sk_X509_new_null();
    struct certs *certs;
    int i;
    (void)state;

    pki_make(&ca, NULL, &(struct pki_opts){.name = "ca", .is_ca = true});
    for (i = 0; i < CERTS_MAX + 5; i++)
        sk_X509_push(chain, ca.cert);
    certs = certs_of(chain, clock_wall());
    assert_int_equal(certs->count, CERTS_MAX);
    certs_free(certs);
    sk_X509_free(chain);
    pki_free(&ca);
}

static void
the_path_may_hold_what_was_not_sent(void **state)
{
    struct pki_opts opts = {.name = "a", .feature = "status_request"};
    struct pki root = {0};
    struct pki leaf = {0};
    STACK_OF(X509) *verified = sk_X509_new_null();
    wall_t now = clock_wall();
    struct certs *certs;
    (void)state;

    pki_make(&root, NULL, &(struct pki_opts){.name = "root", .is_ca = true});
    pki_make(&leaf, &root, &opts);
    certs = look_at(&leaf, NULL, now);
    assert_true(certs->must_staple);
    assert_int_equal(certs->path_count, 0);
    sk_X509_push(verified, leaf.cert);
    sk_X509_push(verified, root.cert);
    certs_set_verified(certs, verified, now);
    assert_int_equal(certs->count, 1);
    assert_int_equal(certs->total, 2);
    assert_int_equal(certs->path_count, 2);
    assert_int_equal(certs->path[1], 1);
    assert_string_equal(certs->cert[1].subject, "root");
    certs_set_verified(certs, verified, now);
    assert_int_equal(certs->total, 2);
    sk_X509_free(verified);
    certs_free(certs);
    certs = look_at(&root, NULL, now);
    assert_false(certs->must_staple);
    certs_free(certs);
    pki_free(&leaf);
    pki_free(&root);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_openssl_says),
        cmocka_unit_test(days_are_whole_and_rounded_down),
        cmocka_unit_test(the_shortest_of_the_chain_counts),
        cmocka_unit_test(the_times_are_the_certificates),
        cmocka_unit_test(the_path_may_hold_what_was_not_sent),
        cmocka_unit_test(hostile_names_are_tamed),
        cmocka_unit_test(a_long_chain_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
