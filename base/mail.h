/*
 * mail.h - hand one message to an SMTP server (RFC 5321), TLS as configured.
 *
 * Lifecycle   mail_start() --+--> done() once, never from inside, or
 *                            +--> mail_cancel()
 * Ownership   opts are copied.
 * Errors      outcome: accepted, try later (4yz, network), refused (5yz).
 * Threads     loop thread only.
 */
#ifndef BASE_MAIL_H
#define BASE_MAIL_H

#include <stddef.h>
#include <stdint.h>

struct call_net;
struct mail;

enum mail_outcome { MAIL_ACCEPTED, MAIL_LATER, MAIL_REFUSED };

struct mail_opts {
    const char *server; /* smtp://host:port, smtps://; smtp+starttls:// asks
                           for STARTTLS and accepts nothing less */
    const char *user;   /* or NULL */
    const char *password;
    const char *from;
    const char *to;
    const char *message; /* whole, with header, lines ended by CRLF */
    size_t message_len;
    int64_t timeout_ns;
};

typedef void mail_done_fn(void *cookie, enum mail_outcome outcome,
                          const char *detail);

struct mail *mail_start(const struct call_net *net,
                        const struct mail_opts *opts, mail_done_fn *done,
                        void *cookie);
void mail_cancel(struct mail *mail);

#endif
