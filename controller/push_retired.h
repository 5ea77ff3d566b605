/*
 * push_retired.h - heartbeats' rows that no check has any more.
 *
 * Such a row goes.  But where the token was rotated its generation stays, in a
 * row that says nothing else: a check of the same name, some day, must not make
 * the token good again that was taken out of the world.
 *
 * Lifecycle   a zeroed one is empty; push_retired_clear().
 * Ownership   names are copied.
 * Errors      none: a row that could not go is found again at the next start.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_PUSH_RETIRED_H
#define CONTROLLER_PUSH_RETIRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

struct push_retired {
    struct push_retired_row {
        char *check;
        int64_t generation; /* 0: nothing to remember, the row goes */
        bool is_blank;      /* the row says no more than that */
    } * row;

    size_t count; /* of those rotated: as many as operators made */
};

void push_retired_add(struct push_retired *retired, const char *check,
                      int64_t generation);
/* The generation that a new check of that name goes on with. */
int64_t push_retired_take(struct push_retired *retired, const char *check);
/* Makes the rows on the disk what they should be. */
void push_retired_store(struct push_retired *retired, struct store *store);
void push_retired_clear(struct push_retired *retired);

#endif
