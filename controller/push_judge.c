#include "controller/push_judge.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "checks/spec.h"
#include "checks/subject.h"
#include "controller/push.h"

struct heard {
    const struct result *result;
    const struct push_beat *beat;
};

static void
look_up(void *cookie, const struct expr_subject *subject, const char *arg,
        struct expr_values *values)
{
    const struct heard *heard = cookie;
    int64_t us = heard->result->us[PHASE_TOTAL];

    (void)arg;
    if (subject->id == SUBJECT_TIME && us >= 0)
        expr_values_int(values, us * NS_PER_US);
    else if (subject->id == SUBJECT_OUTPUT && heard->beat->len > 0)
        expr_values_text(values, heard->beat->text, heard->beat->len);
}

/* The first of `exprs` that holds, or does not, as `holds` says. */
static bool
find_expr(struct heard *heard, const struct spec_exprs *exprs, bool holds,
          struct expr_verdict *verdict)
{
    for (size_t i = 0; i < exprs->count; i++) {
        expr_eval(exprs->item[i], look_up, heard, verdict);
        if (verdict->holds == holds)
            return true;
    }
    return false;
}

/* What the job says of itself is not made better here. */
static void
ask(struct result *result, const struct spec *spec,
    const struct push_beat *said, struct expr_verdict *verdict)
{
    struct heard heard = {result, said};
    enum reason reason;

    if (said->status != STATUS_UP)
        return;
    if (find_expr(&heard, &spec->expect, false, verdict))
        result->status = STATUS_DOWN;
    else if (find_expr(&heard, &spec->degraded_when, true, verdict))
        result->status = STATUS_DEGRADED;
    else
        return;
    reason = verdict->subject != NULL
                 ? reason_of_subject(verdict->subject->name)
                 : REASON_NONE;
    result->reason = reason != REASON_NONE ? reason : REASON_PUSH_FAILED;
    result->message = verdict->message;
}

/* Its first line, without what no line holds. */
static void
format_message(char to[RESULT_MESSAGE_MAX], const struct push_beat *said)
{
    size_t len = 0;
    char line[RESULT_MESSAGE_MAX];

    for (; len < said->len && len < sizeof(line) - 1; len++) {
        if (said->text[len] == '\n')
            break;
        line[len] = said->text[len];
        if ((unsigned char)line[len] < ' ')
            line[len] = ' ';
    }
    line[len] = '\0';
    (void)str_copy(to, RESULT_MESSAGE_MAX,
                   str_is_utf8(line, len) ? line : "(its words are no text)");
}

static enum reason
reason_of(enum status status)
{
    return status == STATUS_DOWN       ? REASON_PUSH_FAILED
           : status == STATUS_DEGRADED ? REASON_PUSH_DEGRADED
                                       : REASON_NONE;
}

void
push_judge(struct result *result, const struct spec *spec,
           const struct push_beat *said, struct push_words *words)
{
    format_message(words->message, said);
    result->status = said->status;
    result->reason = reason_of(said->status);
    if (words->message[0] != '\0')
        result->message = words->message;
    else if (said->status != STATUS_UP)
        result->message = reason_text(result->reason);
    ask(result, spec, said, &words->verdict);
}
