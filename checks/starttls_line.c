/*
 * smtp, ftp, pop3, imap: dialogues of lines.
 */
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"
#include "checks/starttls_priv.h"

static bool
begins_nocase(const char *text, size_t len, const char *with)
{
    size_t n = strlen(with);

    return len >= n && strncasecmp(text, with, n) == 0;
}

long
starttls_cut_line(const struct starttls *talk)
{
    const char *end = memchr(talk->unit, '\n', talk->len);

    return end != NULL ? end - talk->unit + 1 : 0;
}

/* "220" of "220 ready"; 0: no reply line. */
static int
code_of(const char *line, size_t len)
{
    if (len < 4 || !str_is_digit(line[0]) || !str_is_digit(line[1]) ||
        !str_is_digit(line[2]))
        return 0;
    if (line[3] != ' ' && line[3] != '-' && line[3] != '\r' && line[3] != '\n')
        return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* The code of a whole reply; 0: it goes on; -1: it is none. */
static int
code_of_reply(struct starttls *talk, size_t len)
{
    const char *line = talk->unit;
    int code = code_of(line, len);
    int open = talk->code;

    /* RFC 959, 4.2: within a reply of several lines any text may stand. */
    if (open > 0 && (code != open || line[3] == '-') &&
        (talk->kind == STARTTLS_FTP || code == open))
        return 0;
    if (code == 0 || (open > 0 && code != open))
        return -1;
    talk->code = line[3] == '-' ? code : 0;
    return line[3] == '-' ? 0 : code;
}

enum starttls_step
starttls_on_smtp(struct starttls *talk, size_t len, struct buf *out)
{
    int code = code_of_reply(talk, len);

    if (code < 0)
        return starttls_nonsense(talk, "the server does not speak SMTP", len);
    if (talk->stage == 1 && len > 4 &&
        begins_nocase(talk->unit + 4, len - 4, "STARTTLS") &&
        str_is_space((unsigned char)talk->unit[12]))
        talk->is_offered = true;
    if (code == 0)
        return STARTTLS_ON;
    if (talk->stage == 0 && code == 220)
        return starttls_say(talk, "EHLO picket\r\n", out);
    if (talk->stage == 1 && code == 250 && !talk->is_offered)
        return starttls_refuse(talk, "the server offers no STARTTLS", 0);
    if (talk->stage == 1 && code == 250)
        return starttls_say(talk, "STARTTLS\r\n", out);
    if (talk->stage == 2 && code == 220)
        return STARTTLS_GO;
    return starttls_refuse(talk, "the server refuses", len);
}

enum starttls_step
starttls_on_ftp(struct starttls *talk, size_t len, struct buf *out)
{
    int code = code_of_reply(talk, len);

    if (code < 0)
        return starttls_nonsense(talk, "the server does not speak FTP", len);
    /* 120: ready in some minutes, and then another reply. */
    if (code == 0 || (talk->stage == 0 && code == 120))
        return STARTTLS_ON;
    if (talk->stage == 0 && code == 220)
        return starttls_say(talk, "AUTH TLS\r\n", out);
    if (talk->stage == 1 && code == 234)
        return STARTTLS_GO;
    return starttls_refuse(talk, "the server refuses", len);
}

enum starttls_step
starttls_on_pop3(struct starttls *talk, size_t len, struct buf *out)
{
    if (begins_nocase(talk->unit, len, "-ERR"))
        return starttls_refuse(talk, "the server refuses", len);
    if (!begins_nocase(talk->unit, len, "+OK"))
        return starttls_nonsense(talk, "the server does not speak POP3", len);
    if (talk->stage == 0)
        return starttls_say(talk, "STLS\r\n", out);
    return STARTTLS_GO;
}

/* A word of a capability line, ended by space, bracket or line. */
static bool
has_word(const char *line, size_t len, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n < len; i++) {
        bool is_begin = i > 0 && line[i - 1] == ' ';
        char end = line[i + n];

        if (is_begin && strncasecmp(line + i, word, n) == 0 &&
            (end == ' ' || end == ']' || end == '\r' || end == '\n'))
            return true;
    }
    return false;
}

static enum starttls_step
on_imap_greeting(struct starttls *talk, size_t len, struct buf *out)
{
    if (begins_nocase(talk->unit, len, "* OK"))
        return starttls_say(talk, "p1 CAPABILITY\r\n", out);
    if (begins_nocase(talk->unit, len, "* PREAUTH") ||
        begins_nocase(talk->unit, len, "* BYE"))
        return starttls_refuse(talk, "the server refuses", len);
    return starttls_nonsense(talk, "the server does not speak IMAP", len);
}

enum starttls_step
starttls_on_imap(struct starttls *talk, size_t len, struct buf *out)
{
    const char *tag = talk->stage == 1 ? "p1 " : "p2 ";

    if (talk->stage == 0)
        return on_imap_greeting(talk, len, out);
    if (begins_nocase(talk->unit, len, "* BYE"))
        return starttls_refuse(talk, "the server refuses", len);
    if (begins_nocase(talk->unit, len, "* ")) {
        talk->is_offered |=
            begins_nocase(talk->unit + 2, len - 2, "CAPABILITY ") &&
            has_word(talk->unit, len, "STARTTLS");
        return STARTTLS_ON;
    }
    if (!begins_nocase(talk->unit, len, tag))
        return starttls_nonsense(talk, "the server does not speak IMAP", len);
    if (!begins_nocase(talk->unit + 3, len - 3, "OK"))
        return starttls_refuse(talk, "the server refuses", len);
    if (talk->stage == 2)
        return STARTTLS_GO;
    if (!talk->is_offered)
        return starttls_refuse(talk, "the server offers no STARTTLS", 0);
    return starttls_say(talk, "p2 STARTTLS\r\n", out);
}
