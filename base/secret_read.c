/*
 * When a source is read: at first, when it is due, when a target has refused
 * what it gave.
 *
 * Two reads of one entry do not run at once: the second finds `is_reading` and
 * passes over it.  What was read goes into the entry it was read for, and if
 * that has left the set meanwhile, with it.
 */
#include <assert.h>
#include <string.h>

#include "base/secret_priv.h"
#include "base/str.h"

#define STALE_NS (30 * NS_PER_S) /* between two reads for refusals */
#define RETRY_NS (60 * NS_PER_S) /* after one that failed */

/* The lock is held, and let go while the source is read. */
static int
read_entry(struct secret_set *set, struct secret *s, bool *has_changed,
           struct secret_why why)
{
    char reason[SECRET_WHY_MAX];
    struct secret_value *value = NULL;

    s->refs++;
    s->is_reading = true;
    s->was_tried = true;
    s->is_stale = false;
    (void)pthread_mutex_unlock(&set->lock);
    value = secret_source_read(&s->def, &set->rules,
                               (struct secret_why){reason, sizeof(reason)});
    (void)pthread_mutex_lock(&set->lock);
    s->is_reading = false;
    s->read_at = clock_mono();
    if (value != NULL) {
        *has_changed = secret_put(s, value);
    } else {
        (void)str_copy(s->why, sizeof(s->why), reason);
        (void)secret_refuse(why, "secret %s: %s", s->name, reason);
    }
    secret_unref(s);
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
    if (name != NULL && secret_find(set, name) == NULL)
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
    int64_t wait = s->def.refresh_ns, left = 0;

    if (s->def.source == SECRET_GIVEN || s->is_reading)
        return -1;
    if (s->is_stale || !s->was_tried)
        return 0;
    if (s->why[0] != '\0' && (wait == 0 || wait > RETRY_NS))
        wait = RETRY_NS;
    if (wait == 0)
        return -1;
    left = wait - clock_since_ns(s->read_at, now);
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

    if (s->is_stale || (is_asked && s->def.source == SECRET_GIVEN))
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

void
secret_take_refused(struct secret_set *set, secret_each_fn *fn, void *cookie)
{
    (void)pthread_mutex_lock(&set->lock);
    for (size_t i = 0; i < set->count; i++) {
        struct secret *s = set->secrets[i];

        if (s->def.source != SECRET_GIVEN || !s->is_stale)
            continue;
        s->is_stale = false;
        fn(cookie, &s->def);
    }
    (void)pthread_mutex_unlock(&set->lock);
}

void
secret_tell(struct secret_set *set, secret_tell_fn *fn, void *cookie)
{
    (void)pthread_mutex_lock(&set->lock);
    for (size_t i = 0; i < set->count; i++) {
        struct secret *s = set->secrets[i];
        bool has_failed = s->def.source != SECRET_GIVEN && s->why[0] != '\0';

        if (has_failed != s->is_told)
            fn(cookie, s->name, has_failed ? s->why : NULL);
        s->is_told = has_failed;
    }
    (void)pthread_mutex_unlock(&set->lock);
}
