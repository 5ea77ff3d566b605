/*
 * spec_table.h - every setting of a check: name, type, limits, default, help.
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

#include "base/schema.h"

/* In the order of the canonical text. */
enum spec_key {

#define KIND(id, name, what) SPEC_KEY_##id, /* the target of that kind */
#include "checks/spec_kind.def"
#undef KIND
    SPEC_KEY_LIKE,
    SPEC_KEY_EVERY,
    SPEC_KEY_TIMEOUT,
    SPEC_KEY_REGIONS,
    SPEC_KEY_QUORUM,
    SPEC_KEY_MIN_ELIGIBLE,
    SPEC_KEY_RECOVER,
    SPEC_KEY_TAGS,
    SPEC_KEY_POLICY,
    SPEC_KEY_RUNBOOK,
    SPEC_KEY_METHOD,
    SPEC_KEY_HEADERS,
    SPEC_KEY_BODY,
    SPEC_KEY_BODY_FILE,
    SPEC_KEY_REDIRECTS,
    SPEC_KEY_HEADER_MAX,
    SPEC_KEY_BODY_MAX,
    SPEC_KEY_RECORD,
    SPEC_KEY_ASK,
    SPEC_KEY_SNI,
    SPEC_KEY_FAMILY,
    SPEC_KEY_RESOLVE,
    SPEC_KEY_ALLOW,
    SPEC_KEY_INSECURE,
    SPEC_KEY_CA,
    SPEC_KEY_CA_PEM,
    SPEC_KEY_EXPECT,
    SPEC_KEY_DEGRADED_WHEN,
    SPEC_KEY_COUNT,
};

/* Rows by spec_key, then those of later versions. */
extern const struct schema spec_table;

/* The same with `what` and the kind for messages: "a dns check". */
struct schema spec_table_of(int kind); /* a spec_kind; -1: any */

#endif
