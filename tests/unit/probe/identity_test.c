/* identity_test.c - a key that stays and stays private; a certificate must be
 * for it.  Signed by the openssl command, not by this code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/identity.c"

#include <unistd.h>

static char dir[64];

static struct identity *
reopen(void)
{
    char why[256] = "";
    struct identity *id = identity_open(dir, why, sizeof(why));

    assert_string_equal(why, "");
    assert_non_null(id);
    return id;
}

static char *
sign(const char *csr, int days)
{
    char *command = str_xprintf(
        "cd %s && openssl req -x509 -newkey ec -pkeyopt "
        "ec_paramgen_curve:P-256 -nodes -subj /CN=ca -days 90 "
        "-keyout ca.key -out ca.crt 2>/dev/null && openssl x509 -req -in csr "
        "-CA ca.crt -CAkey ca.key -days %d -out crt 2>/dev/null",
        dir, days);
    char *path = str_xprintf("%s/csr", dir), *crt = str_xprintf("%s/crt", dir);
    struct buf pem;
    char *text;

    assert_int_equal(file_replace(path, csr, strlen(csr), 0600), 0);
    assert_int_equal(system(command), 0);
    buf_init(&pem, 1 << 16);
    assert_int_equal(file_read(crt, &pem), 0);
    text = str_xdup(buf_text(&pem));
    buf_free(&pem);
    free(crt);
    free(path);
    free(command);
    return text;
}

static void
joined_from_key_to_certificate(void **state)
{
    struct identity *id = reopen();
    char *csr = identity_csr(id, "fra-1"), *cert = sign(csr, 30);
    struct stat st;
    char why[256];
    int64_t life;

    (void)state;
    assert_false(identity_has_joined(id));
    assert_int_equal(stat(identity_key_file(id), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(identity_set(id, cert, cert, why, sizeof(why)), 0);
    identity_free(id);
    id = reopen();
    assert_true(identity_has_joined(id));
    life = identity_ends(id).ms - id->begins.ms;
    assert_int_equal(life, 30LL * 86400 * 1000);
    assert_int_equal(identity_ends(id).ms - identity_renew_at(id).ms, life / 3);
    identity_free(id);
    free(cert);
    free(csr);
}

static void
a_strangers_certificate_is_refused(void **state)
{
    struct identity *id = reopen(), *other;
    char *home = str_xprintf("%s/other", dir), why[256] = "";
    char *csr, *cert;

    (void)state;
    other = identity_open(home, why, sizeof(why));
    assert_non_null(other);
    csr = identity_csr(other, "x");
    cert = sign(csr, 30);
    assert_int_equal(identity_set(id, cert, NULL, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "not for the key"));
    assert_int_equal(identity_set(id, "rubbish", NULL, why, sizeof(why)), -1);
    assert_false(identity_has_joined(id));
    assert_int_equal(access(identity_cert_file(id), F_OK), -1);
    identity_free(other);
    identity_free(id);
    free(cert);
    free(csr);
    free(home);
}

static int
setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/identity_XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
    (void)state;
    return file_remove_tree(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(joined_from_key_to_certificate, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_strangers_certificate_is_refused,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
