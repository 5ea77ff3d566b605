/*
 * store_bed.h - a store in a folder of its own, and what is found in it again.
 *
 * Not a fake: real SQLite, real threads, a real loop.
 *
 * Ownership   setup() makes a world, teardown() ends it and its folder.
 * Errors      assertions of cmocka, which is included before.
 * Threads     the loop's.
 */
#ifndef TESTS_LIB_STORE_BED_H
#define TESTS_LIB_STORE_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/loop.h"
#include "base/str.h"
#include "controller/store/store.h"

#define KEEP_NS (3600 * NS_PER_S)

struct world {
    char dir[64];
    struct loop *loop;
    struct store *store;
    int open; /* answers not yet come */
    int done, duplicate, failed;
    int64_t last_id;
};

static inline void
open_store(struct world *w)
{
    char why[256];

    w->loop = loop_create();
    w->store = store_open(&(struct store_opts){.loop = w->loop,
                                               .dir = w->dir,
                                               .reserve_bytes = 1 << 20,
                                               .keep_results_ns = KEEP_NS},
                          why, sizeof why);
    if (w->store == NULL)
        fail_msg("%s", why);
}

static inline void
close_store(struct world *w)
{
    store_close(w->store);
    loop_free(w->loop);
    w->store = NULL;
}

static inline int
setup(void **state)
{
    struct world *w = str_xcalloc(1, sizeof *w);

    str_copy(w->dir, sizeof w->dir, "/tmp/picket-store-XXXXXX");
    if (mkdtemp(w->dir) == NULL)
        return -1;
    open_store(w);
    *state = w;
    return 0;
}

static inline int
teardown(void **state)
{
    struct world *w = *state;

    if (w->store != NULL)
        close_store(w);
    file_remove_tree(w->dir);
    free(w);
    return 0;
}

static inline void
note(struct world *w, enum store_outcome outcome)
{
    w->done += outcome == STORE_DONE;
    w->duplicate += outcome == STORE_DUPLICATE;
    w->failed += outcome == STORE_FAILED;
    if (--w->open == 0)
        loop_stop(w->loop);
}

static inline void
on_batch_done(void *cookie, enum store_outcome outcome, int64_t id)
{
    struct world *w = cookie;

    if (outcome == STORE_DONE) {
        assert_true(id > w->last_id);
        w->last_id = id;
    }
    note(w, outcome);
}

static inline void
on_done(void *cookie, enum store_outcome outcome)
{
    note(cookie, outcome);
}

static inline void
wait_all(struct world *w)
{
    if (w->open > 0)
        loop_run(w->loop);
}

static inline void
add(struct world *w, int64_t first, size_t len)
{
    static char data[1 << 20];
    struct store_batch b = {.probe = "fra-1",
                            .region = "fra",
                            .spool = {{1, 2, 3}},
                            .first = first,
                            .count = 10,
                            .received = loop_wall(w->loop),
                            .offset_ms = -7,
                            .data = data,
                            .len = len};

    memset(data, (int)(first & 0x7f), len);
    w->open++;
    store_add_batch(w->store, &b, on_batch_done, w);
}

/* ---- what is found when opened again ---- */

struct found {
    int states, incidents, messages, probes, tokens, days, batches;
    int64_t first[64];
    char state_data[64];
    struct store_message message;
    struct store_incident incident;
    struct store_probe probe;
    struct store_day day;
    char text[64];
};

static inline void
found_state(void *cookie, const struct store_state *s)
{
    struct found *f = cookie;

    f->states++;
    memcpy(f->state_data, s->data, s->len < 63 ? s->len : 63);
}

static inline void
found_incident(void *cookie, const struct store_incident *i)
{
    struct found *f = cookie;

    f->incidents++;
    f->incident = *i;
    str_copy(f->text, sizeof f->text, i->json);
}

static inline void
found_message(void *cookie, const struct store_message *m)
{
    struct found *f = cookie;

    f->messages++;
    f->message = *m;
}

static inline void
found_probe(void *cookie, const struct store_probe *p)
{
    struct found *f = cookie;

    f->probes++;
    f->probe = *p;
    assert_string_equal(p->name, "fra-1");
    assert_null(p->previous_sha256);
}

static inline void
found_token(void *cookie, const struct store_token *t)
{
    ((struct found *)cookie)->tokens++;
    assert_string_equal(t->hash, "abcd");
    assert_null(t->name);
    assert_int_equal(t->uses_left, 1);
}

static inline void
found_day(void *cookie, const struct store_day *d)
{
    struct found *f = cookie;

    f->days++;
    f->day = *d;
}

static inline void
found_batch(void *cookie, const struct store_batch *b)
{
    struct found *f = cookie;

    f->first[f->batches++ % 64] = b->first;
    assert_string_equal(b->probe, "fra-1");
    assert_string_equal(b->region, "fra");
    assert_int_equal(b->spool.byte[2], 3);
    assert_int_equal(b->offset_ms, -7);
    assert_int_equal(b->count, 10);
    for (size_t i = 0; i < b->len; i++)
        if (((const char *)b->data)[i] != (char)(b->first & 0x7f))
            fail_msg("batch %lld is not as it came", (long long)b->first);
}

static inline struct found
load(struct world *w)
{
    struct found f = {0};
    struct store_loader loader = {
        .cookie = &f,
        .on_state = found_state,
        .on_incident = found_incident,
        .on_message = found_message,
        .on_probe = found_probe,
        .on_token = found_token,
        .on_day = found_day,
        .on_batch = found_batch,
    };

    assert_int_equal(store_load(w->store, &loader), 0);
    return f;
}

static inline void
reopen(struct world *w)
{
    close_store(w);
    open_store(w);
}

static inline struct store_message
message_of(uint8_t id, const char *json)
{
    return (struct store_message){.id = {{id}},
                                  .incident = {{7}},
                                  .order = 1,
                                  .destination = "channel:ops",
                                  .json = json,
                                  .created = {1000}};
}

static inline void
decide(struct world *w, const char *state, uint8_t message, int64_t cursor)
{
    struct store_state s = {
        .check = "home", .data = state, .len = state ? strlen(state) : 0};
    struct store_incident i = {.id = {{7}},
                               .check = "home",
                               .rule = "down",
                               .state = 2,
                               .opened = {900},
                               .json = "{\"a\":1}"};
    struct store_message m = message_of(message, "{}");
    struct store_commit c = {.cursor = cursor,
                             .states = &s,
                             .state_count = 1,
                             .incidents = &i,
                             .incident_count = 1,
                             .messages = &m,
                             .message_count = 1};

    w->open++;
    store_commit(w->store, &c, on_done, w);
}

#define WITH_STORE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
