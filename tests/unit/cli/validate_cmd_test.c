#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "cli/validate_cmd.c"
#include "tests/lib/cmd_bed.h"

static int
run(const char *text, struct buf *out, const char *const *extra)
{
    return cmd_bed_run(&(struct cmd_bed){validate_cmd, "validate", text, extra},
                       out);
}

static const char valid[] =
    "picket = 1;\nchecks = { home = { tcp = \"h:1\"; }; };\n";
static const char locked[] =
    "picket = 1;\nregions = { a = { }; b = { }; c = { }; };\n"
    "checks = { pay = { lock = true; every = \"2m\"; timeout = \"10s\";\n"
    "  journey = { pay = { post = \"https://h/\"; }; };\n"
    "  cleanup = { undo = { delete = \"https://h/\"; }; };\n"
    "  cleanup_timeout = \"5s\"; }; };\n";
static const char wrong[] =
    "picket = 1;\nchecks = { home = { tpc = \"h:1\"; }; };\n";

static void
does_it(void **state)
{
    static const char *const none[] = {NULL};
    static const char *const json[] = {"--json", NULL};
    struct buf out;

    (void)state;
    buf_init(&out, 100000);
    assert_int_equal(run(valid, &out, none), 0);
    assert_non_null(strstr(buf_text(&out), "`home` pages nobody"));
    assert_non_null(
        strstr(buf_text(&out), "1 check, 1 region, 0 policies: valid\n"));
    assert_int_equal(run(locked, &out, none), 0);
    /* The first 40-55, asked again 55-70, the next by schedule 80-95, asked
     * again 95-110; without a lock 40-55, all 55-70, and again 71-86. */
    assert_non_null(strstr(
        buf_text(&out), "`pay` has a lock: one region after another, each for "
                        "at most 15s; down is known after at most 110s, "
                        "without the lock 86s\n"));
    assert_int_equal(run(locked, &out, json), 0);
    assert_non_null(strstr(buf_text(&out),
                           "\"locks\":[{\"check\":\"pay\",\"run_ms\":15000,"
                           "\"down_after_ms\":110000,"
                           "\"without_lock_ms\":86000}]"));
    assert_int_equal(run(wrong, &out, none), 78);
    assert_non_null(strstr(buf_text(&out), "did you mean `tcp`?"));
    assert_null(strstr(buf_text(&out), "valid\n"));
    assert_int_equal(run(wrong, &out, json), 78);
    assert_true(str_starts(buf_text(&out), "{\"level\":\"error\""));
    assert_int_equal(run(valid, &out, json), 0);
    assert_non_null(strstr(buf_text(&out), "{\"valid\":true,\"checks\":1,"));
    assert_int_equal(run("picket = 1; probe = { nam = \"x\"; };", &out, none),
                     78);
    assert_non_null(strstr(buf_text(&out), "did you mean `name`?"));
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
