/* `picket explain`: what is said of each kind of word, and its exit code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <string.h>

#include "cli/explain_cmd.c"
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
words_are_explained(void **state)
{
    static const char *const every[] = {
        "checks.NAME.every - a setting of a", "type     duration, 1s to 30d",
        "default  60s", "kinds    http, dns, tls, tcp, ", NULL};
    static const char *const body_max[] = {"kinds    http, journey\n", NULL};
    static const char *const expired[] = {"tls.expired - a reason", "401",
                                          NULL};
    static const char *const clock[] = {"never counted against", NULL};
    static const char *const days[] = {"days - a subject of expectations",
                                       "kinds    http, tls",
                                       "example  days > 21", NULL};
    static const char *const both[] = {"status - a setting",
                                       "status - a subject", NULL};
    static const char *const keep[] = {"holds    results, evidence\n", NULL};
    static const char *const checks[] = {"holds    http, dns, tls, tcp", NULL};
    static const char *const torn[] = {"SPOOL_TORN - an event of the logs",
                                       "level    warn",
                                       "to do    nothing; expected", NULL};
    static const char *const later[] = {"not in this version", NULL};

    (void)state;
    says("every", 0, every);
    says("keep", 0, keep);
    says("checks", 0, checks);
    says("body_max", 0, body_max);
    says("tls.expired", 0, expired);
    says("local.clock", 0, clock);
    says("days", 0, days);
    says("status", 0, both);
    says("spool_torn", 0, torn);
    says("slos", 0, later);
}

static void
slips_get_the_nearest_name(void **state)
{
    static const char *const every[] = {"did you mean `every`?", NULL};
    static const char *const reason[] = {"did you mean `tls.expired`?", NULL};
    static const char *const alert[] = {"did you mean `slow`?", NULL};
    static const char *const nothing[] = {"`zzzzzzzzz` is no setting", NULL};

    (void)state;
    says("evry", 66, every);
    says("tls.expird", 66, reason);
    says("alerts.slwo", 66, alert);
    says("zzzzzzzzz", 66, nothing);
}

static void
json_is_a_line_each(void **state)
{
    static const char *const status[] = {"status", "--json", NULL};
    struct buf out;
    const char *end;

    (void)state;
    buf_init(&out, 100000);
    assert_int_equal(run(valid, &out, status), 0);
    assert_true(str_starts(buf_text(&out),
                           "{\"schema\":1,\"what\":\"setting\",\"name\":"
                           "\"status\",\"path\":\"status\","));
    end = strchr(buf_text(&out), '\n');
    assert_true(str_starts(end + 1, "{\"schema\":1,\"what\":\"subject\","));
    buf_free(&out);
}

static void
misuse_is_64(void **state)
{
    static const char *const page[] = {"--page", "recipes", NULL};
    static const char *const reasons[] = {"--page", "reasons", NULL};
    struct buf out;

    (void)state;
    buf_init(&out, 100000);
    assert_int_equal(run(valid, &out, page), 64);
    assert_int_equal(run(valid, &out, reasons), 0);
    assert_true(str_starts(buf_text(&out), "# Reasons\n"));
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_explained),
        cmocka_unit_test(slips_get_the_nearest_name),
        cmocka_unit_test(json_is_a_line_each),
        cmocka_unit_test(misuse_is_64),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
