#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_grpc.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"grpc = \"a.example:50051\";", NULL},
    {"grpc = \"https://a.example\"; service = \"shop.v1.Cart\";"
     " headers = { x-tenant = \"7\"; };"
     " expect = [ \"health == SERVING and days > 3\" ];",
     NULL},
    {"grpc = \"http://[::1]:50051\";", NULL},
    {"grpc = \"https://h\"; cert_pem = \"" CONF_CASE_CERT "\";"
     " key = \"${secret.s}\"; proxy = \"http://proxy:3128\";"
     " proxy_user = \"me\"; proxy_password = \"${secret.s}\";",
     NULL},
    {"grpc = \"h:50051\"; proxy = \"socks5://proxy:1080\";", NULL},
    {"grpc = \"h:50051\"; proxy = \"http://proxy:3128\";",
     "only https:// can be asked for in HTTP/2"},
    {"grpc = \"http://h:50051\"; insecure = true;",
     "`insecure` is about TLS, and this connection has none"},
    {"grpc = \"https://h\"; proxy = \"http://proxy:3128\";"
     " resolve = \"192.0.2.1\";",
     "cannot both be obeyed"},
    {"grpc = \"https://h\"; key = \"${secret.s}\";",
     "goes with a client's certificate"},
    {"grpc = \"https://other\"; key = \"${secret.s}\";"
     " cert_pem = \"" CONF_CASE_CERT "\";",
     "is not for https://other"},
    {"grpc = \"a.example\";", "the port is missing"},
    {"grpc = \"https://a.example/shop.Cart\";", "a gRPC server has no path"},
    {"grpc = \"ftp://a\";", "HOST:PORT"},
    {"grpc = \"a:1\"; expect = [ \"health == UP\" ];", "SERVING"},
    {"grpc = \"a:1\"; expect = [ \"status == 200\" ];",
     "a grpc check has no `status`"},
    {"grpc = \"a:1\"; body = \"x\";", "a grpc check has no setting `body`"},
    {"http = \"https://h/\"; service = \"x\";",
     "an http check has no setting `service`"},
};

static void
settings_meet_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_meet_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
