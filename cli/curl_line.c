#include "cli/curl_line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "checks/spec.h"
#include "checks/spec_http.h"
#include "checks/template.h"

#define SOCKS    "socks5://"
#define BODY_MAX 400 /* bytes of a body that are still read by somebody */

/* In single quotes nothing means anything to a shell but the quote itself. */
void
curl_line_quote(struct buf *out, const char *text)
{
    (void)buf_add_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            (void)buf_add_str(out, "'\\''");
        else
            (void)buf_add_char(out, *text);
    }
    (void)buf_add_char(out, '\'');
}

static void
add_option(struct buf *out, const char *option, const char *text)
{
    (void)buf_addf(out, " %s ", option);
    curl_line_quote(out, text);
}

static void
add_pair(struct buf *out, const char *option, const char *a, const char *glue,
         const char *b)
{
    char *pair = str_xprintf("%s%s%s", a, glue, b);

    add_option(out, option, pair);
    free(pair);
}

static void
add_auth(struct buf *out, const struct spec_auth *auth)
{
    switch (auth->type) {
    case SPEC_AUTH_NONE:
        break;
    case SPEC_AUTH_DIGEST:
        (void)buf_add_str(out, " --digest");
        add_pair(out, "-u", template_text(auth->user), ":",
                 template_text(auth->password));
        break;
    case SPEC_AUTH_BASIC:
        add_pair(out, "-u", template_text(auth->user), ":",
                 template_text(auth->password));
        break;
    case SPEC_AUTH_BEARER:
        add_pair(out, "-H", "Authorization: Bearer ", "",
                 template_text(auth->password));
        break;
    case SPEC_AUTH_OAUTH2:
        add_pair(out, "-H", "Authorization: Bearer ", "",
                 "${token of the client}");
        break;
    }
}

/* As curl reads it back: in double quotes, where `;` means nothing. */
static char *
in_quotes(const char *text)
{
    struct buf quoted;

    buf_init(&quoted, strlen(text) * 2 + 3);
    (void)buf_add_char(&quoted, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            (void)buf_add_char(&quoted, '\\');
        (void)buf_add_char(&quoted, *text);
    }
    (void)buf_add_char(&quoted, '"');
    return (char *)buf_take(&quoted, NULL);
}

/* A part that is sent as a file; what nobody would read stands as FILE. */
static void
add_file(struct buf *out, const struct spec_field *field)
{
    const char *text = template_text(field->value);
    bool is_long = field->is_base64 || strlen(text) > BODY_MAX;
    char *content = is_long ? str_xdup("@FILE") : in_quotes(text);
    char *name = in_quotes(field->file_name);
    char *part = str_xprintf("%s=%s;type=%s;filename=%s", field->name, content,
                             field->type, name);

    add_option(out, "-F", part);
    free(part);
    free(name);
    free(content);
}

static void
add_fields(struct buf *out, const struct spec_request *request)
{
    for (size_t i = 0; i < request->fields.count; i++) {
        const struct spec_field *field = &request->fields.item[i];

        if (request->body_type == SPEC_BODY_FORM)
            add_pair(out, "--data-urlencode", field->name, "=",
                     template_text(field->value));
        else if (field->file_name != NULL)
            add_file(out, field);
        else
            add_pair(out, "--form-string", field->name, "=",
                     template_text(field->value));
    }
}

/* To curl `Name:` is one to leave out, `Name;` one that is empty. */
static void
add_header(struct buf *out, const struct spec_field *header)
{
    const char *value = template_text(header->value);

    if (value[0] == '\0')
        add_pair(out, "-H", header->name, "", ";");
    else
        add_pair(out, "-H", header->name, ": ", value);
}

static bool
has_header(const struct spec_request *request, const char *name)
{
    for (size_t i = 0; i < request->headers.count; i++)
        if (str_eq_nocase(request->headers.item[i].name, name))
            return true;
    return false;
}

/* These say how long their body is, also of none. */
static bool
has_length(const struct spec_request *request)
{
    return str_eq(request->method, "POST") || str_eq(request->method, "PUT") ||
           str_eq(request->method, "PATCH");
}

/* Left to itself curl calls every text a form. */
static const char *
content_type(const struct spec_request *request)
{
    bool is_empty = request->body_type == SPEC_BODY_NONE && has_length(request);

    if (has_header(request, "content-type"))
        return NULL;
    if (request->body_type == SPEC_BODY_JSON)
        return "Content-Type: application/json";
    return is_empty || request->body_type == SPEC_BODY_TEXT ? "Content-Type:"
                                                            : NULL;
}

static void
add_body(struct buf *out, const struct spec_request *request)
{
    const char *type = content_type(request);

    if (type != NULL)
        add_option(out, "-H", type);
    if (request->body_type == SPEC_BODY_NONE && has_length(request))
        add_option(out, "--data-raw", "");
    if (request->body != NULL &&
        strlen(template_text(request->body)) <= BODY_MAX)
        add_option(out, "--data-raw", template_text(request->body));
    else if (request->body != NULL)
        (void)buf_add_str(out, " --data-binary @BODY");
    add_fields(out, request);
}

/* Names are the proxy's to look up, as they are for a check. */
static void
add_proxy(struct buf *out, const struct spec_net *net)
{
    bool is_socks = str_starts(net->proxy, SOCKS);

    add_pair(out, "-x", is_socks ? "socks5h://" : "", "",
             net->proxy + (is_socks ? strlen(SOCKS) : 0));
    if (net->proxy_user != NULL)
        add_pair(out, "-U", template_text(net->proxy_user), ":",
                 net->proxy_password != NULL
                     ? template_text(net->proxy_password)
                     : "");
}

