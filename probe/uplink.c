/*
 * Two engines that know of each other by `live_from` alone:
 *
 *   sync     wait -> send -> held -> answer -> send ...; a failure waits
 *   upload   a few lanes, each: find batches -> read -> send -> answer -> ack
 *
 * The first sync after a start or a failure asks not to be held: until it is
 * answered nothing goes up.
 *
 * Live is what was sealed since the sync last came back after a failure (or
 * since the start); all before is backlog and may wait its turn.
 *
 * U1  a batch is in one upload at a time.
 * U2  what an answer neither acks nor refuses is sent again, after a wait.
 */
#include "probe/uplink.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock_step.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/version.h"
#include "probe/backoff.h"
#include "probe/clockset.h"
#include "probe/link.h"
#include "probe/spool.h"
#include "wire/message.h"

#define UPLOADS     (UPLINK_LIVE + UPLINK_BACKLOG)
#define KICK_MIN_NS NS_PER_S
/* A controller that answers sooner (it repeats a run-now until that is
 * answered, or does not hold) is not asked in a circle. */
#define SYNC_MIN_NS (50 * NS_PER_MS)

struct upload {
    struct uplink *uplink;
    bool is_live;
    struct spool_batch batch[SPOOL_READ_MAX]; /* count > 0: in flight */
    size_t count;
    struct spool_read *read;
    struct link_call *call;
    struct loop_timer *wait;
    struct backoff backoff;
};

struct uplink {
    struct uplink_opts opts;
    struct id boot;
    uint64_t generation;
    struct clockset clocks;
    struct clock_step step;
    bool wants_clock;       /* the next sync is not to be held */
    struct backoff backoff; /* of the sync */
    struct link_call *sync;
    struct loop_timer *sync_timer;
    mono_t sync_sent;
    int64_t sync_sent_ms;
    mono_t kicked;
    struct upload upload[UPLOADS];
    int64_t live_from; /* sequence number */
    bool is_connected;
    bool is_lost;    /* and logged; at the start neither */
    bool is_refused; /* so that only the first refusal is logged */
};

static void start_sync(void *cookie);
static void feed(struct uplink *u);

static struct log *
log_of(const struct uplink *u)
{
    return u->opts.log;
}

/* ---- sync -------------------------------------------------------------- */

static void
sync_after(struct uplink *u, int64_t wait_ns)
{
    assert(u->sync == NULL);
    loop_timer_cancel(u->sync_timer);
    u->sync_timer = loop_timer_start(u->opts.loop, wait_ns, start_sync, u);
}

static void
set_connected(struct uplink *u, const struct link_reply *reply)
{
    bool is_up = reply->status == 200;

    if (is_up) {
        backoff_reset(&u->backoff);
        u->is_refused = false;
    }
    if (is_up ? u->is_connected : u->is_lost)
        return;
    u->is_connected = is_up;
    u->is_lost = !is_up;
    if (!is_up) {
        log_event(log_of(u), EV_UPLINK_LOST, LOG_STR("error", reply->detail));
        return;
    }
    u->live_from = spool_next(u->opts.spool);
    log_event(log_of(u), EV_UPLINK_BACK,
              LOG_INT("backlog", spool_stats(u->opts.spool).results));
}

static void
note_refusal(struct uplink *u, const struct link_reply *reply)
{
    if ((reply->status != 401 && reply->status != 403) || u->is_refused)
        return;
    u->is_refused = true;
    log_event(log_of(u), EV_IDENTITY_REFUSED, LOG_INT("status", reply->status),
              LOG_STR("error", reply->detail));
}

/* Results that are sent before the next sync go by the clock of now. */
static void
notice_step(struct uplink *u)
{
    int64_t by_ms = clock_step_take(&u->step, loop_wall(u->opts.loop),
                                    loop_now(u->opts.loop));

    if (by_ms == 0)
        return;
    clockset_step(&u->clocks, by_ms);
    u->wants_clock = true; /* the controller's may have been set as well */
    uplink_kick(u);
}

