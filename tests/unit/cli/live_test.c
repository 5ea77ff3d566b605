/* What does not start; what does is tests/e2e/test_demo.py's. */
#include "cli/live.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char dir[64];

static int
set_up(void **state)
{
    (void)state;
    str_copy(dir, sizeof dir, "/tmp/live.XXXXXX");
    return mkdtemp(dir) == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    return file_remove_tree(dir);
}

static struct config *
load_wrong(void *cookie, struct diag *diag)
{
    (void)cookie;
    return config_load_text("wrong.conf", "picket = 1;\nchekcs = { };\n", diag);
}

static struct config *
load_right(void *cookie, struct diag *diag)
{
    (void)cookie;
    return config_load_text("right.conf",
                            "picket = 1;\nchecks = { a = { tcp = "
                            "\"127.0.0.1:9\"; }; };\n",
                            diag);
}

static int
open_not(void *cookie, struct live *live, char *why, size_t cap)
{
    int *calls = cookie;
    (*calls)++;
    assert_non_null(live_loop(live));
    assert_string_equal(live_dir(live), dir);
    str_copy(why, cap, "the shop has no roof");
    return -1;
}

static void
close_never(void *cookie)
{
    (void)cookie;
    fail_msg("what did not open is not closed");
}

static void
a_wrong_configuration_ends_it(void **state)
{
    struct live_opts opts = {.name = "test", .dir = dir, .load = load_wrong};
    (void)state;
    assert_int_equal(live_run(&opts), CLIENT_EX_CONFIG);
}

static void
what_does_not_open_ends_it(void **state)
{
    int calls = 0;
    struct live_opts opts = {.name = "test",
                             .dir = dir,
                             .load = load_right,
                             .open = open_not,
                             .close = close_never,
                             .cookie = &calls};
    (void)state;
    assert_int_equal(live_run(&opts), CLIENT_EX_UNAVAILABLE);
    assert_int_equal(calls, 1);
}

static void
a_folder_in_use_ends_it(void **state)
{
    struct live_opts opts = {.name = "test", .dir = dir, .load = load_right};
    char why[WHY_MAX];
    int fd = state_dir_open(dir, why, sizeof why);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(live_run(&opts), CLIENT_EX_CANTCREAT);
    close(fd);
}

static void
fresh_takes_nothing_that_is_not_ours(void **state)
{
    struct live_opts opts = {
        .name = "test", .dir = dir, .is_fresh = true, .load = load_wrong};
    char *thesis = file_join(dir, "thesis.txt"), *ca = file_join(dir, "ca");
    (void)state;
    assert_int_equal(file_replace(thesis, "x", 1, 0600), 0);
    assert_int_equal(file_make_dirs(ca, 0700), 0);
    assert_int_equal(live_run(&opts), CLIENT_EX_CANTCREAT);
    assert_int_equal(access(thesis, F_OK), 0);
    assert_int_equal(access(ca, F_OK), 0);
    assert_int_equal(unlink(thesis), 0);
    assert_int_equal(live_run(&opts), CLIENT_EX_CONFIG);
    assert_int_not_equal(access(ca, F_OK), 0);
    free(thesis);
    free(ca);
}

static void
rows_stand_under_each_other(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 4096);
    live_add_row(&out, "end", "^C");
    live_add_row(&out, "status page", "x");
    assert_string_equal(buf_text(&out), "  end          ^C\n"
                                        "  status page  x\n");
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_wrong_configuration_ends_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_open_ends_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_folder_in_use_ends_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(fresh_takes_nothing_that_is_not_ours,
                                        set_up, tear_down),
        cmocka_unit_test(rows_stand_under_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
