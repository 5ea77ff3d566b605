/* template_place_test.c - values that try to be more than values. */
#include "checks/template_place.c"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *value_of_a;
static size_t len_of_a;
static const char *value_of_b = "";

static enum template_end
lookup(void *cookie, const char *name, struct template_value *value,
       char why[TEMPLATE_WHY_MAX])
{
    (void)cookie;
    (void)why;
    value->text = str_eq(name, "a") ? value_of_a : value_of_b;
    value->len = str_eq(name, "a") ? len_of_a : strlen(value_of_b);
    return TEMPLATE_OK;
}

/* The text, or "end: why"; to free.  It is added after "-". */
static char *
expand(enum template_context context, const char *text)
{
    const struct template_world world = {.lookup = lookup};
    struct template_error error;
    struct template *tpl = template_parse(text, &error);
    char why[TEMPLATE_WHY_MAX];
    struct buf out;
    enum template_end end;
    char *made;

    assert_non_null(tpl);
    buf_init(&out, 10000);
    buf_add_char(&out, '-');
    end = template_expand(tpl, &world, context, &out, why);
    made = end == TEMPLATE_OK ? str_xdup(buf_text(&out) + 1)
                              : str_xprintf("!%d %s", (int)end, why);
    buf_free(&out);
    template_free(tpl);
    return made;
}

static void
assert_placed(enum template_context context, const char *text, const char *a,
              const char *want)
{
    char *made;

    value_of_a = a;
    len_of_a = strlen(a);
    made = expand(context, text);
    /* Of a refusal the beginning is enough. */
    if (want[0] == '!')
        made[strlen(made) > strlen(want) ? strlen(want) : strlen(made)] = '\0';
    assert_string_equal(made, want);
    free(made);
}

static void
test_a_path_segment_stays_one(void **state)
{
    static const char url[] = "https://s.example/o/${a}/x";

    (void)state;
    assert_placed(TEMPLATE_IN_URL, url, "A-1", "https://s.example/o/A-1/x");
    assert_placed(TEMPLATE_IN_URL, url, "../../admin?x=",
                  "https://s.example/o/..%2F..%2Fadmin%3Fx%3D/x");
    assert_placed(TEMPLATE_IN_URL, url, "a#b", "https://s.example/o/a%23b/x");
    assert_placed(TEMPLATE_IN_URL, url, "a\\b", "https://s.example/o/a%5Cb/x");
    assert_placed(TEMPLATE_IN_URL, url, "%2e%2e",
                  "https://s.example/o/%252e%252e/x");
    assert_placed(TEMPLATE_IN_URL, url, "..",
                  "!3 ${a}: the value is only dots: the path would be another");
    assert_placed(TEMPLATE_IN_URL, url, ".", "!3 ${a}: the value is only dots");
    assert_placed(TEMPLATE_IN_URL, url, "", "!3 ${a}: the value is empty");
    assert_placed(TEMPLATE_IN_URL, url, "...", "https://s.example/o/.../x");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/${a}", "..",
                  "!3 ${a}: the value is only dots");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/${a}?q", "..",
                  "!3 ${a}: the value is only dots");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/${a}#f", "..",
                  "!3 ${a}: the value is only dots");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/.${a}", ".",
                  "!3 ${a}: the value is only dots");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/%2E${a}/", ".",
                  "!3 ${a}: the value is only dots");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/${a}${a}/", ".",
                  "!3 ${a}: the value is only dots");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/${a}${b}", "x",
                  "https://s.example/x");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/v${a}", "",
                  "https://s.example/v");
    assert_placed(TEMPLATE_IN_URL, "/o/${a}", "..",
                  "!3 ${a}: the value is only dots");
    /* A dot in the text is its author's. */
    assert_placed(TEMPLATE_IN_URL, "https://s.example/../${a}", "x",
                  "https://s.example/../x");
    assert_placed(TEMPLATE_IN_URL, url, "$${b}${b}",
                  "https://s.example/o/%24%24%7Bb%7D%24%7Bb%7D/x");
}

