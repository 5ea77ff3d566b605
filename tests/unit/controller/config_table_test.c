#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "controller/config_table.c"

static void
check_row(const struct schema *schema, const struct schema_row *row)
{
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    struct buf text;

    buf_init(&text, 1000);
    buf_addf(&text, "%s = %s;\n", row->name, row->example);
    conf_load_text(set, "f", buf_text(&text), text.len, diag);
    if (schema_check(schema, conf_root(set, 0), diag) != 0)
        fail_msg("%s", buf_text(&text));
    buf_free(&text);
    conf_set_free(set);
    diag_free(diag);
}

static void
examples_are_right(void **state)
{
    static const struct schema *const tables[] = {
        &config_table_controller, &config_table_region, &config_table_person,
        &config_table_channel,    &config_table_step,   &config_table_alert,
        &config_table_component};

    (void)state;
    for (size_t i = 0; i < COUNT(tables); i++)
        for (size_t k = 0; k < tables[i]->count; k++)
            if (tables[i]->rows[k].type != SCHEMA_LATER)
                check_row(tables[i], &tables[i]->rows[k]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_are_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
