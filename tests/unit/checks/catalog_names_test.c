#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/buf.h"
#include "base/diag.h"
#include "checks/catalog_names.c"

static void
load(struct conf_set *set, const char *name, const char *text,
     struct diag *diag)
{
    assert_int_equal(conf_load_text(set, name, text, strlen(text), diag), 0);
}

static void
gathers_over_files_and_keeps_the_first(void **state)
{
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    struct catalog_names names;
    struct buf out;

    (void)state;
    buf_init(&out, 10000);
    load(set, "a", "checks = { z = { }; b = { }; }; defaults = { };", diag);
    load(set, "b", "checks = { b = { }; a = { }; };\n defaults = { };", diag);
    catalog_names_open(&names, set, diag);
    assert_int_equal(names.checks.count, 3);
    assert_string_equal(names.checks.item[0]->name, "z");
    assert_string_equal(names.checks.item[2]->name, "a");
    assert_ptr_equal(catalog_names_find(&names.checks, "b"),
                     names.checks.item[1]);
    assert_string_equal(names.checks.item[1]->pos.file, "a");
    assert_null(catalog_names_find(&names.checks, "c"));
    assert_false(names.are_right);
    diag_print(diag, &out, false);
    assert_non_null(strstr(buf_text(&out), "b:1:12: error: `b` is here twice"));
    assert_non_null(strstr(buf_text(&out), "the first is at a:1"));
    assert_non_null(strstr(buf_text(&out), "b:2:2: error: `defaults`"));
    catalog_names_close(&names);
    buf_free(&out);
    conf_set_free(set);
    diag_free(diag);
}

static void
regions_are_configured_or_used_or_local(void **state)
{
    static const struct {
        const char *text;
        size_t count;
        bool has;
    } cases[] = {
        {"checks = { a = { }; };", 1, false},
        {"checks = { a = { regions = [ \"x\", \"y\" ]; }; b = { regions = [ "
         "\"y\", \"z\" ]; }; };",
         3, false},
        {"regions = { p = { }; q = { }; }; checks = { a = { regions = [ \"x\" "
         "]; }; };",
         2, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct diag *diag = diag_create();
        struct conf_set *set = conf_set_create();
        struct catalog_names names;

        load(set, "f", cases[i].text, diag);
        catalog_names_open(&names, set, diag);
        assert_int_equal(names.region_count, cases[i].count);
        assert_int_equal(names.has_regions, cases[i].has);
        catalog_names_close(&names);
        conf_set_free(set);
        diag_free(diag);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gathers_over_files_and_keeps_the_first),
        cmocka_unit_test(regions_are_configured_or_used_or_local),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
