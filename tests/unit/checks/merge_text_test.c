#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "checks/catalog.h"
#include "checks/merge_text.c"
#include "checks/spec.h"
#include "tests/lib/pki.h"

static void
one_form_with_and_without_origins(void **state)
{
    static const char text[] =
        "http = \"https://h/\"; every = \"120s\"; expect = [ \"a\", \"b\" ];\n"
        "headers = { X = \"q\\\"\"; }; insecure = true; redirects = 3;";
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    struct merge merge = {.name = "n", .kind = SPEC_HTTP};
    struct buf out;

    (void)state;
    buf_init(&out, 10000);
    conf_load_text(set, "f\ng", text, sizeof(text) - 1, diag);
    merge_add(&merge, conf_root(set, 0), true);
    merge.value[SPEC_KEY_TIMEOUT].has_num = true;
    merge.value[SPEC_KEY_TIMEOUT].num = 1500000000;
    merge_format(&merge, &out);
    assert_string_equal(buf_text(&out),
                        "picket = 1;\nchecks = {\n  n = {\n"
                        "    http = \"https://h/\";\n    every = \"2m\";\n"
                        "    timeout = \"1.5s\";\n"
                        "    headers = {\n      X = \"q\\\"\";\n    };\n"
                        "    redirects = 3;\n    insecure = true;\n"
                        "    expect = [\n      \"a\",\n      \"b\"\n    ];\n"
                        "  };\n};\n");
    buf_reset(&out);
    merge_show(&merge, &out);
    assert_non_null(strstr(buf_text(&out), "\"2m\";  # f?g:1\n"));
    assert_non_null(strstr(buf_text(&out), "\"1.5s\";  # default\n"));
    assert_non_null(strstr(buf_text(&out), "\";  # f?g:2\n"));
    merge_clear(&merge);
    buf_free(&out);
    conf_set_free(set);
    diag_free(diag);
}

/* ---- any check: its text, and what `picket show` prints, are that check ----
 */

#define ROUNDS 400

struct dice {
    uint64_t state;
    const char *cert; /* as PEM, escaped */
};

static size_t
roll(struct dice *dice, size_t sides)
{
    dice->state = dice->state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (size_t)(dice->state >> 33) % sides;
}

/* What a text may hold, as it is written between quotes. */
static void
add_words(struct dice *dice, struct buf *out)
{
    static const char *const words[] = {
        "a",       "B7",       " ",          "\\\"",     "\\\\", "\\n",
        "\\t",     "\\x1f",    "\\x7F",      "\xc3\xa9", "#",    "//",
        "/*",      "'",        ";",          "{ }",      "$ ",   "%41",
        "\\u0041", "${check}", "${secret.s}"};

    for (size_t n = roll(dice, 6) + 1; n > 0; n--)
        buf_add_str(out, words[roll(dice, sizeof(words) / sizeof(words[0]))]);
}

static void
add_fields(struct dice *dice, struct buf *out)
{
    for (size_t n = 0; n < roll(dice, 4); n++) {
        buf_addf(out, "f%zu = \"", n);
        add_words(dice, out);
        buf_add_str(out, "\"; ");
    }
}

static void
add_body(struct dice *dice, struct buf *out)
{
    switch (roll(dice, 8)) {
    case 7:
        buf_add_str(out, "json = { a = \"");
        add_words(dice, out);
        buf_add_str(out, "\"; b = [ 1, 2 ]; c = { d = true; e = 1.5; }; };\n");
        break;
    case 0:
        buf_add_str(out, "body = \"");
        add_words(dice, out);
        buf_add_str(out, "\";\n");
        break;
    case 1:
        buf_add_str(out, "json = \"[ 1, \\\"${check}\\\", ${run.id} ]\";\n");
        break;
    case 2:
        buf_add_str(out, "form = { ");
        add_fields(dice, out);
        buf_add_str(out, "};\n");
        break;
    case 3:
        buf_add_str(out, "multipart = { ");
        add_fields(dice, out);
        buf_add_str(out, "p = { type = \"a/b\"; text = \"");
        add_words(dice, out);
        buf_add_str(out, "\"; }; q = { file = \"/proc/self/cmdline\"; }; };\n");
        break;
    case 4:
        buf_add_str(out, "body_file = \"/etc/hostname\";\n");
        break;
    default:
        break;
    }
}

/* Some of these settings, in any order. */
static void
add_some(struct dice *dice, struct buf *out, const char *const *settings,
         size_t count)
{
    size_t first = roll(dice, count);

    for (size_t i = 0; i < count; i++)
        if (roll(dice, 3) == 0)
            buf_addf(out, "%s\n", settings[(first + i) % count]);
}

#define SOME(dice, out, settings)                                              \
    add_some(dice, out, settings, sizeof(settings) / sizeof((settings)[0]))

static void
add_request(struct dice *dice, struct buf *out)
{
    static const char *const addresses[] = {
        "get = \"https://h/a?b=c\";", "post = \"https://h/\";",
        "http = \"https://h:443/${check}\"; method = \"PUT\";",
        "delete = \"https://H/\";"};
    static const char *const settings[] = {
        "like = \"api\";",
        "headers = { Accept = \"x\"; X = \"${secret.s}\"; };",
        "auth = { password = \"${secret.s}\"; basic = \"u\"; };",
        "redirects = 3;",
        "header_max = \"128KiB\";",
        "body_max = \"0B\";",
        "degraded_when = \"time > 100ms\";",
        "expect = [ \"!reset\", \"status in 200 201\", \"body ~ 'a''b'\" ];"};

    buf_addf(out, "%s\n",
             addresses[roll(dice, sizeof(addresses) / sizeof(addresses[0]))]);
    add_body(dice, out);
    SOME(dice, out, settings);
}

