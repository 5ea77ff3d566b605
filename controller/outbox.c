/*
 * outbox.c - lanes, one for each (incident, destination).
 *
 * A lane is a queue of messages that must not overtake each other; its head is
 * waiting for its time, ready, or on its way.  Lanes know nothing of each
 * other but for the number of deliveries under way, so that one dead channel
 * delays nobody else's page:
 *
 *     push -> lane's queue -> (head: timer until `next`) -> ready -> delivery
 *               ^                       |                               |
 *               |                       +------ LATER: back-off <-------+
 *               +---- next of the lane <------- ACCEPTED or REFUSED ----+
 *
 * What became of an attempt is written to the store without waiting for it: a
 * crash in between sends the message once more under the same id.
 */
#include "controller/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "controller/notify/channel.h"
#include "controller/page.h"
#include "controller/store/store.h"

#define BUCKETS         256
#define IN_FLIGHT_MAX   16    /* deliveries at once, over all channels */
#define MESSAGES_MAX    65536 /* in memory; more stay in state.db until a start */
#define BACKOFF_MAX_S   60
#define BACKOFF_DOUBLES 6 /* 1 2 4 8 16 32, then BACKOFF_MAX_S */
#define GIVE_UP_MS      (24LL * 3600 * MS_PER_S)

struct entry {
    struct store_message m; /* texts owned */
    struct entry *next;
};

struct lane {
    struct outbox *outbox;
    struct entry *first; /* the head; never NULL */
    struct entry **last;
    struct loop_timer *timer;          /* head waits for its time */
    struct channel_delivery *delivery; /* head is on its way */
    struct page *page;                 /* of the head while it is */
    struct lane *next;                 /* in the bucket */
    struct lane *next_ready;
    bool is_ready;
};

struct outbox {
    struct loop *loop;
    struct store *store;
    struct channel_ports ports;
    struct log *log;
    const struct config *config;
    struct lane *bucket[BUCKETS];
    struct lane *ready_first;
    struct lane **ready_last;
    size_t in_flight;
    struct outbox_stats stats;
};

static void lane_wait(struct lane *lane);
static void pump(struct outbox *outbox);

struct outbox *
outbox_create(struct loop *loop, struct store *store,
              const struct channel_ports *ports, struct log *log)
{
    struct outbox *outbox = str_xcalloc(1, sizeof *outbox);
    outbox->loop = loop;
    outbox->store = store;
    outbox->ports = *ports;
    outbox->log = log;
    outbox->ready_last = &outbox->ready_first;
    return outbox;
}

static void
entry_free(struct entry *entry)
{
    free((void *)(uintptr_t)entry->m.destination);
    free((void *)(uintptr_t)entry->m.json);
    free(entry);
}

static void
lane_free(struct lane *lane)
{
    loop_timer_cancel(lane->timer);
    channel_cancel(lane->delivery);
    page_free(lane->page);
    while (lane->first != NULL) {
        struct entry *entry = lane->first;
        lane->first = entry->next;
        entry_free(entry);
    }
    free(lane);
}

void
outbox_free(struct outbox *outbox)
{
    if (outbox == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        while (outbox->bucket[i] != NULL) {
            struct lane *lane = outbox->bucket[i];
            outbox->bucket[i] = lane->next;
            lane_free(lane);
        }
    }
    free(outbox);
}

void
outbox_set_config(struct outbox *outbox, const struct config *config)
{
    outbox->config = config;
    pump(outbox);
}

/* ---- push: into the lane ---- */

static struct entry *
entry_create(const struct store_message *m)
{
    struct entry *entry = str_xcalloc(1, sizeof *entry);
    entry->m = *m;
    entry->m.destination = str_xdup(m->destination);
    entry->m.json = str_xdup(m->json);
    entry->m.error = NULL;
    return entry;
}

