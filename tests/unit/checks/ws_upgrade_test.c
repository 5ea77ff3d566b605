#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/ws_upgrade.c"

/* The key and its answer of RFC 6455, 1.3. */
static const struct ws_upgrade request = {
    .host = "example.com:8443",
    .path = "/chat?room=1",
    .key = "dGhlIHNhbXBsZSBub25jZQ==",
    .subprotocols = "chat, superchat",
};

#define SWITCH                                                                 \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"               \
    "Connection: Upgrade\r\n"
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

static void
judge(const char *data, enum ws_outcome want, const char *why)
{
    struct ws_answer answer;
    enum ws_outcome got =
        ws_upgrade_judge(&answer, &request, data, strlen(data));

    if (got != want || strstr(answer.message, why) == NULL)
        fail_msg("%s: got %d `%s`", data, (int)got, answer.message);
}

static void
what_is_asked(void **state)
{
    static const char *const headers[] = {"Origin: https://example.com",
                                          "X-Picket: 1", NULL};
    struct ws_upgrade with = request;
    struct buf out;

    (void)state;
    with.headers = headers;
    buf_init(&out, 4096);
    assert_int_equal(ws_upgrade_encode(&out, &with), 0);
    assert_string_equal(buf_text(&out),
                        "GET /chat?room=1 HTTP/1.1\r\n"
                        "Host: example.com:8443\r\n"
                        "Upgrade: websocket\r\n"
                        "Connection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Protocol: chat, superchat\r\n"
                        "Origin: https://example.com\r\n"
                        "X-Picket: 1\r\n"
                        "\r\n");
    buf_free(&out);
    with.subprotocols = NULL;
    with.headers = NULL;
    buf_init(&out, 4096);
    ws_upgrade_encode(&out, &with);
    assert_null(strstr(buf_text(&out), "Protocol"));
    buf_free(&out);
    buf_init(&out, 30);
    assert_int_equal(ws_upgrade_encode(&out, &with), -1);
    buf_free(&out);
}

static void
a_key(void **state)
{
    static const uint8_t bytes[16] = "the sample nonce";
    char key[WS_KEY_MAX];

    (void)state;
    ws_upgrade_key(key, bytes);
    assert_string_equal(key, "dGhlIHNhbXBsZSBub25jZQ==");
}

static void
the_right_answer(void **state)
{
    static const char text[] =
        SWITCH ACCEPT "Sec-WebSocket-Protocol: superchat\r\n\r\n\x81";
    struct ws_answer answer;

    (void)state;
    /* Byte by byte, nothing is said before the end. */
    for (size_t len = 0; len < sizeof text - 2; len++)
        assert_int_equal(ws_upgrade_judge(&answer, &request, text, len),
                         WS_UPGRADE_MORE);
    assert_int_equal(ws_upgrade_judge(&answer, &request, text, sizeof text - 1),
                     WS_UPGRADE_DONE);
    assert_int_equal(answer.head_len, sizeof text - 2);
    assert_int_equal(answer.status, 101);
    assert_int_equal(answer.subprotocol_len, 9);
    assert_memory_equal(answer.subprotocol, "superchat", 9);
    judge(SWITCH ACCEPT "\r\n", WS_UPGRADE_DONE, "");
    judge("HTTP/1.1 101\r\nupgrade: WebSocket\r\n"
          "connection: keep-alive,\tupgrade\r\n" ACCEPT "\r\n",
          WS_UPGRADE_DONE, "");
}

static void
refusals(void **state)
{
    (void)state;
    judge("HTTP/1.1 403 Forbidden\r\n\r\n", WS_UPGRADE_REFUSED,
          "answers 403 instead of 101");
    judge("HTTP/1.1 301 Moved\r\nLocation: wss://b.example/\r\n\r\n",
          WS_UPGRADE_REFUSED,
          "answers 301 and points to wss://b.example/; a redirect is not");
    judge("HTTP/1.1 200 OK\r\nUpgrade: websocket\r\n\r\n", WS_UPGRADE_REFUSED,
          "200");
}

static void
what_is_no_upgrade(void **state)
{
    char *long_head;

    (void)state;
    judge("SSH-2.0-OpenSSH\r\n", WS_UPGRADE_PROTOCOL, "not speak HTTP");
    judge("HTTP/1.0 101 x\r\n\r\n", WS_UPGRADE_PROTOCOL, "not speak HTTP");
    judge("HTTP/1.1 1x1 ?\r\n\r\n", WS_UPGRADE_PROTOCOL, "not speak HTTP");
    judge("HTTP/1.1 10\r\n\r\n", WS_UPGRADE_PROTOCOL, "not speak HTTP");
    judge("HTTP/1.1 101 x\r\nConnection: Upgrade\r\n" ACCEPT "\r\n",
          WS_UPGRADE_PROTOCOL, "`Upgrade: websocket`");
    judge("HTTP/1.1 101 x\r\nUpgrade: websocket\r\n" ACCEPT "\r\n",
          WS_UPGRADE_PROTOCOL, "`Connection: Upgrade`");
    judge(SWITCH "\r\n", WS_UPGRADE_PROTOCOL, "no Sec-WebSocket-Accept");
    judge(SWITCH "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOO=\r\n\r\n",
          WS_UPGRADE_PROTOCOL, "does not belong to the key");
    judge(SWITCH ACCEPT "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
          WS_UPGRADE_PROTOCOL, "extension");
    judge(SWITCH ACCEPT "Sec-WebSocket-Protocol: other\r\n\r\n",
          WS_UPGRADE_PROTOCOL, "`other`, which was not offered");
    judge(SWITCH ACCEPT "Sec-WebSocket-Protocol: \r\n\r\n", WS_UPGRADE_PROTOCOL,
          "not offered");
    long_head = str_xcalloc(1, WS_HEAD_MAX + 100);
    memset(long_head, 'a', WS_HEAD_MAX + 10);
    memcpy(long_head, SWITCH, sizeof SWITCH - 1);
    judge(long_head, WS_UPGRADE_PROTOCOL, "over 16384 bytes");
    free(long_head);
}

static void
a_nul_hides_nothing(void **state)
{
    static const char text[] = SWITCH "X: \0\r\n" ACCEPT "\r\n";
    struct ws_answer answer;

    (void)state;
    assert_int_equal(ws_upgrade_judge(&answer, &request, text, sizeof text - 1),
                     WS_UPGRADE_PROTOCOL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked),
        cmocka_unit_test(a_key),
        cmocka_unit_test(the_right_answer),
        cmocka_unit_test(refusals),
        cmocka_unit_test(what_is_no_upgrade),
        cmocka_unit_test(a_nul_hides_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
