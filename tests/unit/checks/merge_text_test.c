#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <string.h>

#include "base/diag.h"
#include "checks/merge_text.c"
#include "checks/spec.h"

static void
one_form_with_and_without_origins(void **state)
{
    static const char text[] =
        "http = \"https://h/\"; every = \"120s\"; expect = [ \"a\", \"b\" ];\n"
        "headers = { X = \"q\\\"\"; }; insecure = true; redirects = 3;";
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    struct merge merge = {.name = "n", .kind = SPEC_HTTP};
    struct buf out;

    (void)state;
    buf_init(&out, 10000);
    conf_load_text(set, "f\ng", text, sizeof(text) - 1, diag);
    merge_add(&merge, conf_root(set, 0), true);
    merge.value[SPEC_KEY_TIMEOUT].has_num = true;
    merge.value[SPEC_KEY_TIMEOUT].num = 1500000000;
    merge_format(&merge, &out);
    assert_string_equal(buf_text(&out),
                        "picket = 1;\nchecks = {\n  n = {\n"
                        "    http = \"https://h/\";\n    every = \"2m\";\n"
                        "    timeout = \"1.5s\";\n"
                        "    headers = {\n      X = \"q\\\"\";\n    };\n"
                        "    redirects = 3;\n    insecure = true;\n"
                        "    expect = [\n      \"a\",\n      \"b\"\n    ];\n"
                        "  };\n};\n");
    buf_reset(&out);
    merge_show(&merge, &out);
    assert_non_null(strstr(buf_text(&out), "\"2m\";  # f?g:1\n"));
    assert_non_null(strstr(buf_text(&out), "\"1.5s\";  # default\n"));
    assert_non_null(strstr(buf_text(&out), "\";  # f?g:2\n"));
    merge_clear(&merge);
    buf_free(&out);
    conf_set_free(set);
    diag_free(diag);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_form_with_and_without_origins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
