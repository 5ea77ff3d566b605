/*
 * The head of a request: what makes it ours and findable in the target's own
 * traces, then what the check configured.  A host that is not the request's own
 * origin gets none of the latter but the harmless ones: who knows which of the
 * others is a key.
 */
#include "checks/exchange_priv.h"

#include <string.h>

#include "base/digest.h"
#include "base/id.h"
#include "base/str.h"
#include "checks/engine_priv.h"
#include "checks/scope.h"
#include "checks/spec.h"

#define SPAN_BYTES 8 /* of a traceparent's span */

#define VERSION "0.1"

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

/* True when the check itself gives header `name`. */
static bool
has_header(const struct spec_request *request, const char *name)
{
    for (size_t i = 0; i < request->headers.count; i++)
        if (str_eq_nocase(request->headers.item[i].name, name))
            return true;
    return false;
}

static void
add_correlation(struct buf *text, const struct id *run)
{
    uint8_t span[SPAN_BYTES];
    char span_text[2 * SPAN_BYTES + 1];
    char id[ID_TEXT_MAX];

    digest_random(span, sizeof(span));
    str_hex(span_text, span, sizeof(span));
    (void)id_format(id, run);
    buf_addf(text, "traceparent: 00-%s-%s-01%c", id, span_text, '\0');
    buf_addf(text, "X-Request-Id: %s%c", id, '\0');
}

static void
add_own(struct buf *text, const struct scope *scope,
        const struct spec_request *request)
{
    const struct engine *engine = scope->engine;
    const char *url = engine->public_url;

    if (!has_header(request, "user-agent"))
        buf_addf(text,
                 "User-Agent: picket/" VERSION " (check=%s; region=%s%s%s)%c",
                 scope->spec->name, engine->region, url != NULL ? "; +" : "",
                 url != NULL ? url : "", '\0');
    if (!has_header(request, "accept"))
        buf_addf(text, "Accept: */*%c", '\0');
}

static void
add_configured(struct buf *text, const struct spec_request *request,
               unsigned told)
{
    for (size_t i = 0; i < request->headers.count; i++) {
        const struct spec_field *field = &request->headers.item[i];
        bool goes = is_content(field->name) ? (told & EXCHANGE_CONTENT) != 0
                                            : (told & EXCHANGE_ALL) != 0 ||
                                                  is_harmless(field->name);

        if (goes)
            buf_addf(text, "%s: %s%c", field->name, field->value, '\0');
    }
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

int
exchange_head_build(struct exchange_head *head, const struct scope *scope,
                    const struct spec_request *request, unsigned told)
{
    size_t count = 0;

    buf_reset(&head->text);
    head->line[0] = NULL;
    add_correlation(&head->text, &scope->run);
    add_own(&head->text, scope, request);
    add_configured(&head->text, request, told);
    if (head->text.failed)
        return -1;
    for (size_t at = 0; at < head->text.len; count++) {
        if (count == EXCHANGE_HEADERS_MAX)
            return -1;
        head->line[count] = buf_text(&head->text) + at;
        at += strlen(head->line[count]) + 1;
    }
    head->line[count] = NULL;
    return 0;
}
