/*
 * outage_bed.h - a controller and three probes that play fra, iad and sin, in
 * one process, on a clock that only the test moves.
 *
 * Real: fleet, ingest, store (SQLite in memory-backed files), decider, outbox.
 * Played: the probes (schedule, runs, spool, uplink), the target, and the
 * channel, which writes down each page it gets.
 *
 * Ownership   bed_open() makes all, bed_close() ends it; bed_restart() is a
 *             kill: nothing that was not committed survives.
 * Units       milliseconds unless the name says otherwise.
 * Errors      assertions of cmocka.
 * Threads     one.
 */
#ifndef TESTS_LIB_OUTAGE_BED_H
#define TESTS_LIB_OUTAGE_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/decide/incident.h"
#include "controller/decider.h"
#include "controller/fleet.h"
#include "controller/ingest.h"
#include "controller/notify/channel.h"
#include "controller/outbox.h"
#include "controller/page.h"
#include "controller/store/store.h"
#include "fake_loop.h"
#include "wire/batch.h"
#include "wire/message.h"

#define PROBES    3
#define PAGES_MAX 8192
#define QUEUE_MAX 4096
#define SEND_MAX  50
#define RUN_MS    5  /* a refused connection, or a quick answer */
#define NET_MS    15 /* one way between probe and controller */

struct bed_page {
    struct id id;
    enum page_edge edge;
    int64_t at;
    char to[32];
    char check[32];
};

struct bed;

struct bed_probe {
    struct bed *bed;
    int index;
    struct loop_timer *schedule;
    struct fleet_hold *hold;
    bool is_cut;  /* no way to the controller */
    bool is_lone; /* no way to the target */
    struct id spool;
    int64_t next_first;
    int64_t clock_ms; /* its clock minus the controller's */
    struct result queue[QUEUE_MAX];
    size_t queued;
    bool is_sending;
    struct id seen[64];
    size_t seen_count;
};

struct bed {
    char dir[64];
    struct loop *loop;
    struct store *store;
    struct fleet *fleet;
    struct decider *decider;
    struct outbox *outbox;
    struct ingest *ingest;
    struct config *config;
    struct bed_probe probe[PROBES];
    bool is_broken;
    bool is_channel_dead;
    int64_t every_ms;
    struct bed_page pages[PAGES_MAX];
    size_t page_count;
    uint64_t seed;
    int lost_acks;     /* so many acknowledgements die on their way */
    int64_t offset_ms; /* of the check's slots; 0: as good as any */
    int64_t run_ms;    /* how long a run takes; 0: RUN_MS */
    int running, most_running;
};

static const char *const bed_regions[PROBES] = {"fra", "iad", "sin"};
static const char *const bed_probes[PROBES] = {"fra-1", "iad-1", "sin-1"};

static inline uint32_t
bed_dice(struct bed *bed, uint32_t sides)
{
    bed->seed = bed->seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(bed->seed >> 33) % sides;
}

/* A cookie of its own for each thing that happens later. */
struct bed_later {
    struct bed_probe *probe;
    struct result result;
    struct message_run_now run;
    char check[64];
    int epoch;
};

static inline wall_t
bed_now(const struct bed *bed)
{
    return loop_wall(bed->loop);
}

/* ---- the channel ---- */

struct channel_delivery {
    struct bed *bed;
    struct loop_timer *timer;
    struct bed_page page;
    channel_done_fn *done;
    void *cookie;
};

static inline void
bed_on_delivery(void *cookie)
{
    struct channel_delivery *d = cookie;
    enum channel_outcome outcome = CHANNEL_LATER;

    if (!d->bed->is_channel_dead) {
        assert_true(d->bed->page_count < PAGES_MAX);
        d->page.at = bed_now(d->bed).ms;
        d->bed->pages[d->bed->page_count++] = d->page;
        outcome = CHANNEL_ACCEPTED;
    }
    d->done(d->cookie, outcome, "", 0);
    free(d);
}

