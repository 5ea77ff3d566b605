/*
 * A dialogue is a row of DIALOGUES: how its units are cut out of the stream
 * (lines, tags, packets), and what a whole unit means.  The rest is the same
 * for all: bytes are gathered up to one unit, a unit may make us speak, and
 * when we speak, nothing may be left over.  An answer that is there before its
 * question, and bytes behind the go-ahead, come from somebody who counts on
 * our reading them as if TLS had vouched for them.
 *
 * What the server offers in clear (EHLO, CAPABILITY, features) is asked only
 * to name a refusal well; an attacker can take the offer out, and that too is
 * starttls.refused: no check goes on in clear.
 */
#include "checks/starttls.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "checks/starttls_priv.h"

#define SAID_MAX 160 /* bytes of the server's words in a message */

#define BEHIND "bytes in clear came behind the go-ahead"
#define EARLY  "the server answers before it was asked"

struct dialogue {
    const char *name;
    uint16_t port;
    /* What we say first; NULL: the server does. */
    void (*open)(const struct starttls *talk, struct buf *out);
    long (*cut)(const struct starttls *talk);
    enum starttls_step (*on_unit)(struct starttls *talk, size_t len,
                                  struct buf *out);
    const char *waits[4]; /* by stage */
};

enum starttls_step
starttls_fail(struct starttls *talk, enum reason reason, const char *what,
              const char *said, size_t len)
{
    talk->reason = reason;
    if (len > SAID_MAX)
        len = SAID_MAX;
    (void)snprintf(talk->message, sizeof(talk->message), "%s%s%.*s", what,
                   len > 0 ? ": " : "", (int)len, said);
    return STARTTLS_FAILED;
}

enum starttls_step
starttls_refuse(struct starttls *talk, const char *what, size_t len)
{
    while (len > 0 && str_is_space((unsigned char)talk->unit[len - 1]))
        len--;
    return starttls_fail(talk, REASON_STARTTLS_REFUSED, what, talk->unit, len);
}

enum starttls_step
starttls_nonsense(struct starttls *talk, const char *what, size_t len)
{
    while (len > 0 && str_is_space((unsigned char)talk->unit[len - 1]))
        len--;
    return starttls_fail(talk, REASON_STARTTLS_PROTOCOL, what, talk->unit, len);
}

enum starttls_step
starttls_say(struct starttls *talk, const char *text, struct buf *out)
{
    talk->stage++;
    talk->is_offered = false;
    buf_add_str(out, text);
    return STARTTLS_ON;
}

static const struct dialogue DIALOGUES[STARTTLS_KIND_COUNT] = {
    [STARTTLS_SMTP] = {"smtp",
                       25,
                       NULL,
                       starttls_cut_line,
                       starttls_on_smtp,
                       {"its greeting", "the answer to EHLO",
                        "the answer to STARTTLS"}},
    [STARTTLS_IMAP] = {"imap",
                       143,
                       NULL,
                       starttls_cut_line,
                       starttls_on_imap,
                       {"its greeting", "the answer to CAPABILITY",
                        "the answer to STARTTLS"}},
    [STARTTLS_POP3] = {"pop3",
                       110,
                       NULL,
                       starttls_cut_line,
                       starttls_on_pop3,
                       {"its greeting", "the answer to STLS"}},
    [STARTTLS_FTP] = {"ftp",
                      21,
                      NULL,
                      starttls_cut_line,
                      starttls_on_ftp,
                      {"its greeting", "the answer to AUTH TLS"}},
    [STARTTLS_LDAP] = {"ldap",
                       389,
                       starttls_open_ldap,
                       starttls_cut_ber,
                       starttls_on_ldap,
                       {"the answer to StartTLS"}},
    [STARTTLS_XMPP] = {"xmpp",
                       5222,
                       starttls_open_xmpp,
                       starttls_cut_tag,
                       starttls_on_xmpp,
                       {"its features", "the answer to starttls"}},
    [STARTTLS_XMPP_SERVER] = {"xmpp-server",
                              5269,
                              starttls_open_xmpp,
                              starttls_cut_tag,
                              starttls_on_xmpp,
                              {"its features", "the answer to starttls"}},
    [STARTTLS_POSTGRES] = {"postgres",
                           5432,
                           starttls_open_postgres,
                           starttls_cut_byte,
                           starttls_on_postgres,
                           {"the answer to SSLRequest"}},
    [STARTTLS_MYSQL] = {"mysql",
                        3306,
                        NULL,
                        starttls_cut_mysql,
                        starttls_on_mysql,
                        {"its greeting"}},
};

