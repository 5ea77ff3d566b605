/* Cleared lists are empty, twice over too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/spec_list.c"

#include "base/str.h"
#include "checks/spec.h"
#include "checks/subject.h"

static void
cleared_is_empty(void **state)
{
    struct spec_list list = {str_xcalloc(1, sizeof(char *)), 1};
    struct spec_exprs exprs = {str_xcalloc(1, sizeof(struct expr *)), 1};
    struct expr_error error = {0};
    size_t count;
    const struct expr_subject *table = subject_table(SPEC_HTTP, &count);

    (void)state;
    list.item[0] = str_xdup("a");
    exprs.item[0] = expr_parse("status == 200", table, count, &error);
    assert_non_null(exprs.item[0]);
    for (int i = 0; i < 2; i++) {
        spec_list_clear(&list);
        spec_exprs_clear(&exprs);
        assert_int_equal(list.count + exprs.count, 0);
        assert_null(list.item);
        assert_null(exprs.item);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleared_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
