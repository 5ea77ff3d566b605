#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/expr.h"
#include "checks/catalog.c"
#include "checks/template.h"
#include "tests/lib/catalog_room.h"

static const char full[] =
    "picket = 1;\n"
    "regions = { fra = { }; iad = { }; sin = { }; };\n"
    "policies = { web = { }; };\n"
    "defaults = { every = \"30s\"; timeout = \"20s\"; quorum = 3;\n"
    "  tags = [ \"prod\", \"old\" ]; policy = \"web\"; };\n"
    "templates = { api = { headers = { Accept = \"a/b\"; };\n"
    "  expect = [ \"status == 200\" ]; tags = [ \"+api\" ]; }; };\n"
    "checks = {\n"
    "  one = { like = \"api\"; http = \"https://a.example/x?y=1\";\n"
    "    every = \"5s\"; expect = [ \"json $.qty >= 0\" ];\n"
    "    tags = [ \"-old\", \"+new\" ]; regions = [ \"fra\", \"sin\" ];\n"
    "    body = \"{ \\\"a\\\": 1 }\"; redirects = 0; body_max = \"2KiB\"; };\n"
    "  two = { dns = \"a.example\"; record = \"mx\"; ask = \"192.0.2.1\"; };\n"
    "  three = { tls = \"[2001:db8::1]:8443\"; sni = \"\"; tags = [ \"x\" ]; "
    "};\n"
    "  four = { tcp = \"a.example:25\"; degraded_when = \"time > 1s\"; };\n"
    "};\n";

static void
layers_come_together(void **state)
{
    struct catalog_room r = catalog_room_open(full);
    const struct spec *s = catalog_room_find(&r, "one");

    (void)state;
    assert_int_equal(catalog_count(r.catalog), 4);
    assert_int_equal(diag_errors(r.diag) + diag_warnings(r.diag), 0);
    assert_int_equal(s->every_ns, 5000000000);
    assert_int_equal(s->timeout_ns, 5000000000); /* inherited 20s, cut */
    assert_int_equal(s->quorum, 2);              /* inherited 3, two regions */
    assert_int_equal(s->recover, 2);
    assert_int_equal(s->regions.count, 2);
    assert_string_equal(s->policy, "web");
    assert_int_equal(s->expect.count, 2);
    assert_string_equal(expr_text(s->expect.item[0]), "status == 200");
    assert_int_equal(s->tags.count, 3);
    assert_string_equal(s->tags.item[0], "prod");
    assert_string_equal(s->tags.item[1], "api");
    assert_string_equal(s->tags.item[2], "new");
    assert_string_equal(s->of.http.request.method, "POST");
    assert_string_equal(template_text(s->of.http.request.headers.item[0].value),
                        "a/b");
    assert_int_equal(s->of.http.request.redirects_max, 0);
    assert_int_equal(s->of.http.request.body_max, 2048);
    assert_int_equal(s->of.http.request.header_max, 262144);
    s = catalog_room_find(&r, "two");
    assert_int_equal(s->timeout_ns, 20000000000);
    assert_int_equal(s->quorum, 3);
    assert_string_equal(s->of.dns.record, "MX");
    assert_string_equal(s->of.dns.ask.item[0], "192.0.2.1");
    s = catalog_room_find(&r, "three");
    assert_string_equal(s->of.endpoint.host, "2001:db8::1");
    assert_int_equal(s->of.endpoint.port, 8443);
    assert_string_equal(s->of.endpoint.sni, "");
    assert_int_equal(s->tags.count, 1);
    s = catalog_room_find(&r, "four");
    assert_int_equal(s->degraded_when.count, 1);
    assert_null(s->of.endpoint.sni);
    assert_ptr_equal(catalog_get(r.catalog, 3), s);
    assert_null(catalog_find(r.catalog, "five"));
    catalog_room_close(&r);
}

