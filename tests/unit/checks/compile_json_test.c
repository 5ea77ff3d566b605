#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/catalog.h"
#include "checks/compile_json.c"
#include "checks/spec.h"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; json = { };", NULL},
    {"http = \"https://h/\"; json = { a = \"x\\\"y\"; b = 1; c = -0.50; d = "
     "true; "
     "e = [ 1, 2 ]; f = { g = ( \"x\", { h = 0x10; } ); }; i = 5L; };",
     NULL},
    {"http = \"https://h/\"; json = { a = { b = \"${check}\"; }; };", NULL},
    {"http = \"https://h/\"; json = { a = { b = \"${chek}\"; }; };",
     "did you mean `check`?"},
    {"http = \"https://h/\"; json = { a = { password = \"hunter2\"; }; };",
     "`password` in it looks like a secret"},
    {"http = \"https://h/\"; json = { a = { password = \"${secret.s}\"; }; };",
     NULL},
    {"http = \"https://h/\"; json = [ 1, 2 ];",
     "`json` takes a group { } or a text, and this is a list [ ]"},
    {"http = \"https://h/\"; json = { a = { a = { a = { a = { a = { a = { a = "
     "{ "
     "a = { a = { a = { a = { a = { a = { a = { a = 1; }; }; }; }; }; }; }; }; "
     "}; }; }; }; }; }; };",
     "at most 14 deep"},
    {"http = \"https://h/\"; json = { a = .5; };", "this is not JSON"},
};

static void
a_group_is_the_json_it_stands_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

static void
it_is_written_as_json(void **state)
{
    static const char text[] =
        "picket = 1; checks = { c = { http = \"https://h/\";\n"
        "json = { a = \"x\\\"y\"; b = 1; c = -0.50; d = true; e = [ 1, 2 ];\n"
        "f = { g = ( \"\\n\", { h = 0x10; } ); }; i = 5L; }; }; };";
    char why[300] = "";
    struct spec *spec = catalog_compile(text, why, sizeof(why));

    (void)state;
    if (!spec)
        fail_msg("%s", why);
    assert_non_null(strstr(
        spec->text, "json = \"{\\\"a\\\":\\\"x\\\\\\\"y\\\",\\\"b\\\":1,"
                    "\\\"c\\\":-0.50,\\\"d\\\":true,\\\"e\\\":[1,2],"
                    "\\\"f\\\":{\\\"g\\\":[\\\"\\\\n\\\",{\\\"h\\\":16}]},"
                    "\\\"i\\\":5}\";"));
    spec_free(spec);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_is_the_json_it_stands_for),
        cmocka_unit_test(it_is_written_as_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
