/* jar_test.c - who may set a cookie, who gets it, in which order, how many. */
#include "checks/jar.c"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const wall_t now = {1000000000000};

static enum cookie_fate
set(struct jar *jar, const char *url, const char *line)
{
    return jar_set(jar, url, line, strlen(line), now);
}

static void
assert_sent_at(struct jar *jar, const char *url, const char *want, wall_t at)
{
    struct buf out;

    buf_init(&out, 100000);
    assert_int_equal(jar_format(jar, url, at, &out), 0);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
}

static void
assert_sent(struct jar *jar, const char *url, const char *want)
{
    assert_sent_at(jar, url, want, now);
}

static void
test_a_host_gets_its_own_back(void **state)
{
    struct jar *jar = jar_create();

    (void)state;
    assert_int_equal(set(jar, "https://Shop.Example/login", "s=1"), COOKIE_SET);
    assert_sent(jar, "https://shop.example/", "s=1");
    assert_sent(jar, "https://shop.EXAMPLE:8443/x?y", "s=1");
    assert_sent(jar, "http://shop.example", "s=1");
    assert_sent(jar, "https://www.shop.example/", "");
    assert_sent(jar, "https://example/", "");
    assert_sent(jar, "https://xshop.example/", "");
    assert_sent(jar, "ftp://shop.example/", "");
    assert_string_equal(jar_get(jar, "s", now), "1");
    assert_null(jar_get(jar, "S", now));
    jar_free(jar);
    jar_free(NULL);
}

