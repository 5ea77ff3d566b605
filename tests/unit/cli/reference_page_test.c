/* The pages: every reason, subject and setting has its row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "cli/reference_page.c"

static void
pages_name_everything_once(void **state)
{
    struct reference *r = reference_create();
    struct buf out;
    char *row;

    (void)state;
    buf_init(&out, 1000000);
    assert_int_equal(reference_page_format(r, "reasons", &out), 0);
    for (size_t i = 0; reason_row(i) != REASON_NONE; i++) {
        row = str_xprintf("\n| `%s` | %d | ", reason_name(reason_row(i)),
                          (int)reason_row(i));
        assert_non_null(strstr(buf_text(&out), row));
        free(row);
    }
    buf_reset(&out);
    assert_int_equal(reference_page_format(r, "subjects", &out), 0);
    assert_non_null(
        strstr(buf_text(&out), "\n| `header NAME` | http, grpc | text |"));
    assert_non_null(strstr(buf_text(&out), "\n| `time` | all | duration |"));
    buf_reset(&out);
    assert_int_equal(reference_page_format(r, "configuration", &out), 0);
    for (size_t i = 0; i < r->setting_count; i++) {
        row = str_xprintf("`%s`", r->settings[i].row->name);
        assert_non_null(strstr(buf_text(&out), row));
        free(row);
    }
    buf_reset(&out);
    assert_int_equal(reference_page_format(r, "log", &out), 0);
    for (int i = 0; i < EV_COUNT; i++) {
        row = str_xprintf("\n| `%s` | ",
                          log_event_row((enum log_event_id)i).name);
        assert_non_null(strstr(buf_text(&out), row));
        free(row);
    }
    assert_int_equal(reference_page_format(r, "recipes", &out), -1);
    buf_free(&out);
    reference_free(r);
}

static void
the_targets_are_all_kinds(void **state)
{
    struct reference *r = reference_create();
    struct buf out;
    char *text;

    (void)state;
    buf_init(&out, 1000000);
    assert_int_equal(reference_page_format(r, "configuration", &out), 0);
    text =
        (char *)(uintptr_t)strstr(buf_text(&out), "A check has one target: ");
    assert_non_null(text);
    *strstr(text, " It starts") = '\0';
    for (int kind = 0; kind < SPEC_KIND_COUNT; kind++) {
        char *name = str_xprintf("`%s`", spec_kind_name((enum spec_kind)kind));

        if (!strstr(text, name))
            fail_msg("no %s", name);
        free(name);
    }
    buf_free(&out);
    reference_free(r);
}

/* A `|` in a text must not end its cell. */
static void
cells_stay_cells(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    add_cell(&out, "a | b");
    assert_string_equal(buf_text(&out), "a \\| b");
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_name_everything_once),
        cmocka_unit_test(the_targets_are_all_kinds),
        cmocka_unit_test(cells_stay_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
