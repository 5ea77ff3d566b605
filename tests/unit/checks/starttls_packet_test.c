/* LDAP and MySQL, whose packets hold bytes of value 0; each is also cut at every
 * byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/starttls_packet.c"

static enum starttls_step
hear(enum starttls_kind kind, const void *bytes, size_t len, struct buf *out,
     struct starttls *talk)
{
    starttls_init(talk, kind, "h", out);
    buf_reset(out);
    return starttls_on_bytes(talk, bytes, len, out);
}

struct packet {
    enum starttls_kind kind;
    const char *bytes;
    size_t len;
    enum starttls_step step;
    const char *message;
};

#define PACKET(kind, bytes, step, message)                                     \
    {                                                                          \
        kind, bytes, sizeof(bytes) - 1, step, message                          \
    }

#define LDAP_OK "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
#define LDAP_LONG                                                              \
    "\x30\x84\x00\x00\x00\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
#define LDAP_NO "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"
#define MYSQL(flags)                                                           \
    "\x1a\x00\x00\x00\x0a"                                                     \
    "8.0\0"                                                                    \
    "\x01\0\0\0saltsalt\0" flags "\x21\x02\0\0\0\0"

static const struct packet PACKETS[] = {
    PACKET(STARTTLS_LDAP, LDAP_OK, STARTTLS_GO, ""),
    PACKET(STARTTLS_LDAP, LDAP_LONG, STARTTLS_GO, ""),
    PACKET(STARTTLS_LDAP, LDAP_NO, STARTTLS_FAILED, "LDAP result code 2"),
    PACKET(STARTTLS_LDAP, LDAP_OK "x", STARTTLS_FAILED, "behind the go-ahead"),
    PACKET(STARTTLS_LDAP, "HTTP/1.1", STARTTLS_FAILED, "something else"),
    PACKET(STARTTLS_LDAP, "\x30\x03\x02\x01\x01", STARTTLS_FAILED,
           "does not speak LDAP"),
    PACKET(STARTTLS_LDAP, "\x30\x84\x01\x00\x00\x00", STARTTLS_FAILED,
           "something else"),
    PACKET(STARTTLS_MYSQL, MYSQL("\x00\x08"), STARTTLS_GO, ""),
    PACKET(STARTTLS_MYSQL, MYSQL("\xff\xf7"), STARTTLS_FAILED, "offers no TLS"),
    PACKET(STARTTLS_MYSQL, MYSQL("\x00\x08") "x", STARTTLS_FAILED,
           "behind the go-ahead"),
    PACKET(STARTTLS_MYSQL, "\x0a\x00\x00\x00\xff\x6a\x04Host is",
           STARTTLS_FAILED, "the server refuses: Host is"),
    PACKET(STARTTLS_MYSQL,
           "\x05\x00\x00\x00\x0a"
           "8.0\0",
           STARTTLS_FAILED, "does not speak MySQL"),
    PACKET(STARTTLS_MYSQL, "\x02\x00\x00\x00\x09x", STARTTLS_FAILED,
           "does not speak MySQL"),
    PACKET(STARTTLS_MYSQL, "SSH-2.0", STARTTLS_FAILED, "something else"),
    PACKET(STARTTLS_LDAP,
           "\x30\x0d\x02\x02\x00\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
           STARTTLS_GO, ""),
    PACKET(STARTTLS_LDAP,
           "\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
           STARTTLS_FAILED, "answers message 2, and ours is 1"),
    PACKET(STARTTLS_LDAP,
           "\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x34\x04\x00\x04\x00",
           STARTTLS_FAILED, "notice of disconnection"),
};

static void
every_packet(void **state)
{
    struct starttls talk;
    struct buf out;

    (void)state;
    buf_init(&out, STARTTLS_OUT_MAX);
    for (size_t i = 0; i < sizeof(PACKETS) / sizeof(PACKETS[0]); i++) {
        const struct packet *p = &PACKETS[i];

        if (hear(p->kind, p->bytes, p->len, &out, &talk) != p->step ||
            strstr(talk.message, p->message) == NULL)
            fail_msg("row %zu: %s", i, talk.message);
        for (size_t n = 0; p->step == STARTTLS_GO && n < p->len; n++)
            assert_int_equal(hear(p->kind, p->bytes, n, &out, &talk),
                             STARTTLS_ON);
    }
    buf_free(&out);
}

static void
what_we_say(void **state)
{
    struct starttls talk;
    struct buf out;

    (void)state;
    buf_init(&out, STARTTLS_OUT_MAX);
    starttls_init(&talk, STARTTLS_LDAP, "h", &out);
    assert_int_equal(out.len, 31);
    assert_int_equal(out.data[1] + 2, out.len);
    assert_int_equal(out.data[6] + 7, out.len);
    buf_reset(&out);
    starttls_init(&talk, STARTTLS_POSTGRES, "h", &out);
    assert_memory_equal(out.data, "\0\0\0\x08\x04\xd2\x16\x2f", 8);
    (void)hear(STARTTLS_MYSQL, PACKETS[7].bytes, PACKETS[7].len, &out, &talk);
    assert_int_equal(out.len, 36);
    assert_int_equal(out.data[0] + 4, out.len);
    assert_int_equal(out.data[3], 1);
    assert_int_equal(out.data[5] & 0x08, 0x08);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_packet),
        cmocka_unit_test(what_we_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
