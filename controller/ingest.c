/*
 * A request's batches go one by one into the store, all at once asked for; the
 * reply waits until each is settled:
 *
 *   decode --no--> refused                     (wire or rules: never again)
 *      |
 *   store  --failed--> no reply at all         (the probe sends again)
 *      |----duplicate--> acknowledged          (decided before)
 *      +----done-------> acknowledged, decided
 *
 * A batch is decided in the order of its commit, also when the client has left
 * in the meantime.  Times are corrected to the controller's clock here, by the
 * offset that the probe measured when it sent; nobody after this knows another
 * clock.
 *
 * Late: received after its slot closed.  Such a result changes history and
 * nothing else (I8 in docs/ARCHITECTURE.md).
 */
#include "controller/ingest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/spec.h"
#include "controller/decide/verdict.h"
#include "controller/decider.h"
#include "controller/fleet.h"
#include "controller/store/store.h"
#include "wire/batch.h"
#include "wire/message.h"
#include "wire/result.h"

#define BATCHES_MAX 1024 /* of one request */
#define OFFSET_MAX_MS                                                          \
    INT64_C(1576800000000) /* 50 years: no clock is so far off */
#define WHY_MAX 160

struct ingest {
    struct loop *loop;
    struct store *store;
    struct fleet *fleet;
    struct decider *decider;
    struct log *log;
    struct ingest_call *calls; /* not yet answered, or their client left */
    struct ingest_stats stats;
};

struct pending { /* one batch on its way to the disk */
    struct ingest_call *call;
    struct batch *batch;
    struct message_range range;
};

struct ingest_call {
    struct ingest *ingest; /* NULL once that is freed */
    struct ingest_call *next;
    char *probe, *region;
    int64_t offset_ms;
    wall_t received;
    struct pending *pending;
    size_t open; /* batches not settled yet */
    struct message_range *acked, *refused;
    size_t acked_count, refused_count;
    char why[WHY_MAX];
    bool has_failed;        /* a batch could not be stored */
    ingest_reply_fn *reply; /* NULL: the client left */
    void *cookie;
};

struct ingest *
ingest_create(struct loop *loop, struct store *store, struct fleet *fleet,
              struct decider *decider, struct log *log)
{
    struct ingest *ingest = str_xcalloc(1, sizeof *ingest);

    ingest->loop = loop;
    ingest->store = store;
    ingest->fleet = fleet;
    ingest->decider = decider;
    ingest->log = log;
    return ingest;
}

void
ingest_free(struct ingest *ingest)
{
    struct ingest_call *call;

    if (ingest == NULL)
        return;
    /* What is on its way is stored all the same, and decided at the start. */
    for (call = ingest->calls; call != NULL; call = call->next) {
        call->ingest = NULL;
        call->reply = NULL;
    }
    free(ingest);
}

/* ---- deciding ---- */

static bool
is_late(const struct ingest *ingest, const struct result *r, wall_t received)
{
    int at = decider_check_find(ingest->decider, r->check);
    const struct spec *spec;
    int64_t open_ms;

    if (at < 0)
        return false;
    spec = decider_check(ingest->decider, (size_t)at).spec;
    open_ms = (spec->every_ns + spec->timeout_ns) / NS_PER_MS;
    return received.ms >= r->slot.ms + open_ms + VERDICT_GRACE_MS;
}

struct origin {
    const char *probe, *region;
    int64_t offset_ms;
    wall_t received;
};

static void
decide(struct ingest *ingest, const struct batch *batch,
       const struct origin *from)
{
    struct result r;
    size_t i;
    bool late;

    for (i = 0; i < batch_count(batch); i++) {
        batch_get(batch, i, &r);
        r.slot.ms += from->offset_ms;
        r.started.ms += from->offset_ms;
        late = is_late(ingest, &r, from->received);
        ingest->stats.results++;
        ingest->stats.late += late;
        decider_on_result(ingest->decider, from->probe, from->region, &r, late);
    }
}

/* ---- a call ---- */

static void
call_free(struct ingest_call *call)
{
    struct ingest_call **at;

    if (call->ingest != NULL) {
        at = &call->ingest->calls;
        while (*at != call)
            at = &(*at)->next;
        *at = call->next;
    }
    free(call->probe);
    free(call->region);
    free(call->pending);
    free(call->acked);
    free(call->refused);
    free(call);
}

static void
settle(void *cookie)
{
    struct ingest_call *call = cookie;
    struct message_results_reply reply = {
        .acked = call->acked,
        .acked_count = call->acked_count,
        .refused = call->refused,
        .refused_count = call->refused_count,
        .refused_why = call->why,
    };
    ingest_reply_fn *fn = call->reply;

    if (--call->open > 0)
        return;
    /* What is on disk is acknowledged even when its neighbour failed: the
     * probe sends the rest again. */
    if (fn != NULL && call->has_failed && call->acked_count == 0 &&
        call->refused_count == 0)
        fn(call->cookie, NULL);
    else if (fn != NULL)
        fn(call->cookie, &reply);
    call_free(call);
}

