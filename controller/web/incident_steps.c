#include "controller/web/incident_steps.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/jsonpath.h"
#include "base/str.h"
#include "checks/spec.h"
#include "controller/web/step_table.h"
#include "wire/result.h"

#define PATH_MAX_BYTES 96
#define US_PER_MS      1000.0

struct steps {
    struct result_step step[RESULT_STEPS_MAX];
    size_t count;
};

static const char *
text_at(struct jsonpath_doc *doc, int index, const char *key)
{
    char path[PATH_MAX_BYTES + sizeof("$.evidence[-2147483648].")];

    (void)snprintf(path, sizeof(path), "$.evidence[%d].%s", index, key);
    return jsonpath_text(doc, path);
}

static const char *
step_at(struct jsonpath_doc *doc, int index, size_t step, const char *key)
{
    char path[PATH_MAX_BYTES / 2];

    (void)snprintf(path, sizeof(path), "steps[%zu].%s", step, key);
    return text_at(doc, index, path);
}

/* NULL: it is absent. */
static const char *
some_at(struct jsonpath_doc *doc, int index, size_t step, const char *key)
{
    const char *text = step_at(doc, index, step, key);

    return text[0] == '\0' || str_eq(text, "null") ? NULL : text;
}

static void
take_phases(struct result_step *step, struct jsonpath_doc *doc, int index,
            size_t at)
{
    for (int p = PHASE_DNS; p < PHASE_COUNT; p++) {
        char key[32];
        const char *text;

        (void)snprintf(key, sizeof(key), "ms.%s",
                       result_phase_name((enum phase)p));
        text = step_at(doc, index, at, key);
        step->us[p] = text[0] == '\0'
                          ? -1
                          : (int64_t)(strtod(text, NULL) * US_PER_MS + 0.5);
    }
}

/* The next of them; false: there is none. */
static bool
take_step(struct steps *steps, struct jsonpath_doc *doc, int index)
{
    struct result_step *step = &steps->step[steps->count];
    size_t at = steps->count;
    enum status status;

    if (at == RESULT_STEPS_MAX ||
        result_status_parse(step_at(doc, index, at, "status"), &status) != 0)
        return false;
    *step = (struct result_step){.status = status};
    step->name = step_at(doc, index, at, "name");
    step->message = some_at(doc, index, at, "message");
    step->reason = reason_parse(step_at(doc, index, at, "reason"));
    take_phases(step, doc, index, at);
    steps->count++;
    return true;
}

void
incident_steps_add(struct buf *out, struct jsonpath_doc *doc, int index)
{
    struct steps *steps = str_xcalloc(1, sizeof(*steps));
    const char *unclean = text_at(doc, index, "facts.cleanup");
    struct result result;

    while (take_step(steps, doc, index))
        continue;
    result_init(&result);
    result.steps = steps->step;
    result.step_count = steps->count;
    if (unclean[0] != '\0')
        result_add_text(&result, FACT_CLEANUP, unclean);
    /* The addresses of one request are asked at once. */
    step_table_add(
        out, "Step by step", &result,
        !str_eq(text_at(doc, index, "kind"), spec_kind_name(SPEC_HTTP)));
    free(steps);
}
