#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_net.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; family = \"6\"; resolve = \"192.0.2.1\"; allow = "
     "[ \"10.0.0.0/8\" ];",
     NULL},
    {"http = \"https://h/\"; family = \"5\";", "is \"any\", \"4\" or \"6\""},
    {"http = \"https://h/\"; resolve = \"h\";", "takes an IP address"},
    {"http = \"https://h/\"; allow = [ \"10.0.0.0/80\" ];", "is no network"},
    {"http = \"https://h/\"; ca_pem = \"x\";", "ca_pem"},
    {"http = \"https://h/\"; ca = \"/nonexistent\";", "cannot read"},
    {"http = \"https://h/\"; http_version = \"2\"; compressed = true; "
     "truncated_ok = true;",
     NULL},
    {"http = \"https://h/\"; http_version = \"1.1\";", NULL},
    {"http = \"https://h/\"; http_version = \"3\";", "is \"1.1\" or \"2\""},
    {"http = \"https://h/\"; proxy = \"http://proxy:3128\"; proxy_user = "
     "\"u\"; proxy_password = \"${secret.s}\";",
     NULL},
    {"http = \"https://h/\"; proxy = \"socks5://[::1]:1080\";", NULL},
    {"http = \"https://h/\"; proxy = \"socks5://proxy:3128\"; proxy_user = "
     "\"u\"; proxy_password = \"${secret.s}\";",
     NULL},
    {"http = \"https://h/\"; proxy = \"socks5://proxy:1080\"; proxy_user = "
     "\"u\"; proxy_password = \"${secret.s}\";",
     "is not for http://proxy:1080"},
    {"http = \"https://h/\"; proxy = \"http://other:3128\"; proxy_user = "
     "\"u\"; proxy_password = \"${secret.s}\";",
     "is not for http://other:3128"},
    {"http = \"https://h/\"; proxy = \"ftp://p:1\";",
     "no proxy that can be spoken to"},
    {"http = \"https://h/\"; proxy = \"http://p\";", "the port is missing"},
    {"http = \"https://h/\"; proxy_user = \"u\";", "goes with a `proxy`"},
    {"http = \"https://h/\"; proxy = \"http://proxy:3128\"; proxy_password = "
     "\"${secret.s}\"; ",
     "goes with a `proxy_user`"},
    {"http = \"https://h/\"; proxy = \"http://p:1\"; proxy_user = \"u\"; "
     "proxy_password = \"x\";",
     "a password is never written here"},
    {"http = \"https://h/\"; cert_pem = \"-----BEGIN CERTIFICATE-----\\n\"; "
     "key = \"${secret.s}\";",
     NULL},
    {"http = \"https://h/\"; cert_pem = \"-----BEGIN CERTIFICATE-----\\n\";",
     "needs its `key`"},
    {"http = \"https://h/\"; cert_pem = \"-----BEGIN CERTIFICATE-----\\n\"; "
     "key = \"k.pem\";",
     "a private key is never written here"},
    {"http = \"https://h/\"; cert_pem = \"-----BEGIN EC PRIVATE KEY-----\\n\"; "
     "key = \"${secret.s}\";",
     "it would travel with the check"},
    {"http = \"https://h/\"; cert_pem = \"x\"; key = \"${secret.s}\";",
     "holds no certificate"},
    {"http = \"https://h/\"; key = \"${secret.s}\";", "goes with a client"},
    {"tcp = \"h:1\"; proxy = \"http://p:1\";", "has no setting `proxy`"},
};

static void
the_way_to_the_target(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_to_the_target),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
