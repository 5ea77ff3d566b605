#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "checks/head_lines.c"

#include "tests/lib/check_bed.h"

static const char *
find(const struct head_lines *lines, const char *name)
{
    for (size_t i = 0; lines->line[i] != NULL; i++)
        if (strncasecmp(lines->line[i], name, strlen(name)) == 0 &&
            lines->line[i][strlen(name)] == ':')
            return lines->line[i] + strlen(name) + 2;
    return NULL;
}

static void
who_asks_and_what_the_check_adds(void **state)
{
    static char tenant[] = "x-tenant";
    static char agent[] = "User-Agent";
    struct id run = id_of("run", NULL);
    struct template_error error;
    struct spec_field item[2] = {
        {.name = tenant, .value = template_parse("7 ${check}", &error)},
        {.name = agent, .value = template_parse("mine", &error)},
    };
    struct spec_fields fields = {item, 1};
    struct head_lines lines;
    char why[TEMPLATE_WHY_MAX];
    char id[ID_TEXT_MAX];
    struct check_bed bed;
    struct scope scope;

    (void)state;
    check_bed_open(&bed, SPEC_GRPC, NULL);
    scope_init(&scope, bed.engine, &bed.spec, &run);
    assert_int_equal(head_lines_make(&lines, &scope, &fields, "", why),
                     REASON_NONE);
    assert_string_equal(find(&lines, "x-tenant"), "7 bed");
    assert_string_equal(find(&lines, "x-request-id"), id_format(id, &run));
    assert_memory_equal(find(&lines, "traceparent") + 3, id, 32);
    assert_non_null(
        strstr(find(&lines, "user-agent"), "check=bed; region=here"));
    head_lines_clear(&lines);
    fields.count = 2;
    assert_int_equal(head_lines_make(&lines, &scope, &fields, "", why),
                     REASON_NONE);
    assert_string_equal(find(&lines, "user-agent"), "mine");
    head_lines_clear(&lines);
    scope_clear(&scope);
    template_free(item[0].value);
    template_free(item[1].value);
    check_bed_close(&bed);
}

static void
a_secret_that_is_not_there(void **state)
{
    static char name[] = "authorization";
    struct id run = id_of("run", NULL);
    struct template_error error;
    struct spec_field item = {
        .name = name, .value = template_parse("Bearer ${secret.x}", &error)};
    struct spec_fields fields = {&item, 1};
    struct head_lines lines;
    char why[TEMPLATE_WHY_MAX] = "";
    struct check_bed bed;
    struct scope scope;

    (void)state;
    check_bed_open(&bed, SPEC_GRPC, NULL);
    scope_init(&scope, bed.engine, &bed.spec, &run);
    assert_int_equal(
        head_lines_make(&lines, &scope, &fields, "https://a.test", why),
        REASON_LOCAL_SECRET);
    assert_true(why[0] != '\0');
    head_lines_clear(&lines);
    scope_clear(&scope);
    template_free(item.value);
    check_bed_close(&bed);
}

/* Nobody answered anything yet: it is the check that is too long. */
static void
more_than_there_is_room_for(void **state)
{
    static char name[] = "x-long";
    struct id run = id_of("run", NULL);
    char *text = str_xcalloc(HEAD_BYTES_MAX + 1, 1);
    struct template_error error;
    struct spec_field item = {.name = name};
    struct spec_fields fields = {&item, 1};
    struct head_lines lines;
    char why[TEMPLATE_WHY_MAX] = "";
    struct check_bed bed;
    struct scope scope;

    (void)state;
    memset(text, 'x', HEAD_BYTES_MAX);
    item.value = template_parse(text, &error);
    check_bed_open(&bed, SPEC_GRPC, NULL);
    scope_init(&scope, bed.engine, &bed.spec, &run);
    assert_int_equal(
        head_lines_make(&lines, &scope, &fields, "https://a.test", why),
        REASON_LOCAL_CONFIG);
    assert_string_equal(why, "the headers are over 32768 bytes");
    head_lines_clear(&lines);
    scope_clear(&scope);
    template_free(item.value);
    check_bed_close(&bed);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_and_what_the_check_adds),
        cmocka_unit_test(a_secret_that_is_not_there),
        cmocka_unit_test(more_than_there_is_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
