/*
 * outage_probe.h - a probe that an outage_bed plays: schedule, runs, spool and
 * uplink of one region, as the controller sees them.
 *
 * Not probe/: nothing here is that room's code, so that what the controller
 * believes of a probe is judged by another hand.
 *
 * Lifecycle   outage_probe_open() begins its schedule; outage_probe_join() connects
 *             it, outage_probe_cut() takes the way to the controller away.
 * Ownership   a part of struct outage.
 * Units       milliseconds.
 * Errors      assertions of cmocka.
 * Threads     one.
 */
#ifndef TESTS_LIB_OUTAGE_PROBE_H
#define TESTS_LIB_OUTAGE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "wire/result.h"

#define OUTAGE_QUEUE_MAX 4096 /* results in its spool */
#define OUTAGE_SEEN_MAX  64   /* run-nows that it remembers */
#define OUTAGE_NET_MS    15   /* one way between probe and controller */

struct fleet_hold;
struct loop_timer;
struct outage;

struct outage_probe {
    struct outage *bed;
    int index;
    struct loop_timer *schedule;
    struct fleet_hold *hold;
    bool is_cut;  /* no way to the controller */
    bool is_lone; /* no way to the target */
    struct id spool;
    int64_t next_first;
    int64_t clock_ms; /* its clock minus the controller's */
    struct result queue[OUTAGE_QUEUE_MAX];
    size_t queued;
    bool is_sending;
    struct id seen[OUTAGE_SEEN_MAX];
    size_t seen_count;
};

const char *outage_probe_name(int index);   /* "fra-1", "iad-1", "sin-1" */
const char *outage_probe_region(int index); /* "fra", "iad", "sin" */

void outage_probe_open(struct outage_probe *probe, struct outage *bed,
                       int index);
void outage_probe_close(struct outage_probe *probe);

void outage_probe_cut(struct outage_probe *probe);
void outage_probe_join(struct outage_probe *probe);

#endif
