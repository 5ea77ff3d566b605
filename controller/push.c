/*
 * A heartbeat's row (state.db) is written before its result (results.db) is,
 * and both before it is acknowledged: a crash between the two loses a result
 * at most, never makes a beat missing that was heard.
 *
 * Tokens are looked up by their digest, so that what the search compares tells
 * nothing of a token.
 */
#include "controller/push.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/id.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/decide/heartbeat.h"
#include "controller/decider.h"
#include "controller/push_judge.h"
#include "controller/push_retired.h"
#include "controller/store/store.h"
#include "wire/batch.h"

#define ALIVE_NS (60 * NS_PER_S)

struct beat {
    struct push *push;
    struct spec *spec;
    struct heartbeat state;
    int64_t generation; /* of its token */
    bool is_known;      /* has a row */
    char token[PUSH_TOKEN_MAX];
    uint8_t digest[DIGEST_SHA256_BYTES];
    struct loop_timer *timer;
};

struct push_wait { /* a result, or a begin, on its way to the disk */
    struct push_wait *next;
    struct push *push; /* NULL: that is gone */
    struct result *result;
    int open; /* writes not done yet */
    bool has_failed;
    int64_t batch;
    push_done_fn *done; /* NULL: nobody waits */
    void *cookie;
};

struct push {
    struct push_ports ports;
    struct push_key *key;
    struct beat **beats; /* by digest */
    size_t count;
    struct push_retired retired;
    struct push_wait *waits;
    struct id spool;
    int64_t first;
    wall_t alive; /* a controller before this one was, then; ms 0: none */
    bool has_begun;
    struct loop_timer *mark;
};

/* ---- tokens ---- */

static void
make_token(struct beat *beat)
{
    push_key_token(beat->push->key, beat->spec->name, beat->generation,
                   beat->token);
    digest_sha256(beat->digest, beat->token, strlen(beat->token));
}

static int
by_digest(const void *a, const void *b)
{
    const struct beat *const *x = a;
    const struct beat *const *y = b;

    return memcmp((*x)->digest, (*y)->digest, DIGEST_SHA256_BYTES);
}

static void
sort(struct push *push)
{
    for (size_t i = 0; i < push->count; i++)
        make_token(push->beats[i]);
    if (push->count > 1)
        qsort(push->beats, push->count, sizeof(*push->beats), by_digest);
}

static struct beat *
find_token(const struct push *push, const char *token)
{
    struct beat key;
    struct beat *wanted = &key;
    struct beat **found;

    digest_sha256(key.digest, token, strlen(token));
    found = push->count > 0 ? bsearch(&wanted, push->beats, push->count,
                                      sizeof(*push->beats), by_digest)
                            : NULL;
    return found != NULL ? *found : NULL;
}

static struct beat *
find_name(const struct push *push, const char *check)
{
    for (size_t i = 0; i < push->count; i++)
        if (str_eq(push->beats[i]->spec->name, check))
            return push->beats[i];
    return NULL;
}

bool
push_token(const struct push *push, const char *check, char to[PUSH_TOKEN_MAX])
{
    const struct beat *beat = find_name(push, check);

    if (beat != NULL)
        (void)str_copy(to, PUSH_TOKEN_MAX, beat->token);
    return beat != NULL;
}

/* ---- rows ---- */

static struct heartbeat_rule
rule_of(const struct beat *beat)
{
    return (struct heartbeat_rule){
        .every_ms = beat->spec->every_ns / NS_PER_MS,
        .grace_ms = beat->spec->timeout_ns / NS_PER_MS,
    };
}

static void
put_row(struct beat *beat, store_done_fn *done, void *cookie)
{
    struct store_push row = {
        .check = beat->spec->name,
        .base = beat->state.base,
        .last = beat->state.last,
        .begun = beat->state.begun,
        .generation = beat->generation,
    };

    beat->is_known = true;
    store_put_push(beat->push->ports.store, &row, done, cookie);
}

bool
push_rotate(struct push *push, const char *check)
{
    struct beat *beat = find_name(push, check);

    if (beat == NULL)
        return false;
    beat->generation++;
    put_row(beat, NULL, NULL);
    sort(push);
    return true;
}

/* ---- to the disk, and to the decider ---- */

static void
free_wait(struct push_wait *wait)
{
    struct push_wait **at;

    if (wait->push != NULL) {
        at = &wait->push->waits;
        while (*at != wait)
            at = &(*at)->next;
        *at = wait->next;
    }
    result_free(wait->result);
    free(wait);
}

static void
settle(struct push_wait *wait)
{
    struct push *push = wait->push;

    if (--wait->open > 0)
        return;
    if (push != NULL && wait->batch != 0) {
        decider_on_result(push->ports.decider, PUSH_REGION, PUSH_REGION,
                          wait->result, false);
        decider_on_batch(push->ports.decider, wait->batch);
    }
    if (wait->done != NULL)
        wait->done(wait->cookie, !wait->has_failed);
    free_wait(wait);
}

static void
on_row(void *cookie, enum store_outcome outcome)
{
    struct push_wait *wait = cookie;

    wait->has_failed = wait->has_failed || outcome == STORE_FAILED;
    settle(wait);
}

