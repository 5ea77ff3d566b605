/* email_test.c - the message as bytes; Python's email package reads it end to
 * end in tests/e2e. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/notify/email.c"

static struct page
a_page(const char *check)
{
    return (struct page){
        .id = id_of("page", NULL),
        .incident = id_of("incident", NULL),
        .edge = PAGE_OPENED,
        .check = (char *)(uintptr_t)check,
        .rule = (char *)(uintptr_t) "down",
        .verdict = (char *)(uintptr_t) "down",
        .severity = (char *)(uintptr_t) "page",
        .message = (char *)(uintptr_t) "got \xc3\xa9 = 503",
        .opened = {1774746000000},
    };
}

static char *
format(const struct page *page)
{
    struct buf out;
    buf_init(&out, MESSAGE_MAX * 4);
    assert_int_equal(email_format(&out, "picket@shop.example",
                                  "ana@example.com", page,
                                  (wall_t){1774746000000}),
                     0);
    return (char *)buf_take(&out, NULL);
}

static void
test_one_thread_an_incident(void **state)
{
    (void)state;
    struct page opened = a_page("home"), resolved = opened;
    resolved.edge = PAGE_RESOLVED;
    resolved.id = id_of("page", "2", NULL);
    char *a = format(&opened), *b = format(&resolved);
    assert_non_null(strstr(a, "Date: Sun, 29 Mar 2026 01:00:00 +0000\r\n"));
    const char *ra = strstr(a, "References: "), *rb = strstr(b, "References: ");
    assert_memory_equal(ra, rb, (size_t)(strchr(ra, '\r') - ra));
    const char *ma = strstr(a, "Message-ID: "), *mb = strstr(b, "Message-ID: ");
    assert_memory_not_equal(ma, mb, (size_t)(strchr(ma, '\r') - ma));
    free(a);
    free(b);
}

static void
test_the_subject_says_what_is_the_matter(void **state)
{
    (void)state;
    struct page page = a_page("home");
    page.reason = (char *)(uintptr_t) "expect.status";
    page.regions =
        (char *)(uintptr_t) "fra expect.status, iad expect.status, sin up";
    char *text = format(&page);
    assert_non_null(
        strstr(text, "\r\nSubject: [Picket] DOWN home: expect.status in 2 of 3"
                     " regions\r\n"));
    free(text);
    page.edge = PAGE_RESOLVED;
    text = format(&page);
    assert_non_null(
        strstr(text, "\r\nSubject: [Picket] RESOLVED home: was down\r\n"));
    free(text);
}

static void
test_no_header_of_its_own(void **state)
{
    (void)state;
    struct page page = a_page("home\r\nBcc: eve@example.com");
    char *text = format(&page);
    char *end = strstr(text, "\r\n\r\n");
    *end = '\0';
    assert_null(strstr(text, "\nBcc:"));
    free(text);
}

static void
test_lines_are_short_crlf_and_ascii(void **state)
{
    (void)state;
    struct page page = a_page("home");
    char longer[3000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    page.message = longer;
    char *text = format(&page);
    size_t column = 0;
    for (const char *c = text; *c != '\0'; c++) {
        assert_true(*c > 0 && (unsigned char)*c < 127);
        if (*c == '\n') {
            assert_int_equal(c[-1], '\r');
            column = 0;
        } else {
            column++;
            assert_true(column <= 998);
        }
    }
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_thread_an_incident),
        cmocka_unit_test(test_the_subject_says_what_is_the_matter),
        cmocka_unit_test(test_no_header_of_its_own),
        cmocka_unit_test(test_lines_are_short_crlf_and_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
