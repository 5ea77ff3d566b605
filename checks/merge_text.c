/*
 * The text of a merged check has one form: settings in the order of
 * spec_table, one a line, every list one text a line.  So equal checks have
 * equal texts, and reading a text gives the same text again.
 */
#include <assert.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/each.h"
#include "checks/merge.h"
#include "checks/secret_conf.h"
#include "checks/spec.h"

#define INDENT 2 /* spaces a level */

struct writer {
    struct buf *out;
    bool has_origins;
    int depth;
};

static struct writer
inside(const struct writer *w)
{
    return (struct writer){w->out, w->has_origins, w->depth + 1};
}

static void
begin_line(const struct writer *w)
{
    for (int i = 0; i < w->depth * INDENT; i++)
        (void)buf_add_char(w->out, ' ');
}

static void
begin_setting(const struct writer *w, const char *name)
{
    begin_line(w);
    (void)buf_addf(w->out, "%s = ", name);
}

/* Ends a line; a file's name must not end the comment it stands in. */
static void
end_line(const struct writer *w, const struct conf *from, const char *note)
{
    const char *file = from ? from->value.file : NULL;

    if (w->has_origins && !file)
        (void)buf_addf(w->out, "  # %s", note ? note : "default");
    if (w->has_origins && file) {
        (void)buf_add_str(w->out, "  # ");
        for (; *file; file++)
            (void)buf_add_char(
                w->out, (char)((unsigned char)*file < ' ' ? '?' : *file));
        (void)buf_addf(w->out, ":%d%s%s", from->value.line, note ? ", " : "",
                       note ? note : "");
    }
    (void)buf_add_char(w->out, '\n');
}

static void
open_group(const struct writer *w, const char *name, char bracket)
{
    begin_setting(w, name);
    (void)buf_addf(w->out, "%c\n", bracket);
}

static void
close_group(const struct writer *w, char bracket)
{
    begin_line(w);
    (void)buf_addf(w->out, "%c;\n", bracket);
}

/* ---- values ---- */

static void
add_number(const struct writer *w, const struct schema_row *row, int64_t num)
{
    char text[UNITS_TEXT_MAX];

    if (row->type == SCHEMA_DURATION)
        (void)buf_addf(w->out, "\"%s\"", units_format_duration(text, num));
    else if (row->type == SCHEMA_SIZE)
        (void)buf_addf(w->out, "\"%s\"", units_format_size(text, num));
    else if (row->type == SCHEMA_BOOL)
        (void)buf_add_str(w->out, num ? "true" : "false");
    else
        (void)buf_addf(w->out, "%lld", (long long)num);
}

static void
add_text(const struct writer *w, const struct conf *node)
{
    begin_setting(w, node->name);
    conf_quote(w->out, node->text);
    (void)buf_add_char(w->out, ';');
    end_line(w, node, NULL);
}

static void
add_item(const struct writer *w, const struct conf *item, const char *text,
         bool is_last)
{
    begin_line(w);
    conf_quote(w->out, text);
    (void)buf_add_str(w->out, is_last ? "" : ",");
    end_line(w, item, NULL);
}

static void
add_list(const struct writer *w, const char *name,
         const struct merge_list *list, bool is_tags)
{
    const struct writer in = inside(w);

    open_group(w, name, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct conf *item = list->item[i];

        add_item(&in, item, is_tags ? merge_tag(item) : item->text,
                 i + 1 == list->count);
    }
    close_group(w, ']');
}

static void
add_texts(const struct writer *w, const char *name, const struct conf *value)
{
    const struct writer in = inside(w);
    const struct conf *n = value;
    bool is_alone;

    assert(value != NULL); /* nothing stands in for a list */
    is_alone = value->type == CONF_STRING;
    if (!is_alone)
        n = value->first;
    open_group(w, name, '[');
    for (; n; n = is_alone ? NULL : n->next)
        add_item(&in, n, n->text, is_alone || !n->next);
    close_group(w, ']');
}

/* Members in the order of their table. */
static void
add_group(const struct writer *w, const char *name, const struct schema *table,
          const struct conf *value)
{
    const struct writer in = inside(w);

    open_group(w, name, '{');
    for (size_t i = 0; i < table->count; i++) {
        const struct schema_row *row = &table->rows[i];
        const struct conf *n = conf_find(value, row->name);

        if (n && row->type == SCHEMA_TEXT) {
            add_text(&in, n);
        } else if (n) {
            begin_setting(&in, row->name);
            add_number(&in, row, schema_number(row, n));
            (void)buf_add_char(in.out, ';');
            end_line(&in, n, NULL);
        }
    }
    close_group(w, '}');
}

/* Members in the order written: it is that of headers and of a form. */
static void
add_map(const struct writer *w, const struct schema_row *row,
        const struct conf *value)
{
    const struct writer in = inside(w);

    assert(value != NULL);
    open_group(w, row->name, '{');
    for (const struct conf *n = value->first; n; n = n->next) {
        if (n->type == CONF_GROUP)
            add_group(&in, n->name, row->sub, n);
        else
            add_text(&in, n);
    }
    close_group(w, '}');
}

