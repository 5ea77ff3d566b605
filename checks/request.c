/*
 * The URL comes first: which secrets may be sent depends on where it leads.  So
 * it is sketched with its secrets left out, which have no place in a host, and
 * made once the origin is known; should a value have led it elsewhere after
 * all, it is not sent.
 */
#include "checks/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/engine_priv.h"
#include "checks/spec.h"

#define JSON_TYPE "application/json"

/* Drawn when the first text needs it: most checks have none that does. */
static const struct template_moment *
moment_of(struct request *r)
{
    if (r->moment.now.ms == 0)
        r->moment = template_moment(loop_wall(r->scope->engine->loop));
    return &r->moment;
}

enum reason
request_expand(struct request *r, const struct template *tpl,
               enum template_context context, struct buf *out,
               char why[TEMPLATE_WHY_MAX])
{
    struct scope_place place = {
        .context = context,
        .origin = r->origin,
        .moment = moment_of(r),
        .is_chosen = r->is_chosen,
    };

    return scope_expand(r->scope, tpl, &place, out, why);
}

/* A text as it stands in the spec, or made; NULL stays NULL. */
static enum reason
fill(struct request *r, enum request_text which, const struct template *tpl,
     enum template_context context, char why[TEMPLATE_WHY_MAX])
{
    struct buf *out = &r->made[which];
    enum reason reason;

    if (tpl == NULL)
        return REASON_NONE;
    r->text[which] = template_text(tpl);
    if (scope_is_literal(tpl))
        return REASON_NONE;
    reason = request_expand(r, tpl, context, out, why);
    r->text[which] = buf_text(out);
    return reason;
}

/* ---- where ---- */

static enum reason
bad_url(const struct request *r, const char *url, char why[TEMPLATE_WHY_MAX])
{
    /* Last, as a mask finds a value that the end of a message cuts. */
    (void)snprintf(why, TEMPLATE_WHY_MAX, "no http or https URL: %s", url);
    return r->is_chosen ? REASON_SAVE_INVALID : REASON_LOCAL_CONFIG;
}

static enum reason
find_origin(struct request *r, char why[TEMPLATE_WHY_MAX])
{
    struct scope_place place = {
        .context = TEMPLATE_IN_URL,
        .moment = moment_of(r),
        .is_sketch = true,
    };
    struct buf sketch;
    enum reason reason;

    buf_init(&sketch, URL_MAX);
    reason = scope_expand(r->scope, r->spec->url, &place, &sketch, why);
    if (reason == REASON_NONE && url_parse(&r->at, buf_text(&sketch)) < 0)
        reason = bad_url(r, buf_text(&sketch), why);
    if (reason == REASON_NONE)
        (void)url_format_origin(r->origin, &r->at);
    buf_free(&sketch);
    return reason;
}

static enum reason
make_url(struct request *r, char why[TEMPLATE_WHY_MAX])
{
    enum reason reason;
    struct url at;

    if (scope_is_literal(r->spec->url)) {
        r->text[REQUEST_URL] = template_text(r->spec->url);
        if (url_parse(&r->at, r->text[REQUEST_URL]) == 0) {
            (void)url_format_origin(r->origin, &r->at);
            return REASON_NONE;
        }
        return bad_url(r, r->text[REQUEST_URL], why);
    }
    r->is_chosen = scope_picks_origin(r->scope, r->spec->url);
    reason = find_origin(r, why);
    if (reason == REASON_NONE)
        reason = fill(r, REQUEST_URL, r->spec->url, TEMPLATE_IN_URL, why);
    if (reason == REASON_NONE && (url_parse(&at, r->text[REQUEST_URL]) < 0 ||
                                  !url_eq_origin(&at, &r->at)))
        reason = bad_url(r, template_text(r->spec->url), why);
    return reason;
}

/* ---- what ---- */

static enum reason
too_large(char why[TEMPLATE_WHY_MAX])
{
    (void)snprintf(why, TEMPLATE_WHY_MAX, "the body is over %zu bytes",
                   REQUEST_BODY_MAX);
    return REASON_LOCAL_LIMIT;
}

