/*
 * The loop's thread owns the queue and the index; the worker's thread owns the
 * files.  They meet in jobs, which the worker runs in the order they were
 * pushed and the loop learns of in the same order:
 *
 *   push -> queue -> [seal job: encode, append, sync] -> index -> on_sealed
 *   ack  -> index -> [ack job], and [remove job] for a segment that is done
 *
 * P1  a sequence number is used for one seal job only: when it fails, its
 *     results go back to the head of the queue and get new numbers.
 * P2  one seal job at a time, but at the end.
 */
#include "probe/spool.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/worker.h"
#include "probe/spool_index.h"
#include "probe/spool_queue.h"
#include "wire/batch.h"
#include "wire/result.h"

#define JOBS_MAX          4096 /* of the worker */
#define SEAL_RESULTS_MAX  1024
#define SEAL_BYTES_MAX    (2u << 20) /* about; half of BATCH_BYTES_MAX */
#define RETRY_MS          1000
#define AGE_CHECK_S       60
#define SEGMENT_MIN_BYTES (64u << 10)
#define SEGMENT_MAX_BYTES (4u << 20)
#define SEGMENTS_WANTED   32 /* so that dropping one loses little */

struct spool {
    struct loop *loop;
    struct log *log;
    struct worker *worker;
    struct spool_file *file; /* the worker's, but for open and close */
    struct spool_index *index;
    struct spool_opts opts;
    struct id id;
    struct spool_queue queue;
    struct loop_timer *seal_timer;
    struct loop_timer *age_timer;
    int64_t next;
    uint64_t dropped;
    uint64_t failures;
    size_t seals; /* seal jobs on their way */
    bool is_urgent;
    bool is_failing;
    bool is_closing;
};

static void
drop_queued(struct spool *s)
{
    while (s->queue.count > SPOOL_QUEUE_MAX ||
           s->queue.bytes > SPOOL_QUEUE_MAX_BYTES) {
        result_free(spool_queue_pop(&s->queue));
        s->dropped++;
    }
}

/* ---- sealing ----------------------------------------------------------- */

struct seal {
    struct spool *spool;
    struct spool_queue taken;
    struct spool_batch batch;
    uint64_t dropped;
    int error; /* errno; 0: sealed */
};

static void
encode_and_append(struct seal *seal, struct buf *bytes)
{
    const struct result **list =
        malloc(seal->taken.count * sizeof(struct result *));

    seal->error = ENOMEM;
    if (list == NULL)
        return;
    spool_queue_get(&seal->taken, list);
    if (batch_encode(bytes, list, seal->taken.count) == 0) {
        seal->batch.place.len = (uint32_t)bytes->len;
        seal->error = spool_file_append(seal->spool->file, &seal->batch,
                                        bytes->data, seal->dropped) == 0
                          ? 0
                          : errno;
    }
    free(list);
}

static void
run_seal(void *cookie)
{
    struct seal *seal = cookie;
    struct buf bytes;

    buf_init(&bytes, BATCH_BYTES_MAX);
    encode_and_append(seal, &bytes);
    buf_free(&bytes);
}

static void seal_soon(struct spool *s, int64_t after_ms);

/* A whole batch waits for nobody: with the wait a probe of over 5,000 results
 * a second would drop what a disk could well take. */
static int64_t
wait_ms(const struct spool *s)
{
    bool is_whole =
        s->queue.count >= SEAL_RESULTS_MAX || s->queue.bytes >= SEAL_BYTES_MAX;

    return s->is_urgent || is_whole ? 0 : SPOOL_SEAL_MS;
}

static void keep_bounds(struct spool *s);

static void
on_seal_ok(struct spool *s, struct seal *seal)
{
    spool_queue_free(&seal->taken);
    spool_index_add(s->index, &seal->batch);
    keep_bounds(s);
    if (!s->is_closing)
        s->opts.on_sealed(s->opts.cookie, seal->batch.first, seal->batch.count);
}

