/* Pointers inside a message: back they may lead, nowhere else. */
#include "checks/dns_wire.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int
get(const uint8_t *data, size_t len, size_t at, struct dns_name *name)
{
    struct dns_span span = {data, len};
    struct buf_reader r = dns_wire_reader(span, at);

    return dns_wire_get_name(span, &r, name);
}

static void
back_is_followed(void **state)
{
    static const uint8_t data[] = {1, 'a', 0, 1, 'b', 0xc0, 0, 0xc0, 3};
    struct dns_span span = {data, sizeof(data)};
    struct buf_reader r = dns_wire_reader(span, 3);
    struct dns_name name;

    (void)state;
    assert_int_equal(dns_wire_get_name(span, &r, &name), 0);
    assert_int_equal(dns_wire_offset(span, &r), 7);
    assert_int_equal(name.len, 5);
    assert_memory_equal(name.byte, "\1b\1a\0", 5);
    assert_int_equal(get(data, sizeof(data), 7, &name), 0);
    assert_int_equal(name.len, 5);
}

static void
circles_and_the_outside_are_not(void **state)
{
    static const uint8_t self[] = {0xc0, 0};
    static const uint8_t pair[] = {0xc0, 2, 0xc0, 0};
    static const uint8_t into_itself[] = {1, 'a', 0xc0, 0};
    static const uint8_t beyond[] = {0xff, 0xff};
    static const uint8_t reserved[] = {0x40, 0};
    static const uint8_t open[] = {3, 'a', 'b'};
    static const uint8_t half[] = {1, 'a', 0, 0xc0};
    struct dns_name name;

    (void)state;
    assert_int_equal(get(self, sizeof(self), 0, &name), -1);
    assert_int_equal(get(pair, sizeof(pair), 0, &name), -1);
    assert_int_equal(get(pair, sizeof(pair), 2, &name), -1);
    assert_int_equal(get(into_itself, sizeof(into_itself), 0, &name), -1);
    assert_int_equal(get(beyond, sizeof(beyond), 0, &name), -1);
    assert_int_equal(get(reserved, sizeof(reserved), 0, &name), -1);
    assert_int_equal(get(open, sizeof(open), 0, &name), -1);
    assert_int_equal(get(half, sizeof(half), 3, &name), -1);
}

/* A long chain of pointers costs no more than the longest name. */
static void
a_chain_ends(void **state)
{
    static uint8_t data[4000];
    struct dns_name name;
    size_t at = 1;

    (void)state;
    data[0] = 0;
    data[at++] = 0xc0;
    data[at++] = 0;
    while (at + 2 <= sizeof(data)) {
        size_t before = at - 2;

        data[at++] = (uint8_t)(0xc0 | before >> 8);
        data[at++] = (uint8_t)before;
    }
    assert_int_equal(get(data, sizeof(data), at - 2, &name), 0);
    assert_int_equal(name.len, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(back_is_followed),
        cmocka_unit_test(circles_and_the_outside_are_not),
        cmocka_unit_test(a_chain_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
