#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "checks/subject.c"

static struct expr_subject
find(enum spec_kind kind, const char *name)
{
    size_t count;
    const struct expr_subject *table = subject_table(kind, &count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0)
            return table[i];
    return (struct expr_subject){.id = -1};
}

static void
names_and_numbers_are_unique_in_a_kind(void **state)
{
    (void)state;
    for (int k = 0; k < SPEC_KIND_COUNT; k++) {
        size_t count;
        const struct expr_subject *t = subject_table((enum spec_kind)k, &count);

        assert_true(count > 0);
        for (size_t i = 0; i < count; i++) {
            for (size_t j = 0; j < i; j++) {
                assert_string_not_equal(t[i].name, t[j].name);
                assert_int_not_equal(t[i].id, t[j].id);
            }
        }
    }
}

static void
each_kind_asks_its_own(void **state)
{
    (void)state;
    assert_int_equal(find(SPEC_HTTP, "status").type, EXPR_INT);
    assert_int_equal(find(SPEC_HTTP, "header").arg, EXPR_ARG_WORD);
    assert_int_equal(find(SPEC_HTTP, "json").arg, EXPR_ARG_JSONPATH);
    assert_int_equal(find(SPEC_DNS, "aa").type, EXPR_FLAG);
    assert_int_equal(find(SPEC_TLS, "days").id, SUBJECT_DAYS);
    assert_int_equal(find(SPEC_TCP, "banner").type, EXPR_TEXT);
    assert_int_equal(find(SPEC_DNS, "status").id, -1);
    assert_int_equal(find(SPEC_TCP, "body").id, -1);
    assert_non_null(find(SPEC_DNS, "rcode").words);
}

static void
says_what_is_elsewhere(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    assert_int_equal(subject_explain(SPEC_DNS, "status == 200", &out), 6);
    assert_string_equal(buf_text(&out), "a dns check has no `status`; it is "
                                        "asked of http checks");
    buf_reset(&out);
    assert_int_equal(subject_explain(SPEC_TCP, "http_version == 2", &out), 12);
    assert_string_equal(buf_text(&out), "a tcp check has no `http_version`; it "
                                        "is asked of http checks");
    buf_reset(&out);
    assert_int_equal(subject_explain(SPEC_TCP, "all servers agree", &out), 17);
    assert_string_equal(buf_text(&out),
                        "a tcp check has no `all servers agree`; it is asked "
                        "of dns checks");
    buf_reset(&out);
    assert_int_equal(subject_explain(SPEC_HTTP, "statsu == 200", &out), 0);
    assert_int_equal(subject_explain(SPEC_HTTP, "statusx == 200", &out), 0);
    assert_int_equal(subject_explain(SPEC_HTTP, "lossy", &out), 0);
    assert_int_equal(out.len, 0);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_numbers_are_unique_in_a_kind),
        cmocka_unit_test(each_kind_asks_its_own),
        cmocka_unit_test(says_what_is_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
