/* The oracle is the openssl command, which shares no code of ours. */
#include "cli/shop_ca.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

static char dir[64];

/* The exit code of `openssl verify` of the served certificate. */
static int
verify(const struct shop_ca *ca, const char *host)
{
    char *line = str_xprintf("openssl verify -purpose sslserver "
                             "-verify_hostname %s -CAfile %s %s "
                             ">/dev/null 2>&1",
                             host, shop_ca_file(ca), shop_ca_cert_file(ca));
    int rc = system(line);
    free(line);
    return rc;
}

static int
set_up(void **state)
{
    (void)state;
    str_copy(dir, sizeof dir, "/tmp/shop_ca.XXXXXX");
    return mkdtemp(dir) == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    return file_remove_tree(dir);
}

static void
good_then_expired_then_good(void **state)
{
    char why[256] = "";
    struct shop_ca *ca = shop_ca_create(dir, clock_wall(), why, sizeof why);
    struct stat st;
    (void)state;

    assert_string_equal(why, "");
    assert_non_null(ca);
    assert_int_equal(verify(ca, "shop.test"), 0);
    assert_int_equal(verify(ca, "pay.shop.test"), 0);
    assert_int_not_equal(verify(ca, "shop.example"), 0);
    assert_int_equal(stat(shop_ca_key_file(ca), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    assert_int_equal(shop_ca_set_expired(ca, true, why, sizeof why), 0);
    assert_int_not_equal(verify(ca, "shop.test"), 0);
    assert_int_equal(shop_ca_set_expired(ca, false, why, sizeof why), 0);
    assert_int_equal(verify(ca, "shop.test"), 0);
    shop_ca_free(ca);
}

/* Expired and nothing else: yesterday it was good. */
static void
expired_is_its_only_fault(void **state)
{
    char why[256];
    struct shop_ca *ca = shop_ca_create(dir, clock_wall(), why, sizeof why);
    char *line = str_xprintf("openssl verify -attime %lld -CAfile %s "
                             "%s/shop-expired.pem >/dev/null 2>&1",
                             (long long)(clock_wall().ms / 1000 - 2 * 86400),
                             shop_ca_file(ca), dir);
    (void)state;
    assert_int_equal(system(line), 0);
    free(line);
    shop_ca_free(ca);
}

static void
a_folder_that_is_not_there(void **state)
{
    char why[256] = "";
    (void)state;
    assert_null(
        shop_ca_create("/nowhere/at/all", clock_wall(), why, sizeof why));
    assert_non_null(strstr(why, "/nowhere/at/all/shop-ca.pem"));
    assert_non_null(strstr(why, "No such file"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_then_expired_then_good),
        cmocka_unit_test(expired_is_its_only_fault),
        cmocka_unit_test(a_folder_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
