#include "tests/lib/page_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void
page_bed_open(struct page_bed *w)
{
    w->decider = made_decider();
    made_config(&w->made);
    w->view = (struct view){.config = &w->made.config,
                            .decider = w->decider,
                            .now = {MADE_NOW_MS},
                            .started = {MADE_NOW_MS - 90000}};
    buf_init(&w->out, VIEW_PAGE_MAX);
}

void
page_bed_close(struct page_bed *w)
{
    buf_free(&w->out);
    made_free(w->decider);
}

size_t
page_bed_count(const struct page_bed *w, const char *needle)
{
    size_t n = 0;

    for (const char *at = buf_text(&w->out); (at = strstr(at, needle)) != NULL;
         at += strlen(needle))
        n++;
    return n;
}

void
page_bed_check(const struct page_bed *w)
{
    assert_false(w->out.failed);
    assert_int_equal(page_bed_count(w, "<h1"), 1);
    assert_int_equal(page_bed_count(w, "<main"), 1);
    assert_int_equal(page_bed_count(w, "</html>"), 1);
    assert_int_equal(page_bed_count(w, "<html lang=en>"), 1);
    assert_int_equal(page_bed_count(w, "<script"), 0);
    assert_int_equal(page_bed_count(w, " style="), 0);
    assert_int_equal(page_bed_count(w, "Checkout <b>"), 0);
}
