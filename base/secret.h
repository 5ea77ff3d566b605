/*
 * secret.h - values that are referred to, never written: ${secret.NAME}.
 *
 * Sources: a systemd credential, a file nobody else can read, an environment
 * variable, a command (argv, no shell, 5 s).  Memory is locked, wiped on free.
 *
 * Ownership   the set owns the values; secret_get() is valid until reload or
 *             free.
 * Errors      -1, and `why` names the source and the remedy, never the value.
 * Threads     none of its own.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

struct secret_set;

enum secret_source {
    SECRET_CREDENTIAL,
    SECRET_FILE,
    SECRET_ENV,
    SECRET_COMMAND
};

struct secret_def {
    const char *name;
    enum secret_source source;
    const char *from;        /* credential, path or variable */
    const char *const *argv; /* SECRET_COMMAND: NULL-terminated */
};

struct secret_set *secret_set_create(void);
void secret_set_free(struct secret_set *set);
int secret_add(struct secret_set *set, const struct secret_def *def);
/* Reads `name`, or with NULL every source that was not read; blocks: start-up
 * and reload only. */
int secret_read(struct secret_set *set, const char *name, char *why,
                size_t cap);
const char *secret_get(const struct secret_set *set, const char *name);
/* `text` with every ${secret.NAME} replaced; NULL and `why` if one is
 * missing.  Caller frees with secret_text_free(), which wipes. */
char *secret_expand(const struct secret_set *set, const char *text, char *why,
                    size_t cap);
void secret_text_free(char *text);

#endif
