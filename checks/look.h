/*
 * look.h - one look at a target: what it met, and what was made of that.
 *
 * A check of one request is one look; a journey is one a step, and a check of
 * every address one an address.  expect.c judges a look, facts.c and
 * evidence.c tell of it; none of them knows whose it is.  Not a run (check.h),
 * which has a deadline and is told about.
 *
 * Lifecycle   look_init(), then the phases and `seen` are filled as things
 *             happen; look_stop() at the end; judged; look_free().
 * Ownership   texts in `seen` belong to whoever looks, and are valid until he
 *             says so; the look owns doc, line and message.
 * Units       us[] are microseconds, -1 for a phase that did not happen.
 * Errors      a failure is a status with a reason and a message.
 * Threads     the loop's.
 */
#ifndef CHECKS_LOOK_H
#define CHECKS_LOOK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "checks/lookup.h"
#include "wire/result.h"

struct certs;
struct dns_seen;
struct jsonpath_doc;
struct loop;
struct mask;
struct tls_staple;

struct seen_hop {
    char *url;
    const char *method;
    int status;              /* 0: no answer */
    int64_t us[PHASE_COUNT]; /* its own */
    char ip[ADDR_TEXT_MAX];
    uint64_t cookies; /* a hash of those sent; 0: none */
};

/* What was met; what is absent is zero, NULL or -1 as marked. */
struct seen {
    char ip[ADDR_TEXT_MAX]; /* "" : none */
    int resent;             /* -1: no lookup */
    struct lookup *lookup;  /* the newest */
    size_t lookup_count;
    char blocked[LOOKUP_BLOCKED_MAX]; /* addresses that were not asked; "" */
    int64_t rtt_us;                   /* -1 */
    int retransmits;                  /* -1 */
    int connections;                  /* for the newest HTTP request */

    const char *method;                 /* http */
    const char *const *request_headers; /* "Name: value", NULL-terminated */
    int status;                         /* 0: no answer */
    int http_version;
    const char *head;
    size_t head_len;
    const char *body; /* NULL: none was read */
    size_t body_len;
    int redirects;      /* -1 */
    bool is_downgraded; /* a redirect led from https to http */
    bool is_led;        /* what an answer gave picked the first host, too */
    const struct seen_hop *hop;
    size_t hop_count;
    struct jsonpath_doc *doc; /* of the body, made when first asked for */

    const char *tls_protocol; /* "TLSv1.3" */
    const char *cipher;
    const char *alpn;
    const struct certs *certs;
    char faults[160];                /* of the chain, by name */
    const struct tls_staple *staple; /* NULL: no handshake of ours */
    const char *client_cert;  /* "none", "asked" for, "given"; NULL: unknown */
    const char *tls_versions; /* "1.2 1.3" that are accepted; NULL: no scan */

    struct dns_seen *dns; /* every server's; dns_values.h */

    const char *banner; /* NULL: not read */
    size_t banner_len;
};

struct evidence;
struct expr_values;
struct look;

/* What a kind alone has seen, and tells by itself. */
struct look_more {
    /* The values of a subject of its own. */
    void (*find)(const struct look *look, int subject, const char *arg,
                 struct expr_values *values);
    void (*add_facts)(const struct look *look, struct result *result);
    void (*add_evidence)(const struct look *look, struct evidence *e);
};

struct look {
    const struct loop *loop;
    const struct mask *mask; /* what a message may not show; or NULL */
    mono_t began;
    struct seen seen;
    int64_t us[PHASE_COUNT];
    enum status status;
    enum reason reason;
    char message[RESULT_MESSAGE_MAX]; /* "": there is nothing to say */
    const char *expected; /* text of the expectation that failed, or NULL */
    bool is_unwanted;     /* that is of `degraded_when`, and it held */
    int64_t match_at;     /* in the body, of what should not be there; -1 */
    int64_t match_len;
    bool is_over;     /* the whole time is known */
    int64_t queue_us; /* waited for this machine itself: in no phase */
    char cert_not_after[40];
    char sent_not_after[40];
    char tls_key[40];
    char ocsp_next[40];
    char chain[RESULT_TEXT_MAX]; /* each certificate with its days */
    char rcode[16];
    struct buf line;              /* the answers or the banner, as one fact */
    const struct look_more *more; /* NULL: there is no more */
    const void *more_of;          /* whoever looks */
};

/* Nothing seen, up, begun now. */
void look_init(struct look *look, const struct loop *loop);
void look_free(struct look *look);

/* Marks it as not up.  local.*, policy.blocked on the first address and a
 * plugin that could not look are STATUS_ERROR, exec.warning STATUS_DEGRADED,
 * everything else STATUS_DOWN. */
void look_fault(struct look *look, enum reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void look_vfault(struct look *look, enum reason reason, const char *format,
                 va_list args) __attribute__((format(printf, 3, 0)));

/* Adds to a phase that may have been absent until now. */
void look_add_us(struct look *look, enum phase phase, int64_t us);
/* Of what the server said, without its last line end. */
size_t look_banner_len(const struct look *look);
/* An HTTP answer is gone, and what was seen of it with it; what it took stays. */
void look_forget(struct look *look);
/* The whole time, until now; it stays once `is_over` is set. */
void look_stop(struct look *look);

#endif
