/*
 * Every text is cut first and masked then: masking may make it longer or
 * shorter, but what is cut off is never looked at, so that a body of a MiB
 * costs what a short one does.  The mask hides what the cut left of a secret.
 */
#include <string.h>

#include "base/buf.h"
#include "base/mask.h"
#include "base/str.h"
#include "checks/evidence_priv.h"
#include "checks/spec_list.h"

#define MASKED      "<masked>"
#define BEFORE_MAX  8192 /* bytes before a part in which a secret may begin */
#define HEADER_NAME 64

/* Headers, of either direction, whose value is somebody's key. */
static const char *const SECRET[] = {
    "Authorization", "Proxy-Authorization", "Cookie",
    "Set-Cookie",    "X-Api-Key",           "X-Auth-Token",
};

static void
add_masked(struct evidence *e, const char *key, const char *text, size_t len)
{
    struct buf out;

    if (e->opts->mask == NULL || mask_is_empty(e->opts->mask)) {
        json_strn(&e->j, key, text, len);
        return;
    }
    buf_init(&out, len * MASK_GROWTH + sizeof(MASK_TEXT));
    if (mask_text(e->opts->mask, text, len, &out) == 0)
        json_strn(&e->j, key, buf_text(&out), out.len);
    else
        json_str(&e->j, key, MASKED);
    buf_free(&out);
}

int
evidence_text(struct evidence *e, const char *key, const char *text, size_t len,
              size_t max)
{
    if (text == NULL) {
        json_nil(&e->j, key);
        return 0;
    }
    add_masked(e, key, text, len < max ? len : max);
    return len > max;
}

/* What stands before it is masked too, and then left out: a secret that
 * reaches into the part is known by its begin. */
void
evidence_part(struct evidence *e, const char *key, const char *text,
              size_t from, size_t to)
{
    size_t begin = from > BEFORE_MAX ? from - BEFORE_MAX : 0;
    size_t size = (to - begin) * MASK_GROWTH + sizeof(MASK_TEXT);
    struct buf before, all;
    size_t skip;

    if (e->opts->mask == NULL || mask_is_empty(e->opts->mask)) {
        json_strn(&e->j, key, text + from, to - from);
        return;
    }
    buf_init(&before, size);
    buf_init(&all, size);
    if (mask_text(e->opts->mask, text + begin, from - begin, &before) == 0 &&
        mask_text(e->opts->mask, text + begin, to - begin, &all) == 0) {
        skip = before.len < all.len ? before.len : all.len;
        json_strn(&e->j, key, buf_text(&all) + skip, all.len - skip);
    }
    buf_free(&before);
    buf_free(&all);
}

/* ---- heads ---- */

static bool
is_shown(const struct evidence *e, const char *name)
{
    const struct spec_list *shown = e->opts->shown;

    for (size_t i = 0; shown != NULL && i < shown->count; i++)
        if (str_eq_nocase(shown->item[i], name))
            return true;
    return false;
}

static bool
is_secret(const struct evidence *e, const char *line, size_t name_len)
{
    char name[HEADER_NAME];

    if (name_len >= sizeof(name))
        return false;
    memcpy(name, line, name_len);
    name[name_len] = '\0';
    for (size_t i = 0; i < sizeof(SECRET) / sizeof(SECRET[0]); i++)
        if (str_eq_nocase(SECRET[i], name))
            return !is_shown(e, name);
    return false;
}

/* One line of a head; of a secret one its name alone. */
static void
add_line(const struct evidence *e, struct buf *out, const char *line,
         size_t len)
{
    const char *colon = memchr(line, ':', len);

    if (out->len > 0)
        buf_add_char(out, '\n');
    if (colon != NULL && is_secret(e, line, (size_t)(colon - line))) {
        buf_add(out, line, (size_t)(colon - line));
        buf_add_str(out, ": " MASKED);
        return;
    }
    buf_add(out, line, len);
}

static void
end_head(struct evidence *e, struct buf *out)
{
    add_masked(e, "head", buf_text(out), out->len);
    if (out->failed)
        json_bool(&e->j, "head_cut", true);
    buf_free(out);
}

void
evidence_head(struct evidence *e, const char *head, size_t len)
{
    struct buf out;

    buf_init(&out, EVIDENCE_HEAD_MAX);
    while (len > 0 && !out.failed) {
        const char *end = memchr(head, '\n', len);
        size_t whole = end != NULL ? (size_t)(end - head) + 1 : len;
        size_t line = whole;

        while (line > 0 && (head[line - 1] == '\n' || head[line - 1] == '\r'))
            line--;
        if (line > 0)
            add_line(e, &out, head, line);
        head += whole;
        len -= whole;
    }
    end_head(e, &out);
}

void
evidence_lines(struct evidence *e, const char *const *lines)
{
    struct buf out;

    buf_init(&out, EVIDENCE_HEAD_MAX);
    for (size_t i = 0; lines != NULL && lines[i] != NULL; i++)
        add_line(e, &out, lines[i], strlen(lines[i]));
    end_head(e, &out);
}
