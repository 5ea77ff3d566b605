/*
 * A step's answer is judged at each line's end and at each piece that comes,
 * over all that was heard since the step began.  When it is as expected the
 * next step speaks; bytes that came beyond it belong to nobody.
 *
 * A step that begins TLS (`secure = true`) is stricter: its answer is judged
 * line by line, and a byte behind the line that was waited for ends the run.
 * Who could put it there counts on its being read inside TLS
 * (starttls.h).
 */
#include "checks/tcp_talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/mask.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/expect.h"
#include "checks/scope.h"
#include "checks/secure.h"
#include "checks/spec.h"
#include "checks/steps.h"
#include "checks/stream.h"
#include "checks/template.h"
#include "checks/url.h"

#define LEAVE_NS (10 * NS_PER_MS) /* asked again whether all has left */

struct tcp_talk {
    struct check *check;
    int fd;
    tcp_talk_done_fn *done;
    void *cookie;
    struct tls_session *session; /* from the start; or NULL */
    struct stream *stream;
    struct secure *secure; /* begun by a step */
    struct steps *steps;
    struct scope scope;
    char origin[URL_ORIGIN_MAX]; /* for which its secrets have to be */
    size_t at;                   /* the step that is heard */
    struct look look;
    struct buf heard;
    struct loop_timer *soon;
    bool is_leaving;  /* our words leave, and TLS begins behind them */
    bool is_securing; /* TLS is under way */
};

static const struct spec_endpoint *
endpoint_of(const struct tcp_talk *talk)
{
    return &talk->check->spec->of.endpoint;
}

static const struct spec_talk *
step_of(const struct tcp_talk *talk)
{
    return &endpoint_of(talk)->talk[talk->at];
}

/* ---- the end ---- */

/* A server may echo what it was told. */
static void
hide_secrets(struct tcp_talk *talk)
{
    const struct mask *mask = scope_mask(&talk->scope);

    if (mask == NULL || mask_is_empty(mask))
        return;
    mask_in_place(mask, talk->look.message, sizeof(talk->look.message));
    if (talk->heard.len == 0)
        return;
    mask_in_place(mask, (char *)talk->heard.data, talk->heard.len + 1);
    talk->heard.len = strlen(buf_text(&talk->heard));
}

/* The step's row of the result, and what the run shows of it. */
static void
put_step(struct tcp_talk *talk)
{
    struct look *look = &talk->look;
    struct look *whole = &talk->check->look;
    mono_t now = loop_now(talk->check->engine->loop);

    look_add_us(look, PHASE_WAIT, clock_since_ns(look->began, now) / NS_PER_US);
    look_add_us(whole, PHASE_WAIT, look->us[PHASE_WAIT]);
    look_stop(look);
    hide_secrets(talk);
    look->seen.banner = talk->heard.len > 0 ? buf_text(&talk->heard) : NULL;
    look->seen.banner_len = talk->heard.len;
    whole->seen.banner = look->seen.banner;
    whole->seen.banner_len = look->seen.banner_len;
    whole->expected = look->expected;
    steps_put(talk->steps, talk->at, step_of(talk)->name, look,
              scope_mask(&talk->scope));
}

static void
end(struct tcp_talk *talk, enum reason reason, const char *message)
{
    stream_cancel(talk->stream);
    talk->stream = NULL;
    steps_give(talk->steps, &talk->check->result);
    talk->check->mask = scope_mask(&talk->scope);
    talk->done(talk->cookie, reason, message);
}

/* The step whose turn it is went wrong. */
static void
break_off(struct tcp_talk *talk, enum reason reason, const char *why)
{
    char message[RESULT_MESSAGE_MAX];

    look_fault(&talk->look, reason, "%s", why);
    put_step(talk);
    (void)snprintf(message, sizeof(message), "%.60s: %.400s",
                   step_of(talk)->name, talk->look.message);
    end(talk, reason, message);
}

