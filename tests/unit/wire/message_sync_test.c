/*
 * message_sync_test.c - as message_test.c, of a sync and its answer; and what is
 * given is given whole, or wiped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/message_sync.c"

#include "golden.h"

static uint8_t golden[4096];

static void
comes_back(const struct buf *out, size_t len)
{
    assert_false(out->failed);
    assert_int_equal(out->len, len);
    assert_memory_equal(out->data, golden, len);
}

static void
golden_sync(void **state)
{
    size_t len = golden_read("sync", golden, sizeof(golden));
    struct message_sync *m = message_decode_sync(golden, len);
    struct buf out;

    (void)state;
    assert_non_null(m);
    assert_int_equal(m->wire_version, 1);
    assert_string_equal(m->software, "picket 0.1.0");
    assert_int_equal(m->boot.byte[15], 16);
    assert_int_equal(m->generation, 7);
    assert_int_equal(m->sent_ms, 1767323045678);
    assert_int_equal(m->offset_ms, -12);
    assert_int_equal(m->rtt_ms, 3);
    assert_int_equal(m->spool_bytes, 65536);
    assert_int_equal(m->spool_results, 42);
    assert_int_equal(m->spool_oldest_ms, 1767323000000);
    assert_int_equal(m->dropped, 1);
    assert_int_equal(m->overruns, 2);
    assert_int_equal(m->lag_us, 350);
    assert_true(m->ill);
    assert_string_equal(m->ill_why, "canary tcp:192.0.2.1:53: connect.timeout");
    buf_init(&out, 4096);
    assert_int_equal(message_encode_sync(&out, m), 0);
    comes_back(&out, len);
    buf_free(&out);
    message_free(m);
}

static void
golden_sync_reply(void **state)
{
    size_t len = golden_read("sync_reply", golden, sizeof(golden));
    struct message_sync_reply *m = message_decode_sync_reply(golden, len);
    struct buf out;

    (void)state;
    assert_non_null(m);
    assert_int_equal(m->received_ms, 1767323045700);
    assert_int_equal(m->sent_ms, 1767323046900);
    assert_int_equal(m->generation, 8);
    assert_true(m->has_assignment);
    assert_int_equal(m->assigned_count, 1);
    assert_string_equal(m->assigned[0].check, "home");
    assert_non_null(strstr(m->assigned[0].text, "https://example.com/"));
    assert_int_equal(m->assigned[0].version, 0x0123456789abcdef);
    assert_int_equal(m->assigned[0].region_index, 1);
    assert_int_equal(m->assigned[0].region_count, 3);
    assert_int_equal(m->run_now_count, 1);
    assert_int_equal(m->run_now[0].id.byte[0], 17);
    assert_string_equal(m->run_now[0].check, "home");
    assert_int_equal(m->run_now[0].expires_ms, 1767323060000);
    assert_int_equal(m->run_now[0].again_ms, 1000);
    buf_init(&out, 4096);
    assert_int_equal(message_encode_sync_reply(&out, m), 0);
    comes_back(&out, len);
    buf_free(&out);
    message_free(m);
}

static void
golden_sync_refused(void **state)
{
    size_t len = golden_read("sync_refused", golden, sizeof(golden));
    struct message_sync *m = message_decode_sync(golden, len);
    struct buf out;

    (void)state;
    assert_non_null(m);
    assert_int_equal(m->generation, 8);
    assert_int_equal(m->refused_count, 2);
    assert_string_equal(m->refused[0], "shop-login");
    assert_string_equal(m->refused[1], "api");
    buf_init(&out, 4096);
    assert_int_equal(message_encode_sync(&out, m), 0);
    comes_back(&out, len);
    buf_free(&out);
    message_free(m);
}

static void
golden_sync_reply_given(void **state)
{
    size_t len = golden_read("sync_reply_given", golden, sizeof(golden));
    struct message_sync_reply *m = message_decode_sync_reply(golden, len);
    struct buf out;

    (void)state;
    assert_non_null(m);
    assert_int_equal(m->given_count, 2);
    assert_string_equal(m->given[0].name, "shop-login");
    assert_int_equal(m->given[0].len, 13);
    assert_memory_equal(m->given[0].value, "correct horse", 13);
    assert_string_equal(m->given[0].why, "");
    assert_string_equal(m->given[1].name, "api");
    assert_int_equal(m->given[1].len, 0);
    assert_string_equal(m->given[1].why, "the controller: file /etc/picket/api:"
                                         " No such file or directory");
    buf_init(&out, 4096);
    assert_int_equal(message_encode_sync_reply(&out, m), 0);
    comes_back(&out, len);
    buf_free(&out);
    message_free(m);
}

static void
what_is_given_can_be_forgotten(void **state)
{
    size_t len = golden_read("sync_reply_given", golden, sizeof(golden));
    struct message_sync_reply *m = message_decode_sync_reply(golden, len);
    const char *value = m->given[0].value;

    (void)state;
    assert_memory_equal(value, "correct horse", 13);
    message_forget(m);
    for (size_t i = 0; i < 13; i++)
        assert_int_equal(value[i], 0);
    assert_int_equal(m->given_count, 2);
    assert_int_equal(m->given[0].len, 0);
    assert_string_equal(m->given[0].name, "shop-login");
    message_free(m);
}

static void
given_refused(const char *name, const void *value, size_t len)
{
    struct message_given one = {name, value, len, ""};
    struct message_sync_reply m = {.given = &one, .given_count = 1};
    struct buf out;

    buf_init(&out, 1 << 20);
    assert_int_equal(message_encode_sync_reply(&out, &m), 0);
    assert_null(message_decode_sync_reply(out.data, out.len));
    buf_free(&out);
}

static void
given_values_are_sane(void **state)
{
    static char big[MESSAGE_VALUE_MAX + 1];
    char name[RESULT_NAME_MAX + 1];

    (void)state;
    memset(big, 'x', sizeof(big));
    given_refused("a", big, sizeof(big));
    given_refused("a", "b\0c", 3);
    given_refused("\xc3\x28", "x", 1);
    memset(name, 'x', RESULT_NAME_MAX);
    name[RESULT_NAME_MAX] = '\0';
    given_refused(name, "x", 1);
}

/* One given more than there may be. */
static void
too_many_given_are_refused(void **state)
{
    static const uint8_t one[] = {0x3a, 3, 0x0a, 1, 'a'};
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < MESSAGE_GIVEN_MAX; i++)
        (void)buf_add(&out, one, sizeof(one));
    message_free(message_decode_sync_reply(out.data, out.len));
    (void)buf_add(&out, one, sizeof(one));
    assert_null(message_decode_sync_reply(out.data, out.len));
    buf_free(&out);
}

