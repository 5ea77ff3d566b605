/* refusal_test.c - what controllers, proxies and strangers answer, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/refusal.c"

static void
words_for_a_person(void **unused)
{
    static const struct {
        const char *body, *words;
    } rows[] = {
        {"{\"error\":{\"status\":403,\"message\":\"this token was used: ask "
         "for another\",\"remedy\":\"see picket probe --help\"}}\n",
         "this token was used: ask for another; see picket probe --help"},
        {"{\"error\":{\"message\":\"revoked\",\"remedy\":\"\"}}", "revoked"},
        {"{\"error\":{\"message\":\"a\\nLOG "
         "forged\",\"remedy\":\"b\\u001b[1m\"}}",
         "a; b"},
        {"{\"error\":{\"remedy\":\"x\"}}", "{\"error\":{\"remedy\":\"x\"}}"},
        {"{\"error\":\"no such thing\"}", "{\"error\":\"no such thing\"}"},
        {"{\"error\":{\"mess", "{\"error\":{\"mess"},
        {"<html>Bad Gateway\r\n<p>", "<html>Bad Gateway"},
        {"\033[31mred", ""},
        {"", ""},
    };

    char to[100];

    (void)unused;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        refusal_format(to, sizeof(to), rows[i].body, strlen(rows[i].body));
        assert_string_equal(to, rows[i].words);
    }
    refusal_format(to, sizeof(to), NULL, 0);
    assert_string_equal(to, "");
}

static void
what_is_long_is_cut(void **unused)
{
    static char body[100000];
    char to[50];

    (void)unused;
    memset(body, 'a', sizeof(body));
    refusal_format(to, sizeof(to), body, sizeof(body));
    assert_int_equal(strlen(to), sizeof(to) - 1);
    body[0] = '{';
    refusal_format(to, sizeof(to), body, sizeof(body));
    assert_int_equal(strlen(to), sizeof(to) - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_for_a_person),
        cmocka_unit_test(what_is_long_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
