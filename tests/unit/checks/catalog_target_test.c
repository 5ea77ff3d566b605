#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/catalog_target.c"

/* `#` stands for six hex digits. */
static void
assert_name(const char *name, const char *want)
{
    size_t len = strcspn(want, "#");

    assert_int_equal(strlen(name), want[len] ? len + 6 : len);
    assert_memory_equal(name, want, len);
    assert_int_equal(strspn(name + len, "0123456789abcdef"), want[len] ? 6 : 0);
}

static void
targets_become_checks(void **state)
{
    static const struct {
        const char *target;
        const char *name;
        enum spec_kind kind;
    } cases[] = {
        {"https://shop.example:8443/x?y", "https-shop-example-8443-#",
         SPEC_HTTP},
        {"https://Shop.example/", "https-shop-example", SPEC_HTTP},
        {"dns:example.com", "dns-example-com", SPEC_DNS},
        {"tls:example.com:443", "tls-example-com-443", SPEC_TLS},
        {"tls:my-shop.example:443", "tls-my--shop-example-443", SPEC_TLS},
        {"tcp:192.0.2.1:25", "tcp-192-0-2-1-25", SPEC_TCP},
        {"icmp:example.com", "icmp-example-com", SPEC_ICMP},
        {"grpc:a.example:50051", "grpc-a-example-50051", SPEC_GRPC},
        {"grpc:a.example:50051/shop.Cart", "grpc-a-example-50051-#", SPEC_GRPC},
        {"grpc:https://a.example/shop.Cart", "grpc-a-example-#", SPEC_GRPC},
        {"wss://a.example/feed", "wss-a-example-#", SPEC_WS},
        {"ws://a.example:81", "ws-a-example-81", SPEC_WS},
        {"icmp:2001:db8::1", "icmp-2001-db8--1", SPEC_ICMP},
        {"icmp:[::1]", "icmp---1", SPEC_ICMP},
        {"tls:[2001:db8::1]:443", "tls---#", SPEC_TLS},
        {"dns:a-name-of-sixty-three-bytes-xxxxxxxxxxxxxxxxxxxxxxxx.example",
         "dns-a--name--of--sixty--three--bytes--xxxxxxxxxxxxxxxxx-#", SPEC_DNS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const expects[] = {"time < 5s"};
        struct diag *diag = diag_create();
        struct spec *spec =
            catalog_of_target(cases[i].target, expects, 1, diag);

        if (!spec)
            fail_msg("%s", cases[i].target);
        assert_name(spec->name, cases[i].name);
        assert_int_equal(spec->kind, cases[i].kind);
        assert_int_equal(spec->expect.count, 1);
        assert_int_equal(diag_errors(diag), 0);
        spec_free(spec);
        diag_free(diag);
    }
}

/* What is kept of a check is kept under its name. */
static void
no_two_targets_share_a_name(void **state)
{
    static const char *const targets[] = {
        "http://127.0.0.1:8000/",    "https://127.0.0.1:8000/",
        "tls:127.0.0.1:8000",        "tcp:127.0.0.1:8000",
        "http://127.0.0.1:8000/a",   "http://127.0.0.1:8000/b",
        "http://127.0.0.1:8000/?",   "http://a-b.example/",
        "http://a.b.example/",       "http://[::1]:8000/",
        "http://[::1:8000]/",        "grpc:a.example:80",
        "grpc:https://a.example:80", "ws://127.0.0.1:8000/",
    };

    enum { COUNT = sizeof(targets) / sizeof(targets[0]) };
    struct diag *diag = diag_create();
    struct spec *specs[COUNT];

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        specs[i] = catalog_of_target(targets[i], NULL, 0, diag);
        assert_non_null(specs[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(specs[i]->name, specs[k]->name);
    }
    for (size_t i = 0; i < COUNT; i++)
        spec_free(specs[i]);
    diag_free(diag);
}

static void
says_what_is_wrong(void **state)
{
    static const char *const cases[][3] = {
        {"example.com", NULL, "did you mean `https://example.com`?"},
        {"", NULL, "this is no target"},
        {"ssh:host", NULL, "tcp:HOST:PORT"},
        {"icmp:a:1", NULL, "without a port"},
        {"icmp:[::1]:7", NULL, "without a port"},
        {"icmp:[a]", NULL, "no place in a name"},
        {"journey:a", NULL, "this is no target"},
        {"tcp:host", NULL, "the port is missing"},
        {"https://a b/", NULL, "no place in an address"},
        {"https://a/", "statsu == 200", "did you mean `status`?"},
        {"dns:a", "status == 200", "a dns check has no `status`"},
        {"https://a/\"; http2 = \"", NULL, "no place in an address"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct diag *diag = diag_create();
        struct buf out;

        buf_init(&out, 10000);
        assert_null(catalog_of_target(cases[i][0], &cases[i][1],
                                      cases[i][1] ? 1 : 0, diag));
        diag_print(diag, &out, false);
        if (!strstr(buf_text(&out), cases[i][2]))
            fail_msg("%s: %s", cases[i][0], buf_text(&out));
        assert_non_null(strchr(buf_text(&out), '^'));
        buf_free(&out);
        diag_free(diag);
    }
}

static void
assert_told(const char *target, const char *const *expects, size_t count,
            const char *want)
{
    struct diag *diag = diag_create();
    struct buf out;

    buf_init(&out, 10000);
    assert_null(catalog_of_target(target, expects, count, diag));
    diag_print(diag, &out, false);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
    diag_free(diag);
}

/* Nobody wrote the configuration that an argument becomes. */
static void
points_into_the_argument(void **state)
{
    const char *const one[] = {"body contains 'a\"\\b' and statsu == 3"};
    const char *const two[] = {"time < 1s", "statsu == 3"};

    (void)state;
    assert_told("https://a/", one, 1,
                "--expect:1:26: error: unknown subject `statsu`\n"
                "    1 | body contains 'a\"\\b' and statsu == 3\n"
                "      |                          ^^^^^^ did you mean "
                "`status`?\n");
    assert_told("https://a/", two, 2,
                "--expect 'statsu == 3':1:1: error: unknown subject "
                "`statsu`\n"
                "    1 | statsu == 3\n"
                "      | ^^^^^^ did you mean `status`?\n");
    assert_told("tcp:host", NULL, 0,
                "target:1:5: error: the port is missing\n"
                "    1 | tcp:host\n"
                "      |     ^^^^ write \"HOST:PORT\"\n");
    assert_told("http://user:pw@host/", NULL, 0,
                "target:1:8: error: a user or password has no place in an "
                "address\n"
                "    1 | http://user:**@host/\n"
                "      |        ^^^^^^^^\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_become_checks),
        cmocka_unit_test(no_two_targets_share_a_name),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(points_into_the_argument),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
