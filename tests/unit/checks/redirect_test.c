/* Which request comes after a redirect, and which never does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/redirect.c"

#include "wire/reason.h"

struct row {
    int status;
    const char *method;
    const char *next; /* method; NULL: no redirect */
    bool keeps_body;
};

static bool
find(struct redirect *to, int status, const char *method, const char *location)
{
    char head[600];
    struct redirect_from from = {"https://shop.example/a/b?q", method, status,
                                 head, 0};

    (void)snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\n%s%s\r\n\r\n", status,
                   location != NULL ? "location: " : "X: 1",
                   location != NULL ? location : "");
    from.head_len = strlen(head);
    return redirect_find(to, &from);
}

static void
methods(void **state)
{
    static const struct row rows[] = {
        {301, "GET", "GET", true},       {301, "POST", "GET", false},
        {301, "PUT", "PUT", true},       {302, "POST", "GET", false},
        {302, "DELETE", "DELETE", true}, {302, "HEAD", "HEAD", true},
        {303, "POST", "GET", false},     {303, "PUT", "GET", false},
        {303, "HEAD", "HEAD", false},    {303, "GET", "GET", false},
        {307, "POST", "POST", true},     {308, "PATCH", "PATCH", true},
        {300, "GET", NULL, false},       {304, "GET", NULL, false},
        {305, "GET", NULL, false},       {306, "GET", NULL, false},
        {200, "GET", NULL, false},       {201, "POST", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redirect to;
        bool is_one = find(&to, rows[i].status, rows[i].method, "/next");

        assert_int_equal(is_one, rows[i].next != NULL);
        if (is_one) {
            assert_int_equal(to.reason, REASON_NONE);
            assert_string_equal(to.method, rows[i].next);
            assert_int_equal(to.keeps_body, rows[i].keeps_body);
            assert_string_equal(to.url, "https://shop.example/next");
        }
        redirect_free(&to);
    }
}

static void
places(void **state)
{
    static const struct {
        const char *location;
        const char *url; /* NULL: blocked */
    } rows[] = {
        {"c", "https://shop.example/a/c"},
        {"", "https://shop.example/a/b?q"},
        {"?x=1", "https://shop.example/a/b?x=1"},
        {"/c#there", "https://shop.example/c"},
        {"//other.example/x", "https://other.example/x"},
        {"http://u:p@other.example/", "http://other.example/"},
        {"HTTP://other.example/", "HTTP://other.example/"},
        {"file:///etc/passwd", NULL},
        {"ftp://h/", NULL},
        {"javascript:alert(1)", NULL},
        {"data:text/html,x", NULL},
        {"gopher://127.0.0.1:25/_x", NULL},
        {"https://", NULL},
        {"https://h:99999/", NULL},
        {"https:///x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redirect to;

        assert_true(find(&to, 302, "GET", rows[i].location));
        if (rows[i].url == NULL) {
            assert_int_equal(to.reason, REASON_HTTP_REDIRECT_BLOCKED);
            assert_true(to.why[0] != '\0');
        } else if (to.url == NULL || strcmp(to.url, rows[i].url) != 0) {
            fail_msg("%s: %s", rows[i].location, to.url ? to.url : to.why);
        } else {
            assert_int_equal(to.reason, REASON_NONE);
        }
        redirect_free(&to);
    }
}

static void
what_is_wrong_with_it_is_said(void **state)
{
    static const struct {
        const char *location;
        const char *why;
    } rows[] = {
        {"ftp://h/", "only http and https are followed, not ftp://h/"},
        {"https://h:99999/", "its Location is no address: https://h:99999/"},
        {"HTTP://h:0x1/", "its Location is no address: HTTP://h:0x1/"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redirect to;

        assert_true(find(&to, 302, "GET", rows[i].location));
        assert_string_equal(to.why, rows[i].why);
        redirect_free(&to);
    }
}

static void
without_a_location_it_is_an_answer(void **state)
{
    struct redirect to;

    (void)state;
    assert_false(find(&to, 302, "GET", NULL));
    redirect_free(&to);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods),
        cmocka_unit_test(places),
        cmocka_unit_test(what_is_wrong_with_it_is_said),
        cmocka_unit_test(without_a_location_it_is_an_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
