/* channel_test.c - which file a destination leads to, and clear refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/diag.h"
#include "controller/notify/channel.c"
#include "controller/page.h"
#include "fake_loop.c"

struct seen {
    enum channel_outcome outcome;
    char detail[WHY_MAX];
    int done;
    int printed;
};

static void
print(void *cookie, const char *text)
{
    struct seen *seen = cookie;
    (void)text;
    seen->printed++;
}

static void
on_answer(void *cookie, enum channel_outcome outcome, const char *detail,
          int64_t after_ns)
{
    struct seen *seen = cookie;
    (void)after_ns;
    seen->outcome = outcome;
    str_copy(seen->detail, sizeof seen->detail, detail);
    seen->done++;
}

static struct seen
deliver(const char *destination)
{
    static const char text[] =
        "picket = 1;\n"
        "checks = { home = { http = \"https://example.com/\"; }; };\n"
        "secrets = { gone = { env = \"PICKET_TEST_NOT_SET\"; }; };\n"
        "people = { ana = { name = \"Ana\"; }; };\n"
        "channels = {\n"
        "  term = { terminal = true; };\n"
        "  hook = { webhook = \"https://hook.example/\";"
        " secret = \"${secret.gone}\"; };\n"
        "  post = { email = \"ops@example.com\"; };\n"
        "};\n";
    struct seen seen = {.done = 0};
    struct loop *loop = loop_create();
    struct diag *diag = diag_create();
    struct config *config = config_load_text("t.conf", text, diag);
    assert_non_null(config);
    struct channel_ports ports = {
        .loop = loop, .print = print, .print_cookie = &seen};
    struct page page = {.check = (char *)(uintptr_t) "home",
                        .rule = (char *)(uintptr_t) "down",
                        .severity = (char *)(uintptr_t) "page",
                        .verdict = (char *)(uintptr_t) "down"};
    channel_start(&ports, config, destination, &page, on_answer, &seen);
    assert_int_equal(seen.done, 0);
    fake_loop_advance(loop, NS_PER_S);
    assert_int_equal(seen.done, 1);
    config_free(config);
    diag_free(diag);
    loop_free(loop);
    return seen;
}

static void
test_terminal(void **state)
{
    (void)state;
    struct seen seen = deliver("channel:term");
    assert_int_equal(seen.outcome, CHANNEL_ACCEPTED);
    assert_int_equal(seen.printed, 1);
}

static void
test_refusals_name_the_remedy(void **state)
{
    (void)state;

    static const struct {
        const char *destination, *says;
        enum channel_outcome outcome;
    } rows[] = {
        {"channel:nosuch", "nosuch", CHANNEL_REFUSED},
        {"channel:hook", "secret gone has not been read", CHANNEL_LATER},
        {"channel:post", "controller.mail.server", CHANNEL_REFUSED},
        {"person:ana", "no email", CHANNEL_REFUSED},
        {"person:eve", "nobody is called eve", CHANNEL_REFUSED},
        {"carrier-pigeon", "channel:NAME", CHANNEL_REFUSED},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct seen seen = deliver(rows[i].destination);
        assert_int_equal(seen.outcome, rows[i].outcome);
        if (strstr(seen.detail, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].destination, seen.detail);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_refusals_name_the_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
