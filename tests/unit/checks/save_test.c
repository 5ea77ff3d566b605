/* save_test.c - what may be written, what is taken, what is told of the rest. */
#include "checks/save.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
wrong_ones_are_placed(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *message;
        const char *hint;
    } rows[] = {
        {"", 0, "what is to be saved is missing", EXAMPLES},
        {"jsn $.a", 0, "nothing can be saved from `jsn`",
         "did you mean `json`?"},
        {"Header location", 0, "nothing can be saved from `Header`",
         "did you mean `header`?"},
        {"status", 0, "nothing can be saved from `status`", EXAMPLES},
        {"json", 4, "`json` needs a path that begins with `$`",
         "json $.order.id"},
        {"json order_id", 5, "`json` needs a path that begins with `$`",
         "json $.order.id"},
        {"json $.a[", 8, "in the path: ", "paths are those of RFC 9535"},
        {"header", 6, "`header` needs a name", EXAMPLES},
        {"header ~ 'x'", 7, "`header` needs a name", EXAMPLES},
        {"cookie", 6, "`cookie` needs a name", EXAMPLES},
        {"body", 4, "`body` needs a pattern",
         "body ~ 'id=([0-9]+)'; its group is the value"},
        {"body == 'x'", 5, "`~` or the end is expected here",
         "~ 'regex' takes a part of it"},
        {"body ~ x", 7, "`~` needs a pattern in quotes",
         "body ~ 'id=([0-9]+)'"},
        {"body ~ 'x", 7, "this text is not closed",
         "a text ends with ', and '' in it is one quote"},
        {"body ~ 'a(b'", 11, "in the pattern: ", "patterns are those of PCRE2"},
        {"body ~ 'x' and", 11, "nothing can stand after the pattern",
         "one value is saved under one name"},
        {"json $.a exists", 9, "`~` or the end is expected here",
         "~ 'regex' takes a part of it"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct expr_error error;

        assert_null(save_parse("x", rows[i].text, &error));
        assert_memory_equal(error.message, rows[i].message,
                            strlen(rows[i].message));
        assert_string_equal(error.hint, rows[i].hint);
        assert_int_equal(error.offset, rows[i].offset);
        assert_true(error.len > 0);
    }
}

static const char head[] = "HTTP/1.1 302 Found\r\n"
                           "Location: /cb?code=abc&state=1\r\n"
                           "X-A: 1\r\nX-A: 2\r\n\r\n";
static const char page[] = "<form><input name='csrf' value='0a1f'>\n"
                           "<b>id=7</b></form>";
static const char json[] = "{\"order_id\":\"A-1\",\"n\":12,\"ok\":true,"
                           "\"items\":[{\"sku\":1},{\"sku\":2}],\"no\":null,"
                           "\"big\":18446744073709551615,\"nul\":\"a\\u0000b\","
                           "\"e\":\"\"}";

/* The value, or "end: why". */
static void
take(const char *text, const char *body, struct jar *jar, char to[500])
{
    struct save_seen seen = {.head = head,
                             .head_len = sizeof(head) - 1,
                             .body = body,
                             .body_len = body != NULL ? strlen(body) : 0,
                             .jar = jar,
                             .now = {1000}};
    struct values *values = values_create();
    struct expr_error error;
    struct save *save = save_parse("v", text, &error);
    char why[SAVE_WHY_MAX];
    enum save_end end;

    assert_non_null(save);
    end = save_take(save, &seen, values, VALUES_PUBLIC, why);
    if (end == SAVE_OK) {
        const struct value *v = values_get(values, "v");

        assert_int_equal(v->flags, VALUES_PUBLIC);
        (void)snprintf(to, 500, "%zu %s", v->len, v->text);
    } else {
        assert_null(values_get(values, "v"));
        (void)snprintf(to, 500, "%s %s",
                       end == SAVE_MISSING ? "missing" : "invalid", why);
    }
    jsonpath_doc_free(seen.doc);
    save_free(save);
    values_free(values);
}

