/*
 * outage_bed.h - a controller and three probes that play fra, iad and sin, in
 * one process, on a clock that only the test moves.
 *
 * Real: fleet, ingest, store (SQLite in memory-backed files), decider, outbox.
 * Played: the probes (outage_probe.h), the target, which is broken when
 * `is_broken` says so, and the channel (fake_channel.h, which a test includes).
 *
 * Lifecycle   outage_open() makes all, outage_close() ends it; outage_stop()
 *             and outage_start() are a kill and a start of the controller:
 *             nothing that was not committed survives.
 * Units       milliseconds unless the name says otherwise.
 * Errors      assertions of cmocka.
 * Threads     one, the fake loop's.
 */
#ifndef TESTS_LIB_OUTAGE_BED_H
#define TESTS_LIB_OUTAGE_BED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/id.h"
#include "controller/decider.h"
#include "controller/page.h"
#include "tests/lib/outage_probe.h"

#define OUTAGE_PROBES    3
#define OUTAGE_PAGES_MAX 8192

struct clock_watch;
struct config;
struct fleet;
struct ingest;
struct loop;
struct outbox;
struct store;

struct outage_page {
    struct id id;
    enum page_edge edge;
    int64_t at;
    char to[32];
    char check[32];
};

struct outage {
    char dir[64];
    struct loop *loop;
    struct store *store;
    struct clock_watch *clock;
    struct fleet *fleet;
    struct decider *decider;
    struct outbox *outbox;
    struct ingest *ingest;
    struct config *config;
    struct outage_probe probe[OUTAGE_PROBES];
    bool is_broken;
    bool is_channel_dead;
    int64_t every_ms;
    struct outage_page pages[OUTAGE_PAGES_MAX];
    size_t page_count;
    uint64_t seed;
    int lost_acks;     /* so many acknowledgements die on their way */
    int64_t offset_ms; /* of the check's slots; 0: as good as any */
    int64_t run_ms;    /* how long a run takes; 0: a refusal's time */
    int running, most_running;
};

/* What surrounds the checks; a test may bring its own. */
#define OUTAGE_PEOPLE                                                          \
    "picket = 1;\n"                                                            \
    "regions = { fra = { name = \"Frankfurt\"; }; iad = { name = "             \
    "\"Ashburn\"; };"                                                          \
    " sin = { name = \"Singapore\"; }; };\n"                                   \
    "channels = { ops = { terminal = true; }; boss = { terminal = true; }; "   \
    "};\n"                                                                     \
    "policies = { web = { first = { notify = [\"channel:ops\"]; wait = "       \
    "\"5m\"; };"                                                               \
    " second = { notify = [\"channel:ops\", \"channel:boss\"]; }; }; };\n"
#define OUTAGE_HOME                                                            \
    "home = { http = \"http://192.0.2.7/\"; every = \"10s\"; timeout = "       \
    "\"5s\";"                                                                  \
    " policy = \"web\"; };"

/* Probes joined, configuration `text`. */
void outage_open(struct outage *bed, uint64_t seed, const char *text);
void outage_close(struct outage *bed);

void outage_start(struct outage *bed);
void outage_stop(struct outage *bed);

/* A failure that shows all errors when `text` is wrong. */
struct config *outage_config(const char *text);
/* Reloads it in a running controller. */
void outage_configure(struct outage *bed, const char *text);

void outage_pass(struct outage *bed, int64_t ms);
wall_t outage_now(const struct outage *bed);
/* The wall clock is set: the controller's alone, whose new offset the probes
 * know at once, or those of all machines. */
void outage_set_clock(struct outage *bed, int64_t by_ms, bool is_everywhere);
/* The seed's next number below `sides`. */
uint32_t outage_dice(struct outage *bed, uint32_t sides);

/* Pages so far with that edge. */
size_t outage_pages(const struct outage *bed, enum page_edge edge);
/* Of the first check. */
enum verdict outage_verdict(const struct outage *bed);

#endif
