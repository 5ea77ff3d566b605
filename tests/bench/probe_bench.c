/*
 * probe_bench.c - a probe's CPU a check, flat out: crew, spool and uplink as
 * the daemon has them, FLIGHT checks at a time, until COUNT are acknowledged.
 *
 *   probe_bench COUNT FLIGHT RESOLVER CA-FILE SETTINGS
 *
 * SETTINGS are those of one check, as in a configuration.  Its runs are asked
 * for (run-now), which takes the place of the schedule; everything after is
 * the daemon's own: the name looked up, the check run and judged, the result
 * encoded, synced to disk, read back and sent.  The other end is in this
 * process too: it decodes each request and acknowledges it, a few us a batch,
 * which are counted.  Not in it: TLS to the controller; the paced rows of
 * bench.sh have that.
 *
 * Prints "ok=N bad=N cpu_us=X wall_s=X rss_kib=N".
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/trust.h"
#include "probe/assignment.h"
#include "probe/crew.h"
#include "probe/link.h"
#include "probe/spool.h"
#include "probe/uplink.h"
#include "wire/message.h"
#include "wire/result.h"

#define WARM_UP     64 /* runs not counted */
#define SPOOL_BYTES (64 << 20)
#define TEXT_MAX    (1u << 20)
#define EXPIRES_NS  (60 * NS_PER_S)
#define LIMIT_NS    (20 * NS_PER_S) /* for all of it */

struct bench {
    struct link link; /* first: the link is the bench */
    struct loop *loop;
    struct crew *crew;
    struct spool *spool;
    struct uplink *uplink;
    struct link_call *sync; /* held for ever */
    long count, flight;
    long started, ended, bad, acked;
    long dropped; /* at the spool's bound, when the disk was slow */
    const char *dir;
    int64_t cpu_ns; /* at the start of what is counted */
    mono_t begun;
    char message[RESULT_MESSAGE_MAX]; /* of the first bad one */
};

/* ---- the other end ------------------------------------------------------ */

struct link_call {
    struct bench *bench;
    struct link_request request;
    struct message_results *results; /* NULL: a sync */
    struct loop_timer *timer;        /* until it answers; NULL: held */
};

static void
free_call(struct link_call *call)
{
    message_free(call->results);
    free(call);
}

static void
reply(struct link_call *call, struct buf *body)
{
    struct link_reply r = {200, "", body->data, body->len};

    call->request.done(call->request.cookie, &r);
    buf_free(body);
    free_call(call);
}

static void
begin_count(struct bench *bench)
{
    bench->cpu_ns = clock_cpu_ns();
    bench->begun = loop_now(bench->loop);
}

static void
on_acknowledge(void *cookie)
{
    struct link_call *call = cookie;
    struct bench *bench = call->bench;
    struct message_range range[MESSAGE_BATCHES_MAX];
    struct message_results_reply m = {
        .acked = range,
        .acked_count = call->results->batch_count,
        .refused_why = "",
    };
    struct buf body;

    for (size_t i = 0; i < m.acked_count; i++) {
        const struct message_batch *b = &call->results->batches[i];

        range[i] = (struct message_range){b->first, b->count};
        bench->acked += b->count;
    }
    buf_init(&body, TEXT_MAX);
    (void)message_encode_results_reply(&body, &m);
    reply(call, &body);
    bench->dropped = (long)spool_stats(bench->spool).dropped;
    if (bench->acked + bench->dropped >= bench->count + WARM_UP)
        loop_stop(bench->loop);
}

static void
on_sync(void *cookie)
{
    struct link_call *call = cookie;
    wall_t now = loop_wall(call->bench->loop);
    struct message_sync_reply m = {
        .received_ms = now.ms, .sent_ms = now.ms, .generation = 1};
    struct buf body;

    buf_init(&body, TEXT_MAX);
    (void)message_encode_sync_reply(&body, &m);
    reply(call, &body);
}

/* The first sync is answered, so that the uplink is connected; the next one
 * is held, as a controller holds it. */
static struct link_call *
on_start(struct link *link, const struct link_request *request)
{
    struct bench *bench = (struct bench *)(void *)link;
    struct link_call *call = str_xcalloc(1, sizeof(*call));
    bool is_first = request->path == LINK_SYNC && bench->sync == NULL;

    call->bench = bench;
    call->request = *request;
    if (request->path == LINK_RESULTS) {
        call->results = message_decode_results(request->body, request->len);
        call->timer = loop_timer_start(bench->loop, 0, on_acknowledge, call);
    } else if (is_first) {
        bench->sync = call;
        call->timer = loop_timer_start(bench->loop, 0, on_sync, call);
    }
    return call;
}

static void
on_cancel(struct link_call *call)
{
    if (call == NULL)
        return;
    loop_timer_cancel(call->timer);
    free_call(call);
}

static void
on_sync_filled(void *cookie, struct message_sync *sync)
{
    (void)cookie;
    (void)sync;
}

static void
on_sealed(void *cookie, int64_t first, uint32_t count)
{
    struct bench *bench = cookie;

    (void)first;
    (void)count;
    if (bench->uplink != NULL)
        uplink_on_sealed(bench->uplink);
}

/* ---- the runs ----------------------------------------------------------- */

