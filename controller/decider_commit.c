/*
 * What changed goes to the store in one transaction, with the cursor: states,
 * incidents, messages.  An incident is written at once; states alone within a
 * second, many results together.  The outbox hears of a message when its
 * commit is done, not before.
 *
 * A commit that fails is tried again with everything that is not on disk by
 * then.  Its messages go out nevertheless, since a page may not be lost to a
 * full disk: their ids are made of what they say, so a restart that decides
 * them again says nothing twice.
 *
 * A state's bytes: version, the names of its regions, the verdict's state, the
 * rules that wait, and the counts of the newest two days.  The days are in
 * results.db too, which is written by another transaction: those here are the
 * ones that agree with the slots.
 */
#include "controller/decider_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/spec.h"
#include "controller/decide/verdict_bytes.h"
#include "controller/decide/verdict_step.h"
#include "controller/outbox.h"

#define STATE_VERSION 1
#define STATE_MAX     65536
#define NAME_BYTES    255
#define DAYS_IN_STATE 2
#define FLUSH_NS      NS_PER_S
#define AGAIN_NS      (5 * NS_PER_S)

struct decider_flight { /* a commit under way */
    struct decider *decider;
    struct decider_flight *next;    /* decider is NULL once that is freed */
    struct store_message *messages; /* texts owned */
    size_t message_count;
    int64_t cursor;
};

/* ---- bytes ---- */

static void
put_name(struct buf *out, const char *name)
{
    size_t len = strlen(name);

    if (len > NAME_BYTES)
        len = NAME_BYTES;
    buf_add_u8(out, (uint8_t)len);
    buf_add(out, name, len);
}

static char *
take_name(struct buf_reader *r)
{
    uint8_t len = buf_get_u8(r);
    const uint8_t *bytes = buf_get(r, len);

    return bytes == NULL ? NULL : str_xndup((const char *)bytes, len);
}

static void
put_day(struct buf *out, const struct store_day *d)
{
    buf_add_le64(out, (uint64_t)d->day);
    buf_add_le32(out, d->up);
    buf_add_le32(out, d->degraded);
    buf_add_le32(out, d->partial);
    buf_add_le32(out, d->down);
    buf_add_le32(out, d->unknown);
}

static void
encode(struct buf *out, const struct decider_watch *w)
{
    size_t from =
        w->day_count > DAYS_IN_STATE ? w->day_count - DAYS_IN_STATE : 0;
    struct buf state;
    size_t i;

    buf_init(&state, STATE_MAX);
    verdict_encode(&state, &w->state);
    buf_add_u8(out, STATE_VERSION);
    buf_add_u8(out, (uint8_t)w->rule.regions);
    for (i = 0; i < w->rule.regions; i++)
        put_name(out, w->regions[i]);
    buf_add_le32(out, (uint32_t)state.len);
    buf_add(out, state.data, state.len);
    buf_free(&state);
    buf_add_u8(out, (uint8_t)w->rule_count);
    for (i = 0; i < w->rule_count; i++) {
        bool waits = w->rules[i].machine.state == INCIDENT_WAITING;

        put_name(out, w->rules[i].name);
        buf_add_le64(out, waits ? (uint64_t)w->rules[i].machine.since.ms
                                : UINT64_C(0));
    }
    buf_add_u8(out, (uint8_t)(w->day_count - from));
    for (i = from; i < w->day_count; i++)
        put_day(out, &w->days[i]);
}

struct store_day *
decider_day_get(struct decider_watch *watch, int64_t day)
{
    size_t i = watch->day_count;

    while (i > 0 && watch->days[i - 1].day > day)
        i--;
    if (i > 0 && watch->days[i - 1].day == day)
        return &watch->days[i - 1];
    if (watch->day_count == DECIDER_DAYS_MAX) {
        if (i == 0)
            return NULL;
        watch->day_count--;
        i--;
        memmove(watch->days, watch->days + 1,
                watch->day_count * sizeof *watch->days);
    }
    watch->days =
        str_xrealloc(watch->days, (watch->day_count + 1) * sizeof *watch->days);
    memmove(watch->days + i + 1, watch->days + i,
            (watch->day_count - i) * sizeof *watch->days);
    watch->day_count++;
    watch->days[i] = (struct store_day){.day = day};
    return &watch->days[i];
}

static void
set_day(struct decider_watch *watch, const struct store_day *from)
{
    struct store_day *day = decider_day_get(watch, from->day);

    if (day == NULL)
        return;
    *day = *from;
    day->check = NULL;
}

