#include <string.h>

#include "base/expr.h"
#include "checks/evidence_priv.h"
#include "checks/subject.h"
#include "checks/ws_priv.h"
#include "wire/result.h"

/* `first`: the first message that counts. */
static void
find_from(const struct ws_run *run, size_t first, int subject,
          struct expr_values *values)
{
    if (run->state == WS_CONNECTING)
        return;
    if (subject == SUBJECT_MESSAGE) {
        for (size_t i = first; i < run->count; i++)
            expr_values_text(values, buf_text(&run->heard) + run->message[i].at,
                             run->message[i].len);
    } else if (subject == SUBJECT_MESSAGES) {
        expr_values_int(values, (int64_t)(run->count - first));
    } else if (subject == SUBJECT_SUBPROTOCOL && run->subprotocol[0] != '\0') {
        expr_values_text(values, run->subprotocol, strlen(run->subprotocol));
    } else if (subject == SUBJECT_CLOSE && run->close_code >= 0) {
        expr_values_int(values, run->close_code);
    }
}

static void
find(const struct look *look, int subject, const char *arg,
     struct expr_values *values)
{
    (void)arg;
    find_from(look->more_of, 0, subject, values);
}

static void
find_of_step(const struct look *look, int subject, const char *arg,
             struct expr_values *values)
{
    const struct ws_run *run = look->more_of;

    (void)arg;
    find_from(run, run->first, subject, values);
}

static void
add_step_facts(const struct look *look, struct result *result)
{
    const struct ws_run *run = look->more_of;

    result_add_int(result, FACT_MESSAGES, (int64_t)(run->count - run->first));
}

static void
add_facts(const struct look *look, struct result *result)
{
    const struct ws_run *run = look->more_of;

    if (run->seen.status != 0)
        result_add_int(result, FACT_STATUS, run->seen.status);
    if (run->subprotocol[0] != '\0')
        result_add_text(result, FACT_SUBPROTOCOL, run->subprotocol);
    if (run->state >= WS_TALKING)
        result_add_int(result, FACT_MESSAGES, (int64_t)run->count);
    if (run->close_code >= 0)
        result_add_int(result, FACT_CLOSE_CODE, run->close_code);
}

static void
add_evidence(const struct look *look, struct evidence *e)
{
    const struct ws_run *run = look->more_of;

    if (run->state == WS_CONNECTING)
        return;
    json_obj(&e->j, "ws");
    if (run->answer.len > 0)
        evidence_head(e, buf_text(&run->answer),
                      run->seen.head_len > 0 ? run->seen.head_len
                                             : run->answer.len);
    json_int(&e->j, "messages", (int64_t)run->count);
    if (run->count > 0) {
        const struct ws_message *last = &run->message[run->count - 1];

        (void)evidence_text(e, "last_message", buf_text(&run->heard) + last->at,
                            last->len, EVIDENCE_BODY_MAX);
    }
    if (run->close_code >= 0)
        json_int(&e->j, "close_code", run->close_code);
    json_end(&e->j);
}

const struct look_more ws_told = {find, add_facts, add_evidence};
const struct look_more ws_told_step = {find_of_step, add_step_facts,
                                       add_evidence};
