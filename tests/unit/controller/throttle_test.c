#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/throttle.c"

static struct addr
ip(const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse_ip(&a, text, 0), 0);
    return a;
}

static void
counts_an_address_and_forgets(void **state)
{
    struct throttle *t = throttle_create(3, 1000);
    struct addr bad = ip("192.0.2.7");
    struct addr good = ip("192.0.2.8");
    wall_t now = {5000000};

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_false(throttle_is_over(t, &bad, now));
        throttle_add(t, &bad, now);
    }
    assert_true(throttle_is_over(t, &bad, now));
    assert_false(throttle_is_over(t, &good, now));
    now.ms += 999;
    assert_true(throttle_is_over(t, &bad, now));
    now.ms += 1;
    assert_false(throttle_is_over(t, &bad, now));
    throttle_free(t);
    throttle_free(NULL);
}

static void
ipv6_counts_by_network(void **state)
{
    struct throttle *t = throttle_create(1, 1000);
    struct addr a = ip("2001:db8:1:2::1");
    struct addr b = ip("2001:db8:1:2:ffff::9");
    struct addr c = ip("2001:db8:1:3::1");
    wall_t now = {5000000};

    (void)state;
    throttle_add(t, &a, now);
    assert_true(throttle_is_over(t, &b, now));
    assert_false(throttle_is_over(t, &c, now));
    throttle_free(t);
}

static void
clock_that_steps_back_bans_nobody(void **state)
{
    struct throttle *t = throttle_create(1, 1000);
    struct addr a = ip("192.0.2.7");

    (void)state;
    throttle_add(t, &a, (wall_t){5000000});
    assert_false(throttle_is_over(t, &a, (wall_t){4000000}));
    throttle_free(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_an_address_and_forgets),
        cmocka_unit_test(ipv6_counts_by_network),
        cmocka_unit_test(clock_that_steps_back_bans_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
