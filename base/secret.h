/*
 * secret.h - values that are referred to, never written: ${secret.NAME}.
 *
 * Sources: a systemd credential, a file nobody else can read, an environment
 * variable, a command (argv, no shell, 5 s, its process group killed), or given
 * from elsewhere.  Whoever has a loop has them read by secret_keeper.h.
 *
 * A run takes a value with secret_get_for() and keeps it to its end: a re-read
 * swaps the set's, never the one that was taken.
 *
 * Ownership   definitions are copied.  A value is counted and outlives the set;
 *             each get is paired with secret_value_free().  Values lie in
 *             locked pages that core files leave out, wiped before they go.
 * Errors      NULL or -1, and `why` names the secret, its source and the
 *             remedy, never the value.
 * Units       *_ns nanoseconds.
 * Threads     any, at the same time, but for create and free.  secret_read()
 *             and secret_refresh() block: not on a loop.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_VALUE_MAX   4096 /* bytes of a value */
#define SECRET_WHY_MAX     400  /* bytes of any `why`, NUL included */
#define SECRET_MAX         1024 /* of a set */
#define SECRET_ORIGINS_MAX 50   /* of a secret's `for` */

struct secret_set;
struct secret_value;

enum secret_source {
    SECRET_CREDENTIAL,
    SECRET_FILE,
    SECRET_ENV,
    SECRET_COMMAND,
    SECRET_GIVEN, /* no source here: by secret_give() */
};

enum secret_at { SECRET_AT_CONTROLLER, SECRET_AT_PROBE };

struct secret_def {
    const char *name;
    enum secret_source source;
    enum secret_at at;
    const char *from;           /* credential, path or variable */
    const char *const *argv;    /* SECRET_COMMAND: NULL-terminated */
    const char *const *origins; /* `for`: "https://host[:port]", lower case,
                                   no default port (url_format_origin()) */
    size_t origin_count;        /* 0: goes into no check's request */
    int64_t refresh_ns;         /* read again that often; 0: never */
};

/* What definitions from elsewhere may do on this machine. */
struct secret_rules {
    bool is_limited;
    bool may_run_commands;
    const char *dir; /* files lie below it */
};

typedef void secret_each_fn(void *cookie, const struct secret_def *def);
typedef void secret_tell_fn(void *cookie, const char *name, const char *why);

/* For main(): this process leaves no core file, whose pages would hold what a
 * library has copied, and no other user's debugger may look into it. */
void secret_guard(void);

/* Counted. */
struct secret_set *secret_set_create(void);
struct secret_set *secret_set_ref(struct secret_set *set);
void secret_set_free(struct secret_set *set);
void secret_set_rules(struct secret_set *set, const struct secret_rules *rules);
/* EINVAL: the name is taken or has no source; ENOSPC. */
int secret_add(struct secret_set *set, const struct secret_def *def);
/* The value of a SECRET_GIVEN one; -1: there is none of that name, or the
 * value is empty, too long or holds a NUL. */
int secret_give(struct secret_set *set, const char *name, const char *value,
                size_t len);
/* There is none to give, and `why` is what a run is told. */
void secret_give_none(struct secret_set *set, const char *name,
                      const char *why);
/* Gives what `from` was given, to each of the same name; no copy is made. */
void secret_share(struct secret_set *set, const struct secret_set *from);
/* By name; `fn` calls nothing here on `set`. */
void secret_each(struct secret_set *set, secret_each_fn *fn, void *cookie);
/* The definitions of `fresh` instead of the set's; what was defined alike
 * keeps its value.  Takes `fresh`. */
void secret_set_replace(struct secret_set *set, struct secret_set *fresh);

/* Reads `name`, or with NULL every source that was not read. */
int secret_read(struct secret_set *set, const char *name, char *why,
                size_t cap);
/* Reads what was never tried, is stale or due (60 s after one that failed): how
 * many values changed.  What cannot be read keeps its value; `why` is the first
 * of these, else "". */
size_t secret_refresh(struct secret_set *set, char *why, size_t cap);
/* Until something is to be refreshed; -1: nothing ever is. */
int64_t secret_due_ns(struct secret_set *set);

/* For a request to `origin` (url_format_origin()): the value, or NULL when the
 * secret is unknown, has not been read, or is not `for` that origin. */
struct secret_value *secret_get_for(struct secret_set *set, const char *name,
                                    const char *origin, char *why, size_t cap);
/* For what is no check's request (mail, webhooks, wire). */
struct secret_value *secret_get(struct secret_set *set, const char *name,
                                char *why, size_t cap);
/* A value of its own, of no set: what a run was given (a token).  NULL: it is
 * empty, over SECRET_VALUE_MAX, holds a NUL, or there is no memory. */
struct secret_value *secret_value_make(const char *text, size_t len);
struct secret_value *secret_value_ref(struct secret_value *value);
const char *secret_value_text(const struct secret_value *value);
size_t secret_value_len(const struct secret_value *value);
bool secret_value_eq(const struct secret_value *a,
                     const struct secret_value *b); /* either may be NULL */
void secret_value_free(struct secret_value *value);

/* A target refused the value (401, 403): its source is read again, at most once
 * in 30 s.  NULL: all of them, at once (reload). */
void secret_mark_stale(struct secret_set *set, const char *name);
/* The SECRET_GIVEN ones refused since the last call: whoever gave them reads. */
void secret_take_refused(struct secret_set *set, secret_each_fn *fn,
                         void *cookie);
/* Each that cannot be read since the last call, and with `why` NULL each that
 * can be again. */
void secret_tell(struct secret_set *set, secret_tell_fn *fn, void *cookie);
/* `fn` is called after each mark that will cause a read, from any thread.
 * secret_keeper.h is what watches. */
void secret_set_watch(struct secret_set *set, void (*fn)(void *cookie),
                      void *cookie);

/* `text` with every ${secret.NAME} replaced; NULL and `why` if one is
 * missing.  Caller frees with secret_text_free(), which wipes. */
char *secret_expand(struct secret_set *set, const char *text, char *why,
                    size_t cap);
void secret_text_free(char *text);

#endif
