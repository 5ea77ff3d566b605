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

/* Each body is within its own limit. */
static void
a_text_that_is_too_long_to_travel(void **state)
{
    static char body[200 * 1024];
    struct buf text;
    struct conf_case c = {NULL, NULL};

    (void)state;
    memset(body, 'x', sizeof(body) - 1);
    for (int steps = 1; steps < 12; steps += 10) {
        buf_init(&text, 4 * TEXT_MAX);
        buf_add_str(&text, "journey = { ");
        for (int i = 0; i < steps; i++)
            buf_addf(&text, "s%d = { post = \"https://h/\"; body = \"%s\"; }; ",
                     i, body);
        buf_add_str(&text, "};");
        c.settings = buf_text(&text);
        c.says = steps == 1 ? NULL : "as a text the check is over 2 MiB";
        conf_case_run(&c);
        buf_free(&text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_meet_each_other),
        cmocka_unit_test(a_text_that_is_too_long_to_travel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
