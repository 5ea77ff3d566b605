/*
 * probes_api.c - /probe/v1/: enroll, renew, sync, results.
 *
 * Who asks is known from the verified client certificate and from nothing in
 * the request.  A held request is a `call` that dies with its connection: then
 * what was started for it is cancelled, so that no reply ever goes to a
 * request that is gone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/httpd.h"
#include "base/log.h"
#include "base/str.h"
#include "controller/enrol.h"
#include "controller/fleet.h"
#include "controller/ingest.h"
#include "controller/store/store.h"
#include "controller/web/web_priv.h"
#include "wire/message.h"

#define TYPE        "application/x-protobuf"
#define OLDEST_WIRE (MESSAGE_WIRE_VERSION > 1 ? MESSAGE_WIRE_VERSION - 1 : 1)

struct call {
    struct web *web;
    struct httpd_request *request;
    struct fleet_hold *hold;
    struct ingest_call *ingest;
    struct enrol_call *enrol;
};

static void
on_gone(void *cookie)
{
    struct call *call = cookie;

    fleet_cancel(call->hold);
    ingest_cancel(call->ingest);
    enrol_cancel(call->enrol);
    free(call);
}

static struct call *
call_create(struct web *web, struct httpd_request *request)
{
    struct call *call = str_xcalloc(1, sizeof(*call));

    call->web = web;
    call->request = request;
    httpd_on_close(request, on_gone, call);
    return call;
}

/* The end of a call: its reply, or with NULL "try again later". */
static void
finish(struct call *call, struct buf *body)
{
    struct web *web = call->web;
    struct httpd_request *request = call->request;

    httpd_on_close(request, NULL, NULL);
    free(call);
    if (body == NULL || body->failed) {
        httpd_set_header(request, "Retry-After", "2");
        web_refuse(web, request, 503, "this cannot be taken now",
                   "send it again later");
        return;
    }
    web_add_headers(web, request, "no-store");
    httpd_reply(request, 200, TYPE, buf_text(body), body->len);
}

/* ---- what is the same for all ---- */

static void
not_understood(struct web *web, struct httpd_request *request)
{
    char from[ADDR_TEXT_MAX];

    log_event(web->ports.log, EV_REQUEST_REFUSED,
              LOG_STR("path", httpd_path(request)),
              LOG_STR("from", addr_format_ip(from, httpd_remote(request))));
    web_refuse(web, request, 400, "this is not a message",
               "upgrade the probe if its version is old");
}

static bool
is_version_served(struct web *web, struct httpd_request *request,
                  uint32_t version)
{
    if (version >= OLDEST_WIRE && version <= MESSAGE_WIRE_VERSION)
        return true;
    web_refuse(web, request, 426,
               version < OLDEST_WIRE
                   ? "this probe speaks a version that is too old here"
                   : "this probe speaks a newer version than this controller",
               version < OLDEST_WIRE ? "upgrade the probe"
                                     : "upgrade the controller first");
    return false;
}

static const struct store_probe *
identify(struct web *web, struct httpd_request *request)
{
    const char *why = "";
    int status = 403;
    const struct store_probe *probe =
        enrol_find(web->ports.enrol, httpd_peer(request), &status, &why);

    if (probe == NULL)
        web_refuse(web, request, status, why, "see picket probe --help");
    return probe;
}

/* ---- sync ---- */

static void
on_sync_reply(void *cookie, const struct message_sync_reply *reply)
{
    struct call *call = cookie;
    struct buf body;

    call->hold = NULL;
    buf_init(&body, MESSAGE_SYNC_MAX);
    if (message_encode_sync_reply(&body, reply) == 0)
        finish(call, &body);
    else
        finish(call, NULL);
    if (reply->given_count > 0 && body.data != NULL)
        explicit_bzero(body.data, body.len);
    buf_free(&body);
}

