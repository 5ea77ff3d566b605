/*
 * What the four kinds have of their own: the target, and how it is asked.
 */
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/conf.h"
#include "base/str.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define BODY_FILE_MAX ((size_t)256 * 1024) /* travels with the check */
#define DNS_PORT      53
#define TLS_PORT      443

static void
add_fault(struct compile_job *job, const struct conf *from,
          const struct aim_fault *fault)
{
    compile_wrong(job, conf_pos_in(from, fault->offset, fault->len),
                  fault->hint, "%s", fault->why);
}

static bool
is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(text, words[i]))
            return true;
    return false;
}

/* ---- http ---- */

static void
compile_method(struct compile_job *job)
{
    static const char *const methods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                          "PATCH", "DELETE", "OPTIONS"};
    struct spec_http *http = &job->spec->of.http;
    const char *method = compile_text(job, SPEC_KEY_METHOD);
    char *hint;

    http->method = str_xdup(method ? method : http->body ? "POST" : "GET");
    if (is_one_of(http->method, methods, COUNT(methods)))
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

static void
compile_http(struct compile_job *job)
{
    struct spec_http *http = &job->spec->of.http;
    struct aim_fault fault;

    http->url = str_xdup(job->spec->target);
    /* A reference is reported as such, by compile_expect.c. */
    if (!strstr(http->url, "${") && aim_parse_url(http->url, &fault) != 0)
        add_fault(job, job->merge->value[SPEC_KEY_HTTP].from, &fault);
    compile_body(job);
    compile_method(job);
    compile_headers(job);
    http->redirects_max = (int)compile_number(job, SPEC_KEY_REDIRECTS);
    http->header_max = (size_t)compile_number(job, SPEC_KEY_HEADER_MAX);
    http->body_max = (size_t)compile_number(job, SPEC_KEY_BODY_MAX);
}

/* ---- dns ---- */

static void
compile_record(struct compile_job *job)
{
    static const char *const records[] = {"A",   "AAAA", "CNAME", "MX",
                                          "TXT", "NS",   "SOA"};
    char *record = str_xdup(compile_text(job, SPEC_KEY_RECORD));

    for (char *at = record; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    if (!is_one_of(record, records, COUNT(records)))
        compile_wrong(job, compile_pos(job, SPEC_KEY_RECORD),
                      "A, AAAA, CNAME, MX, TXT, NS or SOA",
                      "records of type `%s` are not in this version", record);
    job->spec->of.dns.record = record;
}

static void
check_server(struct compile_job *job, const char *server, struct diag_pos pos)
{
    struct addr addr;
    bool is_later = str_eq(server, "authoritative") || strstr(server, "://") ||
                    str_starts(server, "tls:");

    if (str_eq(server, "system") || addr_parse(&addr, server, DNS_PORT) == 0)
        return;
    compile_wrong(job, pos, "`system` or IP[:PORT]",
                  is_later ? "asking `%s` is not in this version"
                           : "`%s` is no server to ask",
                  server);
}

static void
compile_dns(struct compile_job *job)
{
    struct spec_dns *dns = &job->spec->of.dns;
    const struct conf *ask = job->merge->value[SPEC_KEY_ASK].from;
    const struct conf *n = ask && ask->type == CONF_ARRAY ? ask->first : NULL;
    struct aim_fault fault;

    dns->name = str_xdup(job->spec->target);
    if (aim_parse_name(dns->name, &fault) != 0)
        add_fault(job, job->merge->value[SPEC_KEY_DNS].from, &fault);
    compile_record(job);
    compile_list(job, SPEC_KEY_ASK, &dns->ask);
    if (dns->ask.count == 0)
        compile_wrong(job, compile_pos(job, SPEC_KEY_ASK),
                      "write [ \"system\" ]", "`ask` names no server");
    for (size_t i = 0; i < dns->ask.count; i++) {
        check_server(job, dns->ask.item[i],
                     n ? n->value : compile_pos(job, SPEC_KEY_ASK));
        n = n ? n->next : NULL;
    }
}

/* ---- tls and tcp ---- */

static void
compile_endpoint(struct compile_job *job, enum spec_key key, uint16_t port)
{
    struct spec_endpoint *to = &job->spec->of.endpoint;
    char host[AIM_HOST_MAX] = "";
    struct aim_fault fault;

    to->port = port;
    if (aim_parse_endpoint(job->spec->target, host, &to->port, &fault) != 0)
        add_fault(job, job->merge->value[key].from, &fault);
    to->host = str_xdup(host);
    to->sni = str_xdup(compile_text(job, SPEC_KEY_SNI));
}

void
compile_kind(struct compile_job *job)
{
    enum spec_key key = (enum spec_key)job->spec->kind;

    job->spec->target = str_xdup(compile_text(job, key));
    switch (job->spec->kind) {
    case SPEC_HTTP:
        compile_http(job);
        break;
    case SPEC_DNS:
        compile_dns(job);
        break;
    case SPEC_TLS:
        compile_endpoint(job, SPEC_KEY_TLS, TLS_PORT);
        break;
    case SPEC_TCP:
        compile_endpoint(job, SPEC_KEY_TCP, 0);
        break;
    }
}
