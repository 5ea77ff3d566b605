#include "checks/head_lines.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/loop.h"
#include "base/random_pool.h"
#include "base/str.h"
#include "base/version.h"
#include "checks/engine_priv.h"
#include "checks/scope.h"
#include "checks/spec.h"

#define SPAN_BYTES 8 /* of a traceparent's span */
#define LINES_OURS 3 /* at most */

static bool
has(const struct spec_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (str_eq_nocase(fields->item[i].name, name))
            return true;
    return false;
}

void
head_lines_add(struct buf *text, const char *name, const char *value)
{
    (void)buf_add_str(text, name);
    (void)buf_add_str(text, ": ");
    (void)buf_add_str(text, value);
    (void)buf_add_char(text, '\0');
}

static void
add_run(struct buf *text, const struct scope *scope)
{
    uint8_t span[SPAN_BYTES];
    char span_text[2 * SPAN_BYTES + 1];
    char id[ID_TEXT_MAX];

    random_pool_get(&scope->engine->random, span, sizeof(span));
    str_hex(span_text, span, sizeof(span));
    (void)id_format(id, &scope->run);
    (void)buf_add_str(text, "traceparent: 00-");
    (void)buf_add_str(text, id);
    (void)buf_add_char(text, '-');
    (void)buf_add_str(text, span_text);
    (void)buf_add_str(text, "-01");
    (void)buf_add_char(text, '\0');
    head_lines_add(text, "X-Request-Id", id);
}

static void
add_agent(struct buf *text, const struct scope *scope)
{
    const char *url = scope->engine->public_url;

    (void)buf_add_str(text, "User-Agent: picket/" VERSION " (check=");
    (void)buf_add_str(text, scope->spec->name);
    (void)buf_add_str(text, "; region=");
    (void)buf_add_str(text, scope->engine->region);
    if (url != NULL) {
        (void)buf_add_str(text, "; +");
        (void)buf_add_str(text, url);
    }
    (void)buf_add_str(text, ")");
    (void)buf_add_char(text, '\0');
}

void
head_lines_add_own(struct buf *text, const struct scope *scope, bool has_agent)
{
    add_run(text, scope);
    if (!has_agent)
        add_agent(text, scope);
}

static enum reason
add_fields(struct buf *text, struct scope *scope,
           const struct spec_fields *fields, const char *origin,
           char why[TEMPLATE_WHY_MAX])
{
    struct template_moment moment =
        template_moment(loop_wall(scope->engine->loop));
    struct scope_place place = {
        .context = TEMPLATE_IN_HEADER, .origin = origin, .moment = &moment};
    enum reason reason = REASON_NONE;

    for (size_t i = 0; i < fields->count && reason == REASON_NONE; i++) {
        (void)buf_addf(text, "%s: ", fields->item[i].name);
        reason = scope_expand(scope, fields->item[i].value, &place, text, why);
        (void)buf_add_char(text, '\0');
    }
    return reason;
}

_Static_assert(SPEC_HEADERS_MAX + LINES_OURS <= HEAD_LINES_MAX,
               "a check's own lines fit beside those of Picket");

/* The lines in the finished text, which does not move any more. */
static void
find_lines(struct head_lines *lines)
{
    const char *text = buf_text(&lines->text);
    size_t count = 0;

    for (size_t at = 0; at < lines->text.len && count < HEAD_LINES_MAX;
         at += strlen(text + at) + 1)
        lines->line[count++] = text + at;
    lines->line[count] = NULL;
}

enum reason
head_lines_make(struct head_lines *lines, struct scope *scope,
                const struct spec_fields *fields, const char *origin,
                char why[TEMPLATE_WHY_MAX])
{
    enum reason reason;

    buf_init(&lines->text, HEAD_BYTES_MAX);
    lines->line[0] = NULL;
    head_lines_add_own(&lines->text, scope, has(fields, "user-agent"));
    reason = add_fields(&lines->text, scope, fields, origin, why);
    if (lines->text.failed) {
        (void)snprintf(why, TEMPLATE_WHY_MAX, "the headers are over %d bytes",
                       HEAD_BYTES_MAX);
        reason = REASON_LOCAL_CONFIG;
    }
    if (reason == REASON_NONE)
        find_lines(lines);
    return reason;
}

void
head_lines_clear(struct head_lines *lines)
{
    buf_free(&lines->text);
    lines->line[0] = NULL;
}
