/*
 * The head of a request: what makes it ours and findable in the target's own
 * traces, then what the check configured.  A host that is not the request's own
 * origin gets none of the latter but the harmless ones: who knows which of the
 * others is a key.
 */
#include "checks/exchange_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/engine_priv.h"
#include "checks/head_lines.h"
#include "checks/jar.h"
#include "checks/request.h"
#include "checks/scope.h"
#include "checks/spec.h"

#define LINES_OURS 7 /* Accept, and what stands beside it */

_Static_assert(SPEC_HEADERS_MAX + LINES_OURS <= EXCHANGE_HEADERS_MAX,
               "a check's own headers fit");

static bool
is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(names[i], name))
            return true;
    return false;
}

static bool
is_harmless(const char *name)
{
    static const char *const names[] = {"accept", "accept-language",
                                        "accept-encoding", "user-agent"};

    return is_one_of(name, names, sizeof(names) / sizeof(names[0]));
}

/* Goes where the body goes, and nowhere else. */
static bool
is_content(const char *name)
{
    static const char *const names[] = {"content-type", "content-encoding",
                                        "content-language"};

    return is_one_of(name, names, sizeof(names) / sizeof(names[0]));
}

static void
add_own(struct buf *text, const struct request *request)
{
    head_lines_add_own(text, request->scope,
                       request_has_header(request, "user-agent"));
    if (!request_has_header(request, "accept"))
        head_lines_add(text, "Accept", "*/*");
}

/* What stands in the value has to be harmless, too. */
static bool
goes(const struct spec_field *field, unsigned told)
{
    if (str_eq_nocase(field->name, "cookie"))
        return false; /* add_cookies() */
    if (is_content(field->name) && (told & EXCHANGE_CONTENT) == 0)
        return false;
    if ((told & EXCHANGE_ALL) != 0)
        return true;
    return (is_harmless(field->name) || is_content(field->name)) &&
           scope_is_literal(field->value);
}

static enum reason
add_value(struct buf *text, struct request *request, const struct template *tpl,
          char why[TEMPLATE_WHY_MAX])
{
    if (!scope_is_literal(tpl))
        return request_expand(request, tpl, TEMPLATE_IN_HEADER, text, why);
    buf_add_str(text, template_text(tpl));
    return REASON_NONE;
}

static enum reason
add_configured(struct buf *text, struct request *request, unsigned told,
               char why[TEMPLATE_WHY_MAX])
{
    const struct spec_fields *headers = &request->spec->headers;
    enum reason reason = REASON_NONE;

    for (size_t i = 0; i < headers->count && reason == REASON_NONE; i++) {
        const struct spec_field *field = &headers->item[i];

        if (!goes(field, told))
            continue;
        buf_add_str(text, field->name);
        buf_add_str(text, ": ");
        reason = add_value(text, request, field->value, why);
        buf_add_char(text, '\0');
    }
    return reason;
}

static void
add_type(struct buf *text, const struct request *request, unsigned told)
{
    if ((told & EXCHANGE_CONTENT) != 0 && request->type[0] != '\0' &&
        !request_has_header(request, "content-type"))
        head_lines_add(text, "Content-Type", request->type);
}

static enum reason
add_bearer(struct buf *text, struct request *request,
           const struct exchange_hop *hop, char why[TEMPLATE_WHY_MAX])
{
    const struct spec_auth *auth = &request->spec->auth;
    enum reason reason = REASON_NONE;

    if ((hop->told & EXCHANGE_ALL) == 0 ||
        (auth->type != SPEC_AUTH_BEARER && hop->token == NULL))
        return REASON_NONE;
    buf_add_str(text, "Authorization: Bearer ");
    if (hop->token != NULL) {
        text->wipes = true;
        buf_add_str(text, hop->token);
    } else {
        reason = add_value(text, request, auth->password, why);
    }
    buf_add_char(text, '\0');
    return reason;
}

static enum reason
collect_cookies(struct buf *line, struct request *request,
                const struct exchange_hop *hop, char why[TEMPLATE_WHY_MAX])
{
    const struct spec_fields *headers = &request->spec->headers;
    struct scope *scope = request->scope;
    enum reason reason = REASON_NONE;
    struct buf more;

    for (size_t i = 0; i < headers->count && reason == REASON_NONE; i++) {
        if ((hop->told & EXCHANGE_ALL) == 0 ||
            !str_eq_nocase(headers->item[i].name, "cookie"))
            continue;
        if (line->len > 0)
            buf_add_str(line, "; ");
        reason = add_value(line, request, headers->item[i].value, why);
    }
    if (reason != REASON_NONE || scope->jar == NULL)
        return reason;
    buf_init_wiping(&more, EXCHANGE_HEAD_MAX);
    (void)jar_format(scope->jar, hop->url, loop_wall(scope->engine->loop),
                     &more);
    if (line->len > 0 && more.len > 0)
        buf_add_str(line, "; ");
    buf_add(line, more.data, more.len);
    buf_free(&more);
    return REASON_NONE;
}

/* Those the check gives, for its own origin, and those of the run, in one line
 * (RFC 6265, 5.4). */
static enum reason
add_cookies(struct exchange_head *head, struct request *request,
            const struct exchange_hop *hop, char why[TEMPLATE_WHY_MAX])
{
    enum reason reason;
    struct buf line;

    head->cookies = 0;
    if (request->scope->jar == NULL && !request_has_header(request, "cookie"))
        return REASON_NONE;
    buf_init_wiping(&line, EXCHANGE_HEAD_MAX);
    reason = collect_cookies(&line, request, hop, why);
    if (reason == REASON_NONE && line.len > 0) {
        head->text.wipes = true;
        head->text.failed = head->text.failed || line.failed;
        head->cookies = id_hash(buf_text(&line));
        head_lines_add(&head->text, "Cookie", buf_text(&line));
    }
    buf_free(&line);
    return reason;
}

void
exchange_head_init(struct exchange_head *head)
{
    buf_init(&head->text, EXCHANGE_HEAD_MAX);
    head->line[0] = NULL;
}

void
exchange_head_clear(struct exchange_head *head)
{
    buf_free(&head->text);
}

static enum reason
too_much(char why[TEMPLATE_WHY_MAX])
{
    (void)snprintf(why, TEMPLATE_WHY_MAX,
                   "over %d headers, or %d bytes of them", EXCHANGE_HEADERS_MAX,
                   EXCHANGE_HEAD_MAX);
    return REASON_LOCAL_CONFIG;
}

/* The lines as the list that fetch takes. */
static enum reason
list_lines(struct exchange_head *head, char why[TEMPLATE_WHY_MAX])
{
    size_t count = 0;

    if (head->text.failed)
        return too_much(why);
    for (size_t at = 0; at < head->text.len; count++) {
        if (count == EXCHANGE_HEADERS_MAX)
            return too_much(why);
        head->line[count] = buf_text(&head->text) + at;
        at += strlen(head->line[count]) + 1;
    }
    head->line[count] = NULL;
    return REASON_NONE;
}

enum reason
exchange_head_build(struct exchange_head *head, struct request *request,
                    const struct exchange_hop *hop, char why[TEMPLATE_WHY_MAX])
{
    struct buf *text = &head->text;
    enum reason reason;

    buf_reset(text);
    head->line[0] = NULL;
    add_own(text, request);
    reason = add_configured(text, request, hop->told, why);
    if (reason == REASON_NONE)
        reason = add_bearer(text, request, hop, why);
    add_type(text, request, hop->told);
    if (reason == REASON_NONE)
        reason = add_cookies(head, request, hop, why);
    return reason != REASON_NONE ? reason : list_lines(head, why);
}
