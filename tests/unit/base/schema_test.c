#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/schema.c"

struct target {
    char *text;
    int number;
    bool flag;
    int64_t wait_ns;
    int64_t size_bytes;
    char **list;
    size_t list_count;
    char *inner;
};

static const struct schema_row inner_rows[] = {
    {"name", SCHEMA_TEXT, .max = 5, .at = SCHEMA_AT(struct target, inner)},
};
static const struct schema inner = {
    .what = "the inner group", .rows = inner_rows, .count = 1};

static const struct schema_row rows[] = {
    {"text", SCHEMA_TEXT, .fallback = "none", .example = "\"x\"",
     .at = SCHEMA_AT(struct target, text)},
    {"number", SCHEMA_INT, .min = 1, .max = 9, .fallback = "3", .example = "2",
     .at = SCHEMA_AT(struct target, number)},
    {"flag", SCHEMA_BOOL, .example = "true", .fallback = "true",
     .at = SCHEMA_AT(struct target, flag)},
    {"wait", SCHEMA_DURATION, .min = 1000000, .max = 60000000000,
     .fallback = "10s", .example = "\"5s\"",
     .at = SCHEMA_AT(struct target, wait_ns)},
    {"size", SCHEMA_SIZE, .example = "\"1KiB\"",
     .at = SCHEMA_AT(struct target, size_bytes)},
    {"list", SCHEMA_TEXTS, .max = 2, .example = "[ \"a\" ]",
     .at = SCHEMA_AT(struct target, list),
     .count_at = SCHEMA_AT(struct target, list_count)},
    {"inner", SCHEMA_GROUP, .sub = &inner, .example = "{ }"},
    {"words", SCHEMA_MAP, .example = "{ a = \"b\"; }"},
    {"groups", SCHEMA_MAP, .sub = &inner},
    {"future", .type = SCHEMA_LATER},
    {"other", SCHEMA_TEXT, .mask = 2},
};
static const struct schema schema = {.what = "a test",
                                     .rows = rows,
                                     .count = sizeof(rows) / sizeof(rows[0]),
                                     .mask = 1};

static void
clear(struct target *t)
{
    for (size_t i = 0; i < t->list_count; i++)
        free(t->list[i]);
    free(t->list);
    free(t->text);
    free(t->inner);
    *t = (struct target){0};
}

static int
read_text(const char *text, struct target *to, struct buf *out)
{
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    int rc;

    assert_int_equal(conf_load_text(set, "f", text, strlen(text), diag), 0);
    assert_int_equal(diag_errors(diag), 0);
    rc = schema_read(&schema, conf_root(set, 0), to, diag);
    assert_int_equal(rc == 0, diag_errors(diag) == 0);
    diag_print(diag, out, false);
    conf_set_free(set);
    diag_free(diag);
    return rc;
}

static void
stores_values_and_defaults(void **state)
{
    struct target t = {0};
    struct buf out;

    (void)state;
    buf_init(&out, 10000);
    assert_int_equal(read_text("number = 7; flag = false; wait = \"250ms\"; "
                               "size = \"2KiB\"; list = [ \"a\", \"b\" ]; "
                               "inner = { name = \"n\"; };",
                               &t, &out),
                     0);
    assert_string_equal(t.text, "none");
    assert_int_equal(t.number, 7);
    assert_false(t.flag);
    assert_int_equal(t.wait_ns, 250000000);
    assert_int_equal(t.size_bytes, 2048);
    assert_int_equal(t.list_count, 2);
    assert_string_equal(t.list[1], "b");
    assert_string_equal(t.inner, "n");
    clear(&t);
    assert_int_equal(read_text("list = \"alone\";", &t, &out), 0);
    assert_int_equal(t.number, 3);
    assert_true(t.flag);
    assert_int_equal(t.wait_ns, 10000000000);
    assert_string_equal(t.list[0], "alone");
    clear(&t);
    assert_int_equal(schema_read(&schema, NULL, &t, NULL), 0);
    assert_string_equal(t.text, "none");
    clear(&t);
    assert_int_equal(out.len, 0);
    buf_free(&out);
}

static void
says_what_is_wrong_and_what_is_right(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"txet = \"x\";", "1:1: error: unknown setting `txet` in a test"},
        {"txet = \"x\";", "did you mean `text`?"},
        {"zzzzzz = 1;", "known here: text, number, flag, wait, size, list, "
                        "inner, words, groups\n"},
        {"other = \"x\";", "a test has no setting `other`"},
        {"future = 1;", "`future` is not in this version"},
        {"text = 1;", "`text` takes a text, and this is a number"},
        {"text = 1;", "write text = \"x\";"},
        {"number = \"1\";",
         "`number` takes a whole number, and this is a text"},
        {"number = 10;", "`number` is a number from 1 to 9"},
        {"flag = 1;", "`flag` takes true or false"},
        {"wait = 5;", "`wait` takes a duration, and this is a number"},
        {"wait = \"5\";", "`5` is no duration"},
        {"wait = \"2m\";", "`wait` goes from 1ms to 1m"},
        {"size = \"5s\";", "`5s` is no size"},
        {"list = [ 1 ];", "`list` takes a list of texts"},
        {"list = [ \"a\", \"b\", \"c\" ];", "at most 2 texts"},
        {"inner = 1;", "`inner` takes a group { }"},
        {"inner = { nmae = \"x\"; };", "unknown setting `nmae` in the inner"},
        {"inner = { name = \"123456\"; };", "longer than 5 bytes"},
        {"words = { a = 1; };", "`a` takes a text"},
        {"groups = { a = \"x\"; };", "`a` takes a group { }"},
        {"groups = { a = { name = 5; }; };", "`name` takes a text"},
        {"text = ( \"x\" );", "this is a list ( )"},
        {"groups = { "
         "a234567890123456789012345678901234567890123456789012345678901234 = "
         "{ }; };",
         "a name has at most 63 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct target t = {0};
        struct buf out;

        buf_init(&out, 10000);
        assert_int_equal(read_text(cases[i].text, &t, &out), -1);
        if (!strstr(buf_text(&out), cases[i].says))
            fail_msg("no `%s` in:\n%s", cases[i].says, buf_text(&out));
        buf_free(&out);
        clear(&t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stores_values_and_defaults),
        cmocka_unit_test(says_what_is_wrong_and_what_is_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
