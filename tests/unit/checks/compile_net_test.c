#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/buf.h"
#include "checks/compile_net.c"
#include "conf_case.h"
#include "pki.h"

#define WALLED                                                                 \
    "walled = { proxy = \"http://proxy:3128\"; proxy_user = \"u\"; "           \
    "proxy_password = \"${secret.s}\"; };"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; family = \"6\"; resolve = \"2001:db8::1\"; allow "
     "= "
     "[ \"10.0.0.0/8\" ];",
     NULL},
    {"tcp = \"h:25\"; family = \"6\"; resolve = \"192.0.2.1\";",
     "192.0.2.1 cannot be asked with family = \"6\""},
    {"tls = \"h:443\"; family = \"4\"; resolve = \"[2001:db8::1]:443\";",
     "2001:db8::1 cannot be asked with family = \"4\""},
    {"http = \"https://h/\"; proxy = \"\"; proxy_user = \"u\";",
     "goes with a `proxy`"},
    {"http = \"https://h/\"; family = \"5\";", "is \"any\", \"4\" or \"6\""},
    {"http = \"https://h/\"; resolve = \"h\";", "takes an IP address"},
    {"http = \"https://h/\"; allow = [ \"10.0.0.0/80\" ];", "is no network"},
    {"http = \"https://h/\"; ca_pem = \"x\";", "ca_pem"},
    {"http = \"https://h/\"; ca = \"/nonexistent\";", "cannot read"},
    {"http = \"https://h/\"; http_version = \"1.1\"; compressed = true; "
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
    {"http = \"https://h/\"; cert_pem = \"" CONF_CASE_CERT "\"; "
     "key = \"${secret.s}\";",
     NULL},
    {"http = \"https://h/\"; cert_pem = \"" CONF_CASE_CERT "\";",
     "needs its `key`"},
    {"http = \"https://h/\"; cert_pem = \"" CONF_CASE_CERT "\"; "
     "key = \"k.pem\";",
     "a private key is never written here"},
    {"http = \"https://h/\"; cert_pem = \"-----BEGIN EC PRIVATE KEY-----\\n\"; "
     "key = \"${secret.s}\";",
     "it would travel with the check"},
    {"http = \"https://h/\"; cert_pem = \"-----BEGIN CERTIFICATE-----\\n\"; "
     "key = \"${secret.s}\";",
     "holds no certificate that can be read"},
    {"http = \"https://h/\"; cert_pem = \"" CONF_CASE_CERT
     "-----BEGIN CERTIFICATE-----\\nMIIB\\n\"; key = \"${secret.s}\";",
     "holds no certificate that can be read"},
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

static void
no_inherited_proxy(void **state)
{
    const struct conf_case walled[] = {
        {"http = \"https://h/\"; like = \"walled\";", NULL},
        {"http = \"https://h/\"; like = \"walled\"; resolve = "
         "\"192.0.2.1\"; proxy = \"\";",
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(walled) / sizeof(walled[0]); i++)
        conf_case_run_like(&walled[i], WALLED);
}

/* PEM as one text of a configuration. */
static char *
authority(void)
{
    struct pki_opts opts = {.name = "Net Root", .is_ca = true};
    struct pki root = {0};
    char *pem;
    struct buf out;

    pki_make(&root, NULL, &opts);
    pem = pki_pem(&root);
    buf_init(&out, 10000);
    for (const char *at = pem; *at; at++)
        if (*at == '\n')
            buf_add_str(&out, "\\n");
        else
            buf_add_char(&out, *at);
    free(pem);
    pki_free(&root);
    return (char *)buf_take(&out, NULL);
}

static void
insecure_leaves_authorities_no_say(void **state)
{
    char *ca = authority();
    char *own = str_xprintf("http = \"https://h/\"; insecure = true; "
                            "ca_pem = \"%s\";",
                            ca);
    char *house = str_xprintf("t = { ca_pem = \"%s\"; };", ca);
    char *later = str_xprintf("http = \"https://h/\"; like = \"t\"; ca_pem = "
                              "\"%s\";",
                              ca);
    char *meant = str_xprintf("%s insecure = false;", later);
    const struct conf_case pairs[] = {
        {own, "any certificate will do, so `ca` has no say"},
        {"http = \"https://h/\"; insecure = true; like = \"t\";", NULL},
        {later, "write insecure = false;"},
        {meant, NULL},
    };

    (void)state;
    conf_case_run(&pairs[0]);
    conf_case_run_like(&pairs[1], house);
    conf_case_run_like(&pairs[2], "t = { insecure = true; };");
    conf_case_run_like(&pairs[3], "t = { insecure = true; };");
    free(ca);
    free(own);
    free(house);
    free(later);
    free(meant);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_to_the_target),
        cmocka_unit_test(no_inherited_proxy),
        cmocka_unit_test(insecure_leaves_authorities_no_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
