/*
 * A set is an array of entries in order of names under one lock; an entry is
 * counted, so that a source is read without the lock (secret_read.c) while a
 * reload swaps the definitions.  A value that is swapped lives on in the runs
 * that took it.
 */
#include "base/secret.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret_priv.h"
#include "base/str.h"

/* ---- entries ---- */

static char **
copy_origins(const struct secret_def *def)
{
    char **copy = str_xcalloc(def->origin_count + 1, sizeof(*copy));

    for (size_t i = 0; i < def->origin_count; i++)
        copy[i] = str_xdup(def->origins[i]);
    return copy;
}

static struct secret *
make_entry(const struct secret_def *def)
{
    struct secret *s = str_xcalloc(1, sizeof(*s));

    s->refs = 1;
    s->name = str_xdup(def->name);
    s->from = str_xdup(def->from);
    s->argv = secret_words_copy(def->argv);
    s->origins = copy_origins(def);
    s->def = *def;
    s->def.name = s->name;
    s->def.from = s->from;
    s->def.argv = (const char *const *)s->argv;
    s->def.origins = (const char *const *)s->origins;
    return s;
}

void
secret_unref(struct secret *s)
{
    if (--s->refs > 0)
        return;
    secret_value_free(s->value);
    free(s->name);
    free(s->from);
    secret_words_free(s->argv);
    secret_words_free(s->origins);
    free(s);
}

