/*
 * result.h - what one run concluded: the value that walks from probe to page.
 *
 * Not a verdict (controller/decide/verdict.h): a result speaks for one probe
 * at one moment.
 *
 * Ownership   texts are borrowed from whoever made the result; result_copy()
 *             gives one that owns everything, in a single block.
 * Units       timings are microseconds, -1 for a phase that did not happen;
 *             times are wall clock.
 * Errors      result_copy() NULL without memory.
 * Threads     none of its own.
 */
#ifndef WIRE_RESULT_H
#define WIRE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/id.h"
#include "wire/reason.h"

struct json;

enum status { STATUS_UP, STATUS_DEGRADED, STATUS_DOWN, STATUS_ERROR };

enum phase {
    PHASE_DNS,
    PHASE_CONNECT,
    PHASE_TLS,
    PHASE_WAIT,
    PHASE_RECEIVE,
    PHASE_TOTAL,
    PHASE_COUNT,
};

#define FACT(number, name, json_name, type) FACT_##name = (number),

enum fact {
    FACT_NONE = 0,

#include "wire/fact.def"
};
#undef FACT

#define RESULT_FACTS_MAX      40
#define RESULT_STEPS_MAX      50
#define RESULT_STEP_FACTS_MAX 24
/* How the name of a row begins that is no part of the outcome. */
#define RESULT_STEP_CLEANUP "cleanup: "
#define RESULT_MESSAGE_MAX  512   /* bytes, NUL included; longer is cut */
#define RESULT_TEXT_MAX     512   /* of one fact */
#define RESULT_EVIDENCE_MAX 65536 /* JSON text */
#define RESULT_NAME_MAX     64    /* a check's, region's, probe's name */

struct result_fact {
    enum fact fact;
    int64_t num;
    const char *text; /* NULL: it is a number */
};

struct result_step {
    const char *name;
    enum status status;
    enum reason reason;
    const char *message;
    int64_t us[PHASE_COUNT];
    const struct result_fact *facts;
    size_t fact_count; /* at most RESULT_STEP_FACTS_MAX */
};

struct result {
    const char *check; /* its name */
    uint64_t version;  /* of its text: the first 64 bits of its hash */
    struct id run;     /* also the W3C trace id */
    struct id asked;   /* the run-now that asked for it; zero: scheduled */
    wall_t slot;       /* begin of the slot it belongs to */
    wall_t started;
    enum status status;
    enum reason reason;  /* REASON_NONE when up */
    const char *message; /* NULL when there is nothing to say */
    int64_t us[PHASE_COUNT];
    int64_t lag_us; /* of the loop, while what decided the outcome ran */
    struct result_fact facts[RESULT_FACTS_MAX];
    size_t fact_count;
    const struct result_step *steps;
    size_t step_count;
    const char *evidence; /* one JSON object as text, or NULL */
};

/* An up result with every phase absent. */
void result_init(struct result *result);
struct result *result_copy(const struct result *result);
void result_free(struct result *result);

/* Adds one; over RESULT_FACTS_MAX it is dropped.  `text` is borrowed. */
void result_add_int(struct result *result, enum fact fact, int64_t num);
void result_add_text(struct result *result, enum fact fact, const char *text);
const struct result_fact *result_find(const struct result *result,
                                      enum fact fact);

/* The step that the run ended at: the first that is as the run is, cleanup not
 * counted.  NULL: it is up, or has no steps. */
const struct result_step *result_step_ended(const struct result *result);

const char *result_status_name(enum status status); /* "up" */
int result_status_parse(const char *name, enum status *status);
const char *result_phase_name(enum phase phase); /* "dns" */
const char *result_fact_name(enum fact fact);
bool result_fact_is_text(enum fact fact);

/* What a result does not carry and its readers know. */
struct result_place {
    const char *kind;
    const char *target;
    const char *region;
    const char *probe; /* NULL: left out, as are late and sequence */
    int64_t sequence;
    bool late;
};

/* One object ("schema":1), as `picket run --json` and the API give it, into an
 * open json at `key`. */
void result_format_json(struct json *j, const char *key,
                        const struct result *result,
                        const struct result_place *place);

#endif
