/* What a request says of itself, and to whom it says the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/exchange_head.c"

#include "checks/values.h"
#include "tests/lib/check_bed.h"

static const char *const names[] = {"Authorization", "X-Key", "Accept",
                                    "Content-Type"};
static const char *const values[] = {"Bearer s3cr3t", "s3cr3t", "a/b",
                                     "text/plain"};

static bool
has_line(const struct exchange_head *head, const char *line)
{
    for (size_t i = 0; head->line[i] != NULL; i++)
        if (strncmp(head->line[i], line, strlen(line)) == 0)
            return true;
    return false;
}

struct telling {
    struct check_bed bed;
    struct scope scope;
    struct exchange_head head;
    struct request request;
    char why[TEMPLATE_WHY_MAX];
};

static void
begin(struct telling *t)
{
    struct id run = id_random();

    check_bed_open(&t->bed, SPEC_HTTP, NULL);
    scope_init(&t->scope, t->bed.engine, &t->bed.spec, &run);
    exchange_head_init(&t->head);
    check_bed_url(&t->bed, "http", 80, "/");
    assert_int_equal(request_make(&t->request, &t->scope,
                                  &t->bed.spec.of.http.request, t->why),
                     REASON_NONE);
}

static enum reason
build(struct telling *t, unsigned told)
{
    struct exchange_hop hop = {.url = "http://127.0.0.1/a", .told = told};

    return exchange_head_build(&t->head, &t->request, &hop, t->why);
}

static void
finish(struct telling *t)
{
    exchange_head_clear(&t->head);
    request_clear(&t->request);
    scope_clear(&t->scope);
    check_bed_close(&t->bed);
}

static void
what_goes_where(void **state)
{
    struct telling t;

    (void)state;
    begin(&t);
    for (int i = 0; i < 4; i++)
        check_bed_header(&t.bed, names[i], values[i]);
    assert_int_equal(build(&t, EXCHANGE_ALL | EXCHANGE_CONTENT), 0);
    assert_true(has_line(&t.head, "Authorization: Bearer s3cr3t"));
    assert_true(has_line(&t.head, "X-Key: s3cr3t"));
    assert_true(has_line(&t.head, "Content-Type: text/plain"));
    assert_true(has_line(&t.head, "traceparent: 00-"));
    assert_int_equal(build(&t, EXCHANGE_CONTENT), 0);
    assert_false(has_line(&t.head, "Authorization"));
    assert_false(has_line(&t.head, "X-Key"));
    assert_true(has_line(&t.head, "Accept: a/b"));
    assert_false(has_line(&t.head, "Accept: */*"));
    assert_true(has_line(&t.head, "Content-Type: text/plain"));
    assert_int_equal(build(&t, EXCHANGE_ALL), 0); /* the body stayed behind */
    assert_true(has_line(&t.head, "X-Key: s3cr3t"));
    assert_false(has_line(&t.head, "Content-Type"));
    finish(&t);
}

static void
over_a_limit(void **state)
{
    static char big[EXCHANGE_HEAD_MAX];
    struct telling t;
    struct spec_field many[EXCHANGE_HEADERS_MAX];
    struct spec_fields *headers = &t.bed.spec.of.http.request.headers;
    struct template *value = NULL;
    char name[] = "X-Key";

    (void)state;
    begin(&t);
    check_bed_set(&value, "v");
    for (int i = 0; i < EXCHANGE_HEADERS_MAX; i++)
        many[i] = (struct spec_field){.name = name, .value = value};
    *headers = (struct spec_fields){many, EXCHANGE_HEADERS_MAX};
    assert_int_equal(build(&t, EXCHANGE_ALL), REASON_LOCAL_CONFIG);
    assert_non_null(strstr(t.why, "over 64 headers"));
    assert_int_equal(build(&t, 0), REASON_NONE);
    memset(big, 'x', sizeof(big) - 1);
    check_bed_set(&value, big);
    many[0].value = value;
    headers->count = 1;
    assert_int_equal(build(&t, EXCHANGE_ALL), REASON_LOCAL_CONFIG);
    assert_int_equal(build(&t, 0), REASON_NONE);
    headers->count = 0;
    template_free(value);
    finish(&t);
}

static size_t
count_lines(const struct exchange_head *head, const char *prefix)
{
    size_t count = 0;

    for (size_t i = 0; head->line[i] != NULL; i++)
        count += strncmp(head->line[i], prefix, strlen(prefix)) == 0;
    return count;
}

static void
one_line_of_cookies(void **state)
{
    static const char set[] = "HTTP/1.1 200 OK\r\nSet-Cookie: s=2\r\n\r\n";
    struct telling t;
    uint64_t hash;

    (void)state;
    begin(&t);
    assert_int_equal(build(&t, EXCHANGE_ALL), REASON_NONE);
    assert_int_equal(t.head.cookies, 0);
    check_bed_header(&t.bed, "cookie", "a=1");
    assert_int_equal(build(&t, EXCHANGE_ALL), REASON_NONE);
    assert_true(has_line(&t.head, "Cookie: a=1"));
    hash = t.head.cookies;
    jar_set_all(scope_jar(&t.scope), "http://127.0.0.1/", set, strlen(set),
                loop_wall(t.bed.loop));
    assert_int_equal(build(&t, EXCHANGE_ALL), REASON_NONE);
    assert_true(has_line(&t.head, "Cookie: a=1; s=2"));
    assert_int_equal(count_lines(&t.head, "Cookie"), 1);
    assert_true(t.head.cookies != hash);
    assert_int_equal(build(&t, 0), REASON_NONE);
    assert_true(has_line(&t.head, "Cookie: s=2"));
    finish(&t);
}

static void
values_are_filled_in_and_stay(void **state)
{
    static const struct value broken = {"token", "a\r\nX: y", 7, 0};
    struct telling t;
    char id[ID_TEXT_MAX];
    char line[100];

    (void)state;
    begin(&t);
    assert_int_equal(scope_set(&t.scope, "token", "abc", 3, false), 0);
    check_bed_header(&t.bed, "X-Token", "<${token}>");
    check_bed_header(&t.bed, "X-Run", "${run.id}");
    check_bed_header(&t.bed, "Accept-Language", "${token}");
    assert_int_equal(build(&t, EXCHANGE_ALL), REASON_NONE);
    assert_true(has_line(&t.head, "X-Token: <abc>"));
    (void)snprintf(line, sizeof(line), "X-Run: %s",
                   id_format(id, &t.scope.run));
    assert_true(has_line(&t.head, line));
    assert_int_equal(build(&t, 0), REASON_NONE);
    assert_false(has_line(&t.head, "Accept-Language")); /* not elsewhere */
    assert_int_equal(values_set(scope_values(&t.scope), &broken), 0);
    assert_int_equal(build(&t, EXCHANGE_ALL), REASON_SAVE_INVALID);
    assert_null(strstr(t.why, "X: y"));
    finish(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_where),
        cmocka_unit_test(over_a_limit),
        cmocka_unit_test(one_line_of_cookies),
        cmocka_unit_test(values_are_filled_in_and_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
