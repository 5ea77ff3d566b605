/*
 * store_bed.h - a store in a folder of its own, and what is found in it again.
 *
 * Not a fake: real SQLite, real threads, a real loop.
 *
 * Lifecycle   STORE_BED(test) gives the test an open one as its state; a test
 *             may close it and open it again in between.
 * Ownership   the folder is the bed's, and gone with it.  Texts in what was
 *             found are the store's, and gone with its answer, but for `text`
 *             and `state_data`.
 * Errors      assertions of cmocka.
 * Threads     the loop's.
 */
#ifndef TESTS_LIB_STORE_BED_H
#define TESTS_LIB_STORE_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/store/store.h"

#define STORE_BED_KEEP_NS (3600 * NS_PER_S) /* of results */

struct loop;

struct store_bed {
    char dir[64];
    struct loop *loop;
    struct store *store;
    int open; /* answers not yet come */
    int done, duplicate, failed;
    int64_t last_id;
};

/* What a store had when it was opened. */
struct store_found {
    int states, incidents, messages, probes, seens, tokens, pushes, days,
        batches;
    int64_t first[64]; /* of the batches, in the order found */
    char state_data[64];
    struct store_message message;
    struct store_incident incident;
    struct store_probe probe;
    struct store_seen seen; /* its texts are gone */
    char seen_text[64];     /* "SOFTWARE EGRESS" */
    struct store_push push; /* the newest found; its name is gone */
    char push_check[64];
    struct store_day day;
    char text[64]; /* JSON of the incident */
};

#define STORE_BED(f)                                                           \
    cmocka_unit_test_setup_teardown(f, store_bed_setup, store_bed_teardown)

int store_bed_setup(void **state);
int store_bed_teardown(void **state);

void store_bed_open(struct store_bed *w);
void store_bed_close(struct store_bed *w);
void store_bed_reopen(struct store_bed *w);
/* Fails where what is found is not what this bed put in. */
struct store_found store_bed_load(struct store_bed *w);

/* ---- what is put in; store_bed_wait() waits for all answers ---- */

/* Ten results from `first` on, in so many bytes. */
void store_bed_add(struct store_bed *w, int64_t first, size_t len);
/* A decision: state of `home` (NULL: it goes), an incident, a message. */
void store_bed_decide(struct store_bed *w, const char *state, uint8_t message,
                      int64_t cursor);
struct store_message store_bed_message(uint8_t id, const char *json);
void store_bed_wait(struct store_bed *w);

/* Answers of what a test puts in by itself, after it counted up `open`. */
void store_bed_on_batch(void *cookie, enum store_outcome outcome, int64_t id);
void store_bed_on_done(void *cookie, enum store_outcome outcome);
void store_bed_note(struct store_bed *w, enum store_outcome outcome);

#endif
