/* values_test.c - set, replace, limits. */
#include "checks/values.c"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int
set(struct values *values, const char *name, const char *text, unsigned flags)
{
    return values_set(values, &(struct value){name, text, strlen(text), flags});
}

static void
test_set_and_get(void **state)
{
    struct values *values = values_create();
    const struct value *v;

    (void)state;
    assert_null(values_get(values, "a"));
    assert_int_equal(set(values, "a", "1", VALUES_PUBLIC), 0);
    assert_int_equal(set(values, "b", "2", VALUES_SECRET), 0);
    assert_int_equal(values_set(values, &(struct value){"c", "x\0y", 3, 0}), 0);
    v = values_get(values, "a");
    assert_string_equal(v->text, "1");
    assert_int_equal(v->flags, VALUES_PUBLIC);
    v = values_get(values, "c");
    assert_int_equal(v->len, 3);
    assert_memory_equal(v->text, "x\0y", 4);
    assert_int_equal(set(values, "a", "one", 0), 0);
    assert_string_equal(values_get(values, "a")->text, "one");
    assert_int_equal(values_get(values, "a")->flags, 0);
    /* A value may be set from itself. */
    v = values_get(values, "a");
    assert_int_equal(
        values_set(values, &(struct value){"a", v->text + 1, 2, 0}), 0);
    assert_string_equal(values_get(values, "a")->text, "ne");
    assert_string_equal(values_at(values, 0)->name, "a");
    assert_string_equal(values_at(values, 2)->name, "c");
    assert_null(values_at(values, 3));
    assert_int_equal(values_set(values, &(struct value){"d", NULL, 0, 0}), 0);
    assert_string_equal(values_get(values, "d")->text, "");
    values_free(values);
    values_free(NULL);
}

static void
test_limits(void **state)
{
    struct values *values = values_create();
    char *text = str_xcalloc(1, VALUES_BYTES_MAX + 2);
    char name[16];

    (void)state;
    memset(text, 'x', VALUES_BYTES_MAX);
    for (int i = 0; i < VALUES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "n%d", i);
        assert_int_equal(set(values, name, text, 0), 0);
    }
    assert_int_equal(set(values, "more", "x", 0), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(set(values, "n0", "x", 0), 0);
    text[VALUES_BYTES_MAX] = 'x';
    assert_int_equal(set(values, "n0", text, 0), -1);
    assert_int_equal(errno, E2BIG);
    assert_string_equal(values_get(values, "n0")->text, "x");
    values_free(values);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_and_get),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