struct channel_delivery *
channel_start(const struct channel_ports *ports, const struct config *config,
              const char *destination, const struct page *page,
              channel_done_fn *done, void *cookie)
{
    struct channel_delivery *d = str_xcalloc(1, sizeof *d);

    (void)config;
    d->bed = ports->print_cookie;
    d->page.id = page->id;
    d->page.edge = page->edge;
    str_copy(d->page.to, sizeof d->page.to, destination);
    str_copy(d->page.check, sizeof d->page.check, page->check);
    d->done = done;
    d->cookie = cookie;
    d->timer =
        loop_timer_start(ports->loop, NET_MS * NS_PER_MS, bed_on_delivery, d);
    return d;
}

void
channel_cancel(struct channel_delivery *d)
{
    if (d == NULL)
        return;
    loop_timer_cancel(d->timer);
    free(d);
}

/* ---- the uplink ---- */

static inline void bed_send(struct bed_probe *p);

static inline void
bed_on_reply(void *cookie, const struct message_results_reply *reply)
{
    struct bed_probe *p = cookie;
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
        bed_send(p);
}

static inline void
bed_on_send(void *cookie)
{
    struct bed_probe *p = cookie;
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
    ingest_start(p->bed->ingest, bed_probes[p->index], bed_regions[p->index],
                 &m, bed_on_reply, p);
    buf_free(&data);
}

/* The spool is synced every 200 ms at the latest; then the way. */
static inline void
bed_send(struct bed_probe *p)
{
    if (p->is_sending)
        return;
    p->is_sending = true;
    loop_timer_start(p->bed->loop, (NET_MS + bed_dice(p->bed, 200)) * NS_PER_MS,
                     bed_on_send, p);
}

/* ---- runs ---- */

static inline void
bed_on_ran(void *cookie)
{
    struct bed_later *l = cookie;
    struct bed_probe *p = l->probe;

    assert_true(p->queued < QUEUE_MAX);
    p->bed->running--;
    p->queue[p->queued++] = l->result;
    if (!p->is_cut)
        bed_send(p);
    free(l);
}

static inline bool
bed_run(struct bed_probe *p, struct id asked)
{
    struct bed_later *l = str_xcalloc(1, sizeof *l);
    bool fails = p->bed->is_broken || p->is_lone;
    int64_t own = bed_now(p->bed).ms + p->clock_ms;
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
    loop_timer_start(p->bed->loop, run_ms * NS_PER_MS, bed_on_ran, l);
    return fails;
}

static inline void
bed_on_schedule(void *cookie)
{
    struct bed_probe *p = cookie;
    int64_t every = p->bed->every_ms;
    int64_t phase = p->bed->offset_ms + every * p->index / PROBES;
    int64_t now = bed_now(p->bed).ms;
    int64_t next = now - (now - phase) % every + every;

    p->schedule = loop_timer_start(p->bed->loop, (next - now) * NS_PER_MS,
                                   bed_on_schedule, p);
    if ((now - phase) % every == 0)
        bed_run(p, (struct id){{0}});
}

/* ---- sync and run-now ---- */

static inline void bed_sync(void *cookie);

static inline void
bed_on_again(void *cookie)
{
    struct bed_later *l = cookie;

    bed_run(l->probe, l->run.id);
    free(l);
}

static inline void
bed_on_run_now(void *cookie)
{
    struct bed_later *l = cookie;

    if (bed_now(l->probe->bed).ms < l->run.expires_ms &&
        bed_run(l->probe, l->run.id) && l->run.again_ms > 0) {
        loop_timer_start(l->probe->bed->loop, l->run.again_ms * NS_PER_MS,
                         bed_on_again, l);
        return;
    }
    free(l);
}

static inline void
bed_take_run(struct bed_probe *p, const struct message_run_now *run)
{
    struct bed_later *l;

    for (size_t i = 0; i < 64; i++)
        if (id_eq(&p->seen[i], &run->id))
            return;
    p->seen[p->seen_count++ % 64] = run->id;
    l = str_xcalloc(1, sizeof *l);
    l->probe = p;
    l->run = *run;
    loop_timer_start(p->bed->loop, NET_MS * NS_PER_MS, bed_on_run_now, l);
}