static void
add_net(struct buf *out, const struct spec_net *net, const char *url)
{
    if (net->http_version == SPEC_HTTP_1_1)
        (void)buf_add_str(out, " --http1.1");
    if (net->http_version == SPEC_HTTP_2)
        (void)buf_add_str(out, str_starts(url, "http://")
                                   ? " --http2-prior-knowledge"
                                   : " --http2");
    if (net->family != RESOLVER_ANY)
        (void)buf_add_str(out, net->family == RESOLVER_V4 ? " -4" : " -6");
    if (net->compressed)
        (void)buf_add_str(out, " --compressed");
    if (net->insecure)
        (void)buf_add_str(out, " -k");
    if (net->ca != NULL)
        (void)buf_add_str(out, " --cacert CA.pem");
    if (net->cert != NULL)
        (void)buf_add_str(out, " --cert CERT.pem --key KEY.pem");
    if (net->proxy != NULL)
        add_proxy(out, net);
    if (net->resolve != NULL)
        add_pair(out, "--connect-to", "::", "", net->resolve);
}

static void
add_address(struct buf *out, const struct curl_line *line)
{
    bool is_v6 = strchr(line->address, ':') != NULL;

    add_pair(out, "--connect-to", is_v6 ? "::[" : "::", line->address,
             is_v6 ? "]:" : ":");
}

/* curl finds out by itself what a body means, but for these. */
static bool
is_method_said(const struct spec_request *request)
{
    bool has_body =
        request->body_type != SPEC_BODY_NONE || str_eq(request->method, "POST");

    return !str_eq(request->method, has_body ? "POST" : "GET");
}

static const struct spec_step *
find_step(const struct spec_journey *journey, const char *name)
{
    for (size_t i = 0; i < journey->step_count; i++)
        if (name == NULL || str_eq(journey->steps[i].name, name))
            return &journey->steps[i];
    return NULL;
}

struct curl_line
curl_line_of(const struct spec *spec, const char *step)
{
    struct curl_line line = {.timeout_ns = spec->timeout_ns};
    const struct spec_step *found;

    if (spec->kind == SPEC_HTTP) {
        line.request = &spec->of.http.request;
        line.address = spec->net.resolve == NULL ? step : NULL;
    }
    if (spec->kind != SPEC_JOURNEY)
        return line;
    found = find_step(&spec->of.journey, step);
    if (found == NULL)
        return line;
    line.request = &found->request;
    if (found->timeout_ns > 0 && found->timeout_ns < line.timeout_ns)
        line.timeout_ns = found->timeout_ns;
    return line;
}

static void
add_timeout(struct buf *out, const struct curl_line *line)
{
    (void)buf_addf(out, " -m %lld",
                   (long long)((line->timeout_ns + NS_PER_S - 1) / NS_PER_S));
}

void
curl_line_add_token(struct buf *out, const struct spec *spec,
                    const struct curl_line *line)
{
    const struct spec_auth *auth = &line->request->auth;

    assert(auth->type == SPEC_AUTH_OAUTH2);
    (void)buf_add_str(out, "curl -sS -i");
    add_timeout(out, line);
    if (spec->net.ca != NULL)
        (void)buf_add_str(out, " --cacert CA.pem");
    if (spec->net.insecure)
        (void)buf_add_str(out, " -k");
    add_option(out, "-H", "Accept: application/json");
    if (!auth->in_body)
        add_pair(out, "-u", template_text(auth->user), ":",
                 template_text(auth->password));
    add_option(out, "--data-urlencode", "grant_type=client_credentials");
    if (auth->scope != NULL)
        add_pair(out, "--data-urlencode", "scope", "=", auth->scope);
    if (auth->audience != NULL)
        add_pair(out, "--data-urlencode", "audience", "=", auth->audience);
    if (auth->in_body) {
        add_pair(out, "--data-urlencode", "client_id", "=",
                 template_text(auth->user));
        add_pair(out, "--data-urlencode", "client_secret", "=",
                 template_text(auth->password));
    }
    (void)buf_add_char(out, ' ');
    curl_line_quote(out, auth->token_url);
}

void
curl_line_add(struct buf *out, const struct spec *spec,
              const struct curl_line *line)
{
    const struct spec_request *request = line->request;
    const char *url = template_text(request->url);

    (void)buf_add_str(out, "curl -sS -i");
    if (strpbrk(url, "[]{}") != NULL)
        (void)buf_add_str(out, " -g"); /* these are no ranges */
    if (is_method_said(request)) {
        if (str_eq(request->method, "HEAD"))
            (void)buf_add_str(out, " -I");
        else
            (void)buf_addf(out, " -X %s", request->method);
    }
    if (request->redirects_max > 0)
        (void)buf_addf(out, " -L --max-redirs %d", request->redirects_max);
    add_timeout(out, line);
    add_net(out, &spec->net, url);
    if (line->address != NULL)
        add_address(out, line);
    add_auth(out, &request->auth);
    for (size_t i = 0; i < request->headers.count; i++)
        add_header(out, &request->headers.item[i]);
    add_body(out, request);
    (void)buf_add_char(out, ' ');
    curl_line_quote(out, url);
}
