/*
 * roster.h - the checks of one lane: from an assignment into the schedule.
 *
 * Not their runs, which are lane.h's, nor the arithmetic of their turns, which
 * is schedule.h's.  A check stands in the roster of the lane to which the hash
 * of its name falls.
 *
 * Lifecycle
 *
 *     roster_set_assignment()   new and changed checks stand in line; at each
 *                               turn of the loop a few are compiled and put
 *                               into the schedule, then on_scheduled()
 *     a check goes or changes   on_leave(), then it is freed
 *     roster_free()             on_leave() for each, nothing after it
 *
 * A check whose text does not compile is scheduled all the same, so that its
 * turns can say why it does not run.
 *
 * Ownership   checks are the roster's, until on_leave(); `turn` and
 *             `is_overrun` are the lane's to write.
 * Units       *_ns as named.
 * Errors      none but those of roster_spec().
 * Threads     the loop's.
 */
#ifndef PROBE_ROSTER_H
#define PROBE_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/spec_cache.h"

struct assignment;
struct log;
struct loop;
struct message_assigned;
struct roster;
struct run;
struct schedule;
struct schedule_item;
struct spec;

struct roster_check {
    const struct message_assigned *as; /* in the roster's assignment */
    struct schedule_item *item;        /* NULL: not compiled yet */
    struct spec_slot slot;
    struct roster_check *next_new; /* waits to be compiled */
    struct run *turn;              /* its scheduled run, or NULL */
    int64_t slack_ns; /* of a lock: a run may begin so late; < 0: none */
    bool is_overrun;  /* so that only the first is logged */
    bool is_refused;  /* its text; so that only the first time is logged */
};

struct roster_opts {
    struct loop *loop;
    struct log *log;
    struct schedule *schedule; /* outlives the roster; cookie: the check */
    size_t specs_max;          /* compiled checks kept */
    size_t index;              /* this lane of `count` */
    size_t count;
    void (*on_scheduled)(void *cookie);
    void (*on_leave)(void *cookie, struct roster_check *check);
    void *cookie;
};

struct roster *roster_create(const struct roster_opts *opts);
void roster_free(struct roster *roster);

/* Takes the reference.  Checks that did not change keep their phase. */
void roster_set_assignment(struct roster *roster,
                           struct assignment *assignment);

struct roster_check *roster_find(const struct roster *roster, const char *name);

/* Its spec, until the next call; NULL: `why` says what is wrong with the
 * text. */
struct spec *roster_spec(struct roster *roster, struct roster_check *check,
                         char *why, size_t cap);

#endif
