/*
 * web_priv.h - what the handlers of web/ share: the object, and ways to reply.
 *
 * Not for anyone outside web/.
 *
 * Ownership   a handler owns its request until it replies.
 * Errors      every refusal says what to do about it.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_WEB_WEB_PRIV_H
#define CONTROLLER_WEB_WEB_PRIV_H

#include "base/clock.h"
#include "controller/web/style.h"
#include "controller/web/view.h"
#include "controller/web/web.h"

struct httpd;
struct httpd_request;
struct loop_timer;
struct operator_key;
struct throttle;

#define WEB_ARG_MAX 128 /* bytes of the part of a path that `*` stands for */

struct web {
    struct web_ports ports;
    const struct config *config;
    struct operator_key *key;
    struct httpd *people, *metrics, *probes;
    struct loop_timer *renewal; /* of the probes' listener's certificate */
    char policy[STYLE_POLICY_MAX];
    char *url;
    char *probes_url;
    wall_t started;
    struct throttle *strangers; /* who sends heartbeats to nobody; NULL: none
                                   has yet */
    struct web_push *pushes;    /* heartbeats on their way to the disk */
    struct web_wait *waits;     /* requests that wait for the store */
};

enum web_scope {
    WEB_PUBLIC,
    WEB_PAGE, /* an operator's browser; else the page that asks for the key */
    WEB_API,  /* a bearer key or an operator's browser; else 401 as JSON */
    WEB_METRICS, /* as WEB_API, and public on metrics_listen */
};

typedef void web_handler_fn(struct web *web, struct httpd_request *request,
                            const char *arg);

struct web_route {
    const char *method;
    const char *path; /* one `*` stands for a part without a slash: `arg` */
    enum web_scope scope;
    web_handler_fn *handler;
};

extern const struct web_route web_routes[]; /* ends with a NULL method */

struct view web_view(const struct web *web);

/* Replies; each frees `body`.  `cache` is a Cache-Control. */
void web_reply_page(struct web *web, struct httpd_request *request, int status,
                    struct buf *body, const char *cache);
void web_reply_json(struct web *web, struct httpd_request *request, int status,
                    struct buf *body);
void web_reply_text(struct web *web, struct httpd_request *request,
                    const char *type, struct buf *body);
/* {"error":{...}}, a sentence and what to do. */
void web_refuse(struct web *web, struct httpd_request *request, int status,
                const char *what, const char *remedy);

/* 404: `what` of no such `name`, and the nearest, else where they are listed. */
struct web_unknown {
    const char *what, *name;
    const char *const *names;
    size_t count;
    const char *lists;
};

void web_refuse_name(struct web *web, struct httpd_request *request,
                     const struct web_unknown *unknown);
void web_go(struct web *web, struct httpd_request *request, const char *path);
void web_add_headers(struct web *web, struct httpd_request *request,
                     const char *cache);

/* A request that waits for stored results: `done` gets them and replies. */
struct scan_filter;
struct scan_run;
typedef void web_runs_fn(struct web *web, struct httpd_request *request,
                         const char *check, const struct scan_run *runs,
                         size_t count);
void web_wait_start(struct web *web, struct httpd_request *request,
                    const struct scan_filter *filter, web_runs_fn *done);
void web_wait_close(struct web *web);

/* Heartbeats, and where they go: web_push.c. */
web_handler_fn web_push_up, web_push_start, web_push_fail;
web_handler_fn web_push_url, web_push_rotate;
void web_push_close(struct web *web);

/* The probes' listener. */
void web_probes_handle(void *cookie, struct httpd_request *request);

#endif
