#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_body.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; body = \"a\";", NULL},
    {"http = \"https://h/\"; json = \"{ \\\"a\\\": [ 1, \\\"${run.id}\\\", "
     "${run.id} ] }\";",
     NULL},
    {"http = \"https://h/\"; json = \"{ \\\"a\\\": 1, }\";",
     "this is not JSON"},
    {"http = \"https://h/\"; json = \"{ \\\"a\\\": { \\\"password\\\": "
     "\\\"hunter2\\\" } }\";",
     "`password` in it looks like a secret"},
    {"http = \"https://h/\"; json = \"{ \\\"password\\\": \\\"${secret.s}\\\" "
     "}\";",
     NULL},
    {"http = \"https://h/\"; form = { a = \"b\"; c = \"${secret.s}\"; };",
     NULL},
    {"http = \"https://h/\"; form = { a = { field = \"u[a]\"; value = \"b\"; "
     "}; c = { field = \"u[a]\"; value = \"${secret.s}\"; }; d = { value = "
     "\"e\"; }; };",
     NULL},
    {"http = \"https://h/\"; form = { a = { field = \"u[a]\"; }; };",
     "the field `a` has no value"},
    {"http = \"https://h/\"; form = { a = { field = \"\"; value = \"b\"; }; };",
     "a field has a name"},
    {"http = \"https://h/\"; form = { a = { field = \"${uuid}\"; value = "
     "\"b\"; }; };",
     "is sent as it is written"},
    {"http = \"https://h/\"; form = { a = { fild = \"b\"; }; };",
     "did you mean `field`?"},
    {"http = \"https://h/\"; form = { a = { field = \"u[password]\"; value = "
     "\"hunter2\"; }; };",
     "looks like a secret"},
    {"http = \"https://h/\"; form = { a = { field = \"passwords[password][]\"; "
     "value = \"hunter2\"; }; };",
     "looks like a secret"},
    {"http = \"https://h/\"; form = { password = { field = \"p\"; value = "
     "\"no secret: it goes by p\"; }; };",
     NULL},
    {"http = \"https://h/\"; multipart = { a = { field = \"u[a]\"; value = "
     "\"b\"; }; f = { field = \"u[f]\"; text = \"x\"; }; };",
     NULL},
    {"http = \"https://h/\"; multipart = { a = { value = \"b\"; type = "
     "\"a/b\"; }; };",
     "`type` is of a file"},
    {"http = \"https://h/\"; multipart = { a = { value = \"b\"; text = "
     "\"c\"; }; };",
     "has `text` already"},
    {"http = \"https://h/\"; form = { a = 1; };", "write a = \"1\";"},
    {"http = \"https://h/\"; form = { password = \"hunter2\"; };",
     "looks like a secret"},
    {"http = \"https://h/\"; multipart = { a = \"b\"; f = { text = \"x\"; }; g "
     "= { base64 = \"AAA=\"; name = \"n\"; type = \"a/b\"; }; };",
     NULL},
    {"http = \"https://h/\"; multipart = { g = { base64 = \"A*\"; }; };",
     "this is not base64"},
    {"http = \"https://h/\"; multipart = { g = { }; };", "has no content"},
    {"http = \"https://h/\"; multipart = { g = { text = \"a\"; base64 = "
     "\"AAA=\"; }; };",
     "has `text` already"},
    {"http = \"https://h/\"; multipart = { g = { fille = \"a\"; }; };",
     "did you mean `file`?"},
    {"http = \"https://h/\"; body = \"a\"; json = \"1\";",
     "has `body` already"},
    {"http = \"https://h/\"; body_file = \"/etc/hostname\"; form = { };",
     "has `body_file` already"},
    {"journey = { a = { post = \"https://h/\"; json = \"{\"; }; }; ",
     "this is not JSON"},
};

static void
one_body_of_five(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_body_of_five),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
