/* shop_cut_test.c - datagrams on loopback: who is heard, who is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "base/source.h"
#include "cli/shop_cut.c"

static int shop;
static struct addr at;

static int
open_udp(void **unused)
{
    (void)unused;
    shop = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (addr_parse_ip(&at, "127.0.0.1", 0) != 0 ||
        bind(shop, (struct sockaddr *)&at.ss, at.len) != 0)
        return -1;
    return getsockname(shop, (struct sockaddr *)&at.ss, &at.len);
}

static int
close_udp(void **unused)
{
    (void)unused;
    return close(shop);
}

/* On loopback what was sent is there, or never comes. */
static bool
is_heard(const char *region)
{
    char text[ADDR_TEXT_MAX], got[8];
    struct addr from = {0};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (region != NULL) {
        shop_cut_source(text, region);
        assert_int_equal(addr_parse_ip(&from, text, 0), 0);
    }
    assert_int_equal(source_set(fd, AF_INET, &from), 0);
    assert_int_equal(
        sendto(fd, "hello", 5, 0, (struct sockaddr *)&at.ss, at.len), 5);
    close(fd);
    return recv(shop, got, sizeof got, 0) == 5;
}

static void
one_region_is_not_heard(void **unused)
{
    (void)unused;
    assert_true(is_heard("fra") && is_heard("iad") && is_heard(NULL));
    assert_int_equal(shop_cut_set(shop, "fra"), 0);
    assert_false(is_heard("fra"));
    assert_true(is_heard("iad") && is_heard(NULL));
    assert_int_equal(shop_cut_set(shop, "iad"), 0); /* instead */
    assert_false(is_heard("iad"));
    assert_true(is_heard("fra"));
    assert_int_equal(shop_cut_set(shop, NULL), 0);
    assert_int_equal(shop_cut_set(shop, NULL), 0); /* nothing to mend */
    assert_true(is_heard("iad"));
}

static void
each_region_has_its_address(void **unused)
{
    char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];

    (void)unused;
    shop_cut_source(a, "fra");
    shop_cut_source(b, "iad");
    assert_string_not_equal(a, b);
    assert_memory_equal(a, "127.", 4);
    shop_cut_source(b, "fra");
    assert_string_equal(a, b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_region_is_not_heard, open_udp,
                                        close_udp),
        cmocka_unit_test(each_region_has_its_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