static void
on_sync(struct web *web, struct httpd_request *request)
{
    const struct store_probe *probe = identify(web, request);
    struct message_sync *sync;
    const void *body;
    struct call *call;
    size_t len = 0;

    if (probe == NULL)
        return; /* answered: the request is gone */
    body = httpd_body(request, &len);
    sync = message_decode_sync(body, len);
    if (sync == NULL) {
        not_understood(web, request);
    } else if (is_version_served(web, request, sync->wire_version)) {
        call = call_create(web, request);
        call->hold = fleet_sync(web->ports.fleet, probe->name, sync,
                                httpd_remote(request), on_sync_reply, call);
        if (call->hold == NULL)
            finish(call, NULL);
    }
    message_free(sync);
}

/* ---- results ---- */

static void
on_results_reply(void *cookie, const struct message_results_reply *reply)
{
    struct call *call = cookie;
    struct buf body;

    call->ingest = NULL;
    buf_init(&body, MESSAGE_RESULTS_MAX);
    if (reply != NULL && message_encode_results_reply(&body, reply) == 0)
        finish(call, &body);
    else
        finish(call, NULL);
    buf_free(&body);
}

static void
on_results(struct web *web, struct httpd_request *request)
{
    const struct store_probe *probe = identify(web, request);
    struct message_results *results;
    const void *body;
    struct call *call;
    size_t len = 0;

    if (probe == NULL)
        return; /* answered: the request is gone */
    body = httpd_body(request, &len);
    results = message_decode_results(body, len);
    if (results == NULL) {
        not_understood(web, request);
    } else if (is_version_served(web, request, results->wire_version)) {
        call = call_create(web, request);
        call->ingest =
            ingest_start(web->ports.ingest, probe->name, probe->region, results,
                         on_results_reply, call);
        if (call->ingest == NULL)
            finish(call, NULL);
    }
    message_free(results);
}

/* ---- enroll and renew ---- */

static void
on_enrolled(void *cookie, const struct message_enroll_reply *reply, int status,
            const char *why)
{
    struct call *call = cookie;
    struct buf body;

    call->enrol = NULL;
    if (reply == NULL) {
        struct web *web = call->web;
        struct httpd_request *request = call->request;

        httpd_on_close(request, NULL, NULL);
        free(call);
        if (status == 429)
            httpd_set_header(request, "Retry-After", "60");
        web_refuse(web, request, status, why, "see picket probe --help");
        return;
    }
    buf_init(&body, MESSAGE_RESULTS_MAX);
    if (message_encode_enroll_reply(&body, reply) == 0)
        finish(call, &body);
    else
        finish(call, NULL);
    buf_free(&body);
}

static void
on_enroll(struct web *web, struct httpd_request *request,
          const struct httpd_peer *peer)
{
    size_t len = 0;
    const void *body = httpd_body(request, &len);
    struct message_enroll *message = message_decode_enroll(body, len);
    struct enrol_ask ask = {message, httpd_remote(request), peer};
    struct call *call;

    if (message == NULL) {
        not_understood(web, request);
        return;
    }
    call = call_create(web, request);
    call->enrol = enrol_start(web->ports.enrol, &ask, on_enrolled, call);
    message_free(message);
}

void
web_probes_handle(void *cookie, struct httpd_request *request)
{
    struct web *web = cookie;
    const char *path = httpd_path(request);

    if (!str_eq(httpd_method(request), "POST"))
        web_refuse(web, request, 405, "only POST is taken here",
                   "this listener is for probes");
    else if (str_eq(path, "/probe/v1/sync"))
        on_sync(web, request);
    else if (str_eq(path, "/probe/v1/results"))
        on_results(web, request);
    else if (str_eq(path, "/probe/v1/enroll"))
        on_enroll(web, request, NULL);
    else if (str_eq(path, "/probe/v1/renew"))
        on_enroll(web, request, httpd_peer(request));
    else
        web_refuse(web, request, 404, "there is no such path",
                   "this listener is for probes; people use the other one");
}
