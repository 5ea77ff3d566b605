/*
 * email.h - a page as one mail (RFC 5322) through controller.mail's server.
 *
 * All mails of an incident share one subject and refer to one root id, so that
 * readers show them as a thread; a mail sent again keeps its Message-ID, so
 * that the receiver can drop it.
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
