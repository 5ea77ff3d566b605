#include "tests/lib/conf_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "tests/lib/pki.h"

#define CERTS_MAX 10000 /* bytes that they add */

static void
compile_again(const struct spec *spec)
{
    char why[500] = "";
    struct spec *again = catalog_compile(spec->text, why, sizeof(why));

    if (!again)
        fail_msg("%s\n%s", spec->text, why);
    assert_string_equal(again->text, spec->text);
    assert_true(again->version == spec->version);
    spec_free(again);
}

static void
add_cert(struct buf *out)
{
    struct pki_opts opts = {.name = "c"};
    struct pki pki;
    char *pem;

    pki_make(&pki, NULL, &opts);
    pem = pki_quoted_pem(&pki);
    buf_add_str(out, pem);
    free(pem);
    pki_free(&pki);
}

/* With a certificate wherever one is wanted. */
static char *
fill_in(const char *text)
{
    const char *at = text, *mark;
    struct buf out;

    buf_init(&out, strlen(text) + CERTS_MAX);
    for (; (mark = strstr(at, CONF_CASE_CERT)) != NULL;
         at = mark + strlen(CONF_CASE_CERT)) {
        buf_add(&out, at, (size_t)(mark - at));
        add_cert(&out);
    }
    buf_add_str(&out, at);
    return (char *)buf_take(&out, &(size_t){0});
}

void
conf_case_run_like(const struct conf_case *c, const char *templates)
{
    char *raw = str_xprintf(
        "picket = 1;\nregions = { fra = { }; iad = { }; };\n"
        "secrets = { s = { env = \"S\"; at = \"probe\";\n"
        "  for = [ \"https://h\", \"https://id\",\n"
        "          \"http://proxy:3128\" ]; }; };\n"
        "templates = { api = { headers = { Accept = \"a/b\"; };\n"
        "  expect = [ \"status == 200\" ]; every = \"90s\"; }; %s };\n"
        "defaults = { timeout = \"20s\"; quorum = 3; };\n"
        "checks = { c = { %s }; };\n",
        templates, c->settings);
    char *text = fill_in(raw);
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    struct catalog *catalog;
    struct buf out;
    size_t wrong = c->says ? 1 : 0;

    buf_init(&out, 10000);
    conf_load_text(set, "f", text, strlen(text), diag);
    catalog = catalog_create(set, diag);
    diag_print(diag, &out, false);
    if (diag_errors(diag) != wrong ||
        (c->says && !strstr(buf_text(&out), c->says)))
        fail_msg("%s\nwanted: %s\n%s", text, c->says ? c->says : "nothing",
                 buf_text(&out));
    assert_int_equal(catalog_count(catalog), 1 - wrong);
    if (!wrong)
        compile_again(catalog_get(catalog, 0));
    catalog_free(catalog);
    conf_set_free(set);
    diag_free(diag);
    buf_free(&out);
    free(text);
    free(raw);
}

void
conf_case_run(const struct conf_case *c)
{
    conf_case_run_like(c, "");
}