static void
on_batch(void *cookie, enum store_outcome outcome, int64_t id)
{
    struct push_wait *wait = cookie;

    wait->has_failed = wait->has_failed || outcome != STORE_DONE;
    wait->batch = outcome == STORE_DONE ? id : 0;
    settle(wait);
}

static struct push_wait *
new_wait(struct push *push, push_done_fn *done, void *cookie)
{
    struct push_wait *wait = str_xcalloc(1, sizeof(*wait));

    wait->push = push;
    wait->done = done;
    wait->cookie = cookie;
    wait->open = 1; /* whoever made it settles once */
    wait->next = push->waits;
    push->waits = wait;
    return wait;
}

static void
store_result(struct beat *beat, const struct result *result,
             struct push_wait *wait)
{
    struct push *push = beat->push;
    struct store_batch row = {
        .probe = PUSH_REGION,
        .region = PUSH_REGION,
        .spool = push->spool,
        .first = push->first++,
        .count = 1,
        .received = loop_wall(push->ports.loop),
    };
    struct buf out;

    buf_init(&out, BATCH_BYTES_MAX);
    wait->result = result_copy(result);
    wait->open++;
    put_row(beat, on_row, wait);
    if (wait->result == NULL || batch_encode(&out, &result, 1) != 0) {
        wait->has_failed = true;
    } else {
        row.data = out.data;
        row.len = out.len;
        wait->open++;
        store_add_batch(push->ports.store, &row, on_batch, wait);
    }
    buf_free(&out);
}

static struct result
begin_result(const struct beat *beat, wall_t slot)
{
    struct result result;

    result_init(&result);
    result.check = beat->spec->name;
    result.version = beat->spec->version;
    result.run = id_random();
    result.slot = slot;
    result.started = loop_wall(beat->push->ports.loop);
    return result;
}

/* ---- the missing ---- */

static void on_due(void *cookie);

static void
set_timer(struct beat *beat)
{
    struct heartbeat_rule rule = rule_of(beat);
    struct push *push = beat->push;
    wall_t due = heartbeat_due(&beat->state, &rule);
    int64_t in_ms = due.ms - loop_wall(push->ports.loop).ms;

    loop_timer_cancel(beat->timer);
    beat->timer = NULL;
    if (push->has_begun)
        beat->timer =
            loop_timer_start(push->ports.loop,
                             (in_ms > 0 ? in_ms : 1) * NS_PER_MS, on_due, beat);
}

static void
tell_missing(struct beat *beat, wall_t expected)
{
    struct result result = begin_result(beat, expected);
    char last[UNITS_TEXT_MAX];
    char message[RESULT_MESSAGE_MAX];
    char every[UNITS_TEXT_MAX];

    if (beat->state.last.ms != 0)
        (void)snprintf(message, sizeof(message),
                       "no heartbeat since %s; one is expected every %s",
                       units_format_time(last, beat->state.last),
                       units_format_duration(every, beat->spec->every_ns));
    else
        (void)snprintf(message, sizeof(message),
                       "no heartbeat has ever arrived; one is expected every "
                       "%s at the address that `picket push-url %s` tells",
                       units_format_duration(every, beat->spec->every_ns),
                       beat->spec->name);
    result.status = STATUS_DOWN;
    result.reason = REASON_PUSH_MISSING;
    result.message = message;
    store_result(beat, &result, new_wait(beat->push, NULL, NULL));
    settle(beat->push->waits);
}

static void
on_due(void *cookie)
{
    struct beat *beat = cookie;
    struct heartbeat_rule rule = rule_of(beat);
    wall_t now = loop_wall(beat->push->ports.loop);
    wall_t expected = {0};
    bool is_missing = false;

    beat->timer = NULL;
    /* Of several that a late timer finds, the newest speaks for all. */
    while (heartbeat_on_time(&beat->state, &rule, now, &expected))
        is_missing = true;
    if (is_missing)
        tell_missing(beat, expected);
    set_timer(beat);
}

/* ---- what arrives ---- */

static void
take_beat(struct beat *beat, const struct push_beat *said,
          struct push_wait *wait)
{
    wall_t now = loop_wall(beat->push->ports.loop);
    struct result result = begin_result(beat, now);
    int64_t took_ms = heartbeat_on_beat(&beat->state, now);
    struct push_words words;

    if (said->took_ms >= 0)
        took_ms = said->took_ms;
    if (took_ms >= 0)
        result.us[PHASE_TOTAL] = took_ms * 1000;
    if (took_ms > 0)
        result.started.ms -= took_ms;
    push_judge(&result, beat->spec, said, &words);
    store_result(beat, &result, wait);
    set_timer(beat);
}

bool
push_hear(struct push *push, const char *token, const struct push_beat *said,
          push_done_fn *done, void *cookie)
{
    struct beat *beat = find_token(push, token);
    struct push_wait *wait;

    if (beat == NULL)
        return false;
    assert(said->status != STATUS_ERROR);
    wait = new_wait(push, done, cookie);
    if (said->is_begin) {
        heartbeat_on_begin(&beat->state, loop_wall(push->ports.loop));
        wait->open++;
        put_row(beat, on_row, wait);
    } else {
        take_beat(beat, said, wait);
    }
    settle(wait);
    return true;
}

