#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_journey.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"journey = { a = { get = \"https://h/\"; save = { a = \"json $.a[0]\"; b "
     "= "
     "\"cookie c\"; c = \"header l ~ 'x=(.*)'\"; d = \"body ~ 'y'\"; }; }; };",
     NULL},
    {"journey = { a = { get = \"https://h/\"; save = { a = \"jsn $.a\"; }; }; "
     "};",
     "did you mean `json`?"},
    {"journey = { a = { get = \"https://h/\"; save = { a = \"body\"; }; }; };",
     "body"},
    {"journey = { a = { get = \"https://h/\"; save = { a = \"json $[\"; }; }; "
     "};",
     "$["},
    {"journey = { a = { get = \"https://h/\"; }; }; ", NULL},
    {"journey = { };", "at least one step"},
    {"journey = \"x\";", "takes a group"},
    {"journey = { a = \"https://h/\"; };", "takes a group"},
    {"journey = { a = { form = { a = \"b\"; }; }; }; ",
     "does not say what it asks for"},
    {"journey = { a = { gte = \"https://h/\"; }; }; ",
     "unknown setting `gte` in a step"},
    {"journey = { a = { get = \"https://h/\"; regions = [ \"fra\" ]; }; }; ",
     "a step has no setting `regions`"},
    {"journey = { a = { get = \"https://h/\"; post = \"https://h/\"; }; }; ",
     "has `get` already"},
    {"journey = { a = { get = \"https://h/\"; method = \"PUT\"; }; }; ",
     "names the method already"},
    {"journey = { a = { http = \"https://h/\"; method = \"PUT\"; like = "
     "\"api\"; }; }; ",
     NULL},
    {"journey = { a = { get = \"https://h/\"; like = \"apo\"; }; }; ",
     "there is no template `apo`"},
    {"journey = { a = { get = \"https://h/\"; expect = [ \"status == 200\" ]; "
     "degraded_when = \"time > 1s\"; timeout = \"5s\"; }; }; ",
     NULL},
    {"journey = { a = { get = \"https://h/\"; timeout = \"30s\"; }; }; ",
     "`timeout` of a step is longer than the time it has"},
    {"journey = { a = { get = \"https://h/\"; expect = [ \"staus == 200\" ]; "
     "}; }; ",
     "did you mean `status`?"},
    {"journey = { a = { get = \"https://h/\"; }; }; expect = [ \"time < 3s\" "
     "]; degraded_when = [ \"time > 1s\" ];",
     NULL},
    {"journey = { a = { get = \"https://h/\"; }; }; expect = [ \"status == "
     "200\" ];",
     "write it in the step it is about"},
    {"journey = { a = { get = \"https://h/\"; until = \"status == 200\"; every "
     "= \"1s\"; within = \"10s\"; }; }; ",
     NULL},
    {"journey = { a = { get = \"https://h/\"; until = \"status == 200\"; "
     "within = \"10s\"; }; }; ",
     NULL},
    {"journey = { a = { get = \"https://h/\"; until = \"status == 200\"; }; "
     "}; ",
     "`until` needs `within`"},
    {"journey = { a = { get = \"https://h/\"; every = \"1s\"; }; }; ",
     "goes with an `until`"},
    {"journey = { a = { get = \"https://h/\"; within = \"1s\"; }; }; ",
     "goes with an `until`"},
    {"journey = { a = { get = \"https://h/\"; until = \"status == 200\"; "
     "within = \"30s\"; }; }; ",
     "`within` of a step is longer"},
    {"journey = { a = { get = \"https://h/\"; until = \"status == 200\"; every "
     "= \"5s\"; within = \"2s\"; }; }; ",
     "`every` of a step is longer"},
    {"journey = { a = { get = \"https://h/\"; until = \"statu == 200\"; within "
     "= \"2s\"; }; }; ",
     "did you mean `status`?"},
    {"journey = { a = { get = \"https://h/\"; }; }; cleanup = { z = { delete = "
     "\"https://h/\"; }; }; cleanup_timeout = \"3s\";",
     NULL},
    {"journey = { a = { get = \"https://h/\"; }; }; cleanup = { z = { delete = "
     "\"https://h/\"; like = \"api\"; }; };",
     NULL},
    {"journey = { a = { get = \"https://h/\"; }; }; cleanup = { z = { delete = "
     "\"https://h/\"; expect = \"status == 200\"; }; };",
     "is never judged"},
    {"journey = { a = { get = \"https://h/\"; }; }; cleanup = { a = { delete = "
     "\"https://h/\"; }; };",
     "there is a step `a` already"},
    {"journey = { a = { get = \"https://h/\"; }; }; cleanup_timeout = \"3s\";",
     "and there is none"},
    {"journey = { a = { get = \"https://h/\"; }; }; cleanup = { };", NULL},
    {"http = \"https://h/\"; cleanup = { z = { get = \"https://h/\"; }; };",
     "has no setting `cleanup`"},
    {"http = \"https://h/\"; journey = { a = { get = \"https://h/\"; }; }; ",
     "has `http` already"},
    {"journey = { a = { get = \"https://h/\"; }; }; headers = { A = \"b\"; }; "
     "redirects = 0; header_max = \"1KiB\"; body_max = \"2MiB\";",
     NULL},
    {"journey = { a = { get = \"https://h/${each}\"; }; }; each = [ \"x\" ];",
     NULL},
};

static void
steps_are_checks_of_their_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_checks_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
