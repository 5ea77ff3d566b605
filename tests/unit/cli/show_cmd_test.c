#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <string.h>

#include "cli/show_cmd.c"
#include "tests/lib/cmd_bed.h"

static int
run(const char *text, struct buf *out, const char *const *extra)
{
    return cmd_bed_run(&(struct cmd_bed){show_cmd, "show", text, extra}, out);
}

static const char valid[] =
    "picket = 1;\nchecks = { home = { tcp = \"h:1\"; }; };\n";
static const char many[] = "picket = 1;\nchecks = { pay = { each = { n = [ "
                           "\"a\", \"b\", \"c\", \"d\", "
                           "\"e\" ]; };\n  tcp = \"${n}:1\"; }; };\n";
static const char wrong[] =
    "picket = 1;\nchecks = { home = { tpc = \"h:1\"; }; };\n";

static void
one_of_many_is_shown_with_its_values(void **state)
{
    static const char *const one[] = {"pay-d", NULL};
    static const char *const all[] = {"pay", NULL};
    struct buf out;

    (void)state;
    buf_init(&out, 100000);
    assert_int_equal(run(many, &out, one), 0);
    assert_non_null(strstr(buf_text(&out), "tcp = \"d:1\";  # /tmp/"));
    assert_non_null(strstr(buf_text(&out), "# n = \"d\"  # /tmp/"));
    assert_int_equal(run(many, &out, all), 66);
    assert_non_null(strstr(buf_text(&out), "did you mean `pay-a`, `pay-b`, "
                                           "`pay-c` or 2 more?"));
    buf_free(&out);
}

static void
does_it(void **state)
{
    static const char *const home[] = {"home", NULL};
    static const char *const hoem[] = {"hoem", NULL};
    static const char *const json[] = {"--json", "home", NULL};
    struct buf out;

    (void)state;
    buf_init(&out, 100000);
    assert_int_equal(run(valid, &out, home), 0);
    assert_non_null(strstr(buf_text(&out), "tcp = \"h:1\";  # /tmp/"));
    assert_int_equal(run(valid, &out, hoem), 66);
    assert_non_null(strstr(buf_text(&out), "did you mean `home`?"));
    assert_int_equal(run(wrong, &out, home), 78);
    assert_int_equal(run(valid, &out, json), 0);
    assert_true(str_starts(buf_text(&out), "{\"check\":\"home\""));
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_it),
        cmocka_unit_test(one_of_many_is_shown_with_its_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