/* An empty body is a message of nothing but defaults; no text is NULL. */
static void
absent_fields_are_empty(void **state)
{
    struct message_sync *sync = message_decode_sync("", 0);
    struct message_sync_reply *reply = message_decode_sync_reply("", 0);

    (void)state;
    assert_non_null(sync);
    assert_string_equal(sync->software, "");
    assert_string_equal(sync->ill_why, "");
    assert_true(id_is_zero(&sync->boot));
    assert_non_null(reply);
    assert_false(reply->has_assignment);
    assert_int_equal(reply->assigned_count, 0);
    message_free(sync);
    message_free(reply);
    message_free(NULL);
}

static void
sync_refused(const struct message_sync *m)
{
    struct message_sync *got;
    struct buf out;

    buf_init(&out, 1 << 20);
    assert_int_equal(message_encode_sync(&out, m), 0);
    got = message_decode_sync(out.data, out.len);
    assert_null(got);
    buf_free(&out);
}

static void
texts_are_utf8_and_short(void **state)
{
    struct message_sync m = {.software = "\xc3\x28"};
    char text[RESULT_NAME_MAX + 1];

    (void)state;
    sync_refused(&m);
    memset(text, 'x', RESULT_NAME_MAX);
    text[RESULT_NAME_MAX] = '\0';
    m.software = text;
    sync_refused(&m);
    /* boot of 15 bytes */
    assert_null(message_decode_sync("\x1a\x0f"
                                    "123456789012345",
                                    17));
}

static void
assignments_are_sane(void **state)
{
    struct message_assigned one = {"home", "x", 1, 3, 3};
    struct message_sync_reply m = {.assigned = &one, .assigned_count = 1};
    struct message_run_now run = {.check = "home", .again_ms = -1};
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    assert_int_equal(message_encode_sync_reply(&out, &m), 0);
    assert_null(message_decode_sync_reply(out.data, out.len));
    buf_reset(&out);
    one.region_index = 2;
    m.run_now = &run;
    m.run_now_count = 1;
    assert_int_equal(message_encode_sync_reply(&out, &m), 0);
    assert_null(message_decode_sync_reply(out.data, out.len));
    buf_free(&out);
}

/* 10,000 checks: what a large probe is assigned, there and back. */
static void
a_large_assignment_passes(void **state)
{
    static struct message_assigned many[10000];
    struct message_sync_reply m = {.assigned = many, .assigned_count = 10000};
    struct message_sync_reply *got;
    struct buf out;

    (void)state;
    for (size_t i = 0; i < 10000; i++)
        many[i] = (struct message_assigned){"check", "some text", i, 0, 1};
    buf_init(&out, MESSAGE_SYNC_MAX);
    assert_int_equal(message_encode_sync_reply(&out, &m), 0);
    got = message_decode_sync_reply(out.data, out.len);
    assert_non_null(got);
    assert_int_equal(got->assigned_count, 10000);
    assert_int_equal(got->assigned[9999].version, 9999);
    message_free(got);
    buf_free(&out);
}

static void
decode_all(const uint8_t *data, size_t len)
{
    message_free(message_decode_sync(data, len));
    message_free(message_decode_sync_reply(data, len));
}

static void
damage_never_crashes(void **state)
{
    static const char *const names[] = {"sync", "sync_reply", "sync_refused",
                                        "sync_reply_given"};

    (void)state;
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        size_t len = golden_read(names[n], golden, sizeof(golden));

        assert_true(len > 0);
        for (size_t bit = 0; bit < len * 8; bit++) {
            golden[bit / 8] ^= (uint8_t)(1u << bit % 8);
            decode_all(golden, len);
            golden[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t cut = 0; cut < len; cut++)
            decode_all(golden, cut);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_sync),
        cmocka_unit_test(golden_sync_reply),
        cmocka_unit_test(golden_sync_refused),
        cmocka_unit_test(golden_sync_reply_given),
        cmocka_unit_test(what_is_given_can_be_forgotten),
        cmocka_unit_test(given_values_are_sane),
        cmocka_unit_test(too_many_given_are_refused),
        cmocka_unit_test(absent_fields_are_empty),
        cmocka_unit_test(texts_are_utf8_and_short),
        cmocka_unit_test(assignments_are_sane),
        cmocka_unit_test(a_large_assignment_passes),
        cmocka_unit_test(damage_never_crashes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
