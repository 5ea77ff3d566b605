/* run_links_test.c - links of a run, escaped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/run_links.c"

#include "base/id.h"
#include "checks/spec_http.h"
#include "checks/template.h"

static void
each_is_an_anchor(void **state)
{
    static char name[] = "trace <b>";
    struct template_error error;
    struct id id = {{1}};
    struct spec_field link = {
        .name = name,
        .value = template_parse("https://a.example/?t=${run.id}&x=\"", &error)};
    struct spec spec = {.name = name, .links = {&link, 1}};
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    run_links_add(&out, &spec, "fra", &id);
    assert_string_equal(buf_text(&out),
                        " <a rel=noreferrer href=\"https://a.example/?t="
                        "01000000000000000000000000000000&amp;x=&quot;\">"
                        "trace &lt;b&gt;</a>");
    buf_free(&out);
    template_free(link.value);
}

static void
a_check_without_links_has_none(void **state)
{
    struct spec spec = {0};
    struct id id = {{1}};
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    run_links_add(&out, &spec, "fra", &id);
    assert_int_equal(out.len, 0);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_an_anchor),
        cmocka_unit_test(a_check_without_links_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
