/*
 * expr.h - the expectation language: SUBJECT [ARG] OP VALUE with and, or, not.
 *
 * Knows no subject by itself: who uses it brings a table, and a function that
 * looks values up.  docs/expectations.md has the language.  Evaluation allocates
 * nothing that input sizes, but regex work under PCRE2's limits.
 *
 * Rules       an absent subject, or a value of the wrong type, makes the whole
 *             expectation false and says so, also under `not`; only `exists`
 *             asks about absence.  Of several values one must satisfy, `every`
 *             before the subject asks all; none is absent.  a != v is
 *             not (a == v).
 * Ownership   expr_parse() copies its text; tables and looked-up values are
 *             borrowed.
 * Units       a duration's value is integer nanoseconds, a size's bytes.
 * Errors      expr_parse() NULL with the place in *error.
 * Threads     an expr is read-only once parsed: any.
 */
#ifndef BASE_EXPR_H
#define BASE_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct expr;

enum expr_type {
    EXPR_INT,      /* also compared with decimals */
    EXPR_DECIMAL,  /* json numbers, versions of one dot ("1.2" for protocol) */
    EXPR_DURATION, /* ns; literals need a unit */
    EXPR_SIZE,     /* bytes; literals need a unit or are plain bytes */
    EXPR_TEXT,
    EXPR_FLAG,    /* holds by being true: `aa`, `serial agrees` */
    EXPR_ADDRESS, /* text of an IP address; `in` takes networks */
    EXPR_ANY,     /* type known at run time only (json) */
};

enum expr_arg {
    EXPR_ARG_NONE,
    EXPR_ARG_WORD,     /* header NAME, cookie NAME */
    EXPR_ARG_JSONPATH, /* json PATH */
};

struct expr_subject {
    const char *name; /* words joined by one space: "all servers agree" */
    enum expr_type type;
    enum expr_arg arg;
    int id;                   /* the user's own number */
    const char *const *words; /* values an enumeration may take, or NULL */
};

enum expr_value_type { EXPR_V_NUM, EXPR_V_TEXT, EXPR_V_BOOL, EXPR_V_NULL };

struct expr_value {
    enum expr_value_type type;
    int64_t num;    /* whole part, or the value when `decimal` is unset */
    double decimal; /* used when is_decimal */
    bool is_decimal;
    bool flag;
    bool is_tree;     /* `text` is the compact JSON of an object or array */
    const char *text; /* borrowed during the evaluation; of a number how it is
                         shown, or NULL */
    size_t len;
};

/* Where a lookup puts what it found; opaque to it. */
struct expr_values;
void expr_values_add(struct expr_values *values, const struct expr_value *v);
void expr_values_int(struct expr_values *values, int64_t num);
void expr_values_text(struct expr_values *values, const char *text, size_t len);
void expr_values_flag(struct expr_values *values, bool flag);
/* The question could not be answered ("the body is not JSON: ..."): the whole
 * expectation is false and says why, also under `not` and for `exists`. */
void expr_values_fault(struct expr_values *values, const char *why);

/* Adds every value `subject` has; none when it is absent. */
typedef void expr_lookup_fn(void *cookie, const struct expr_subject *subject,
                            const char *arg, struct expr_values *values);

struct expr_error {
    size_t offset; /* bytes into the text */
    size_t len;
    char message[200];
    char hint[120]; /* "did you mean `status`?", or empty */
};

struct expr *expr_parse(const char *text, const struct expr_subject *table,
                        size_t count, struct expr_error *error);
void expr_free(struct expr *expr);
const char *expr_text(const struct expr *expr);
/* What was written, when something of the same length was parsed in its place:
 * expr_text() and the messages show it. */
void expr_set_text(struct expr *expr, const char *text);
/* Messages of `expr` show the clauses of `written`, which has as many. */
void expr_show_as(struct expr *expr, const struct expr *written);

#define EXPR_MESSAGE_MAX 400

struct expr_verdict {
    bool holds;
    const struct expr_subject *subject; /* of the clause that decided */
    int64_t match_at; /* bytes into its value, of a text that was found; -1 */
    int64_t match_len;
    char message[EXPR_MESSAGE_MAX]; /* "status == 200: got 503" */
};

/* Evaluate.  The verdict names the first clause that decided and what was
 * seen; for one that holds, the clause that made it hold. */
void expr_eval(const struct expr *expr, expr_lookup_fn *lookup, void *cookie,
               struct expr_verdict *verdict);

#define EXPR_CLEAN_MAX ((size_t)8192) /* bytes that are cleaned to quote 120 */

/* Adds `text`, which may be only the begin of a value, to `out` as people may
 * see it.  It is asked before the value is quoted and cut: what hides a part of
 * it has to see it whole. */
typedef void expr_clean_fn(void *cookie, const char *text, size_t len,
                           struct buf *out);

struct expr_world {
    expr_lookup_fn *lookup;
    expr_clean_fn *clean; /* NULL: every value may be seen */
    void *cookie;
};

/* expr_eval() for a message that may not show all that the lookup gives. */
void expr_eval_clean(const struct expr *expr, const struct expr_world *world,
                     struct expr_verdict *verdict);

/* True when some clause asks `subject` (by name): what a run must collect. */
bool expr_uses(const struct expr *expr, const char *subject);

#endif