/* Nothing more comes.  What came is judged as an answer, if there is one. */
static void
give_up(struct tcp_talk *talk, enum reason reason, const char *why)
{
    const struct spec_exprs none = {NULL, 0};
    struct look *look = &talk->look;

    if (talk->heard.len > 0) {
        look->seen.banner = buf_text(&talk->heard);
        look->seen.banner_len = talk->heard.len;
        expect_judge(look, &step_of(talk)->expect, &none);
    }
    if (look->status != STATUS_UP) {
        char said[RESULT_MESSAGE_MAX];

        (void)str_copy(said, sizeof(said), look->message);
        break_off(talk, look->reason, said);
        return;
    }
    break_off(talk, reason, why);
}

/* ---- saying ---- */

/* REASON_NONE, or what is wrong with the words. */
static enum reason
make_words(struct tcp_talk *talk, const char *text, struct buf *out,
           char why[TEMPLATE_WHY_MAX])
{
    struct template_moment moment =
        template_moment(loop_wall(talk->check->engine->loop));
    struct scope_place place = {
        .context = TEMPLATE_IN_TEXT, .origin = talk->origin, .moment = &moment};
    struct template_error error;
    struct template *tpl = template_parse(text, &error);
    enum reason reason;

    if (tpl == NULL) {
        (void)str_copy(why, TEMPLATE_WHY_MAX, error.message);
        return REASON_LOCAL_CONFIG;
    }
    reason = scope_expand(&talk->scope, tpl, &place, out, why);
    template_free(tpl);
    return reason;
}

static bool
say(struct tcp_talk *talk)
{
    const char *text = step_of(talk)->send;
    char why[TEMPLATE_WHY_MAX] = "";
    enum reason reason;
    struct buf out;

    if (text == NULL)
        return true;
    buf_init(&out, STREAM_OUT_MAX);
    reason = make_words(talk, text, &out, why);
    if (reason == REASON_NONE &&
        stream_send(talk->stream, out.data, out.len) < 0) {
        reason = REASON_LOCAL_LIMIT;
        (void)str_copy(why, sizeof(why), "the server takes too little");
    }
    buf_free(&out);
    if (reason != REASON_NONE)
        break_off(talk, reason, why);
    return reason == REASON_NONE;
}

/* ---- hearing ---- */

static bool
is_answered(struct tcp_talk *talk)
{
    talk->look.seen.banner = buf_text(&talk->heard);
    talk->look.seen.banner_len = talk->heard.len;
    return talk->heard.len > 0 &&
           expect_holds(&talk->look, &step_of(talk)->expect);
}

static void next_step(struct tcp_talk *talk);

static void
on_secure(void *cookie, const struct secure_answer *answer)
{
    struct tcp_talk *talk = cookie;

    talk->is_securing = false;
    if (answer->reason != REASON_NONE) {
        end(talk, answer->reason, answer->message);
        return;
    }
    if (stream_resume(talk->stream, secure_session(talk->secure)) < 0) {
        end(talk, REASON_LOCAL_LIMIT, strerror(errno));
        return;
    }
    talk->at++;
    next_step(talk);
}

static void
begin_tls(void *cookie)
{
    struct tcp_talk *talk = cookie;
    struct loop *loop = talk->check->engine->loop;

    talk->soon = NULL;
    talk->is_leaving = !stream_is_sent(talk->stream);
    if (talk->is_leaving) {
        talk->soon = loop_timer_start(loop, LEAVE_NS, begin_tls, talk);
        return;
    }
    talk->is_securing = true;
    stream_pause(talk->stream);
    talk->secure = secure_start(talk->check, talk->fd, 0, on_secure, talk);
    if (talk->secure == NULL)
        end(talk, REASON_LOCAL_LIMIT, strerror(errno));
}

/* The step is as expected. */
static void
finish_step(struct tcp_talk *talk)
{
    put_step(talk);
    if (step_of(talk)->starts_tls) {
        begin_tls(talk);
        return;
    }
    talk->at++;
    next_step(talk);
}

/* Speaks; a step that expects nothing is over by that. */
static void
next_step(struct tcp_talk *talk)
{
    if (talk->at == endpoint_of(talk)->talk_count) {
        talk->at--;
        end(talk, REASON_NONE, "");
        return;
    }
    look_free(&talk->look);
    look_init(&talk->look, talk->check->engine->loop);
    (void)str_copy(talk->look.seen.ip, sizeof(talk->look.seen.ip),
                   talk->check->look.seen.ip);
    buf_reset(&talk->heard);
    if (say(talk) && step_of(talk)->expect.count == 0)
        finish_step(talk);
}

