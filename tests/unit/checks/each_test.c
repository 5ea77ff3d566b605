/* One check written once: names, values, what is inherited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/catalog.h"
#include "checks/each.c"
#include "checks/template.h"
#include "tests/lib/catalog_room.h"

static const char product[] =
    "picket = 1;\n"
    "defaults = { runbook = \"https://wiki.example/${market}\"; };\n"
    "templates = { base = { tags = [ \"pay\" ]; every = \"30s\"; };\n"
    "  pay = { like = \"base\"; tags = [ \"+${market}\" ];\n"
    "    headers = { X-Via = \"${via}, ${market}${via} ${order} $${\"; };\n"
    "    each = { market = [ \"de\", \"fr\" ];\n"
    "             via = [ \"visa.example\", \"p@y/l8r\" ]; }; }; };\n"
    "checks = {\n"
    "  pay = { like = \"pay\"; http = \"https://${market}.example/${via}\";\n"
    "    expect = [ \"body contains '${via}'\" ]; };\n"
    "};\n";

static void
lists_make_a_check_a_combination(void **state)
{
    static const char *const names[] = {"pay-de-visa-example", "pay-de-p-y-l8r",
                                        "pay-fr-visa-example",
                                        "pay-fr-p-y-l8r"};
    /* `${order}` is left alone here, and refused where it is compiled. */
    char *text = str_xdup(product);
    char *at = strstr(text, "${order} $${");
    struct catalog_room r;
    struct spec *s;

    (void)state;
    memset(at, 'x', strlen("${order} $${"));
    r = catalog_room_open(text);
    assert_int_equal(catalog_count(r.catalog), 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(catalog_get(r.catalog, i)->name, names[i]);
    s = catalog_room_find(&r, "pay-fr-p-y-l8r");
    assert_string_equal(s->target, "https://fr.example/p@y/l8r");
    assert_string_equal(template_text(s->of.http.request.headers.item[0].value),
                        "p@y/l8r, frp@y/l8r xxxxxxxxxxxx");
    assert_int_equal(s->tags.count, 2);
    assert_string_equal(s->tags.item[0], "pay");
    assert_string_equal(s->tags.item[1], "fr");
    assert_int_equal(s->every_ns, 30000000000);
    assert_null(strstr(s->text, "each"));
    assert_null(strstr(s->text, "${"));
    catalog_room_close(&r);
    free(text);
}

static void
what_is_shown_compiles_to_the_same_check(void **state)
{
    struct catalog_room r =
        catalog_room_open("checks = { a = { each = [ \"x.example\" ];\n"
                          "  http = \"https://${each}/\"; }; };");
    struct buf show;
    struct spec *again;
    char why[300] = "";

    (void)state;
    buf_init(&show, 100000);
    assert_int_equal(catalog_show(r.catalog, "a-x-example", &show), 0);
    assert_non_null(
        strstr(buf_text(&show), "# each = \"x.example\"  # f.conf:1"));
    assert_non_null(
        strstr(buf_text(&show), "http = \"https://x.example/\";  # f.conf:2"));
    again = catalog_compile(buf_text(&show), why, sizeof(why));
    assert_string_equal(why, "");
    assert_int_equal(again->version,
                     catalog_room_find(&r, "a-x-example")->version);
    spec_free(again);
    buf_free(&show);
    catalog_room_close(&r);
}

static void
other_references_stay(void **state)
{
    struct conf value = {.type = CONF_STRING, .name = "a", .text = "${b}"};
    struct conf values = {.type = CONF_GROUP, .first = &value};
    char *text = replace("${a}${b}$${a}${ab}${a", &values);

    (void)state;
    /* Once: what a value holds is not looked at again. */
    assert_string_equal(text, "${b}${b}$${b}${ab}${a");
    free(text);
}

static char *
text_of(size_t a, size_t b)
{
    struct buf out;

    buf_init(&out, 200000);
    buf_add_str(&out, "checks = { c = { each = { a = [ \"x\"");
    for (size_t i = 1; i < a; i++)
        buf_addf(&out, ", \"a%zu\"", i);
    buf_add_str(&out, " ]; b = [ \"y\"");
    for (size_t i = 1; i < b; i++)
        buf_addf(&out, ", \"b%zu\"", i);
    buf_add_str(&out, " ]; };\n  http = \"https://${a}.${b}.example/\"; }; };");
    return (char *)buf_take(&out, NULL);
}

static void
two_thousand_and_no_more(void **state)
{
    static const struct {
        size_t a, b, count;
    } rows[] = {{15, 40, 600}, {50, 40, 2000}, {3, 667, 0}, {2001, 1, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = text_of(rows[i].a, rows[i].b);
        struct catalog_room r = catalog_room_open(text);

        assert_int_equal(catalog_count(r.catalog), rows[i].count);
        assert_int_equal(diag_errors(r.diag), rows[i].count ? 0 : 1);
        assert_int_equal(strstr(buf_text(&r.out), "more than 2000") != NULL,
                         rows[i].count == 0);
        catalog_room_close(&r);
        free(text);
    }
}

static void
what_a_step_saves_keeps_its_name(void **state)
{
    struct catalog_room r =
        catalog_room_open("checks = { c = { each = { order = [ \"x\" ]; };\n"
                          "  http = \"https://${order}.example/\";\n"
                          "  journey = { a = { save = { order = \"x\"; }; }; "
                          "}; }; };");

    (void)state;
    assert_non_null(strstr(buf_text(&r.out), "has this name already"));
    catalog_room_close(&r);
}

static void
a_check_without_each_is_handed_on_as_it_is(void **state)
{
    struct catalog_room r =
        catalog_room_open("checks = { c = { tcp = \"a.example:25\"; }; };");

    (void)state;
    assert_int_equal(catalog_count(r.catalog), 1);
    assert_string_equal(catalog_room_find(&r, "c")->name, "c");
    catalog_room_close(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_make_a_check_a_combination),
        cmocka_unit_test(what_is_shown_compiles_to_the_same_check),
        cmocka_unit_test(other_references_stay),
        cmocka_unit_test(two_thousand_and_no_more),
        cmocka_unit_test(what_a_step_saves_keeps_its_name),
        cmocka_unit_test(a_check_without_each_is_handed_on_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
