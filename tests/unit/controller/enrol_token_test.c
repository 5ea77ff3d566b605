#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/enrol_token.c"

static void
tokens_are_found_by_hash_and_forgotten(void **state)
{
    struct enrol_tokens list = {0};
    struct enrol_token t = {.uses_left = 1, .ends = {1000}};

    (void)state;
    /* FIPS 180-4's own vector */
    enrol_token_hash("abc", t.hash);
    assert_string_equal(t.hash,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9"
                        "cb410ff61f20015ad");
    enrol_token_add(&list, &t);
    enrol_token_hash("used", t.hash);
    t.uses_left = 0;
    enrol_token_add(&list, &t);
    enrol_token_hash("abc", t.hash);
    assert_non_null(enrol_token_find(&list, t.hash));
    assert_null(enrol_token_find(&list, ""));
    assert_null(enrol_token_find(&list, "ba78"));
    enrol_token_forget(&list, (wall_t){999});
    assert_int_equal(list.count, 1);
    enrol_token_forget(&list, (wall_t){1000});
    assert_int_equal(list.count, 0);
    enrol_token_free(&list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_found_by_hash_and_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
