#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_tls.c"
#include <stdlib.h>

#include "checks/catalog.h"
#include "conf_case.h"

#define PIN         "sha256/qvHNXa9bMJ1zYk3yD8VqHAn5bYV2yTTtDsnyHTbKPY0="
#define TALK(steps) "tcp = \"h:1\"; talk = { " steps " };"

static const struct conf_case cases[] = {
    {"tls = \"h\";", NULL},
    {"tls = \"h:0\";", "a port is a number"},
    {"tls = \"h\"; starttls = \"smtp\";", NULL},
    {"tls = \"h\"; starttls = \"smtps\";", "no protocol that begins TLS"},
    {"tls = \"h\"; alpn = [ \"h2\" ]; pins = [ \"" PIN "\" ];", NULL},
    {"tls = \"h\"; alpn = [ \"h2\", \"\" ];", "has 1 to 255 bytes"},
    {"tls = \"h\"; pins = \"sha256/abc\";", "`sha256/abc` is no pin"},
    {"tls = \"h\"; rsa_bits_min = 3072; scan = true;", NULL},
    {"tls = \"h\"; expect = [ \"ocsp == fine\" ];", "fine"},
    {"tls = \"h\"; secure = true;", "a tls check has no setting `secure`"},
    {"tcp = \"h\";", "the port is missing"},
    {"tcp = \"h:1\"; sni = \"x\";", "`sni` is about TLS"},
    {"tcp = \"h:1\"; pins = \"" PIN "\"; secure = true;", NULL},
    {"tcp = \"h:1\"; starttls = \"imap\"; sni = \"x\";", NULL},
    {"tcp = \"h:1\"; scan = true;", "a tcp check has no setting `scan`"},
    {TALK("a = { send = \"x\\r\\n\"; expect = [ \"banner ~ '^2'\" ]; };"),
     NULL},
    {TALK("a = { send = \"x\"; secure = true; }; b = { send = \"y\"; };"),
     NULL},
    {TALK("a = { };"), "neither sends nor expects"},
    {TALK("a = { send = \"x\"; secure = true; }; "
          "b = { send = \"y\"; secure = true; };"),
     "inside TLS already"},
    {TALK("a = { send = \"x\"; secure = true; };") " secure = true;",
     "inside TLS already"},
    {TALK("a = { sent = \"x\"; };"), "did you mean `send`"},
    {TALK("a = { expect = [ \"status == 200\" ]; };"), "status"},
    {TALK("a = { send = \"${secret.x}\"; };"), "there is no secret `x`"},
};

static struct spec *
compile(const char *settings)
{
    char *text = str_xprintf("picket = 1; checks = { a = { %s }; };", settings);
    char why[400] = "";
    struct spec *spec = catalog_compile(text, why, sizeof(why));

    if (!spec)
        fail_msg("%s", why);
    free(text);
    return spec;
}

static void
what_comes_of_them(void **state)
{
    struct spec *spec = compile("tls = \"h\"; starttls = \"smtp\"; alpn = "
                                "\"a\"; pins = [ \"" PIN "\" ]; scan = true; "
                                "ec_bits_min = 256;");
    const struct spec_endpoint *at = &spec->of.endpoint;

    (void)state;
    assert_int_equal(at->port, 25);
    assert_int_equal(at->starttls, STARTTLS_SMTP);
    assert_string_equal(at->alpn.item[0], "a");
    assert_int_equal(at->pin_count, 1);
    assert_true(at->scan);
    assert_int_equal(at->policy.rsa_bits, 2048);
    assert_int_equal(at->policy.ec_bits, 256);
    spec_free(spec);
    spec = compile(TALK("greet = { expect = [ \"banner ~ '^220 '\" ]; }; "
                        "ehlo = { send = \"EHLO picket\\r\\n\"; "
                        "secure = true; };"));
    at = &spec->of.endpoint;
    assert_int_equal(at->talk_count, 2);
    assert_string_equal(at->talk[0].name, "greet");
    assert_null(at->talk[0].send);
    assert_int_equal(at->talk[0].expect.count, 1);
    assert_string_equal(at->talk[1].send, "EHLO picket\r\n");
    assert_true(at->talk[1].starts_tls);
    assert_true(at->has_tls);
    assert_false(at->is_secured);
    spec_free(spec);
}

static void
settings_meet_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

/* In the text that travels they would be the check's own. */
static void
what_is_inherited_is_meant_for_others(void **state)
{
    static const struct conf_case inherited[] = {
        {"like = \"t\"; tcp = \"h:1\";", NULL},
        {"like = \"t\"; ws = \"ws://h/\";", NULL},
        {"like = \"t\"; grpc = \"h:1\";", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(inherited) / sizeof(inherited[0]); i++)
        conf_case_run_like(&inherited[i], "t = { insecure = true; };");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_meet_each_other),
        cmocka_unit_test(what_comes_of_them),
        cmocka_unit_test(what_is_inherited_is_meant_for_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
