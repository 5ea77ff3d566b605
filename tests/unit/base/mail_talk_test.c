#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mail_talk.c"

static const char message[] = "A: b\r\n\r\n.x\n.\nMAIL FROM:<c>\rend";

static const struct mail_opts opts = {.from = "a@b",
                                      .to = "c@d",
                                      .message = message,
                                      .message_len = sizeof message - 1};

/* Gives the lines of `script`, "server>client" pairs, and compares. */
struct turn {
    const char *server;
    const char *client; /* what must be sent for it */
};

static enum mail_talk_step
play(struct mail_talk *talk, const struct turn *turns)
{
    enum mail_talk_step step = MAIL_TALK_ON;

    for (; turns->server != NULL; turns++) {
        struct buf out;

        buf_init(&out, 10000);
        assert_int_equal(step, MAIL_TALK_ON);
        step = mail_talk_on_line(talk, turns->server, &out);
        assert_string_equal(buf_text(&out), turns->client);
        buf_free(&out);
    }
    return step;
}

static void
the_plain_way(void **state)
{
    static const struct turn turns[] = {
        {"220-hello", ""},
        {"220 sink", "EHLO picket\r\n"},
        {"250-sink", ""},
        {"250-AUTH PLAIN", ""},
        {"250 SIZE", "MAIL FROM:<a@b>\r\n"},
        {"250 ok", "RCPT TO:<c@d>\r\n"},
        {"251 will forward", "DATA\r\n"},
        /* Bare line ends become whole ones, and no dot ends it early. */
        {"354 go", "A: b\r\n\r\n..x\r\n..\r\nMAIL FROM:<c>\r\nend\r\n.\r\n"},
        {"250 queued", "QUIT\r\n"},
        {"221 bye", ""},
        {NULL, NULL},
    };
    struct mail_talk talk;
    (void)state;

    mail_talk_init(&talk, &opts, false);
    assert_int_equal(play(&talk, turns), MAIL_TALK_END);
    assert_int_equal(talk.outcome, MAIL_ACCEPTED);
    assert_non_null(strstr(talk.detail, "queued"));
    /* An end of the connection cannot take it back. */
    mail_talk_on_end(&talk, "reset");
    assert_int_equal(talk.outcome, MAIL_ACCEPTED);
}

static void
login_where_there_is_no_plain(void **state)
{
    static const struct turn turns[] = {
        {"220 sink", "EHLO picket\r\n"},
        {"250 AUTH CRAM-MD5 LOGIN", "AUTH LOGIN\r\n"},
        {"334 VXNlcm5hbWU6", "bWU=\r\n"},
        {"334 UGFzc3dvcmQ6", "cHc=\r\n"},
        {"235 ok", "MAIL FROM:<a@b>\r\n"},
        {NULL, NULL},
    };
    struct mail_opts with = opts;
    struct mail_talk talk;
    (void)state;

    with.user = "me";
    with.password = "pw";
    mail_talk_init(&talk, &with, false);
    assert_int_equal(play(&talk, turns), MAIL_TALK_ON);
}

static void
credentials_wait_for_tls(void **state)
{
    static const struct turn before[] = {
        {"220 sink", "EHLO picket\r\n"},
        {"250-STARTTLS", ""},
        {"250 AUTH PLAIN", "STARTTLS\r\n"},
        {"220 go", ""},
        {NULL, NULL},
    };
    static const struct turn nothing[] = {
        {"220 sink", "EHLO picket\r\n"},
        {"250 AUTH PLAIN", ""},
        {NULL, NULL},
    };
    struct mail_opts with = opts;
    struct mail_talk talk;
    struct buf out;
    (void)state;

    with.user = "me";
    with.password = "pw";
    mail_talk_init(&talk, &with, true);
    assert_int_equal(play(&talk, before), MAIL_TALK_TLS);
    buf_init(&out, 1000);
    mail_talk_on_tls(&talk, &out);
    assert_string_equal(buf_text(&out), "EHLO picket\r\n");
    buf_reset(&out);
    /* What was offered in clear is forgotten. */
    assert_int_equal(mail_talk_on_line(&talk, "250 sink", &out), MAIL_TALK_END);
    assert_int_equal(talk.outcome, MAIL_LATER);
    assert_int_equal(out.len, 0);
    buf_free(&out);

    mail_talk_init(&talk, &with, true);
    assert_int_equal(play(&talk, nothing), MAIL_TALK_END);
    assert_int_equal(talk.outcome, MAIL_LATER);
    assert_non_null(strstr(talk.detail, "STARTTLS"));
}

static void
strange_lines_end_it(void **state)
{
    static const char *const lines[] = {
        "", "2", "22", "2200", "abc ", "\xff\xfe", "HTTP/1.1 400"};
    struct mail_talk talk;
    struct buf out;
    size_t i;
    (void)state;

    buf_init(&out, 100);
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        mail_talk_init(&talk, &opts, false);
        assert_int_equal(mail_talk_on_line(&talk, lines[i], &out),
                         MAIL_TALK_END);
        assert_int_equal(talk.outcome, MAIL_LATER);
    }
    mail_talk_init(&talk, &opts, false);
    for (i = 0; i < LINES_MAX; i++)
        assert_int_equal(mail_talk_on_line(&talk, "220-x", &out), MAIL_TALK_ON);
    assert_int_equal(mail_talk_on_line(&talk, "220-x", &out), MAIL_TALK_END);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plain_way),
        cmocka_unit_test(login_where_there_is_no_plain),
        cmocka_unit_test(credentials_wait_for_tls),
        cmocka_unit_test(strange_lines_end_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
