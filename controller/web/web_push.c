/*
 * web_push.c - heartbeats of jobs: /push/v1/TOKEN, and its /start and /fail.
 *
 *     curl -fsS URL                            it is done, and well
 *     curl -fsS 'URL?status=degraded&msg=...'  up, degraded or down
 *     curl -fsS URL/start                      it begins: the next one says how
 *                                              long it took
 *     curl -fsS --data-binary @log URL/fail    it failed; the text is kept
 *
 * Answered once it is on the disk.  An unknown token gets the same answer
 * whatever it looks like, and who tries many is told to wait.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/httpd.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/units.h"
#include "controller/config.h"
#include "controller/push.h"
#include "controller/store/store.h"
#include "controller/throttle.h"
#include "controller/web/web_priv.h"

#define PUSHES_MAX    1000  /* on their way to the disk at once */
#define STRANGERS_MAX 20    /* unknown tokens from one address ... */
#define STRANGERS_MS  60000 /* ... in so long */
#define REPLY_MAX     4096
#define OK            "ok\n"
#define TEXT          "text/plain; charset=utf-8"
#define TOOK_MAX_MS   (366LL * 86400 * MS_PER_S)

struct web_push {
    struct web_push *next;
    struct web *web;
    struct httpd_request *request;
};

static void
forget(struct web_push *push)
{
    struct web_push **at = &push->web->pushes;

    while (*at != push)
        at = &(*at)->next;
    *at = push->next;
    free(push);
}

static void
on_stored(void *cookie, bool is_stored)
{
    struct web_push *push = cookie;

    httpd_on_close(push->request, NULL, NULL);
    if (is_stored) {
        web_add_headers(push->web, push->request, "no-store");
        httpd_reply(push->request, 200, TEXT, OK, strlen(OK));
    } else {
        web_refuse(push->web, push->request, 503,
                   "the heartbeat could not be stored",
                   "send it again; look at the disk of data_dir");
    }
    forget(push);
}

static void
on_gone(void *cookie)
{
    struct web_push *push = cookie;

    push_forget(push->web->ports.push, push);
    forget(push);
}

void
web_push_close(struct web *web)
{
    while (web->pushes != NULL)
        on_gone(web->pushes);
    throttle_free(web->strangers);
    web->strangers = NULL;
}

/* ---- what it says ---- */

static int
read_took(struct httpd_request *request, int64_t *took_ms)
{
    const char *ms = httpd_query(request, "ms");

    *took_ms = -1;
    if (ms == NULL)
        return 0;
    return str_parse_i64(ms, took_ms) == 0 && *took_ms >= 0 &&
                   *took_ms <= TOOK_MAX_MS
               ? 0
               : -1;
}

static int
read_status(struct httpd_request *request, enum status *status)
{
    const char *name = httpd_query(request, "status");

    if (name == NULL)
        return 0;
    return result_status_parse(name, status) == 0 && *status != STATUS_ERROR
               ? 0
               : -1;
}

static void
read_text(struct httpd_request *request, struct push_beat *beat)
{
    const char *msg = httpd_query_words(request, "msg");
    size_t len = 0;
    const void *body = httpd_body(request, &len);

    beat->text = msg != NULL ? msg : body;
    beat->len = msg != NULL ? strlen(msg) : len;
    if (beat->len > PUSH_TEXT_MAX)
        beat->len = PUSH_TEXT_MAX;
}

/* ---- the answer ---- */

static void
tell_to_wait(struct web *web, struct httpd_request *request)
{
    httpd_set_header(request, "Retry-After", "60");
    web_refuse(web, request, 429, "too many at once", "try again in a minute");
}

/* The same for a token that was rotated, one that never was, and no token.
 * Only strangers are told to wait: behind one address (a proxy's, an office's)
 * jobs stand beside them, and a heartbeat that is not heard pages somebody. */
static void
refuse_stranger(struct web *web, struct httpd_request *request)
{
    wall_t now = loop_wall(web->ports.loop);

    if (web->strangers == NULL)
        web->strangers = throttle_create(STRANGERS_MAX, STRANGERS_MS);
    if (throttle_is_over(web->strangers, httpd_remote(request), now)) {
        tell_to_wait(web, request);
        return;
    }
    throttle_add(web->strangers, httpd_remote(request), now);
    web_refuse(web, request, 404, "there is no such heartbeat",
               "picket push-url NAME tells the address of one");
}

static bool
has_room(const struct web *web)
{
    size_t count = 0;

    for (struct web_push *p = web->pushes; p != NULL; p = p->next)
        count++;
    return count < PUSHES_MAX;
}

static void
hear(struct web *web, struct httpd_request *request, const char *token,
     struct push_beat *beat)
{
    struct web_push *push;

    if (!has_room(web)) {
        tell_to_wait(web, request);
        return;
    }
    if (read_took(request, &beat->took_ms) != 0 ||
        read_status(request, &beat->status) != 0) {
        web_refuse(web, request, 400, "this is no heartbeat",
                   "status is up, degraded or down; ms is a whole number");
        return;
    }
    read_text(request, beat);
    push = str_xcalloc(1, sizeof(*push));
    push->web = web;
    push->request = request;
    push->next = web->pushes;
    web->pushes = push;
    if (push_hear(web->ports.push, token, beat, on_stored, push)) {
        httpd_on_close(request, on_gone, push);
        return;
    }
    forget(push);
    refuse_stranger(web, request);
}

void
web_push_up(struct web *web, struct httpd_request *request, const char *token)
{
    struct push_beat beat = {.status = STATUS_UP};

    hear(web, request, token, &beat);
}

void
web_push_start(struct web *web, struct httpd_request *request,
               const char *token)
{
    struct push_beat beat = {.is_begin = true, .status = STATUS_UP};

    hear(web, request, token, &beat);
}

void
web_push_fail(struct web *web, struct httpd_request *request, const char *token)
{
    struct push_beat beat = {.status = STATUS_DOWN};

    hear(web, request, token, &beat);
}

/* ---- for operators ---- */

void
web_push_url(struct web *web, struct httpd_request *request, const char *check)
{
    const char *base = web->config->public_url;
    char token[PUSH_TOKEN_MAX];
    struct buf body;
    struct json j;
    char *url;

    if (!push_token(web->ports.push, check, token)) {
        web_refuse(web, request, 404, "there is no push check of that name",
                   "write push = \"1d\"; in a check, and reload");
        return;
    }
    url = str_xprintf("%s/push/v1/%s", base != NULL ? base : web->url, token);
    buf_init(&body, REPLY_MAX);
    j = json_begin(&body);
    json_obj(&j, NULL);
    json_str(&j, "check", check);
    json_str(&j, "url", url);
    json_end(&j);
    (void)buf_add_char(&body, '\n');
    explicit_bzero(token, sizeof(token));
    free(url);
    web_reply_json(web, request, 200, &body);
}

void
web_push_rotate(struct web *web, struct httpd_request *request,
                const char *check)
{
    if (push_rotate(web->ports.push, check))
        store_add_audit(web->ports.store, "operator",
                        "gave a heartbeat another address");
    web_push_url(web, request, check);
}
