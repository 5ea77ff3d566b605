/*
 * secure.h - from a connected descriptor to a TLS session, as a check's spec
 * asks for it: the words of STARTTLS before, the faults of the chain after.
 *
 * Not the handshake (tls_session.h) and not the words (starttls.h).
 *
 * Lifecycle   secure_start() --+--> done() once, never from inside, or
 *                              +--> secure_cancel()
 *             The handle and its session live until secure_cancel(), after
 *             done() too.
 * Ownership   borrows the descriptor; the answer is valid during done(), what
 *             went into the look until secure_cancel().
 * Errors      a reason and a message.
 * Threads     as check.h.
 */
#ifndef CHECKS_SECURE_H
#define CHECKS_SECURE_H

#include <stdbool.h>

#include "wire/reason.h"

struct check;
struct secure;
struct tls_session;

struct secure_answer {
    bool is_up;          /* the handshake stands, whatever the chain is */
    enum reason reason;  /* REASON_NONE: nothing is wrong */
    const char *message; /* with a reason */
};

typedef void secure_done_fn(void *cookie, const struct secure_answer *answer);

/* `version` 0: what was met, and the phases, go into the check's look.  10, 11,
 * 12, 13: only whether the server accepts this version.  NULL: errno. */
struct secure *secure_start(struct check *check, int fd, int version,
                            secure_done_fn *done, void *cookie);
void secure_cancel(struct secure *secure);

/* NULL before the handshake began. */
struct tls_session *secure_session(struct secure *secure);

/* The deadline passed: in which phase, and what was waited for. */
enum reason secure_late(const struct secure *secure, const char **what);

#endif
