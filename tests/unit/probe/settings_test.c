#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>
#include <unistd.h>

#include "probe/settings.c"

static struct settings *
load(const char *text, struct buf *out)
{
    char path[] = "/tmp/picket-settings-XXXXXX";
    struct diag *diag = diag_create();
    struct settings *settings;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    settings = settings_load(path, diag);
    assert_int_equal(settings != NULL, diag_errors(diag) == 0);
    unlink(path);
    buf_reset(out);
    diag_print(diag, out, false);
    diag_free(diag);
    return settings;
}

#define NEEDED                                                                 \
    "name = \"fra-1\"; region = \"fra\"; controller = \"https://c:8788\"; "

static void
reads_with_defaults(void **state)
{
    struct buf out;
    struct settings *s;

    (void)state;
    buf_init(&out, 10000);
    s = load("picket = 1; probe = { " NEEDED "};", &out);
    assert_string_equal(buf_text(&out), "");
    if (!s) {
        fail();
        return;
    }
    assert_string_equal(s->name, "fra-1");
    assert_string_equal(s->controller, "https://c:8788");
    assert_int_equal(s->spool_max_bytes, 256 * 1024 * 1024);
    assert_int_equal(s->spool_max_ns, 72 * HOUR_NS);
    assert_int_equal(s->concurrency_max, 200);
    assert_int_equal(s->loops, 0);
    assert_string_equal(s->resolvers, "system");
    assert_null(s->proxy);
    assert_string_equal(s->secrets_dir, "/etc/picket-probe/secrets");
    assert_false(s->may_run_commands);
    assert_int_equal(s->canary_count, 0);
    settings_free(s);
    s = load("picket = 1; probe = { " NEEDED
             "resolvers = [ \"192.0.2.1\", \"[2001:db8::1]:54\" ];\n"
             "spool = { dir = \"/s\"; max = \"1GiB\"; keep = \"2h\"; };\n"
             "limits = { concurrency = 7; loops = 1; };\n"
             "secrets = { dir = \"/run/s\"; commands = true; };\n"
             "canaries = [ \"tcp:192.0.2.1:53\" ]; };",
             &out);
    assert_string_equal(buf_text(&out), "");
    if (!s) {
        fail();
        return;
    }
    assert_string_equal(s->resolvers, "192.0.2.1,[2001:db8::1]:54");
    assert_int_equal(s->spool_max_bytes, 1024 * 1024 * 1024);
    assert_int_equal(s->concurrency_max, 7);
    assert_string_equal(s->secrets_dir, "/run/s");
    assert_true(s->may_run_commands);
    assert_string_equal(s->canaries[0], "tcp:192.0.2.1:53");
    settings_free(s);
    buf_free(&out);
}

static void
names_what_is_wrong(void **state)
{
    static const char *const cases[][2] = {
        {"probe = { " NEEDED "};", "write picket = 1; on top"},
        {"picket = 1;", "there is no `probe` here"},
        {"picket = 1; checks = { }; probe = { " NEEDED "};",
         "unknown setting `checks` in a probe's configuration"},
        {"picket = 1; probe = { name = \"a\"; region = \"b\"; };",
         "`probe` has no `controller`"},
        {"picket = 1; probe = { " NEEDED "resolver = \"x\"; };",
         "did you mean `resolvers`?"},
        {"picket = 1; probe = { " NEEDED "resolvers = \"dns.example\"; };",
         "`dns.example` is no resolver"},
        {"picket = 1; probe = { " NEEDED "proxy = \"socks://x\"; };",
         "`proxy` begins with http://"},
        {"picket = 1; probe = { " NEEDED "canaries = [ \"example.com\" ]; };",
         "`example.com` is no target to check"},
        {"picket = 1; probe = { " NEEDED "secrets = { dir = \"x\"; }; };",
         "`dir` is named by its whole path"},
        {"picket = 1; probe = { " NEEDED "secrets = { command = true; }; };",
         "did you mean `commands`?"},
        {"picket = 1; probe = { " NEEDED "limits = { memory = \"1MiB\"; }; };",
         "`memory` is not in this version"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 10000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings *s = load(cases[i][0], &out);

        if (s || !strstr(buf_text(&out), cases[i][1]))
            fail_msg("wanted `%s`:\n%s", cases[i][1], buf_text(&out));
    }
    buf_free(&out);
}

static void
a_file_that_is_not_there(void **state)
{
    struct diag *diag = diag_create();

    (void)state;
    assert_null(settings_load("/nonexistent/probe.conf", diag));
    assert_int_equal(diag_errors(diag), 1);
    diag_free(diag);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_with_defaults),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(a_file_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
