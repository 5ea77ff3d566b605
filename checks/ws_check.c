/*
 * A WebSocket: connect, TLS when it is wss, upgrade, say what the check has to
 * say, hear messages until the expectations hold, close.
 *
 *   CONNECTING -> UPGRADING -> TALKING -> CLOSING -> the end
 *
 * A check that asks nothing of messages is over with the upgrade.  One that
 * does is judged at each message, by the step of its dialogue if it has one
 * (ws_talk.c).  Pings are answered.  A server that closes
 * first, or breaks the protocol, ends the run: it failed if what was expected
 * had not come.  A redirect is not followed: browsers do not either.
 *
 * CLOSING is good manners and no part of the verdict: our close is sent and
 * its answer waited for, at most CLOSE_NS.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/expect.h"
#include "checks/reach.h"
#include "checks/spec.h"
#include "checks/stream.h"
#include "checks/ws_priv.h"

#define CLOSE_NS  NS_PER_S
#define KEY_BYTES 16
#define NORMAL    1000

/* ---- the end ---- */

static void
stop(struct ws_run *run)
{
    stream_cancel(run->stream);
    run->stream = NULL;
    loop_timer_cancel(run->closing);
    run->closing = NULL;
}

static void
finish(struct check *check)
{
    stop(check->state);
    check_end(check);
}

static void
on_closing(void *cookie)
{
    struct check *check = cookie;
    struct ws_run *run = check->state;

    run->closing = NULL;
    finish(check);
}

void
ws_fail(struct check *check, enum reason reason, const char *why)
{
    struct ws_run *run = check->state;

    stop(run);
    if (run->steps != NULL)
        ws_talk_fail(check, reason, why);
    else
        check_fail(check, reason, "%s", why);
}

int
ws_send(struct ws_run *run, enum ws_opcode opcode, const void *data, size_t len)
{
    uint8_t mask[WS_MASK_BYTES];
    struct buf out;
    int rc;

    digest_random(mask, sizeof(mask));
    buf_init(&out, STREAM_OUT_MAX);
    rc = ws_frame_encode(&out, opcode, data, len, mask);
    if (rc == 0)
        rc = stream_send(run->stream, out.data, out.len);
    buf_free(&out);
    return rc;
}

static void
send_close(struct ws_run *run, uint16_t code, const char *why)
{
    uint8_t mask[WS_MASK_BYTES];
    struct buf out;

    digest_random(mask, sizeof(mask));
    buf_init(&out, STREAM_OUT_MAX);
    if (ws_frame_encode_close(&out, code, why, mask) == 0)
        (void)stream_send(run->stream, out.data, out.len);
    buf_free(&out);
}

/* Politely. */
void
ws_leave(struct check *check)
{
    struct ws_run *run = check->state;
    int64_t left = check_left_ns(check) / 2;

    look_stop(&check->look);
    check->look.is_over = true;
    run->state = WS_CLOSING;
    send_close(run, NORMAL, "");
    run->closing =
        loop_timer_start(check->engine->loop, left < CLOSE_NS ? left : CLOSE_NS,
                         on_closing, check);
}

static void
see_receive(struct check *check)
{
    struct ws_run *run = check->state;
    mono_t now = loop_now(check->engine->loop);

    check->look.us[PHASE_RECEIVE] =
        clock_since_ns(run->upgraded, now) / NS_PER_US;
}

/* ---- frames ---- */

/* The server closes, and more was expected. */
static void
end_by_close(struct check *check)
{
    struct ws_run *run = check->state;
    const struct ws_reader *reader = &run->reader;
    const char *name = ws_frame_close_text(reader->close_code);
    char why[RESULT_MESSAGE_MAX];

    run->close_code = reader->close_code;
    if (run->state == WS_CLOSING) {
        finish(check);
        return;
    }
    send_close(run, reader->close_code != 0 ? reader->close_code : NORMAL, "");
    if (run->steps == NULL &&
        expect_holds(&check->look, &check->spec->expect)) {
        finish(check);
        return;
    }
    (void)snprintf(
        why, sizeof(why),
        "the server closed before what was expected came: %u%s%s%s%s%.*s",
        reader->close_code, name != NULL ? " (" : "", name != NULL ? name : "",
        name != NULL ? ")" : "", reader->len > 0 ? ": " : "", (int)reader->len,
        reader->data);
    ws_fail(check, REASON_WS_CLOSED, why);
}

static bool
keep_message(struct check *check)
{
    struct ws_run *run = check->state;
    char why[RESULT_MESSAGE_MAX];

    if (run->count == WS_MESSAGES_MAX ||
        run->heard.len + run->reader.len > WS_MESSAGES_SIZE) {
        (void)snprintf(why, sizeof(why),
                       "more than %d messages or %zu KiB, and what was "
                       "expected is not among them",
                       WS_MESSAGES_MAX, WS_MESSAGES_SIZE / 1024);
        ws_fail(check, REASON_WS_PROTOCOL, why);
        return false;
    }
    run->message[run->count++] =
        (struct ws_message){run->heard.len, run->reader.len};
    (void)buf_add(&run->heard, run->reader.data, run->reader.len);
    return true;
}

