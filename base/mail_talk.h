/*
 * mail_talk.h - the client's half of an SMTP dialogue, without the wire.
 *
 * Pure: a line of the server's goes in, what to send comes out.  mail.c owns
 * the connection.
 *
 * Lifecycle   mail_talk_init(), mail_talk_on_line() for each line until it says
 *             MAIL_TALK_END; mail_talk_on_tls() after MAIL_TALK_TLS.
 * Ownership   borrows what `say` points to.
 * Errors      `outcome` and `detail` at the end; a server that does not speak
 *             SMTP is MAIL_LATER.
 * Threads     none of its own.
 */
#ifndef BASE_MAIL_TALK_H
#define BASE_MAIL_TALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mail.h"

struct buf;

#define MAIL_TALK_LINE_MAX   2048 /* bytes; RFC 5321 asks for 512 */
#define MAIL_TALK_DETAIL_MAX 640

enum mail_talk_state {
    MAIL_TALK_GREETING,
    MAIL_TALK_EHLO,
    MAIL_TALK_STARTTLS,
    MAIL_TALK_AUTH,
    MAIL_TALK_AUTH_USER,
    MAIL_TALK_AUTH_PASSWORD,
    MAIL_TALK_FROM,
    MAIL_TALK_TO,
    MAIL_TALK_DATA,
    MAIL_TALK_MESSAGE,
    MAIL_TALK_QUIT,
};

enum mail_talk_step {
    MAIL_TALK_ON,  /* send what is in `out`, wait for the next line */
    MAIL_TALK_TLS, /* start TLS; nothing may be left unread before it */
    MAIL_TALK_END,
};

struct mail_talk {
    const struct mail_opts *say;
    enum mail_talk_state state;
    bool wants_starttls; /* and has not got it yet */
    bool has_starttls;   /* offered */
    bool has_plain;
    bool has_login;
    int line_count; /* of the reply that is coming in */
    enum mail_outcome outcome;
    char detail[MAIL_TALK_DETAIL_MAX];
};

void mail_talk_init(struct mail_talk *talk, const struct mail_opts *say,
                    bool wants_starttls);

/* `line` without its line break; bytes to send are added to `out`. */
enum mail_talk_step mail_talk_on_line(struct mail_talk *talk, const char *line,
                                      struct buf *out);

/* TLS stands: the dialogue begins anew inside it. */
void mail_talk_on_tls(struct mail_talk *talk, struct buf *out);

/* What a connection that ended now means. */
void mail_talk_on_end(struct mail_talk *talk, const char *why);

#endif