/* How much of `bytes` to take before judging: a line, where each counts. */
static size_t
piece_of(const struct tcp_talk *talk, const uint8_t *bytes, size_t len)
{
    const uint8_t *end =
        step_of(talk)->starts_tls ? memchr(bytes, '\n', len) : NULL;

    return end != NULL ? (size_t)(end - bytes) + 1 : len;
}

static void
hear(struct tcp_talk *talk, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        size_t n = piece_of(talk, bytes, len);

        if (buf_add(&talk->heard, bytes, n) < 0) {
            break_off(talk, REASON_TCP_LIMIT,
                      "the answer is longer than what a step hears");
            return;
        }
        bytes += n;
        len -= n;
        if (!is_answered(talk))
            continue;
        if (len > 0 && step_of(talk)->starts_tls)
            break_off(talk, REASON_STARTTLS_PROTOCOL,
                      "bytes in clear came behind the go-ahead");
        else
            finish_step(talk);
        return;
    }
}

static void
on_stream(void *cookie, const struct stream_told *told)
{
    struct tcp_talk *talk = cookie;

    switch (told->event) {
    case STREAM_DATA:
        if (talk->is_leaving)
            break_off(talk, REASON_STARTTLS_PROTOCOL,
                      "bytes in clear came before TLS");
        else
            hear(talk, told->bytes, told->len);
        return;
    case STREAM_END:
        give_up(talk, REASON_TCP_CLOSED, "the server closed before its answer");
        return;
    case STREAM_FAILED:
        give_up(talk, REASON_TCP_RESET, strerror(told->error));
        return;
    }
}

void
tcp_talk_expire(struct tcp_talk *talk)
{
    const char *what;
    char message[RESULT_MESSAGE_MAX];
    enum reason reason;

    if (!talk->is_securing) {
        give_up(talk, REASON_TCP_TIMEOUT, "no answer in time");
        return;
    }
    reason = secure_late(talk->secure, &what);
    (void)snprintf(message, sizeof(message), "%s did not come in time", what);
    end(talk, reason, message);
}

/* ---- the begin ---- */

static void
set_origin(struct tcp_talk *talk)
{
    const struct spec_endpoint *at = endpoint_of(talk);
    struct url url = {.is_https = true, .port = at->port};

    (void)str_copy(url.host, sizeof(url.host), at->host);
    (void)url_format_origin(talk->origin, &url);
}

static void
on_begin(void *cookie)
{
    struct tcp_talk *talk = cookie;

    talk->soon = NULL;
    if (stream_resume(talk->stream, talk->session) < 0)
        end(talk, REASON_LOCAL_LIMIT, strerror(errno));
    else
        next_step(talk);
}

struct tcp_talk *
tcp_talk_start(struct check *check, int fd, struct tls_session *session,
               tcp_talk_done_fn *done, void *cookie)
{
    struct loop *loop = check->engine->loop;
    struct tcp_talk *talk = calloc(1, sizeof(*talk));

    if (talk == NULL)
        return NULL;
    talk->check = check;
    talk->fd = fd;
    talk->done = done;
    talk->cookie = cookie;
    scope_init(&talk->scope, check->engine, check->spec, &check->result.run);
    talk->steps = steps_create();
    set_origin(talk);
    look_init(&talk->look, loop);
    buf_init(&talk->heard, TCP_TALK_HEARD_MAX);
    talk->stream = stream_start(loop, fd, on_stream, talk);
    if (talk->stream == NULL) {
        tcp_talk_cancel(talk);
        errno = EMFILE;
        return NULL;
    }
    stream_pause(talk->stream);
    talk->session = session;
    talk->soon = loop_timer_start(loop, 0, on_begin, talk);
    return talk;
}

void
tcp_talk_cancel(struct tcp_talk *talk)
{
    if (talk == NULL)
        return;
    stream_cancel(talk->stream);
    secure_cancel(talk->secure);
    loop_timer_cancel(talk->soon);
    steps_free(talk->steps);
    scope_clear(&talk->scope);
    look_free(&talk->look);
    buf_free(&talk->heard);
    free(talk);
}
