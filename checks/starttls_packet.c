/*
 * ldap, postgres, mysql: dialogues of packets.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "checks/starttls_priv.h"

/* ---- ldap: RFC 4511, 4.14 ---- */

#define BER_SEQUENCE   0x30
#define BER_INTEGER    0x02
#define BER_ENUMERATED 0x0a
#define LDAP_EXTENDED  0x78 /* the response, [APPLICATION 24] */
#define LDAP_START_OID "1.3.6.1.4.1.1466.20037"
#define LDAP_MESSAGE   1 /* ours; 0 is the server's own, unasked (4.4) */

void
starttls_open_ldap(const struct starttls *talk, struct buf *out)
{
    static const uint8_t head[] = {
        BER_SEQUENCE, 29, BER_INTEGER, 1, LDAP_MESSAGE, 0x77, 24, 0x80, 22};

    (void)talk;
    buf_add(out, head, sizeof(head));
    buf_add_str(out, LDAP_START_OID);
}

/* A length of X.690, 8.1.3; some servers write four bytes for any. */
static size_t
get_ber_len(struct buf_reader *r)
{
    uint8_t first = buf_get_u8(r);
    size_t len = 0;

    if (first < 0x80)
        return first;
    if (first == 0x80 || first > 0x84) {
        r->failed = true;
        return 0;
    }
    for (int i = first & 0x7f; i > 0; i--)
        len = len << 8 | buf_get_u8(r);
    return len;
}

long
starttls_cut_ber(const struct starttls *talk)
{
    struct buf_reader r = buf_reader(talk->unit, talk->len);
    uint8_t tag = buf_get_u8(&r);
    uint8_t first = r.left > 0 ? r.at[0] : 0;
    size_t body = get_ber_len(&r);

    if (talk->len > 0 && tag != BER_SEQUENCE)
        return -1;
    if (first == 0x80 || first > 0x84 || body > STARTTLS_UNIT_MAX)
        return -1;
    return r.failed || r.left < body ? 0 : (long)(talk->len - r.left + body);
}

/* Some servers write more bytes than it takes. */
static unsigned
get_number(struct buf_reader *r)
{
    unsigned number = 0;

    for (int i = buf_get_u8(r); i > 0 && !r->failed; i--)
        number = number << 8 | buf_get_u8(r);
    return number;
}

static enum starttls_step
stray(struct starttls *talk, unsigned number)
{
    char what[64];

    if (number == 0)
        return starttls_refuse(
            talk, "the server says goodbye (LDAP's notice of disconnection)",
            0);
    (void)snprintf(what, sizeof(what),
                   "the server answers message %u, and ours is %d", number,
                   LDAP_MESSAGE);
    return starttls_nonsense(talk, what, 0);
}

enum starttls_step
starttls_on_ldap(struct starttls *talk, size_t len, struct buf *out)
{
    struct buf_reader r = buf_reader(talk->unit, len);
    uint8_t number_tag, op, code_tag, code_len, code;
    unsigned number;
    char what[64];

    (void)out;
    (void)buf_get_u8(&r);
    (void)get_ber_len(&r);
    number_tag = buf_get_u8(&r);
    number = get_number(&r);
    op = buf_get_u8(&r);
    (void)get_ber_len(&r);
    code_tag = buf_get_u8(&r);
    code_len = buf_get_u8(&r);
    code = buf_get_u8(&r);
    if (r.failed || number_tag != BER_INTEGER || op != LDAP_EXTENDED ||
        code_tag != BER_ENUMERATED || code_len != 1)
        return starttls_nonsense(talk, "the server does not speak LDAP", 0);
    if (number != LDAP_MESSAGE)
        return stray(talk, number);
    if (code == 0)
        return STARTTLS_GO;
    (void)snprintf(what, sizeof(what),
                   "the server refuses with LDAP result code %u", code);
    return starttls_refuse(talk, what, 0);
}

/* ---- postgres: one byte ---- */

