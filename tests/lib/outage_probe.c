#include "tests/lib/outage_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/str.h"
#include "controller/fleet.h"
#include "controller/ingest.h"
#include "tests/lib/outage_bed.h"
#include "wire/batch.h"
#include "wire/message.h"

#define SEND_MAX 50
#define RUN_MS   5 /* a refused connection, or a quick answer */

/* A cookie of its own for each thing that happens later. */
struct later {
    struct outage_probe *probe;
    struct result result;
    struct message_run_now run;
};

static const char *const names[OUTAGE_PROBES] = {"fra-1", "iad-1", "sin-1"};
static const char *const regions[OUTAGE_PROBES] = {"fra", "iad", "sin"};

const char *
outage_probe_name(int index)
{
    return names[index];
}

const char *
outage_probe_region(int index)
{
    return regions[index];
}

/* ---- the uplink ---- */

static void send_later(struct outage_probe *p);

static void
on_reply(void *cookie, const struct message_results_reply *reply)
{
    struct outage_probe *p = cookie;
    size_t count =
        reply != NULL && reply->acked_count > 0 ? reply->acked[0].count : 0;

    p->is_sending = false;
    if (reply != NULL)
        assert_int_equal(reply->refused_count, 0);
    if (p->bed->lost_acks > 0 && count > 0) {
        p->bed->lost_acks--; /* stored, but the probe does not know */
        count = 0;
    }
    p->queued -= count;
    p->next_first += (int64_t)count;
    memmove(p->queue, p->queue + count, p->queued * sizeof p->queue[0]);
    if (p->queued > 0)
        send_later(p);
}

static void
on_send(void *cookie)
{
    struct outage_probe *p = cookie;
    const struct result *list[SEND_MAX];
    size_t count = p->queued < SEND_MAX ? p->queued : SEND_MAX;
    struct buf data;
    struct message_batch batch;
    struct message_results m;

    if (p->is_cut || p->bed->ingest == NULL || count == 0) {
        p->is_sending = false;
        return;
    }
    for (size_t i = 0; i < count; i++)
        list[i] = &p->queue[i];
    buf_init(&data, BATCH_BYTES_MAX);
    assert_int_equal(batch_encode(&data, list, count), 0);
    batch = (struct message_batch){p->next_first, (uint32_t)count, data.data,
                                   data.len};
    m = (struct message_results){.wire_version = MESSAGE_WIRE_VERSION,
                                 .spool = p->spool,
                                 .offset_ms = -p->clock_ms,
                                 .batches = &batch,
                                 .batch_count = 1};
    ingest_start(p->bed->ingest, names[p->index], regions[p->index], &m,
                 on_reply, p);
    buf_free(&data);
}

/* The spool is synced every 200 ms at the latest; then the way. */
static void
send_later(struct outage_probe *p)
{
    if (p->is_sending)
        return;
    p->is_sending = true;
    loop_timer_start(p->bed->loop,
                     (OUTAGE_NET_MS + outage_dice(p->bed, 200)) * NS_PER_MS,
                     on_send, p);
}

/* ---- runs ---- */

static void
on_ran(void *cookie)
{
    struct later *l = cookie;
    struct outage_probe *p = l->probe;

    assert_true(p->queued < OUTAGE_QUEUE_MAX);
    p->bed->running--;
    p->queue[p->queued++] = l->result;
    if (!p->is_cut)
        send_later(p);
    free(l);
}

static bool
begin_run(struct outage_probe *p, struct id asked)
{
    struct later *l = str_xcalloc(1, sizeof *l);
    bool fails = p->bed->is_broken || p->is_lone;
    int64_t own = outage_now(p->bed).ms + p->clock_ms;
    int64_t run_ms = p->bed->run_ms > 0 ? p->bed->run_ms : RUN_MS;

    p->bed->running++;
    if (p->bed->running > p->bed->most_running)
        p->bed->most_running = p->bed->running;
    l->probe = p;
    result_init(&l->result);
    l->result.check = "home";
    l->result.run = id_random();
    l->result.asked = asked;
    l->result.slot.ms = own - (own - p->bed->offset_ms) % p->bed->every_ms;
    l->result.started.ms = own;
    l->result.us[PHASE_TOTAL] = run_ms * 1000;
    if (fails) {
        l->result.status = STATUS_DOWN;
        l->result.reason = REASON_CONNECT_REFUSED;
        l->result.message = "connection refused";
        l->result.evidence = "{\"address\":\"192.0.2.7\"}";
    }
    loop_timer_start(p->bed->loop, run_ms * NS_PER_MS, on_ran, l);
    return fails;
}

