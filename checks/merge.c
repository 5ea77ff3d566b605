#include "checks/merge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/str.h"

static void
push(struct merge_list *list, const struct conf *item)
{
    size_t size = (list->count + 1) * sizeof(list->item[0]);

    list->item = str_xrealloc(list->item, size);
    list->item[list->count++] = item;
}

/* The texts of a setting that is a list, or one text alone. */
static const struct conf *
first_text(const struct conf *value)
{
    return value->type == CONF_STRING ? value : value->first;
}

static const struct conf *
next_text(const struct conf *value, const struct conf *item)
{
    return value->type == CONF_STRING ? NULL : item->next;
}

/* "!reset", wherever it stands, takes away what was inherited. */
static void
add_expect(struct merge_list *list, const struct conf *value)
{
    const struct conf *n;

    for (n = first_text(value); n; n = next_text(value, n))
        if (str_eq(n->text, MERGE_RESET))
            list->count = 0;
    for (n = first_text(value); n; n = next_text(value, n))
        if (!str_eq(n->text, MERGE_RESET))
            push(list, n);
}

const char *
merge_tag(const struct conf *item)
{
    return item->text[0] == '+' ? item->text + 1 : item->text;
}

static void
remove_tag(struct merge_list *tags, const char *tag)
{
    size_t kept = 0;

    for (size_t i = 0; i < tags->count; i++)
        if (strcmp(merge_tag(tags->item[i]), tag) != 0)
            tags->item[kept++] = tags->item[i];
    tags->count = kept;
}

static bool
is_change(const struct conf *item)
{
    return item->text[0] == '+' || item->text[0] == '-';
}

static void
add_tags(struct merge_list *tags, const struct conf *value)
{
    const struct conf *n;

    for (n = first_text(value); n; n = next_text(value, n))
        if (!is_change(n))
            tags->count = 0;
    for (n = first_text(value); n; n = next_text(value, n)) {
        remove_tag(tags, n->text[0] == '-' ? n->text + 1 : merge_tag(n));
        if (n->text[0] != '-')
            push(tags, n);
    }
}

/* What a check or step takes from its own layer alone: what it is, and what a
 * template cannot say for a step, as it may be a check's too (`every`). */
static bool
is_private(size_t key)
{
    return key <= SPEC_KEY_LIKE || spec_table_is_of_steps((enum spec_key)key);
}

/* A wrong member makes a group as wrong as a value of the wrong type, but not
 * steps: the others are still looked at. */
static bool
is_right(size_t key, const struct conf *value)
{
    const struct schema_row *row = &spec_table.rows[key];

    if (spec_table_steps((enum spec_key)key) >= 0)
        return value->type == CONF_GROUP;
    if (schema_check_value(row, value, NULL) != 0)
        return false;
    return row->type != SCHEMA_GROUP || !row->sub ||
           schema_check(row->sub, value, NULL) == 0;
}

static void
clear_value(struct merge_value *v)
{
    for (size_t i = 0; i < v->step_count; i++)
        merge_clear(&v->step[i]);
    free(v->step);
    free(v->text);
    *v = (struct merge_value){0};
}

static void
set_value(struct merge *merge, size_t key, const struct conf *value,
          bool is_own)
{
    for (size_t i = 0; i < SPEC_KEY_COUNT; i++)
        if (spec_table_is_rival((enum spec_key)key, (enum spec_key)i))
            clear_value(&merge->value[i]);
    clear_value(&merge->value[key]);
    merge->value[key].from = value;
    merge->value[key].is_own = is_own;
}

/* ---- what is made ---- */

static void *
keep(struct merge *merge, void *made)
{
    size_t size = (merge->made_count + 1) * sizeof(merge->made[0]);

    merge->made = str_xrealloc(merge->made, size);
    merge->made[merge->made_count++] = made;
    return made;
}

char *
merge_keep(struct merge *merge, char *text)
{
    return keep(merge, text);
}

struct conf *
merge_make(struct merge *merge, const struct conf *at)
{
    struct conf *made = keep(merge, str_xcalloc(1, sizeof(*made)));

    *made = *at;
    made->first = made->next = NULL;
    made->count = 0;
    made->raw = "";
    made->raw_len = 0;
    return made;
}

/* ---- headers ---- */

static const struct conf *
find_header(const struct conf *headers, const char *name)
{
    const struct conf *n = headers != NULL ? headers->first : NULL;

    while (n && !str_eq_nocase(n->name, name))
        n = n->next;
    return n;
}

static bool
is_reset(const struct conf *header)
{
    return header->type == CONF_STRING && str_eq(header->text, MERGE_RESET);
}

