/*
 * spec_table.h - every setting of a check: name, type, limits, default, help.
 *
 * One table for checks of every kind and for the steps inside them: a row's
 * mask says who knows it, a step being one more kind.  So a step is checked,
 * merged, written and documented by what does it for a check.
 *
 * What they come to is compile.h; which layer wins is merge.h.
 *
 * Ownership   constant.
 * Units       the rows' limits are nanoseconds and bytes.
 * Errors      none.
 * Threads     any.
 */
#ifndef CHECKS_SPEC_TABLE_H
#define CHECKS_SPEC_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/schema.h"

/* In the order of the canonical text. */
enum spec_key {

#define KIND(id, name, what) SPEC_KEY_##id, /* the target of that kind */
#include "checks/spec_kind.def"
#undef KIND
    SPEC_KEY_GET, /* a method with its address; `http` and `method` in texts */
    SPEC_KEY_POST,
    SPEC_KEY_PUT,
    SPEC_KEY_PATCH,
    SPEC_KEY_DELETE,
    SPEC_KEY_HEAD,
    SPEC_KEY_OPTIONS,
    SPEC_KEY_CLEANUP,
    SPEC_KEY_LIKE, /* what stands before it is not inherited, nor is it */
    SPEC_KEY_EVERY,
    SPEC_KEY_TIMEOUT,
    SPEC_KEY_CLEANUP_TIMEOUT,
    SPEC_KEY_LOCK,
    SPEC_KEY_REGIONS,
    SPEC_KEY_QUORUM,
    SPEC_KEY_MIN_ELIGIBLE,
    SPEC_KEY_RECOVER,
    SPEC_KEY_TAGS,
    SPEC_KEY_POLICY,
    SPEC_KEY_RUNBOOK,
    SPEC_KEY_LINKS,
    SPEC_KEY_VALUES,
    SPEC_KEY_METHOD,
    SPEC_KEY_HEADERS,
    SPEC_KEY_AUTH,
    SPEC_KEY_BODY,
    SPEC_KEY_BODY_FILE,
    SPEC_KEY_JSON,
    SPEC_KEY_JSON_FILE,
    SPEC_KEY_FORM,
    SPEC_KEY_MULTIPART,
    SPEC_KEY_REDIRECTS,
    SPEC_KEY_HEADER_MAX,
    SPEC_KEY_BODY_MAX,
    SPEC_KEY_COMPRESSED,
    SPEC_KEY_HTTP_VERSION,
    SPEC_KEY_TRUNCATED_OK,
    SPEC_KEY_RECORD,
    SPEC_KEY_ASK,
    SPEC_KEY_TRANSPORT,
    SPEC_KEY_EDNS,
    SPEC_KEY_RD,
    SPEC_KEY_CD,
    SPEC_KEY_DO,
    SPEC_KEY_DNSSEC,
    SPEC_KEY_TRUST_ANCHOR,
    SPEC_KEY_SNI,
    SPEC_KEY_STARTTLS,
    SPEC_KEY_SECURE,
    SPEC_KEY_ALPN,
    SPEC_KEY_PINS,
    SPEC_KEY_RSA_BITS_MIN,
    SPEC_KEY_EC_BITS_MIN,
    SPEC_KEY_SCAN,
    SPEC_KEY_TALK,
    SPEC_KEY_SEND, /* of a step of `talk` */
    SPEC_KEY_COUNT_OF,
    SPEC_KEY_INTERVAL,
    SPEC_KEY_SIZE,
    SPEC_KEY_ENV,
    SPEC_KEY_SERVICE,
    SPEC_KEY_SUBPROTOCOL,
    SPEC_KEY_MESSAGES,
    SPEC_KEY_GRACE,
    SPEC_KEY_FAMILY,
    SPEC_KEY_RESOLVE,
    SPEC_KEY_ADDRESSES,
    SPEC_KEY_ADDRESSES_UP,
    SPEC_KEY_ALLOW,
    SPEC_KEY_PROXY,
    SPEC_KEY_PROXY_USER,
    SPEC_KEY_PROXY_PASSWORD,
    SPEC_KEY_INSECURE,
    SPEC_KEY_CA,
    SPEC_KEY_CA_PEM,
    SPEC_KEY_CERT,
    SPEC_KEY_CERT_PEM,
    SPEC_KEY_KEY,
    SPEC_KEY_EXPECT,
    SPEC_KEY_DEGRADED_WHEN,
    SPEC_KEY_SAVE,
    SPEC_KEY_UNTIL,
    SPEC_KEY_UNTIL_EVERY, /* `every` of a step */
    SPEC_KEY_UNTIL_WITHIN,
    SPEC_KEY_STEP_TIMEOUT, /* `timeout` of a step */
    SPEC_KEY_EVIDENCE,
    SPEC_KEY_PUBLIC,
    SPEC_KEY_COUNT,
};

/* Kinds of steps: bits of a row's mask beside those of spec_kind. */
enum spec_step_kind {
    SPEC_STEP_HTTP = 24, /* of `journey` and `cleanup` */
    SPEC_STEP_TALK,      /* of `talk` */
    SPEC_STEP_END,
};

/* Rows by spec_key, then those of later versions. */
extern const struct schema spec_table;
extern const struct schema spec_table_step;
extern const struct schema spec_table_talk;

/* The same with `what` and the kind for messages: "a dns check". */
struct schema spec_table_of(int kind); /* spec_kind, spec_step_kind; -1: any */

/* Does the setting hold steps, and of which kind?  -1: it does not. */
int spec_table_steps(enum spec_key key);

/* Is it a setting of steps alone? */
bool spec_table_is_of_steps(enum spec_key key);

/* The kind whose target the setting is: `get` is one of http.  -1: of none. */
int spec_table_kind(enum spec_key key);
/* "POST" for the key of `post`; NULL: it names no method. */
const char *spec_table_method(enum spec_key key);

/* Settings that say the same in different ways: the later one takes the
 * others back, two in one place are a mistake. */
bool spec_table_is_rival(enum spec_key a, enum spec_key b);

#endif
