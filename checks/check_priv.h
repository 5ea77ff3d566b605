/*
 * check_priv.h - a run while it runs: what check.c and the kinds share.
 *
 * A kind brings the run to its end and fills `seen` and the phases of `result`
 * on the way; check.c owns the deadline, judges the expectations over `seen`
 * (expect.c), adds facts and evidence, and tells whoever asked.
 *
 * Lifecycle   kind->start(), then exactly one check_end() or check_fail(), from
 *             the kind (also from inside start) or from kind->expire(); after
 *             it the kind's own calls on the run are over.  kind->cancel() is
 *             always called last, frees check->state and stops what runs.
 * Ownership   texts in `seen` belong to the kind's state: valid until cancel.
 * Threads     as check.h.
 */
#ifndef CHECKS_CHECK_PRIV_H
#define CHECKS_CHECK_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "checks/check.h"
#include "wire/result.h"

struct certs;
struct dns_message;
struct engine;
struct json;
struct jsonpath_doc;
struct loop_timer;
struct spec;

struct check_kind {
    void (*start)(struct check *check);
    /* The deadline passed: calls check_fail() with the phase it passed in. */
    void (*expire)(struct check *check);
    void (*cancel)(struct check *check);
    /* Without `expect`, and nothing failed: check_fault() if need be. */
    void (*judge)(struct check *check);
};

extern const struct check_kind http_check;
extern const struct check_kind dns_check;
extern const struct check_kind tls_check;
extern const struct check_kind tcp_check;

#define SEEN_HOPS_MAX 21 /* the first request and SPEC_REDIRECTS_MAX more */

struct seen_hop {
    char *url;
    int status;
    int64_t us; /* the whole exchange */
    char ip[ADDR_TEXT_MAX];
};

/* What the run met; what is absent is zero, NULL or -1 as marked. */
struct seen {
    char ip[ADDR_TEXT_MAX]; /* "" : none */
    int resent;             /* -1: no lookup */
    int64_t rtt_us;         /* -1 */
    int retransmits;        /* -1 */

    const char *method;                 /* http */
    const char *const *request_headers; /* "Name: value", NULL-terminated */
    int status;                         /* 0: no answer */
    int http_version;
    const char *head;
    size_t head_len;
    const char *body; /* NULL: none was read */
    size_t body_len;
    int redirects; /* -1 */
    struct seen_hop hop[SEEN_HOPS_MAX];
    size_t hop_count;
    struct jsonpath_doc *doc; /* of the body, made when first asked for */

    const char *tls_protocol; /* "TLSv1.3" */
    const char *cipher;
    const char *alpn;
    const struct certs *certs;
    char faults[160]; /* of the chain, by name */

    const struct dns_message *dns;
    char server[ADDR_TEXT_MAX];
    const char *transport;
    bool truncated;

    const char *banner; /* NULL: not read */
    size_t banner_len;
};

struct check {
    struct engine *engine;
    struct spec *spec;
    const struct check_kind *kind;
    void *state; /* the kind's */
    check_done_fn *done;
    void *cookie;
    struct loop_timer *deadline;
    struct loop_timer *ending; /* it ended inside start */
    mono_t began;
    bool is_starting;
    bool has_ended;
    struct result result;
    struct seen seen;
    char message[RESULT_MESSAGE_MAX];
    const char *expected; /* text of the expectation that failed, or NULL */
    char cert_not_after[40];
    char tls_key[40];
    char rcode[16];
    struct buf line; /* the answers or the banner, as one fact */
    struct buf evidence;
};

/* All is seen: judge it, and tell. */
void check_end(struct check *check);
/* It ends here, not up.  local.* and policy.blocked on the first address are
 * STATUS_ERROR, everything else STATUS_DOWN. */
void check_fail(struct check *check, enum reason reason, const char *format,
                ...) __attribute__((format(printf, 3, 4)));
/* Marks the run as not up without ending it (judge). */
void check_fault(struct check *check, enum reason reason, const char *format,
                 ...) __attribute__((format(printf, 3, 4)));

/* What is left until the deadline, at least 1 ms. */
int64_t check_left_ns(const struct check *check);
/* Adds to a phase that may have been absent until now. */
void check_add_us(struct check *check, enum phase phase, int64_t us);
/* True when some expectation or soft limit asks `subject`. */
bool check_asks(const struct check *check, const char *subject);

#endif
