#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_meet.c"
#include "conf_case.h"

#define PROXY "proxy = \"http://proxy:3128\"; "
#define SOCKS "proxy = \"socks5://proxy:1080\"; "
#define CERT  "cert_pem = \"" CONF_CASE_CERT "\"; key = \"${secret.s}\"; "
#define JOURNEY(first, second)                                                 \
    "journey = { a = { get = \"" first "\"; }; }; cleanup = { b = { get = "    \
    "\"" second "\"; }; }; "

static const struct conf_case cases[] = {
    /* Where the requests go. */
    {"http = \"https://h/\"; " PROXY "addresses = \"all\";",
     "the proxy's choice"},
    {"http = \"https://h/\"; " SOCKS "addresses = \"all\";",
     "the proxy's choice"},
    {"http = \"https://h/\"; " PROXY "addresses = \"first\";", NULL},
    {"http = \"https://h/\"; " PROXY "resolve = \"192.0.2.1\";",
     "the proxy looks the target up"},
    {JOURNEY("https://h/", "https://h/") PROXY "resolve = \"192.0.2.1\";",
     "the proxy looks the target up"},
    {"http = \"https://h/\"; resolve = \"192.0.2.1\"; addresses = \"all\";",
     "`resolve` is one address"},
    {"http = \"https://192.0.2.1/\"; family = \"6\";",
     "192.0.2.1 cannot be asked with family = \"6\""},
    {"http = \"https://[2001:db8::1]:8443/\"; family = \"4\";",
     "write family = \"6\""},
    {JOURNEY("https://h/", "https://192.0.2.1/") "family = \"6\";",
     "192.0.2.1 cannot be asked"},
    {"http = \"https://192.0.2.1/\"; family = \"4\";", NULL},
    {"http = \"https://192.0.2.1/\"; family = \"6\"; " PROXY, NULL},
    {"http = \"https://192.0.2.1/\"; family = \"6\"; resolve = "
     "\"2001:db8::1\";",
     NULL},
    /* How they are spoken. */
    {"http = \"http://h/\"; http_version = \"2\"; " PROXY,
     "only https:// can be asked for in HTTP/2"},
    {JOURNEY("https://h/", "http://h/") "http_version = \"2\"; " PROXY,
     "only https:// can be asked for in HTTP/2"},
    {"http = \"https://h/\"; http_version = \"2\"; " PROXY, NULL},
    {"http = \"http://h/\"; http_version = \"2\"; " SOCKS, NULL},
    {"http = \"http://h/\"; http_version = \"1.1\"; " PROXY, NULL},
    {"http = \"http://h/\"; http_version = \"2\";", NULL},
    {"http = \"https://h/\"; http_version = \"2\"; truncated_ok = true;",
     "so `truncated_ok` has no say"},
    {"http = \"https://h/\"; http_version = \"1.1\"; truncated_ok = true;",
     NULL},
    /* What they show. */
    {"http = \"http://h/\"; " CERT, "nothing here is asked for over https://"},
    {JOURNEY("http://h/", "http://h/") CERT,
     "nothing here is asked for over https://"},
    {JOURNEY("https://h/", "http://h/") CERT, NULL},
    {JOURNEY("https://h/", "https://h/") CERT, NULL},
    {"http = \"https://h/\"; headers = { proxy-authorization = "
     "\"Basic ${secret.s}\"; };",
     "would be shown to the target, too"},
    /* What they hold. */
    {"head = \"https://h/\"; body = \"x\";", "a HEAD request has no body"},
    {"http = \"https://h/\"; method = \"HEAD\"; form = { a = \"b\"; };",
     "a HEAD request has no body"},
    {"head = \"https://h/\";", NULL},
    {"http = \"https://h/\"; multipart = { a = \"b\"; }; headers = { "
     "content-type = \"multipart/form-data\"; };",
     "names what parts it"},
};

#define TEMPLATES                                                              \
    "walled = { " PROXY "}; known = { " CERT "}; "                             \
    "cut = { truncated_ok = true; }; json = { headers = { Content-Type = "     \
    "\"application/json\"; }; };"

static const struct conf_case inherited[] = {
    {"http = \"https://h/\"; like = \"walled\"; addresses = \"all\";",
     "the proxy's choice"},
    {"http = \"http://h/\"; like = \"known\";", NULL},
    {"http = \"https://h/\"; like = \"cut\"; http_version = \"2\";", NULL},
    {JOURNEY("http://h/", "http://h/") "like = \"known\";", NULL},
    {"http = \"https://h/\"; like = \"json\"; multipart = { a = \"b\"; };",
     "names what parts it"},
    {"http = \"https://h/\"; like = \"json\"; multipart = { a = \"b\"; }; "
     "headers = { Content-Type = \"!reset\"; };",
     NULL},
};

static void
what_contradicts_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

static void
what_only_a_template_says_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(inherited) / sizeof(inherited[0]); i++)
        conf_case_run_like(&inherited[i], TEMPLATES);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_contradicts_is_told),
        cmocka_unit_test(what_only_a_template_says_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
