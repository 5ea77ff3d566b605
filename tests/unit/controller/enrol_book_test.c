/* The list of probes; what is decided about them is in enrol_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/enrol_book.c"

#include <string.h>

static void
who_is_in_it(void **state)
{
    struct enrol_book book = {0};
    struct enrol_entry *a, *b;
    const struct store_probe *view;

    (void)state;
    assert_null(enrol_book_find(&book, "fra-1"));
    a = enrol_book_add(&book, "fra-1", "fra");
    b = enrol_book_add(&book, "sin-1", "sin");
    assert_ptr_equal(enrol_book_find(&book, "fra-1"), a);
    view = enrol_book_view(b);
    assert_string_equal(view->name, "sin-1");
    assert_string_equal(view->region, "sin");
    enrol_book_remove(&book, a);
    assert_null(enrol_book_find(&book, "fra-1"));
    assert_ptr_equal(enrol_book_find(&book, "sin-1"), b);
    assert_int_equal(book.count, 1);
    enrol_book_clear(&book);
    assert_int_equal(book.count, 0);
}

static void
two_certificates_at_most(void **state)
{
    struct enrol_entry e = {.sha256 = "new"};

    (void)state;
    assert_true(enrol_book_is_cert(&e, "new"));
    assert_false(enrol_book_is_cert(&e, "old"));
    assert_false(enrol_book_is_cert(&e, ""));
    (void)str_copy(e.previous, sizeof(e.previous), "old");
    assert_true(enrol_book_is_cert(&e, "old"));
}

static void
names_are_made_unique(void **state)
{
    struct enrol_book book = {0};
    char name[RESULT_NAME_MAX] = "fra";

    (void)state;
    enrol_book_make_unique(&book, name);
    assert_string_equal(name, "fra");
    for (int i = 0; i < 100; i++) {
        (void)str_copy(name, sizeof(name), "fra");
        enrol_book_make_unique(&book, name);
        assert_null(enrol_book_find(&book, name));
        (void)enrol_book_add(&book, name, "fra");
    }
    assert_string_equal(book.entry[1]->name, "fra-2");
    assert_string_equal(book.entry[98]->name, "fra-99");
    assert_int_equal(strlen(book.entry[99]->name),
                     strlen("fra-") + (size_t)2 * HEX_BYTES);
    enrol_book_clear(&book);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_in_it),
        cmocka_unit_test(two_certificates_at_most),
        cmocka_unit_test(names_are_made_unique),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
