/* file_test.c - whole files or none, on a throw-away folder. */
#include "base/file.c"

#include <dirent.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int
setup(void **state)
{
    char *dir = str_xdup("/tmp/picket-file-test-XXXXXX");

    assert_non_null(mkdtemp(dir));
    *state = dir;
    return 0;
}

static int
teardown(void **state)
{
    char *dir = *state;

    assert_int_equal(file_remove_tree(dir), 0);
    assert_int_equal(access(dir, F_OK), -1);
    free(dir);
    return 0;
}

static size_t
count_entries(const char *path)
{
    DIR *dir = opendir(path);
    size_t count = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 2; /* "." and ".." */
}

static void
test_replace_and_read(void **state)
{
    char *path = file_join(*state, "state");
    struct stat st;
    struct buf out;

    buf_init(&out, 20000);
    assert_int_equal(file_replace(path, "old", 3, 0600), 0);
    assert_int_equal(file_replace(path, "new\0x", 5, 0640), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(buf_add_str(&out, "> "), 0);
    assert_int_equal(file_read(path, &out), 0);
    assert_int_equal(out.len, 7);
    assert_memory_equal(out.data, "> new\0x", 7);
    /* Nothing is left beside it. */
    assert_int_equal(count_entries(*state), 1);
    assert_int_equal(file_replace(path, "", 0, 0600), 0);
    buf_reset(&out);
    assert_int_equal(file_read(path, &out), 0);
    assert_int_equal(out.len, 0);
    buf_free(&out);
    free(path);
}

static void
test_replace_fails_whole(void **state)
{
    char *path = file_join(*state, "folder");
    char *lost = file_join(*state, "no/such");

    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(file_replace(path, "x", 1, 0600), -1);
    assert_int_equal(errno, EISDIR);
    assert_int_equal(count_entries(*state), 1);
    assert_int_equal(file_replace(lost, "x", 1, 0600), -1);
    assert_int_equal(errno, ENOENT);
    free(lost);
    free(path);
}

static void
test_read_over_the_limit(void **state)
{
    char *path = file_join(*state, "big");
    static char big[20000];
    struct buf out;

    memset(big, 'b', sizeof big);
    assert_int_equal(file_replace(path, big, sizeof big, 0600), 0);
    buf_init(&out, sizeof big - 1);
    assert_int_equal(file_read(path, &out), -1);
    assert_int_equal(errno, EFBIG);
    assert_int_equal(out.len, 0);
    buf_free(&out);
    buf_init(&out, sizeof big);
    assert_int_equal(file_read(path, &out), 0);
    assert_int_equal(out.len, sizeof big);
    buf_free(&out);
    assert_int_equal(file_read(*state, &out), -1);
    assert_int_equal(errno, EISDIR);
    free(path);
}

static void
test_make_dirs(void **state)
{
    char *path = str_xprintf("%s//a/b/c/", (char *)*state);
    char *inner = file_join(*state, "a/b");
    char *blocked = file_join(*state, "plain/x");
    char *plain = file_join(*state, "plain");
    struct stat st;

    (void)umask(022);
    assert_int_equal(file_make_dirs(path, 0700), 0);
    assert_int_equal(file_make_dirs(path, 0700), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(inner, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
    assert_int_equal(file_replace(plain, "x", 1, 0600), 0);
    assert_int_equal(file_make_dirs(blocked, 0700), -1);
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(file_make_dirs(plain, 0700), -1);
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(file_make_dirs("", 0700), -1);
    free(plain);
    free(blocked);
    free(inner);
    free(path);
}

/* A link out of the folder is removed, not followed. */
static void
test_remove_tree_keeps_to_itself(void **state)
{
    char *kept = file_join(*state, "kept");
    char *gone = file_join(*state, "gone");
    char *link = file_join(gone, "link");

    assert_int_equal(file_make_dirs(kept, 0700), 0);
    assert_int_equal(file_make_dirs(gone, 0700), 0);
    assert_int_equal(symlink(kept, link), 0);
    assert_int_equal(file_remove_tree(gone), 0);
    assert_int_equal(access(gone, F_OK), -1);
    assert_int_equal(access(kept, F_OK), 0);
    assert_int_equal(file_remove_tree(gone), -1);
    assert_int_equal(errno, ENOENT);
    free(link);
    free(gone);
    free(kept);
}

static void
test_join(void **state)
{
    static const char *const rows[][3] = {{"a", "b", "a/b"},
                                          {"a/", "b", "a/b"},
                                          {"a", "/b", "/b"},
                                          {"", "b", "b"},
                                          {"/", "b", "/b"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *path = file_join(rows[i][0], rows[i][1]);

        assert_string_equal(path, rows[i][2]);
        free(path);
    }
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_replace_and_read),
        IN_DIR(test_replace_fails_whole),
        IN_DIR(test_read_over_the_limit),
        IN_DIR(test_make_dirs),
        IN_DIR(test_remove_tree_keeps_to_itself),
        IN_DIR(test_join),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