static void
add_scalar(const struct writer *w, const struct schema_row *row,
           const struct merge_value *v)
{
    begin_setting(w, row->name);
    if (v->text != NULL) {
        conf_quote(w->out, v->text);
    } else if (row->type == SCHEMA_TEXT || row->type == SCHEMA_TREE) {
        assert(v->from != NULL && v->from->type == CONF_STRING);
        conf_quote(w->out, v->from->text);
    } else {
        add_number(w, row, v->has_num ? v->num : schema_number(row, v->from));
    }
    (void)buf_add_char(w->out, ';');
    end_line(w, v->from, v->note);
}

static void
add_value(const struct writer *w, const struct schema_row *row,
          const struct merge_value *v)
{
    if (row->type == SCHEMA_TEXTS)
        add_texts(w, row->name, v->from);
    else if (row->type == SCHEMA_MAP || row->type == SCHEMA_MIXED)
        add_map(w, row, v->from);
    else if (row->type == SCHEMA_GROUP)
        add_group(w, row->name, row->sub, v->from);
    else
        add_scalar(w, row, v);
}

/* ---- settings ---- */

static void add_keys(const struct writer *w, const struct merge *merge);

static void
add_steps(const struct writer *w, const char *name, const struct merge_value *v)
{
    const struct writer in = inside(w);
    const struct writer in_step = inside(&in);

    if (v->step_count == 0)
        return;
    open_group(w, name, '{');
    for (size_t i = 0; i < v->step_count; i++) {
        open_group(&in, v->step[i].name, '{');
        add_keys(&in_step, &v->step[i]);
        close_group(&in, '}');
    }
    close_group(w, '}');
}

/* Files and templates do not travel; what they held does.  What a journey says
 * for all of its steps stands in each. */
static bool
is_elsewhere(const struct merge *merge, size_t key)
{
    return key == SPEC_KEY_LIKE || key == SPEC_KEY_BODY_FILE ||
           key == SPEC_KEY_JSON_FILE || key == SPEC_KEY_CA ||
           key == SPEC_KEY_CERT ||
           (merge->kind == SPEC_JOURNEY && merge_is_shared((enum spec_key)key));
}

static void
add_key(const struct writer *w, const struct merge *merge, size_t key)
{
    const struct schema_row *row = &spec_table.rows[key];
    const struct merge_value *v = &merge->value[key];

    if (is_elsewhere(merge, key))
        return;
    if (key == SPEC_KEY_TAGS && v->from)
        add_list(w, "tags", &merge->tags, true);
    else if (key == SPEC_KEY_EXPECT && merge->expect.count > 0)
        add_list(w, "expect", &merge->expect, false);
    else if (spec_table_steps((enum spec_key)key) >= 0)
        add_steps(w, row->name, v);
    else if (key != SPEC_KEY_EXPECT && (v->from || v->has_num || v->text))
        add_value(w, row, v);
}

static void
add_keys(const struct writer *w, const struct merge *merge)
{
    for (size_t key = 0; key < SPEC_KEY_COUNT; key++)
        add_key(w, merge, key);
}

/* ---- the whole ---- */

/* What a check's text defines is what it uses, no more. */
static void
add_secrets(const struct writer *w, const struct merge *merge)
{
    if (merge->secret_count == 0)
        return;
    (void)buf_add_str(w->out, "secrets = {\n");
    for (size_t i = 0; i < merge->secret_count; i++) {
        const struct secret_conf *secret = merge->secrets[i];

        (void)buf_addf(w->out, "  %s = {", secret->node->name);
        end_line(w, secret->node, NULL);
        secret_conf_format(secret, "    ", w->has_origins, w->out);
        (void)buf_add_str(w->out, "  };\n");
    }
    (void)buf_add_str(w->out, "};\n");
}

/* A check of many: what it was made with. */
static void
add_values(const struct writer *w, const struct merge *merge)
{
    const struct conf *values =
        w->has_origins && merge->check ? each_values(merge->check) : NULL;
    const char *glue = "    # ";

    for (const struct conf *n = values ? values->first : NULL; n; n = n->next) {
        (void)buf_addf(w->out, "%s%s = ", glue, n->name);
        conf_quote(w->out, n->text);
        glue = ", ";
    }
    if (values)
        end_line(w, values, NULL);
}

static void
add_all(const struct writer *w, const struct merge *merge)
{
    const struct writer in = {w->out, w->has_origins, 2};

    (void)buf_add_str(w->out, "picket = 1;\n");
    add_secrets(w, merge);
    (void)buf_addf(w->out, "checks = {\n  %s = {\n", merge->name);
    add_values(w, merge);
    add_keys(&in, merge);
    (void)buf_add_str(w->out, "  };\n};\n");
}

void
merge_format(const struct merge *merge, struct buf *out)
{
    const struct writer w = {out, false, 0};

    add_all(&w, merge);
}

void
merge_show(const struct merge *merge, struct buf *out)
{
    const struct writer w = {out, true, 0};

    add_all(&w, merge);
}