static void
add_steps_of(struct dice *dice, struct buf *out)
{
    static const char *const settings[] = {
        "timeout = \"900ms\";",
        "save = { v = \"header x\"; w = \"header x\"; };",
        "within = \"3s\"; until = \"status == 200\"; every = \"0.5s\";"};

    buf_add_str(out, "journey = {\n");
    for (size_t i = 0; i < roll(dice, 5) + 1; i++) {
        buf_addf(out, "s%zu = {\n", i);
        add_request(dice, out);
        SOME(dice, out, settings);
        buf_add_str(out, "};\n");
    }
    buf_add_str(out, "};\n");
    if (roll(dice, 2))
        buf_add_str(out, "cleanup = { z = { like = \"api\"; delete = "
                         "\"https://h/\"; }; };\n");
    if (roll(dice, 2))
        buf_add_str(out, "values = { ref = \"x-${check}\"; };\n");
}

static void
add_check(struct dice *dice, struct buf *out)
{
    static const char *const settings[] = {
        "every = \"90s\";",
        "timeout = \"60000ms\";",
        "regions = [ \"iad\" ];",
        "tags = [ \"+x\", \"-old\" ];",
        "links = { l = \"https://l/${run.id}\"; };",
        "evidence = \"head\";",
        "public = [ \"set-cookie\" ];",
        "compressed = true;",
        "allow = [ \"10.0.0.0/8\" ];",
        "insecure = true;"};

    /* Where a body ends: HTTP/2 says so itself. */
    static const char *const ends[] = {
        "", "http_version = \"2\";", "truncated_ok = true;",
        "http_version = \"1.1\"; truncated_ok = true;"};

    /* Who looks the target up: only one can. */
    static const char *const lookups[] = {
        "", "family = \"6\";", "resolve = \"192.0.2.1:8443\";",
        "family = \"6\"; resolve = \"[2001:db8::1]:8443\";",
        "proxy = \"http://p:1\"; proxy_user = \"u\";"};

    if (roll(dice, 2))
        add_request(dice, out);
    else
        add_steps_of(dice, out);
    SOME(dice, out, settings);
    if (roll(dice, 2))
        buf_addf(out, "key = \"${secret.s}\"; cert_pem = \"%s\";\n",
                 dice->cert);
    buf_add_str(out, ends[roll(dice, sizeof(ends) / sizeof(ends[0]))]);
    buf_add_str(out, lookups[roll(dice, sizeof(lookups) / sizeof(lookups[0]))]);
}

static const char around[] =
    "picket = 1;\n"
    "regions = { fra = { }; iad = { }; sin = { }; };\n"
    "policies = { web = { }; };\n"
    "secrets = { s = { env = \"S\"; at = \"probe\"; for = [ \"https://h\" ]; "
    "}; "
    "};\n"
    "defaults = { every = \"2m\"; policy = \"web\"; tags = [ \"old\" ];\n"
    "  expect = [ \"time < 9s\" ]; cleanup_timeout = \"7s\";\n"
    "  addresses_up = \"any\"; };\n"
    "templates = { base = { redirects = 5; }; api = { like = \"base\";\n"
    "  headers = { Accept = \"a/b\"; }; expect = [ \"status == 200\" ]; }; };\n"
    "checks = { c = {\n";

static char *
text_of(const char *config)
{
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    struct catalog *catalog;
    struct buf said;
    char *text = NULL;

    buf_init(&said, 1000000);
    conf_load_text(set, "f", config, strlen(config), diag);
    catalog = catalog_create(set, diag);
    if (diag_errors(diag) == 0 && catalog_count(catalog) == 1)
        text = str_xdup(catalog_get(catalog, 0)->text);
    else
        diag_print(diag, &said, false);
    if (!text)
        fail_msg("%s\n%s", buf_text(&said), config);
    buf_free(&said);
    catalog_free(catalog);
    conf_set_free(set);
    diag_free(diag);
    return text;
}

static void
check_shown(const char *config, const char *text)
{
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    struct catalog *catalog;
    struct buf shown;
    char *again;

    buf_init(&shown, 1000000);
    conf_load_text(set, "f", config, strlen(config), diag);
    catalog = catalog_create(set, diag);
    /* A configuration of its own needs the policy that it names. */
    assert_int_equal(catalog_show(catalog, "c", &shown), 0);
    buf_add_str(&shown, "policies = { web = { }; };\n"
                        "regions = { fra = { }; iad = { }; sin = { }; };\n");
    again = text_of(buf_text(&shown));
    assert_string_equal(again, text);
    free(again);
    buf_free(&shown);
    catalog_free(catalog);
    conf_set_free(set);
    diag_free(diag);
}

static char *
make_cert(void)
{
    struct pki_opts opts = {.name = "c"};
    struct pki pki;
    char *pem;

    pki_make(&pki, NULL, &opts);
    pem = pki_quoted_pem(&pki);
    pki_free(&pki);
    return pem;
}

static void
a_text_is_the_check_it_was_made_from(void **state)
{
    char *cert = make_cert();

    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        struct dice dice = {round * 2654435761U + 1, cert};
        struct buf config;
        char why[500] = "";
        char *text;
        struct spec *again;

        buf_init(&config, 1000000);
        buf_add_str(&config, around);
        add_check(&dice, &config);
        buf_add_str(&config, "}; };\n");
        text = text_of(buf_text(&config));
        again = catalog_compile(text, why, sizeof(why));
        if (!again)
            fail_msg("round %zu:\n%s\n%s", round, text, why);
        assert_string_equal(again->text, text);
        check_shown(buf_text(&config), text);
        spec_free(again);
        free(text);
        buf_free(&config);
    }
    free(cert);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_form_with_and_without_origins),
        cmocka_unit_test(a_text_is_the_check_it_was_made_from),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