static void
take_reply(struct uplink *u, struct message_sync_reply *reply)
{
    mono_t now = loop_now(u->opts.loop);
    int64_t now_ms = loop_wall(u->opts.loop).ms;
    struct clockset_exchange e = {
        .t0_ms = now_ms - clock_since_ns(u->sync_sent, now) / NS_PER_MS,
        .t1_ms = reply->received_ms,
        .t2_ms = reply->sent_ms,
        .t3_ms = now_ms,
    };

    notice_step(u);
    clockset_add(&u->clocks, &e);
    u->wants_clock = false;
    for (size_t i = 0; i < reply->run_now_count; i++) {
        const struct message_run_now *run = &reply->run_now[i];
        int64_t left_ms = run->expires_ms - reply->sent_ms;

        /* An hour: none lasts longer, and the product stays small. */
        if (left_ms > 0 && left_ms < 3600 * MS_PER_S)
            u->opts.on_run_now(u->opts.cookie, run,
                               clock_after(now, left_ms * NS_PER_MS));
    }
    if (!reply->has_assignment) {
        message_free(reply);
        return;
    }
    u->generation = reply->generation;
    u->opts.on_assignment(u->opts.cookie, reply);
}

static void
on_sync_done(void *cookie, const struct link_reply *reply)
{
    static const struct link_reply unreadable = {
        .detail = "the answer is not a sync reply"};
    struct uplink *u = cookie;
    struct message_sync_reply *got = NULL;
    int64_t took_ns = clock_since_ns(u->sync_sent, loop_now(u->opts.loop));

    u->sync = NULL;
    if (reply->status == 200) {
        got = message_decode_sync_reply(reply->body, reply->len);
        if (got == NULL)
            reply = &unreadable;
    }
    note_refusal(u, reply);
    set_connected(u, reply);
    if (got == NULL) {
        sync_after(u, backoff_next_ns(&u->backoff));
        return;
    }
    take_reply(u, got);
    sync_after(u, took_ns > SYNC_MIN_NS ? 0 : SYNC_MIN_NS);
    feed(u);
}

static void
fill_sync(struct uplink *u, struct message_sync *m)
{
    struct spool_stats stats = spool_stats(u->opts.spool);

    *m = (struct message_sync){
        .wire_version = MESSAGE_WIRE_VERSION,
        .software = "picket " VERSION,
        .boot = u->boot,
        .generation = u->generation,
        .sent_ms = u->sync_sent_ms,
        .offset_ms = clockset_offset_ms(&u->clocks),
        .rtt_ms = clockset_rtt_ms(&u->clocks),
        .spool_bytes = stats.bytes,
        .spool_results = stats.results,
        .spool_oldest_ms = stats.oldest_ms,
        .dropped = stats.dropped,
        .no_hold = !u->is_connected || u->wants_clock,
    };
    u->opts.on_sync(u->opts.cookie, m);
}

static void
start_sync(void *cookie)
{
    struct uplink *u = cookie;
    struct message_sync message;
    struct link_request request = {
        .path = LINK_SYNC,
        .timeout_ns = UPLINK_SYNC_NS,
        .done = on_sync_done,
        .cookie = u,
    };
    struct buf body;

    u->sync_timer = NULL;
    u->sync_sent = loop_now(u->opts.loop);
    u->sync_sent_ms = loop_wall(u->opts.loop).ms;
    fill_sync(u, &message);
    buf_init(&body, MESSAGE_SYNC_MAX);
    if (message_encode_sync(&body, &message) == 0) {
        request.body = body.data;
        request.len = body.len;
        u->sync = u->opts.link->start(u->opts.link, &request);
    }
    buf_free(&body);
    if (u->sync == NULL)
        sync_after(u, backoff_next_ns(&u->backoff));
}

