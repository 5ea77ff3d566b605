/* cookie_test.c - Set-Cookie lines, right and wrong. */
#include "checks/cookie.c"

#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const wall_t now = {1000000000000}; /* 9 September 2001 */

/* "name|value|domain|path|seconds from now or -|secure" */
static void
show(char *to, size_t cap, const char *line)
{
    struct cookie c;
    enum cookie_fate fate = cookie_parse(&c, line, strlen(line), now);
    char age[32] = "-";

    if (fate != COOKIE_SET) {
        (void)snprintf(to, cap, "%s", cookie_fate_text(fate));
        return;
    }
    if (c.has_expires && c.expires.ms == INT64_MIN)
        (void)snprintf(age, sizeof(age), "over");
    else if (c.has_expires)
        (void)snprintf(age, sizeof(age), "%lld",
                       (long long)(c.expires.ms - now.ms) / 1000);
    (void)snprintf(to, cap, "%.*s|%.*s|%.*s|%.*s|%s|%s", (int)c.name.len,
                   c.name.at, (int)c.value.len, c.value.at, (int)c.domain.len,
                   c.domain.at, (int)c.path.len, c.path.at, age,
                   c.is_secure ? "secure" : "-");
}

static void
test_lines(void **state)
{
    static const struct {
        const char *line;
        const char *want;
    } rows[] = {
        {"a=b", "a|b|||-|-"},
        {"  a \t= b c\t ", "a|b c|||-|-"},
        {"a=b=c; x", "a|b=c|||-|-"},
        {"a=", "a||||-|-"},
        {"=b", "|b|||-|-"},
        {"b", "|b|||-|-"},
        {"a=\"q;r\"", "a|\"q|||-|-"},
        {"a=b;Path=/x;path=y", "a|b|||-|-"},
        {"a=b; PATH = /x ; Domain=.E.example", "a|b|E.example|/x|-|-"},
        {"a=b; Domain=one; Domain=", "a|b|||-|-"},
        {"a=b; Domain=.", "a|b|||-|-"},
        {"a=b; secure; httponly; samesite=strict", "a|b|||-|secure"},
        {"a=b; Secure=false", "a|b|||-|secure"},
        {"a=b; Max-Age=10", "a|b|||10|-"},
        {"a=b; Max-Age=0", "a|b|||over|-"},
        {"a=b; Max-Age=-1", "a|b|||over|-"},
        {"a=b; Max-Age=+1", "a|b|||-|-"},
        {"a=b; Max-Age=1.5", "a|b|||-|-"},
        {"a=b; Max-Age=-", "a|b|||-|-"},
        {"a=b; Max-Age=99999999999999999999999999", "a|b|||34560000|-"},
        {"a=b; Max-Age=-99999999999999999999999999", "a|b|||over|-"},
        {"a=b; Expires=Sun, 09 Sep 2001 01:46:50 GMT", "a|b|||10|-"},
        {"a=b; Expires=Sun, 09 Sep 2001 01:46:50 GMT; Expires=nonsense",
         "a|b|||10|-"},
        {"a=b; Max-Age=5; Expires=Sun, 09 Sep 2001 01:46:50 GMT", "a|b|||5|-"},
        {"a=b; Expires=Sun, 09 Sep 2099 01:46:50 GMT", "a|b|||34560000|-"},
        {"", "it has neither name nor value"},
        {"=", "it has neither name nor value"},
        {"; a=b", "it has neither name nor value"},
        {"a=b\x01", "it holds a control character"},
        {"a=b; Path=/\r\nx", "it holds a control character"},
        {"a=b\x7f", "it holds a control character"},
        {"a=b\tc", "a|b\tc|||-|-"},
        {"a=\xff\xfe", "a|\xff\xfe|||-|-"},
    };

    char got[200];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        show(got, sizeof(got), rows[i].line);
        assert_string_equal(got, rows[i].want);
    }
}

static void
test_lengths(void **state)
{
    char *line = str_xcalloc(1, 8000);
    struct cookie c;

    (void)state;
    memset(line, 'x', COOKIE_MAX + 2);
    line[5] = '=';
    assert_int_equal(cookie_parse(&c, line, COOKIE_MAX + 1, now), COOKIE_SET);
    assert_int_equal(c.name.len + c.value.len, COOKIE_MAX);
    assert_int_equal(cookie_parse(&c, line, COOKIE_MAX + 2, now),
                     COOKIE_TOO_LONG);
    /* An attribute that is too long is as if it were not there. */
    memcpy(line, "a=b; Path=/", 11);
    assert_int_equal(cookie_parse(&c, line, 10 + COOKIE_ATTRIBUTE_MAX, now),
                     COOKIE_SET);
    assert_int_equal(c.path.len, COOKIE_ATTRIBUTE_MAX);
    assert_int_equal(cookie_parse(&c, line, 11 + COOKIE_ATTRIBUTE_MAX, now),
                     COOKIE_SET);
    assert_int_equal(c.path.len, 0);
    free(line);
    assert_int_equal(cookie_parse(&c, "a=b\0c", 5, now), COOKIE_CONTROL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