static void
on_seal_failed(struct spool *s, struct seal *seal)
{
    spool_queue_unpop(&s->queue, &seal->taken);
    s->failures++;
    if (!s->is_failing)
        log_event(s->log, EV_SPOOL_FAILED, LOG_STR("dir", s->opts.dir),
                  LOG_STR("error", strerror(seal->error)));
    drop_queued(s);
}

static void
on_seal_done(void *cookie)
{
    struct seal *seal = cookie;
    struct spool *s = seal->spool;
    bool has_failed = seal->error != 0;

    s->seals--;
    if (has_failed)
        on_seal_failed(s, seal);
    else
        on_seal_ok(s, seal);
    s->is_failing = has_failed;
    free(seal);
    if (s->queue.count > 0 && !s->is_closing)
        seal_soon(s, has_failed ? RETRY_MS : wait_ms(s));
}

static int
seal_now(struct spool *s)
{
    struct seal *seal = str_xcalloc(1, sizeof(*seal));

    seal->spool = s;
    spool_queue_init(&seal->taken);
    spool_queue_move(&s->queue, &seal->taken, SEAL_RESULTS_MAX, SEAL_BYTES_MAX);
    seal->dropped = s->dropped;
    seal->batch.first = s->next;
    seal->batch.count = (uint32_t)seal->taken.count;
    seal->batch.sealed_ms = loop_wall(s->loop).ms;
    s->next += seal->batch.count;
    s->seals++;
    s->is_urgent = s->is_urgent && s->queue.count > 0;
    if (worker_push(s->worker, run_seal, on_seal_done, seal) == 0)
        return 0;
    seal->error = errno;
    on_seal_done(seal);
    return -1;
}

static void
on_seal_timer(void *cookie)
{
    struct spool *s = cookie;

    s->seal_timer = NULL;
    if (s->queue.count > 0 && s->seals == 0)
        (void)seal_now(s);
}

/* After a failure the wait stands, however urgent. */
static void
seal_soon(struct spool *s, int64_t after_ms)
{
    if (s->seals > 0)
        return;
    if (s->seal_timer != NULL) {
        if (after_ms > 0 || s->is_failing)
            return;
        loop_timer_cancel(s->seal_timer);
    }
    s->seal_timer =
        loop_timer_start(s->loop, after_ms * NS_PER_MS, on_seal_timer, s);
}

void
spool_push(struct spool *s, struct result *result, enum spool_haste haste)
{
    spool_queue_push(&s->queue, result);
    drop_queued(s);
    if (haste == SPOOL_URGENT)
        s->is_urgent = true;
    seal_soon(s, wait_ms(s));
}

/* ---- what is done with a segment --------------------------------------- */

struct errand {
    struct spool *spool;
    int64_t first;
    uint32_t count;
    uint64_t segment;
    uint64_t dropped;
};

static void
run_ack(void *cookie)
{
    struct errand *e = cookie;

    (void)spool_file_ack(e->spool->file, e->first, e->count);
}

/* The counter first: results are not lost without being counted. */
static void
run_remove(void *cookie)
{
    struct errand *e = cookie;

    if (e->dropped > 0)
        (void)spool_file_drop(e->spool->file, e->dropped);
    spool_file_remove(e->spool->file, e->segment);
}

static void
on_errand_done(void *cookie)
{
    free(cookie);
}

/* Without room for the job: an unwritten ack is a batch sent twice, and a
 * segment that stays is found done at the next start. */
static void
send_on_errand(struct spool *s, worker_fn *job, struct errand what)
{
    struct errand *e = str_xcalloc(1, sizeof(*e));

    *e = what;
    e->spool = s;
    if (worker_push(s->worker, job, on_errand_done, e) != 0)
        free(e);
}

static void
remove_acked(struct spool *s)
{
    uint64_t segment;

    while (spool_index_pop_acked(s->index, &segment))
        send_on_errand(s, run_remove, (struct errand){.segment = segment});
}

