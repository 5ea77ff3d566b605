/* Every setting of every room is there, described, and found by its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "cli/reference.c"

static const struct reference_setting *
find(const struct reference *r, const char *path)
{
    for (size_t i = 0; i < r->setting_count; i++)
        if (strcmp(r->settings[i].path, path) == 0)
            return &r->settings[i];
    fail_msg("no %s", path);
    return NULL;
}

static void
every_room_is_there(void **state)
{
    static const char *const paths[] = {
        "picket",
        "controller.keep.results",
        "regions.NAME.country",
        "secrets.NAME.for",
        "checks.NAME.every",
        "checks.NAME.each",
        "people.NAME.email",
        "channels.NAME.webhook",
        "policies.NAME.STEP.notify",
        "alerts.NAME.on",
        "status.NAME.components.NAME.checks",
        "probe.spool.max",
    };
    struct reference *r = reference_create();

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++)
        (void)find(r, paths[i]);
    for (size_t i = 0; i < r->setting_count; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(r->settings[i].path, r->settings[k].path);
    reference_free(r);
}

static void
every_setting_is_described(void **state)
{
    struct reference *r = reference_create();

    (void)state;
    for (size_t i = 0; i < r->setting_count; i++) {
        const struct schema_row *row = r->settings[i].row;

        if (row->type != SCHEMA_LATER && (!row->help || !row->example))
            fail_msg("%s has no help or no example", r->settings[i].path);
    }
    reference_free(r);
}

static void
a_dialogue_has_its_own_example(void **state)
{
    struct reference *r = reference_create();

    (void)state;
    assert_string_equal(reference_example(find(r, "checks.NAME.expect")),
                        "[ \"status == 200\" ]");
    assert_string_equal(
        reference_example(find(r, "checks.NAME.talk.NAME.expect")),
        "[ \"banner ~ '^220 '\" ]");
    reference_free(r);
}

static void
names_find_their_settings(void **state)
{
    static const struct {
        const char *path;
        const char *asked;
        bool is_asked;
    } rows[] = {
        {"checks.NAME.every", "every", true},
        {"checks.NAME.every", "checks.home.every", true},
        {"checks.NAME.every", "checks.NAME.every", true},
        {"checks.NAME.every", "defaults.every", true},
        {"checks.NAME.every", "templates.api.every", true},
        {"checks.NAME.every", "checks.every", true},
        {"checks.NAME.auth.oauth2", "checks.auth.oauth2", true},
        {"checks.NAME.auth.oauth2", "checks.oauth2", false},
        {"checks.NAME.every", "evry", false},
        {"checks.NAME.every", "alerts.down.every", false},
        {"checks.NAME.every", "checks.home", false},
        {"checks.NAME.every", "home.every", false},
        {"checks.NAME.every", "", false},
        {"checks.NAME.every", "checks..every", true},
        {"controller.keep.results", "keep.results", true},
        {"controller.keep.results", "results", true},
        {"controller.keep.results", "keep", false},
        {"policies.NAME.STEP.wait", "policies.web.first.wait", true},
        {"alerts.NAME.on", "alerts.down", false},
        {"templates", "templates", true},
        {"checks.NAME.every", "templates.", false},
        {"checks.NAME.every", "defaults.", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char path[100];
        struct reference_setting s = {.path = path};

        (void)str_copy(path, sizeof(path), rows[i].path);
        if (reference_is_asked(&s, rows[i].asked) != rows[i].is_asked)
            fail_msg("%s asked as %s", rows[i].path, rows[i].asked);
    }
}

static void
types_have_their_limits(void **state)
{
    struct reference *r = reference_create();
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    reference_add_type(find(r, "checks.NAME.every")->row, &out);
    assert_string_equal(buf_text(&out), "duration, 1s to 30d");
    buf_reset(&out);
    reference_add_kinds(1U << SPEC_HTTP | 1U << SPEC_TCP, &out);
    assert_string_equal(buf_text(&out), "http, tcp");
    buf_reset(&out);
    reference_add_kinds(0, &out);
    reference_add_kinds(ALL_KINDS, &out);
    assert_string_equal(buf_text(&out), "");
    buf_free(&out);
    reference_free(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_room_is_there),
        cmocka_unit_test(every_setting_is_described),
        cmocka_unit_test(a_dialogue_has_its_own_example),
        cmocka_unit_test(names_find_their_settings),
        cmocka_unit_test(types_have_their_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
