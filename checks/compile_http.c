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
#include "checks/compile_meet.h"
#include "checks/merge.h"
#include "checks/ref_text.h"
#include "checks/spec.h"
#include "checks/template.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct template *
compile_template(struct compile_job *job, const char *text)
{
    struct template_error error;
    struct template *made = text ? template_parse(text, &error) : NULL;

    if (text && !made)
        job->has_failed = true; /* said by compile_refs.c */
    return made;
}

/* What it will look like is an address; what a value begins with, only the run
 * can tell. */
static void
compile_url(struct compile_job *job, struct spec_request *request)
{
    const char *url = compile_text(job, SPEC_KEY_HTTP);
    char *plain = ref_text_plain(url);
    struct aim_fault fault;

    if (!str_starts(url, "${") && aim_parse_url(plain, &fault) != 0)
        compile_aim_fault(job, job->merge->value[SPEC_KEY_HTTP].from, &fault);
    request->url = compile_template(job, url);
    free(plain);
}

/* RFC 9110, 5.6.2. */
static bool
is_token(const char *text)
{
    for (const char *at = text; *at; at++)
        if (!str_is_alpha(*at) && !str_is_digit(*at) &&
            !strchr("!#$%&'*+-.^_`|~", *at))
            return false;
    return *text != 0;
}

/* Any token is a method, but for what is one of these with a slip in it: in
 * another case it would be another method. */
static void
check_method(struct compile_job *job, const char *method)
{
    static const char *const known[] = {"GET",   "HEAD",   "POST",    "PUT",
                                        "PATCH", "DELETE", "OPTIONS", "PURGE"};
    struct diag_pos pos = compile_pos(job, SPEC_KEY_METHOD);
    char *hint = schema_nearest(method, known, COUNT(known));

    if (str_eq_nocase(method, "CONNECT"))
        compile_wrong(job, pos, "to go through a proxy, set `proxy`",
                      "`CONNECT` asks a proxy for a tunnel, and is no request "
                      "of its own");
    else if (!is_token(method))
        compile_wrong(job, pos, "a word as GET or PURGE",
                      "`%s` is no method: letters, digits and "
                      "!#$%%&'*+-.^_`|~ make one",
                      method);
    else if (hint && !compile_is_one_of(method, known, COUNT(known)))
        compile_wrong(job, pos, hint, "`%s` is no method", method);
    free(hint);
}

static void
compile_method(struct compile_job *job, struct spec_request *request)
{
    const char *method = compile_text(job, SPEC_KEY_METHOD);

    request->method = str_xdup(method                                 ? method
                               : request->body_type != SPEC_BODY_NONE ? "POST"
                                                                      : "GET");
    check_method(job, request->method);
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
    compile_secret_literal(job, header->name, header);
}

void
compile_headers(struct compile_job *job, struct spec_fields *to)
{
    const struct conf *from = job->merge->value[SPEC_KEY_HEADERS].from;

    if (from && from->count > SPEC_HEADERS_MAX) {
        compile_wrong(job, from->pos, "with those of its templates",
                      "these are %zu headers, and a request of a check has at "
                      "most %d of its own",
                      from->count, SPEC_HEADERS_MAX);
        return;
    }
    for (const struct conf *n = from ? from->first : NULL; n; n = n->next) {
        check_header(job, n);
        to->item =
            str_xrealloc(to->item, (to->count + 1) * sizeof(to->item[0]));
        to->item[to->count++] = (struct spec_field){
            .name = str_xdup(n->name), .value = compile_template(job, n->text)};
    }
}

void
compile_request(struct compile_job *job, struct spec_request *request)
{
    compile_url(job, request);
    compile_body(job, request);
    compile_method(job, request);
    compile_headers(job, &request->headers);
    compile_auth(job, request);
    request->redirects_max = (int)compile_number(job, SPEC_KEY_REDIRECTS);
    request->header_max = (size_t)compile_number(job, SPEC_KEY_HEADER_MAX);
    request->body_max = (size_t)compile_number(job, SPEC_KEY_BODY_MAX);
    compile_meet_request(job, request);
}

/* ---- a check of one request ---- */

/* "66%", "all" or "any"; -1: none of them. */
static int
parse_share(const char *text)
{
    uint16_t percent = 0;
    char *digits;
    bool is_right;

    if (str_eq(text, "all"))
        return 100;
    if (str_eq(text, "any"))
        return 0;
    if (!str_ends(text, "%"))
        return -1;
    digits = str_xndup(text, strlen(text) - 1);
    is_right =
        str_parse_u16(digits, &percent) == 0 && percent >= 1 && percent <= 100;
    free(digits);
    return is_right ? percent : -1;
}

static void
compile_spread(struct compile_job *job)
{
    struct spec_spread *spread = &job->spec->of.http.spread;
    struct merge_value *up = &job->merge->value[SPEC_KEY_ADDRESSES_UP];
    const char *addresses = compile_text(job, SPEC_KEY_ADDRESSES);

    spread->all = str_eq(addresses, "all");
    spread->up_percent = parse_share(compile_text(job, SPEC_KEY_ADDRESSES_UP));
    if (!spread->all && !str_eq(addresses, "first"))
        compile_wrong(job, compile_pos(job, SPEC_KEY_ADDRESSES), NULL,
                      "`addresses` is \"first\" or \"all\"");
    else if (spread->up_percent < 0)
        compile_wrong(job, compile_pos(job, SPEC_KEY_ADDRESSES_UP),
                      "all, any, or a share from 1% to 100%",
                      "`%s` does not say how many addresses must be up",
                      compile_text(job, SPEC_KEY_ADDRESSES_UP));
    else if (up->from && !spread->all && up->is_own)
        compile_wrong(job, up->from->pos, "write addresses = \"all\";",
                      "`addresses_up` is of a check of all addresses");
    if (!spread->all)
        *up = (struct merge_value){0};
}

void
compile_http(struct compile_job *job)
{
    compile_spread(job);
    compile_request(job, &job->spec->of.http.request);
    compile_meet(job);
}
