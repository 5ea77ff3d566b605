/* Whole dialogues, good and hostile, from one table: fed at once and byte by
 * byte, as a stream may be cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/starttls.c"

#include <stdlib.h>

#define HELLO "220 mail.example ESMTP\r\n"
#define OFFER "250-mail.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n"
#define FEATURES                                                               \
    "<?xml version='1.0'?><stream:stream id='a>b' from='x' "                   \
    "xmlns='jabber:client'>\n<stream:features>"                                \
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>" \
    "<mechanisms><mechanism>PLAIN</mechanism></mechanisms>"                    \
    "</stream:features>"
#define START_XMPP "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

#define TALK_MAX 4

struct row {
    enum starttls_kind kind;
    const char *heard[TALK_MAX]; /* of the server, in turn */
    const char *said[TALK_MAX];  /* of ours, after each */
    const char *reason;          /* NULL: the go-ahead */
    const char *message;         /* part of it */
};

static const struct row ROWS[] = {
    {STARTTLS_SMTP,
     {HELLO, OFFER, "220 2.0.0 go\r\n"},
     {"EHLO picket\r\n", "STARTTLS\r\n", ""},
     NULL,
     NULL},
    {STARTTLS_SMTP,
     {"220-a\r\n220-b\r\n220 c\r\n", "250-x\r\n250-starttls\r\n250 HELP\r\n",
      "220-\r\n220\r\n"},
     {"EHLO picket\r\n", "STARTTLS\r\n", ""},
     NULL,
     NULL},
    {STARTTLS_SMTP,
     {HELLO, "250-mail.example\r\n250 STARTTLSX\r\n"},
     {"EHLO picket\r\n"},
     "starttls.refused",
     "the server offers no STARTTLS"},
    {STARTTLS_SMTP,
     {HELLO, "502 no\r\n"},
     {"EHLO picket\r\n"},
     "starttls.refused",
     "the server refuses: 502 no"},
    {STARTTLS_SMTP,
     {"554 go away\r\n"},
     {NULL},
     "starttls.refused",
     "554 go away"},
    {STARTTLS_SMTP,
     {HELLO, OFFER, "454 TLS not available\r\n"},
     {"EHLO picket\r\n", "STARTTLS\r\n"},
     "starttls.refused",
     "454 TLS not available"},
    {STARTTLS_SMTP,
     {"* OK imap\r\n"},
     {NULL},
     "starttls.protocol",
     "does not speak SMTP: * OK imap"},
    {STARTTLS_SMTP,
     {"220-a\r\n250 b\r\n"},
     {NULL},
     "starttls.protocol",
     "does not speak SMTP"},
    /* What CVE-2011-0411 is made of, from the server's side. */
    {STARTTLS_SMTP,
     {HELLO, OFFER, "220 go\r\n250-AUTH PLAIN\r\n250 x\r\n"},
     {"EHLO picket\r\n", "STARTTLS\r\n"},
     "starttls.protocol",
     BEHIND},
    {STARTTLS_SMTP,
     {HELLO, OFFER, "220 go\r\n\x16"},
     {"EHLO picket\r\n", "STARTTLS\r\n"},
     "starttls.protocol",
     BEHIND},
    {STARTTLS_SMTP,
     {HELLO, OFFER "220 go\r\n"},
     {"EHLO picket\r\n"},
     "starttls.protocol",
     EARLY},
    {STARTTLS_SMTP,
     {HELLO "250 STARTTLS\r\n"},
     {NULL},
     "starttls.protocol",
     EARLY},
    {STARTTLS_IMAP,
     {"* OK [CAPABILITY IMAP4rev1] ready\r\n",
      "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\np1 OK done\r\n",
      "* OK by the way\r\np2 OK begin\r\n"},
     {"p1 CAPABILITY\r\n", "p2 STARTTLS\r\n", ""},
     NULL,
     NULL},
    {STARTTLS_IMAP,
     {"* OK ready\r\n", "* CAPABILITY IMAP4rev1 XSTARTTLS\r\np1 OK\r\n"},
     {"p1 CAPABILITY\r\n"},
     "starttls.refused",
     "offers no STARTTLS"},
    {STARTTLS_IMAP,
     {"* PREAUTH in already\r\n"},
     {NULL},
     "starttls.refused",
     "* PREAUTH"},
    {STARTTLS_IMAP,
     {"* OK ready\r\n", "* CAPABILITY STARTTLS\r\np1 OK\r\n", "p2 BAD no\r\n"},
     {"p1 CAPABILITY\r\n", "p2 STARTTLS\r\n"},
     "starttls.refused",
     "p2 BAD no"},
    {STARTTLS_IMAP,
     {"* OK ready\r\n", "* CAPABILITY STARTTLS\r\np1 OK\r\n",
      "p2 OK\r\n* PREAUTH\r\n"},
     {"p1 CAPABILITY\r\n", "p2 STARTTLS\r\n"},
     "starttls.protocol",
     BEHIND},
    {STARTTLS_POP3,
     {"+OK ready\r\n", "+OK begin\r\n"},
     {"STLS\r\n", ""},
     NULL,
     NULL},
    {STARTTLS_POP3,
     {"+OK ready\r\n", "-ERR what?\r\n"},
     {"STLS\r\n"},
     "starttls.refused",
     "-ERR what?"},
    {STARTTLS_POP3,
     {"+OK ready\r\n+OK begin\r\n"},
     {NULL},
     "starttls.protocol",
     EARLY},
    {STARTTLS_FTP,
     {"220-Welcome\r\n 220 not yet\r\n331 nor this\r\n220 now\r\n",
      "234 go\r\n"},
     {"AUTH TLS\r\n", ""},
     NULL,
     NULL},
    {STARTTLS_FTP,
     {"120 soon\r\n220 now\r\n", "530 no TLS\r\n"},
     {"AUTH TLS\r\n"},
     "starttls.refused",
     "530 no TLS"},
    {STARTTLS_XMPP,
     {FEATURES, "<proceed xmlns='x'/>"},
     {START_XMPP, ""},
     NULL,
     NULL},
    {STARTTLS_XMPP,
     {FEATURES "\n ", " <proceed xmlns='x'></proceed>"},
     {START_XMPP, ""},
     NULL,
     NULL},
    {STARTTLS_XMPP_SERVER,
     {FEATURES, "<failure/>"},
     {START_XMPP},
     "starttls.refused",
     "the server refuses"},
    {STARTTLS_XMPP,
     {"<stream:stream><stream:features><mechanisms/></stream:features>"},
     {NULL},
     "starttls.refused",
     "offers no STARTTLS"},
    {STARTTLS_XMPP,
     {"<stream:stream><stream:error><host-unknown/></stream:error>"},
     {NULL},
     "starttls.refused",
     "an error"},
    {STARTTLS_XMPP,
     {FEATURES, "<proceed/><auth/>"},
     {START_XMPP},
     "starttls.protocol",
     BEHIND},
    {STARTTLS_XMPP,
     {FEATURES "<proceed/>"},
     {NULL},
     "starttls.protocol",
     EARLY},
    {STARTTLS_XMPP,
     {"220 mail\r\n"},
     {NULL},
     "starttls.protocol",
     "speaks something else"},
    {STARTTLS_POSTGRES, {"S"}, {""}, NULL, NULL},
    {STARTTLS_POSTGRES, {"N"}, {NULL}, "starttls.refused", "offers no TLS"},
    {STARTTLS_POSTGRES, {"E..."}, {NULL}, "starttls.refused", "an error"},
    {STARTTLS_POSTGRES, {"x"}, {NULL}, "starttls.protocol", "PostgreSQL"},
    /* CVE-2021-23222. */
    {STARTTLS_POSTGRES, {"SR"}, {NULL}, "starttls.protocol", BEHIND},
};

