/* What a run knows, to whom its secrets go, and what people do not see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/scope.c"

#include <stdlib.h>

#include "tests/lib/check_bed.h"

#include "base/loop.h"
#include "base/secret.h"

struct town {
    struct check_bed bed;
    struct secret_set *secrets;
    struct scope scope;
    char why[TEMPLATE_WHY_MAX];
};

static void
begin(struct town *t)
{
    static const char *const origins[] = {"https://shop.example"};
    static const struct secret_def def = {.name = "key",
                                          .source = SECRET_GIVEN,
                                          .origins = origins,
                                          .origin_count = 1};
    struct id run = id_random();

    memset(t, 0, sizeof(*t));
    check_bed_open(&t->bed, SPEC_HTTP, NULL);
    t->secrets = secret_set_create();
    assert_int_equal(secret_add(t->secrets, &def), 0);
    assert_int_equal(secret_give(t->secrets, "key", "s3cr3t", 6), 0);
    scope_init(&t->scope, t->bed.engine, &t->bed.spec, &run);
    t->scope.secrets.set = t->secrets;
}

static void
finish(struct town *t)
{
    scope_clear(&t->scope);
    secret_set_free(t->secrets);
    check_bed_close(&t->bed);
}

/* What `text` becomes in a header to `origin`; the caller frees. */
static char *
expand(struct town *t, const char *text, const char *origin, bool is_sketch,
       enum reason want)
{
    struct template *tpl = NULL;
    struct template_moment moment = template_moment(loop_wall(t->bed.loop));
    struct scope_place place = {.context = TEMPLATE_IN_HEADER,
                                .origin = origin,
                                .moment = &moment,
                                .is_sketch = is_sketch};
    struct buf out;

    buf_init(&out, 1000);
    t->why[0] = '\0';
    check_bed_set(&tpl, text);
    assert_int_equal(scope_expand(&t->scope, tpl, &place, &out, t->why), want);
    template_free(tpl);
    return (char *)buf_take(&out, NULL);
}

static void
says(struct town *t, const char *text, const char *want)
{
    char *got = expand(t, text, NULL, false, REASON_NONE);

    assert_string_equal(got, want);
    free(got);
}

static void
what_a_run_knows(void **state)
{
    struct town t;

    (void)state;
    begin(&t);
    says(&t, "${check} in ${region}", "bed in here");
    assert_int_equal(scope_set(&t.scope, "order", "42", 2, false), 0);
    says(&t, "/o/${order}", "/o/42");
    free(expand(&t, "${none}", NULL, false, REASON_SAVE_MISSING));
    assert_true(t.why[0] != '\0');
    finish(&t);
}

static void
a_secret_goes_where_it_is_for(void **state)
{
    static const char text[] = "Bearer ${secret.key}";
    struct town t;
    struct template *tpl = NULL;
    char *got;

    (void)state;
    begin(&t);
    got = expand(&t, text, "https://shop.example", false, REASON_NONE);
    assert_string_equal(got, "Bearer s3cr3t");
    free(got);
    free(expand(&t, text, "https://evil.example", false, REASON_LOCAL_SECRET));
    free(expand(&t, text, "http://shop.example", false, REASON_LOCAL_SECRET));
    free(expand(&t, text, "", false, REASON_LOCAL_SECRET));
    free(expand(&t, text, NULL, false, REASON_LOCAL_SECRET));
    free(expand(&t, "${secret.no}", "https://shop.example", false,
                REASON_LOCAL_SECRET));
    got = expand(&t, text, NULL, true, REASON_NONE);
    assert_string_equal(got, "Bearer key");
    free(got);
    check_bed_set(&tpl, text);
    assert_true(scope_may_tell(&t.scope, tpl, "https://shop.example", t.why));
    assert_false(scope_may_tell(&t.scope, tpl, "https://evil.example", t.why));
    assert_null(strstr(t.why, "s3cr3t"));
    template_free(tpl);
    finish(&t);
}

static void
what_people_do_not_see(void **state)
{
    char text[100] = "s3cr3t hidden-value open-value made-value";
    const struct value token = {"token", "hidden-value", 12, 0};
    const struct value open = {"open", "open-value", 10, VALUES_PUBLIC};
    struct town t;

    (void)state;
    begin(&t);
    assert_null(scope_mask(&t.scope)); /* nothing was taken or saved yet */
    free(expand(&t, "${secret.key}", "https://shop.example", false,
                REASON_NONE));
    (void)values_set(scope_values(&t.scope), &token);
    (void)values_set(scope_values(&t.scope), &open);
    (void)scope_set(&t.scope, "made", "made-value", 10, false);
    mask_in_place(scope_mask(&t.scope), text, sizeof(text));
    assert_string_equal(text, "<secret> <token> open-value made-value");
    finish(&t);
}

static void
what_was_made_of_a_secret(void **state)
{
    static const char *const calls[][2] = {
        {"hex(secret.key)", "733363723374"},
        {"upper(secret.key)", "S3CR3T"},
        {"url(url(secret.key, '/'))", "s3cr3t%252F"},
        {"base64(base64(secret.key))", "Y3pOamNqTjA="},
        {"base64(hex(secret.key))", "NzMzMzYzNzIzMzc0"},
        {"sha1(secret.key)", NULL}, /* its digits */
    };
    char text[] = "${base64('open', hex(check))}";
    struct town t;
    char *got, *whole;

    (void)state;
    begin(&t);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        whole = str_xprintf("${%s}", calls[i][0]);
        got = expand(&t, whole, "https://shop.example", false, REASON_NONE);
        if (calls[i][1] != NULL)
            assert_string_equal(got, calls[i][1]);
        free(whole);
        whole = str_xprintf("<%s> %s 626564", got, got);
        whole = str_xrealloc(whole, 200);
        mask_in_place(scope_mask(&t.scope), whole, 200);
        assert_string_equal(whole, "<<secret>> <secret> 626564");
        free(whole);
        free(got);
    }
    got = expand(&t, text, "https://shop.example", false, REASON_NONE);
    whole = str_xdup(got);
    mask_in_place(scope_mask(&t.scope), whole, strlen(whole) + 1);
    assert_string_equal(whole, got);
    free(whole);
    free(got);
    finish(&t);
}

static void
what_is_literal(void **state)
{
    struct template *tpl = NULL;

    (void)state;
    check_bed_set(&tpl, "plain");
    assert_true(scope_is_literal(tpl));
    check_bed_set(&tpl, "${check}");
    assert_false(scope_is_literal(tpl));
    check_bed_set(&tpl, "$${check}"); /* means two characters less */
    assert_false(scope_is_literal(tpl));
    template_free(tpl);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_run_knows),
        cmocka_unit_test(a_secret_goes_where_it_is_for),
        cmocka_unit_test(what_people_do_not_see),
        cmocka_unit_test(what_was_made_of_a_secret),
        cmocka_unit_test(what_is_literal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