static bool
decode_verdict(struct decider_watch *w, struct buf_reader *r)
{
    int from[VERDICT_REGIONS_MAX];
    uint32_t count = buf_get_u8(r);
    uint32_t i, k, len;
    const uint8_t *bytes;

    for (k = 0; k < VERDICT_REGIONS_MAX; k++)
        from[k] = -1;
    for (i = 0; i < count; i++) {
        char *name = take_name(r);

        for (k = 0; name != NULL && k < w->rule.regions; k++)
            if (str_eq(name, w->regions[k]) && i < VERDICT_REGIONS_MAX)
                from[k] = (int)i;
        free(name);
    }
    len = buf_get_le32(r);
    bytes = buf_get(r, len);
    if (bytes == NULL || verdict_decode(&w->state, bytes, len) != 0)
        return false;
    verdict_move(&w->state, from, w->rule.regions);
    verdict_on_load(&w->state, decider_now(w->decider));
    return true;
}

static void
decode_rest(struct decider_watch *w, struct buf_reader *r)
{
    uint8_t count = buf_get_u8(r);
    uint8_t i;
    size_t k;

    for (i = 0; i < count; i++) {
        char *name = take_name(r);
        int64_t since = (int64_t)buf_get_le64(r);

        for (k = 0; name != NULL && since > 0 && k < w->rule_count; k++)
            if (str_eq(name, w->rules[k].name))
                w->rules[k].machine =
                    (struct incident){INCIDENT_WAITING, {since}, {since}};
        free(name);
    }
    count = buf_get_u8(r);
    for (i = 0; i < count && !r->failed; i++) {
        struct store_day d = {.day = (int64_t)buf_get_le64(r)};

        d.up = buf_get_le32(r);
        d.degraded = buf_get_le32(r);
        d.partial = buf_get_le32(r);
        d.down = buf_get_le32(r);
        d.unknown = buf_get_le32(r);
        if (r->failed)
            return;
        if (i == 0)
            w->day_from = d.day;
        set_day(w, &d);
    }
}

/* ---- messages ---- */

static void
free_messages(struct store_message *messages, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        free((char *)(uintptr_t)messages[i].destination);
        free((char *)(uintptr_t)messages[i].json);
    }
    free(messages);
}

void
decider_add_message(struct decider *decider,
                    const struct store_message *message)
{
    struct store_message *m;

    decider->messages =
        str_xrealloc(decider->messages,
                     (decider->message_count + 1) * sizeof *decider->messages);
    m = &decider->messages[decider->message_count++];
    *m = *message;
    m->destination = str_xdup(message->destination);
    m->json = str_xdup(message->json);
    decider->is_urgent = true;
}

/* ---- flush ---- */

static void
free_flight(struct decider_flight *flight)
{
    struct decider_flight **at;

    if (flight->decider != NULL) {
        at = &flight->decider->flights;
        while (*at != flight)
            at = &(*at)->next;
        *at = flight->next;
    }
    free_messages(flight->messages, flight->message_count);
    free(flight);
}

/* Nothing of it is on disk: all is to be written again. */
static void
write_again(struct decider *decider, int64_t cursor)
{
    struct decider_case *c;
    size_t i;

    for (i = 0; i < decider->watch_count; i++)
        decider->watches[i]->is_dirty = true;
    for (c = decider->cases; c != NULL; c = c->next)
        c->is_dirty = true;
    if (decider->cursor == 0)
        decider->cursor = cursor;
}

static void
on_flush(void *cookie)
{
    struct decider *decider = cookie;

    decider->flush = NULL;
    decider_flush(decider);
}

static void
flush_in(struct decider *decider, int64_t ns)
{
    loop_timer_cancel(decider->flush);
    decider->flush =
        loop_timer_start(decider->ports.loop, ns, on_flush, decider);
}

static void
on_committed(void *cookie, enum store_outcome outcome)
{
    struct decider_flight *flight = cookie;
    struct decider *decider = flight->decider;
    size_t i;

    if (decider != NULL) {
        if (outcome == STORE_FAILED) {
            write_again(decider, flight->cursor);
            flush_in(decider, AGAIN_NS);
        }
        for (i = 0; i < flight->message_count; i++)
            outbox_push(decider->ports.outbox, &flight->messages[i]);
    }
    free_flight(flight);
}

/* Those that went stand first: one of the same name may have come since. */
static size_t
take_states(struct decider *decider, struct store_state *states,
            struct buf *bytes)
{
    size_t count = 0;
    size_t i;

    for (i = 0; i < decider->forgotten_count; i++)
        *states++ = (struct store_state){.check = decider->forgotten[i]};
    for (i = 0; i < decider->watch_count; i++) {
        struct decider_watch *w = decider->watches[i];

        if (!w->is_dirty)
            continue;
        w->is_dirty = false;
        buf_init(&bytes[count], STATE_MAX);
        encode(&bytes[count], w);
        states[count] = (struct store_state){
            .check = w->spec->name,
            .data = bytes[count].data,
            .len = bytes[count].len,
        };
        count++;
    }
    return count;
}

