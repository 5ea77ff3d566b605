/*
 * check_priv.h - a run while it runs: what check.c and the kinds share.
 *
 * A kind brings the run to its end and fills its look (look.h) on the way;
 * check.c owns the deadline, judges the expectations over what was seen
 * (expect.c), adds facts and evidence, and tells whoever asked.
 *
 * Lifecycle   kind->start(), then exactly one check_end() or check_fail(), from
 *             the kind (also from inside start) or from kind->expire(); after
 *             it the kind's own calls on the run are over.  kind->cancel() is
 *             always called last, frees check->state and stops what runs.
 * Ownership   texts in `look.seen` belong to the kind's state, until cancel.
 * Errors      a run always ends, by check_fail() with a reason.
 * Threads     as check.h.
 */
#ifndef CHECKS_CHECK_PRIV_H
#define CHECKS_CHECK_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "checks/check.h"
#include "checks/look.h"
#include "wire/result.h"

struct engine;
struct loop_timer;
struct mask;
struct scope;
struct spec;

struct check_kind {
    void (*start)(struct check *check);
    /* The deadline passed: calls check_fail() with the phase it passed in. */
    void (*expire)(struct check *check);
    void (*cancel)(struct check *check);
    /* Without `expect`, and nothing failed: look_fault() if need be. */
    void (*judge)(struct check *check);
    /* Or NULL.  done() was told: true when the run goes on for itself until
     * the kind calls check_leave(). */
    bool (*linger)(struct check *check);
};

extern const struct check_kind http_check;
extern const struct check_kind dns_check;
extern const struct check_kind tls_check;
extern const struct check_kind tcp_check;
extern const struct check_kind icmp_check;
extern const struct check_kind exec_check;
extern const struct check_kind journey_check;
extern const struct check_kind grpc_check;
extern const struct check_kind ws_check;

struct check {
    struct engine *engine;
    struct spec *spec;
    const struct check_kind *kind;
    void *state; /* the kind's */
    check_done_fn *done;
    check_gone_fn *gone;
    void *cookie;
    struct loop_timer *deadline;
    struct loop_timer *ending; /* it ended inside start */
    bool is_starting;
    bool has_ended;
    bool is_telling;         /* within done() */
    bool is_dropped;         /* cancelled there */
    bool is_judged;          /* by the kind; expectations are not asked again */
    struct look look;        /* what it met; its end becomes the result's */
    const struct mask *mask; /* of the secrets it used, a kind's; or NULL */
    struct scope *scope;     /* of the values it has, a kind's; or NULL */
    int64_t lag_us;          /* of the loop, while what decides ran; a kind's.
                                -1: of the whole run */
    struct result result;
    struct buf evidence;
    struct buf hidden; /* texts of facts that were masked */
};

/* All is seen: judge it, and tell. */
void check_end(struct check *check);
/* It ends here, not up: look_fault(), then check_end(). */
void check_fail(struct check *check, enum reason reason, const char *format,
                ...) __attribute__((format(printf, 3, 4)));

/* After linger(): nothing is left to do. */
void check_leave(struct check *check, const char *unclean);

/* Makes the run's evidence of `look` (of a part of it), while what that saw is
 * valid; without it check_end() makes it of check->look. */
void check_prove(struct check *check, const struct look *look);

/* What is left until the deadline, at least 1 ms. */
int64_t check_left_ns(const struct check *check);
/* True when some expectation or soft limit asks `subject`. */
bool check_asks(const struct check *check, const char *subject);

#endif
