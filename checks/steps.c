#include "checks/steps.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mask.h"
#include "base/str.h"
#include "checks/facts.h"
#include "checks/look.h"
#include "wire/arena.h"

struct steps {
    struct arena *arena;
    struct result_step step[RESULT_STEPS_MAX];
    size_t count;
};

struct steps *
steps_create(void)
{
    struct steps *steps = str_xcalloc(1, sizeof(*steps));

    steps->arena = arena_create(STEPS_TEXT_MAX);
    return steps;
}

void
steps_free(struct steps *steps)
{
    if (steps == NULL)
        return;
    arena_free(steps->arena);
    free(steps);
}

static const char *
keep(struct steps *steps, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = steps->arena != NULL ? arena_add(steps->arena, size) : NULL;

    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

static void
keep_facts(struct steps *steps, struct result_step *step,
           const struct result *from)
{
    size_t count = from->fact_count < RESULT_STEP_FACTS_MAX
                       ? from->fact_count
                       : RESULT_STEP_FACTS_MAX;
    struct result_fact *facts = NULL;

    if (steps->arena != NULL && count > 0)
        facts = arena_add_array(steps->arena, count, sizeof(*facts));
    if (facts == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        struct result_fact *fact = &facts[step->fact_count];

        *fact = from->facts[i];
        if (fact->text != NULL)
            fact->text = keep(steps, fact->text);
        if ((fact->text == NULL) == (from->facts[i].text == NULL))
            step->fact_count++;
    }
    step->facts = facts;
}

void
steps_put(struct steps *steps, size_t at, const char *name, struct look *look,
          const struct mask *mask)
{
    struct result_step *step = &steps->step[at];
    struct result facts;
    struct buf hidden;

    assert(at < RESULT_STEPS_MAX);
    buf_init(&hidden, FACTS_HIDDEN_MAX);
    result_init(&facts);
    facts_add(look, &facts);
    if (mask != NULL && !mask_is_empty(mask)) {
        mask_in_place(mask, look->message, sizeof(look->message));
        facts_mask(&facts, mask, &hidden);
    }
    *step = (struct result_step){
        .name = keep(steps, name),
        .status = look->status,
        .reason = look->reason,
        .message = look->message[0] != '\0' ? keep(steps, look->message) : NULL,
    };
    if (step->name == NULL)
        step->name = "";
    memcpy(step->us, look->us, sizeof(step->us));
    keep_facts(steps, step, &facts);
    buf_free(&hidden);
    if (steps->count <= at)
        steps->count = at + 1;
}

const struct result_step *
steps_get(const struct steps *steps, size_t at)
{
    return &steps->step[at];
}

void
steps_give_facts(const struct steps *steps, size_t at, struct result *result)
{
    const struct result_step *step = &steps->step[at];

    for (size_t i = 0; i < step->fact_count; i++)
        if (step->facts[i].text != NULL)
            result_add_text(result, step->facts[i].fact, step->facts[i].text);
        else
            result_add_int(result, step->facts[i].fact, step->facts[i].num);
}

void
steps_give(const struct steps *steps, struct result *result)
{
    result->steps = steps->count > 0 ? steps->step : NULL;
    result->step_count = steps->count;
}
