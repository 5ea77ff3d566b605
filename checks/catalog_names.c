#include "checks/catalog_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/schema.h"
#include "base/str.h"

#define NEAREST_MAX 2000 /* names compared for a hint */

static void
push_node(struct catalog_nodes *nodes, const struct conf *node)
{
    /* Room doubles: it is full when the count is a power of two. */
    if ((nodes->count & (nodes->count - 1)) == 0) {
        size_t cap = nodes->count ? nodes->count * 2 : 1;

        nodes->item = str_xrealloc(nodes->item, cap * sizeof(nodes->item[0]));
    }
    nodes->item[nodes->count++] = node;
}

static void
push_name(const char ***names, size_t *count, const char *name)
{
    *names = str_xrealloc(*names, (*count + 1) * sizeof(**names));
    (*names)[(*count)++] = name;
}

/* By name, those of one name in the order they are in. */
static int
compare(const void *a, const void *b)
{
    const struct conf *const *const *x = a;
    const struct conf *const *const *y = b;
    int order = strcmp((**x)->name, (**y)->name);

    if (order != 0)
        return order;
    return *x < *y ? -1 : 1;
}

static bool
is_same(const struct diag_pos *a, const struct diag_pos *b)
{
    return str_eq(a->file, b->file) && a->line == b->line &&
           a->column == b->column;
}

/* Sorts, and leaves out what has the name of an earlier one. */
static void
sort(struct catalog_nodes *nodes, struct diag *diag)
{
    size_t count = nodes->count;
    const struct conf ***order = str_xcalloc(count + 1, sizeof(*order));
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        order[i] = &nodes->item[i];
    if (count > 1)
        qsort(order, count, sizeof(*order), compare);
    nodes->sorted = str_xcalloc(count + 1, sizeof(*nodes->sorted));
    for (size_t i = 0; i < count; i++) {
        const struct conf *node = *order[i];
        const struct conf *first = kept ? nodes->sorted[kept - 1] : NULL;
        char *hint;

        if (!first || strcmp(first->name, node->name) != 0) {
            nodes->sorted[kept++] = node;
            continue;
        }
        hint = is_same(&first->pos, &node->pos)
                   ? str_xdup("two combinations of `each` make this name")
                   : str_xprintf("the first is at %s:%d", first->pos.file,
                                 first->pos.line);
        diag_add(diag, DIAG_ERROR, node->pos, hint, "`%s` is here twice",
                 node->name);
        free(hint);
        *order[i] = NULL;
    }
    nodes->count = 0;
    for (size_t i = 0; i < count; i++)
        if (nodes->item[i])
            nodes->item[nodes->count++] = nodes->item[i];
    free(order);
}

static void
gather_members(struct catalog_nodes *nodes, const struct conf *root,
               const char *name)
{
    const struct conf *group = conf_find(root, name);

    if (group && group->type == CONF_GROUP)
        for (const struct conf *n = group->first; n; n = n->next)
            push_node(nodes, n);
}

static void
gather_names(const char ***names, size_t *count, const struct conf *group)
{
    if (group && group->type == CONF_GROUP)
        for (const struct conf *n = group->first; n; n = n->next)
            push_name(names, count, n->name);
}

static void
gather_defaults(struct catalog_names *names, const struct conf *root,
                struct diag *diag)
{
    const struct conf *defaults = conf_find(root, "defaults");
    char *hint;

    if (!defaults)
        return;
    if (!names->defaults) {
        names->defaults = defaults;
        return;
    }
    hint = str_xprintf("the first is at %s:%d", names->defaults->pos.file,
                       names->defaults->pos.line);
    diag_add(diag, DIAG_ERROR, defaults->pos, hint, "`defaults` is here twice");
    free(hint);
    names->are_right = false;
}

/* Adds the regions a layer names, each once. */
static void
gather_used(struct catalog_names *names, const struct conf *layer)
{
    const struct conf *regions = conf_find(layer, "regions");

    if (!regions || regions->type != CONF_ARRAY)
        return;
    for (const struct conf *n = regions->first; n; n = n->next) {
        bool is_known = n->type != CONF_STRING || strstr(n->text, "${");

        for (size_t i = 0; i < names->region_count && !is_known; i++)
            is_known = str_eq(names->regions[i], n->text);
        if (!is_known)
            push_name(&names->regions, &names->region_count, n->text);
    }
}

