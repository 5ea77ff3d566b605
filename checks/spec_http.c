#include "checks/spec_http.h"

#include <stdlib.h>

#include "base/expr.h"
#include "checks/save.h"
#include "checks/template.h"

void
spec_fields_clear(struct spec_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        struct spec_field *field = &fields->item[i];

        free(field->name);
        template_free(field->value);
        free(field->file_name);
        free(field->type);
    }
    free(fields->item);
}

static void
auth_clear(struct spec_auth *auth)
{
    template_free(auth->user);
    template_free(auth->password);
    free(auth->token_url);
    free(auth->scope);
    free(auth->audience);
}

void
spec_request_clear(struct spec_request *request)
{
    free(request->method);
    template_free(request->url);
    spec_fields_clear(&request->headers);
    template_free(request->body);
    spec_fields_clear(&request->fields);
    auth_clear(&request->auth);
}

static void
steps_clear(struct spec_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct spec_step *step = &steps[i];

        free(step->name);
        spec_request_clear(&step->request);
        spec_exprs_clear(&step->expect);
        spec_exprs_clear(&step->degraded_when);
        for (size_t k = 0; k < step->save_count; k++) {
            free(step->saves[k].name);
            save_free(step->saves[k].from);
        }
        free(step->saves);
        expr_free(step->until);
    }
    free(steps);
}

void
spec_journey_clear(struct spec_journey *journey)
{
    spec_fields_clear(&journey->values);
    steps_clear(journey->steps, journey->step_count);
    steps_clear(journey->cleanup, journey->cleanup_count);
}
