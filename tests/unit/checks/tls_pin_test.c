/* Pins as people write them, and what they hold for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/tls_pin.c"

#define KEY "qvHNXa9bMJ1zYk3yD8VqHAn5bYV2yTTtDsnyHTbKPY0="
#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEX_COLONS                                                             \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"                         \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

static void
forms(void **state)
{
    static const struct {
        const char *text;
        const char *value; /* NULL: wrong */
    } rows[] = {
        {"sha256/" KEY, KEY},
        {"sha256//" KEY, KEY},
        {"leaf/" HEX, HEX},
        {"leaf/" HEX_COLONS, HEX},
        {KEY, NULL},
        {"", NULL},
        {"sha256/", NULL},
        {"sha256/" HEX, NULL},
        {"sha256/qvHNXa9bMJ1zYk3yD8VqHAn5bYV2yTTtDsnyHTbKP-0=", NULL},
        {"sha256///" KEY, NULL},
        {"sha1/" KEY, NULL},
        {"leaf/" HEX "00", NULL},
        {"leaf/0011", NULL},
        {"leaf/:" HEX, NULL},
        {"leaf/g0112233445566778899aabbccddeeff00112233445566778899aabbccddeef"
         "f",
         NULL},
    };
    struct tls_pin pin;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int rc = tls_pin_parse(&pin, rows[i].text);

        if (rc != (rows[i].value ? 0 : -1))
            fail_msg("%s: %d", rows[i].text, rc);
        if (rc == 0)
            assert_string_equal(pin.value, rows[i].value);
    }
}

static void
what_they_hold_for(void **state)
{
    struct certs certs = {.count = 2, .total = 3};
    struct tls_pin key, leaf;

    (void)state;
    assert_int_equal(tls_pin_parse(&key, "sha256/" KEY), 0);
    assert_int_equal(tls_pin_parse(&leaf, "leaf/" HEX), 0);
    (void)str_copy(certs.cert[2].spki, sizeof(certs.cert[2].spki), KEY);
    (void)str_copy(certs.cert[1].sha256, sizeof(certs.cert[1].sha256), HEX);
    assert_false(tls_pin_holds(&leaf, &certs));
    (void)str_copy(certs.cert[0].sha256, sizeof(certs.cert[0].sha256), HEX);
    assert_true(tls_pin_holds(&leaf, &certs));
    /* The root of the path counts; what was sent beside the path does not. */
    assert_false(tls_pin_holds(&key, &certs));
    certs.path[1] = 2;
    certs.path_count = 2;
    assert_true(tls_pin_holds(&key, &certs));
    certs.path[1] = 1;
    assert_false(tls_pin_holds(&key, &certs));
    (void)str_copy(certs.cert[0].spki, sizeof(certs.cert[0].spki), KEY);
    certs.path_count = 0;
    assert_true(tls_pin_holds(&key, &certs));
    certs.count = 0;
    assert_false(tls_pin_holds(&key, &certs));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(what_they_hold_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