void
uplink_kick(struct uplink *u)
{
    mono_t now = loop_now(u->opts.loop);

    if (u->sync == NULL || clock_since_ns(u->kicked, now) < KICK_MIN_NS)
        return;
    u->kicked = now;
    u->opts.link->cancel(u->sync);
    u->sync = NULL;
    sync_after(u, 0);
}

/* ---- results ----------------------------------------------------------- */

static bool
is_in_flight(const struct uplink *u, int64_t first)
{
    for (size_t i = 0; i < UPLOADS; i++)
        for (size_t k = 0; k < u->upload[i].count; k++)
            if (u->upload[i].batch[k].first == first)
                return true;
    return false;
}

static bool
add_batch(struct upload *up, const struct spool_batch *batch, size_t *bytes)
{
    if (up->count == SPOOL_READ_MAX ||
        (up->count > 0 && *bytes + batch->place.len > UPLINK_UPLOAD_BYTES))
        return false;
    *bytes += batch->place.len;
    up->batch[up->count++] = *batch;
    return true;
}

static void
find_live(struct uplink *u, struct upload *up)
{
    struct spool_batch batch;
    int64_t below = INT64_MAX;
    size_t bytes = 0;

    while (spool_find_newest(u->opts.spool, u->live_from, below, &batch)) {
        below = batch.first;
        if (!is_in_flight(u, batch.first) && !add_batch(up, &batch, &bytes))
            return;
    }
}

static void
find_backlog(struct uplink *u, struct upload *up)
{
    struct spool_batch batch;
    int64_t from = 0;
    size_t bytes = 0;

    while (spool_find_next(u->opts.spool, from, &batch) &&
           batch.first < u->live_from) {
        from = batch.first + 1;
        if (!is_in_flight(u, batch.first) && !add_batch(up, &batch, &bytes))
            return;
    }
}

static void
on_wait_over(void *cookie)
{
    struct upload *up = cookie;

    up->wait = NULL;
    feed(up->uplink);
}

/* Ends an upload that did not go through. */
static void
fail_upload(struct upload *up)
{
    up->count = 0;
    up->call = NULL;
    up->read = NULL;
    up->wait = loop_timer_start(
        up->uplink->opts.loop, backoff_next_ns(&up->backoff), on_wait_over, up);
}

static void
take_ranges(struct uplink *u, const struct message_results_reply *reply)
{
    for (size_t i = 0; i < reply->acked_count; i++)
        spool_ack(u->opts.spool, reply->acked[i].first, reply->acked[i].count);
    for (size_t i = 0; i < reply->refused_count; i++) {
        log_event(log_of(u), EV_BATCH_REFUSED,
                  LOG_INT("first", reply->refused[i].first),
                  LOG_INT("count", reply->refused[i].count),
                  LOG_STR("error", reply->refused_why));
        spool_ack(u->opts.spool, reply->refused[i].first,
                  reply->refused[i].count);
    }
}

/* Is anything of this upload settled?  If not, it is not tried at once. */
static bool
has_progress(const struct upload *up, uint64_t before)
{
    return spool_stats(up->uplink->opts.spool).results < before;
}

static void
on_results_done(void *cookie, const struct link_reply *reply)
{
    struct upload *up = cookie;
    struct uplink *u = up->uplink;
    struct message_results_reply *got = NULL;
    uint64_t before = spool_stats(u->opts.spool).results;

    up->call = NULL;
    if (reply->status == 200)
        got = message_decode_results_reply(reply->body, reply->len);
    if (got == NULL) {
        note_refusal(u, reply);
        fail_upload(up);
        return;
    }
    take_ranges(u, got);
    message_free(got);
    if (!has_progress(up, before)) {
        fail_upload(up);
        return;
    }
    up->count = 0;
    backoff_reset(&up->backoff);
    feed(u);
}

/* What can no longer be read is damaged or gone: it would stand in the way of
 * the rest for ever. */
