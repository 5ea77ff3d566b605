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
names_are_unique_and_kinds_come_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < spec_table.count; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(spec_table.rows[i].name,
                                    spec_table.rows[k].name);
    for (int k = 0; k < SPEC_KIND_COUNT; k++)
        assert_string_equal(spec_table.rows[k].name,
                            spec_kind_name((enum spec_kind)k));
    assert_string_equal(spec_table_of(SPEC_DNS).what, "a dns check");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_and_defaults_are_right),
        cmocka_unit_test(names_are_unique_and_kinds_come_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