static struct lane *
lane_find(struct outbox *outbox, const struct store_message *m)
{
    struct lane **at = &outbox->bucket[m->incident.byte[0]];
    for (struct lane *lane = *at; lane != NULL; lane = lane->next) {
        if (id_eq(&lane->first->m.incident, &m->incident) &&
            str_eq(lane->first->m.destination, m->destination))
            return lane;
    }
    return NULL;
}

/* By `order`, but never before a head that has been tried. */
static bool
lane_insert(struct lane *lane, const struct store_message *m)
{
    struct entry **at = &lane->first;
    for (; *at != NULL; at = &(*at)->next) {
        if (id_eq(&(*at)->m.id, &m->id))
            return false;
    }
    at = &lane->first->next;
    while (*at != NULL && (*at)->m.order <= m->order)
        at = &(*at)->next;
    struct entry *entry = entry_create(m);
    entry->next = *at;
    *at = entry;
    if (entry->next == NULL)
        lane->last = &entry->next;
    return true;
}

void
outbox_push(struct outbox *outbox, const struct store_message *m)
{
    if (m->state != STORE_PENDING || outbox->stats.pending >= MESSAGES_MAX)
        return;
    struct lane *lane = lane_find(outbox, m);
    if (lane != NULL) {
        outbox->stats.pending += lane_insert(lane, m) ? 1 : 0;
        return;
    }
    lane = str_xcalloc(1, sizeof *lane);
    lane->outbox = outbox;
    lane->first = entry_create(m);
    lane->last = &lane->first->next;
    lane->next = outbox->bucket[m->incident.byte[0]];
    outbox->bucket[m->incident.byte[0]] = lane;
    outbox->stats.pending++;
    lane_wait(lane);
}

/* ---- waiting for its time ---- */

static void
lane_ready(void *cookie)
{
    struct lane *lane = cookie;
    struct outbox *outbox = lane->outbox;
    lane->timer = NULL;
    assert(!lane->is_ready);
    lane->is_ready = true;
    lane->next_ready = NULL;
    *outbox->ready_last = lane;
    outbox->ready_last = &lane->next_ready;
    pump(outbox);
}

static void
lane_wait(struct lane *lane)
{
    int64_t wait_ms = lane->first->m.next.ms - loop_wall(lane->outbox->loop).ms;
    /* A stepped clock must not silence a page: no wait is longer than the
     * longest back-off. */
    if (wait_ms > BACKOFF_MAX_S * MS_PER_S * 15)
        wait_ms = BACKOFF_MAX_S * MS_PER_S * 15;
    assert(lane->timer == NULL && lane->delivery == NULL);
    lane->timer = loop_timer_start(lane->outbox->loop, wait_ms * NS_PER_MS,
                                   lane_ready, lane);
}

/* 1 2 4 ... 60 s, +-20 % taken from the id so that a test sees the same. */
static int64_t
backoff_ms(const struct store_message *m)
{
    int64_t s = BACKOFF_MAX_S;
    if (m->attempts <= BACKOFF_DOUBLES)
        s = 1LL << (m->attempts - 1);
    int64_t spread = s * MS_PER_S / 5;
    int64_t at = m->id.byte[(size_t)m->attempts % sizeof m->id.byte];
    return s * MS_PER_S - spread + at * 2 * spread / 255;
}

/* ---- on its way ---- */

static void
written(void *cookie, enum store_outcome outcome)
{
    (void)cookie;
    (void)outcome; /* the store logs; the worst is a second send, same id */
}

static void
lane_remove(struct lane *lane)
{
    struct lane **at = &lane->outbox->bucket[lane->first->m.incident.byte[0]];
    while (*at != lane)
        at = &(*at)->next;
    *at = lane->next;
}

static void
head_done(struct lane *lane)
{
    struct entry *entry = lane->first;
    lane->outbox->stats.pending--;
    if (entry->next == NULL) {
        lane_remove(lane);
        lane_free(lane);
        return;
    }
    lane->first = entry->next;
    entry_free(entry);
    lane_wait(lane);
}

