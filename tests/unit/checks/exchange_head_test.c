/* What a request says of itself, and to whom it says the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/exchange_head.c"

#include "tests/lib/check_bed.h"

static char names[4][20] = {"Authorization", "X-Key", "Accept", "Content-Type"};
static char values[4][20] = {"Bearer s3cr3t", "s3cr3t", "a/b", "text/plain"};

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
};

static void
begin(struct telling *t)
{
    struct id run = id_random();

    check_bed_open(&t->bed, SPEC_HTTP, NULL);
    scope_init(&t->scope, t->bed.engine, &t->bed.spec, &run);
    exchange_head_init(&t->head);
}

static int
build(struct telling *t, unsigned told)
{
    return exchange_head_build(&t->head, &t->scope,
                               &t->bed.spec.of.http.request, told);
}

static void
finish(struct telling *t)
{
    exchange_head_clear(&t->head);
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

    (void)state;
    begin(&t);
    for (int i = 0; i < EXCHANGE_HEADERS_MAX; i++)
        many[i] = (struct spec_field){.name = names[1], .value = values[1]};
    t.bed.spec.of.http.request.headers =
        (struct spec_fields){many, EXCHANGE_HEADERS_MAX};
    assert_int_equal(build(&t, EXCHANGE_ALL), -1);
    assert_int_equal(build(&t, 0), 0);
    memset(big, 'x', sizeof(big) - 1);
    many[0].value = big;
    t.bed.spec.of.http.request.headers.count = 1;
    assert_int_equal(build(&t, EXCHANGE_ALL), -1);
    assert_int_equal(build(&t, 0), 0);
    finish(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_where),
        cmocka_unit_test(over_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
