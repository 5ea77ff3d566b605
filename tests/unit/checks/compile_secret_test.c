/* compile_secret.c: which references a check may hold, and what travels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/buf.h"
#include "base/diag.h"
#include "checks/catalog.h"
#include "checks/compile_secret.c"

#define SECRETS                                                                \
    "picket = 1;\n"                                                            \
    "secrets = {\n"                                                            \
    "  key = { credential = \"key\"; at = \"probe\"; for = \"https://h\"; "    \
    "};\n"                                                                     \
    "  held = { file = \"/etc/picket/held\"; for = [ \"https://h\","           \
    " \"https://i:8443\" ]; };\n"                                              \
    "  mail = { env = \"MAIL\"; };\n"                                          \
    "};\n"                                                                     \
    "checks = { c = { %s }; };\n"

struct read {
    struct diag *diag;
    struct conf_set *set;
    struct catalog *catalog;
    struct buf out;
};

static struct read
read_check(const char *settings)
{
    struct read r = {diag_create(), conf_set_create(), NULL, {0}};
    char *text = str_xprintf(SECRETS, settings);

    buf_init(&r.out, 20000);
    (void)conf_load_text(r.set, "f", text, strlen(text), r.diag);
    r.catalog = catalog_create(r.set, r.diag);
    diag_print(r.diag, &r.out, false);
    free(text);
    return r;
}

static void
read_close(struct read *r)
{
    catalog_free(r->catalog);
    conf_set_free(r->set);
    diag_free(r->diag);
    buf_free(&r->out);
}

static void
test_uses(void **state)
{
    static const char *const rows[][2] = {
        {"http = \"https://h/\"; headers = { A = \"${secret.key}\"; };", NULL},
        {"http = \"https://H:443/?k=${secret.key}\";", NULL},
        {"http = \"https://h/\"; body = \"a ${secret.key} b ${secret.held}\";",
         NULL},
        {"http = \"https://i:8443/\"; body = \"${secret.held}\";", NULL},
        {"http = \"http://h/\"; body = \"${secret.key}\";",
         "`key` is not for http://h"},
        {"http = \"https://h:1/\"; body = \"${secret.key}\";",
         "`key` is not for https://h:1"},
        {"http = \"https://h/\"; body = \"${secret.mail}\";",
         "check `c` uses the secret `mail`, which does not say `for`"},
        {"http = \"https://h/\"; body = \"${secret.kex}\";",
         "did you mean `key`?"},
        {"http = \"https://h/\"; body = \"${secret.}\";", "no secret ``"},
        {"http = \"https://${secret.key}/\";", "no place in a host"},
        {"http = \"https://h:${secret.key}/\";", "no place in a host"},
        {"http = \"${secret.key}\";", "no place in a host"},
        {"http = \"https://h/\"; expect = [ \"body ~ '${secret.key}'\" ];",
         "and this is none"},
        {"http = \"https://h/\"; tags = [ \"${secret.key}\" ];",
         "and this is none"},
        {"tcp = \"h:25\"; runbook = \"https://h/${secret.key}\";",
         "and this is none"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct read r = read_check(rows[i][0]);

        if (rows[i][1] == NULL ? diag_errors(r.diag) != 0
                               : strstr(buf_text(&r.out), rows[i][1]) == NULL)
            fail_msg("%s\nwanted %s\n%s", rows[i][0],
                     rows[i][1] ? rows[i][1] : "nothing", buf_text(&r.out));
        assert_int_equal(catalog_count(r.catalog), rows[i][1] == NULL ? 1 : 0);
        read_close(&r);
    }
}

static void
test_literals(void **state)
{
    static const char *const rows[][2] = {
        {"Authorization = \"Bearer abc\";", "error: this looks like"},
        {"AUTHORIZATION = \"Basic abc\";", "error: this looks like"},
        {"X-Api-Key = \"abc\";", "error: this looks like"},
        {"Cookie = \"lang=de\";", "warning: if this is a secret"},
        {"Authorization = \"Bearer ${secret.key}\";", ""},
        {"Accept = \"text/html\";", ""},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text =
            str_xprintf("http = \"https://h/\"; headers = { %s };", rows[i][0]);
        struct read r = read_check(text);

        if (strstr(buf_text(&r.out), rows[i][1]) == NULL)
            fail_msg("%s\n%s", text, buf_text(&r.out));
        if (rows[i][1][0] == '\0')
            assert_null(strstr(buf_text(&r.out), "a secret"));
        read_close(&r);
        free(text);
    }
}

/* What travels defines what it needs, compiles to itself, and keeps the
 * controller's sources to the controller. */
