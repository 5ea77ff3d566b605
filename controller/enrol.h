/*
 * enrol.h - who may be a probe: invitations, enrolment keys, certificates.
 *
 * Not the authority (ca.h), which signs what it is told, and not who is here
 * (fleet.h).
 *
 * Lifecycle   enrol_create() -> enrol_on_probe(), enrol_on_token() while the
 *             store loads -> the rest.  enrol_start() --+--> done() once, never
 *             from inside, or +--> enrol_cancel(): what was decided stays.
 *             enrol_free() after store_close(), which ends what is stored.
 * Ownership   arguments are copied; a reply is borrowed by done().
 * Units       wall_t; waits end in _ns.
 * Errors      a refusal has an HTTP status and a sentence with a remedy.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_ENROL_H
#define CONTROLLER_ENROL_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct addr;
struct ca;
struct enrol;
struct enrol_call;
struct fleet;
struct httpd_peer;
struct log;
struct loop;
struct message_enroll;
struct message_enroll_reply;
struct store;
struct store_probe;
struct store_token;

#define ENROL_TOKEN_MAX 33 /* 32 hex digits and NUL */
#define ENROL_WHY_MAX   256
#define ENROL_USES_MAX  100000 /* probes of one enrolment key */

struct enrol_ports {
    struct loop *loop;
    struct store *store;
    struct fleet *fleet;
    struct ca *ca;
    struct log *log;
};

struct enrol *enrol_create(const struct enrol_ports *ports);
void enrol_free(struct enrol *enrol);
void enrol_on_probe(struct enrol *enrol, const struct store_probe *probe);
void enrol_on_token(struct enrol *enrol, const struct store_token *token);

/* An invitation (uses 1, `ends` 0: in 10 minutes) or a key for a fleet. */
struct enrol_offer {
    const char *region;
    const char *name; /* NULL: the probe's wish, made unique */
    int uses;
    wall_t ends;
    const char *who; /* for the audit */
};

/* The token is told here and never again: only its hash is kept.  -1, and
 * `why` says what: a name that is taken or not a name. */
int enrol_add(struct enrol *enrol, const struct enrol_offer *offer,
              char token[ENROL_TOKEN_MAX], char why[ENROL_WHY_MAX]);

/* From now on its certificate is refused.  -1: no such probe. */
int enrol_revoke(struct enrol *enrol, const char *name, const char *who);

/* `reply` NULL: refused with `status` and `why`. */
typedef void enrol_done_fn(void *cookie,
                           const struct message_enroll_reply *reply, int status,
                           const char *why);

/* A new probe with a token, or the renewal of `peer` when that is given. */
struct enrol_ask {
    const struct message_enroll *message;
    const struct addr *from;
    const struct httpd_peer *peer; /* NULL: a new one */
};
struct enrol_call *enrol_start(struct enrol *enrol, const struct enrol_ask *ask,
                               enrol_done_fn *done, void *cookie);
void enrol_cancel(struct enrol_call *call);

/* The probe a certificate belongs to; NULL: none, and status and `why` say
 * what to answer. */
const struct store_probe *enrol_find(struct enrol *enrol,
                                     const struct httpd_peer *peer, int *status,
                                     const char **why);

size_t enrol_count(const struct enrol *enrol);
const struct store_probe *enrol_get(const struct enrol *enrol, size_t index);

#endif
