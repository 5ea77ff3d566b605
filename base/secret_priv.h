/*
 * secret_priv.h - between secret.c (the set), secret_read.c (when a source is
 * read) and secret_source.c (how).
 *
 * Ownership   a value that is made is counted once, for its maker.  An entry is
 *             counted under the set's lock.
 * Errors      NULL and `why`.
 * Threads     any; secret_source_read() blocks.
 */
#ifndef BASE_SECRET_PRIV_H
#define BASE_SECRET_PRIV_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/secret.h"

/* A mapping of its own: mlock() counts pages, and an allocator would move a
 * value about and leave copies. */
struct secret_value {
    atomic_uint refs;
    size_t mapped; /* bytes */
    size_t len;
    char text[]; /* SECRET_VALUE_MAX and one too many, and a NUL */
};

struct secret_why {
    char *text;
    size_t cap;
};

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
    bool was_tried;
    bool is_reading;
    bool is_told; /* that it cannot be read */
};

struct secret_set {
    atomic_uint refs;
    pthread_mutex_t lock;
    struct secret **secrets; /* by name */
    size_t count;
    struct secret_rules rules;
    char *dir; /* rules.dir */
    void (*on_stale)(void *cookie);
    void *cookie;
};

/* With the lock held, these three. */
struct secret *secret_find(const struct secret_set *set, const char *name);
void secret_unref(struct secret *s);
/* Takes `value`; the one before, wiped when its last run ends.  Is it another
 * one? */
bool secret_put(struct secret *s, struct secret_value *value);

int secret_refuse(struct secret_why why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for the largest value, locked; NULL with errno. */
struct secret_value *secret_value_create(void);
/* `len` bytes have come: can they be a value?  Gives back pages not needed;
 * finish() takes a newline off first. */
int secret_value_settle(struct secret_value *value, size_t len,
                        const char *from, struct secret_why why);
int secret_value_finish(struct secret_value *value, size_t len,
                        const char *from, struct secret_why why);

/* NULL-terminated lists; NULL stays NULL. */
char **secret_words_copy(const char *const *words);
void secret_words_free(char **words);

struct secret_value *secret_source_read(const struct secret_def *def,
                                        const struct secret_rules *rules,
                                        struct secret_why why);

#endif