static void
test_text(void **state)
{
    struct read r = read_check(
        "http = \"https://h/\"; body = \"${secret.key} ${secret.held}"
        " ${secret.key}\";");
    struct spec *spec = catalog_get(r.catalog, 0);
    struct spec *again = NULL;
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    struct catalog *shown = NULL;
    struct buf show;
    char why[300] = "";
    (void)state;

    assert_non_null(strstr(spec->text, "secrets = {\n"
                                       "  held = {\n"
                                       "    at = \"controller\";\n"
                                       "    for = [ \"https://h\", "
                                       "\"https://i:8443\" ];\n"
                                       "  };\n"
                                       "  key = {\n"
                                       "    credential = \"key\";\n"
                                       "    at = \"probe\";\n"
                                       "    for = [ \"https://h\" ];\n"
                                       "  };\n"
                                       "};\n"
                                       "checks = {\n"));
    assert_null(strstr(spec->text, "mail"));
    assert_null(strstr(spec->text, "/etc/picket"));
    again = catalog_compile(spec->text, why, sizeof(why));
    if (again == NULL)
        fail_msg("%s", why);
    assert_string_equal(again->text, spec->text);
    assert_true(again->version == spec->version);
    assert_null(secret_get(again->secrets, "held", why, sizeof(why)));
    assert_non_null(strstr(why, "held by the controller"));
    assert_null(secret_get(again->secrets, "key", why, sizeof(why)));
    assert_string_equal(why, "secret key has not been read yet");
    spec_free(again);

    /* `picket show` is a configuration of its own, and gives the same. */
    buf_init(&show, 20000);
    assert_int_equal(catalog_show(r.catalog, "c", &show), 0);
    assert_non_null(strstr(buf_text(&show), "file = \"/etc/picket/held\";"));
    (void)conf_load_text(set, "show", buf_text(&show), show.len, diag);
    shown = catalog_create(set, diag);
    assert_int_equal(diag_errors(diag), 0);
    assert_int_equal(catalog_count(shown), 1);
    assert_string_equal(catalog_get(shown, 0)->text, spec->text);
    catalog_free(shown);
    conf_set_free(set);
    diag_free(diag);
    buf_free(&show);
    read_close(&r);
}

/* An assignment's own text may say less than a configuration, never more. */
static void
test_assigned(void **state)
{
    static const char none[] =
        "picket = 1;\nchecks = { c = { http = \"https://h/\";"
        " body = \"${secret.key}\"; }; };";
    static const char elsewhere[] =
        "picket = 1;\nsecrets = { key = { at = \"controller\";"
        " for = [ \"https://i\" ]; }; };\n"
        "checks = { c = { http = \"https://h/\"; body = \"${secret.key}\"; }; "
        "};";
    char why[300];
    (void)state;

    assert_null(catalog_compile(none, why, sizeof(why)));
    assert_non_null(strstr(why, "no secret `key`"));
    assert_null(catalog_compile(elsewhere, why, sizeof(why)));
    assert_non_null(strstr(why, "not for https://h"));
}

static void
test_origin(void **state)
{
    static const char *const rows[][2] = {
        {"https://h/", "https://h"},
        {"https://H:8443?x", "https://h:8443"},
        {"https://h/${x}", "https://h"},
        {"https://${x}/", ""},
        {"https://h${x}/", ""},
        {"https://h:${x}/", ""},
        {"${x}", ""},
        {"", ""},
    };
    char origin[300];
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        compile_secret_origin(rows[i][0], origin, sizeof(origin));
        assert_string_equal(origin, rows[i][1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uses),   cmocka_unit_test(test_literals),
        cmocka_unit_test(test_text),   cmocka_unit_test(test_assigned),
        cmocka_unit_test(test_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
