/* secret_use.c: one run, one value, to its end; what was taken is masked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/secret_use.c"

#include "base/buf.h"

static const char *const ORIGINS[] = {"https://a.example", "https://b.example"};

static struct secret_set *
set_of(void)
{
    struct secret_set *set = secret_set_create();
    struct secret_def def = {.name = "pass",
                             .source = SECRET_ENV,
                             .from = "PICKET_TEST_PASS",
                             .origins = ORIGINS,
                             .origin_count = 2};
    char why[SECRET_WHY_MAX];

    setenv("PICKET_TEST_PASS", "hunter2", 1);
    assert_int_equal(secret_add(set, &def), 0);
    def.name = "other";
    def.from = "PICKET_TEST_OTHER";
    setenv("PICKET_TEST_OTHER", "correct horse", 1);
    assert_int_equal(secret_add(set, &def), 0);
    assert_int_equal(secret_read(set, NULL, why, sizeof(why)), 0);
    return set;
}

static const char *
text_of(struct secret_use *use, const char *origin)
{
    char why[SECRET_WHY_MAX];
    const struct secret_value *value =
        secret_use_get(use, "pass", origin, why, sizeof(why));

    return value != NULL ? secret_value_text(value) : NULL;
}

static void
test_one_value_a_run(void **state)
{
    struct secret_use use = {.set = set_of()};
    struct secret_use later = {.set = use.set};
    char why[SECRET_WHY_MAX];
    const char *first = text_of(&use, ORIGINS[0]);
    (void)state;

    assert_string_equal(first, "hunter2");
    assert_ptr_equal(text_of(&use, ORIGINS[0]), first);
    setenv("PICKET_TEST_PASS", "hunter3", 1);
    secret_mark_stale(use.set, NULL);
    assert_int_equal(secret_refresh(use.set, why, sizeof(why)), 1);
    assert_string_equal(text_of(&later, ORIGINS[0]), "hunter3");
    assert_string_equal(text_of(&use, ORIGINS[0]), "hunter2");
    assert_string_equal(text_of(&use, ORIGINS[1]), "hunter2");
    secret_use_clear(&use);
    assert_string_equal(text_of(&use, ORIGINS[1]), "hunter3");
    secret_use_clear(&use);
    secret_use_clear(&later);
    secret_set_free(use.set);
}

static void
test_where_a_text_may_go(void **state)
{
    static const struct {
        const char *text;
        const char *origin;
        bool may;
    } rows[] = {
        {"/x?k=hunter2", "https://b.example", true},
        {"/x?k=hunter2", "https://c.example", false},
        {"/x?k=h%75nter2&y", "https://c.example", false},
        {"/aHVudGVyMg==", "https://c.example", false},
        {"/x?k=hunter", "https://c.example", true}, /* its begin is not it */
        {"/correct%20horse", "https://c.example", true}, /* never taken */
    };
    struct secret_use use = {.set = set_of()};
    char why[SECRET_WHY_MAX];
    (void)state;

    assert_non_null(text_of(&use, ORIGINS[0]));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(secret_use_may_go(&use, rows[i].text, rows[i].origin,
                                           why, sizeof(why)),
                         rows[i].may);
    assert_false(secret_use_may_go(&use, "hunter2", "https://c.example", why,
                                   sizeof(why)));
    assert_string_equal(why, "secret pass is not for https://c.example");
    secret_use_clear(&use);
    secret_set_free(use.set);
}

static void
test_none(void **state)
{
    struct secret_use use = {.set = set_of()};
    struct secret_use nothing = {0};
    char why[SECRET_WHY_MAX];
    (void)state;

    assert_null(
        secret_use_get(&use, "pass", "https://evil.example", why, sizeof(why)));
    assert_string_equal(why, "secret pass is not for https://evil.example");
    assert_null(secret_use_get(&use, "none", ORIGINS[0], why, sizeof(why)));
    assert_string_equal(why, "there is no secret `none`");
    assert_null(secret_use_get(&nothing, "pass", ORIGINS[0], why, sizeof(why)));
    assert_string_equal(why, "there is no secret `pass`");
    assert_int_equal(use.count, 0);
    secret_use_refused(&nothing, ORIGINS[0]);
    secret_use_clear(&nothing);
    secret_set_free(use.set);
}

/* One read for the refusals of all runs, only for what that origin got. */
static void
test_refused(void **state)
{
    struct secret_use use = {.set = set_of()};
    struct secret_use second = {.set = use.set};
    char why[SECRET_WHY_MAX];
    (void)state;

    (void)text_of(&use, ORIGINS[0]);
    (void)text_of(&second, ORIGINS[0]);
    secret_use_refused(&use, ORIGINS[1]);
    assert_int_equal(secret_due_ns(use.set), -1);
    secret_use_refused(&use, ORIGINS[0]);
    secret_use_refused(&second, ORIGINS[0]);
    assert_int_equal(secret_due_ns(use.set), 0);
    setenv("PICKET_TEST_PASS", "hunter4", 1);
    setenv("PICKET_TEST_OTHER", "not asked", 1);
    assert_int_equal(secret_refresh(use.set, why, sizeof(why)), 1);
    secret_use_refused(&use, ORIGINS[0]);
    secret_use_refused(&second, ORIGINS[0]);
    assert_int_equal(secret_due_ns(use.set), -1);
    secret_use_clear(&use);
    secret_use_clear(&second);
    secret_set_free(use.set);
}

static void
assert_masked(const struct secret_use *use, const struct spec *spec,
              const char *want)
{
    static const char text[] = "hunter2 correct+horse aHVudGVyMg==";
    struct mask *mask = mask_create();
    struct buf out;

    buf_init(&out, 1000);
    secret_use_mask(use, spec, mask);
    assert_int_equal(mask_text(mask, text, sizeof(text) - 1, &out), 0);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
    mask_free(mask);
}

static void
test_mask(void **state)
{
    struct secret_use use = {.set = set_of()};
    struct spec spec = {.secrets = set_of()};
    (void)state;

    assert_masked(&use, NULL, "hunter2 correct+horse aHVudGVyMg==");
    (void)text_of(&use, ORIGINS[0]);
    assert_masked(&use, NULL, "<secret> correct+horse <secret>==");
    assert_masked(&use, &spec, "<secret> <secret> <secret>==");
    secret_use_clear(&use);
    assert_masked(&use, &spec, "<secret> <secret> <secret>==");
    secret_set_free(spec.secrets);
    secret_set_free(use.set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_value_a_run),
        cmocka_unit_test(test_where_a_text_may_go),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_mask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
