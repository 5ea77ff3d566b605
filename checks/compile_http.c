/*
 * One request: of a check, or of a step of a journey, whose settings then stand
 * in the job's merge.
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
compile_method(struct compile_job *job, struct spec_request *request)
{
    static const char *const methods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                          "PATCH", "DELETE", "OPTIONS"};
    const char *method = compile_text(job, SPEC_KEY_METHOD);
    char *hint;

    request->method = str_xdup(method          ? method
                               : request->body ? "POST"
                                               : "GET");
    if (compile_is_one_of(request->method, methods, COUNT(methods)))
        return;
    hint = schema_nearest(request->method, methods, COUNT(methods));
    compile_wrong(job, compile_pos(job, SPEC_KEY_METHOD),
                  hint ? hint : "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
                  "`%s` is no method", request->method);
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
compile_headers(struct compile_job *job, struct spec_request *request)
{
    const struct conf *from = job->merge->value[SPEC_KEY_HEADERS].from;
    struct spec_fields *to = &request->headers;

    for (const struct conf *n = from ? from->first : NULL; n; n = n->next) {
        check_header(job, n);
        to->item =
            str_xrealloc(to->item, (to->count + 1) * sizeof(to->item[0]));
        to->item[to->count++] = (struct spec_field){.name = str_xdup(n->name),
                                                    .value = str_xdup(n->text)};
    }
}

static void
compile_body(struct compile_job *job, struct spec_request *request)
{
    struct merge_value *body = &job->merge->value[SPEC_KEY_BODY];
    const struct conf *file = job->merge->value[SPEC_KEY_BODY_FILE].from;

    if (file) {
        body->text = compile_file(job, SPEC_KEY_BODY_FILE, BODY_FILE_MAX);
        body->from = file;
    }
    request->body = str_xdup(compile_text(job, SPEC_KEY_BODY));
    request->body_type = request->body ? SPEC_BODY_TEXT : SPEC_BODY_NONE;
}

void
compile_request(struct compile_job *job, struct spec_request *request)
{
    struct aim_fault fault;

    request->url = str_xdup(compile_text(job, SPEC_KEY_HTTP));
    /* A reference is reported as such, by compile_expect.c. */
    if (!strstr(request->url, "${") && aim_parse_url(request->url, &fault) != 0)
        compile_aim_fault(job, job->merge->value[SPEC_KEY_HTTP].from, &fault);
    compile_body(job, request);
    compile_method(job, request);
    compile_headers(job, request);
    request->redirects_max = (int)compile_number(job, SPEC_KEY_REDIRECTS);
    request->header_max = (size_t)compile_number(job, SPEC_KEY_HEADER_MAX);
    request->body_max = (size_t)compile_number(job, SPEC_KEY_BODY_MAX);
}

void
compile_http(struct compile_job *job)
{
    job->spec->of.http.spread.up_percent = 100;
    compile_request(job, &job->spec->of.http.request);
}