void
starttls_open_postgres(const struct starttls *talk, struct buf *out)
{
    static const uint8_t ssl_request[] = {0, 0, 0, 8, 4, 210, 22, 47};

    (void)talk;
    buf_add(out, ssl_request, sizeof(ssl_request));
}

long
starttls_cut_byte(const struct starttls *talk)
{
    return talk->len > 0 ? 1 : 0;
}

enum starttls_step
starttls_on_postgres(struct starttls *talk, size_t len, struct buf *out)
{
    (void)len;
    (void)out;
    if (talk->unit[0] == 'S')
        return STARTTLS_GO;
    if (talk->unit[0] == 'N')
        return starttls_refuse(talk, "the server offers no TLS", 0);
    /* Its text is not shown: nobody vouches for it. */
    if (talk->unit[0] == 'E')
        return starttls_refuse(talk, "the server answers with an error", 0);
    return starttls_nonsense(
        talk, "the server does not speak PostgreSQL's protocol", 0);
}

/* ---- mysql: the server greets, and is told rather than asked ---- */

#define MYSQL_HEAD       4
#define MYSQL_ERROR      0xff
#define MYSQL_PROTOCOL   10
#define MYSQL_CLIENT_SSL 0x0800u
/* Long passwords, protocol 4.1, TLS, the newer logins. */
#define MYSQL_WANTS 0x00088a01u

long
starttls_cut_mysql(const struct starttls *talk)
{
    struct buf_reader r = buf_reader(talk->unit, talk->len);
    size_t body = buf_get_u8(&r);

    body |= (size_t)buf_get_u8(&r) << 8;
    body |= (size_t)buf_get_u8(&r) << 16;
    if (!r.failed && (body == 0 || body > STARTTLS_UNIT_MAX - MYSQL_HEAD))
        return -1;
    return talk->len >= MYSQL_HEAD + body && !r.failed
               ? (long)(MYSQL_HEAD + body)
               : 0;
}

static void
say_mysql(struct buf *out)
{
    static const uint8_t zeros[23] = {0};
    static const uint8_t head[MYSQL_HEAD] = {32, 0, 0, 1};
    const uint32_t packet_max = 1u << 24;
    const uint8_t utf8 = 33;

    buf_add(out, head, sizeof(head));
    buf_add_le32(out, MYSQL_WANTS);
    buf_add_le32(out, packet_max);
    buf_add_u8(out, utf8);
    buf_add(out, zeros, sizeof(zeros));
}

enum starttls_step
starttls_on_mysql(struct starttls *talk, size_t len, struct buf *out)
{
    struct buf_reader r = buf_reader(talk->unit, len);
    const size_t after_version = 4 + 8 + 1; /* thread, salt, a zero */
    const uint8_t *end;
    uint8_t version;
    unsigned offers;

    (void)buf_get(&r, MYSQL_HEAD);
    version = buf_get_u8(&r);
    if (version == MYSQL_ERROR && buf_get(&r, 2) != NULL) {
        /* "Host is blocked", "too many connections": in words. */
        return starttls_fail(talk, REASON_STARTTLS_REFUSED,
                             "the server refuses", (const char *)r.at, r.left);
    }
    end = version == MYSQL_PROTOCOL ? memchr(r.at, '\0', r.left) : NULL;
    if (end == NULL)
        return starttls_nonsense(
            talk, "the server does not speak MySQL's protocol", 0);
    (void)buf_get(&r, (size_t)(end - r.at) + 1 + after_version);
    offers = buf_get_u8(&r);
    offers |= (unsigned)buf_get_u8(&r) << 8;
    if (r.failed)
        return starttls_nonsense(
            talk, "the server does not speak MySQL's protocol", 0);
    if ((offers & MYSQL_CLIENT_SSL) == 0)
        return starttls_refuse(talk, "the server offers no TLS", 0);
    say_mysql(out);
    return STARTTLS_GO;
}