/* False: one too many, and the run is over. */
static bool
take_control(struct check *check)
{
    struct ws_run *run = check->state;
    char why[RESULT_MESSAGE_MAX];

    if (run->controls++ < WS_CONTROLS_MAX) {
        if (run->reader.opcode == WS_PING)
            (void)ws_send(run, WS_PONG, run->reader.data, run->reader.len);
        return true;
    }
    if (run->state == WS_CLOSING) {
        finish(check);
        return false;
    }
    (void)snprintf(why, sizeof(why), "more than %d pings and pongs",
                   WS_CONTROLS_MAX);
    ws_fail(check, REASON_WS_PROTOCOL, why);
    return false;
}

/* False: the run is over, or what follows is not to be read now. */
static bool
on_whole(struct check *check)
{
    struct ws_run *run = check->state;

    if (run->reader.opcode == WS_CLOSE) {
        end_by_close(check);
        return false;
    }
    if (run->reader.opcode == WS_PING || run->reader.opcode == WS_PONG)
        return take_control(check);
    if (run->state == WS_CLOSING)
        return true;
    if (!keep_message(check))
        return false;
    see_receive(check);
    if (run->steps != NULL)
        return ws_talk_hear(check);
    if (expect_holds(&check->look, &check->spec->expect))
        ws_leave(check);
    return true;
}

static void
on_bad(struct check *check)
{
    struct ws_run *run = check->state;

    if (run->state == WS_CLOSING) {
        finish(check);
        return;
    }
    send_close(run, run->reader.why_code, run->reader.why);
    ws_fail(check, REASON_WS_PROTOCOL, run->reader.why);
}

static void
read_frames(struct check *check, const uint8_t *bytes, size_t len)
{
    struct ws_run *run = check->state;

    while (len > 0) {
        size_t used;
        enum ws_step step = ws_reader_take(&run->reader, bytes, len, &used);

        bytes += used;
        len -= used;
        if (step == WS_BAD)
            on_bad(check);
        if (step == WS_BAD || (step == WS_WHOLE && !on_whole(check)))
            return; /* the check may be gone */
        if (step == WS_MORE)
            return;
    }
}

/* ---- the upgrade ---- */

static bool
asks_messages(const struct check *check)
{
    return check_asks(check, "message") || check_asks(check, "messages") ||
           check_asks(check, "close");
}

static void
begin_talking(struct check *check)
{
    struct ws_run *run = check->state;
    size_t head = run->seen.head_len;

    run->state = WS_TALKING;
    run->upgraded = loop_now(check->engine->loop);
    look_add_us(&check->look, PHASE_WAIT,
                clock_since_ns(run->asked, run->upgraded) / NS_PER_US);
    if (run->seen.subprotocol_len > 0 &&
        run->seen.subprotocol_len < sizeof(run->subprotocol))
        memcpy(run->subprotocol, run->seen.subprotocol,
               run->seen.subprotocol_len);
    if (!ws_talk_begin(check))
        return;
    if (run->steps == NULL && !asks_messages(check))
        ws_leave(check);
    /* Frames may have come with the answer. */
    if (run->answer.len > head)
        read_frames(check, run->answer.data + head, run->answer.len - head);
}

static void
read_answer(struct check *check, const uint8_t *bytes, size_t len)
{
    struct ws_run *run = check->state;
    enum ws_outcome outcome;

    (void)buf_add(&run->answer, bytes, len);
    outcome = ws_upgrade_judge(&run->seen, &run->request,
                               buf_text(&run->answer), run->answer.len);
    switch (outcome) {
    case WS_UPGRADE_MORE:
        return;
    case WS_UPGRADE_DONE:
        begin_talking(check);
        return;
    case WS_UPGRADE_REFUSED:
        stop(run);
        check_fail(check, REASON_WS_REFUSED, "%s", run->seen.message);
        return;
    case WS_UPGRADE_PROTOCOL:
        stop(run);
        check_fail(check, REASON_WS_PROTOCOL, "%s", run->seen.message);
        return;
    }
}

static void
on_lost(struct check *check, const struct stream_told *told)
{
    struct ws_run *run = check->state;
    char why[RESULT_MESSAGE_MAX];

    if (run->state == WS_CLOSING) {
        finish(check);
        return;
    }
    (void)snprintf(why, sizeof(why), "the connection ended %s%s%s",
                   run->state == WS_UPGRADING
                       ? "before the answer to the upgrade"
                       : "without a close",
                   told->event == STREAM_FAILED ? ": " : "",
                   told->event == STREAM_FAILED ? strerror(told->error) : "");
    ws_fail(check, REASON_WS_CLOSED, why);
}

