/*
 * secret_keeper.h - has the sources of a set read, on a thread of its own.
 *
 * Read is what was never tried, what its `refresh` makes due, what a target has
 * refused, and after a minute what could not be read.  A secret that cannot be
 * read is logged once, with its source and the remedy, and once when it is back.
 *
 * Not the reading itself nor the values (secret.h).
 *
 * Lifecycle   secret_keeper_set() begins, and begins anew with another set;
 *             secret_keeper_free() waits for a source that is being read (5 s).
 * Ownership   a reference of the set kept.
 * Errors      NULL with errno; what happens later goes to the log.
 * Threads     loop thread only, where callbacks come, never from inside.  Marks
 *             (secret_mark_stale()) may come from any, but not during free.
 */
#ifndef BASE_SECRET_KEEPER_H
#define BASE_SECRET_KEEPER_H

#include <stdbool.h>
#include <stddef.h>

struct log;
struct loop;
struct secret_keeper;
struct secret_set;

struct secret_keeper_opts {
    struct loop *loop;
    struct log *log;
    /* What was due has been read or tried; `changed` values are new. */
    void (*on_read)(void *cookie, size_t changed);
    /* A value that was given has been refused: secret_take_refused(). */
    void (*on_refused)(void *cookie); /* or NULL */
    void *cookie;
};

struct secret_keeper *
secret_keeper_create(const struct secret_keeper_opts *opts);
void secret_keeper_free(struct secret_keeper *keeper);

void secret_keeper_set(struct secret_keeper *keeper, struct secret_set *set);
/* The set has other definitions: what is new is read. */
void secret_keeper_kick(struct secret_keeper *keeper);
bool secret_keeper_is_busy(const struct secret_keeper *keeper);

/* Something else that blocks, in its turn on the same thread, as worker_push(). */
int secret_keeper_push(struct secret_keeper *keeper, void (*job)(void *cookie),
                       void (*done)(void *cookie), void *cookie);

#endif
