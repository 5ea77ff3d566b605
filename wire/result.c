/*
 * A copy is one block: the result, its steps, their facts, then every text, so
 * that a spool of thousands costs one allocation each.  It is made in two passes over the
 * same walk: the first counts, the second places.
 */
#include "wire/result.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define FACT(number, name, json_name, type)                                    \
    {json_name, FACT_##name, FACT_IS_##type},

enum { FACT_IS_INT = 0, FACT_IS_TEXT = 1 };

static const struct {
    const char *name;
    enum fact fact;
    int is_text;
} FACTS[] = {

#include "wire/fact.def"
};
#undef FACT

#define FACT_COUNT (sizeof(FACTS) / sizeof(FACTS[0]))

static const char *const STATUS_NAMES[] = {"up", "degraded", "down", "error"};
static const char *const PHASE_NAMES[] = {"dns",  "connect", "tls",
                                          "wait", "receive", "total"};

static void
clear_phases(int64_t us[PHASE_COUNT])
{
    for (size_t i = 0; i < PHASE_COUNT; i++)
        us[i] = -1;
}

void
result_init(struct result *result)
{
    /* The facts past fact_count are not looked at; leave their 1 KiB alone. */
    memset(result, 0, offsetof(struct result, facts));
    clear_phases(result->us);
    result->fact_count = 0;
    result->steps = NULL;
    result->step_count = 0;
    result->evidence = NULL;
}

/* Where texts go; with `at` NULL they are only counted. */
struct place {
    char *at;
    size_t used;
};

static const char *
place_text(struct place *place, const char *text)
{
    char *copy = place->at != NULL ? place->at + place->used : NULL;
    size_t size;

    if (text == NULL)
        return NULL;
    size = strlen(text) + 1;
    if (copy != NULL)
        memcpy(copy, text, size);
    place->used += size;
    return copy;
}

/* A step's texts; `to` and `facts` NULL: only counted. */
static void
place_step(struct place *place, const struct result_step *from,
           struct result_step *to, struct result_fact *facts)
{
    const char *name = place_text(place, from->name);
    const char *message = place_text(place, from->message);

    for (size_t i = 0; i < from->fact_count; i++) {
        const char *text = place_text(place, from->facts[i].text);

        if (facts != NULL)
            facts[i].text = text;
    }
    if (to == NULL)
        return;
    to->name = name;
    to->message = message;
    to->facts = from->fact_count > 0 ? facts : NULL;
}

/* Every text of `from` to `place`, and the pointers of `to` if it is there. */
static void
place_texts(struct place *place, const struct result *from, struct result *to,
            struct result_step *steps, struct result_fact *facts)
{
    struct result scratch;
    struct result *out = to != NULL ? to : &scratch;

    out->check = place_text(place, from->check);
    out->message = place_text(place, from->message);
    out->evidence = place_text(place, from->evidence);
    for (size_t i = 0; i < from->fact_count; i++)
        out->facts[i].text = place_text(place, from->facts[i].text);
    for (size_t i = 0; i < from->step_count; i++) {
        const struct result_step *step = &from->steps[i];

        place_step(place, step, steps != NULL ? &steps[i] : NULL, facts);
        if (facts != NULL)
            facts += step->fact_count;
    }
}

/* The facts of all steps, one after the other, from `to` on; their bytes. */
static size_t
copy_step_facts(struct result_fact *to, const struct result *from)
{
    size_t count = 0;

    for (size_t i = 0; i < from->step_count; i++) {
        const struct result_step *step = &from->steps[i];

        if (to != NULL && step->fact_count > 0)
            memcpy(to + count, step->facts,
                   step->fact_count * sizeof(step->facts[0]));
        count += step->fact_count;
    }
    return count * sizeof(struct result_fact);
}

struct result *
result_copy(const struct result *result)
{
    struct place place = {NULL, 0};
    size_t steps_size = result->step_count * sizeof(struct result_step);
    size_t facts_size = copy_step_facts(NULL, result);
    struct result *copy;
    struct result_step *steps;
    struct result_fact *facts;

    place_texts(&place, result, NULL, NULL, NULL);
    copy = malloc(sizeof(*copy) + steps_size + facts_size + place.used);
    if (copy == NULL)
        return NULL;
    *copy = *result;
    steps = (struct result_step *)(void *)(copy + 1);
    facts = (struct result_fact *)(void *)(steps + result->step_count);
    if (steps_size > 0)
        memcpy(steps, result->steps, steps_size);
    (void)copy_step_facts(facts, result);
    copy->steps = result->step_count > 0 ? steps : NULL;
    place = (struct place){(char *)facts + facts_size, 0};
    place_texts(&place, result, copy, steps, facts);
    return copy;
}

void
result_free(struct result *result)
{
    free(result);
}

void
result_add_int(struct result *result, enum fact fact, int64_t num)
{
    if (result->fact_count == RESULT_FACTS_MAX)
        return;
    result->facts[result->fact_count++] = (struct result_fact){fact, num, NULL};
}

void
result_add_text(struct result *result, enum fact fact, const char *text)
{
    if (text == NULL || result->fact_count == RESULT_FACTS_MAX)
        return;
    result->facts[result->fact_count++] = (struct result_fact){fact, 0, text};
}

const struct result_fact *
result_find(const struct result *result, enum fact fact)
{
    for (size_t i = 0; i < result->fact_count; i++)
        if (result->facts[i].fact == fact)
            return &result->facts[i];
    return NULL;
}

const struct result_step *
result_step_ended(const struct result *result)
{
    if (result->status == STATUS_UP)
        return NULL;
    for (size_t i = 0; i < result->step_count; i++)
        if (result->steps[i].status == result->status &&
            !str_starts(result->steps[i].name, RESULT_STEP_CLEANUP))
            return &result->steps[i];
    return NULL;
}

const char *
result_status_name(enum status status)
{
    return (unsigned)status <= STATUS_ERROR ? STATUS_NAMES[status] : "unknown";
}

int
result_status_parse(const char *name, enum status *status)
{
    for (size_t i = 0; i <= STATUS_ERROR; i++) {
        if (strcmp(STATUS_NAMES[i], name) == 0) {
            *status = (enum status)i;
            return 0;
        }
    }
    return -1;
}

const char *
result_phase_name(enum phase phase)
{
    return (unsigned)phase < PHASE_COUNT ? PHASE_NAMES[phase] : "unknown";
}

const char *
result_fact_name(enum fact fact)
{
    for (size_t i = 0; i < FACT_COUNT; i++)
        if (FACTS[i].fact == fact)
            return FACTS[i].name;
    return "unknown";
}

bool
result_fact_is_text(enum fact fact)
{
    for (size_t i = 0; i < FACT_COUNT; i++)
        if (FACTS[i].fact == fact)
            return FACTS[i].is_text != 0;
    return false;
}
