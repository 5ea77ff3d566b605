#include "tests/lib/check_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/expr.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/trust.h"
#include "checks/check.h"
#include "checks/engine.h"
#include "checks/subject.h"
#include "checks/template.h"
#include "tests/lib/tiny_server.h"

void
check_bed_open_with(struct check_bed *bed, enum spec_kind kind, const char *ca,
                    const char *resolvers)
{
    static char loopback[] = "127.0.0.0/8";
    static char name[] = "bed";
    char why[200] = "";
    struct engine_opts opts = {.region = "here",
                               .resolvers = resolvers,
                               .public_url = "https://status.example"};

    memset(bed, 0, sizeof(*bed));
    bed->loop = loop_create();
    bed->trust = trust_create("", ca, why, sizeof(why));
    assert_string_equal(why, "");
    opts.loop = bed->loop;
    opts.trust = bed->trust;
    bed->engine = engine_create(&opts);
    assert_non_null(bed->engine);
    bed->allow[0] = loopback;
    bed->spec = (struct spec){
        .refs = 1,
        .name = name,
        .kind = kind,
        .timeout_ns = 5 * NS_PER_S,
        .target = bed->target,
        .net = {.allow = {bed->allow, 1}},
        .expect = {bed->expect, 0},
        .degraded_when = {bed->degraded, 0},
    };
    if (kind == SPEC_HTTP) {
        static char get[] = "GET";

        bed->spec.of.http.request.method = get;
        bed->spec.of.http.request.redirects_max = 10;
        bed->spec.net.compressed = true;
    }
}

void
check_bed_open(struct check_bed *bed, enum spec_kind kind, const char *ca)
{
    check_bed_open_with(bed, kind, ca, "127.0.0.1:9");
}

void
check_bed_drop(struct spec_exprs *exprs)
{
    for (size_t i = 0; i < exprs->count; i++)
        expr_free(exprs->item[i]);
    exprs->count = 0;
}

static void
drop_request(struct spec_request *request)
{
    for (size_t i = 0; i < request->headers.count; i++) {
        free(request->headers.item[i].name);
        template_free(request->headers.item[i].value);
    }
    request->headers.count = 0;
    template_free(request->url);
    template_free(request->body);
    template_free(request->auth.user);
    template_free(request->auth.password);
}

void
check_bed_close(struct check_bed *bed)
{
    check_bed_drop(&bed->spec.expect);
    check_bed_drop(&bed->spec.degraded_when);
    template_free(bed->spec.net.key);
    if (bed->spec.kind == SPEC_HTTP)
        drop_request(&bed->spec.of.http.request);
    assert_int_equal(bed->spec.refs, 1);
    result_free(bed->result);
    engine_free(bed->engine);
    trust_free(bed->trust);
    loop_free(bed->loop);
}

void
check_bed_add(struct check_bed *bed, struct spec_exprs *exprs, const char *text)
{
    struct expr_error error = {0};
    size_t count;
    const struct expr_subject *table = subject_table(bed->spec.kind, &count);
    struct expr *expr = expr_parse(text, table, count, &error);

    if (expr == NULL)
        fail_msg("%s: %s", text, error.message);
    assert_true(exprs->count < CHECK_BED_EXPRS);
    exprs->item[exprs->count++] = expr;
}

void
check_bed_expect(struct check_bed *bed, const char *text)
{
    check_bed_add(bed, &bed->spec.expect, text);
}

void
check_bed_set(struct template **to, const char *text)
{
    struct template_error error;
    struct template *made = template_parse(text, &error);

    if (made == NULL)
        fail_msg("%s: %s", text, error.message);
    template_free(*to);
    *to = made;
}

void
check_bed_endpoint(struct check_bed *bed, const char *host, uint16_t port)
{
    (void)snprintf(bed->target, sizeof(bed->target), "%s", host);
    bed->spec.of.endpoint =
        (struct spec_endpoint){.host = bed->target, .port = port};
}

void
check_bed_url(struct check_bed *bed, const char *scheme, uint16_t port,
              const char *path)
{
    (void)snprintf(bed->target, sizeof(bed->target), "%s://127.0.0.1:%u%s",
                   scheme, port, path);
    check_bed_set(&bed->spec.of.http.request.url, bed->target);
}

void
check_bed_header(struct check_bed *bed, const char *name, const char *value)
{
    struct spec_fields *headers = &bed->spec.of.http.request.headers;
    struct spec_field *field = &bed->field[headers->count++];

    headers->item = bed->field;
    *field = (struct spec_field){.name = str_xdup(name)};
    check_bed_set(&field->value, value);
}

void
check_bed_on_done(void *cookie, const struct result *result)
{
    struct check_bed *bed = cookie;

    assert_null(bed->result);
    bed->result = result_copy(result);
    loop_stop(bed->loop);
}

const struct result *
check_bed_run(struct check_bed *bed)
{
    struct check_run run = {.slot = {1000}};
    struct check *check;

    result_free(bed->result);
    bed->result = NULL;
    check = check_start(bed->engine, &bed->spec, &run, check_bed_on_done, bed);
    assert_non_null(check);
    assert_null(bed->result); /* never from inside */
    assert_int_equal(engine_running(bed->engine), 1);
    loop_run(bed->loop);
    assert_non_null(bed->result);
    assert_int_equal(engine_running(bed->engine), 0);
    assert_true(bed->result->us[PHASE_TOTAL] >= 0);
    return bed->result;
}

void
check_bed_reason(struct check_bed *bed, enum status status, const char *reason)
{
    const struct result *r = check_bed_run(bed);
    const char *name = reason_name(r->reason);

    if (r->status != status || strcmp(name ? name : "none", reason) != 0)
        fail_msg("want %s %s, got %s %s: %s", result_status_name(status),
                 reason, result_status_name(r->status), name ? name : "none",
                 r->message ? r->message : "");
}

const char *
check_bed_text(const struct check_bed *bed, enum fact fact)
{
    const struct result_fact *found = result_find(bed->result, fact);

    return found != NULL && found->text != NULL ? found->text : "(none)";
}

int64_t
check_bed_int(const struct check_bed *bed, enum fact fact)
{
    const struct result_fact *found = result_find(bed->result, fact);

    return found != NULL ? found->num : -1;
}

void
check_bed_evidence(const struct check_bed *bed, const char *part)
{
    if (bed->result->evidence == NULL ||
        strstr(bed->result->evidence, part) == NULL)
        fail_msg("no `%s` in %s", part,
                 bed->result->evidence ? bed->result->evidence : "(none)");
}

uint16_t
check_bed_closed_port(void)
{
    struct tiny tiny = {0};

    tiny_start(&tiny);
    tiny_stop(&tiny);
    return tiny.port;
}