static void
test_a_query_value_stays_one(void **state)
{
    static const char url[] = "https://s.example/?q=${a}&r=1";

    (void)state;
    assert_placed(TEMPLATE_IN_URL, url, "x&admin=1#y +%",
                  "https://s.example/?q=x%26admin%3D1%23y%20%2B%25&r=1");
    assert_placed(TEMPLATE_IN_URL, url, "", "https://s.example/?q=&r=1");
    assert_placed(TEMPLATE_IN_URL, url, "..", "https://s.example/?q=..&r=1");
    assert_placed(TEMPLATE_IN_URL, "https://s.example?q=/${a}", "..",
                  "https://s.example?q=/..");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/#${a}", "..",
                  "https://s.example/#..");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/?q=${url(a)}", "a/b",
                  "https://s.example/?q=a%2Fb");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/${url(a)}/", "..",
                  "!3 ${url(a)}: the value is only dots");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/${raw(a)}", "a/b?c=d e",
                  "https://s.example/a/b?c=d%20e");
}

static void
test_the_host_is_the_authors(void **state)
{
    (void)state;
    assert_placed(TEMPLATE_IN_URL, "https://${a}.s.example/", "eu-1",
                  "https://eu-1.s.example/");
    assert_placed(TEMPLATE_IN_URL, "https://s.example:${a}/", "8443",
                  "https://s.example:8443/");
    assert_placed(TEMPLATE_IN_URL, "https://${a}.s.example/", "evil.test/",
                  "!3 ${a}: the value would change which host is asked");
    assert_placed(TEMPLATE_IN_URL, "https://s.example${a}/", "@evil.test",
                  "!3 ${a}: the value would change which host is asked");
    assert_placed(TEMPLATE_IN_URL, "https://s.example${a}", "/n?code=1",
                  "!3 ${a}: the value would change which host is asked; where "
                  "the target may choose the path, write raw()");
    assert_placed(TEMPLATE_IN_URL, "https://s.example${raw(a)}", "/n?code=1",
                  "https://s.example/n?code=1");
    assert_placed(TEMPLATE_IN_URL, "https://s.example${a}", "?x",
                  "!3 ${a}: the value would change which host is asked");
    assert_placed(TEMPLATE_IN_URL, "https://s.example:${a}", "80@evil.test",
                  "!3 ${a}: the value would change which host is asked");
    assert_placed(TEMPLATE_IN_URL, "https://${a}/", "",
                  "!3 ${a}: the value is empty");
    assert_placed(TEMPLATE_IN_URL, "https:${a}", "//evil.test",
                  "!3 ${a}: a value cannot be a part of the scheme");
    assert_placed(TEMPLATE_IN_URL, "https:/${a}", "/evil.test",
                  "!3 ${a}: a value cannot be a part of the scheme");
    assert_placed(TEMPLATE_IN_URL, "//${a}", "/x",
                  "!3 ${a}: the value would change which host is asked");
}

static void
test_a_whole_url_is_one(void **state)
{
    (void)state;
    assert_placed(TEMPLATE_IN_URL, "${a}", "https://s.example/a?b=c#d",
                  "https://s.example/a?b=c#d");
    assert_placed(TEMPLATE_IN_URL, "${a}", "/a b\"", "/a%20b%22");
    assert_placed(TEMPLATE_IN_URL, "${a}/o/${b}", "https://s.example",
                  "!3 ${b}: the value is empty");
    value_of_b = "a/b";
    assert_placed(TEMPLATE_IN_URL, "${a}/o/${b}", "https://s.example",
                  "https://s.example/o/a%2Fb");
    assert_placed(TEMPLATE_IN_URL, "${a}${b}", "https://s.example",
                  "!3 ${b}: the value would change which host is asked");
    value_of_b = "";
    assert_placed(TEMPLATE_IN_URL, "${a}", "https://s.example/\r\nX: y",
                  "!3 ${a}: the value holds a line break");
    assert_placed(TEMPLATE_IN_URL, "https://s.example/${raw(a)}", "\n",
                  "!3 ${raw(a)}: the value holds a line break");
}

