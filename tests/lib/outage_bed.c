#include "tests/lib/outage_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/str.h"
#include "controller/clock_watch.h"
#include "controller/config.h"
#include "controller/fleet.h"
#include "controller/ingest.h"
#include "controller/notify/channel.h"
#include "controller/outbox.h"
#include "controller/store/store.h"
#include "tests/lib/fake_loop.h"

/* ---- what the store has at a start ---- */

static void
on_region(void *cookie, const char *region, bool lost, bool ill)
{
    decider_on_region(cookie, region, lost, ill);
}

static void
on_clock_step(void *cookie, int64_t by_ms)
{
    struct outage *bed = cookie;

    fleet_on_step(bed->fleet, by_ms);
    decider_on_step(bed->decider, by_ms);
}

struct loader {
    struct outage *bed;
    struct store_loader decider;
};

static void
load_state(void *cookie, const struct store_state *s)
{
    struct loader *l = cookie;

    l->decider.on_state(l->decider.cookie, s);
}

static void
load_incident(void *cookie, const struct store_incident *i)
{
    struct loader *l = cookie;

    l->decider.on_incident(l->decider.cookie, i);
}

static void
load_day(void *cookie, const struct store_day *d)
{
    struct loader *l = cookie;

    l->decider.on_day(l->decider.cookie, d);
}

static void
load_message(void *cookie, const struct store_message *m)
{
    outbox_push(((struct loader *)cookie)->bed->outbox, m);
}

static void
load_batch(void *cookie, const struct store_batch *b)
{
    ingest_replay(((struct loader *)cookie)->bed->ingest, b);
}

/* ---- the controller ---- */

void
outage_start(struct outage *bed)
{
    struct loader mine = {.bed = bed};
    struct store_loader loader = {.cookie = &mine,
                                  .on_state = load_state,
                                  .on_incident = load_incident,
                                  .on_message = load_message,
                                  .on_day = load_day,
                                  .on_batch = load_batch};
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
    bed->clock = clock_watch_create(bed->loop, on_clock_step, bed);
    decider.clock = bed->clock;
    bed->decider = decider_create(&decider);
    decider_set_config(bed->decider, bed->config);
    bed->ingest =
        ingest_create(bed->loop, bed->store, bed->fleet, bed->decider, NULL);
    decider_fill_loader(bed->decider, &mine.decider);
    assert_int_equal(store_load(bed->store, &loader), 0);
    for (int i = 0; i < OUTAGE_PROBES; i++)
        fleet_add(bed->fleet, outage_probe_name(i), outage_probe_region(i));
    fleet_set_config(bed->fleet, bed->config);
    fleet_on_region(bed->fleet, on_region, bed->decider);
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_join(&bed->probe[i]);
}

void
outage_stop(struct outage *bed)
{
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_cut(&bed->probe[i]);
    clock_watch_free(bed->clock);
    ingest_free(bed->ingest);
    bed->ingest = NULL;
    outbox_free(bed->outbox);
    decider_free(bed->decider);
    fleet_free(bed->fleet);
    bed->fleet = NULL;
    store_close(bed->store);
    bed->store = NULL;
}

struct config *
outage_config(const char *text)
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

void
outage_configure(struct outage *bed, const char *text)
{
    struct config *old = bed->config;

    bed->config = outage_config(text);
    outbox_set_config(bed->outbox, bed->config);
    fleet_set_config(bed->fleet, bed->config);
    decider_set_config(bed->decider, bed->config);
    config_free(old);
}

void
outage_open(struct outage *bed, uint64_t seed, const char *text)
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
    bed->config = outage_config(text);
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_open(&bed->probe[i], bed, i);
    outage_start(bed);
}

void
outage_close(struct outage *bed)
{
    outage_stop(bed);
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_close(&bed->probe[i]);
    (void)fake_loop_run_until_idle(bed->loop, 60 * NS_PER_S);
    loop_free(bed->loop);
    config_free(bed->config);
    file_remove_tree(bed->dir);
}

/* ---- time, and what a test asks ---- */

void
outage_pass(struct outage *bed, int64_t ms)
{
    fake_loop_advance(bed->loop, ms * NS_PER_MS);
}

wall_t
outage_now(const struct outage *bed)
{
    return loop_wall(bed->loop);
}

void
outage_set_clock(struct outage *bed, int64_t by_ms, bool is_everywhere)
{
    fake_loop_set_wall(bed->loop, (wall_t){outage_now(bed).ms + by_ms});
    for (int i = 0; i < OUTAGE_PROBES && !is_everywhere; i++)
        bed->probe[i].clock_ms -= by_ms;
}

uint32_t
outage_dice(struct outage *bed, uint32_t sides)
{
    bed->seed = bed->seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(bed->seed >> 33) % sides;
}

size_t
outage_pages(const struct outage *bed, enum page_edge edge)
{
    size_t n = 0;

    for (size_t i = 0; i < bed->page_count; i++)
        n += bed->pages[i].edge == edge;
    return n;
}

enum verdict
outage_verdict(const struct outage *bed)
{
    return decider_check(bed->decider, 0).verdict;
}
