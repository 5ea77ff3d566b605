#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/incident_steps.c"

#include <string.h>

/* The page's part for the first exhibit of `json`; the caller frees. */
static char *
shown(const char *json)
{
    char why[128];
    struct jsonpath_doc *doc =
        jsonpath_doc(json, strlen(json), why, sizeof(why));
    struct buf out;

    assert_non_null(doc);
    buf_init(&out, 100000);
    incident_steps_add(&out, doc, 0);
    jsonpath_doc_free(doc);
    return (char *)buf_take(&out, &(size_t){0});
}

static size_t
count_of(const char *text, const char *needle)
{
    size_t n = 0;

    for (; (text = strstr(text, needle)) != NULL; text += strlen(needle))
        n++;
    return n;
}

static const char JOURNEY[] =
    "{\"evidence\":[{\"kind\":\"journey\",\"steps\":["
    "{\"name\":\"login\",\"status\":\"up\",\"reason\":null,\"message\":null,"
    "\"ms\":{\"connect\":1.5,\"wait\":20,\"total\":21.5}},"
    "{\"name\":\"<pay>\",\"status\":\"down\",\"reason\":\"expect.status\","
    "\"message\":\"status == 202: got 500\",\"ms\":{\"total\":3}},"
    "{\"name\":\"cleanup: cancel\",\"status\":\"up\",\"reason\":null,"
    "\"ms\":{}}],\"facts\":{\"cleanup\":\"cancel: <b>\"}}]}";

static void
every_step_has_a_row(void **state)
{
    char *page = shown(JOURNEY);

    (void)state;
    assert_int_equal(count_of(page, "<th scope=row>"), 3);
    assert_non_null(strstr(page, "&lt;pay&gt;"));
    assert_non_null(strstr(page, "expect.status"));
    assert_non_null(strstr(page, "status == 202: got 500"));
    assert_int_equal(count_of(page, "1.5 ms"), 1); /* connect */
    assert_non_null(strstr(page, "Cleanup failed: cancel: &lt;b&gt;"));
    assert_null(strstr(page, "null"));
    free(page);
}

static void
what_is_no_step_is_no_row(void **state)
{
    static const char *const rows[] = {
        "{}",
        "{\"evidence\":[]}",
        "{\"evidence\":[{\"kind\":\"http\"}]}",
        "{\"evidence\":[{\"steps\":7}]}",
        "{\"evidence\":[{\"steps\":[{\"status\":\"odd\"}]}]}",
        "{\"evidence\":[{\"steps\":[[],null]}]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *page = shown(rows[i]);

        assert_string_equal(page != NULL ? page : "", "");
        free(page);
    }
}

/* More than a run can have is not read, whatever stands there. */
static void
they_are_bounded(void **state)
{
    struct buf json;
    char *page;

    (void)state;
    buf_init(&json, 100000);
    buf_add_str(&json, "{\"evidence\":[{\"steps\":[");
    for (int i = 0; i < RESULT_STEPS_MAX + 10; i++)
        buf_addf(&json, "%s{\"name\":\"s\",\"status\":\"up\"}",
                 i > 0 ? "," : "");
    buf_add_str(&json, "]}]}");
    page = shown(buf_text(&json));
    assert_int_equal(count_of(page, "<th scope=row>"), RESULT_STEPS_MAX);
    free(page);
    buf_free(&json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_has_a_row),
        cmocka_unit_test(what_is_no_step_is_no_row),
        cmocka_unit_test(they_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
