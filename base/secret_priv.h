/*
 * secret_priv.h - between secret.c (the set) and secret_source.c (the reading).
 *
 * Ownership   a value that is made is counted once, for its maker.
 * Errors      NULL and `why`.
 * Threads     any; secret_source_read() blocks.
 */
#ifndef BASE_SECRET_PRIV_H
#define BASE_SECRET_PRIV_H

#include <stdatomic.h>
#include <stddef.h>

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

int secret_refuse(struct secret_why why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for the largest value, locked; NULL with errno. */
struct secret_value *secret_value_create(void);
struct secret_value *secret_value_ref(struct secret_value *value);
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
