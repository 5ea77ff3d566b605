#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/push_key.c"

#include <sys/stat.h>

static void
the_same_at_each_start(void **state)
{
    char dir[] = "/tmp/push_key.XXXXXX";
    char why[200] = "";
    char one[PUSH_TOKEN_MAX];
    char two[PUSH_TOKEN_MAX];
    struct push_key *key;
    struct stat st;
    char *path;

    (void)state;
    assert_non_null(mkdtemp(dir));
    path = file_join(dir, "push.key");
    key = push_key_open(dir, why, sizeof why);
    assert_non_null(key);
    push_key_token(key, "backup", 0, one);
    assert_int_equal(strlen(one), 32);
    push_key_token(key, "backup", 1, two);
    assert_string_not_equal(one, two);
    push_key_token(key, "backups", 0, two);
    assert_string_not_equal(one, two);
    push_key_close(key);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    key = push_key_open(dir, why, sizeof why);
    push_key_token(key, "backup", 0, two);
    assert_string_equal(one, two);
    push_key_close(key);
    push_key_close(NULL);
    /* One that is damaged is not replaced unasked. */
    assert_int_equal(file_replace(path, "xyz\n", 4, 0600), 0);
    assert_null(push_key_open(dir, why, sizeof why));
    assert_non_null(strstr(why, "remove it"));
    assert_null(push_key_open("/nonexistent", why, sizeof why));
    free(path);
    assert_int_equal(file_remove_tree(dir), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_at_each_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
