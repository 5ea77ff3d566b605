/* result_format_json(): a result as people and programs read it. */
#include <string.h>

#include "base/json.h"
#include "base/units.h"
#include "wire/result.h"

#define SCHEMA      1
#define US_DECIMALS 3 /* microseconds shown as milliseconds */

static void
add_phases(struct json *j, const int64_t us[PHASE_COUNT])
{
    json_obj(j, "ms");
    for (int phase = 0; phase < PHASE_COUNT; phase++)
        if (us[phase] >= 0)
            json_fixed(j, result_phase_name((enum phase)phase), us[phase],
                       US_DECIMALS);
    json_end(j);
}

static void
add_outcome(struct json *j, enum status status, enum reason reason,
            const char *message)
{
    json_str(j, "status", result_status_name(status));
    json_str(j, "reason", reason_name(reason));
    json_str(j, "message", message);
}

static void
add_facts(struct json *j, const struct result_fact *facts, size_t count)
{
    json_obj(j, "facts");
    for (size_t i = 0; i < count; i++) {
        const struct result_fact *fact = &facts[i];

        if (fact->text != NULL)
            json_str(j, result_fact_name(fact->fact), fact->text);
        else
            json_int(j, result_fact_name(fact->fact), fact->num);
    }
    json_end(j);
}

static void
add_steps(struct json *j, const struct result *result)
{
    if (result->step_count == 0)
        return;
    json_arr(j, "steps");
    for (size_t i = 0; i < result->step_count; i++) {
        const struct result_step *step = &result->steps[i];

        json_obj(j, NULL);
        json_str(j, "name", step->name);
        add_outcome(j, step->status, step->reason, step->message);
        add_phases(j, step->us);
        if (step->fact_count > 0)
            add_facts(j, step->facts, step->fact_count);
        json_end(j);
    }
    json_end(j);
}

static void
add_origin(struct json *j, const struct result *result,
           const struct result_place *place)
{
    char id[ID_TEXT_MAX];

    if (place->probe != NULL) {
        json_str(j, "probe", place->probe);
        json_int(j, "sequence", place->sequence);
        json_bool(j, "late", place->late);
    }
    if (!id_is_zero(&result->asked))
        json_str(j, "asked", id_format(id, &result->asked));
}

void
result_format_json(struct json *j, const char *key, const struct result *result,
                   const struct result_place *place)
{
    char text[UNITS_TEXT_MAX];
    char id[ID_TEXT_MAX];

    json_obj(j, key);
    json_int(j, "schema", SCHEMA);
    json_str(j, "check", result->check);
    json_str(j, "kind", place->kind);
    json_str(j, "target", place->target);
    json_str(j, "region", place->region);
    add_outcome(j, result->status, result->reason, result->message);
    json_str(j, "run", id_format(id, &result->run));
    add_origin(j, result, place);
    json_str(j, "started", units_format_time(text, result->started));
    add_phases(j, result->us);
    add_facts(j, result->facts, result->fact_count);
    add_steps(j, result);
    if (result->evidence != NULL)
        json_raw(j, "evidence", result->evidence, strlen(result->evidence));
    json_end(j);
}
