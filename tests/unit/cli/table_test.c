#include "cli/table.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const heads[] = {"name", ">spool", "region", NULL};
static const struct paint plain = {0};

static void
columns_are_aligned(void **state)
{
    static const char *const cells[] = {"fra-1",       "12",   "fra",
                                        "k\xc3\xb6ln", "1000", ""};
    struct table *table = table_create(heads);
    struct buf out;
    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < 6; i++)
        table_add(table, cells[i]);
    table_format(table, &plain, &out);
    assert_string_equal(buf_text(&out), "name   spool  region\n"
                                        "fra-1     12  fra\n"
                                        "k\xc3\xb6ln    1000  -\n");
    buf_free(&out);
    table_free(table);
}

static void
no_row_and_half_a_row(void **state)
{
    struct table *table = table_create(heads);
    struct buf out;
    (void)state;
    buf_init(&out, 4096);
    table_format(table, &plain, &out);
    assert_string_equal(buf_text(&out), "name  spool  region\n");
    buf_reset(&out);
    table_add(table, NULL);
    table_add_ms(table, "2.547");
    table_add_ms(table, "null");
    table_format(table, &plain, &out);
    assert_string_equal(buf_text(&out), "name   spool  region\n"
                                        "-     2.5 ms  -\n");
    buf_free(&out);
    table_free(table);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_aligned),
        cmocka_unit_test(no_row_and_half_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
