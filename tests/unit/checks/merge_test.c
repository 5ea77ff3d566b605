#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/buf.h"
#include "base/diag.h"
#include "checks/merge.c"
#include "checks/spec.h"

static struct conf_set *
load(const char *text)
{
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();

    conf_load_text(set, "f", text, strlen(text), diag);
    assert_int_equal(diag_errors(diag), 0);
    diag_free(diag);
    return set;
}

static void
later_layers_win_and_lists_follow_their_rules(void **state)
{
    struct conf_set *a = load("every = \"9s\"; policy = \"p\"; http = \"no\"; "
                              "tags = [ \"x\", \"y\" ]; expect = [ \"e1\" ];");
    struct conf_set *b = load("every = \"5s\"; tags = [ \"-x\", \"+z\" ]; "
                              "expect = \"e2\"; record = \"MX\"; quorum = 0;");
    struct merge merge = {.kind = SPEC_HTTP};

    (void)state;
    merge_add(&merge, conf_root(a, 0), false);
    merge_add(&merge, conf_root(b, 0), true);
    assert_string_equal(merge.value[SPEC_KEY_EVERY].from->text, "5s");
    assert_true(merge.value[SPEC_KEY_EVERY].is_own);
    assert_false(merge.value[SPEC_KEY_POLICY].is_own);
    assert_null(merge.value[SPEC_KEY_HTTP].from);   /* not from a default */
    assert_null(merge.value[SPEC_KEY_RECORD].from); /* of another kind */
    assert_null(merge.value[SPEC_KEY_QUORUM].from); /* out of range */
    assert_int_equal(merge.expect.count, 2);
    assert_string_equal(merge.expect.item[1]->text, "e2");
    assert_int_equal(merge.tags.count, 2);
    assert_string_equal(merge_tag(merge.tags.item[0]), "y");
    assert_string_equal(merge_tag(merge.tags.item[1]), "z");
    merge_clear(&merge);
    conf_set_free(a);
    conf_set_free(b);
}

static void
headers_are_inherited_name_by_name(void **state)
{
    struct conf_set *a = load("headers = { X-A = \"1\"; X-B = \"2\"; "
                              "X-C = \"3\"; };");
    struct conf_set *b = load("headers = { x-b = \"two\"; X-C = \"!reset\"; "
                              "X-D = \"4\"; };");
    struct merge merge = {.kind = SPEC_HTTP};
    const struct conf *n;

    (void)state;
    merge_add(&merge, conf_root(a, 0), false);
    merge_add(&merge, conf_root(b, 0), true);
    assert_true(merge.value[SPEC_KEY_HEADERS].is_own);
    assert_int_equal(merge.value[SPEC_KEY_HEADERS].from->count, 3);
    n = merge.value[SPEC_KEY_HEADERS].from->first;
    assert_string_equal(n->name, "X-A");
    assert_string_equal(n->next->name, "x-b");
    assert_string_equal(n->next->text, "two");
    assert_string_equal(n->next->next->name, "X-D");
    assert_null(n->next->next->next);
    merge_clear(&merge);
    conf_set_free(a);
    conf_set_free(b);
}

static void
reset_takes_what_was_inherited(void **state)
{
    struct conf_set *a = load("expect = [ \"e1\", \"e2\" ];");
    struct conf_set *b = load("expect = [ \"!reset\", \"e3\" ];");
    struct conf_set *c = load("expect = \"!reset\";");
    struct merge merge = {.kind = SPEC_HTTP};

    (void)state;
    merge_add(&merge, conf_root(a, 0), false);
    merge_add(&merge, conf_root(b, 0), false);
    assert_int_equal(merge.expect.count, 1);
    assert_string_equal(merge.expect.item[0]->text, "e3");
    merge_add(&merge, conf_root(c, 0), true);
    assert_int_equal(merge.expect.count, 0);
    merge_clear(&merge);
    conf_set_free(a);
    conf_set_free(b);
    conf_set_free(c);
}

static void
a_plain_tag_replaces_and_body_takes_back_its_file(void **state)
{
    struct conf_set *a = load("tags = [ \"x\" ]; body_file = \"f\";");
    struct conf_set *b = load("tags = [ \"+z\", \"w\" ]; body = \"t\";");
    struct merge merge = {.kind = SPEC_HTTP};

    (void)state;
    merge_add(&merge, conf_root(a, 0), false);
    merge_add(&merge, conf_root(b, 0), true);
    assert_int_equal(merge.tags.count, 2);
    assert_string_equal(merge_tag(merge.tags.item[0]), "z");
    assert_null(merge.value[SPEC_KEY_BODY_FILE].from);
    assert_non_null(merge.value[SPEC_KEY_BODY].from);
    merge_clear(&merge);
    conf_set_free(a);
    conf_set_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_layers_win_and_lists_follow_their_rules),
        cmocka_unit_test(headers_are_inherited_name_by_name),
        cmocka_unit_test(reset_takes_what_was_inherited),
        cmocka_unit_test(a_plain_tag_replaces_and_body_takes_back_its_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
