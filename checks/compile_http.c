/*
 * What an HTTP check has of its own: the request, and how far it is followed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/str.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define BODY_FILE_MAX ((size_t)256 * 1024) /* travels with the check */

static void
compile_method(struct compile_job *job)
{
    static const char *const methods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                          "PATCH", "DELETE", "OPTIONS"};
    struct spec_http *http = &job->spec->of.http;
    const char *method = compile_text(job, SPEC_KEY_METHOD);
    char *hint;

    http->method = str_xdup(method ? method : http->body ? "POST" : "GET");
    if (compile_is_one_of(http->method, methods, COUNT(methods)))
        return;
    hint = schema_nearest(http->method, methods, COUNT(methods));
    compile_wrong(job, compile_pos(job, SPEC_KEY_METHOD),
                  hint ? hint : "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
                  "`%s` is no method", http->method);
    free(hint);
}

static void
check_header(struct compile_job *job, const struct conf *header)
{
    static const char *const ours[] = {"content-length", "transfer-encoding",
                                       "connection", "traceparent",
                                       "x-request-id"};

    if (strpbrk(header->text, "\r\n"))
        compile_wrong(job, header->value, NULL,
                      "a header's value stands on one line");
    for (size_t i = 0; i < COUNT(ours); i++)
        if (str_eq_nocase(header->name, ours[i]))
            compile_wrong(job, header->pos, "take it out",
                          "`%s` is set by Picket itself", header->name);
    compile_secret_literal(job, header);
}

static void
compile_headers(struct compile_job *job)
{
    const struct conf *from = job->merge->value[SPEC_KEY_HEADERS].from;
    char *line;

    for (const struct conf *n = from ? from->first : NULL; n; n = n->next) {
        check_header(job, n);
        line = str_xprintf("%s: %s", n->name, n->text);
        compile_push(&job->spec->of.http.headers, line);
        free(line);
    }
}

static void
compile_body(struct compile_job *job)
{
    struct merge_value *body = &job->merge->value[SPEC_KEY_BODY];
    const struct conf *file = job->merge->value[SPEC_KEY_BODY_FILE].from;

    if (file) {
        body->text = compile_file(job, SPEC_KEY_BODY_FILE, BODY_FILE_MAX);
        body->from = file;
    }
    job->spec->of.http.body = str_xdup(compile_text(job, SPEC_KEY_BODY));
}

void
compile_http(struct compile_job *job)
{
    struct spec_http *http = &job->spec->of.http;
    struct aim_fault fault;

    http->url = str_xdup(job->spec->target);
    /* A reference is reported as such, by compile_expect.c. */
    if (!strstr(http->url, "${") && aim_parse_url(http->url, &fault) != 0)
        compile_aim_fault(job, job->merge->value[SPEC_KEY_HTTP].from, &fault);
    compile_body(job);
    compile_method(job);
    compile_headers(job);
    http->redirects_max = (int)compile_number(job, SPEC_KEY_REDIRECTS);
    http->header_max = (size_t)compile_number(job, SPEC_KEY_HEADER_MAX);
    http->body_max = (size_t)compile_number(job, SPEC_KEY_BODY_MAX);
}
