/* secret_conf.c: definitions as written, as text again, and in a set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/secret_conf.c"

static void
check_text(const char *text, const char *says, bool is_local)
{
    struct conf_set *set = conf_set_create();
    struct diag *diag = diag_create();
    struct secret_confs confs;
    struct buf out;

    buf_init(&out, 10000);
    assert_int_equal(conf_load_text(set, "f", text, strlen(text), diag), 0);
    secret_conf_open(&confs, set, diag, is_local);
    diag_print(diag, &out, false);
    if (says == NULL && diag_errors(diag) > 0)
        fail_msg("%s", buf_text(&out));
    if (says != NULL && strstr(buf_text(&out), says) == NULL)
        fail_msg("%s: %s", says, buf_text(&out));
    /* What is wrong is no use, but it is known. */
    assert_int_equal(confs.count, 1);
    assert_int_equal(confs.item[0].is_right, says == NULL);
    secret_conf_close(&confs);
    buf_free(&out);
    diag_free(diag);
    conf_set_free(set);
}

static void
test_sources(void **state)
{
    (void)state;
    check_text("secrets = { a = { env = \"A\"; }; };", NULL, true);
    check_text("secrets = { a = { at = \"controller\"; }; };", "no source",
               true);
    check_text("secrets = { a = { at = \"controller\"; }; };", NULL, false);
    check_text("secrets = { a = { at = \"probe\"; }; };", "no source", false);
    check_text("secrets = { a = { env = \"A\"; credential = \"a\"; }; };",
               "more than one", true);
    check_text("secrets = { a = { command = [ ]; }; };", "is empty", true);
    check_text("secrets = { a = \"hunter2\"; };", "never written", true);
    check_text("secrets = { a = { env = 5; }; };", "takes a text", true);
    check_text("secrets = { a = { file = \"x\"; at = \"probe\"; }; };",
               "whole path", true);
}

static void
test_origins(void **state)
{
    static const char *const cases[][2] = {
        {"https://a.example", NULL},
        {"http://a.example:8080", NULL},
        {"https://192.0.2.1", NULL},
        {"https://[2001:db8::1]:8443", NULL},
        {"https://a_b.example:443", NULL},
        {"https://a.example/", "write \"https://a.example\""},
        {"https://a.example?x", "write \"https://a.example\""},
        {"https://a.example#x", "write \"https://a.example\""},
        {"a.example:8443", "write \"https://a.example:8443\""},
        {"https://u@a.example", "write \"https://a.example\""},
        {"https://a.example:0", "https://shop.example.com"},
        {"https://", "https://shop.example.com"},
        {"*", "https://shop.example.com"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = str_xprintf(
            "secrets = { a = { env = \"A\"; for = [ \"%s\" ]; }; };",
            cases[i][0]);

        check_text(text, cases[i][1], true);
        free(text);
    }
}

static const char ALL[] =
    "secrets = {\n"
    "  z = { command = [ \"vault\", \"a b\" ]; at = \"probe\";\n"
    "        for = [ \"https://a.example:443\", \"http://b.example:81\" ];\n"
    "        refresh = \"60m\"; };\n"
    "  b = { file = \"rel/b\"; for = \"https://a.example\"; };\n"
    "  a = { credential = \"q\\\"x\"; at = \"probe\"; };\n"
    "};\n"
    "checks = { c = { http = \"https://a.example\"; }; };\n";

static void
check_format(const struct secret_confs *confs, const char *name,
             bool with_source, const char *want)
{
    struct buf out;

    buf_init(&out, 10000);
    secret_conf_format(secret_conf_find(confs, name), "  ", with_source, &out);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
}

static void
test_format(void **state)
{
    struct conf_set *set = conf_set_create();
    struct diag *diag = diag_create();
    struct secret_confs confs;
    char *hint = NULL;
    (void)state;

    assert_int_equal(
        conf_load_text(set, "/etc/picket/f.conf", ALL, strlen(ALL), diag), 0);
    secret_conf_open(&confs, set, diag, true);
    assert_int_equal(diag_errors(diag), 0);
    check_format(&confs, "z", false,
                 "  command = [ \"vault\", \"a b\" ];\n"
                 "  at = \"probe\";\n"
                 "  for = [ \"https://a.example\", \"http://b.example:81\" ];\n"
                 "  refresh = \"1h\";\n");
    /* Where the controller keeps its own is nobody else's business. */
    check_format(&confs, "b", false,
                 "  at = \"controller\";\n"
                 "  for = [ \"https://a.example\" ];\n");
    check_format(&confs, "b", true,
                 "  file = \"/etc/picket/rel/b\";\n"
                 "  at = \"controller\";\n"
                 "  for = [ \"https://a.example\" ];\n");
    assert_null(secret_conf_find(&confs, "c"));
    assert_null(secret_conf_find(NULL, "c"));
    hint = secret_conf_nearest(&confs, "zz");
    assert_true(hint == NULL || strstr(hint, "z") != NULL);
    free(hint);
    secret_conf_close(&confs);
    diag_free(diag);
    conf_set_free(set);
}

static void
test_set(void **state)
{
    struct secret_set *set = secret_set_create();
    char why[SECRET_WHY_MAX];
    (void)state;

    assert_int_equal(secret_conf_read_text(ALL, set), 0);
    assert_null(secret_get(set, "z", why, sizeof(why)));
    assert_string_equal(why, "secret z has not been read yet");
    assert_null(secret_get(set, "c", why, sizeof(why)));
    assert_string_equal(why, "there is no secret `c`");
    (void)secret_conf_read_text("no {", set);
    secret_set_free(set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