static inline void
bed_on_synced(void *cookie, const struct message_sync_reply *reply)
{
    struct bed_probe *p = cookie;

    p->hold = NULL;
    for (size_t i = 0; i < reply->run_now_count; i++)
        bed_take_run(p, &reply->run_now[i]);
    if (!p->is_cut)
        loop_timer_start(p->bed->loop, 2 * NET_MS * NS_PER_MS, bed_sync, p);
}

static inline void
bed_sync(void *cookie)
{
    struct bed_probe *p = cookie;
    struct message_sync sync = {.wire_version = MESSAGE_WIRE_VERSION,
                                .software = "picket",
                                .boot = {{1}},
                                .offset_ms = -p->clock_ms,
                                .generation = 1,
                                .sent_ms = bed_now(p->bed).ms + p->clock_ms};

    if (p->is_cut || p->bed->fleet == NULL || p->hold != NULL)
        return;
    p->hold = fleet_sync(p->bed->fleet, bed_probes[p->index], &sync, NULL,
                         bed_on_synced, p);
    assert_non_null(p->hold);
}

static inline void
bed_cut(struct bed_probe *p)
{
    p->is_cut = true;
    fleet_cancel(p->hold);
    p->hold = NULL;
}

static inline void
bed_join(struct bed_probe *p)
{
    p->is_cut = false;
    bed_sync(p);
    if (p->queued > 0)
        bed_send(p);
}

/* ---- the controller ---- */

static inline void
bed_region(void *cookie, const char *region, bool lost, bool ill)
{
    decider_on_region(cookie, region, lost, ill);
}

static inline void
bed_load_message(void *cookie, const struct store_message *m)
{
    outbox_push(((struct bed *)cookie)->outbox, m);
}

static inline void
bed_load_batch(void *cookie, const struct store_batch *b)
{
    ingest_replay(((struct bed *)cookie)->ingest, b);
}

struct bed_loader {
    struct bed *bed;
    struct store_loader decider;
};

static inline void
bed_load_state(void *cookie, const struct store_state *s)
{
    struct bed_loader *l = cookie;

    l->decider.on_state(l->decider.cookie, s);
}

static inline void
bed_load_incident(void *cookie, const struct store_incident *i)
{
    struct bed_loader *l = cookie;

    l->decider.on_incident(l->decider.cookie, i);
}

static inline void
bed_load_day(void *cookie, const struct store_day *d)
{
    struct bed_loader *l = cookie;

    l->decider.on_day(l->decider.cookie, d);
}

static inline void
bed_load_message_of(void *cookie, const struct store_message *m)
{
    bed_load_message(((struct bed_loader *)cookie)->bed, m);
}

static inline void
bed_load_batch_of(void *cookie, const struct store_batch *b)
{
    bed_load_batch(((struct bed_loader *)cookie)->bed, b);
}

static inline void
bed_start(struct bed *bed)
{
    struct bed_loader mine = {.bed = bed};
    struct store_loader loader = {.cookie = &mine,
                                  .on_state = bed_load_state,
                                  .on_incident = bed_load_incident,
                                  .on_message = bed_load_message_of,
                                  .on_day = bed_load_day,
                                  .on_batch = bed_load_batch_of};
    struct channel_ports ports = {.loop = bed->loop, .print_cookie = bed};
    struct decider_ports decider = {.loop = bed->loop};
    char why[256] = "";

    bed->store = store_open(&(struct store_opts){.loop = bed->loop,
                                                 .dir = bed->dir,
                                                 .reserve_bytes = 4096},
                            why, sizeof why);
    if (bed->store == NULL)
        fail_msg("%s", why);
    bed->fleet = fleet_create(bed->loop, NULL);
    bed->outbox = outbox_create(bed->loop, bed->store, &ports, NULL);
    outbox_set_config(bed->outbox, bed->config);
    decider.store = bed->store;
    decider.fleet = bed->fleet;
    decider.outbox = bed->outbox;
    bed->decider = decider_create(&decider);
    decider_set_config(bed->decider, bed->config);
    bed->ingest =
        ingest_create(bed->loop, bed->store, bed->fleet, bed->decider, NULL);
    decider_fill_loader(bed->decider, &mine.decider);
    assert_int_equal(store_load(bed->store, &loader), 0);
    for (int i = 0; i < PROBES; i++)
        fleet_add(bed->fleet, bed_probes[i], bed_regions[i]);
    fleet_set_config(bed->fleet, bed->config);
    fleet_on_region(bed->fleet, bed_region, bed->decider);
    for (int i = 0; i < PROBES; i++)
        bed_join(&bed->probe[i]);
}

