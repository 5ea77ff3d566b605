/*
 * tcp_talk.h - the dialogue of a TCP check: each step says its words, then
 * hears until what it expects is there.
 *
 * Lifecycle   tcp_talk_start() --+--> done() once, never from inside, or
 *                                +--> tcp_talk_cancel()
 *             What the last step heard, and the steps, are valid until
 *             tcp_talk_cancel(), after done() too.
 * Ownership   borrows descriptor and session.
 * Errors      a reason, and a message that names the step.
 * Threads     as check.h.
 */
#ifndef CHECKS_TCP_TALK_H
#define CHECKS_TCP_TALK_H

#include "wire/reason.h"

struct check;
struct tcp_talk;
struct tls_session;

#define TCP_TALK_HEARD_MAX 65536 /* bytes that one step hears */

typedef void tcp_talk_done_fn(void *cookie, enum reason reason,
                              const char *message);

/* `session` NULL: in clear.  NULL: errno. */
struct tcp_talk *tcp_talk_start(struct check *check, int fd,
                                struct tls_session *session,
                                tcp_talk_done_fn *done, void *cookie);
void tcp_talk_cancel(struct tcp_talk *talk);

/* The deadline passed: done() is told of the step it passed in. */
void tcp_talk_expire(struct tcp_talk *talk);

#endif
