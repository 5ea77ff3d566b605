#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/compile_expect.c"

/* One check with the settings given: what is said, or NULL: it is right. */
static const struct {
    const char *settings;
    const char *says;
} cases[] = {
    {"http = \"https://h/\"; expect = [ \"status == 200\" ];", NULL},
    {"http = \"https://h/\"; expect = [ \"status = 200\" ];", "f:4:"},
    {"http = \"https://h/\"; degraded_when = \"tme > 1s\";",
     "did you mean `time`?"},
    {"http = \"https://h/${secret.x}\";", "there is no secret `x`"},
    {"journey = { a = { get = \"https://h/\"; expect = \"status == 200\"; }; "
     "};",
     NULL},
    {"journey = { a = { get = \"https://h/\"; expect = \"rtt < 1s\"; }; };",
     "an http check has no `rtt`"},
    {"journey = { a = { get = \"https://h/\"; }; }; expect = \"time < 1s\";",
     NULL},
    {"journey = { a = { get = \"https://h/\"; }; }; expect = \"size < 1\";",
     "is asked for its `time` alone, not for its `size`"},
    {"tcp = \"h:1\"; expect = [ \"rtt < 5ms\" ];",
     "a tcp check has no `rtt`; it is asked of icmp checks"},
    {"tcp = \"h:1\"; expect = [ \"body contains 'x'\" ];",
     "a tcp check has no `body`"},
};

static void
settings_meet_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text =
            str_xprintf("picket = 1;\nregions = { fra = { }; iad = { }; };\n"
                        "defaults = { timeout = \"20s\"; quorum = 3; };\n"
                        "checks = { c = { %s }; };\n",
                        cases[i].settings);
        struct diag *diag = diag_create();
        struct conf_set *set = conf_set_create();
        struct catalog *catalog;
        struct buf out;
        size_t wrong = cases[i].says ? 1 : 0;

        buf_init(&out, 10000);
        conf_load_text(set, "f", text, strlen(text), diag);
        catalog = catalog_create(set, diag);
        diag_print(diag, &out, false);
        if (diag_errors(diag) != wrong ||
            (cases[i].says && !strstr(buf_text(&out), cases[i].says)))
            fail_msg("%s\nwanted: %s\n%s", text,
                     cases[i].says ? cases[i].says : "nothing", buf_text(&out));
        assert_int_equal(catalog_count(catalog), 1 - wrong);
        catalog_free(catalog);
        conf_set_free(set);
        diag_free(diag);
        buf_free(&out);
        free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_meet_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