static void
gather_all_used(struct catalog_names *names)
{
    gather_used(names, names->defaults);
    for (size_t i = 0; i < names->templates.count; i++)
        gather_used(names, names->templates.item[i]);
    for (size_t i = 0; i < names->checks.count; i++)
        gather_used(names, names->checks.item[i]);
    if (names->region_count == 0)
        push_name(&names->regions, &names->region_count, "local");
}

/* ---- templates and `each` ---- */

static const struct conf *
find_like(const struct catalog_names *names, const struct conf *node)
{
    const struct conf *like = conf_find(node, "like");

    return like && like->type == CONF_STRING
               ? catalog_names_find(&names->templates, like->text)
               : NULL;
}

size_t
catalog_names_chain(const struct catalog_names *names, const struct conf *node,
                    const struct conf *chain[CATALOG_LIKE_MAX])
{
    const struct conf *up[CATALOG_LIKE_MAX];
    const struct conf *n = find_like(names, node);
    size_t count = 0;

    for (; n && n->type == CONF_GROUP && count < CATALOG_LIKE_MAX;
         n = find_like(names, n)) {
        for (size_t i = 0; i < count; i++)
            if (up[i] == n)
                goto out;
        up[count++] = n;
    }
out:
    for (size_t i = 0; i < count; i++)
        chain[i] = up[count - 1 - i];
    return count;
}

static void
push_made(void *cookie, const struct conf *check)
{
    push_node(cookie, check);
}

static void
expand(struct catalog_names *names, const struct conf *group, struct diag *diag)
{
    for (const struct conf *n = group->first; n; n = n->next) {
        const struct conf *chain[CATALOG_LIKE_MAX];
        struct each_check what = {.check = n, .templates = chain};

        if (n->type != CONF_GROUP) {
            push_node(&names->checks, n);
            continue;
        }
        what.template_count = catalog_names_chain(names, n, chain);
        if (names->defaults && names->defaults->type == CONF_GROUP)
            what.defaults = names->defaults;
        (void)each_expand(&names->made, &what, diag, push_made, &names->checks);
    }
}

static void
expand_all(struct catalog_names *names, const struct conf_set *set,
           struct diag *diag)
{
    for (size_t i = 0; i < conf_root_count(set); i++) {
        const struct conf *group = conf_find(conf_root(set, i), "checks");

        if (group && group->type == CONF_GROUP)
            expand(names, group, diag);
    }
}

void
catalog_names_open(struct catalog_names *names, const struct conf_set *set,
                   struct diag *diag)
{
    *names = (struct catalog_names){.are_right = true};
    for (size_t i = 0; i < conf_root_count(set); i++) {
        const struct conf *root = conf_root(set, i);

        gather_defaults(names, root, diag);
        gather_members(&names->templates, root, "templates");
        gather_names(&names->regions, &names->region_count,
                     conf_find(root, "regions"));
        gather_names(&names->policies, &names->policy_count,
                     conf_find(root, "policies"));
    }
    sort(&names->templates, diag);
    expand_all(names, set, diag);
    sort(&names->checks, diag);
    names->has_regions = names->region_count > 0;
    if (!names->has_regions)
        gather_all_used(names);
}

static void
clear_nodes(struct catalog_nodes *nodes)
{
    free(nodes->item);
    free(nodes->sorted);
}

void
catalog_names_close(struct catalog_names *names)
{
    clear_nodes(&names->templates);
    clear_nodes(&names->checks);
    each_close(&names->made);
    free(names->regions);
    free(names->policies);
    *names = (struct catalog_names){0};
}

static int
compare_name(const void *key, const void *item)
{
    const struct conf *const *node = item;

    return strcmp(key, (*node)->name);
}

const struct conf *
catalog_names_find(const struct catalog_nodes *nodes, const char *name)
{
    const struct conf **found = bsearch(name, nodes->sorted, nodes->count,
                                        sizeof(nodes->sorted[0]), compare_name);

    return found ? *found : NULL;
}

char *
catalog_names_nearest(const struct catalog_nodes *nodes, const char *name)
{
    size_t count = nodes->count < NEAREST_MAX ? nodes->count : NEAREST_MAX;
    const char **names = str_xcalloc(count + 1, sizeof(*names));
    char *hint;

    for (size_t i = 0; i < count; i++)
        names[i] = nodes->item[i]->name;
    hint = schema_nearest(name, names, count);
    free(names);
    return hint;
}