static enum reason
make_form(struct request *r, char why[TEMPLATE_WHY_MAX])
{
    const struct spec_fields *fields = &r->spec->fields;
    struct buf *out = &r->made[REQUEST_BODY];
    enum reason reason = REASON_NONE;
    struct buf one;

    buf_init(&one, TEMPLATE_TEXT_MAX);
    for (size_t i = 0; i < fields->count && reason == REASON_NONE; i++) {
        const struct spec_field *field = &fields->item[i];

        buf_reset(&one);
        reason = request_expand(r, field->value, TEMPLATE_IN_TEXT, &one, why);
        out->wipes = out->wipes || one.wipes;
        if (reason == REASON_NONE &&
            body_add_field(out, field->name, buf_text(&one), one.len) < 0)
            reason = too_large(why);
    }
    buf_free(&one);
    (void)str_copy(r->type, sizeof(r->type), BODY_FORM_TYPE);
    return reason;
}

/* A part's content into `out`, which lives as long as the part. */
static enum reason
make_part(struct request *r, const struct spec_field *field, struct buf *out,
          char why[TEMPLATE_WHY_MAX])
{
    uint8_t *bytes;
    size_t len;

    if (!field->is_base64)
        return request_expand(r, field->value, TEMPLATE_IN_TEXT, out, why);
    bytes = str_unbase64(template_text(field->value), &len);
    if (bytes != NULL)
        (void)buf_add(out, bytes, len);
    free(bytes);
    return REASON_NONE;
}

static enum reason
make_parts(struct request *r, char why[TEMPLATE_WHY_MAX])
{
    const struct spec_fields *fields = &r->spec->fields;
    struct buf *out = &r->made[REQUEST_BODY];
    struct body_part *parts = str_xcalloc(fields->count + 1, sizeof(*parts));
    struct buf *content = str_xcalloc(fields->count + 1, sizeof(*content));
    enum reason reason = REASON_NONE;

    for (size_t i = 0; i < fields->count; i++)
        buf_init(&content[i], TEMPLATE_TEXT_MAX);
    for (size_t i = 0; i < fields->count && reason == REASON_NONE; i++) {
        const struct spec_field *field = &fields->item[i];

        reason = make_part(r, field, &content[i], why);
        out->wipes = out->wipes || content[i].wipes;
        parts[i] = (struct body_part){
            .name = field->name,
            .filename = field->file_name,
            .type = field->type,
            .content = buf_text(&content[i]),
            .len = content[i].len,
        };
    }
    if (reason == REASON_NONE &&
        body_add_parts(out, parts, fields->count, r->type) < 0)
        reason = too_large(why);
    for (size_t i = 0; i < fields->count; i++)
        buf_free(&content[i]);
    free(content);
    free(parts);
    return reason;
}

static enum reason
make_body(struct request *r, char why[TEMPLATE_WHY_MAX])
{
    const struct template *text = r->spec->body;
    struct buf *made = &r->made[REQUEST_BODY];
    enum reason reason = REASON_NONE;

    switch (r->spec->body_type) {
    case SPEC_BODY_NONE:
        return REASON_NONE;
    case SPEC_BODY_TEXT:
        reason = fill(r, REQUEST_BODY, text, TEMPLATE_IN_TEXT, why);
        break;
    case SPEC_BODY_JSON:
        reason = fill(r, REQUEST_BODY, text, TEMPLATE_IN_JSON, why);
        (void)str_copy(r->type, sizeof(r->type), JSON_TYPE);
        break;
    case SPEC_BODY_FORM:
        reason = make_form(r, why);
        r->text[REQUEST_BODY] = buf_text(made);
        break;
    case SPEC_BODY_MULTIPART:
        reason = make_parts(r, why);
        r->text[REQUEST_BODY] = buf_text(made);
        break;
    }
    r->body_len = made->len > 0 ? made->len : strlen(r->text[REQUEST_BODY]);
    return reason;
}

/* A name and a password for somebody else than the target: the secrets in them
 * have to be for him. */
