/*
 * email.h - a page as one mail (RFC 5322) through controller.mail's server.
 *
 * The subject is the page's title, so that an inbox alone says what began and
 * what is over; it differs within an incident, so what makes a thread of its
 * mails is the root id that all of them refer to.  (Gmail wants one subject as
 * well, and shows the end beside the beginning: better than an end that looks
 * like one more beginning.)  A mail sent again keeps its Message-ID, so that
 * the receiver can drop it.
 *
 * Lifecycle, Ownership, Errors, Threads   as channel.h.
 */
#ifndef CONTROLLER_NOTIFY_EMAIL_H
#define CONTROLLER_NOTIFY_EMAIL_H

#include "base/clock.h"
#include "controller/notify/channel.h"

struct buf;
struct email;

struct email_opts {
    const char *server; /* as mail.h */
    const char *user;
    const char *password;
    const char *from;
    const char *to;
};

struct email *email_start(const struct channel_ports *ports,
                          const struct email_opts *opts,
                          const struct page *page, channel_done_fn *done,
                          void *cookie);
void email_cancel(struct email *email);

/* The whole message, lines ended by CRLF; -1: over its limit. */
int email_format(struct buf *out, const char *from, const char *to,
                 const struct page *page, wall_t now);

#endif
