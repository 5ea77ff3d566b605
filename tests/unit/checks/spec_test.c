#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/catalog.h"
#include "checks/spec.c"
#include "checks/template.h"

static void
lives_as_long_as_its_last_reference(void **state)
{
    char why[200] = "";
    struct spec *spec = catalog_compile(
        "picket = 1; checks = { a = { http = \"https://h/\"; body = \"b\";"
        " expect = [ \"status == 200\" ]; tags = [ \"t\" ]; }; };",
        why, sizeof(why));

    (void)state;
    if (!spec)
        fail_msg("%s", why);
    assert_int_equal(spec->refs, 1);
    assert_ptr_equal(spec_ref(spec), spec);
    spec_free(spec);
    assert_int_equal(spec->refs, 1);
    assert_string_equal(template_text(spec->of.http.request.body), "b");
    spec_free(spec);
    spec_free(NULL);
}

static void
kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(spec_kind_name(SPEC_HTTP), "http");
    assert_string_equal(spec_kind_name(SPEC_TCP), "tcp");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lives_as_long_as_its_last_reference),
        cmocka_unit_test(kinds_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
