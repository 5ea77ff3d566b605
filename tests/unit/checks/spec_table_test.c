#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "checks/spec_table.c"

/* Every row's example and default is right by its own row. */
static void
examples_and_defaults_are_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < SPEC_KEY_COUNT; i++) {
        const struct schema_row *row = &spec_table.rows[i];
        struct diag *diag = diag_create();
        struct conf_set *set = conf_set_create();
        struct buf text;
        bool is_text = row->type == SCHEMA_TEXT || row->type == SCHEMA_TEXTS ||
                       row->type == SCHEMA_DURATION || row->type == SCHEMA_SIZE;

        assert_non_null(row->name);
        assert_non_null(row->help);
        assert_non_null(row->example);
        buf_init(&text, 1000);
        buf_addf(&text, "%s = %s;", row->name, row->example);
        conf_load_text(set, "example", buf_text(&text), text.len, diag);
        buf_reset(&text);
        if (row->fallback)
            buf_addf(&text, is_text ? "%s = \"%s\";" : "%s = %s;", row->name,
                     row->fallback);
        conf_load_text(set, "default", buf_text(&text), text.len, diag);
        assert_int_equal(schema_check(&spec_table, conf_root(set, 0), diag), 0);
        assert_int_equal(schema_check(&spec_table, conf_root(set, 1), diag), 0);
        assert_int_equal(diag_errors(diag), 0);
        buf_free(&text);
        conf_set_free(set);
        diag_free(diag);
    }
}

static void
what_knows_a_name_knows_it_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < spec_table.count; i++) {
        const struct schema_row *row = &spec_table.rows[i];

        if (row->type != SCHEMA_LATER && row->mask == 0)
            fail_msg("`%s` does not say whose it is", row->name);
        for (size_t k = 0; k < i; k++)
            if (strcmp(row->name, spec_table.rows[k].name) == 0 &&
                (row->mask == 0 || spec_table.rows[k].mask == 0 ||
                 (row->mask & spec_table.rows[k].mask)))
                fail_msg("`%s` is twice", row->name);
    }
}

static void
kinds_come_first_and_steps_are_known(void **state)
{
    (void)state;
    for (int k = 0; k < SPEC_KIND_COUNT; k++)
        assert_string_equal(spec_table.rows[k].name,
                            spec_kind_name((enum spec_kind)k));
    assert_string_equal(spec_table_of(SPEC_DNS).what, "a dns check");
    assert_int_equal(spec_table_steps(SPEC_KEY_JOURNEY), SPEC_STEP_HTTP);
    assert_int_equal(spec_table_steps(SPEC_KEY_CLEANUP), SPEC_STEP_HTTP);
    assert_int_equal(spec_table_steps(SPEC_KEY_AUTH), -1);
    assert_int_equal(spec_table_kind(SPEC_KEY_PATCH), SPEC_HTTP);
    assert_int_equal(spec_table_kind(SPEC_KEY_DNS), SPEC_DNS);
    assert_int_equal(spec_table_kind(SPEC_KEY_EVERY), -1);
    assert_string_equal(spec_table_method(SPEC_KEY_OPTIONS), "OPTIONS");
    assert_null(spec_table_method(SPEC_KEY_HTTP));
    assert_true(spec_table_is_of_steps(SPEC_KEY_SAVE));
    assert_false(spec_table_is_of_steps(SPEC_KEY_EXPECT));
    assert_true(spec_table_is_rival(SPEC_KEY_JSON, SPEC_KEY_FORM));
    assert_false(spec_table_is_rival(SPEC_KEY_JSON, SPEC_KEY_JSON));
    assert_false(spec_table_is_rival(SPEC_KEY_CA, SPEC_KEY_CERT));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_and_defaults_are_right),
        cmocka_unit_test(what_knows_a_name_knows_it_once),
        cmocka_unit_test(kinds_come_first_and_steps_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
