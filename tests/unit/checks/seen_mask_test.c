/* What of an answer, a request and the values of a run nobody may read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "checks/seen_mask.c"

#define HEAD                                                                   \
    "HTTP/1.1 200 OK\r\nSet-Cookie: session=sess-12345; HttpOnly; Path=/\r\n"  \
    "set-cookie: lang=\"en-US\"\r\nSet-Cookie: seen=true\r\n\r\n"

static const char *const sent[] = {
    "Accept: text/plain", "Cookie: a=first-one; b = second=2;",
    "authorization: Basic dTpwYXNzd29yZA==", NULL};

static const struct spec_list nothing = {NULL, 0};

static void
assert_shown(const struct mask *mask, const char *text, const char *want)
{
    char got[300];

    (void)str_copy(got, sizeof(got), text);
    mask_in_place(mask, got, sizeof(got));
    assert_string_equal(got, want);
}

static void
cookies_and_credentials(void **state)
{
    struct seen seen = {
        .request_headers = sent, .head = HEAD, .head_len = strlen(HEAD)};
    struct mask *mask = mask_create();

    (void)state;
    assert_true(seen_mask_is_needed(&seen));
    seen_mask_add(mask, &seen, &nothing);
    assert_shown(mask, "got 'session=sess-12345; HttpOnly; Path=/'",
                 "got 'session=<cookie session>; HttpOnly; Path=/'");
    assert_shown(mask, "seen=true, en-US", "seen=true, <cookie lang>");
    assert_shown(mask, "first-one second=2", "<cookie a> <cookie b>");
    assert_shown(mask, "dTpwYXNzd29yZA==", MASK_TEXT);
    assert_shown(mask, "Basic text/plain", "Basic text/plain");
    mask_free(mask);
    seen = (struct seen){.request_headers = sent + 3};
    assert_false(seen_mask_is_needed(&seen));
}

static void
what_is_public(void **state)
{
    char session[] = "SESSION", cookie[] = "cookie", author[] = "Authorization";
    char *names[] = {session, cookie, author};
    const struct spec_list shown = {names, 3};
    struct seen seen = {
        .request_headers = sent, .head = HEAD, .head_len = strlen(HEAD)};
    struct mask *mask = mask_create();

    (void)state;
    seen_mask_add(mask, &seen, &shown);
    assert_shown(mask, "sess-12345 first-one dTpwYXNzd29yZA== en-US",
                 "sess-12345 first-one dTpwYXNzd29yZA== <cookie lang>");
    mask_free(mask);
}

/* They hide themselves, not what we say. */
static void
thousands_of_cookies(void **state)
{
    struct mask *mask = mask_create();
    struct seen seen = {0};
    struct buf head;

    (void)state;
    buf_init(&head, 1 << 20);
    (void)buf_add_str(&head, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 4000; i++)
        (void)buf_addf(&head, "Set-Cookie: c%d=value-%d-%d\r\n", i, i, i);
    (void)buf_add_str(&head, "\r\n");
    seen.head = buf_text(&head);
    seen.head_len = head.len;
    seen_mask_add(mask, &seen, &nothing);
    assert_shown(mask, "status == 200: got 503, value-7-7",
                 "status == 200: got 503, <cookie c7>");
    buf_free(&head);
    mask_free(mask);
}

static void
of_the_jar(void **state)
{
    struct jar *jar = jar_create();
    struct mask *mask = mask_create();

    (void)state;
    assert_int_equal(
        jar_set(jar, "http://a.example/", "s=of-the-jar", 12, (wall_t){1}),
        COOKIE_SET);
    seen_mask_add_jar(mask, NULL, &nothing);
    assert_true(mask_is_empty(mask));
    seen_mask_add_jar(mask, jar, &nothing);
    assert_shown(mask, "of-the-jar", "<cookie s>");
    mask_free(mask);
    jar_free(jar);
}

static void
values_by_name(void **state)
{
    static const struct value rows[] = {
        {"csrf", "deadbeef99", 10, 0},
        {"made", "made-by-us", 10, VALUES_PUBLIC},
        {"key", "with-secret", 11, VALUES_SECRET},
        {"flag", "false", 5, 0},
        {"qty", "12345", 5, 0},
        {"id", "123456", 6, 0}};
    struct values *values = values_create();
    struct mask *mask = mask_create();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(values_set(values, &rows[i]), 0);
    seen_mask_add_values(mask, NULL);
    seen_mask_add_values(mask, values);
    assert_shown(mask, "deadbeef99 made-by-us with-secret false 12345 123456",
                 "<csrf> made-by-us <secret> false 12345 <id>");
    mask_free(mask);
    values_free(values);
}

static void
what_is_plain(void **state)
{
    static const char *const plain[] = {"true", "false", "null", "",
                                        "0",    "-12.5", "99999"};
    static const char *const not [] = {"truest", "100000", "12a", "1-2"};

    (void)state;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        assert_true(seen_mask_is_plain(plain[i], strlen(plain[i])));
    for (size_t i = 0; i < sizeof(not ) / sizeof(not [0]); i++)
        assert_false(seen_mask_is_plain(not [i], strlen(not [i])));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookies_and_credentials),
        cmocka_unit_test(what_is_public),
        cmocka_unit_test(thousands_of_cookies),
        cmocka_unit_test(of_the_jar),
        cmocka_unit_test(values_by_name),
        cmocka_unit_test(what_is_plain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
