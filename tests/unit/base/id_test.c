/* id_test.c - ids that must never change, and ids that must never repeat. */
#include "base/id.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Golden: printf 'home\0down\0' | sha256sum.  Pages carry such ids. */
static void
test_of_parts(void **state)
{
    char text[ID_TEXT_MAX];
    struct id a = id_of("home", "down", NULL);
    struct id b = id_of("homed", "own", NULL);

    (void)state;
    assert_string_equal(id_format(text, &a),
                        "4925820e55a57f41cd140755fd9cc37b");
    assert_string_equal(id_format(text, &b),
                        "3a15d4a5a8c999abc359993984e7fb43");
}

/* Golden: phases of every check of every user hang on these. */
static void
test_hash_is_stable(void **state)
{
    (void)state;
    assert_true(id_hash("") == 0xEFD01F60BA992926U);
    assert_true(id_hash("home") == 0x5DACA2C16F671F37U);
}

/* Names that differ in one digit must spread over an interval: 1,000 of them
 * in 10 parts, none with less than half or more than twice its share. */
static void
test_hash_spreads(void **state)
{
    int parts[10] = {0};
    char name[] = "check-000";

    (void)state;
    for (int i = 0; i < 1000; i++) {
        name[6] = (char)('0' + i / 100);
        name[7] = (char)('0' + i / 10 % 10);
        name[8] = (char)('0' + i % 10);
        parts[id_hash(name) % 10000000000U / 1000000000U]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(parts[i], 50, 200);
}

static void
test_random(void **state)
{
    struct id a = id_random();
    struct id b = id_random();
    struct id zero = {{0}};

    (void)state;
    assert_false(id_eq(&a, &b));
    assert_true(id_eq(&a, &a));
    assert_false(id_is_zero(&a));
    assert_true(id_is_zero(&zero));
}

static void
test_text(void **state)
{
    char text[ID_TEXT_MAX];
    struct id a = id_random();
    struct id b = a;

    (void)state;
    assert_int_equal(id_parse(&b, "xyz"), -1);
    assert_int_equal(id_parse(&b, "0123456789abcdef0123456789abcdeg"), -1);
    assert_int_equal(id_parse(&b, "0123456789abcdef0123456789abcdef0"), -1);
    assert_true(id_eq(&a, &b));
    assert_int_equal(id_parse(&b, "0123456789abcdef0123456789ABCDEF"), 0);
    assert_string_equal(id_format(text, &b),
                        "0123456789abcdef0123456789abcdef");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_parts),
        cmocka_unit_test(test_hash_is_stable),
        cmocka_unit_test(test_hash_spreads),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