/* Text -> spec -> the same text, and `show` is text too. */
static void
a_text_compiles_to_itself(void **state)
{
    struct catalog_room r = catalog_room_open(full);

    (void)state;
    for (size_t i = 0; i < catalog_count(r.catalog); i++) {
        const struct spec *spec = catalog_get(r.catalog, i);
        char why[200] = "";
        struct spec *again = catalog_compile(spec->text, why, sizeof(why));
        struct spec *shown;

        if (!again)
            fail_msg("%s", why);
        assert_string_equal(again->text, spec->text);
        assert_int_equal(again->version, spec->version);
        assert_int_equal(again->quorum, spec->quorum);
        buf_reset(&r.out);
        assert_int_equal(catalog_show(r.catalog, spec->name, &r.out), 0);
        assert_non_null(strstr(buf_text(&r.out), "# f.conf:"));
        shown = catalog_compile(buf_text(&r.out), why, sizeof(why));
        assert_non_null(shown);
        assert_string_equal(shown ? shown->text : "", spec->text);
        spec_free(again);
        spec_free(shown);
    }
    assert_int_equal(catalog_show(r.catalog, "five", &r.out), -1);
    catalog_room_close(&r);
}

static void
one_character_more_is_another_version(void **state)
{
    struct catalog_room a =
        catalog_room_open("checks = { a = { tcp = \"h.example:25\"; }; };");
    struct catalog_room b =
        catalog_room_open("checks = { a = { tcp = \"h.example:26\"; }; };");

    (void)state;
    assert_int_not_equal(catalog_room_find(&a, "a")->version,
                         catalog_room_find(&b, "a")->version);
    catalog_room_close(&a);
    catalog_room_close(&b);
}

static void
a_wrong_check_is_left_out_and_the_rest_stays(void **state)
{
    struct catalog_room r = catalog_room_open(
        "checks = { a = { tcp = \"h:1\"; evry = \"1s\"; };\n"
        "b = { tcp = \"h:2\"; };\n"
        "c = { tcp = \"h:3\"; expect = [ \"status == 1\" ]; }; "
        "};");

    (void)state;
    assert_int_equal(catalog_count(r.catalog), 1);
    assert_non_null(catalog_room_find(&r, "b"));
    assert_int_equal(diag_errors(r.diag), 2);
    catalog_room_close(&r);
}

static void
an_assignment_reads_no_files(void **state)
{
    static const char *const texts[] = {
        "picket = 1; checks = { a = { http = \"http://h/\"; body_file = "
        "\"/etc/hostname\"; }; };",
        "picket = 1; checks = { a = { http = \"https://h/\"; ca = "
        "\"/etc/hostname\"; }; };",
        "include = [ \"/etc/hostname\" ]; checks = { a = { tcp = \"h:1\"; }; "
        "};",
        "",
        "checks = { };",
        "checks = 5;",
        "checks = { a = 5; };",
        "{{{",
        "checks = { a = { tcp = \"h:1\"; }; b = { tcp = \"h:1\"; }; };"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char why[200] = "";

        assert_null(catalog_compile(texts[i], why, sizeof(why)));
        assert_string_not_equal(why, "");
    }
}

static void
says_once_who_pages_nobody(void **state)
{
    struct catalog_room r =
        catalog_room_open("checks = { a = { tcp = \"h:1\"; };\n"
                          "b = { tcp = \"h:2\"; }; };");

    (void)state;
    assert_int_equal(diag_warnings(r.diag), 1);
    assert_non_null(strstr(buf_text(&r.out), "`a`, `b` page nobody"));
    catalog_room_close(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_come_together),
        cmocka_unit_test(a_text_compiles_to_itself),
        cmocka_unit_test(one_character_more_is_another_version),
        cmocka_unit_test(a_wrong_check_is_left_out_and_the_rest_stays),
        cmocka_unit_test(an_assignment_reads_no_files),
        cmocka_unit_test(says_once_who_pages_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