/* Its place, or where it would be put. */
static size_t
find_place(const struct secret_set *set, const char *name, bool *is_there)
{
    size_t low = 0, high = set->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(set->secrets[mid]->name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *is_there = low < set->count && str_eq(set->secrets[low]->name, name);
    return low;
}

struct secret *
secret_find(const struct secret_set *set, const char *name)
{
    bool is_there = false;
    size_t at = find_place(set, name, &is_there);

    return is_there ? set->secrets[at] : NULL;
}

static bool
has_source(const struct secret_def *def)
{
    if (def->source == SECRET_GIVEN)
        return true;
    if (def->source == SECRET_COMMAND)
        return def->argv != NULL && def->argv[0] != NULL;
    return def->from != NULL;
}

/* ---- the set ---- */

struct secret_set *
secret_set_create(void)
{
    struct secret_set *set = str_xcalloc(1, sizeof(*set));

    atomic_init(&set->refs, 1);
    (void)pthread_mutex_init(&set->lock, NULL);
    return set;
}

struct secret_set *
secret_set_ref(struct secret_set *set)
{
    (void)atomic_fetch_add(&set->refs, 1);
    return set;
}

void
secret_set_free(struct secret_set *set)
{
    if (set == NULL || atomic_fetch_sub(&set->refs, 1) != 1)
        return;
    for (size_t i = 0; i < set->count; i++)
        secret_unref(set->secrets[i]);
    free(set->secrets);
    free(set->dir);
    (void)pthread_mutex_destroy(&set->lock);
    free(set);
}

void
secret_set_rules(struct secret_set *set, const struct secret_rules *rules)
{
    free(set->dir);
    set->dir = str_xdup(rules->dir);
    set->rules = *rules;
    set->rules.dir = set->dir;
}

static int
insert(struct secret_set *set, const struct secret_def *def)
{
    bool is_there = false;
    size_t at = find_place(set, def->name, &is_there);

    if (is_there || set->count == SECRET_MAX) {
        errno = is_there ? EINVAL : ENOSPC;
        return -1;
    }
    set->secrets =
        str_xrealloc(set->secrets, (set->count + 1) * sizeof(set->secrets[0]));
    memmove(&set->secrets[at + 1], &set->secrets[at],
            (set->count - at) * sizeof(set->secrets[0]));
    set->secrets[at] = make_entry(def);
    set->count++;
    return 0;
}

int
secret_add(struct secret_set *set, const struct secret_def *def)
{
    int rc = -1;

    if (def->name == NULL || !has_source(def)) {
        errno = EINVAL;
        return -1;
    }
    (void)pthread_mutex_lock(&set->lock);
    rc = insert(set, def);
    (void)pthread_mutex_unlock(&set->lock);
    return rc;
}

bool
secret_put(struct secret *s, struct secret_value *value)
{
    struct secret_value *old = s->value;
    bool is_new = !secret_value_eq(old, value);

    s->value = value;
    s->why[0] = '\0';
    secret_value_free(old);
    return is_new;
}

int
secret_give(struct secret_set *set, const char *name, const char *value,
            size_t len)
{
    char reason[SECRET_WHY_MAX];
    struct secret_value *made =
        len <= SECRET_VALUE_MAX ? secret_value_create() : NULL;
    struct secret *s = NULL;
    int rc = -1;

    if (made == NULL)
        return -1;
    memcpy(made->text, value, len);
    if (secret_value_settle(made, len, "it",
                            (struct secret_why){reason, sizeof(reason)}) != 0) {
        secret_value_free(made);
        return -1;
    }
    (void)pthread_mutex_lock(&set->lock);
    s = secret_find(set, name);
    if (s != NULL && s->def.source == SECRET_GIVEN) {
        (void)secret_put(s, made);
        rc = 0;
    }
    (void)pthread_mutex_unlock(&set->lock);
    if (rc != 0)
        secret_value_free(made);
    return rc;
}

void
secret_give_none(struct secret_set *set, const char *name, const char *why)
{
    struct secret *s = NULL;

    (void)pthread_mutex_lock(&set->lock);
    s = secret_find(set, name);
    if (s != NULL && s->def.source == SECRET_GIVEN)
        (void)str_copy(s->why, sizeof(s->why), why);
    (void)pthread_mutex_unlock(&set->lock);
}

/* `from` is the caller's alone, so that one lock will do. */
void
secret_share(struct secret_set *set, const struct secret_set *from)
{
    (void)pthread_mutex_lock(&set->lock);
    for (size_t i = 0; i < from->count; i++) {
        const struct secret *given = from->secrets[i];
        struct secret *s = secret_find(set, given->name);

        if (s == NULL || s->def.source != SECRET_GIVEN)
            continue;
        if (given->value != NULL)
            (void)secret_put(s, secret_value_ref(given->value));
        else
            (void)str_copy(s->why, sizeof(s->why), given->why);
    }
    (void)pthread_mutex_unlock(&set->lock);
}

void
secret_each(struct secret_set *set, secret_each_fn *fn, void *cookie)
{
    (void)pthread_mutex_lock(&set->lock);
    for (size_t i = 0; i < set->count; i++)
        fn(cookie, &set->secrets[i]->def);
    (void)pthread_mutex_unlock(&set->lock);
}

static bool
eq_words(char *const *a, char *const *b)
{
    size_t i = 0;

    if (a == NULL || b == NULL)
        return a == b;
    while (a[i] != NULL && b[i] != NULL && str_eq(a[i], b[i]))
        i++;
    return a[i] == b[i]; /* both NULL: they end together */
}

static bool
eq_entry(const struct secret *a, const struct secret *b)
{
    return a->def.source == b->def.source && a->def.at == b->def.at &&
           (a->from == b->from || str_eq(a->from, b->from)) &&
           eq_words(a->argv, b->argv) && eq_words(a->origins, b->origins) &&
           a->def.refresh_ns == b->def.refresh_ns;
}

void
secret_set_replace(struct secret_set *set, struct secret_set *fresh)
{
    struct secret **was = NULL;
    size_t was_count = 0;

    (void)pthread_mutex_lock(&set->lock);
    for (size_t i = 0; i < fresh->count; i++) {
        struct secret *old = secret_find(set, fresh->secrets[i]->name);

        if (old != NULL && fresh->secrets[i]->value == NULL &&
            eq_entry(old, fresh->secrets[i])) {
            if (old->value == NULL && fresh->secrets[i]->why[0] != '\0')
                (void)str_copy(old->why, sizeof(old->why),
                               fresh->secrets[i]->why);
            secret_unref(fresh->secrets[i]);
            fresh->secrets[i] = old;
            old->refs++;
        }
    }
    was = set->secrets;
    was_count = set->count;
    set->secrets = fresh->secrets;
    set->count = fresh->count;
    for (size_t i = 0; i < was_count; i++)
        secret_unref(was[i]);
    (void)pthread_mutex_unlock(&set->lock);
    free(was);
    fresh->secrets = NULL;
    fresh->count = 0;
    secret_set_free(fresh);
}

/* ---- use ---- */

static int
explain_none(const struct secret *s, const char *name, struct secret_why why)
{
    if (s == NULL)
        return secret_refuse(why, "there is no secret `%.60s`", name);
    if (s->why[0] != '\0')
        return secret_refuse(why, "secret %s: %s", name, s->why);
    if (s->def.source == SECRET_GIVEN)
        return secret_refuse(why,
                             "secret %s is held by the controller, which has "
                             "not been reached since this probe started: "
                             "bring it back",
                             name);
    return secret_refuse(why, "secret %s has not been read yet", name);
}

static bool
is_for(const struct secret *s, const char *origin)
{
    for (size_t i = 0; i < s->def.origin_count; i++)
        if (str_eq(s->origins[i], origin))
            return true;
    return false;
}

static struct secret_value *
take(struct secret_set *set, const char *name, const char *origin,
     struct secret_why why)
{
    struct secret_value *value = NULL;
    const struct secret *s = NULL;

    (void)pthread_mutex_lock(&set->lock);
    s = secret_find(set, name);
    if (s == NULL || s->value == NULL)
        (void)explain_none(s, name, why);
    else if (origin != NULL && !is_for(s, origin))
        (void)secret_refuse(why, "secret %s is not for %s", name, origin);
    else
        value = secret_value_ref(s->value);
    (void)pthread_mutex_unlock(&set->lock);
    return value;
}

struct secret_value *
secret_get_for(struct secret_set *set, const char *name, const char *origin,
               char *why, size_t cap)
{
    assert(origin != NULL && why != NULL && cap > 0);
    return take(set, name, origin, (struct secret_why){why, cap});
}

struct secret_value *
secret_get(struct secret_set *set, const char *name, char *why, size_t cap)
{
    assert(why != NULL && cap > 0);
    return take(set, name, NULL, (struct secret_why){why, cap});
}
