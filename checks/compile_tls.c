/*
 * What TLS and TCP checks have of their own: a host and a port to connect to,
 * how TLS is spoken there, and the steps of a dialogue.
 */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/str.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/compile_meet.h"
#include "checks/merge.h"
#include "checks/spec.h"

#define TLS_PORT 443
#define ALPN_MAX 255 /* bytes of a name */

/* ---- the target ---- */

static void
compile_starttls(struct compile_job *job)
{
    const char *name = compile_text(job, SPEC_KEY_STARTTLS);
    const char *names[STARTTLS_KIND_COUNT];
    size_t count = 0;
    char *hint;

    if (!name)
        return;
    job->spec->of.endpoint.starttls = starttls_parse(name);
    if (job->spec->of.endpoint.starttls != STARTTLS_NONE)
        return;
    for (int kind = 1; kind < STARTTLS_KIND_COUNT; kind++)
        names[count++] = starttls_name((enum starttls_kind)kind);
    hint = schema_nearest(name, names, count);
    compile_wrong(job, compile_pos(job, SPEC_KEY_STARTTLS),
                  hint ? hint : STARTTLS_NAMES,
                  "`%s` is no protocol that begins TLS this way", name);
    free(hint);
}

/* `port` 0: it has to be written. */
static void
compile_endpoint(struct compile_job *job, enum spec_key key, uint16_t port)
{
    struct spec_endpoint *to = &job->spec->of.endpoint;
    char host[AIM_HOST_MAX] = "";
    struct aim_fault fault;

    compile_starttls(job);
    to->port = port;
    if (port != 0 && to->starttls != STARTTLS_NONE)
        to->port = starttls_port(to->starttls);
    if (aim_parse_endpoint(job->spec->target, host, &to->port, &fault) != 0)
        compile_aim_fault(job, job->merge->value[key].from, &fault);
    to->host = str_xdup(host);
}

/* ---- how TLS is spoken ---- */

/* The item a list's text stands for: a list may be one text alone. */
static struct diag_pos
item_pos(const struct compile_job *job, enum spec_key key, size_t at)
{
    const struct conf *from = job->merge->value[key].from;
    const struct conf *item =
        from && from->type == CONF_ARRAY ? from->first : from;

    while (at-- > 0 && item)
        item = item->next;
    return item ? item->value : compile_pos(job, key);
}

static void
compile_alpn(struct compile_job *job)
{
    struct spec_list *alpn = &job->spec->of.endpoint.alpn;

    compile_list(job, SPEC_KEY_ALPN, alpn);
    for (size_t i = 0; i < alpn->count; i++) {
        size_t len = strlen(alpn->item[i]);

        if (len == 0 || len > ALPN_MAX)
            compile_wrong(job, item_pos(job, SPEC_KEY_ALPN, i),
                          "write \"h2\", \"http/1.1\"",
                          "the name of an application protocol has 1 to %d "
                          "bytes",
                          ALPN_MAX);
    }
}

static void
compile_pins(struct compile_job *job)
{
    struct spec_endpoint *to = &job->spec->of.endpoint;
    struct spec_list texts = {NULL, 0};

    compile_list(job, SPEC_KEY_PINS, &texts);
    to->pins = str_xcalloc(texts.count + 1, sizeof(*to->pins));
    for (size_t i = 0; i < texts.count; i++)
        if (tls_pin_parse(&to->pins[to->pin_count++], texts.item[i]) != 0)
            compile_wrong(job, item_pos(job, SPEC_KEY_PINS, i),
                          "write \"sha256/BASE64\" (44 characters) or "
                          "\"leaf/HEX\" (64)",
                          "`%s` is no pin", texts.item[i]);
    spec_list_clear(&texts);
}

static void
compile_policy(struct compile_job *job)
{
    struct tls_policy *policy = &job->spec->of.endpoint.policy;

    policy->rsa_bits = (int)compile_number(job, SPEC_KEY_RSA_BITS_MIN);
    policy->ec_bits = (int)compile_number(job, SPEC_KEY_EC_BITS_MIN);
}

void
compile_secured(struct compile_job *job)
{
    job->spec->of.endpoint.sni = str_xdup(compile_text(job, SPEC_KEY_SNI));
    compile_pins(job);
    compile_policy(job);
}

void
compile_tls(struct compile_job *job)
{
    compile_endpoint(job, SPEC_KEY_TLS, TLS_PORT);
    compile_alpn(job);
    compile_secured(job);
    job->spec->of.endpoint.has_tls = true;
    job->spec->of.endpoint.scan = compile_number(job, SPEC_KEY_SCAN) != 0;
}

/* ---- the dialogue ---- */

static void
compile_step(struct compile_job *whole, struct merge *merge,
             struct spec_talk *step)
{
    struct compile_job job = {
        .env = whole->env, .merge = merge, .spec = whole->spec};
    const struct conf *send = merge->value[SPEC_KEY_SEND].from;
    struct spec_exprs none = {NULL, 0};

    step->name = str_xdup(merge->name);
    step->send = send ? str_xdup(send->text) : NULL;
    step->starts_tls = compile_number(&job, SPEC_KEY_SECURE) != 0;
    compile_exprs(&job, (int)whole->spec->kind, &step->expect, &none);
    compile_refs(&job);
    /* A misspelt `send` was reported as such. */
    if (!send && merge->expect.count == 0 &&
        schema_check(&spec_table_talk, merge->check, NULL) == 0)
        compile_wrong(&job, merge->check->pos,
                      whole->spec->kind == SPEC_WS
                          ? "write send = \"...\"; or expect = [ \"message "
                            "...\" ];"
                          : "write send = \"...\"; or expect = [ \"banner "
                            "...\" ];",
                      "the step `%s` neither sends nor expects anything",
                      merge->name);
    whole->has_failed = whole->has_failed || job.has_failed;
}

void
compile_talk(struct compile_job *job)
{
    struct merge_value *v = &job->merge->value[SPEC_KEY_TALK];
    struct spec_endpoint *to = &job->spec->of.endpoint;
    size_t secured = to->has_tls ? 1 : 0;

    to->talk = str_xcalloc(v->step_count + 1, sizeof(*to->talk));
    to->talk_count = v->step_count;
    if (v->step_count > SPEC_TALK_MAX)
        compile_wrong(job, v->from->pos, "make it two checks",
                      "this dialogue has %zu steps, and at most %d fit",
                      v->step_count, SPEC_TALK_MAX);
    for (size_t i = 0; i < v->step_count; i++) {
        compile_step(job, &v->step[i], &to->talk[i]);
        secured += to->talk[i].starts_tls ? 1 : 0;
        if (to->talk[i].starts_tls && secured > 1 &&
            job->spec->kind == SPEC_TCP)
            compile_wrong(job, v->step[i].value[SPEC_KEY_SECURE].from->pos,
                          "take it out",
                          "the connection is inside TLS already");
    }
    to->has_tls = to->has_tls || secured > 0;
}

void
compile_tcp(struct compile_job *job)
{
    struct spec_endpoint *to = &job->spec->of.endpoint;

    compile_endpoint(job, SPEC_KEY_TCP, 0);
    compile_alpn(job);
    compile_secured(job);
    to->is_secured = compile_number(job, SPEC_KEY_SECURE) != 0 ||
                     to->starttls != STARTTLS_NONE;
    to->has_tls = to->is_secured;
    compile_talk(job);
    if (!to->has_tls)
        compile_meet_clear(job, "write secure = true; or starttls = \"...\";");
}