static void
test_headers(void **state)
{
    char *made;

    (void)state;
    assert_placed(TEMPLATE_IN_HEADER, "X: ${a}", "a b=\"c\"; é",
                  "X: a b=\"c\"; é");
    assert_placed(TEMPLATE_IN_HEADER, "X: ${a}", "x\r\nEvil: 1",
                  "!3 ${a}: the value holds a line break");
    assert_placed(TEMPLATE_IN_HEADER, "X: ${a}", "x\n",
                  "!3 ${a}: the value holds a line break");
    assert_placed(TEMPLATE_IN_HEADER, "X: ${unbase64(a)}",
                  "Cg==", "!3 ${unbase64(a)}: the value holds a line break");
    assert_placed(TEMPLATE_IN_HEADER, "X: ${raw(a)}", "\r",
                  "!3 ${raw(a)}: the value holds a line break");
    assert_placed(TEMPLATE_IN_HEADER, "X: ${base64(a)}", "\r\n", "X: DQo=");
    value_of_a = "x\0y";
    len_of_a = 3;
    for (int in = TEMPLATE_IN_URL; in <= TEMPLATE_IN_FORM; in++) {
        made = expand((enum template_context)in, "${a}");
        assert_string_equal(made, "!3 ${a}: the value holds a NUL byte");
        free(made);
        made = expand((enum template_context)in, "/${raw(a)}");
        assert_string_equal(made, "!3 ${raw(a)}: the value holds a NUL byte");
        free(made);
    }
    assert_placed(TEMPLATE_IN_TEXT, "${a}", "two\r\nlines", "two\r\nlines");
}

static void
test_json(void **state)
{
    static const char quoted[] = "{\"q\": \"x${a}\", \"s\": \"\\\\\"}";

    (void)state;
    assert_placed(TEMPLATE_IN_JSON, quoted, "\", \"admin\": true, \"z\": \"\\",
                  "{\"q\": \"x\\\", \\\"admin\\\": true, \\\"z\\\": "
                  "\\\"\\\\\", \"s\": \"\\\\\"}");
    assert_placed(TEMPLATE_IN_JSON, quoted, "a\nb",
                  "{\"q\": \"xa\\u000ab\", \"s\": \"\\\\\"}");
    assert_placed(TEMPLATE_IN_JSON, "[${a}]", "12.5e+3", "[12.5e+3]");
    assert_placed(TEMPLATE_IN_JSON, "[${a}]", "true", "[true]");
    assert_placed(TEMPLATE_IN_JSON, "[${a}]", "{\"x\":[1,null]}",
                  "[{\"x\":[1,null]}]");
    assert_placed(TEMPLATE_IN_JSON, "[\"\\\"\", ${a}]", "-0", "[\"\\\"\", -0]");
    assert_placed(TEMPLATE_IN_JSON, "[${a}]", "\"s\"", "[\"s\"]");
    assert_placed(TEMPLATE_IN_JSON, "[${raw(a)}]", "1, 2", "[1, 2]");
    for (size_t i = 0; i < 14; i++) {
        static const char *const bad[] = {
            "1, 2", "",   "01",     "1.",           "-",  "+1", "tru",
            "x",    "1e", "{}, {}", "\"a\", \"b\"", "[1", "1 ", "NaN"};

        assert_placed(TEMPLATE_IN_JSON, "[${a}]", bad[i],
                      "!3 ${a}: the value is not one JSON value: put the "
                      "reference in quotes");
    }
    assert_placed(TEMPLATE_IN_JSON, "[\"a\\${a}\"]", "n",
                  "!3 ${a}: a value cannot stand after a backslash");
}

static void
test_bodies(void **state)
{
    (void)state;
    assert_placed(TEMPLATE_IN_TEXT, "<${a}>", "a&b\r\n", "<a&b\r\n>");
    assert_placed(TEMPLATE_IN_FORM, "u=${a}&v=1", "x&v=2 +\n",
                  "u=x%26v%3D2+%2B%0A&v=1");
    assert_placed(TEMPLATE_IN_FORM, "${raw(a)}", "u=1&v=2", "u=1&v=2");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_path_segment_stays_one),
        cmocka_unit_test(test_a_query_value_stays_one),
        cmocka_unit_test(test_the_host_is_the_authors),
        cmocka_unit_test(test_a_whole_url_is_one),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
