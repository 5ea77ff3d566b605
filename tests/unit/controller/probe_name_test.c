#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/probe_name.c"

static void
tells_names_from_other_text(void **state)
{
    static const char *const good[] = {"a", "fra-1", "host.example.org", "9x",
                                       "a_b"};
    static const char *const bad[] = {"",    "-a",  ".a",   "A",       "a b",
                                      "a/b", "a\n", "a\"b", "\xc3\xa4"};
    char long_name[PROBE_NAME_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(probe_name_is_good(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(probe_name_is_good(bad[i]));
    memset(long_name, 'a', sizeof(long_name));
    long_name[PROBE_NAME_MAX + 1] = '\0';
    assert_false(probe_name_is_good(long_name));
    long_name[PROBE_NAME_MAX] = '\0';
    assert_true(probe_name_is_good(long_name));
}

static void
bends_any_wish_into_a_name(void **state)
{
    static const char *const wish[][2] = {
        {"Host-7.Example", "host-7.example"},
        {"a b\r\nc", "a-b--c"},
        {"", "fra"},
        {"/../etc", "probe"},
        {"\"><script>", "probe"},
    };
    char name[RESULT_NAME_MAX];
    char huge[5000];

    (void)state;
    for (size_t i = 0; i < sizeof(wish) / sizeof(wish[0]); i++) {
        probe_name_clean(name, wish[i][0], "fra");
        assert_string_equal(name, wish[i][1]);
    }
    memset(huge, 'x', sizeof(huge));
    huge[sizeof(huge) - 1] = '\0';
    probe_name_clean(name, huge, "fra");
    assert_true(probe_name_is_good(name));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_names_from_other_text),
        cmocka_unit_test(bends_any_wish_into_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