/* One answer, whole or in single bytes. */
static enum starttls_step
hear(struct starttls *talk, const char *text, bool in_bytes, struct buf *out)
{
    const uint8_t *bytes = (const uint8_t *)text;
    enum starttls_step step = STARTTLS_ON;
    size_t len = strlen(text);

    if (!in_bytes)
        return starttls_on_bytes(talk, bytes, len, out);
    for (size_t i = 0; i < len && step == STARTTLS_ON; i++)
        step = starttls_on_bytes(talk, bytes + i, 1, out);
    return step;
}

static void
run(const struct row *row, bool in_bytes)
{
    struct starttls talk;
    enum starttls_step step = STARTTLS_ON;
    struct buf out;

    buf_init(&out, STARTTLS_OUT_MAX);
    starttls_init(&talk, row->kind, "host.example", &out);
    for (int i = 0; i < TALK_MAX && row->heard[i] != NULL; i++) {
        assert_int_equal(step, STARTTLS_ON);
        assert_non_null(starttls_waits_for(&talk));
        buf_reset(&out);
        step = hear(&talk, row->heard[i], in_bytes, &out);
        if (step == STARTTLS_FAILED)
            break;
        assert_string_equal(buf_text(&out), row->said[i]);
    }
    assert_int_equal(step, row->reason ? STARTTLS_FAILED : STARTTLS_GO);
    if (row->reason != NULL) {
        assert_string_equal(reason_name(talk.reason), row->reason);
        if (strstr(talk.message, row->message) == NULL)
            fail_msg("no `%s` in `%s`", row->message, talk.message);
    }
    buf_free(&out);
}

