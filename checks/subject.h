/*
 * subject.h - what an expectation of each kind of check may ask about.
 *
 * Only the names, types and numbers; the values are looked up by the check
 * that ran (checks/expect.c and the kinds), by `id`.
 *
 * Ownership   tables are constant.
 * Units       `time` and its parts are nanoseconds, `size` bytes, `days`
 *             whole days rounded down (negative once expired), `ttl` seconds.
 * Errors      none.
 * Threads     any.
 */
#ifndef CHECKS_SUBJECT_H
#define CHECKS_SUBJECT_H

#include <stddef.h>

#include "checks/spec.h"

struct buf;
struct expr_subject;

enum subject {
    SUBJECT_STATUS,
    SUBJECT_HEADER, /* ARG: the header's name; one value a line of it */
    SUBJECT_COOKIE, /* ARG: the cookie's name; its value */
    SUBJECT_BODY,
    SUBJECT_JSON, /* ARG: RFC 9535 path; every node found */
    SUBJECT_TIME,
    SUBJECT_TIME_DNS,
    SUBJECT_TIME_CONNECT,
    SUBJECT_TIME_TLS,
    SUBJECT_TIME_WAIT,
    SUBJECT_TIME_RECEIVE,
    SUBJECT_SIZE, /* of the body, decoded */
    SUBJECT_HTTP_VERSION,
    SUBJECT_IP, /* the address that answered */
    SUBJECT_REDIRECTS,
    SUBJECT_DAYS,       /* until the leaf expires */
    SUBJECT_CHAIN_DAYS, /* until the first certificate of the chain does */
    SUBJECT_SENT_DAYS,  /* the same of all that was sent */
    SUBJECT_PROTOCOL,   /* 1.2 or 1.3 */
    SUBJECT_ISSUER,
    SUBJECT_SUBJECT,
    SUBJECT_SAN, /* one value a name */
    SUBJECT_SPKI,
    SUBJECT_KEY_BITS,
    SUBJECT_KEY_TYPE,
    SUBJECT_ALPN,
    SUBJECT_CIPHER,
    SUBJECT_OCSP,        /* the staple's word */
    SUBJECT_OCSP_LEFT,   /* until its next update */
    SUBJECT_VERSIONS,    /* one value a version that is accepted */
    SUBJECT_CLIENT_CERT, /* asked, given, none */
    SUBJECT_RCODE,
    SUBJECT_ANSWERS, /* how many records */
    SUBJECT_ANSWER,  /* one value a record */
    SUBJECT_TTL,     /* one value a record */
    SUBJECT_AA,
    SUBJECT_AD,
    SUBJECT_TRUNCATED,
    SUBJECT_SERIAL,
    SUBJECT_DNSSEC,
    SUBJECT_RRSIG_DAYS,
    SUBJECT_SERVERS_AGREE, /* this and the next four: of all servers */
    SUBJECT_SERIAL_AGREES,
    SUBJECT_DELEGATION_AGREES,
    SUBJECT_SERVERS,
    SUBJECT_SERVERS_FAILED,
    SUBJECT_BANNER,
    SUBJECT_LOSS, /* percent of the packets */
    SUBJECT_RTT,  /* the mean */
    SUBJECT_RTT_MIN,
    SUBJECT_RTT_MAX,
    SUBJECT_OUTPUT, /* all that a plugin printed */
    SUBJECT_PERF,   /* ARG: the label; the number without its unit */
    SUBJECT_EXIT,
    SUBJECT_HEALTH, /* SERVING and its like */
    SUBJECT_GRPC_STATUS,
    SUBJECT_GRPC_MESSAGE,
    SUBJECT_MESSAGE,  /* one value a message heard */
    SUBJECT_MESSAGES, /* how many */
    SUBJECT_SUBPROTOCOL,
    SUBJECT_CLOSE, /* the code of the server's close */
};

/* The subjects a check of `kind` has. */
const struct expr_subject *subject_table(enum spec_kind kind, size_t *count);

/*
 * `text` begins where a word is no subject of `kind`.  When another kind has
 * it, adds a sentence that says so to `out` and returns the bytes of `text` it
 * is about; else 0.
 */
size_t subject_explain(enum spec_kind kind, const char *text, struct buf *out);

#endif