static void
drop_oldest(struct spool *s)
{
    uint64_t segment, lost;

    if (!spool_index_pop_oldest(s->index, &segment, &lost))
        return;
    s->dropped += lost;
    log_event(s->log, EV_SPOOL_DROPPED, LOG_INT("results", lost),
              LOG_INT("dropped", s->dropped));
    send_on_errand(s, run_remove,
                   (struct errand){.segment = segment, .dropped = s->dropped});
}

/* Too old is dropped batch by batch, so that a young one beside it stays. */
static void
drop_aged(struct spool *s)
{
    int64_t limit_ms = loop_wall(s->loop).ms - s->opts.max_ns / NS_PER_MS;
    struct spool_batch batch;
    uint64_t lost = 0;

    while (spool_index_next(s->index, 0, &batch) &&
           batch.sealed_ms < limit_ms) {
        lost += spool_index_ack(s->index, batch.first, batch.count);
        send_on_errand(
            s, run_ack,
            (struct errand){.first = batch.first, .count = batch.count});
    }
    if (lost == 0)
        return;
    s->dropped += lost;
    log_event(s->log, EV_SPOOL_DROPPED, LOG_INT("results", lost),
              LOG_INT("dropped", s->dropped));
    remove_acked(s);
}

static void
keep_bounds(struct spool *s)
{
    struct spool_index_sums sums = spool_index_sums(s->index);

    while (sums.file_bytes > (uint64_t)s->opts.max_bytes) {
        uint64_t before = sums.file_bytes;

        remove_acked(s);
        sums = spool_index_sums(s->index);
        if (sums.file_bytes > (uint64_t)s->opts.max_bytes)
            drop_oldest(s);
        sums = spool_index_sums(s->index);
        if (sums.file_bytes == before)
            return;
    }
}

static void
on_age_timer(void *cookie)
{
    struct spool *s = cookie;

    s->age_timer =
        loop_timer_start(s->loop, AGE_CHECK_S * NS_PER_S, on_age_timer, s);
    drop_aged(s);
}

void
spool_ack(struct spool *s, int64_t first, uint32_t count)
{
    if (spool_index_ack(s->index, first, count) == 0)
        return;
    send_on_errand(s, run_ack, (struct errand){.first = first, .count = count});
    remove_acked(s);
}

/* ---- reading ----------------------------------------------------------- */

struct spool_read {
    struct spool *spool;
    spool_read_fn *done; /* NULL: cancelled */
    void *cookie;
    struct spool_bytes bytes[SPOOL_READ_MAX];
    struct buf data[SPOOL_READ_MAX];
    size_t count;
};

static void
run_read(void *cookie)
{
    struct spool_read *r = cookie;

    for (size_t i = 0; i < r->count; i++) {
        buf_init(&r->data[i], BATCH_BYTES_MAX);
        if (spool_file_read(r->spool->file, &r->bytes[i].batch.place,
                            &r->data[i]) == 0)
            r->bytes[i].data = r->data[i].data;
    }
}

static void
on_read_done(void *cookie)
{
    struct spool_read *r = cookie;

    if (r->done != NULL)
        r->done(r->cookie, r->bytes, r->count);
    for (size_t i = 0; i < r->count; i++)
        buf_free(&r->data[i]);
    free(r);
}

struct spool_read *
spool_read_start(struct spool *s, const struct spool_batch *batches,
                 size_t count, spool_read_fn *done, void *cookie)
{
    struct spool_read *r = str_xcalloc(1, sizeof(*r));

    assert(count > 0 && count <= SPOOL_READ_MAX);
    r->spool = s;
    r->done = done;
    r->cookie = cookie;
    r->count = count;
    for (size_t i = 0; i < count; i++)
        r->bytes[i].batch = batches[i];
    if (worker_push(s->worker, run_read, on_read_done, r) == 0)
        return r;
    free(r);
    return NULL;
}

void
spool_read_cancel(struct spool_read *read)
{
    if (read != NULL)
        read->done = NULL;
}

/* ---- open and close ---------------------------------------------------- */

static void
found_segment(void *cookie, uint64_t segment, uint64_t bytes)
{
    spool_index_add_segment(((struct spool *)cookie)->index, segment, bytes);
}