static void
on_stored(void *cookie, enum store_outcome outcome, int64_t id)
{
    struct pending *p = cookie;
    struct ingest_call *call = p->call;
    struct ingest *ingest = call->ingest;
    struct origin from = {call->probe, call->region, call->offset_ms,
                          call->received};

    switch (outcome) {
    case STORE_FAILED:
        call->has_failed = true;
        break;
    case STORE_DUPLICATE:
        call->acked[call->acked_count++] = p->range;
        if (ingest != NULL)
            ingest->stats.duplicates++;
        break;
    case STORE_DONE:
        call->acked[call->acked_count++] = p->range;
        if (ingest == NULL)
            break;
        ingest->stats.batches++;
        decide(ingest, p->batch, &from);
        decider_on_batch(ingest->decider, id);
        break;
    }
    batch_free(p->batch);
    p->batch = NULL;
    settle(call);
}

static bool
is_acceptable(const struct ingest_call *call, const struct batch *batch,
              char *why)
{
    struct result r;
    size_t i;

    for (i = 0; i < batch_count(batch); i++) {
        batch_get(batch, i, &r);
        if (fleet_may_report(call->ingest->fleet, call->probe, r.check))
            continue;
        str_copy(why, WHY_MAX, "a check that is not this probe's: ");
        str_copy(why + strlen(why), WHY_MAX - strlen(why), r.check);
        return false;
    }
    return true;
}

/* NULL: refused, and the call says why. */
static struct batch *
judge(struct ingest_call *call, const struct message_batch *m)
{
    struct batch *batch = batch_decode(m->data, m->len, call->why, WHY_MAX);

    if (batch == NULL)
        return NULL;
    if (batch_count(batch) != m->count || m->count == 0 || m->first < 0)
        str_copy(call->why, WHY_MAX, "another number of results than said");
    else if (is_acceptable(call, batch, call->why))
        return batch;
    batch_free(batch);
    return NULL;
}

static void
refuse(struct ingest_call *call, struct message_range range)
{
    call->refused[call->refused_count++] = range;
    call->ingest->stats.refused++;
    log_event(call->ingest->log, EV_BATCH_REFUSED,
              LOG_STR("probe", call->probe), LOG_STR("why", call->why),
              LOG_INT("first", range.first), LOG_INT("count", range.count));
}

static void
take(struct ingest_call *call, const struct message_results *results,
     size_t index)
{
    const struct message_batch *m = &results->batches[index];
    struct pending *p = &call->pending[index];
    struct store_batch row = {
        .probe = call->probe,
        .region = call->region,
        .spool = results->spool,
        .first = m->first,
        .count = m->count,
        .received = call->received,
        .offset_ms = call->offset_ms,
        .data = m->data,
        .len = m->len,
    };

    p->call = call;
    p->range = (struct message_range){m->first, m->count};
    p->batch = judge(call, m);
    if (p->batch == NULL) {
        refuse(call, p->range);
        return;
    }
    call->open++;
    store_add_batch(call->ingest->store, &row, on_stored, p);
}

static bool
is_possible(const struct message_results *results)
{
    return results->batch_count <= BATCHES_MAX &&
           results->offset_ms > -OFFSET_MAX_MS &&
           results->offset_ms < OFFSET_MAX_MS;
}

struct ingest_call *
ingest_start(struct ingest *ingest, const char *probe, const char *region,
             const struct message_results *results, ingest_reply_fn *reply,
             void *cookie)
{
    struct ingest_call *call = str_xcalloc(1, sizeof *call);
    size_t count = results->batch_count;
    size_t i;

    call->ingest = ingest;
    call->next = ingest->calls;
    ingest->calls = call;
    call->probe = str_xdup(probe);
    call->region = str_xdup(region);
    call->offset_ms = results->offset_ms;
    call->received = loop_wall(ingest->loop);
    call->reply = reply;
    call->cookie = cookie;
    call->open = 1; /* this function's own, settled at the next turn */
    if (is_possible(results)) {
        call->pending = str_xcalloc(count + 1, sizeof *call->pending);
        call->acked = str_xcalloc(count + 1, sizeof *call->acked);
        call->refused = str_xcalloc(count + 1, sizeof *call->refused);
        for (i = 0; i < count; i++)
            take(call, results, i);
    } else {
        call->has_failed = true;
    }
    loop_post(ingest->loop, settle, call);
    return call;
}

void
ingest_cancel(struct ingest_call *call)
{
    if (call != NULL)
        call->reply = NULL;
}

void
ingest_replay(struct ingest *ingest, const struct store_batch *batch)
{
    char why[WHY_MAX];
    struct batch *decoded =
        batch_decode(batch->data, batch->len, why, sizeof why);
    struct origin from = {batch->probe, batch->region, batch->offset_ms,
                          batch->received};
    struct result r;
    size_t i;

    /* Judged before it was stored; the fleet may not know its probes yet. */
    for (i = 0; decoded != NULL && i < batch_count(decoded); i++) {
        batch_get(decoded, i, &r);
        r.slot.ms += from.offset_ms;
        r.started.ms += from.offset_ms;
        decider_on_result(ingest->decider, from.probe, from.region, &r,
                          is_late(ingest, &r, from.received));
    }
    batch_free(decoded);
    decider_on_batch(ingest->decider, batch->id);
}

struct ingest_stats
ingest_stats(const struct ingest *ingest)
{
    return ingest->stats;
}
