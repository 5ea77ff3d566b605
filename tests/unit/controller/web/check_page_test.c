#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/check_page.c"

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
shows_regions_runs_and_incidents(void **state)
{
    struct world w;
    struct scan_run runs[2];

    (void)state;
    begin(&w);
    for (size_t i = 0; i < 2; i++)
        runs[i] = (struct scan_run){.result = &w.decider->result[2][i],
                                    .probe = "fra-1",
                                    .region = "fra",
                                    .received = {MADE_NOW_MS}};
    runs[1].received.ms += 60000; /* its slot had closed: 10 s, 5 s, 10 s */
    check_page(&w.out, &w.view, 2, runs, 2);
    assert_is_page(&w);
    assert_int_equal(count_of(&w, "pay is down"), 1);
    assert_int_equal(count_of(&w, "<svg class=fall"), 3);
    assert_int_equal(count_of(&w, "fra-1, late"), 1);
    assert_int_equal(count_of(&w, "\"/incidents/"), 1);
    assert_int_equal(count_of(&w, "http-equiv=refresh"), 0);
    buf_reset(&w.out);
    check_page(&w.out, &w.view, 4, NULL, 0);
    assert_is_page(&w);
    assert_int_equal(count_of(&w, "None is stored yet"), 1);
    end(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_regions_runs_and_incidents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
