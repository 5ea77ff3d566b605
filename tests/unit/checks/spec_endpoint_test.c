/* All that an endpoint owns goes with it (the leak checker is the judge). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/spec_endpoint.c"

#include "base/str.h"

static void
all_is_freed(void **state)
{
    struct spec_endpoint at = {.port = 443};

    (void)state;
    spec_endpoint_clear(&at);
    at.host = str_xdup("h");
    at.sni = str_xdup("s");
    at.pins = str_xcalloc(1, sizeof(*at.pins));
    at.alpn.item = str_xcalloc(1, sizeof(char *));
    at.alpn.item[at.alpn.count++] = str_xdup("h2");
    at.talk = str_xcalloc(1, sizeof(*at.talk));
    at.talk_count = 1;
    at.talk[0].name = str_xdup("greet");
    at.talk[0].send = str_xdup("QUIT\r\n");
    spec_endpoint_clear(&at);
    assert_null(at.host);
    assert_int_equal(at.talk_count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