static void
start_one(struct bench *bench)
{
    struct message_run_now run = {.check = "bench"};

    bench->started++;
    memcpy(run.id.byte, &bench->started, sizeof(bench->started));
    crew_run_now(bench->crew, &run,
                 clock_after(loop_now(bench->loop), EXPIRES_NS));
}

static void
on_result(void *cookie, struct result *result, bool asked)
{
    struct bench *bench = cookie;

    if (result->status != STATUS_UP && bench->bad++ == 0)
        (void)str_copy(bench->message, sizeof(bench->message),
                       result->message != NULL ? result->message : "no word");
    /* Asked for is urgent; scheduled, as these stand for, is not. */
    spool_push(bench->spool, result, SPOOL_USUAL);
    bench->ended++;
    if (bench->ended == WARM_UP)
        begin_count(bench);
    if (!asked) { /* the check's first turn: it is known now */
        for (long i = 0; i < bench->flight; i++)
            start_one(bench);
    } else if (bench->started < bench->count + WARM_UP - 1) {
        start_one(bench);
    }
}

static void
on_limit(void *cookie)
{
    struct bench *bench = cookie;

    (void)fprintf(stderr, "probe_bench: %ld started, %ld ended, %ld sent\n",
                  bench->started, bench->ended, bench->acked);
    (void)file_remove_tree(bench->dir);
    exit(1);
}

/* ---- putting together --------------------------------------------------- */

static void
assign(struct bench *bench, const char *settings)
{
    char *text = str_xprintf("picket = 1; checks = { bench = { %s "
                             "every = \"1h\"; timeout = \"5s\"; }; };",
                             settings);
    struct message_assigned one = {"bench", text, 1, 0, 1};
    struct message_sync_reply m = {.generation = 1,
                                   .has_assignment = true,
                                   .assigned = &one,
                                   .assigned_count = 1};
    struct buf bytes;

    buf_init(&bytes, TEXT_MAX);
    (void)message_encode_sync_reply(&bytes, &m);
    crew_set_assignment(
        bench->crew,
        assignment_create(message_decode_sync_reply(bytes.data, bytes.len)));
    buf_free(&bytes);
    free(text);
}

static void
make(struct bench *bench, struct trust *trust, const char *dir,
     const char *resolver)
{
    char why[256] = "out of memory";
    struct crew_opts crew = {.loop = bench->loop,
                             .trust = trust,
                             .resolvers = resolver,
                             .region = "fra",
                             .concurrency_max = 200,
                             .lanes = 1,
                             .on_result = on_result,
                             .cookie = bench};
    struct spool_opts spool = {.loop = bench->loop,
                               .dir = dir,
                               .max_bytes = SPOOL_BYTES,
                               .max_ns = 3600 * NS_PER_S,
                               .on_sealed = on_sealed,
                               .cookie = bench};
    struct uplink_opts uplink = {.loop = bench->loop,
                                 .link = &bench->link,
                                 .generation = 1,
                                 .on_sync = on_sync_filled,
                                 .cookie = bench};

    bench->link = (struct link){on_start, on_cancel};
    bench->crew = crew_create(&crew);
    bench->spool = spool_open(&spool, why, sizeof(why));
    if (bench->crew == NULL || bench->spool == NULL) {
        (void)fprintf(stderr, "probe_bench: %s\n", why);
        exit(1);
    }
    uplink.spool = bench->spool;
    bench->uplink = uplink_create(&uplink);
}

static long
rss_kib(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    long size = 0, resident = 0;

    if (f != NULL && fscanf(f, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    if (f != NULL)
        (void)fclose(f);
    return resident * 4;
}

int
main(int argc, char **argv)
{
    struct bench bench = {.loop = loop_create()};
    char dir[] = "/tmp/probe-bench-XXXXXX", why[256] = "";
    struct loop_timer *limit;
    struct trust *trust;
    double cpu_ns, wall_ns;

    if (argc != 6 || mkdtemp(dir) == NULL)
        return 2;
    bench.dir = dir;
    bench.count = strtol(argv[1], NULL, 10);
    bench.flight = strtol(argv[2], NULL, 10);
    trust = trust_create(argv[4], NULL, why, sizeof(why));
    if (trust == NULL)
        return (void)fprintf(stderr, "probe_bench: %s\n", why), 1;
    make(&bench, trust, dir, argv[3]);
    assign(&bench, argv[5]);
    limit = loop_timer_start(bench.loop, LIMIT_NS, on_limit, &bench);
    loop_run(bench.loop);
    cpu_ns = (double)(clock_cpu_ns() - bench.cpu_ns);
    wall_ns = (double)clock_since_ns(bench.begun, loop_now(bench.loop));
    printf("ok=%ld bad=%ld cpu_us=%.1f wall_s=%.2f rss_kib=%ld\n",
           bench.ended - bench.bad, bench.bad,
           cpu_ns / 1e3 / (double)bench.count, wall_ns / 1e9, rss_kib());
    if (bench.dropped > 0)
        (void)fprintf(stderr, "probe_bench: %ld dropped, the disk was slow\n",
                      bench.dropped);
    if (bench.bad > 0)
        (void)fprintf(stderr, "probe_bench: %s\n", bench.message);
    loop_timer_cancel(limit);
    uplink_free(bench.uplink);
    bench.uplink = NULL;
    crew_free(bench.crew);
    spool_close(bench.spool);
    trust_free(trust);
    loop_free(bench.loop);
    (void)file_remove_tree(dir);
    return bench.bad > 0;
}
