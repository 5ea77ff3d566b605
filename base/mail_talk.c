/*
 * 5yz to anything is final, all else may be better later.  The exception is
 * what is asked before there is a message: a server that refuses the greeting,
 * STARTTLS or a way to log in is taken for one that is being mended, but not
 * one that refuses our password.
 *
 * The message goes out with every line ended by CR LF, whatever it came with:
 * a bare LF before a dot ends the message for some servers, and what follows it
 * would be commands (SMTP smuggling).
 */
#include "base/mail_talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define LINES_MAX 100 /* of one reply */

static const char *const state_names[] = {
    [MAIL_TALK_GREETING] = "greeting", [MAIL_TALK_EHLO] = "EHLO",
    [MAIL_TALK_STARTTLS] = "STARTTLS", [MAIL_TALK_AUTH] = "AUTH",
    [MAIL_TALK_AUTH_USER] = "AUTH",    [MAIL_TALK_AUTH_PASSWORD] = "AUTH",
    [MAIL_TALK_FROM] = "MAIL FROM",    [MAIL_TALK_TO] = "RCPT TO",
    [MAIL_TALK_DATA] = "DATA",         [MAIL_TALK_MESSAGE] = "the message",
    [MAIL_TALK_QUIT] = "QUIT",
};

void
mail_talk_init(struct mail_talk *talk, const struct mail_opts *say,
               bool wants_starttls)
{
    memset(talk, 0, sizeof *talk);
    talk->say = say;
    talk->wants_starttls = wants_starttls;
    talk->outcome = MAIL_LATER;
}