static void
test_domains(void **state)
{
    static const struct {
        const char *url;
        const char *line;
        enum cookie_fate fate;
    } rows[] = {
        {"http://a.shop.example/", "x=1; Domain=shop.example", COOKIE_SET},
        {"http://a.shop.example/", "x=1; Domain=.SHOP.example", COOKIE_SET},
        {"http://shop.example/", "x=1; Domain=a.shop.example", COOKIE_FOREIGN},
        {"http://a.shop.example/", "x=1; Domain=b.shop.example",
         COOKIE_FOREIGN},
        {"http://ashop.example/", "x=1; Domain=shop.example", COOKIE_FOREIGN},
        {"http://a.shop.example/", "x=1; Domain=op.example", COOKIE_FOREIGN},
        {"http://a.example/", "x=1; Domain=example", COOKIE_PUBLIC},
        {"http://shop.co.uk/", "x=1; Domain=co.uk", COOKIE_PUBLIC},
        {"http://shop.co.uk/", "x=1; Domain=.uk", COOKIE_PUBLIC},
        {"http://shop.co.uk/", "x=1; Domain=shop.co.uk", COOKIE_SET},
        {"http://me.github.io/", "x=1; Domain=github.io", COOKIE_PUBLIC},
        {"http://www.ck/", "x=1; Domain=www.ck", COOKIE_SET},
        {"http://a.b.ck/", "x=1; Domain=b.ck", COOKIE_PUBLIC},
        {"http://xn--85x722f.xn--55qx5d.cn/", "x=1; Domain=xn--55qx5d.cn",
         COOKIE_PUBLIC},
        /* A host that is a suffix may have cookies, for itself alone. */
        {"http://github.io/", "x=1; Domain=github.io", COOKIE_SET},
        {"http://localhost/", "x=1; Domain=localhost", COOKIE_SET},
        {"http://shop.example./", "x=1; Domain=example.", COOKIE_PUBLIC},
        {"http://192.0.2.1/", "x=1; Domain=192.0.2.1", COOKIE_SET},
        {"http://192.0.2.1/", "x=1; Domain=2.1", COOKIE_FOREIGN},
        {"http://192.0.2.1/", "x=1; Domain=0.2.1", COOKIE_FOREIGN},
        {"http://[2001:db8::1]/", "x=1", COOKIE_SET},
        {"http://[2001:db8::1]/", "x=1; Domain=2001:db8::1", COOKIE_SET},
        {"http://shop.example/", "x=1; Domain=sh\xc3\xb6p.example",
         COOKIE_FOREIGN},
        {"not a url", "x=1", COOKIE_FOREIGN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jar *jar = jar_create();

        assert_int_equal(set(jar, rows[i].url, rows[i].line), rows[i].fate);
        assert_int_equal(jar_count(jar), rows[i].fate == COOKIE_SET ? 1 : 0);
        if (rows[i].fate == COOKIE_SET)
            assert_sent(jar, rows[i].url, "x=1");
        jar_free(jar);
    }
}

static void
test_a_domain_reaches_below_it(void **state)
{
    struct jar *jar = jar_create();

    (void)state;
    set(jar, "http://a.shop.example/", "x=1; Domain=shop.example");
    set(jar, "http://github.io/", "y=1; Domain=github.io");
    assert_sent(jar, "http://shop.example/", "x=1");
    assert_sent(jar, "http://b.shop.example/", "x=1");
    assert_sent(jar, "http://c.b.shop.example/", "x=1");
    assert_sent(jar, "http://bshop.example/", "");
    assert_sent(jar, "http://github.io/", "y=1");
    assert_sent(jar, "http://victim.github.io/", "");
    jar_free(jar);
}

static void
test_paths(void **state)
{
    static const struct {
        const char *set_at;
        const char *line;
        const char *sent_to;
        bool is_sent;
    } rows[] = {
        {"http://a.example/x/y", "c=1", "http://a.example/x/z", true},
        {"http://a.example/x/y", "c=1", "http://a.example/x", true},
        {"http://a.example/x/y", "c=1", "http://a.example/xx", false},
        {"http://a.example/x/y", "c=1", "http://a.example/", false},
        {"http://a.example/x/", "c=1", "http://a.example/x/q/r", true},
        {"http://a.example", "c=1", "http://a.example/any", true},
        {"http://a.example?q=/x/y", "c=1", "http://a.example/any", true},
        {"http://a.example/x/y", "c=1; Path=/", "http://a.example", true},
        {"http://a.example/", "c=1; Path=/foo", "http://a.example/foo", true},
        {"http://a.example/", "c=1; Path=/foo", "http://a.example/foo/", true},
        {"http://a.example/", "c=1; Path=/foo", "http://a.example/foo?x", true},
        {"http://a.example/", "c=1; Path=/foo", "http://a.example/food", false},
        {"http://a.example/", "c=1; Path=/foo", "http://a.example/Foo", false},
        {"http://a.example/", "c=1; Path=/foo/", "http://a.example/foo", false},
        {"http://a.example/", "c=1; Path=/foo/", "http://a.example/foo/b",
         true},
        {"http://a.example/b/c", "c=1; Path=foo", "http://a.example/b/", true},
        /* Where the request really goes. */
        {"http://a.example/", "c=1; Path=/foo", "http://a.example/foo/../bar",
         false},
        {"http://a.example/", "c=1; Path=/bar", "http://a.example/foo/.././bar",
         true},
        {"http://a.example/x/../../y/z", "c=1", "http://a.example/y/q", true},
        {"http://a.example/", "c=1; Path=/foo", "http://a.example/../../foo/..",
         false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jar *jar = jar_create();

        assert_int_equal(set(jar, rows[i].set_at, rows[i].line), COOKIE_SET);
        assert_sent(jar, rows[i].sent_to, rows[i].is_sent ? "c=1" : "");
        jar_free(jar);
    }
}

static void
test_dots(void **state)
{
    static const struct {
        const char *path;
        const char *want;
    } rows[] = {
        {"/", "/"},
        {"/.", "/"},
        {"/..", "/"},
        {"/a/b", "/a/b"},
        {"/a/./b", "/a/b"},
        {"/a/../b", "/b"},
        {"/a/..", "/"},
        {"/a/b/..", "/a/"},
        {"/a/b/.", "/a/b/"},
        {"/../../a", "/a"},
        {"/a//../b", "/a/b"},
        {"/...", "/..."},
        {"/a/b/c/./../../g", "/a/g"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *path = str_xdup(rows[i].path);

        remove_dots(path);
        assert_string_equal(path, rows[i].want);
        free(path);
    }
}

static void
test_secure(void **state)
{
    struct jar *jar = jar_create();

    (void)state;
    assert_int_equal(set(jar, "http://a.example/", "c=1; Secure"),
                     COOKIE_NOT_SECURE);
    assert_int_equal(set(jar, "https://a.example/", "c=1; Secure"), COOKIE_SET);
    assert_sent(jar, "http://a.example/", "");
    assert_sent(jar, "https://a.example/", "c=1");
    /* Over http nothing takes its place, whichever way it is dressed. */
    assert_int_equal(set(jar, "http://a.example/", "c=2"), COOKIE_OVER_SECURE);
    assert_int_equal(set(jar, "http://a.example/", "c=2; Path=/x"),
                     COOKIE_OVER_SECURE);
    assert_int_equal(set(jar, "http://b.a.example/", "c=2; Domain=a.example"),
                     COOKIE_OVER_SECURE);
    assert_int_equal(set(jar, "http://a.example/", "c=; Max-Age=0"),
                     COOKIE_OVER_SECURE);
    assert_int_equal(set(jar, "http://a.example/", "d=2"), COOKIE_SET);
    assert_int_equal(set(jar, "http://z.example/", "c=2"), COOKIE_SET);
    assert_int_equal(set(jar, "https://a.example/", "c=3"), COOKIE_SET);
    assert_sent(jar, "http://a.example/", "c=3; d=2");
    /* This machine is as good as https. */
    assert_int_equal(set(jar, "http://127.0.0.1:8080/", "e=1; Secure"),
                     COOKIE_SET);
    assert_sent(jar, "http://127.0.0.1:8080/", "e=1");
    assert_int_equal(set(jar, "http://[::1]/", "e=1; Secure"), COOKIE_SET);
    assert_int_equal(set(jar, "http://localhost.example/", "e=1; Secure"),
                     COOKIE_NOT_SECURE);
    jar_free(jar);
}

static void
test_prefixes(void **state)
{
    static const struct {
        const char *line;
        enum cookie_fate fate;
    } rows[] = {
        {"__Secure-a=1", COOKIE_BAD_PREFIX},
        {"__Secure-a=1; Secure", COOKIE_SET},
        {"__secure-a=1", COOKIE_BAD_PREFIX},
        {"__Host-a=1; Secure; Path=/", COOKIE_SET},
        {"__Host-a=1; Path=/", COOKIE_BAD_PREFIX},
        {"__Host-a=1; Secure", COOKIE_BAD_PREFIX},
        {"__Host-a=1; Secure; Path=/x", COOKIE_BAD_PREFIX},
        {"__Host-a=1; Secure; Path=/; Domain=a.example", COOKIE_BAD_PREFIX},
        {"__HOST-a=1; Secure; Path=/; Domain=a.example", COOKIE_BAD_PREFIX},
        {"=__Host-a=1; Secure; Path=/", COOKIE_BAD_PREFIX},
        {"__Host-a", COOKIE_BAD_PREFIX},
        {"__Hosta=1", COOKIE_SET},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jar *jar = jar_create();

        assert_int_equal(set(jar, "https://a.example/", rows[i].line),
                         rows[i].fate);
        jar_free(jar);
    }
}

static void
test_time_and_deletion(void **state)
{
    struct jar *jar = jar_create();
    const wall_t later = {now.ms + 10000};

    (void)state;
    set(jar, "http://a.example/", "a=1; Max-Age=10");
    set(jar, "http://a.example/", "b=1");
    assert_sent_at(jar, "http://a.example/", "a=1; b=1",
                   (wall_t){later.ms - 1});
    assert_sent_at(jar, "http://a.example/", "b=1", later);
    assert_null(jar_get(jar, "a", later));
    assert_string_equal(jar_get(jar, "a", now), "1");
    assert_int_equal(set(jar, "http://a.example/", "b=; Max-Age=0"),
                     COOKIE_DELETED);
    assert_null(jar_get(jar, "b", now));
    assert_int_equal(set(jar, "http://a.example/",
                         "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
                     COOKIE_DELETED);
    assert_int_equal(jar_count(jar), 0);
    /* Deleting what is not there, and only where it is. */
    set(jar, "http://a.example/x/", "c=1; Path=/x");
    assert_int_equal(set(jar, "http://a.example/", "c=; Max-Age=0; Path=/"),
                     COOKIE_DELETED);
    assert_sent(jar, "http://a.example/x", "c=1");
    jar_free(jar);
}

static void
test_order_and_replacement(void **state)
{
    struct jar *jar = jar_create();

    (void)state;
    set(jar, "http://a.example/", "a=1; Path=/");
    set(jar, "http://a.example/", "b=1; Path=/x");
    set(jar, "http://a.example/", "c=1; Path=/x/y");
    set(jar, "http://a.example/", "d=1; Path=/x");
    assert_sent(jar, "http://a.example/x/y", "c=1; b=1; d=1; a=1");
    /* A new value keeps the old place. */
    set(jar, "http://a.example/", "b=2; Path=/x");
    assert_sent(jar, "http://a.example/x/y", "c=1; b=2; d=1; a=1");
    /* A domain's and a host's of one name are two. */
    set(jar, "http://a.example/", "a=9; Domain=a.example; Path=/");
    assert_int_equal(jar_count(jar), 5);
    assert_sent(jar, "http://a.example/", "a=1; a=9");
    assert_string_equal(jar_get(jar, "a", now), "9");
    set(jar, "http://a.example/", "=bare");
    assert_sent(jar, "http://a.example/", "a=1; a=9; bare");
    jar_free(jar);
}

static void
test_a_head(void **state)
{
    static const char head[] = "HTTP/1.1 200 OK\r\n"
                               "set-cookie: a=1; Path=/\r\n"
                               "Content-Type: text/html\r\n"
                               "Set-Cookie: b=2; Domain=example\r\n"
                               "Set-Cookie:c=3\r\n\r\n";
    struct jar *jar = jar_create();

    (void)state;
    jar_set_all(jar, "http://a.example/", head, sizeof(head) - 1, now);
    assert_sent(jar, "http://a.example/", "a=1; c=3");
    jar_free(jar);
}

static void
test_limits(void **state)
{
    struct jar *jar = jar_create();
    char line[64];
    char url[64];

    (void)state;
    set(jar, "https://a.example/", "keep=1; Secure");
    set(jar, "https://a.example/", "used=1");
    for (int i = 0; i < JAR_DOMAIN_MAX; i++) {
        struct buf out;

        buf_init(&out, 100000);
        assert_int_equal(jar_format(jar, "https://a.example/", now, &out), 0);
        buf_free(&out);
        (void)snprintf(line, sizeof(line), "n%d=1; Path=/p", i);
        assert_int_equal(set(jar, "https://a.example/", line), COOKIE_SET);
        assert_true(jar_count(jar) <= JAR_DOMAIN_MAX);
    }
    /* n0 and n1 were never sent. */
    assert_int_equal(jar_dropped(jar), 2);
    assert_null(jar_get(jar, "n0", now));
    assert_null(jar_get(jar, "n1", now));
    assert_string_equal(jar_get(jar, "keep", now), "1");
    assert_string_equal(jar_get(jar, "used", now), "1");
    for (int i = 0; i < 2 * JAR_COOKIES_MAX; i++) {
        (void)snprintf(url, sizeof(url), "http://h%d.example/", i);
        assert_int_equal(set(jar, url, "x=1"), COOKIE_SET);
        assert_true(jar_count(jar) <= JAR_COOKIES_MAX);
    }
    assert_int_equal(jar_count(jar), JAR_COOKIES_MAX);
    assert_string_equal(jar_get(jar, "keep", now), "1");
    jar_free(jar);
}

static void
test_bytes(void **state)
{
    struct jar *jar = jar_create();
    struct buf line;

    (void)state;
    for (int i = 0; i < 40; i++) {
        buf_init(&line, 8000);
        buf_addf(&line, "n%d=", i);
        while (line.len < 4090)
            buf_add_char(&line, 'v');
        assert_int_equal(set(jar, "http://a.example/", buf_text(&line)),
                         COOKIE_SET);
        buf_free(&line);
        assert_true(jar->bytes <= JAR_BYTES_MAX);
    }
    assert_int_equal(jar_count(jar), JAR_BYTES_MAX / 4107);
    assert_non_null(jar_get(jar, "n39", now));
    assert_null(jar_get(jar, "n0", now));
    /* A buffer that is too small says so. */
    buf_init(&line, 100);
    assert_int_equal(jar_format(jar, "http://a.example/", now, &line), -1);
    buf_free(&line);
    jar_free(jar);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_host_gets_its_own_back),
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_a_domain_reaches_below_it),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_dots),
        cmocka_unit_test(test_secure),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_time_and_deletion),
        cmocka_unit_test(test_order_and_replacement),
        cmocka_unit_test(test_a_head),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
