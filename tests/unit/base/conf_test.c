#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "base/conf.c"

struct room {
    char dir[64];
    struct diag *diag;
    struct conf_set *set;
    struct buf out;
};

static int
set_up(void **state)
{
    struct room *r = str_xcalloc(1, sizeof(*r));

    (void)str_copy(r->dir, sizeof(r->dir), "/tmp/picket-conf-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    r->diag = diag_create();
    r->set = conf_set_create();
    buf_init(&r->out, 100000);
    *state = r;
    return 0;
}

static int
tear_down(void **state)
{
    struct room *r = *state;

    conf_set_free(r->set);
    diag_free(r->diag);
    buf_free(&r->out);
    file_remove_tree(r->dir);
    free(r);
    return 0;
}

static void
put(const struct room *r, const char *name, const char *text)
{
    char *path = file_join(r->dir, name);
    char *dir = str_xndup(path, (size_t)(strrchr(path, '/') - path));

    assert_int_equal(file_make_dirs(dir, 0755), 0);
    assert_int_equal(file_replace(path, text, strlen(text), 0644), 0);
    free(dir);
    free(path);
}

static int
load(struct room *r, const char *name)
{
    char *path = file_join(r->dir, name);
    int rc = conf_load(r->set, path, r->diag);

    free(path);
    diag_print(r->diag, &r->out, false);
    return rc;
}

static const char *
root_name(const struct room *r, size_t i)
{
    return conf_root(r->set, i)->first->name;
}

static void
every_value_knows_its_type_and_place(void **state)
{
    static const char text[] =
        "i = -5; h = 0x10; f = 1.25; b = TRUE; s = \"x\\ty\";\n"
        "g = { a = [ \"one\",\n \"two\", ]; };\nl = ( 1 );\n";
    struct room *r = *state;
    const struct conf *root;
    const struct conf *a;

    assert_int_equal(
        conf_load_text(r->set, "t", text, sizeof(text) - 1, r->diag), 0);
    root = conf_root(r->set, 0);
    assert_int_equal(conf_find(root, "i")->num, -5);
    assert_int_equal(conf_find(root, "h")->num, 16);
    assert_int_equal(conf_find(root, "f")->num, 1250);
    assert_string_equal(conf_find(root, "f")->text, "1.25");
    assert_int_equal(conf_find(root, "b")->num, 1);
    assert_string_equal(conf_find(root, "s")->text, "x\ty");
    assert_int_equal(conf_find(root, "l")->type, CONF_LIST);
    a = conf_find(conf_find(root, "g"), "a");
    assert_int_equal(a->count, 2);
    assert_string_equal(a->first->next->text, "two");
    assert_int_equal(a->first->next->value.line, 3);
    assert_int_equal(a->first->next->value.column, 2);
    assert_int_equal(a->pos.column, 7);
    assert_string_equal(a->parent->name, "g");
    assert_null(conf_find(root, "nothing"));
    assert_int_equal(diag_errors(r->diag), 0);
}

static void
a_folder_is_its_files_in_order(void **state)
{
    struct room *r = *state;

    put(r, "b.conf", "b = 1;");
    put(r, "a.conf", "a = 1;");
    put(r, ".hidden.conf", "x = ;");
    put(r, "note.txt", "x = ;");
    put(r, "sub/c.conf", "c = ;");
    assert_int_equal(load(r, ""), 0);
    assert_int_equal(conf_root_count(r->set), 2);
    assert_string_equal(root_name(r, 0), "a");
    assert_string_equal(root_name(r, 1), "b");
    assert_int_equal(diag_errors(r->diag), 0);
}

static void
includes_are_relative_sorted_and_read_once(void **state)
{
    struct room *r = *state;

    put(r, "m/main.conf", "m = 1; include = [ \"../c/*.conf\", \"o.conf\" ];");
    put(r, "m/o.conf", "o = 1; include = \"../c/1.conf\";");
    put(r, "c/2.conf", "c2 = 1;");
    put(r, "c/1.conf", "c1 = 1;");
    assert_int_equal(load(r, "m/main.conf"), 0);
    assert_int_equal(diag_errors(r->diag), 0);
    assert_int_equal(conf_root_count(r->set), 4);
    assert_string_equal(root_name(r, 0), "m");
    assert_string_equal(root_name(r, 1), "c1");
    assert_string_equal(root_name(r, 2), "c2");
    assert_string_equal(root_name(r, 3), "o");
}

static void
a_cycle_is_named(void **state)
{
    struct room *r = *state;

    put(r, "a.conf", "include = [ \"b.conf\" ];");
    put(r, "b.conf", "include = [ \"a.conf\" ];");
    assert_int_equal(load(r, "a.conf"), 0);
    assert_int_equal(diag_errors(r->diag), 1);
    assert_non_null(strstr(buf_text(&r->out), "b.conf:1:13: error: "));
    assert_non_null(strstr(buf_text(&r->out), "includes itself"));
}

static void
what_is_not_there_is_said_at_its_include(void **state)
{
    struct room *r = *state;

    put(r, "a.conf", "include = [ \"no.conf\", \"none/*.conf\", \".\" ];");
    assert_int_equal(load(r, "a.conf"), 0);
    assert_int_equal(diag_errors(r->diag), 2);
    assert_int_equal(diag_warnings(r->diag), 1);
    assert_non_null(strstr(buf_text(&r->out), "a.conf:1:13: error: there is "
                                              "no file"));
    assert_int_equal(load(r, "gone.conf"), -1);
    put(r, "empty/x.txt", "");
    assert_int_equal(load(r, "empty"), -1);
    assert_int_equal(diag_errors(r->diag), 4);
}

static void
includes_are_bounded(void **state)
{
    struct room *r = *state;

    for (int i = 0; i < INCLUDES_MAX + 5; i++) {
        char name[32];
        char text[64];

        snprintf(name, sizeof(name), "%d.conf", i);
        snprintf(text, sizeof(text), "include = [ \"%d.conf\" ];", i + 1);
        put(r, name, text);
    }
    assert_int_equal(load(r, "0.conf"), 0);
    assert_int_equal(conf_root_count(r->set), INCLUDES_MAX);
    assert_int_equal(diag_errors(r->diag), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(every_value_knows_its_type_and_place),
        TEST(a_folder_is_its_files_in_order),
        TEST(includes_are_relative_sorted_and_read_once),
        TEST(a_cycle_is_named),
        TEST(what_is_not_there_is_said_at_its_include),
        TEST(includes_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