/* "250" of "250 ok"; -1: no reply line. */
static int
code_of(const char *line)
{
    if (!str_is_digit(line[0]) || !str_is_digit(line[1]) ||
        !str_is_digit(line[2]))
        return -1;
    if (line[3] != ' ' && line[3] != '-' && line[3] != '\0')
        return -1;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static enum mail_talk_step
end(struct mail_talk *talk, enum mail_outcome outcome, const char *line)
{
    talk->outcome = outcome;
    snprintf(talk->detail, sizeof talk->detail, "%s: %.500s",
             state_names[talk->state], line);
    return MAIL_TALK_END;
}

/* The words of a feature line, "AUTH PLAIN LOGIN". */
static void
learn(struct mail_talk *talk, const char *feature)
{
    size_t len = strcspn(feature, " =");
    bool is_auth = len == 4 && strncasecmp(feature, "AUTH", 4) == 0;

    if (str_eq_nocase(feature, "STARTTLS"))
        talk->has_starttls = true;
    while (is_auth && feature[len] != '\0') {
        const char *word = feature + len + 1;
        size_t n = strcspn(word, " ");

        talk->has_plain |= n == 5 && strncasecmp(word, "PLAIN", 5) == 0;
        talk->has_login |= n == 5 && strncasecmp(word, "LOGIN", 5) == 0;
        len = (size_t)(word - feature) + n;
    }
}

static void
say(struct mail_talk *talk, enum mail_talk_state next, const char *text,
    struct buf *out)
{
    talk->state = next;
    buf_add_str(out, text);
    buf_add_str(out, "\r\n");
}

static void
say_base64(struct mail_talk *talk, enum mail_talk_state next, const char *text,
           struct buf *out)
{
    char *coded = str_base64((const uint8_t *)text, strlen(text));

    say(talk, next, coded, out);
    explicit_bzero(coded, strlen(coded));
    free(coded);
}

/* NUL user NUL password, RFC 4616. */
static void
say_plain(struct mail_talk *talk, struct buf *out)
{
    const char *password = talk->say->password ? talk->say->password : "";
    struct buf plain;
    char *coded;

    buf_init(&plain, strlen(talk->say->user) + strlen(password) + 2);
    buf_add_char(&plain, '\0');
    buf_add_str(&plain, talk->say->user);
    buf_add_char(&plain, '\0');
    buf_add_str(&plain, password);
    coded = str_base64(plain.data, plain.len);
    buf_add_str(out, "AUTH PLAIN ");
    say(talk, MAIL_TALK_AUTH, coded, out);
    explicit_bzero(coded, strlen(coded));
    explicit_bzero(plain.data, plain.len);
    free(coded);
    buf_free(&plain);
}

static void
say_from(struct mail_talk *talk, struct buf *out)
{
    buf_addf(out, "MAIL FROM:<%s>", talk->say->from);
    say(talk, MAIL_TALK_FROM, "", out);
}

/* The message, its dots doubled and its lines ended as they must be. */
static void
say_message(struct mail_talk *talk, struct buf *out)
{
    const char *text = talk->say->message;
    size_t len = talk->say->message_len;
    bool is_start = true;
    size_t i;

    for (i = 0; i < len; i++) {
        if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
            continue;
        if (text[i] == '\n' || text[i] == '\r') {
            buf_add_str(out, "\r\n");
            is_start = true;
            continue;
        }
        if (is_start && text[i] == '.')
            buf_add_char(out, '.');
        buf_add_char(out, text[i]);
        is_start = false;
    }
    if (!is_start)
        buf_add_str(out, "\r\n");
    say(talk, MAIL_TALK_MESSAGE, ".", out);
}

/* The features are known: TLS, then credentials, then the message. */
static enum mail_talk_step
go_on_from_ehlo(struct mail_talk *talk, const char *line, struct buf *out)
{
    if (talk->wants_starttls) {
        if (!talk->has_starttls)
            return end(talk, MAIL_LATER, "the server offers no STARTTLS");
        say(talk, MAIL_TALK_STARTTLS, "STARTTLS", out);
    } else if (talk->say->user == NULL) {
        say_from(talk, out);
    } else if (talk->has_plain) {
        say_plain(talk, out);
    } else if (talk->has_login) {
        say(talk, MAIL_TALK_AUTH_USER, "AUTH LOGIN", out);
    } else {
        return end(talk, MAIL_LATER,
                   "the server offers no AUTH PLAIN or LOGIN");
    }
    (void)line;
    return MAIL_TALK_ON;
}

/* A reply that is not the hoped-for one. */
static enum mail_talk_step
refuse(struct mail_talk *talk, int code, const char *line)
{
    bool is_final = code >= 500 && talk->state != MAIL_TALK_GREETING &&
                    talk->state != MAIL_TALK_EHLO &&
                    talk->state != MAIL_TALK_STARTTLS;

    return end(talk, is_final ? MAIL_REFUSED : MAIL_LATER, line);
}

/* The code that lets each state go on. */
static int
wanted(enum mail_talk_state state)
{
    switch (state) {
    case MAIL_TALK_GREETING:
    case MAIL_TALK_STARTTLS:
        return 220;
    case MAIL_TALK_AUTH:
        return 235;
    case MAIL_TALK_AUTH_USER:
    case MAIL_TALK_AUTH_PASSWORD:
        return 334;
    case MAIL_TALK_DATA:
        return 354;
    case MAIL_TALK_QUIT:
        return 221;
    case MAIL_TALK_EHLO:
    case MAIL_TALK_FROM:
    case MAIL_TALK_TO:
    case MAIL_TALK_MESSAGE:
        return 250;
    }
    return 250;
}

/* The hoped-for reply is whole. */
static enum mail_talk_step
advance(struct mail_talk *talk, const char *line, struct buf *out)
{
    switch (talk->state) {
    case MAIL_TALK_GREETING:
        say(talk, MAIL_TALK_EHLO, "EHLO picket", out);
        return MAIL_TALK_ON;
    case MAIL_TALK_EHLO:
        return go_on_from_ehlo(talk, line, out);
    case MAIL_TALK_STARTTLS:
        talk->wants_starttls = false;
        return MAIL_TALK_TLS;
    case MAIL_TALK_AUTH_USER:
        say_base64(talk, MAIL_TALK_AUTH_PASSWORD, talk->say->user, out);
        return MAIL_TALK_ON;
    case MAIL_TALK_AUTH_PASSWORD:
        say_base64(talk, MAIL_TALK_AUTH,
                   talk->say->password ? talk->say->password : "", out);
        return MAIL_TALK_ON;
    case MAIL_TALK_AUTH:
        say_from(talk, out);
        return MAIL_TALK_ON;
    case MAIL_TALK_FROM:
        buf_addf(out, "RCPT TO:<%s>", talk->say->to);
        say(talk, MAIL_TALK_TO, "", out);
        return MAIL_TALK_ON;
    case MAIL_TALK_TO:
        say(talk, MAIL_TALK_DATA, "DATA", out);
        return MAIL_TALK_ON;
    case MAIL_TALK_DATA:
        say_message(talk, out);
        return MAIL_TALK_ON;
    case MAIL_TALK_MESSAGE:
        end(talk, MAIL_ACCEPTED, line);
        say(talk, MAIL_TALK_QUIT, "QUIT", out);
        return MAIL_TALK_ON;
    case MAIL_TALK_QUIT:
        break;
    }
    return MAIL_TALK_END;
}

enum mail_talk_step
mail_talk_on_line(struct mail_talk *talk, const char *line, struct buf *out)
{
    int code = code_of(line);
    bool is_more = code > 0 && line[3] == '-';

    /* Whatever comes of QUIT: the message is theirs. */
    if (talk->state == MAIL_TALK_QUIT)
        return MAIL_TALK_END;
    if (code < 0 || ++talk->line_count > LINES_MAX)
        return end(talk, MAIL_LATER, "the server does not speak SMTP");
    if (talk->state == MAIL_TALK_EHLO && code == 250 && line[3] != '\0')
        learn(talk, line + 4);
    if (is_more)
        return MAIL_TALK_ON;
    talk->line_count = 0;
    if (code != wanted(talk->state) &&
        !(talk->state == MAIL_TALK_TO && code == 251))
        return refuse(talk, code, line);
    return advance(talk, line, out);
}

void
mail_talk_on_tls(struct mail_talk *talk, struct buf *out)
{
    /* What was offered in clear may have been anybody's words. */
    talk->has_plain = talk->has_login = talk->has_starttls = false;
    say(talk, MAIL_TALK_EHLO, "EHLO picket", out);
}

void
mail_talk_on_end(struct mail_talk *talk, const char *why)
{
    if (talk->state != MAIL_TALK_QUIT)
        end(talk, MAIL_LATER, why);
}
