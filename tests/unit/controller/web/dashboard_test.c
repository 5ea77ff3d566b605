#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/dashboard.c"
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
worst_stands_first(void **state)
{
    struct world w;
    const char *page;

    (void)state;
    begin(&w);
    dashboard(&w.out, &w.view);
    assert_is_page(&w);
    page = buf_text(&w.out);
    assert_int_equal(count_of(&w, "<h1>pay is down</h1>"), 1);
    assert_true(strstr(page, "\"/checks/pay\"") <
                strstr(page, "\"/checks/cert\""));
    assert_true(strstr(page, "\"/checks/cert\"") <
                strstr(page, "\"/checks/login\""));
    assert_true(strstr(page, "\"/checks/mail\"") <
                strstr(page, "\"/checks/home\""));
    assert_int_equal(count_of(&w, "not counted: stale"), 1);
    assert_int_equal(count_of(&w, "not counted: lost"), 1);
    assert_int_equal(count_of(&w, "no result"), 1);
    assert_true(count_of(&w, "&lt;script&gt;") > 0);
    end(&w);
}

static void
nothing_configured_is_a_page_too(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    w.decider->check_count = 0;
    w.decider->incident_count = 0;
    dashboard(&w.out, &w.view);
    assert_is_page(&w);
    assert_int_equal(count_of(&w, "Nothing is watched yet"), 1);
    end(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worst_stands_first),
        cmocka_unit_test(nothing_configured_is_a_page_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
