/* Everything it holds is freed: a test for the address sanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/spec_net.c"

#include "base/str.h"

static struct template *
text(const char *plain)
{
    struct template_error error;

    return template_parse(plain, &error);
}

static void
all_of_it_is_freed(void **state)
{
    struct spec_net net = {
        .allow = {str_xcalloc(1, sizeof(char *)), 1},
        .resolve = str_xdup("192.0.2.1"),
        .ca = str_xdup("c"),
        .cert = str_xdup("c"),
        .key = text("k"),
        .proxy = str_xdup("http://p:1"),
        .proxy_user = text("u"),
        .proxy_password = text("p"),
    };

    (void)state;
    net.allow.item[0] = str_xdup("10.0.0.0/8");
    spec_net_clear(&net);
}

static void
an_empty_one_holds_nothing(void **state)
{
    struct spec_net net = {0};

    (void)state;
    spec_net_clear(&net);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_freed),
        cmocka_unit_test(an_empty_one_holds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
