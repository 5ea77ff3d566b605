#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/notify/terminal.c"
#include "fake_loop.c"

struct seen {
    char text[TEXT_MAX];
    int done;
};

static void
print(void *cookie, const char *text)
{
    struct seen *seen = cookie;
    str_copy(seen->text, sizeof seen->text, text);
}

static void
on_done(void *cookie, enum channel_outcome outcome, const char *detail,
        int64_t after_ns)
{
    struct seen *seen = cookie;
    (void)detail;
    (void)after_ns;
    assert_int_equal(outcome, CHANNEL_ACCEPTED);
    seen->done++;
}

static void
test_printed_then_done_once(void **state)
{
    (void)state;
    struct seen seen = {.done = 0};
    struct loop *loop = loop_create();
    struct channel_ports ports = {
        .loop = loop, .print = print, .print_cookie = &seen};
    struct page page = {.check = (char *)(uintptr_t) "home",
                        .verdict = (char *)(uintptr_t) "down"};
    terminal_start(&ports, &page, on_done, &seen);
    assert_non_null(strstr(seen.text, "home"));
    assert_int_equal(seen.done, 0); /* never from inside start */
    fake_loop_advance(loop, NS_PER_S);
    assert_int_equal(seen.done, 1);
    terminal_cancel(terminal_start(&ports, &page, on_done, &seen));
    fake_loop_advance(loop, NS_PER_S);
    assert_int_equal(seen.done, 1);
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printed_then_done_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