static void
on_stream(void *cookie, const struct stream_told *told)
{
    struct check *check = cookie;
    struct ws_run *run = check->state;

    if (told->event != STREAM_DATA)
        on_lost(check, told);
    else if (run->state == WS_UPGRADING)
        read_answer(check, told->bytes, told->len);
    else
        read_frames(check, told->bytes, told->len);
}

/* ---- the way there ---- */

static int
open_stream(struct check *check, struct tls_session *session)
{
    struct ws_run *run = check->state;

    run->stream = stream_start(check->engine->loop, run->fd, on_stream, check);
    if (run->stream == NULL || session == NULL)
        return run->stream != NULL ? 0 : -1;
    stream_pause(run->stream);
    return stream_resume(run->stream, session);
}

static void
send_upgrade(struct check *check)
{
    struct ws_run *run = check->state;
    const struct spec_ws *ws = &check->spec->of.ws;
    char why[TEMPLATE_WHY_MAX] = "";
    enum reason reason =
        head_lines_make(&run->head, &run->scope, &ws->headers, ws->origin, why);
    struct buf out;

    check->mask = scope_mask(&run->scope);
    if (reason != REASON_NONE) {
        stop(run);
        check_fail(check, reason, "%s", why);
        return;
    }
    run->request = (struct ws_upgrade){
        .host = ws->authority,
        .path = ws->path,
        .key = run->key,
        .subprotocols = ws->subprotocol,
        .headers = run->head.line,
    };
    buf_init(&out, STREAM_OUT_MAX);
    if (ws_upgrade_encode(&out, &run->request) < 0 ||
        stream_send(run->stream, out.data, out.len) < 0) {
        stop(run);
        check_fail(check, REASON_LOCAL_LIMIT, "the request is too long");
    }
    buf_free(&out);
}

static void
on_ready(struct check *check, struct tls_session *session)
{
    struct ws_run *run = check->state;
    uint8_t random[KEY_BYTES];

    if (open_stream(check, session) < 0) {
        check_fail(check, REASON_LOCAL_LIMIT, "epoll: %s", strerror(errno));
        return;
    }
    digest_random(random, sizeof(random));
    ws_upgrade_key(run->key, random);
    run->state = WS_UPGRADING;
    run->asked = loop_now(check->engine->loop);
    send_upgrade(check);
}

static void
on_reached(void *cookie, const struct reach_answer *answer)
{
    struct check *check = cookie;
    struct ws_run *run = check->state;

    run->fd = answer->fd;
    if (answer->reason != REASON_NONE)
        check_fail(check, answer->reason, "%s", answer->message);
    else
        on_ready(check, answer->session);
}

static void
start(struct check *check)
{
    struct ws_run *run = str_xcalloc(1, sizeof(*run));
    struct reach_opts opts = {
        .at = &check->spec->of.ws.at,
        .is_secured = check->spec->of.ws.at.is_secured,
        .done = on_reached,
        .cookie = check,
    };

    run->fd = run->close_code = -1;
    scope_init(&run->scope, check->engine, check->spec, &check->result.run);
    buf_init(&run->answer, WS_HEAD_MAX + STREAM_READ_MAX);
    buf_init(&run->heard, WS_MESSAGES_SIZE);
    ws_reader_init(&run->reader, WS_MESSAGE_MAX);
    check->state = run;
    check->look.more = &ws_told;
    check->look.more_of = run;
    run->reach = reach_start(check, &opts);
    if (run->reach == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

/* ---- too late ---- */

static void
expire_connecting(struct check *check)
{
    struct ws_run *run = check->state;
    char why[RESULT_MESSAGE_MAX];
    enum reason reason = reach_late(run->reach, why, sizeof(why));

    check_fail(check, reason, "%s", why);
}

static void
expire(struct check *check)
{
    struct ws_run *run = check->state;

    switch (run->state) {
    case WS_CONNECTING:
        expire_connecting(check);
        return;
    case WS_UPGRADING:
        stop(run);
        check_fail(check, REASON_WS_TIMEOUT,
                   "no answer to the upgrade in time");
        return;
    case WS_TALKING:
        if (run->steps == NULL && run->count > 0)
            finish(check); /* what came does not satisfy */
        else
            ws_fail(check, REASON_WS_TIMEOUT, "no message in time");
        return;
    case WS_CLOSING:
        finish(check);
        return;
    }
}

static void
cancel(struct check *check)
{
    struct ws_run *run = check->state;

    stop(run);
    reach_cancel(run->reach);
    head_lines_clear(&run->head);
    ws_reader_free(&run->reader);
    ws_talk_clear(run);
    buf_free(&run->answer);
    buf_free(&run->heard);
    check->mask = NULL;
    scope_clear(&run->scope);
    free(run);
}

/* The upgrade is enough. */
static void
judge(struct check *check)
{
    (void)check;
}

const struct check_kind ws_check = {
    .start = start,
    .expire = expire,
    .cancel = cancel,
    .judge = judge,
};