static void
on_schedule(void *cookie)
{
    struct outage_probe *p = cookie;
    int64_t every = p->bed->every_ms;
    int64_t phase = p->bed->offset_ms + every * p->index / OUTAGE_PROBES;
    int64_t now = outage_now(p->bed).ms;
    int64_t next = now - (now - phase) % every + every;

    p->schedule = loop_timer_start(p->bed->loop, (next - now) * NS_PER_MS,
                                   on_schedule, p);
    if ((now - phase) % every == 0)
        begin_run(p, (struct id){{0}});
}

/* ---- sync and run-now ---- */

static void sync_now(void *cookie);

static void
on_again(void *cookie)
{
    struct later *l = cookie;

    begin_run(l->probe, l->run.id);
    free(l);
}

static void
on_run_now(void *cookie)
{
    struct later *l = cookie;

    if (outage_now(l->probe->bed).ms < l->run.expires_ms &&
        begin_run(l->probe, l->run.id) && l->run.again_ms > 0) {
        loop_timer_start(l->probe->bed->loop, l->run.again_ms * NS_PER_MS,
                         on_again, l);
        return;
    }
    free(l);
}

static void
take_run(struct outage_probe *p, const struct message_run_now *run)
{
    struct later *l;

    for (size_t i = 0; i < OUTAGE_SEEN_MAX; i++)
        if (id_eq(&p->seen[i], &run->id))
            return;
    p->seen[p->seen_count++ % OUTAGE_SEEN_MAX] = run->id;
    l = str_xcalloc(1, sizeof *l);
    l->probe = p;
    l->run = *run;
    loop_timer_start(p->bed->loop, OUTAGE_NET_MS * NS_PER_MS, on_run_now, l);
}

static void
on_synced(void *cookie, const struct message_sync_reply *reply)
{
    struct outage_probe *p = cookie;

    p->hold = NULL;
    for (size_t i = 0; i < reply->run_now_count; i++)
        take_run(p, &reply->run_now[i]);
    if (!p->is_cut)
        loop_timer_start(p->bed->loop, 2 * OUTAGE_NET_MS * NS_PER_MS, sync_now,
                         p);
}

static void
sync_now(void *cookie)
{
    struct outage_probe *p = cookie;
    struct message_sync sync = {.wire_version = MESSAGE_WIRE_VERSION,
                                .software = "picket",
                                .boot = {{1}},
                                .offset_ms = -p->clock_ms,
                                .generation = 1,
                                .sent_ms = outage_now(p->bed).ms + p->clock_ms};

    if (p->is_cut || p->bed->fleet == NULL || p->hold != NULL)
        return;
    p->hold =
        fleet_sync(p->bed->fleet, names[p->index], &sync, NULL, on_synced, p);
    assert_non_null(p->hold);
}

void
outage_probe_cut(struct outage_probe *p)
{
    p->is_cut = true;
    fleet_cancel(p->hold);
    p->hold = NULL;
}

void
outage_probe_join(struct outage_probe *p)
{
    p->is_cut = false;
    sync_now(p);
    if (p->queued > 0)
        send_later(p);
}

/* ---- life ---- */

void
outage_probe_open(struct outage_probe *p, struct outage *bed, int index)
{
    p->bed = bed;
    p->index = index;
    p->spool = id_random();
    p->next_first = 1;
    on_schedule(p);
}

void
outage_probe_close(struct outage_probe *p)
{
    loop_timer_cancel(p->schedule);
}
