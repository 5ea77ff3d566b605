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
#include "checks/compile.c"

/* One check with the settings given: what is said, or NULL: it is right. */
static const struct {
    const char *settings;
    const char *says;
} cases[] = {
    {"tcp = \"h:1\"; every = \"5s\";", NULL},
    {"tcp = \"h:1\"; every = \"5s\"; timeout = \"5s\";", NULL},
    {"tcp = \"h:1\"; every = \"5s\"; timeout = \"6s\";", "at most 5s"},
    {"tcp = \"h:1\"; every = \"31d\";", "goes from 1s to 30d"},
    {"tcp = \"h:1\"; timeout = \"9ms\";", "goes from 10ms"},
    {"tcp = \"h:1\"; quorum = 2;", NULL},
    {"tcp = \"h:1\"; quorum = 3;", "runs in 2 regions"},
    {"tcp = \"h:1\"; regions = [ \"fra\" ]; quorum = 2;", "runs in 1 region"},
    {"tcp = \"h:1\"; min_eligible = 3;", "runs in 2 regions"},
    {"tcp = \"h:1\"; regions = [ \"fra\", \"fra\" ];", "here twice"},
    {"tcp = \"h:1\"; regions = \"far\";", "did you mean `fra`?"},
    {"tcp = \"h:1\"; tags = [ \"a b\" ];", "a tag is one word"},
    {"tcp = \"h:1\"; policy = \"x\";", "there is no policy `x`"},
    {"tcp = \"h:1\"; runbook = \"wiki\";", "`runbook` is a link"},
    {"tcp = \"h:1\"; family = \"5\";", "or"},
    {"tcp = \"h:1\"; family = \"6\"; resolve = \"[::1]:25\";", NULL},
    {"tcp = \"h:1\"; resolve = \"host\";", "takes an IP address"},
    {"tcp = \"h:1\"; allow = [ \"169.254.0.0/16\", \"fe80::/10\" ];", NULL},
    {"tcp = \"h:1\"; allow = [ \"everything\" ];", "is no network"},
    {"tls = \"h\"; ca_pem = \"x\";", "no PEM certificate"},
    {"tls = \"h\"; ca = \"/nonexistent.pem\";", "cannot read"},
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
