#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_file.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; body_file = \"/etc/hostname\";", NULL},
    {"http = \"https://h/\"; json_file = \"/etc/hostname\";",
     "this is not JSON"},
    {"http = \"https://h/\"; json_file = \"/nonexistent\";", "cannot read"},
    {"http = \"https://h/\"; body_file = \"/dev/zero\";", "over 256 KiB"},
    {"http = \"https://h/\"; body_file = \"/proc/self/cmdline\";",
     "no UTF-8 text"},
    {"http = \"https://h/\"; body_file = \"${check}\";",
     "is read before any run"},
    {"http = \"https://h/\"; multipart = { f = { file = \"/etc/hostname\"; "
     "type = \"text/plain\"; }; };",
     NULL},
    {"http = \"https://h/\"; multipart = { f = { file = "
     "\"/proc/self/cmdline\"; }; };",
     NULL},
    {"http = \"https://h/\"; multipart = { f = { file = \"/nonexistent\"; }; "
     "};",
     "cannot read"},
    {"journey = { a = { post = \"https://h/\"; body_file = \"/etc/hostname\"; "
     "}; }; ",
     NULL},
};

static void
what_files_hold_travels(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_files_hold_travels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