static void
head_later(struct lane *lane, const char *detail, int64_t after_ns)
{
    struct outbox *outbox = lane->outbox;
    struct store_message *m = &lane->first->m;
    wall_t now = loop_wall(outbox->loop);
    int64_t wait_ms = backoff_ms(m);
    if (after_ns / NS_PER_MS > wait_ms)
        wait_ms = after_ns / NS_PER_MS;
    m->next.ms = now.ms + wait_ms;
    m->error = detail;
    outbox->stats.retried++;
    log_event(outbox->log, EV_PAGE_RETRY, LOG_ID("page", &m->id),
              LOG_STR("to", m->destination), LOG_STR("error", detail),
              LOG_INT("attempt", m->attempts),
              LOG_NS("again_after", wait_ms * NS_PER_MS));
    store_put_message(outbox->store, m, written, outbox);
    m->error = NULL;
    lane_wait(lane);
}

static void
head_end(struct lane *lane, enum store_message_state state, const char *detail)
{
    struct outbox *outbox = lane->outbox;
    struct store_message *m = &lane->first->m;
    bool accepted = state == STORE_SENT;
    m->state = state;
    m->error = accepted ? NULL : detail;
    outbox->stats.accepted += accepted ? 1 : 0;
    outbox->stats.refused += accepted ? 0 : 1;
    log_event(outbox->log, accepted ? EV_PAGE_SENT : EV_PAGE_FAILED,
              LOG_ID("page", &m->id), LOG_ID("incident", &m->incident),
              LOG_STR("to", m->destination), LOG_STR("detail", detail),
              LOG_INT("attempt", m->attempts));
    store_put_message(outbox->store, m, written, outbox);
    m->error = NULL;
    head_done(lane);
}

static void
on_delivery(void *cookie, enum channel_outcome outcome, const char *detail,
            int64_t after_ns)
{
    struct lane *lane = cookie;
    struct outbox *outbox = lane->outbox;
    struct store_message *m = &lane->first->m;
    lane->delivery = NULL;
    page_free(lane->page);
    lane->page = NULL;
    outbox->in_flight--;
    m->attempts++;
    bool too_old = loop_wall(outbox->loop).ms - m->created.ms > GIVE_UP_MS;
    switch (outcome) {
    case CHANNEL_ACCEPTED:
        head_end(lane, STORE_SENT, detail);
        break;
    case CHANNEL_REFUSED:
        head_end(lane, STORE_REFUSED, detail);
        break;
    case CHANNEL_LATER:
        if (too_old)
            head_end(lane, STORE_REFUSED, detail);
        else
            head_later(lane, detail, after_ns);
        break;
    }
    pump(outbox);
}

static void
lane_send(struct lane *lane)
{
    struct outbox *outbox = lane->outbox;
    struct store_message *m = &lane->first->m;
    lane->page = page_parse(m->json, strlen(m->json));
    if (lane->page == NULL) {
        head_end(lane, STORE_REFUSED, "the outbox row is damaged");
        return;
    }
    lane->delivery =
        channel_start(&outbox->ports, outbox->config, m->destination,
                      lane->page, on_delivery, lane);
    outbox->in_flight++;
}

static void
pump(struct outbox *outbox)
{
    while (outbox->config != NULL && outbox->ready_first != NULL &&
           outbox->in_flight < IN_FLIGHT_MAX) {
        struct lane *lane = outbox->ready_first;
        outbox->ready_first = lane->next_ready;
        if (outbox->ready_first == NULL)
            outbox->ready_last = &outbox->ready_first;
        lane->is_ready = false;
        lane_send(lane);
    }
}

struct outbox_stats
outbox_stats(const struct outbox *outbox)
{
    struct outbox_stats stats = outbox->stats;
    stats.oldest.ms = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct lane *l = outbox->bucket[i]; l != NULL; l = l->next) {
            int64_t ms = l->first->m.created.ms;
            if (stats.oldest.ms == 0 || ms < stats.oldest.ms)
                stats.oldest.ms = ms;
        }
    }
    return stats;
}