/* Byte by byte, what comes too early is only seen when it is there at once. */
static bool
is_about_order(const struct row *row)
{
    return row->message != NULL &&
           (str_eq(row->message, BEHIND) || str_eq(row->message, EARLY));
}

static void
every_dialogue(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        run(&ROWS[i], false);
        if (!is_about_order(&ROWS[i]))
            run(&ROWS[i], true);
    }
}

/* Nothing is kept beyond its limit, and the limit is a reason. */
static void
too_much(void **state)
{
    static uint8_t noise[STARTTLS_HEARD_MAX];
    struct starttls talk;
    struct buf out;
    enum starttls_step step = STARTTLS_ON;

    (void)state;
    buf_init(&out, STARTTLS_OUT_MAX);
    memset(noise, 'a', sizeof(noise));
    starttls_init(&talk, STARTTLS_SMTP, "h", &out);
    assert_int_equal(starttls_on_bytes(&talk, noise, sizeof(noise), &out),
                     STARTTLS_FAILED);
    assert_int_equal(talk.reason, REASON_STARTTLS_PROTOCOL);
    starttls_init(&talk, STARTTLS_FTP, "h", &out);
    for (int i = 0; i < 100000 && step == STARTTLS_ON; i++)
        step = hear(&talk, "220-x\r\n", false, &out);
    assert_int_equal(step, STARTTLS_FAILED);
    assert_int_equal(talk.reason, REASON_STARTTLS_PROTOCOL);
    assert_true(talk.heard <= STARTTLS_HEARD_MAX);
    buf_free(&out);
}

static void
an_early_end(void **state)
{
    struct starttls talk;
    struct buf out;

    (void)state;
    buf_init(&out, STARTTLS_OUT_MAX);
    starttls_init(&talk, STARTTLS_SMTP, "h", &out);
    assert_string_equal(starttls_waits_for(&talk), "its greeting");
    starttls_on_end(&talk, NULL);
    assert_int_equal(talk.reason, REASON_STARTTLS_CLOSED);
    assert_string_equal(talk.message,
                        "the server closed the connection before its greeting");
    (void)hear(&talk, HELLO, false, &out);
    starttls_on_end(&talk, "Connection reset by peer");
    assert_string_equal(talk.message,
                        "the server closed the connection before the answer "
                        "to EHLO: Connection reset by peer");
    buf_free(&out);
}

static void
names(void **state)
{
    (void)state;
    assert_int_equal(starttls_parse("smtp"), STARTTLS_SMTP);
    assert_int_equal(starttls_parse("smtps"), STARTTLS_NONE);
    for (int i = 1; i < STARTTLS_KIND_COUNT; i++) {
        enum starttls_kind kind = (enum starttls_kind)i;

        assert_int_equal(starttls_parse(starttls_name(kind)), kind);
        assert_non_null(strstr(STARTTLS_NAMES, starttls_name(kind)));
        assert_true(starttls_port(kind) != 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dialogue),
        cmocka_unit_test(too_much),
        cmocka_unit_test(an_early_end),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
