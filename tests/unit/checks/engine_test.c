/* What `ask = "system"` means: the lines of resolv.conf, or a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/engine.c"

#include "base/loop.h"

static void
assert_server(const struct engine *engine, size_t i, const char *text)
{
    char to[ADDR_TEXT_MAX];

    assert_true(i < engine->server_count);
    assert_string_equal(addr_format(to, &engine->server[i]), text);
}

static void
resolv_conf(void **state)
{
    struct engine engine = {0};

    (void)state;
    add_resolv_conf(&engine, "# nameserver 192.0.2.9\n"
                             "search a.example\n"
                             "nameserver 192.0.2.1\n"
                             "nameserverx 192.0.2.8\n"
                             "nameserver\t2001:db8::1 # second\r\n"
                             "nameserver not.an.address\n"
                             "nameserver 192.0.2.3\n"
                             "nameserver 192.0.2.4");
    assert_int_equal(engine.server_count, ENGINE_SERVERS_MAX);
    assert_server(&engine, 0, "192.0.2.1:53");
    assert_server(&engine, 1, "[2001:db8::1]:53");
    assert_server(&engine, 2, "192.0.2.3:53");
}

static void
a_list(void **state)
{
    struct engine engine = {0};

    (void)state;
    set_servers(&engine, "192.0.2.1:5353,,[::1]:54,x,192.0.2.2");
    assert_int_equal(engine.server_count, 3);
    assert_server(&engine, 0, "192.0.2.1:5353");
    assert_server(&engine, 1, "[::1]:54");
    assert_server(&engine, 2, "192.0.2.2:53");
}

static void
there_is_always_one(void **state)
{
    struct engine list = {0};
    struct engine system = {0};

    (void)state;
    set_servers(&system, NULL);
    assert_true(system.server_count > 0);
    set_servers(&list, "nonsense");
    assert_true(list.server_count > 0);
}

static void
made_and_freed(void **state)
{
    struct loop *loop = loop_create();
    struct engine_opts opts = {.loop = loop, .resolvers = "127.0.0.1:9"};
    struct engine *engine = engine_create(&opts);

    (void)state;
    assert_non_null(engine);
    assert_int_equal(engine_running(engine), 0);
    assert_string_equal(engine->region, "local");
    engine_free(engine);
    engine_free(NULL);
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolv_conf),
        cmocka_unit_test(a_list),
        cmocka_unit_test(there_is_always_one),
        cmocka_unit_test(made_and_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