static void
found_batch(void *cookie, const struct spool_batch *batch)
{
    spool_index_add(((struct spool *)cookie)->index, batch);
}

static void
found_ack(void *cookie, int64_t first, uint32_t count)
{
    (void)spool_index_ack(((struct spool *)cookie)->index, first, count);
}

static size_t
segment_bytes(int64_t max_bytes)
{
    int64_t size = max_bytes / SEGMENTS_WANTED;

    if (size < (int64_t)SEGMENT_MIN_BYTES)
        return SEGMENT_MIN_BYTES;
    return size > (int64_t)SEGMENT_MAX_BYTES ? SEGMENT_MAX_BYTES : (size_t)size;
}

static void
log_opened(struct spool *s, const struct spool_state *state)
{
    struct spool_index_sums sums = spool_index_sums(s->index);

    if (state->torn > 0 || state->corrupt > 0)
        log_event(s->log, EV_SPOOL_TORN, LOG_INT("torn", state->torn),
                  LOG_INT("corrupt", state->corrupt));
    log_event(s->log, EV_SPOOL_OPENED, LOG_ID("spool", &s->id),
              LOG_INT("results", sums.results), LOG_INT("next", s->next),
              LOG_INT("dropped", s->dropped));
}

struct spool *
spool_open(const struct spool_opts *opts, char *why, size_t cap)
{
    struct spool *s = str_xcalloc(1, sizeof(*s));
    struct spool_found found = {found_segment, found_batch, found_ack, s};
    struct spool_state state;

    s->loop = opts->loop;
    s->log = opts->log;
    s->opts = *opts;
    s->opts.dir = str_xdup(opts->dir);
    spool_queue_init(&s->queue);
    s->index = spool_index_create();
    s->file = spool_file_open(opts->dir, segment_bytes(opts->max_bytes), &found,
                              &state, why, cap);
    if (s->file == NULL) {
        spool_close(s);
        return NULL;
    }
    spool_index_add_segment(s->index, state.segment, 0);
    s->id = state.id;
    s->next = state.next;
    s->dropped = state.dropped;
    s->worker = worker_create(s->loop, "spool", JOBS_MAX);
    log_opened(s, &state);
    remove_acked(s);
    keep_bounds(s);
    on_age_timer(s);
    return s;
}

/* Jobs run in order, so a seal that is on its way comes before the last one;
 * what a failing disk refuses now is lost and was counted as not sealed. */
static void
seal_rest(struct spool *s)
{
    while (s->queue.count > 0)
        if (seal_now(s) != 0)
            return;
}

void
spool_close(struct spool *s)
{
    if (s == NULL)
        return;
    s->is_closing = true;
    loop_timer_cancel(s->seal_timer);
    loop_timer_cancel(s->age_timer);
    if (s->worker != NULL) {
        seal_rest(s);
        worker_free(s->worker);
    }
    spool_queue_free(&s->queue);
    spool_file_close(s->file);
    spool_index_free(s->index);
    free((char *)(uintptr_t)s->opts.dir);
    free(s);
}

/* ---- asking ------------------------------------------------------------ */

struct id
spool_id(const struct spool *s)
{
    return s->id;
}

int64_t
spool_next(const struct spool *s)
{
    return s->next;
}

struct spool_stats
spool_stats(const struct spool *s)
{
    struct spool_index_sums sums = spool_index_sums(s->index);

    return (struct spool_stats){
        .bytes = sums.bytes,
        .results = sums.results + s->queue.count,
        .oldest_ms = sums.oldest_ms,
        .dropped = s->dropped,
        .write_failures = s->failures,
    };
}

bool
spool_find_next(const struct spool *s, int64_t from, struct spool_batch *batch)
{
    return spool_index_next(s->index, from, batch);
}

bool
spool_find_newest(const struct spool *s, int64_t from, int64_t below,
                  struct spool_batch *batch)
{
    return spool_index_newest(s->index, from, below, batch);
}