static size_t
keep_readable(struct upload *up, const struct spool_bytes *bytes, size_t count,
              struct message_batch *to)
{
    struct spool *spool = up->uplink->opts.spool;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const struct spool_batch *b = &bytes[i].batch;

        if (bytes[i].data != NULL)
            to[kept++] = (struct message_batch){b->first, b->count,
                                                bytes[i].data, b->place.len};
        else
            spool_ack(spool, b->first, b->count);
    }
    return kept;
}

static void
on_read(void *cookie, const struct spool_bytes *bytes, size_t count)
{
    struct upload *up = cookie;
    struct uplink *u = up->uplink;
    struct message_batch batches[SPOOL_READ_MAX];
    struct message_results message = {
        .wire_version = MESSAGE_WIRE_VERSION,
        .spool = spool_id(u->opts.spool),
        .batches = batches,
    };
    struct link_request request = {
        .path = LINK_RESULTS,
        .timeout_ns = UPLINK_RESULTS_NS,
        .done = on_results_done,
        .cookie = up,
    };
    struct buf body;

    up->read = NULL;
    notice_step(u);
    message.offset_ms = clockset_offset_ms(&u->clocks);
    message.batch_count = keep_readable(up, bytes, count, batches);
    buf_init(&body, MESSAGE_RESULTS_MAX);
    if (message.batch_count > 0 &&
        message_encode_results(&body, &message) == 0) {
        request.body = body.data;
        request.len = body.len;
        up->call = u->opts.link->start(u->opts.link, &request);
    }
    buf_free(&body);
    if (up->call == NULL)
        fail_upload(up);
}

static bool
is_idle(const struct upload *up)
{
    return up->count == 0 && up->wait == NULL;
}

static void
start_upload(struct uplink *u, struct upload *up)
{
    if (up->is_live)
        find_live(u, up);
    else
        find_backlog(u, up);
    if (up->count == 0)
        return;
    up->read =
        spool_read_start(u->opts.spool, up->batch, up->count, on_read, up);
    if (up->read == NULL)
        fail_upload(up);
}

/* While the sync fails nothing is sent: it is the one that knocks. */
static void
feed(struct uplink *u)
{
    if (!u->is_connected)
        return;
    for (size_t i = 0; i < UPLOADS; i++)
        if (is_idle(&u->upload[i]))
            start_upload(u, &u->upload[i]);
}

void
uplink_on_sealed(struct uplink *u)
{
    feed(u);
}

/* ---- life -------------------------------------------------------------- */

struct uplink *
uplink_create(const struct uplink_opts *opts)
{
    struct uplink *u = str_xcalloc(1, sizeof(*u));

    u->opts = *opts;
    u->boot = id_random();
    u->generation = opts->generation;
    u->backoff.seed = opts->seed;
    u->live_from = spool_next(opts->spool);
    u->kicked = loop_now(opts->loop);
    clock_step_init(&u->step, loop_wall(opts->loop), u->kicked);
    for (size_t i = 0; i < UPLOADS; i++) {
        u->upload[i].uplink = u;
        u->upload[i].is_live = i < UPLINK_LIVE;
        u->upload[i].backoff.seed = opts->seed + i + 1;
    }
    sync_after(u, 0);
    return u;
}

void
uplink_free(struct uplink *u)
{
    if (u == NULL)
        return;
    loop_timer_cancel(u->sync_timer);
    u->opts.link->cancel(u->sync);
    for (size_t i = 0; i < UPLOADS; i++) {
        loop_timer_cancel(u->upload[i].wait);
        spool_read_cancel(u->upload[i].read);
        u->opts.link->cancel(u->upload[i].call);
    }
    free(u);
}

bool
uplink_is_connected(const struct uplink *u)
{
    return u->is_connected;
}

int64_t
uplink_offset_ms(const struct uplink *u)
{
    return clockset_offset_ms(&u->clocks);
}
