/*
 * keyring.h - the secrets of a probe's checks: one set for all lanes.
 *
 * What is defined stands in the texts of the assigned checks, and goes with
 * them.  Values with `at = "probe"` are read here, within the rules of
 * probe.conf; the others the controller gives, and they are in memory only:
 * after a restart they are not there until it is reached.
 *
 * Lifecycle   keyring_set() -> on_ready(assignment) once what it defines is
 *             read, or KEYRING_WAIT_NS later; a newer assignment takes the place
 *             of one that waits.  keyring_free() once no lane runs.
 * Ownership   assignments are counted.  Borrows the worker, which may end after.
 * Errors      NULL with errno; what cannot be read is logged, and is the
 *             `local.secret` of the run that needs it.
 * Threads     the loop's, but keyring_secrets(): any.
 */
#ifndef PROBE_KEYRING_H
#define PROBE_KEYRING_H

#include <stddef.h>

#include "base/clock.h"
#include "base/secret.h"

#define KEYRING_WAIT_NS (3 * NS_PER_S)

struct assignment;
struct keyring;
struct log;
struct loop;
struct message_given;
struct worker;

struct keyring_opts {
    struct loop *loop;
    struct log *log;
    struct worker *worker; /* reads the texts */
    struct secret_rules rules;
    /* It can run; takes the reference. */
    void (*on_ready)(void *cookie, struct assignment *assignment);
    /* There is something for keyring_take_refused(). */
    void (*on_refused)(void *cookie);
    void *cookie;
};

struct keyring *keyring_create(const struct keyring_opts *opts);
void keyring_free(struct keyring *keyring);

/* Takes the reference; values are copied into locked memory. */
void keyring_set(struct keyring *keyring, struct assignment *assignment,
                 const struct message_given *given, size_t given_count);
struct secret_set *keyring_secrets(struct keyring *keyring);

/* The given ones that a target refused since the last call; valid until the
 * next. */
const char *const *keyring_take_refused(struct keyring *keyring, size_t *count);

#endif
