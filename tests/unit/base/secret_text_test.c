/* secret_text.c: references in a text, and what is no reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret_text.c"

static void
add(struct secret_set *set, const char *name, const char *value)
{
    const struct secret_def def = {.name = name, .source = SECRET_GIVEN};

    assert_int_equal(secret_add(set, &def), 0);
    if (value != NULL)
        assert_int_equal(secret_give(set, name, value, strlen(value)), 0);
}

static void
test_expand(void **state)
{
    static const struct {
        const char *text;
        const char *want; /* NULL: refused */
        const char *says;
    } rows[] = {
        {"", "", NULL},
        {"none", "none", NULL},
        {"Bearer ${secret.b}", "Bearer hunter2", NULL},
        {"${secret.b}${secret.b}x", "hunter2hunter2x", NULL},
        {"${csrf} $ $$ ${secret", "${csrf} $ $$ ${secret", NULL},
        {"${secret.b", "${secret.b", NULL},
        {"${secret.none}", NULL, "no secret `none`"},
        {"${secret.}", NULL, "no secret ``"},
        {"ok ${secret.b} ${secret.a}", NULL, "secret a"}, /* has no value */
    };
    struct secret_set *set = secret_set_create();
    char why[SECRET_WHY_MAX];
    (void)state;

    add(set, "a", NULL);
    add(set, "b", "hunter2");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *got = secret_expand(set, rows[i].text, why, sizeof(why));

        assert_int_equal(got == NULL, rows[i].want == NULL);
        if (got != NULL)
            assert_string_equal(got, rows[i].want);
        else
            assert_non_null(strstr(why, rows[i].says));
        secret_text_free(got);
    }
    secret_text_free(NULL);
    secret_set_free(set);
}

/* Longer than any first guess, and longer than is allowed. */
static void
test_long(void **state)
{
    static char value[SECRET_VALUE_MAX + 1];
    static char text[(SECRET_TEXT_MAX / SECRET_VALUE_MAX + 2) * 11];
    struct secret_set *set = secret_set_create();
    char why[SECRET_WHY_MAX];
    char *got = NULL;
    (void)state;

    memset(value, 'v', SECRET_VALUE_MAX);
    add(set, "b", value);
    for (size_t i = 0; i < SECRET_TEXT_MAX / SECRET_VALUE_MAX; i++)
        memcpy(text + i * 11, "${secret.b}", 12);
    got = secret_expand(set, text, why, sizeof(why));
    assert_non_null(got);
    assert_int_equal(strlen(got), SECRET_TEXT_MAX);
    assert_int_equal(strspn(got, "v"), SECRET_TEXT_MAX);
    secret_text_free(got);
    memcpy(text + strlen(text), "x", 2);
    assert_null(secret_expand(set, text, why, sizeof(why)));
    assert_non_null(strstr(why, "over 256 KiB"));
    secret_set_free(set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
