/*
 * spec_table.h - every setting of a check: name, type, limits, default, help.
 *
 * One table for checks of every kind and for the steps inside them: a row's
 * mask says who knows it, a step being one more kind.  So a step is checked,
 * merged, written and documented by what does it for a check.  The rows stand
 * in spec_setting.def, a file a subject.
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

#define SETTING(id, ...) SPEC_KEY_##id,
#include "checks/spec_setting.def"
#undef SETTING
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