void
starttls_init(struct starttls *talk, enum starttls_kind kind, const char *host,
              struct buf *out)
{
    assert(kind > STARTTLS_NONE && kind < STARTTLS_KIND_COUNT);
    *talk = (struct starttls){.kind = kind};
    (void)str_copy(talk->host, sizeof(talk->host), host);
    if (DIALOGUES[kind].open != NULL)
        DIALOGUES[kind].open(talk, out);
}

/* Between two tags white space means nothing: some servers end lines. */
static bool
is_left(const struct starttls *talk)
{
    bool is_xml = DIALOGUES[talk->kind].cut == starttls_cut_tag;

    for (size_t i = 0; i < talk->len; i++)
        if (!is_xml || !str_is_space((unsigned char)talk->unit[i]))
            return true;
    return false;
}

static void
drop(struct starttls *talk, size_t len)
{
    talk->len -= len;
    memmove(talk->unit, talk->unit + len, talk->len);
}

/* One whole unit. */
static enum starttls_step
take(struct starttls *talk, size_t len, struct buf *out)
{
    size_t said = out->len;
    enum starttls_step step = DIALOGUES[talk->kind].on_unit(talk, len, out);

    if (step == STARTTLS_FAILED)
        return step;
    drop(talk, len);
    if (step == STARTTLS_GO && talk->len > 0)
        return starttls_nonsense(talk, BEHIND, talk->len);
    if (out->len > said && is_left(talk))
        return starttls_nonsense(talk, EARLY, talk->len);
    return step;
}

/* Every unit that is whole by now. */
static enum starttls_step
take_all(struct starttls *talk, struct buf *out)
{
    enum starttls_step step = STARTTLS_ON;

    while (step == STARTTLS_ON) {
        long len = DIALOGUES[talk->kind].cut(talk);

        if (len < 0)
            return starttls_nonsense(talk, "the server speaks something else",
                                     talk->len);
        if (len == 0)
            break;
        step = take(talk, (size_t)len, out);
    }
    return step;
}

enum starttls_step
starttls_on_bytes(struct starttls *talk, const uint8_t *bytes, size_t len,
                  struct buf *out)
{
    enum starttls_step step = STARTTLS_ON;
    size_t said = out->len;

    while (step == STARTTLS_ON && len > 0) {
        size_t room = sizeof(talk->unit) - talk->len;
        size_t n = len < room ? len : room;

        if (n == 0 || talk->heard + n > STARTTLS_HEARD_MAX)
            return starttls_nonsense(talk, "the server says too much", 0);
        memcpy(talk->unit + talk->len, bytes, n);
        talk->len += n;
        talk->heard += n;
        bytes += n;
        len -= n;
        step = take_all(talk, out);
        if (step == STARTTLS_GO && len > 0)
            return starttls_nonsense(talk, BEHIND, 0);
        if (step == STARTTLS_ON && len > 0 && out->len > said)
            return starttls_nonsense(talk, EARLY, 0);
    }
    return step;
}

const char *
starttls_waits_for(const struct starttls *talk)
{
    const char *what = DIALOGUES[talk->kind].waits[talk->stage];

    assert(what != NULL);
    return what;
}

void
starttls_on_end(struct starttls *talk, const char *why)
{
    char what[STARTTLS_MESSAGE_MAX];

    (void)snprintf(what, sizeof(what),
                   "the server closed the connection before %s%s%s",
                   starttls_waits_for(talk), why != NULL ? ": " : "",
                   why != NULL ? why : "");
    (void)starttls_fail(talk, REASON_STARTTLS_CLOSED, what, "", 0);
}

enum starttls_kind
starttls_parse(const char *name)
{
    for (int i = 1; i < STARTTLS_KIND_COUNT; i++)
        if (str_eq(DIALOGUES[i].name, name))
            return (enum starttls_kind)i;
    return STARTTLS_NONE;
}

const char *
starttls_name(enum starttls_kind kind)
{
    return DIALOGUES[kind].name;
}

uint16_t
starttls_port(enum starttls_kind kind)
{
    return DIALOGUES[kind].port;
}
