#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/compile_kind.c"

/* One check with the settings given: what is said, or NULL: it is right. */
static const struct {
    const char *settings;
    const char *says;
} cases[] = {
    {"http = \"https://h/\"; method = \"PATCH\";", NULL},
    {"http = \"https://h/\"; method = \"get\";", "`get` is no method"},
    {"http = \"https://h/\"; headers = { X = \"a\\nb\"; };", "on one line"},
    {"http = \"https://h/\"; headers = { Content-Length = \"1\"; };",
     "set by Picket itself"},
    {"http = \"https://h/\"; redirects = 21;", "from 0 to 20"},
    {"http = \"https://h/\"; body_file = \"/nonexistent\";", "cannot read"},
    {"http = \"https://h/\"; body_file = \"/dev/zero\";", "cannot read"},
    {"dns = \"h\"; record = \"soa\";", NULL},
    {"dns = \"h\"; record = \"SRV\";", "not in this version"},
    {"dns = \"h\"; ask = [ \"192.0.2.1\", \"[::1]:54\", \"system\" ];", NULL},
    {"dns = \"h\"; ask = [ ];", "names no server"},
    {"dns = \"h\"; ask = [ \"ns1.example\" ];", "no server to ask"},
    {"dns = \"h\"; ask = \"https://dns.example/\";", "not in this version"},
    {"tls = \"h\";", NULL},
    {"tls = \"h:0\";", "a port is a number"},
    {"tcp = \"h\";", "the port is missing"},
    {"tcp = \"h:1\"; sni = \"x\";", "a tcp check has no setting `sni`"},
};

static void
settings_meet_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text =
            str_xprintf("picket = 1;\nregions = { fra = { }; iad = { }; };\n"
                        "defaults = { timeout = \"20s\"; quorum = 3; };\n"
                        "checks = { c = { %s }; };\n",
                        cases[i].settings);
        struct diag *diag = diag_create();
        struct conf_set *set = conf_set_create();
        struct catalog *catalog;
        struct buf out;
        size_t wrong = cases[i].says ? 1 : 0;

        buf_init(&out, 10000);
        conf_load_text(set, "f", text, strlen(text), diag);
        catalog = catalog_create(set, diag);
        diag_print(diag, &out, false);
        if (diag_errors(diag) != wrong ||
            (cases[i].says && !strstr(buf_text(&out), cases[i].says)))
            fail_msg("%s\nwanted: %s\n%s", text,
                     cases[i].says ? cases[i].says : "nothing", buf_text(&out));
        assert_int_equal(catalog_count(catalog), 1 - wrong);
        catalog_free(catalog);
        conf_set_free(set);
        diag_free(diag);
        buf_free(&out);
        free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_meet_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
