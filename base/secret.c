/*
 * A set is an array of entries in order of names under one lock; an entry is
 * counted, so that a source is read without the lock while a reload swaps the
 * definitions: what was read goes into the entry it was read for, and if that
 * has left the set, with it.
 *
 * Two reads of one entry do not run at once: the second finds `is_reading` and
 * passes over it.  A value that is swapped lives on in the runs that took it.
 */
#include "base/secret.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret_priv.h"
#include "base/str.h"

#define STALE_NS (30 * NS_PER_S) /* between two reads for refusals */

struct secret {
    unsigned refs; /* under the set's lock, as everything here */
    struct secret_def def;
    char *name;
    char *from;
    char **argv;
    char **origins;
    struct secret_value *value; /* NULL: never read */
    char why[SECRET_WHY_MAX];   /* the newest read failed; or "" */
    mono_t read_at;
    mono_t stale_at; /* the newest mark that counted */
    bool is_stale;
    bool was_marked;
    bool is_reading;
};

struct secret_set {
    pthread_mutex_t lock;
    struct secret **secrets; /* by name */
    size_t count;
    struct secret_rules rules;
    char *dir; /* rules.dir */
    void (*on_stale)(void *cookie);
    void *cookie;
};

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

static void
unref(struct secret *s)
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

static struct secret *
find_entry(const struct secret_set *set, const char *name)
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

    (void)pthread_mutex_init(&set->lock, NULL);
    return set;
}

void
secret_set_free(struct secret_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++)
        unref(set->secrets[i]);
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

/* Takes `value`; the one before, wiped when its last run ends. */
static bool
put_value(struct secret *s, struct secret_value *value)
{
    struct secret_value *old = s->value;
    bool is_new = old == NULL || old->len != value->len ||
                  memcmp(old->text, value->text, old->len) != 0;

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
    s = find_entry(set, name);
    if (s != NULL && s->def.source == SECRET_GIVEN) {
        (void)put_value(s, made);
        rc = 0;
    }
    (void)pthread_mutex_unlock(&set->lock);
    if (rc != 0)
        secret_value_free(made);
    return rc;
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
        struct secret *old = find_entry(set, fresh->secrets[i]->name);

        if (old != NULL && fresh->secrets[i]->value == NULL &&
            eq_entry(old, fresh->secrets[i])) {
            unref(fresh->secrets[i]);
            fresh->secrets[i] = old;
            old->refs++;
        }
    }
    was = set->secrets;
    was_count = set->count;
    set->secrets = fresh->secrets;
    set->count = fresh->count;
    for (size_t i = 0; i < was_count; i++)
        unref(was[i]);
    (void)pthread_mutex_unlock(&set->lock);
    free(was);
    fresh->secrets = NULL;
    fresh->count = 0;
    secret_set_free(fresh);
}

/* ---- reading ---- */

/* The lock is held, and let go while the source is read. */
static int
read_entry(struct secret_set *set, struct secret *s, bool *has_changed,
           struct secret_why why)
{
    char reason[SECRET_WHY_MAX];
    struct secret_value *value = NULL;

    s->refs++;
    s->is_reading = true;
    s->is_stale = false;
    (void)pthread_mutex_unlock(&set->lock);
    value = secret_source_read(&s->def, &set->rules,
                               (struct secret_why){reason, sizeof(reason)});
    (void)pthread_mutex_lock(&set->lock);
    s->is_reading = false;
    s->read_at = clock_mono();
    if (value != NULL) {
        *has_changed = put_value(s, value);
    } else {
        (void)str_copy(s->why, sizeof(s->why), reason);
        (void)secret_refuse(why, "secret %s: %s", s->name, reason);
    }
    unref(s);
    return value != NULL ? 0 : -1;
}

static bool
is_unread(const struct secret *s)
{
    return s->value == NULL && s->def.source != SECRET_GIVEN && !s->is_reading;
}

