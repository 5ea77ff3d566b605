/*
 * fleet_given.c - the secrets a probe is given: those that are read here and
 * that its checks refer to, nothing else.
 *
 * What a member was given is kept beside its tasks, as counted values: when a
 * source gives another, the member has another generation though its checks
 * are the same.
 */
#include "controller/fleet_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "checks/spec.h"
#include "wire/message.h"

struct fleet_given {
    char *name;
    struct secret_value *value; /* NULL: `why` says why there is none */
    char *why;
};

struct list {
    struct fleet_given *item;
    size_t count;
};

static void
add_name(void *cookie, const struct secret_def *def)
{
    struct list *list = cookie;

    if (def->at != SECRET_AT_CONTROLLER)
        return;
    list->item =
        str_xrealloc(list->item, (list->count + 1) * sizeof(list->item[0]));
    list->item[list->count++] =
        (struct fleet_given){.name = str_xdup(def->name)};
}

static void
clear(struct fleet_given *given, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(given[i].name);
        secret_value_free(given[i].value);
        free(given[i].why);
    }
    free(given);
}

static int
by_name(const void *a, const void *b)
{
    const struct fleet_given *x = a;
    const struct fleet_given *y = b;

    return strcmp(x->name, y->name);
}

/* The names its tasks use, each once. */
static struct list
list_names(const struct fleet_member *m)
{
    struct list list = {0};
    size_t n = 0;

    for (size_t i = 0; i < m->task_count; i++)
        if (m->tasks[i].spec->secrets != NULL)
            secret_each(m->tasks[i].spec->secrets, add_name, &list);
    if (list.count > 1)
        qsort(list.item, list.count, sizeof(list.item[0]), by_name);
    for (size_t i = 0; i < list.count; i++) {
        if (n > 0 && str_eq(list.item[n - 1].name, list.item[i].name))
            free(list.item[i].name);
        else
            list.item[n++] = list.item[i];
    }
    list.count = n;
    return list;
}

static bool
is_same(const struct fleet_member *m, const struct list *list)
{
    if (m->given_count != list->count)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (!str_eq(m->given[i].name, list->item[i].name) ||
            !secret_value_eq(m->given[i].value, list->item[i].value))
            return false;
    return true;
}

/* The probe names the secret once more. */
static char *
why_at_controller(const char *name, const char *why)
{
    char *prefix = str_xprintf("secret %s: ", name);
    size_t skip = str_starts(why, prefix) ? strlen(prefix) : 0;
    char *text = str_xprintf("at the controller: %s", why + skip);

    free(prefix);
    return text;
}

bool
fleet_given_settle(const struct fleet *fleet, struct fleet_member *m)
{
    struct list list = list_names(m);
    bool has_changed;

    for (size_t i = 0; i < list.count; i++) {
        struct fleet_given *g = &list.item[i];
        char why[SECRET_WHY_MAX] = "";

        g->value = secret_get(fleet->secrets, g->name, why, sizeof(why));
        g->why = g->value == NULL ? why_at_controller(g->name, why) : NULL;
    }
    has_changed = !is_same(m, &list);
    clear(m->given, m->given_count);
    m->given = list.item;
    m->given_count = list.count;
    return has_changed;
}

struct message_given *
fleet_given_list(const struct fleet_member *m)
{
    struct message_given *list = str_xcalloc(m->given_count + 1, sizeof(*list));

    assert(m->given_count <= MESSAGE_GIVEN_MAX);
    for (size_t i = 0; i < m->given_count; i++) {
        const struct fleet_given *g = &m->given[i];

        list[i].name = g->name;
        list[i].why = g->why;
        if (g->value == NULL)
            continue;
        list[i].value = secret_value_text(g->value);
        list[i].len = secret_value_len(g->value);
    }
    return list;
}

void
fleet_given_refused(const struct fleet *fleet, const struct fleet_member *m,
                    const char *name)
{
    for (size_t i = 0; i < m->given_count; i++)
        if (str_eq(m->given[i].name, name))
            secret_mark_stale(fleet->secrets, name);
}

void
fleet_given_free(struct fleet_member *m)
{
    clear(m->given, m->given_count);
}