static size_t
take_incidents(struct decider *decider, struct store_incident *rows)
{
    struct decider_case *c;
    size_t count = 0;

    for (c = decider->cases; c != NULL; c = c->next) {
        if (!c->is_dirty)
            continue;
        c->is_dirty = false;
        decider_case_format(c);
        rows[count++] = c->row;
    }
    return count;
}

static void
put_days(struct decider *decider)
{
    struct store_day days[DAYS_IN_STATE];
    size_t i, k, count;

    for (i = 0; i < decider->watch_count; i++) {
        struct decider_watch *w = decider->watches[i];

        if (!w->has_new_days)
            continue;
        w->has_new_days = false;
        count = w->day_count < DAYS_IN_STATE ? w->day_count : DAYS_IN_STATE;
        for (k = 0; k < count; k++) {
            days[k] = w->days[w->day_count - count + k];
            days[k].check = w->spec->name;
        }
        store_put_days(decider->ports.store, days, count);
    }
}

static void
free_forgotten(struct decider *decider)
{
    size_t i;

    for (i = 0; i < decider->forgotten_count; i++)
        free(decider->forgotten[i]);
    free(decider->forgotten);
    decider->forgotten = NULL;
    decider->forgotten_count = 0;
}

void
decider_flush(struct decider *decider)
{
    size_t most = decider->watch_count + decider->forgotten_count + 1;
    struct store_state *states = str_xcalloc(most, sizeof *states);
    struct buf *bytes = str_xcalloc(most, sizeof *bytes);
    struct store_incident *rows =
        str_xcalloc(decider->case_count + 1, sizeof *rows);
    struct decider_flight *flight = str_xcalloc(1, sizeof *flight);
    size_t count = take_states(decider, states, bytes);
    size_t i;
    struct store_commit commit = {
        .cursor = decider->cursor,
        .states = states,
        .state_count = count + decider->forgotten_count,
        .incidents = rows,
        .incident_count = take_incidents(decider, rows),
        .messages = decider->messages,
        .message_count = decider->message_count,
    };

    loop_timer_cancel(decider->flush);
    decider->flush = NULL;
    *flight =
        (struct decider_flight){decider, decider->flights, decider->messages,
                                decider->message_count, decider->cursor};
    decider->flights = flight;
    decider->messages = NULL;
    decider->message_count = 0;
    decider->cursor = 0;
    decider->is_urgent = false;
    if (commit.state_count + commit.incident_count + commit.message_count > 0 ||
        commit.cursor != 0)
        store_commit(decider->ports.store, &commit, on_committed, flight);
    else
        free_flight(flight);
    put_days(decider);
    free_forgotten(decider);
    for (i = 0; i < count; i++)
        buf_free(&bytes[i]);
    free(states);
    free(bytes);
    free(rows);
}

/* Always by way of the loop: a batch is decided as a whole, and while the
 * store still loads nothing may be written to it. */
void
decider_flush_soon(struct decider *decider)
{
    if (decider->is_urgent)
        flush_in(decider, 0);
    else if (decider->flush == NULL)
        flush_in(decider, FLUSH_NS);
}

/* The last commit is asked for; the store finishes it when it is closed, and
 * its answer finds nobody: pages of it are found at the next start. */
void
decider_commit_free(struct decider *decider)
{
    struct decider_flight *flight;

    decider_flush(decider);
    for (flight = decider->flights; flight != NULL; flight = flight->next)
        flight->decider = NULL;
    free_forgotten(decider);
}

/* ---- start ---- */

static void
load_state(void *cookie, const struct store_state *state)
{
    struct decider *decider = cookie;
    struct decider_watch *w = decider_watch_find(decider, state->check);
    struct buf_reader r = buf_reader(state->data, state->len);

    if (w == NULL) {
        decider->forgotten =
            str_xrealloc(decider->forgotten, (decider->forgotten_count + 1) *
                                                 sizeof *decider->forgotten);
        decider->forgotten[decider->forgotten_count++] = str_xdup(state->check);
        return;
    }
    if (buf_get_u8(&r) == STATE_VERSION && decode_verdict(w, &r))
        decode_rest(w, &r);
    decider_wake(w);
}

static void
load_incident(void *cookie, const struct store_incident *incident)
{
    decider_case_load(cookie, incident);
}

static void
load_day(void *cookie, const struct store_day *day)
{
    struct decider_watch *w = decider_watch_find(cookie, day->check);

    /* The state's own counts agree with its slots; these may be ahead. */
    if (w != NULL && (w->day_from == 0 || day->day < w->day_from))
        set_day(w, day);
}

void
decider_fill_loader(struct decider *decider, struct store_loader *loader)
{
    loader->cookie = decider;
    loader->on_state = load_state;
    loader->on_incident = load_incident;
    loader->on_day = load_day;
}
