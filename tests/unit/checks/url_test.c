/* Origins and where a redirect points (the examples of RFC 3986, 5.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "checks/url.c"

static void
parts(void **state)
{
    struct url url;

    (void)state;
    assert_int_equal(url_parse(&url, "https://shop.example"), 0);
    assert_true(url.is_https);
    assert_string_equal(url.host, "shop.example");
    assert_int_equal(url.port, 443);
    assert_int_equal(url_parse(&url, "HTTP://u:p@[::1]:8080/a?b@c"), 0);
    assert_false(url.is_https);
    assert_string_equal(url.host, "::1");
    assert_int_equal(url.port, 8080);
    assert_int_equal(url_parse(&url, "http://a?x"), 0);
    assert_int_equal(url.port, 80);
    assert_string_equal(url.host, "a");
}

static void
what_is_no_url(void **state)
{
    static const char *const texts[] = {
        "",          "shop.example", "ftp://a/",     "http:/a",
        "http://",   "http:///x",    "http://a:b/",  "http://a:70000/",
        "https//a/", "http://[::1/", "javascript:x", "httpx://a"};
    struct url url;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(url_parse(&url, texts[i]), -1);
}

static void
origins(void **state)
{
    struct url a;
    struct url b;

    (void)state;
    assert_int_equal(url_parse(&a, "https://a.example/x"), 0);
    assert_int_equal(url_parse(&b, "https://A.Example:443/y"), 0);
    assert_true(url_eq_origin(&a, &b));
    assert_int_equal(url_parse(&b, "http://a.example:443/"), 0);
    assert_false(url_eq_origin(&a, &b));
    assert_int_equal(url_parse(&b, "https://a.example:444/"), 0);
    assert_false(url_eq_origin(&a, &b));
    assert_int_equal(url_parse(&b, "https://b.a.example/"), 0);
    assert_false(url_eq_origin(&a, &b));
}

static void
locations(void **state)
{
    static const struct {
        const char *base, *location, *result;
    } rows[] = {
        {"http://a/b/c/d;p?q", "g", "http://a/b/c/g"},
        {"http://a/b/c/d;p?q", "/g", "http://a/g"},
        {"http://a/b/c/d;p?q", "//g", "http://g"},
        {"http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y"},
        {"http://a/b/c/d;p?q", "g?y#s", "http://a/b/c/g?y"},
        {"http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q"},
        {"http://a/b/c/d;p?q", "#s", "http://a/b/c/d;p?q"},
        {"http://a/b/c/d;p?q", "ftp://h/x", "ftp://h/x"},
        {"http://a/b?x=/y/z", "g", "http://a/g"},
        {"http://a", "g", "http://a/g"},
        {"http://a?x", "g", "http://a/g"},
        {"https://a:8/b", "  //c/d  ", "https://c/d"},
        {"https://a/b", "http://u:p@c/d@e", "http://c/d@e"},
        {"https://a/b", "//u:p@c/d", "https://c/d"},
        {"https://a/b", "c d\"\xc3\xa4", "https://a/c%20d%22%C3%A4"},
        {"https://a/b", "c%20d", "https://a/c%20d"},
        {"https://a/b", "mailto:x", "mailto:x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *made = url_resolve(rows[i].base, rows[i].location,
                                 strlen(rows[i].location));

        assert_non_null(made);
        assert_string_equal(made, rows[i].result);
        free(made);
    }
}

static void
over_the_limit(void **state)
{
    static char text[URL_MAX + 100];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    assert_null(url_resolve("http://a/", text, sizeof(text) - 1));
    /* Three bytes each once encoded. */
    memset(text, ' ', URL_MAX / 2);
    text[0] = 'a';
    text[URL_MAX / 2 - 1] = 'a';
    assert_null(url_resolve("http://a/", text, URL_MAX / 2));
}

static void
test_origin(void **state)
{
    static const char *const rows[][2] = {
        {"https://Shop.Example.COM/a?b#c", "https://shop.example.com"},
        {"https://shop.example.com:443/", "https://shop.example.com"},
        {"http://shop.example.com:443/", "http://shop.example.com:443"},
        {"HTTP://u:p@shop.example.com:80", "http://shop.example.com"},
        {"https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443"},
        {"https://a.example:8443\\@b.example/", "https://a.example:8443"},
    };
    char to[URL_ORIGIN_MAX];
    struct url url;
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(url_parse(&url, rows[i][0]), 0);
        assert_string_equal(url_format_origin(to, &url), rows[i][1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origin),    cmocka_unit_test(parts),
        cmocka_unit_test(what_is_no_url), cmocka_unit_test(origins),
        cmocka_unit_test(locations),      cmocka_unit_test(over_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
