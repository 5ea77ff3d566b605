/*
 * conf/examples/: every file there is valid, without a warning, makes the
 * checks it says it makes, and is still so with other hosts' names in it.
 * What docs/journeys.md shows as whole files is valid, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "controller/config.h"

#define DIR_NAME "conf/examples"
#define TEXT_MAX 1000000
#define HOST     "example.com"
#define OTHER    "a-firm.test"
#define FENCE    "```\npicket = 1;"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
    const char *name;
    size_t checks;
    const char *some; /* a check that must be among them */
} files[] = {
    {"api.conf", 17, "changes"},
    {"content.conf", 28, "name-static-example-com-AAAA"},
    {"mail.conf", 20, "inbound-mx2-example-com"},
    {"payments.conf", 15 * 40 + 15 + 15 + 4, "provider-de-visa"},
    {"shop.conf", 12, "payment"},
};

static struct config *
load(const char *name, const char *text)
{
    struct diag *diag = diag_create();
    struct config *config = config_load_text(name, text, diag);
    struct buf said;

    buf_init(&said, TEXT_MAX);
    diag_print(diag, &said, false);
    if (!config || said.len > 0)
        fail_msg("%s:\n%s", name, buf_text(&said));
    buf_free(&said);
    diag_free(diag);
    return config;
}

static char *
read(const char *name)
{
    char *path = file_join(DIR_NAME, name);
    struct buf text;

    buf_init(&text, TEXT_MAX);
    if (file_read(path, &text) != 0)
        fail_msg("%s: run it from the top", path);
    free(path);
    return (char *)buf_take(&text, NULL);
}

static void
every_example_is_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        char *text = read(files[i].name);
        struct config *config = load(files[i].name, text);

        assert_int_equal(catalog_count(config->catalog), files[i].checks);
        assert_non_null(catalog_find(config->catalog, files[i].some));
        assert_true(config->policy_count > 0 && config->page_count > 0);
        config_free(config);
        free(text);
    }
}

/* What a probe gets says the same as what was written here. */
static void
what_travels_is_the_same_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        char *text = read(files[i].name);
        struct config *config = load(files[i].name, text);

        for (size_t k = 0; k < catalog_count(config->catalog); k++) {
            const struct spec *spec = catalog_get(config->catalog, k);
            char why[500] = "";
            struct spec *again = catalog_compile(spec->text, why, sizeof(why));

            if (!again || again->version != spec->version)
                fail_msg("%s of %s: %s", spec->name, files[i].name, why);
            spec_free(again);
        }
        config_free(config);
        free(text);
    }
}

static void
other_hosts_do_as_well(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        char *text = read(files[i].name);
        struct config *config;

        for (char *at = strstr(text, HOST); at; at = strstr(at, HOST))
            memcpy(at, OTHER, strlen(OTHER));
        config = load(files[i].name, text);
        assert_int_equal(catalog_count(config->catalog), files[i].checks);
        config_free(config);
        free(text);
    }
}

static void
what_a_page_shows_is_valid(void **state)
{
    struct buf text;
    size_t count = 0;

    (void)state;
    buf_init(&text, TEXT_MAX);
    assert_int_equal(file_read("docs/journeys.md", &text), 0);
    for (const char *at = strstr(buf_text(&text), FENCE); at;
         at = strstr(at + 1, FENCE)) {
        const char *begin = at + strlen("```\n");
        const char *end = strstr(begin, "```");
        char *file = str_xndup(begin, (size_t)(end - begin));
        struct diag *diag = diag_create();
        struct config *config = config_load_text("journeys.md", file, diag);
        struct buf said;

        buf_init(&said, TEXT_MAX);
        diag_print(diag, &said, false);
        if (!config)
            fail_msg("%s\n%s", file, buf_text(&said));
        count++;
        buf_free(&said);
        config_free(config);
        diag_free(diag);
        free(file);
    }
    assert_true(count >= 3);
    buf_free(&text);
}

static int
is_conf(const struct dirent *entry)
{
    return str_ends(entry->d_name, ".conf");
}

static void
no_example_is_left_out(void **state)
{
    struct dirent **entries;
    int count = scandir(DIR_NAME, &entries, is_conf, alphasort);

    (void)state;
    assert_int_equal(count, COUNT(files));
    for (int i = 0; i < count; i++) {
        assert_string_equal(entries[i]->d_name, files[i].name);
        free(entries[i]);
    }
    free(entries);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_valid),
        cmocka_unit_test(what_travels_is_the_same_check),
        cmocka_unit_test(other_hosts_do_as_well),
        cmocka_unit_test(no_example_is_left_out),
        cmocka_unit_test(what_a_page_shows_is_valid),
    };

    _Static_assert(sizeof(HOST) == sizeof(OTHER), "one for the other");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
