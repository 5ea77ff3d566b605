/*
 * conf_fuzz.c - any text as a configuration and as an assignment.  What
 * compiles must compile from its own text to the same text.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"

#define OUTPUT_MAX 4000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_again(const struct spec *spec)
{
    char why[300];
    struct spec *again = catalog_compile(spec->text, why, sizeof(why));

    assert(again && str_eq(again->text, spec->text));
    assert(again->version == spec->version);
    spec_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    char *text = str_xndup((const char *)data, size);
    struct catalog *catalog;
    struct buf out;

    /* Files that a text names are not this target's business. */
    if (!strstr(text, "file") && !strstr(text, "ca =") &&
        !strstr(text, "ca=") && !strstr(text, "cert")) {
        buf_init(&out, OUTPUT_MAX);
        (void)conf_load_text(set, "fuzz", text, size, diag);
        catalog = catalog_create(set, diag);
        diag_print(diag, &out, true);
        diag_print_json(diag, &out);
        for (size_t i = 0; i < catalog_count(catalog); i++)
            check_again(catalog_get(catalog, i));
        catalog_free(catalog);
        buf_free(&out);
    }
    free(text);
    conf_set_free(set);
    diag_free(diag);
    return 0;
}
