/* `picket explain alerts.NAME`: what it watches, whom it tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <string.h>

#include "cli/commands.h"
#include "cli/explain_alert.c"
#include "tests/lib/cmd_bed.h"

static int
run(const char *text, struct buf *out, const char *const *extra)
{
    return cmd_bed_run(&(struct cmd_bed){explain_cmd, "explain", text, extra},
                       out);
}

static const char valid[] =
    "picket = 1;\n"
    "channels = { ops = { terminal = true; }; c2 = { terminal = true; }; };\n"
    "policies = { web = { a = { notify = \"channel:ops\"; wait = \"2m\"; };\n"
    "  b = { notify = \"channel:c2\"; repeat = 3; }; }; };\n"
    "alerts = { slow = { on = \"degraded for 10m\"; severity = \"ticket\";\n"
    "  checks = [ \"h*\" ]; }; down = { on = \"down\"; }; };\n"
    "checks = { home = { tcp = \"h:1\"; policy = \"web\"; };\n"
    "  hut = { tcp = \"h:2\"; }; pay = { tcp = \"h:3\"; policy = \"web\"; }; "
    "};\n";
static const char wrong[] =
    "picket = 1;\nchecks = { a = { tpc = \"h:1\"; }; };\n";

static void
says(const char *word, int code, const char *const *texts)
{
    const char *const extra[] = {word, NULL};
    struct buf out;

    buf_init(&out, 100000);
    if (run(valid, &out, extra) != code)
        fail_msg("%s: not %d:\n%s", word, code, buf_text(&out));
    for (; *texts; texts++)
        if (!strstr(buf_text(&out), *texts))
            fail_msg("%s: no \"%s\" in:\n%s", word, *texts, buf_text(&out));
    buf_free(&out);
}

static void
an_alert_says_whom_it_tells(void **state)
{
    static const char *const slow[] = {
        "opens    a ticket when a check is degraded for 10m\n",
        "checks   2: home, hut\n",
        "tells    web: channel:ops, after 2m channel:c2, repeated 3 times\n",
        "tells    nobody, of checks without a policy (hut)\n", NULL};
    static const char *const down[] = {"opens    a page when a check is down\n",
                                       "checks   3: home, hut, pay\n", NULL};
    static const char *const json[] = {"alerts.slow", "--json", NULL};
    static const char *const any[] = {"alerts.slow", NULL};
    struct buf out;

    (void)state;
    says("alerts.slow", 0, slow);
    says("alerts.down", 0, down);
    buf_init(&out, 100000);
    assert_int_equal(run(valid, &out, json), 0);
    assert_string_equal(
        buf_text(&out),
        "{\"schema\":1,\"what\":\"alert\",\"name\":\"slow\",\"on\":"
        "\"degraded\",\"for_seconds\":600.000,\"severity\":\"ticket\","
        "\"checks\":[\"home\",\"hut\"],\"tells\":[\"web: channel:ops, after "
        "2m channel:c2, repeated 3 times\"]}\n");
    assert_int_equal(run(wrong, &out, any), 78);
    assert_non_null(strstr(buf_text(&out), "did you mean `tcp`?"));
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_says_whom_it_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