static enum reason
fill_pair(struct request *r, const char *url, enum request_text first,
          const struct template *const pair[2], char why[TEMPLATE_WHY_MAX])
{
    char own[URL_ORIGIN_MAX];
    bool is_chosen = r->is_chosen;
    struct url other;
    enum reason reason;

    memcpy(own, r->origin, sizeof(own));
    r->origin[0] = '\0';
    r->is_chosen = false;
    if (url_parse(&other, url) == 0)
        (void)url_format_origin(r->origin, &other);
    reason = fill(r, first, pair[0], TEMPLATE_IN_HEADER, why);
    if (reason == REASON_NONE)
        reason = fill(r, first + 1, pair[1], TEMPLATE_IN_HEADER, why);
    memcpy(r->origin, own, sizeof(own));
    r->is_chosen = is_chosen;
    return reason;
}

static enum reason
make_auth(struct request *r, char why[TEMPLATE_WHY_MAX])
{
    const struct spec_auth *auth = &r->spec->auth;
    const struct template *const client[] = {auth->user, auth->password};
    enum reason reason;

    if (auth->type == SPEC_AUTH_OAUTH2)
        return fill_pair(r, auth->token_url, REQUEST_USER, client, why);
    if (auth->type != SPEC_AUTH_BASIC && auth->type != SPEC_AUTH_DIGEST)
        return REASON_NONE;
    reason = fill(r, REQUEST_USER, auth->user, TEMPLATE_IN_HEADER, why);
    if (reason == REASON_NONE)
        reason =
            fill(r, REQUEST_PASSWORD, auth->password, TEMPLATE_IN_HEADER, why);
    return reason;
}

static enum reason
make_proxy(struct request *r, char why[TEMPLATE_WHY_MAX])
{
    const struct spec_net *net = &r->scope->spec->net;
    const struct template *const pair[] = {net->proxy_user,
                                           net->proxy_password};

    const char *at = net->proxy != NULL ? strstr(net->proxy, "://") : NULL;
    char *as_http;
    enum reason reason;

    if (at == NULL)
        return REASON_NONE;
    /* Its origin is that of http, also when it speaks SOCKS. */
    as_http = str_xprintf("http%s", at);
    reason = fill_pair(r, as_http, REQUEST_PROXY_USER, pair, why);
    free(as_http);
    return reason;
}

/* ---- the whole ---- */

enum reason
request_make(struct request *r, struct scope *scope,
             const struct spec_request *spec, char why[TEMPLATE_WHY_MAX])
{
    enum reason reason;

    *r = (struct request){.scope = scope, .spec = spec};
    why[0] = '\0';
    for (size_t i = 0; i < REQUEST_TEXTS; i++)
        buf_init(&r->made[i], TEMPLATE_TEXT_MAX);
    r->made[REQUEST_BODY].max = REQUEST_BODY_MAX;
    reason = make_url(r, why);
    if (reason == REASON_NONE)
        reason = make_body(r, why);
    if (reason == REASON_NONE)
        reason = make_auth(r, why);
    if (reason == REASON_NONE && r->at.is_https)
        reason =
            fill(r, REQUEST_KEY, scope->spec->net.key, TEMPLATE_IN_TEXT, why);
    if (reason == REASON_NONE)
        reason = make_proxy(r, why);
    return reason;
}

void
request_clear(struct request *r)
{
    for (size_t i = 0; i < REQUEST_TEXTS; i++)
        buf_free(&r->made[i]);
}

bool
request_may_repeat(struct request *r, const char *origin,
                   char why[TEMPLATE_WHY_MAX])
{
    const struct spec_fields *fields = &r->spec->fields;

    if (r->spec->body != NULL &&
        !scope_may_tell(r->scope, r->spec->body, origin, why))
        return false;
    for (size_t i = 0; i < fields->count; i++)
        if (!scope_may_tell(r->scope, fields->item[i].value, origin, why))
            return false;
    return true;
}

bool
request_has_header(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->spec->headers.count; i++)
        if (str_eq_nocase(r->spec->headers.item[i].name, name))
            return true;
    return false;
}
