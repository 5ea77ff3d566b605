#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_ws.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"ws = \"wss://a.example/feed?room=1\"; messages = [ \"ping\" ];"
     " subprotocol = [ \"graphql-ws\", \"chat\" ];"
     " headers = { Origin = \"https://a.example\"; };"
     " expect = [ \"message contains 'pong'\", \"time < 2s\" ];",
     NULL},
    {"ws = \"ws://[::1]:81\";", NULL},
    {"ws = \"wss://h/\"; sni = \"other.example\"; ec_bits_min = 256;"
     " pins = \"leaf/0000000000000000000000000000000000000000000000000000"
     "000000000000\"; cert_pem = \"" CONF_CASE_CERT "\";"
     " key = \"${secret.s}\";",
     NULL},
    {"ws = \"wss://h/\"; talk = { hi = { send = \"${secret.s}\";"
     " expect = [ \"message == 'hello'\" ]; }; bye = { send = \"bye\"; }; };",
     NULL},
    {"ws = \"wss://h/\"; talk = { hi = { }; };", "expect = [ \"message"},
    {"ws = \"wss://h/\"; talk = { hi = { send = \"x\"; secure = true; }; };",
     "from its start, as wss://, or never"},
    {"ws = \"wss://h/\"; messages = \"a\"; talk = { hi = { send = \"x\"; }; };",
     "as a step of `talk`"},
    {"ws = \"wss://h/\"; talk = { hi = { expect = [ \"banner exists\" ]; }; };",
     "a ws check has no `banner`"},
    {"ws = \"wss://h/\"; pins = \"x\";", "`x` is no pin"},
    {"ws = \"ws://h/\"; sni = \"other.example\";", "write \"wss://HOST/PATH\""},
    {"ws = \"https://a.example/\";", "begins with ws:// or wss://"},
    {"ws = \"wss://\";", "the host is missing"},
    {"ws = \"wss://u:p@h/\";", "no place in an address"},
    {"ws = \"wss://h:0/\";", "a port is a number"},
    {"ws = \"wss://h/\"; subprotocol = \"a b\";", "no name of a subprotocol"},
    {"ws = \"wss://h/\"; headers = { Upgrade = \"x\"; };",
     "set by Picket itself"},
    {"ws = \"wss://h/\"; headers = { Sec-WebSocket-Protocol = \"x\"; };",
     "subprotocol = "},
    {"ws = \"wss://h/\"; messages = [ \"${secret.x}\" ];",
     "there is no secret"},
    {"ws = \"wss://h/\"; expect = [ \"body exists\" ];",
     "a ws check has no `body`"},
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
