/*
 * What a ws check says once the connection is open: texts sent at once, or a
 * dialogue.
 *
 * A step of a dialogue sends its text, then hears messages until what it
 * expects is among those that came since it began.  Each message belongs to one
 * step: one that comes behind the message waited for is the next step's.
 */
#include <stdio.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/expect.h"
#include "checks/spec.h"
#include "checks/steps.h"
#include "checks/ws_priv.h"

static const struct spec_talk *
step_of(const struct check *check)
{
    const struct ws_run *run = check->state;

    return &check->spec->of.ws.at.talk[run->at];
}

/* ---- the end of a step ---- */

static void
put_step(struct check *check)
{
    struct ws_run *run = check->state;
    struct look *look = &run->look;
    mono_t now = loop_now(check->engine->loop);

    look_add_us(look, PHASE_WAIT, clock_since_ns(look->began, now) / NS_PER_US);
    look_stop(look);
    check->look.expected = look->expected;
    steps_put(run->steps, run->at, step_of(check)->name, look,
              scope_mask(&run->scope));
    steps_give(run->steps, &check->result);
}

void
ws_talk_fail(struct check *check, enum reason reason, const char *why)
{
    const struct spec_exprs none = {NULL, 0};
    struct ws_run *run = check->state;
    struct look *look = &run->look;

    if (run->count > run->first)
        expect_judge(look, &step_of(check)->expect, &none);
    if (look->status == STATUS_UP)
        look_fault(look, reason, "%s", why);
    put_step(check);
    check_fail(check, look->reason, "%.60s: %.400s", step_of(check)->name,
               look->message);
}

/* ---- saying ---- */

/* REASON_NONE: it is on its way. */
static enum reason
send_text(struct check *check, const struct template *tpl,
          char why[TEMPLATE_WHY_MAX])
{
    struct ws_run *run = check->state;
    struct template_moment moment =
        template_moment(loop_wall(check->engine->loop));
    struct scope_place place = {.context = TEMPLATE_IN_TEXT,
                                .origin = check->spec->of.ws.origin,
                                .moment = &moment};
    enum reason reason;
    struct buf text;

    buf_init(&text, SPEC_WS_SEND_MAX);
    reason = scope_expand(&run->scope, tpl, &place, &text, why);
    if (reason == REASON_NONE &&
        ws_send(run, WS_TEXT, buf_text(&text), text.len) < 0) {
        reason = REASON_LOCAL_LIMIT;
        (void)str_copy(why, TEMPLATE_WHY_MAX, "too much to send at once");
    }
    buf_free(&text);
    check->mask = scope_mask(&run->scope);
    return reason;
}

static enum reason
say(struct check *check, char why[TEMPLATE_WHY_MAX])
{
    const char *text = step_of(check)->send;
    struct template_error error;
    struct template *tpl;
    enum reason reason;

    if (text == NULL)
        return REASON_NONE;
    tpl = template_parse(text, &error);
    if (tpl == NULL) {
        (void)str_copy(why, TEMPLATE_WHY_MAX, error.message);
        return REASON_LOCAL_CONFIG;
    }
    reason = send_text(check, tpl, why);
    template_free(tpl);
    return reason;
}

/* ---- the dialogue ---- */

static void
begin_step(struct check *check)
{
    struct ws_run *run = check->state;

    look_free(&run->look);
    look_init(&run->look, check->engine->loop);
    (void)str_copy(run->look.seen.ip, sizeof(run->look.seen.ip),
                   check->look.seen.ip);
    run->look.more = &ws_told_step;
    run->look.more_of = run;
    run->first = run->count;
}

/* Speaks; a step that expects nothing is over by that. */
static bool
go_on(struct check *check)
{
    struct ws_run *run = check->state;
    char why[TEMPLATE_WHY_MAX] = "";

    for (; run->at < check->spec->of.ws.at.talk_count; run->at++) {
        enum reason reason;

        begin_step(check);
        reason = say(check, why);
        if (reason != REASON_NONE) {
            ws_fail(check, reason, why);
            return false;
        }
        if (step_of(check)->expect.count > 0)
            return true;
        put_step(check);
    }
    ws_leave(check);
    return true;
}

bool
ws_talk_hear(struct check *check)
{
    struct ws_run *run = check->state;

    if (!expect_holds(&run->look, &step_of(check)->expect))
        return true;
    put_step(check);
    run->at++;
    return go_on(check);
}

bool
ws_talk_begin(struct check *check)
{
    struct ws_run *run = check->state;
    const struct spec_fields *send = &check->spec->of.ws.send;
    char why[TEMPLATE_WHY_MAX] = "";

    if (check->spec->of.ws.at.talk_count > 0) {
        run->steps = steps_create();
        return go_on(check);
    }
    for (size_t i = 0; i < send->count; i++) {
        enum reason reason = send_text(check, send->item[i].value, why);

        if (reason != REASON_NONE) {
            ws_fail(check, reason, why);
            return false;
        }
    }
    return true;
}

void
ws_talk_clear(struct ws_run *run)
{
    look_free(&run->look);
    steps_free(run->steps);
}
