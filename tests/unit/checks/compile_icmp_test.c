#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_icmp.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"icmp = \"h.example\";", NULL},
    {"icmp = \"2001:db8::1\"; count = 5; interval = \"1s\"; size = \"1KiB\";"
     " expect = [ \"loss <= 20\", \"rtt.max < 80ms\" ];",
     NULL},
    {"icmp = \"h:7\";", "without a port"},
    {"icmp = \"http://h/\";", "takes a host, not an address"},
    {"icmp = \"h h\";", "no place in a name"},
    {"icmp = \"h\"; count = 101;", "count"},
    {"icmp = \"h\"; size = \"8B\";", "size"},
    {"icmp = \"h\"; timeout = \"2s\"; interval = \"1s\";",
     "3 packets, one every 1s, do not fit into the timeout of 2s"},
    {"icmp = \"h\"; timeout = \"2100ms\"; interval = \"1s\";", NULL},
    {"icmp = \"h\"; expect = [ \"status == 200\" ];",
     "an icmp check has no `status`"},
    {"tcp = \"h:1\"; count = 3;", "a tcp check has no setting `count`"},
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
