/*
 * api.h - /api/v1: what people's programs and the command line ask and order.
 *
 * Handlers for web_routes.c; scope and method are settled before they run.
 *
 * Ownership   a handler owns its request until it replies.
 * Errors      JSON with a sentence and a remedy.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_WEB_API_H
#define CONTROLLER_WEB_API_H

struct httpd_request;
struct web;

/* One object a line (wire/result.h): ?check= &limit= &since= (RFC 3339). */
void api_results(struct web *web, struct httpd_request *request,
                 const char *arg);
void api_checks(struct web *web, struct httpd_request *request,
                const char *arg);
void api_incidents(struct web *web, struct httpd_request *request,
                   const char *arg);
void api_acknowledge(struct web *web, struct httpd_request *request,
                     const char *incident);
void api_probes(struct web *web, struct httpd_request *request,
                const char *arg);
/* {"region", "name"}: an invitation for one probe. */
void api_invite(struct web *web, struct httpd_request *request,
                const char *arg);
/* {"region", "count", "ends"}: a key for a fleet. */
void api_key(struct web *web, struct httpd_request *request, const char *arg);
void api_revoke(struct web *web, struct httpd_request *request,
                const char *probe);
void api_reload(struct web *web, struct httpd_request *request,
                const char *arg);

#endif
