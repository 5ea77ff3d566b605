#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/status_page.c"

#include <string.h>

#include "tests/lib/fake_decider.h"

struct world {
    struct decider *decider;
    struct made_config made;
    struct view view;
    struct buf out;
};

static void
begin(struct world *w)
{
    w->decider = made_decider();
    made_config(&w->made);
    w->view = (struct view){.config = &w->made.config,
                            .decider = w->decider,
                            .now = {MADE_NOW_MS},
                            .started = {MADE_NOW_MS - 90000}};
    buf_init(&w->out, VIEW_PAGE_MAX);
}

static void
end(struct world *w)
{
    buf_free(&w->out);
    made_free(w->decider);
}

static size_t
count_of(const struct world *w, const char *needle)
{
    size_t n = 0;

    for (const char *at = buf_text(&w->out); (at = strstr(at, needle)) != NULL;
         at += strlen(needle))
        n++;
    return n;
}

/* What every page must be: whole, one h1, a language, no script, no text of a
 * check that became markup. */
static void
assert_is_page(const struct world *w)
{
    assert_false(w->out.failed);
    assert_int_equal(count_of(w, "<h1"), 1);
    assert_int_equal(count_of(w, "<main"), 1);
    assert_int_equal(count_of(w, "</html>"), 1);
    assert_int_equal(count_of(w, "<html lang=en>"), 1);
    assert_int_equal(count_of(w, "<script"), 0);
    assert_int_equal(count_of(w, " style="), 0);
    assert_int_equal(count_of(w, "Checkout <b>"), 0);
}

static void
says_what_is_and_hides_what_is_ours(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    status_page(&w.out, &w.view, 0);
    assert_is_page(&w);
    assert_int_equal(count_of(&w, "<svg class=bars"), 3);
    assert_int_equal(count_of(&w, "<title>20"), 3 * 90);
    assert_int_equal(count_of(&w, ": no data</title>"), 3 * 29);
    assert_int_equal(count_of(&w, "Checkout &lt;b&gt; fails in part"), 2);
    assert_true(count_of(&w, "still open") == 1);
    assert_int_equal(count_of(&w, "http-equiv=refresh content=30"), 1);
    /* targets, addresses and messages are for operators */
    assert_int_equal(count_of(&w, "shop.example"), 0);
    assert_int_equal(count_of(&w, "503"), 0);
    assert_int_equal(count_of(&w, "192.0.2.7"), 0);
    end(&w);
}

static void
without_data_there_is_no_percentage(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    w.decider->days = 0;
    w.decider->incident_count = 0;
    status_page(&w.out, &w.view, 0);
    assert_is_page(&w);
    assert_int_equal(count_of(&w, "no data yet"), 3);
    assert_int_equal(count_of(&w, "100.00"), 0);
    assert_int_equal(count_of(&w, ": no data</title>"), 3 * 90);
    end(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_and_hides_what_is_ours),
        cmocka_unit_test(without_data_there_is_no_percentage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
