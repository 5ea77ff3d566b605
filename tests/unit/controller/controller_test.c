#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/controller.c"

#include <sys/stat.h>

#include "base/jsonpath.h"
#include "tests/lib/web_bed.h"

static void
runtime_file_says_where_it_is_and_goes_with_it(void **state)
{
    struct web_bed *bed = *state;
    char *path = file_join(bed->dir, "runtime.json");
    struct buf text;
    struct jsonpath_doc *doc;
    struct stat st;
    char why[128];

    buf_init(&text, 65536);
    assert_int_equal(file_read(path, &text), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    doc = jsonpath_doc(buf_text(&text), text.len, why, sizeof(why));
    assert_string_equal(jsonpath_text(doc, "$.url"),
                        controller_url(bed->controller));
    assert_string_equal(jsonpath_text(doc, "$.key"),
                        controller_key(bed->controller));
    assert_int_equal(strtol(jsonpath_text(doc, "$.pid"), NULL, 10), getpid());
    jsonpath_doc_free(doc);
    buf_free(&text);
    controller_free(bed->controller);
    assert_int_equal(access(path, F_OK), -1);
    web_bed_start(bed);
    free(path);
}

static void
authority_and_key_outlive_a_restart(void **state)
{
    struct web_bed *bed = *state;
    char *ca = str_xdup(controller_ca_sha256(bed->controller));
    char *key = str_xdup(controller_key(bed->controller));

    controller_free(bed->controller);
    web_bed_start(bed);
    assert_string_equal(controller_ca_sha256(bed->controller), ca);
    assert_string_equal(controller_key(bed->controller), key);
    free(ca);
    free(key);
}

/* The configuration's secrets are read at the start, and a lost one is no end. */
static void
starts_without_a_secret(void **state)
{
    struct web_bed *bed = *state;
    const struct config *config;
    char why[SECRET_WHY_MAX];

    free(bed->text);
    bed->text =
        str_xdup("picket = 1;\n"
                 "controller = { listen = \"127.0.0.1:0\"; probes = { listen = "
                 "\"127.0.0.1:0\"; }; };\n"
                 "secrets = { a = { env = \"HOME\"; };\n"
                 "            p = { env = \"HOME\"; at = \"probe\"; };\n"
                 "            b = { env = \"PICKET_NONE\"; }; };\n"
                 "checks = { a = { tcp = \"127.0.0.1:1\"; }; };\n");
    controller_free(bed->controller);
    web_bed_start(bed);
    config = controller_view(bed->controller).config;
    secret_value_free(secret_get(config->secrets, "a", why, sizeof(why)));
    assert_null(secret_get(config->secrets, "p", why, sizeof(why)));
    assert_string_equal(why, "there is no secret `p`"); /* not read here */
    assert_null(secret_get(config->secrets, "b", why, sizeof(why)));
    assert_string_equal(why, "secret b: environment variable PICKET_NONE is "
                             "not set");
}

static void
folder_that_cannot_be_made_is_said(void **state)
{
    struct web_bed *bed = *state;
    struct diag *diag = diag_create();
    struct controller_opts opts = {.loop = bed->loop};
    char why[512] = "";

    opts.config = web_bed_load(bed, diag);
    free(opts.config->data_dir);
    opts.config->data_dir = str_xdup("/proc/nowhere/data");
    assert_null(controller_create(&opts, why, sizeof(why)));
    assert_non_null(strstr(why, "/proc/nowhere/data"));
    diag_free(diag);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_BED(runtime_file_says_where_it_is_and_goes_with_it),
        WEB_BED(authority_and_key_outlive_a_restart),
        WEB_BED(starts_without_a_secret),
        WEB_BED(folder_that_cannot_be_made_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
