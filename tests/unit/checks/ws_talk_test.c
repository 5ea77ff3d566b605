/* Dialogues over a WebSocket, with servers that keep to their part and with
 * those that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/ws_talk.c"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/check_bed.h"
#include "tests/lib/tiny_server.h"
#include "tests/lib/ws_site.h"

#define STEPS 4

/* What the server says before it hears, and after each message it hears; in
 * one text several messages are parted by '|'. */
struct script {
    const char *says[5];
    bool goes; /* closes 4001 behind its last words */
};

static void
say_all(struct tiny_conn *conn, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "|");

        ws_site_say(conn, WS_TEXT, text, len);
        text += len + (text[len] == '|' ? 1 : 0);
    }
}

static void
serve_script(struct tiny_conn *conn)
{
    const struct script *script = conn->tiny->arg;
    char heard[WS_SITE_TEXT_MAX + 1] = "";
    int opcode = WS_TEXT;

    if (!ws_site_switch(conn, ""))
        return;
    for (size_t i = 0; opcode == WS_TEXT; i++) {
        if (i < 5 && script->says[i] != NULL)
            say_all(conn, script->says[i]);
        else if (script->goes)
            ws_site_say(conn, WS_CLOSE, "\x0f\xa1", 2);
        opcode = ws_site_hear(conn, heard);
    }
    if (opcode == WS_CLOSE && !script->goes)
        ws_site_say(conn, WS_CLOSE, heard, 2);
    tiny_hold(conn);
}

struct bed {
    struct check_bed check;
    struct spec_talk step[STEPS];
};

static void
open_bed(struct bed *bed)
{
    static char host[] = "127.0.0.1";
    static char authority[] = "shop.test";
    static char path[] = "/";
    static char origin[] = "http://127.0.0.1";

    memset(bed, 0, sizeof(*bed));
    check_bed_open(&bed->check, SPEC_WS, NULL);
    bed->check.spec.of.ws = (struct spec_ws){
        .at = {.host = host, .talk = bed->step},
        .origin = origin,
        .authority = authority,
        .path = path,
    };
}

static void
add_step(struct bed *bed, const char *name, const char *send,
         const char *expect)
{
    struct spec_talk *step = &bed->step[bed->check.spec.of.ws.at.talk_count++];

    step->name = str_xdup(name);
    step->send = str_xdup(send);
    step->expect.item = str_xcalloc(1, sizeof(*step->expect.item));
    if (expect != NULL)
        check_bed_add(&bed->check, &step->expect, expect);
}

static void
close_bed(struct bed *bed)
{
    for (size_t i = 0; i < bed->check.spec.of.ws.at.talk_count; i++) {
        struct spec_talk *step = &bed->step[i];

        check_bed_drop(&step->expect);
        free(step->expect.item);
        free(step->name);
        free(step->send);
    }
    check_bed_close(&bed->check);
}

static const struct result *
run(struct bed *bed, const struct script *script, enum status status,
    const char *reason)
{
    struct tiny tiny = {.serve = serve_script, .arg = script};

    tiny_start(&tiny);
    bed->check.spec.of.ws.at.port = tiny.port;
    check_bed_reason(&bed->check, status, reason);
    tiny_stop(&tiny);
    return bed->check.result;
}

static void
add_login(struct bed *bed)
{
    add_step(bed, "greet", NULL, "message == 'hello'");
    add_step(bed, "login", "I am ${check}", "message == 'welcome'");
    add_step(bed, "news", "news?", "every message contains 'new'");
}

static void
each_step_has_its_own_messages(void **state)
{
    static const struct script right = {
        {"hello", "so|welcome|old words for nobody, but new", "new"}, false};
    struct bed bed;
    const struct result *result;

    (void)state;
    open_bed(&bed);
    add_login(&bed);
    result = run(&bed, &right, STATUS_UP, "none");
    assert_int_equal(result->step_count, 3);
    assert_string_equal(result->steps[1].name, "login");
    assert_int_equal(result->steps[1].status, STATUS_UP);
    assert_true(result->steps[1].us[PHASE_WAIT] >= 0);
    close_bed(&bed);
}

static void
what_is_said_at_last_needs_no_answer(void **state)
{
    static const struct script right = {{"hello", "bye"}, false};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    add_step(&bed, "greet", NULL, "message == 'hello'");
    add_step(&bed, "bye", "bye", NULL);
    (void)run(&bed, &right, STATUS_UP, "none");
    assert_int_equal(bed.check.result->step_count, 2);
    /* The run's own expectations are about all that came. */
    check_bed_expect(&bed.check, "message == 'hello' and messages == 1");
    (void)run(&bed, &right, STATUS_UP, "none");
    check_bed_expect(&bed.check, "message == 'never'");
    (void)run(&bed, &right, STATUS_DOWN, "expect.message");
    close_bed(&bed);
}

static void
the_step_that_fails_is_named(void **state)
{
    static const struct script wrong = {{"hello", "who are you?"}, true};
    static const struct script silent = {{"hello", "", "", ""}, false};
    static const struct script gone = {{"hello"}, true};
    struct bed bed;
    const struct result *result;

    (void)state;
    open_bed(&bed);
    add_login(&bed);
    (void)run(&bed, &wrong, STATUS_DOWN, "expect.message");
    close_bed(&bed);
    open_bed(&bed);
    add_login(&bed);
    bed.check.spec.timeout_ns = 300 * NS_PER_MS;
    result = run(&bed, &silent, STATUS_DOWN, "ws.timeout");
    assert_string_equal(result->message, "login: no message in time");
    assert_int_equal(result->step_count, 2);
    assert_int_equal(result->steps[0].status, STATUS_UP);
    assert_int_equal(result->steps[1].status, STATUS_DOWN);
    result = run(&bed, &gone, STATUS_DOWN, "ws.closed");
    assert_non_null(strstr(result->message, "login: the server closed"));
    assert_non_null(strstr(result->message, "4001"));
    close_bed(&bed);
}

static void
what_came_instead_is_told(void **state)
{
    static const struct script wrong = {{"hello", "who are you?"}, false};
    struct bed bed;
    const struct result *result;

    (void)state;
    open_bed(&bed);
    add_login(&bed);
    bed.check.spec.timeout_ns = 300 * NS_PER_MS;
    result = run(&bed, &wrong, STATUS_DOWN, "expect.message");
    assert_string_equal(result->message,
                        "login: message == 'welcome': got 'who are you?'");
    close_bed(&bed);
}

static void
words_that_cannot_be_made(void **state)
{
    static const struct script right = {{"hello"}, false};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    add_step(&bed, "greet", NULL, "message == 'hello'");
    add_step(&bed, "login", "${secret.none}", NULL);
    (void)run(&bed, &right, STATUS_ERROR, "local.secret");
    assert_memory_equal(bed.check.result->message, "login: ", 7);
    close_bed(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_has_its_own_messages),
        cmocka_unit_test(what_is_said_at_last_needs_no_answer),
        cmocka_unit_test(the_step_that_fails_is_named),
        cmocka_unit_test(what_came_instead_is_told),
        cmocka_unit_test(words_that_cannot_be_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