void
push_forget(struct push *push, void *cookie)
{
    for (struct push_wait *wait = push->waits; wait != NULL; wait = wait->next)
        if (wait->cookie == cookie)
            wait->done = NULL;
}

/* ---- life ---- */

struct push *
push_create(const struct push_ports *ports, char *why, size_t cap)
{
    struct push *push = str_xcalloc(1, sizeof(*push));

    push->ports = *ports;
    push->spool = id_random();
    push->key = push_key_open(ports->dir, why, cap);
    if (push->key != NULL)
        return push;
    free(push);
    return NULL;
}

static void
free_beat(struct beat *beat)
{
    loop_timer_cancel(beat->timer);
    spec_free(beat->spec);
    free(beat);
}

void
push_free(struct push *push)
{
    if (push == NULL)
        return;
    for (struct push_wait *wait = push->waits; wait != NULL;
         wait = wait->next) {
        wait->push = NULL;
        wait->done = NULL;
    }
    loop_timer_cancel(push->mark);
    for (size_t i = 0; i < push->count; i++)
        free_beat(push->beats[i]);
    free(push->beats);
    push_retired_clear(&push->retired);
    push_key_close(push->key);
    free(push);
}

static struct beat *
new_beat(struct push *push, struct spec *spec, struct beat *old)
{
    struct beat *beat = str_xcalloc(1, sizeof(*beat));

    beat->push = push;
    beat->spec = spec_ref(spec);
    if (old != NULL) {
        beat->state = old->state;
        beat->generation = old->generation;
        beat->is_known = old->is_known;
    } else {
        heartbeat_init(&beat->state, loop_wall(push->ports.loop));
        beat->generation = push_retired_take(&push->retired, spec->name);
    }
    return beat;
}

/* Those without a successor are gone. */
static void
replace_beats(struct push *push, struct beat **fresh, size_t count)
{
    struct beat **old = push->beats;
    size_t old_count = push->count;

    push->beats = fresh;
    push->count = count;
    for (size_t i = 0; i < old_count; i++) {
        if (find_name(push, old[i]->spec->name) == NULL)
            push_retired_add(&push->retired, old[i]->spec->name,
                             old[i]->generation);
        free_beat(old[i]);
    }
    free(old);
    sort(push);
    if (push->has_begun)
        push_retired_store(&push->retired, push->ports.store);
}

void
push_set_config(struct push *push, const struct config *config)
{
    size_t all = catalog_count(config->catalog);
    struct beat **fresh = str_xcalloc(all + 1, sizeof(struct beat *));
    size_t count = 0;

    for (size_t i = 0; i < all; i++) {
        struct spec *spec = catalog_get(config->catalog, i);

        if (spec->kind == SPEC_PUSH)
            fresh[count++] = new_beat(push, spec, find_name(push, spec->name));
    }
    replace_beats(push, fresh, count);
    for (size_t i = 0; i < count && push->has_begun; i++) {
        if (!fresh[i]->is_known)
            put_row(fresh[i], NULL, NULL);
        set_timer(fresh[i]);
    }
}

void
push_on_row(struct push *push, const struct store_push *row)
{
    struct beat *beat = find_name(push, row->check);

    if (beat == NULL) {
        push_retired_add(&push->retired, row->check, row->generation);
        return;
    }
    if (row->base.ms != 0) /* 0: of a check of that name before this one */
        beat->state = (struct heartbeat){row->base, row->last, row->begun};
    beat->generation = row->generation;
    beat->is_known = true;
}

void
push_on_alive(struct push *push, wall_t at)
{
    push->alive = at;
}

static void
on_mark(void *cookie)
{
    struct push *push = cookie;

    push->mark = loop_timer_start(push->ports.loop, ALIVE_NS, on_mark, push);
    if (push->count > 0)
        store_put_alive(push->ports.store, loop_wall(push->ports.loop));
}

void
push_begin(struct push *push)
{
    wall_t now = loop_wall(push->ports.loop);

    push->has_begun = true;
    for (size_t i = 0; i < push->count; i++) {
        struct beat *beat = push->beats[i];
        struct heartbeat_rule rule = rule_of(beat);

        if (beat->state.base.ms > now.ms) /* set back in between */
            heartbeat_on_step(&beat->state, now.ms - beat->state.base.ms);
        if (push->alive.ms != 0 && beat->is_known)
            heartbeat_on_gap(&beat->state, &rule, push->alive, now);
        put_row(beat, NULL, NULL);
        set_timer(beat);
    }
    sort(push); /* generations came with the rows */
    push_retired_store(&push->retired, push->ports.store);
    on_mark(push);
}

void
push_on_step(struct push *push, int64_t by_ms)
{
    for (size_t i = 0; i < push->count; i++) {
        heartbeat_on_step(&push->beats[i]->state, by_ms);
        put_row(push->beats[i], NULL, NULL);
        set_timer(push->beats[i]);
    }
}