static inline void
bed_stop(struct bed *bed)
{
    for (int i = 0; i < PROBES; i++)
        bed_cut(&bed->probe[i]);
    ingest_free(bed->ingest);
    bed->ingest = NULL;
    outbox_free(bed->outbox);
    decider_free(bed->decider);
    fleet_free(bed->fleet);
    bed->fleet = NULL;
    store_close(bed->store);
    bed->store = NULL;
}

/* What surrounds the checks; a test may bring its own. */
#define BED_PEOPLE                                                             \
    "picket = 1;\n"                                                            \
    "regions = { fra = { name = \"Frankfurt\"; }; iad = { name = "             \
    "\"Ashburn\"; };"                                                          \
    " sin = { name = \"Singapore\"; }; };\n"                                   \
    "channels = { ops = { terminal = true; }; boss = { terminal = true; }; "   \
    "};\n"                                                                     \
    "policies = { web = { first = { notify = [\"channel:ops\"]; wait = "       \
    "\"5m\"; };"                                                               \
    " second = { notify = [\"channel:ops\", \"channel:boss\"]; }; }; };\n"
#define BED_HOME                                                               \
    "home = { http = \"http://192.0.2.7/\"; every = \"10s\"; timeout = "       \
    "\"5s\";"                                                                  \
    " policy = \"web\"; };"

static inline struct config *
bed_config(const char *text)
{
    struct diag *diag = diag_create();
    struct config *config = config_load_text("bed.conf", text, diag);

    if (config == NULL) {
        struct buf out;

        buf_init(&out, 65536);
        diag_print(diag, &out, false);
        fail_msg("%s", buf_text(&out));
    }
    diag_free(diag);
    return config;
}

/* Reloads it in a running controller. */
static inline void
bed_configure(struct bed *bed, const char *text)
{
    struct config *old = bed->config;

    bed->config = bed_config(text);
    outbox_set_config(bed->outbox, bed->config);
    fleet_set_config(bed->fleet, bed->config);
    decider_set_config(bed->decider, bed->config);
    config_free(old);
}

static inline void
bed_open(struct bed *bed, uint64_t seed, const char *text)
{
    memset(bed, 0, sizeof *bed);
    bed->seed = seed;
    bed->every_ms = 10000;
    str_copy(bed->dir, sizeof bed->dir, "/dev/shm/picket-XXXXXX");
    if (mkdtemp(bed->dir) == NULL) {
        str_copy(bed->dir, sizeof bed->dir, "/tmp/picket-XXXXXX");
        assert_non_null(mkdtemp(bed->dir));
    }
    bed->loop = loop_create();
    bed->config = bed_config(text);
    for (int i = 0; i < PROBES; i++) {
        bed->probe[i].bed = bed;
        bed->probe[i].index = i;
        bed->probe[i].spool = id_random();
        bed->probe[i].next_first = 1;
        bed_on_schedule(&bed->probe[i]);
    }
    bed_start(bed);
}

static inline void
bed_close(struct bed *bed)
{
    bed_stop(bed);
    for (int i = 0; i < PROBES; i++)
        loop_timer_cancel(bed->probe[i].schedule);
    (void)fake_loop_run_until_idle(bed->loop, 60 * NS_PER_S);
    loop_free(bed->loop);
    config_free(bed->config);
    file_remove_tree(bed->dir);
}

static inline void
bed_pass(struct bed *bed, int64_t ms)
{
    fake_loop_advance(bed->loop, ms * NS_PER_MS);
}

static inline size_t
bed_pages(const struct bed *bed, enum page_edge edge)
{
    size_t n = 0;

    for (size_t i = 0; i < bed->page_count; i++)
        n += bed->pages[i].edge == edge;
    return n;
}

static inline enum verdict
bed_verdict(const struct bed *bed)
{
    return decider_check(bed->decider, 0).verdict;
}

#endif
