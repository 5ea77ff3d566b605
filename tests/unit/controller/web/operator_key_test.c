#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/stat.h>

#include "controller/web/operator_key.c"

static void
key_is_made_once_and_private(void **state)
{
    char dir[] = "/tmp/picket-key-XXXXXX";
    char why[256];
    struct operator_key *key;
    struct stat st;
    char text[KEY_DIGITS + 1];
    char cookie[KEY_DIGITS + 1];

    (void)state;
    assert_non_null(mkdtemp(dir));
    key = operator_key_open(dir, why, sizeof(why));
    assert_non_null(key);
    assert_int_equal(stat(operator_key_file(key), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    (void)str_copy(text, sizeof(text), operator_key_text(key));
    (void)str_copy(cookie, sizeof(cookie), operator_key_cookie(key));
    assert_string_not_equal(text, cookie);
    operator_key_close(key);
    key = operator_key_open(dir, why, sizeof(why));
    assert_true(operator_key_is_right(key, text));
    assert_true(operator_key_is_cookie(key, cookie));
    assert_false(operator_key_is_right(key, cookie));
    assert_false(operator_key_is_cookie(key, text));
    assert_false(operator_key_is_right(key, NULL));
    assert_false(operator_key_is_right(key, ""));
    text[KEY_DIGITS - 1] = text[KEY_DIGITS - 1] == '0' ? '1' : '0';
    assert_false(operator_key_is_right(key, text));
    operator_key_close(key);
    assert_int_equal(file_remove_tree(dir), 0);
}

static void
file_that_is_no_key_is_refused(void **state)
{
    static const char *const bad[] = {"", "short\n",
                                      "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
                                      "zzzzzzzzzzzzzzzzzzzzzzzz\n"};
    char dir[] = "/tmp/picket-key-XXXXXX";
    char why[256];
    char *file;

    (void)state;
    assert_non_null(mkdtemp(dir));
    file = file_join(dir, "operator.key");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(file_replace(file, bad[i], strlen(bad[i]), 0600), 0);
        assert_null(operator_key_open(dir, why, sizeof(why)));
        assert_non_null(strstr(why, "operator.key"));
        assert_non_null(strstr(why, "remove it"));
    }
    free(file);
    assert_int_equal(file_remove_tree(dir), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_is_made_once_and_private),
        cmocka_unit_test(file_that_is_no_key_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