static void
values_are_taken(void **state)
{
    static const struct {
        const char *text;
        const char *body;
        const char *want;
    } rows[] = {
        {"body ~ 'name=.csrf. value=.([0-9a-f]+)'", page, "4 0a1f"},
        {"body ~ 'id=[0-9]+'", page, "4 id=7"},
        {"body ~ '''csrf'''", page, "6 'csrf'"},
        {"body ~ '(x)?id'", page, "2 id"},
        {"body ~ 'q*'", page, "0 "},
        {"json $.order_id", json, "3 A-1"},
        {"json $.n", json, "2 12"},
        {"json $.ok", json, "4 true"},
        {"json $.items[*].sku", json, "1 1"},
        {"json $.items[?@.sku > 1]", json, "9 {\"sku\":2}"},
        {"json $['items']", json, "21 [{\"sku\":1},{\"sku\":2}]"},
        {"json $.nul", json, "3 a"},
        {"json $.e", json, "0 "},
        {"json $.order_id ~ '-(.*)'", json, "1 1"},
        {"header location", page, "20 /cb?code=abc&state=1"},
        {"header LOCATION ~ 'code=([^&]+)'", page, "3 abc"},
        {"header x-a", NULL, "1 1"},
        {"cookie session", NULL, "2 s1"},
        {"cookie session ~ '[0-9]'", NULL, "1 1"},
    };
    struct jar *jar = jar_create();
    char got[500];

    (void)state;
    (void)jar_set(jar, "http://a.example/", "session=s1", 10, (wall_t){0});
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        take(rows[i].text, rows[i].body, jar, got);
        assert_string_equal(got, rows[i].want);
    }
    jar_free(jar);
}

static void
what_is_not_there_is_told(void **state)
{
    static const struct {
        const char *text;
        const char *body;
        const char *want;
    } rows[] = {
        {"body ~ 'nothing'", page,
         "missing v = body ~ 'nothing': no match in 57 bytes of it"},
        {"body ~ 'x'", NULL, "missing v = body ~ 'x': the answer has no body"},
        {"body ~ '^(a|aa)+$'",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
         "invalid v = body ~ '^(a|aa)+$': the pattern takes too many steps "
         "here"},
        {"json $.gone", json,
         "missing v = json $.gone: the path selects nothing"},
        {"json $.no", json, "missing v = json $.no: the value is null"},
        {"json $.big", json,
         "invalid v = json $.big: the number is too large to be kept exactly: "
         "take its digits with body ~ '...'"},
        {"json $.a", page, "missing v = json $.a: the body is not JSON: "},
        {"json $.a", NULL,
         "missing v = json $.a: the body is not JSON: there is none"},
        {"header x-b", page,
         "missing v = header x-b: the answer has no such header; it has "
         "Location, X-A, X-A"},
        {"header location ~ 'token=(.*)'", page,
         "missing v = header location ~ 'token=(.*)': no match in 20 bytes of "
         "it"},
        {"cookie session", page,
         "missing v = cookie session: 0 cookies are set, and none has that "
         "name"},
    };

    char got[500];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        take(rows[i].text, rows[i].body, NULL, got);
        assert_memory_equal(got, rows[i].want, strlen(rows[i].want));
    }
}

static void
limits_hold(void **state)
{
    char *body = str_xcalloc(1, 100000);
    char got[500];

    (void)state;
    memset(body, 'x', VALUES_BYTES_MAX + 1);
    take("body ~ 'x+'", body, NULL, got);
    assert_string_equal(got, "invalid v = body ~ 'x+': the value has 8193 "
                             "bytes; at most 8192 are kept");
    body[0] = '"';
    body[VALUES_BYTES_MAX] = '"';
    take("json $", body, NULL, got);
    assert_memory_equal(got, "8191 xxx", 8);
    body[VALUES_BYTES_MAX] = 'x';
    body[VALUES_BYTES_MAX + 1] = 'x';
    body[VALUES_BYTES_MAX + 2] = '"';
    take("json $", body, NULL, got);
    assert_string_equal(got,
                        "invalid v = json $: the value is over 8192 bytes, "
                        "or the path visits too many nodes");
    /* A pattern may take a part of more. */
    take("json $ ~ 'x{5}'", body, NULL, got);
    assert_string_equal(got, "5 xxxxx");
    free(body);
}

static void
too_many_values(void **state)
{
    struct save_seen seen = {.body = page, .body_len = sizeof(page) - 1};
    struct values *values = values_create();
    struct expr_error error;
    struct save *save = save_parse("more", "body ~ 'id'", &error);
    char name[16];
    char why[SAVE_WHY_MAX];

    (void)state;
    for (int i = 0; i < VALUES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "n%d", i);
        assert_int_equal(values_set(values, &(struct value){name, "x", 1, 0}),
                         0);
    }
    assert_int_equal(save_take(save, &seen, values, 0, why), SAVE_INVALID);
    assert_string_equal(why,
                        "more = body ~ 'id': a run keeps at most 50 values");
    save_free(save);
    values_free(values);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_ones_are_placed),
        cmocka_unit_test(values_are_taken),
        cmocka_unit_test(what_is_not_there_is_told),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(too_many_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
