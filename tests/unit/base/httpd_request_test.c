#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/httpd_request.c"

static struct httpd_request *
request_of(struct httpd_framing *framing, const char *text, int *status)
{
    httpd_framing_init(framing, 10000, 1000);
    httpd_framing_add(framing, text, strlen(text));
    assert_int_equal(framing->state, HTTPD_FRAMING_WHOLE);
    return httpd_request_create(framing, status);
}

static void
targets_are_taken_apart(void **state)
{
    static const struct {
        const char *target;
        const char *path; /* NULL: refused */
        const char *query;
    } cases[] = {
        {"/", "/", ""},
        {"/a/b?x", "/a/b", "x"},
        {"/a%2fb%20c", "/a/b c", ""},
        {"/a+b?c?d", "/a+b", "c?d"},
        {"http://host:1/a?b", "/a", "b"},
        {"HTTPS://host/a", "/a", ""},
        {"http://host", NULL, NULL},
        {"/%", NULL, NULL},
        {"/%4", NULL, NULL},
        {"/%g0", NULL, NULL},
        {"/a%00b", NULL, NULL},
        {"a", NULL, NULL},
        {"*", NULL, NULL},
    };

    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct httpd_framing framing;
        struct httpd_request *request;
        char *text =
            str_xprintf("GET %s HTTP/1.1\r\nHost: a\r\n\r\n", cases[i].target);
        int status = 0;

        request = request_of(&framing, text, &status);
        assert_int_equal(status, cases[i].path ? 0 : 400);
        assert_int_equal(request != NULL, cases[i].path != NULL);
        if (request != NULL) {
            assert_string_equal(httpd_path(request), cases[i].path);
            assert_string_equal(request->query, cases[i].query);
        }
        httpd_request_free(request);
        httpd_framing_free(&framing);
        free(text);
    }
}

static void
parameters_and_cookies(void **state)
{
    struct httpd_framing framing;
    int status = 0;
    struct httpd_request *request = request_of(
        &framing,
        "GET /?a=1&bb=2+3&b=%3D%26&flag&bad=%0&a=second&nul=%00 HTTP/1.1\r\n"
        "Host: a\r\nX-Empty:\r\nCookie: sid=1; theme=dark;x=\"q\"\r\n\r\n",
        &status);
    int i;
    (void)state;

    assert_string_equal(httpd_query(request, "a"), "1");
    assert_string_equal(httpd_query(request, "b"), "=&");
    assert_string_equal(httpd_query(request, "bb"), "2 3");
    assert_string_equal(httpd_query(request, "flag"), "");
    assert_null(httpd_query(request, "bad"));
    assert_null(httpd_query(request, "nul"));
    assert_null(httpd_query(request, "none"));
    assert_string_equal(httpd_query_words(request, "bb"), "2 3");
    assert_string_equal(httpd_query_words(request, "b"), "=&");
    assert_string_equal(httpd_query_words(request, "bad"), "%0");
    assert_string_equal(httpd_query_words(request, "nul"), " ");
    assert_null(httpd_query_words(request, "none"));
    assert_null(httpd_query(request, "fla"));
    assert_string_equal(httpd_cookie(request, "sid"), "1");
    assert_string_equal(httpd_cookie(request, "theme"), "dark");
    assert_string_equal(httpd_cookie(request, "x"), "\"q\"");
    assert_null(httpd_cookie(request, "id"));
    assert_string_equal(httpd_header(request, "hOST"), "a");
    assert_string_equal(httpd_header(request, "x-empty"), "");
    assert_null(httpd_header(request, "x-none"));
    /* Decoded texts are bounded. */
    for (i = 0; i < HTTPD_KEPT_MAX; i++)
        httpd_query(request, "a");
    assert_null(httpd_query(request, "a"));
    httpd_request_free(request);
    httpd_framing_free(&framing);
}

static void
fields_of_a_form(void **state)
{
    static const char *const types[] = {
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-URLEncoded; charset=utf-8"};
    struct httpd_framing framing;
    int status = 0;
    struct httpd_request *request;
    (void)state;

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char *text = str_xprintf("POST /?a=no HTTP/1.1\r\nHost: a\r\n"
                                 "Content-Type: %s\r\nContent-Length: 27\r\n"
                                 "\r\na=1+2&b=%%3D%%26&bad=%%0&empty=",
                                 types[i]);
        request = request_of(&framing, text, &status);
        assert_non_null(request);
        assert_string_equal(httpd_form(request, "a"), "1 2");
        assert_string_equal(httpd_form(request, "b"), "=&");
        assert_string_equal(httpd_form(request, "empty"), "");
        assert_null(httpd_form(request, "bad"));
        assert_null(httpd_form(request, "none"));
        httpd_request_free(request);
        httpd_framing_free(&framing);
        free(text);
    }
    request = request_of(&framing,
                         "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: "
                         "application/json\r\nContent-Length: 3\r\n\r\na=1",
                         &status);
    assert_null(httpd_form(request, "a"));
    httpd_request_free(request);
    httpd_framing_free(&framing);
}

static void
an_answer_is_written_down(void **state)
{
    struct httpd_framing framing;
    int status = 0;
    struct httpd_request *request =
        request_of(&framing, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", &status);
    /* RFC 9110 5.6.7's own example of a date */
    struct httpd_answer answer = {.status = 404,
                                  .type = "text/plain",
                                  .body = "gone",
                                  .len = 4,
                                  .now = {784111777000}};
    struct buf to;
    (void)state;

    buf_init(&to, 1000);
    httpd_set_header(request, "X-A", "b");
    httpd_set_header(request, "X-C", "d\nX-E: f");
    assert_int_equal(httpd_request_format(request, &answer, &to), 0);
    assert_string_equal(buf_text(&to), "HTTP/1.1 404 Not Found\r\n"
                                       "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                       "Content-Type: text/plain\r\n"
                                       "Content-Length: 4\r\nX-A: b\r\n\r\n");
    buf_reset(&to);
    answer.is_last = true;
    httpd_request_format(NULL, &answer, &to);
    assert_non_null(strstr(buf_text(&to), "Connection: close\r\n\r\ngone"));
    buf_free(&to);
    buf_init(&to, 50);
    assert_int_equal(httpd_request_format(NULL, &answer, &to), -1);
    buf_free(&to);
    httpd_request_free(request);
    httpd_framing_free(&framing);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_taken_apart),
        cmocka_unit_test(parameters_and_cookies),
        cmocka_unit_test(fields_of_a_form),
        cmocka_unit_test(an_answer_is_written_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