/* After `last`; the new last. */
static struct conf *
add_header(struct merge *merge, struct conf *headers, struct conf *last,
           const struct conf *header)
{
    struct conf *made = merge_make(merge, header);

    made->raw = header->raw;
    made->raw_len = header->raw_len;
    if (last)
        last->next = made;
    else
        headers->first = made;
    headers->count++;
    return made;
}

/* Those inherited that `own` does not name, then its own: a later layer wins
 * name by name, and "!reset" takes one away. */
static const struct conf *
join_headers(struct merge *merge, const struct conf *inherited,
             const struct conf *own)
{
    struct conf *headers = merge_make(merge, own);
    struct conf *last = NULL;

    for (const struct conf *n = inherited ? inherited->first : NULL; n;
         n = n->next)
        if (!find_header(own, n->name))
            last = add_header(merge, headers, last, n);
    for (const struct conf *n = own->first; n; n = n->next)
        if (!is_reset(n))
            last = add_header(merge, headers, last, n);
    return headers;
}

/* ---- one layer ---- */

static void
add_value(struct merge *merge, size_t key, const struct conf *value,
          bool is_own)
{
    const char *method = spec_table_method((enum spec_key)key);

    if ((is_private(key) && !is_own) || !is_right(key, value))
        return;
    if (key == SPEC_KEY_EXPECT)
        add_expect(&merge->expect, value);
    if (key == SPEC_KEY_TAGS)
        add_tags(&merge->tags, value);
    if (method) {
        set_value(merge, SPEC_KEY_METHOD, value, is_own);
        merge->value[SPEC_KEY_METHOD].text = str_xdup(method);
        key = SPEC_KEY_HTTP;
    }
    if (key == SPEC_KEY_HEADERS)
        value = join_headers(merge, merge->value[key].from, value);
    set_value(merge, key, value, is_own);
}

void
merge_add(struct merge *merge, const struct conf *layer, bool is_own)
{
    const struct schema table = spec_table_of(merge->kind);

    for (const struct conf *n = layer->first; n; n = n->next) {
        const struct schema_row *row = schema_find(&table, n->name);
        bool is_known = row && row - table.rows < SPEC_KEY_COUNT &&
                        (table.mask == 0 || (row->mask & table.mask));

        if (is_known)
            add_value(merge, (size_t)(row - table.rows), n, is_own);
    }
}

void
merge_remove(struct merge *merge, enum spec_key key)
{
    clear_value(&merge->value[key]);
}

/* ---- steps ---- */

bool
merge_is_shared(enum spec_key key)
{
    return key == SPEC_KEY_HEADERS || key == SPEC_KEY_AUTH ||
           key == SPEC_KEY_REDIRECTS || key == SPEC_KEY_HEADER_MAX ||
           key == SPEC_KEY_BODY_MAX;
}

static void
add_shared(struct merge *step, const struct merge *check)
{
    for (size_t key = 0; key < SPEC_KEY_COUNT; key++) {
        const struct conf *from = check->value[key].from;

        if (from && merge_is_shared((enum spec_key)key) &&
            (spec_table.rows[key].mask & (1U << step->kind)))
            set_value(step, key, from, false);
    }
}

void
merge_open_steps(struct merge *merge, enum spec_key key)
{
    struct merge_value *v = &merge->value[key];

    assert(!v->step && spec_table_steps(key) >= 0);
    if (!v->from)
        return;
    v->step = str_xcalloc(v->from->count + 1, sizeof(v->step[0]));
    for (const struct conf *n = v->from->first; n; n = n->next) {
        struct merge *step = &v->step[v->step_count];

        if (n->type != CONF_GROUP)
            continue;
        v->step_count++;
        step->name = n->name;
        step->check = n;
        step->kind = spec_table_steps(key);
        step->whole = merge;
        add_shared(step, merge);
    }
}

/* ---- secrets, the end ---- */

void
merge_add_secret(struct merge *merge, const struct secret_conf *secret)
{
    size_t at;
    size_t size;

    while (merge->whole)
        merge = merge->whole;
    at = merge->secret_count;
    size = (at + 1) * sizeof(merge->secrets[0]);
    for (size_t i = 0; i < merge->secret_count; i++)
        if (merge->secrets[i] == secret)
            return;
    merge->secrets = str_xrealloc(merge->secrets, size);
    /* The array they come from is in order of names: so are their places. */
    for (; at > 0 && merge->secrets[at - 1] > secret; at--)
        merge->secrets[at] = merge->secrets[at - 1];
    merge->secrets[at] = secret;
    merge->secret_count++;
}

void
merge_clear(struct merge *merge)
{
    for (size_t i = 0; i < SPEC_KEY_COUNT; i++)
        clear_value(&merge->value[i]);
    for (size_t i = 0; i < merge->made_count; i++)
        free(merge->made[i]);
    free(merge->made);
    free(merge->expect.item);
    free(merge->tags.item);
    free(merge->secrets);
    *merge = (struct merge){0};
}
