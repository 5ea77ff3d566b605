#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_refs.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; expect = [ \"header x-request-id == "
     "'${run.id}'\", "
     "\"json $.a <= ${timestamp} and status == 200\" ];",
     NULL},
    {"http = \"https://h/\"; expect = [ \"body contains '${x}'\" ];",
     "there is no value `x`"},
    {"dns = \"h\"; expect = [ \"answer == '${check}'\" ];",
     "has a value in requests alone"},
    {"journey = { a = { get = \"https://h/\"; save = { id = \"json $.id\"; }; "
     "}; b = { get = \"https://h/\"; expect = \"json $.id == '${id}'\"; until "
     "= "
     "\"json $.n >= ${id}\"; within = \"3s\"; }; };",
     NULL},
    {"journey = { a = { get = \"https://h/\"; save = { id = \"json $.id\"; }; "
     "}; b = { get = \"https://h/\"; expect = \"body ~ '${id}'\"; }; };",
     "cannot be part of a pattern"},
    {"journey = { a = { get = \"https://h/\"; expect = \"json $.id == "
     "'${id}'\"; save = { id = \"json $.id\"; }; }; };",
     "saved by this step"},
    {"http = \"https://h/${url('a}b')}?t=${timestamp}\"; body = \"$${x}\";",
     NULL},
    {"http = \"https://h/${uiud}\";", "did you mean `uuid`?"},
    {"http = \"https://h/${bas64('x')}\";", "did you mean `base64(x, ...)`?"},
    {"http = \"https://h/\"; body = \"${base64('u:', secret.s)}\";", NULL},
    {"http = \"https://i/\"; body = \"${base64('u:', secret.s)}\";",
     "is not for https://i"},
    {"http = \"https://${check}.h/\";", NULL},
    {"http = \"https://${raw(region)}.h/a\";", NULL},
    {"journey = { a = { get = \"https://h/\"; save = { u = \"header "
     "location\"; }; }; b = { get = \"${u}\"; }; };",
     NULL},
    {"journey = { a = { get = \"https://h/\"; save = { uuid = \"header x\"; }; "
     "}; };",
     "`uuid` cannot be the name of a value"},
    {"http = \"htps://h/${check}\";", "begins with http"},
    {"http = \"https://h/\"; headers = { X = \"${run.id} ${check} ${region}\"; "
     "};",
     NULL},
    {"http = \"https://h/\"; headers = { X = \"${csrf}\"; };",
     "only a journey has values"},
    {"http = \"https://h/\"; headers = { X = \"${csrf\"; };", "is not closed"},
    {"http = \"https://h/\"; tags = [ \"${check}\" ];",
     "has a value in requests alone"},
    {"dns = \"h\"; tags = [ \"${check}\" ];", "has a value in requests alone"},
    {"journey = { a = { get = \"https://h/${v}\"; save = { b = \"header x\"; "
     "}; "
     "}; }; values = { v = \"x\"; w = \"${v}\"; }; cleanup = { z = { get = "
     "\"https://h/${b}\"; }; };",
     NULL},
    {"journey = { a = { get = \"https://h/${b}\"; save = { b = \"header x\"; "
     "}; "
     "}; }; ",
     "is saved by this step"},
    {"journey = { a = { get = \"https://h/${c}\"; }; b = { get = "
     "\"https://h/\"; save = { c = \"header x\"; }; }; };",
     "`c` is saved only later, by `b`"},
    {"journey = { a = { get = \"https://h/\"; save = { csrf = \"header x\"; }; "
     "}; b = { get = \"https://h/${csfr}\"; }; };",
     "did you mean `csrf`?"},
    {"journey = { a = { get = \"https://h/${x}\"; }; }; ",
     "save it in a step before this one"},
    {"journey = { a = { get = \"https://h/\"; }; }; values = { v = \"${w}\"; w "
     "= \"x\"; };",
     "saved only later, by `values`"},
    {"journey = { a = { get = \"https://h/\"; headers = { X = \"${secret.s}\"; "
     "}; }; }; ",
     NULL},
    {"journey = { a = { get = \"https://i/\"; headers = { X = \"${secret.s}\"; "
     "}; }; }; ",
     "is not for https://i"},
    {"journey = { a = { get = \"https://h/\"; expect = [ \"body == "
     "'${secret.s}'\" ]; }; }; ",
     "and this is none"},
    {"journey = { a = { get = \"https://h/\"; }; }; values = { v = "
     "\"${secret.s}\"; };",
     "and this is none"},
};

static void
what_is_named_is_known_where_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_named_is_known_where_it_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
