#include "checks/merge.h"

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

/* What a check takes from its own layer alone. */
static bool
is_private(size_t key)
{
    return key <= SPEC_KEY_LIKE;
}

static void
add_value(struct merge *merge, size_t key, const struct conf *value,
          bool is_own)
{
    const struct schema_row *row = &spec_table.rows[key];

    if (is_private(key) && !is_own)
        return;
    if (row->mask && merge->kind >= 0 && !(row->mask & (1U << merge->kind)))
        return;
    if (schema_check_value(row, value, NULL) != 0)
        return;
    if (key == SPEC_KEY_EXPECT)
        add_expect(&merge->expect, value);
    if (key == SPEC_KEY_TAGS)
        add_tags(&merge->tags, value);
    /* Two ways to say the same: the later one takes the other back. */
    if (key == SPEC_KEY_BODY || key == SPEC_KEY_CA)
        merge->value[key + 1].from = NULL;
    if (key == SPEC_KEY_BODY_FILE || key == SPEC_KEY_CA_PEM)
        merge->value[key - 1].from = NULL;
    merge->value[key].from = value;
    merge->value[key].is_own = is_own;
}

void
merge_add(struct merge *merge, const struct conf *layer, bool is_own)
{
    for (const struct conf *n = layer->first; n; n = n->next) {
        const struct schema_row *row = schema_find(&spec_table, n->name);

        if (row && row - spec_table.rows < SPEC_KEY_COUNT)
            add_value(merge, (size_t)(row - spec_table.rows), n, is_own);
    }
}

void
merge_add_secret(struct merge *merge, const struct secret_conf *secret)
{
    size_t at = merge->secret_count;
    size_t size = (at + 1) * sizeof(merge->secrets[0]);

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
        free(merge->value[i].text);
    free(merge->expect.item);
    free(merge->tags.item);
    free(merge->secrets);
    *merge = (struct merge){0};
}