int
secret_read(struct secret_set *set, const char *name, char *why, size_t cap)
{
    struct secret_why to = {.cap = cap};
    char rest[8];
    bool has_changed = false;
    int rc = 0;

    assert(why != NULL && cap > 0);
    to.text = why;
    (void)pthread_mutex_lock(&set->lock);
    if (name != NULL && find_entry(set, name) == NULL)
        rc = secret_refuse(to, "there is no secret `%s`", name);
    for (size_t i = 0; i < set->count; i++) {
        struct secret *s = set->secrets[i];
        /* All that can be read are; the first failure is the one told. */
        struct secret_why one = {rc == 0 ? why : rest,
                                 rc == 0 ? cap : sizeof(rest)};

        if ((name == NULL || str_eq(s->name, name)) && is_unread(s) &&
            read_entry(set, s, &has_changed, one) != 0)
            rc = -1;
    }
    (void)pthread_mutex_unlock(&set->lock);
    return rc;
}

/* < 0: never. */
static int64_t
due_ns(const struct secret *s, mono_t now)
{
    int64_t left = 0;

    if (s->def.source == SECRET_GIVEN || s->is_reading)
        return -1;
    if (s->is_stale)
        return 0;
    if (s->def.refresh_ns == 0)
        return -1;
    left = s->def.refresh_ns - clock_since_ns(s->read_at, now);
    return left > 0 ? left : 0;
}

size_t
secret_refresh(struct secret_set *set, char *why, size_t cap)
{
    size_t changed = 0;
    bool has_failed = false;

    assert(why != NULL && cap > 0);
    why[0] = '\0';
    (void)pthread_mutex_lock(&set->lock);
    for (size_t i = 0; i < set->count; i++) {
        char rest[8];
        struct secret_why one = {has_failed ? rest : why,
                                 has_failed ? sizeof(rest) : cap};
        bool has_changed = false;

        if (due_ns(set->secrets[i], clock_mono()) != 0)
            continue;
        if (read_entry(set, set->secrets[i], &has_changed, one) != 0)
            has_failed = true;
        changed += has_changed ? 1 : 0;
    }
    (void)pthread_mutex_unlock(&set->lock);
    return changed;
}

int64_t
secret_due_ns(struct secret_set *set)
{
    const mono_t now = clock_mono();
    int64_t first = -1;

    (void)pthread_mutex_lock(&set->lock);
    for (size_t i = 0; i < set->count; i++) {
        int64_t left = due_ns(set->secrets[i], now);

        if (left >= 0 && (first < 0 || left < first))
            first = left;
    }
    (void)pthread_mutex_unlock(&set->lock);
    return first;
}

/* The lock is held. */
static bool
mark(struct secret *s, bool is_asked)
{
    const mono_t now = clock_mono();

    if (s->def.source == SECRET_GIVEN || s->is_stale)
        return false;
    if (!is_asked && s->was_marked &&
        clock_since_ns(s->stale_at, now) < STALE_NS)
        return false;
    s->is_stale = true;
    s->was_marked = true;
    s->stale_at = now;
    return true;
}

void
secret_mark_stale(struct secret_set *set, const char *name)
{
    void (*fn)(void *cookie) = NULL;
    void *cookie = NULL;
    bool is_marked = false;

    (void)pthread_mutex_lock(&set->lock);
    for (size_t i = 0; i < set->count; i++)
        if (name == NULL || str_eq(set->secrets[i]->name, name))
            is_marked = mark(set->secrets[i], name == NULL) || is_marked;
    fn = set->on_stale;
    cookie = set->cookie;
    (void)pthread_mutex_unlock(&set->lock);
    if (is_marked && fn != NULL)
        fn(cookie);
}

void
secret_set_watch(struct secret_set *set, void (*fn)(void *cookie), void *cookie)
{
    (void)pthread_mutex_lock(&set->lock);
    set->on_stale = fn;
    set->cookie = cookie;
    (void)pthread_mutex_unlock(&set->lock);
}

/* ---- use ---- */

static int
explain_none(const struct secret *s, const char *name, struct secret_why why)
{
    if (s == NULL)
        return secret_refuse(why, "there is no secret `%.60s`", name);
    if (s->def.source == SECRET_GIVEN)
        return secret_refuse(why,
                             "secret %s is held by the controller, which has "
                             "not been reached since this probe started",
                             name);
    if (s->why[0] != '\0')
        return secret_refuse(why, "secret %s: %s", name, s->why);
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
    s = find_entry(set, name);
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
