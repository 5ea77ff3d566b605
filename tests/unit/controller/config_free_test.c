#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/diag.h"
#include "controller/config_free.c"

/* What is lost or freed twice is for the address sanitizer to say. */
static void
frees_a_full_one_and_none(void **state)
{
    struct diag *diag = diag_create();

    (void)state;
    config_free(NULL);
    config_free(config_load_text(
        "f",
        "picket = 1; regions = { a = { name = \"A\"; }; };\n"
        "people = { p = { email = \"a@b\"; }; };\n"
        "channels = { t = { terminal = true; }; h = { webhook = "
        "\"https://h/\"; }; };\n"
        "policies = { w = { s = { notify = [ \"channel:t\", \"channel:h\" ]; "
        "}; }; };\n"
        "alerts = { d = { on = \"down\"; checks = [ \"*\" ]; tags = [ \"x\" ]; "
        "}; };\n"
        "checks = { c = { tcp = \"h:1\"; policy = \"w\"; }; };\n"
        "status = { s = { components = { c = { name = \"C\"; description = "
        "\"D\"; checks = [ \"c\" ]; }; }; }; };\n",
        diag));
    assert_int_equal(diag_errors(diag), 0);
    diag_free(diag);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frees_a_full_one_and_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
