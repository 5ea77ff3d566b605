#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile.c"
#include "tests/lib/conf_case.h"

static const struct conf_case cases[] = {
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
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_meet_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
