/* A reload is whole or nothing, takes no turn of the loop for its secrets, and
 * may be left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/controller_reload.c"

#include <string.h>

#include "base/file.h"
#include "base/loop.h"
#include "controller/decider.h"
#include "controller/web/view.h"
#include "tests/lib/web_bed.h"

struct told {
    struct loop *loop;
    int count;
    int rc;
    char text[4096];
};

static void
on_done(void *cookie, int rc, const struct buf *problems)
{
    struct told *told = cookie;

    told->count++;
    told->rc = rc;
    (void)str_copy(told->text, sizeof(told->text), buf_text(problems));
    loop_stop(told->loop);
}

static void
reload(struct web_bed *bed, const char *text, struct told *told)
{
    free(bed->text);
    bed->text = str_xprintf("picket = 1;\n%s", text);
    *told = (struct told){.loop = bed->loop};
    assert_non_null(controller_reload_start(bed->controller, on_done, told));
    assert_int_equal(told->count, 0);
    loop_run(bed->loop);
    assert_int_equal(told->count, 1);
}

static void
takes_new_checks_and_tells_what_needs_a_restart(void **state)
{
    struct web_bed *bed = *state;
    struct told told;
    struct view view;

    reload(bed,
           "controller = { listen = \"127.0.0.1:9\"; };\n"
           "regions = { fra = { name = \"F\"; }; };\n"
           "checks = { a = { tcp = \"127.0.0.1:1\"; }; b = { tcp = "
           "\"127.0.0.1:2\"; }; };\n",
           &told);
    assert_int_equal(told.rc, 0);
    assert_non_null(strstr(told.text, "takes a restart"));
    assert_null(strstr(told.text, "data_dir")); /* it was not */
    assert_non_null(
        strstr(told.text, "2 checks: 2 added, 0 changed, 1 removed\n"));
    view = controller_view(bed->controller);
    assert_int_equal(decider_check_count(view.decider), 2);
    assert_int_equal(decider_check_find(view.decider, "home"), -1);
}

static void
what_is_wrong_changes_nothing(void **state)
{
    struct web_bed *bed = *state;
    const struct config *config = controller_view(bed->controller).config;
    struct told told;

    reload(bed, "checks = { a = { tpc = \"127.0.0.1:1\"; }; };\n", &told);
    assert_int_equal(told.rc, -1);
    assert_non_null(strstr(told.text, "did you mean `tcp`?"));
    assert_ptr_equal(controller_view(bed->controller).config, config);

    reload(bed,
           "secrets = { a = { env = \"PICKET_NONE\"; }; };\n"
           "checks = { a = { tcp = \"127.0.0.1:1\"; }; };\n",
           &told);
    assert_int_equal(told.rc, -1);
    assert_non_null(strstr(told.text, "error: secret a: environment variable "
                                      "PICKET_NONE is not set\n"));
    assert_ptr_equal(controller_view(bed->controller).config, config);
}

/* A reload is when a file is read again. */
static void
secrets_are_read_again(void **state)
{
    struct web_bed *bed = *state;
    char *file = str_xprintf("%s/pass", bed->dir);
    char *text = str_xprintf("secrets = { a = { file = \"%s\"; }; };\n"
                             "checks = { a = { tcp = \"127.0.0.1:1\"; }; };\n",
                             file);
    char why[SECRET_WHY_MAX];
    struct told told;

    for (int i = 0; i < 2; i++) {
        const char *value = i == 0 ? "hunter2" : "hunter3";
        struct secret_value *got;

        assert_int_equal(file_replace(file, value, 7, 0600), 0);
        reload(bed, text, &told);
        assert_int_equal(told.rc, 0);
        got = secret_get(controller_view(bed->controller).config->secrets, "a",
                         why, sizeof(why));
        assert_non_null(got);
        assert_string_equal(secret_value_text(got), value);
        secret_value_free(got);
    }
    free(file);
    free(text);
}

/* Who asked has left: it happens, and nobody is told.  The end of the
 * controller is the end of what is under way. */
static void
may_be_left(void **state)
{
    struct web_bed *bed = *state;
    struct told told = {.loop = bed->loop}, last = {.loop = bed->loop};
    const struct config *config = controller_view(bed->controller).config;
    struct controller_reload *left =
        controller_reload_start(bed->controller, on_done, &told);

    controller_reload_cancel(left);
    controller_reload_cancel(NULL);
    assert_non_null(controller_reload_start(bed->controller, on_done, &last));
    loop_run(bed->loop);
    assert_int_equal(told.count, 0);
    assert_int_equal(last.count, 1);
    assert_ptr_not_equal(controller_view(bed->controller).config, config);
    assert_non_null(controller_reload_start(bed->controller, on_done, &told));
    controller_free(bed->controller);
    bed->controller = NULL;
    assert_int_equal(told.count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_BED(takes_new_checks_and_tells_what_needs_a_restart),
        WEB_BED(what_is_wrong_changes_nothing),
        WEB_BED(secrets_are_read_again),
        WEB_BED(may_be_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
