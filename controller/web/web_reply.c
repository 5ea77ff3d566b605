/*
 * web_reply.c - replies with the headers every one has, and refusals.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/httpd.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/str.h"
#include "controller/web/web_priv.h"

#define REFUSAL_MAX 4096

struct view
web_view(const struct web *web)
{
    return (struct view){
        .config = web->config,
        .decider = web->ports.decider,
        .fleet = web->ports.fleet,
        .enrol = web->ports.enrol,
        .outbox = web->ports.outbox,
        .ingest = web->ports.ingest,
        .store = web->ports.store,
        .now = loop_wall(web->ports.loop),
        .started = web->started,
        .crowded = httpd_crowded(web->people) + httpd_crowded(web->metrics) +
                   httpd_crowded(web->probes),
    };
}

void
web_add_headers(struct web *web, struct httpd_request *request,
                const char *cache)
{
    httpd_set_header(request, "Content-Security-Policy", web->policy);
    httpd_set_header(request, "X-Content-Type-Options", "nosniff");
    httpd_set_header(request, "Referrer-Policy", "no-referrer");
    httpd_set_header(request, "Cache-Control", cache);
}

static void
send_body(struct httpd_request *request, int status, const char *type,
          struct buf *body)
{
    if (body->failed)
        httpd_reply(request, 500, "text/plain; charset=utf-8",
                    "this page is too long to be shown\n",
                    strlen("this page is too long to be shown\n"));
    else
        httpd_reply(request, status, type, buf_text(body), body->len);
    buf_free(body);
}

void
web_reply_page(struct web *web, struct httpd_request *request, int status,
               struct buf *body, const char *cache)
{
    web_add_headers(web, request, cache);
    send_body(request, status, "text/html; charset=utf-8", body);
}

void
web_reply_json(struct web *web, struct httpd_request *request, int status,
               struct buf *body)
{
    web_add_headers(web, request, "no-store");
    send_body(request, status, "application/json; charset=utf-8", body);
}

void
web_reply_text(struct web *web, struct httpd_request *request, const char *type,
               struct buf *body)
{
    web_add_headers(web, request, "no-store");
    send_body(request, 200, type, body);
}

void
web_refuse(struct web *web, struct httpd_request *request, int status,
           const char *what, const char *remedy)
{
    struct buf body;
    struct json j;

    buf_init(&body, REFUSAL_MAX);
    j = json_begin(&body);
    json_obj(&j, NULL);
    json_obj(&j, "error");
    json_int(&j, "status", status);
    json_str(&j, "message", what);
    json_str(&j, "remedy", remedy);
    json_end(&j);
    json_end(&j);
    (void)buf_add_char(&body, '\n');
    web_reply_json(web, request, status, &body);
}

void
web_refuse_name(struct web *web, struct httpd_request *request,
                const struct web_unknown *unknown)
{
    int near = str_nearest(unknown->name, unknown->names, unknown->count);
    char *what =
        str_xprintf("there is no %s `%s`", unknown->what, unknown->name);
    char *remedy =
        near < 0 ? str_xdup(unknown->lists)
                 : str_xprintf("did you mean `%s`?", unknown->names[near]);

    web_refuse(web, request, 404, what, remedy);
    free(remedy);
    free(what);
}

void
web_go(struct web *web, struct httpd_request *request, const char *path)
{
    web_add_headers(web, request, "no-store");
    httpd_set_header(request, "Location", path);
    httpd_reply(request, 303, "text/plain; charset=utf-8", "", 0);
}
