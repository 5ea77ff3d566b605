#include "cli/state_dir.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

static char home[64];

static int
set_up(void **state)
{
    (void)state;
    str_copy(home, sizeof home, "/tmp/state_dir.XXXXXX");
    return mkdtemp(home) == NULL || setenv("HOME", home, 1) != 0 ||
           unsetenv("XDG_STATE_HOME") != 0;
}

static int
tear_down(void **state)
{
    (void)state;
    return file_remove_tree(home);
}

static void
where(void **state)
{
    char why[256] = "", want[128];
    (void)state;
    char *path = state_dir_path("demo", why, sizeof why);
    snprintf(want, sizeof want, "%s/.local/state/picket/demo", home);
    assert_string_equal(path, want);
    free(path);
    setenv("XDG_STATE_HOME", "/x/y", 1);
    path = state_dir_path("up", why, sizeof why);
    assert_string_equal(path, "/x/y/picket/up");
    free(path);
    /* The specification of XDG: what is not absolute is not there. */
    setenv("XDG_STATE_HOME", "y", 1);
    unsetenv("HOME");
    assert_null(state_dir_path("up", why, sizeof why));
    assert_non_null(strstr(why, "--data"));
    setenv("HOME", home, 1);
    unsetenv("XDG_STATE_HOME");
}

static void
one_at_a_time(void **state)
{
    char why[512] = "", pid[32];
    struct stat st;
    char *dir = str_xprintf("%s/a/b", home);
    (void)state;
    int fd = state_dir_open(dir, why, sizeof why);
    assert_true(fd >= 0);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(state_dir_open(dir, why, sizeof why), -1);
    snprintf(pid, sizeof pid, "process %ld;", (long)getpid());
    assert_non_null(strstr(why, pid));
    assert_non_null(strstr(why, dir));
    close(fd);
    fd = state_dir_open(dir, why, sizeof why);
    assert_true(fd >= 0);
    close(fd);
    free(dir);
}

static void
a_folder_that_cannot_be(void **state)
{
    char why[256] = "";
    (void)state;
    assert_int_equal(state_dir_open("/proc/picket", why, sizeof why), -1);
    assert_non_null(strstr(why, "/proc/picket cannot be made: "));
}

static void
found_by_their_file(void **state)
{
    char why[256], *found[4];
    (void)state;
    assert_int_equal(state_dir_find("runtime.json", found, 4), 0);
    char *demo = state_dir_path("demo", why, sizeof why);
    char *up = state_dir_path("up", why, sizeof why);
    close(state_dir_open(demo, why, sizeof why));
    close(state_dir_open(up, why, sizeof why));
    char *file = file_join(demo, "runtime.json");
    assert_int_equal(file_replace(file, "{}", 2, 0600), 0);
    assert_int_equal(state_dir_find("runtime.json", found, 4), 1);
    assert_string_equal(found[0], demo);
    free(found[0]);
    free(file);
    free(demo);
    free(up);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where),
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(a_folder_that_cannot_be),
        cmocka_unit_test(found_by_their_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
