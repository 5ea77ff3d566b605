/*
 * ingest_bench.c - results a second that a controller takes in.
 *
 *   ingest_bench CONTROLLER-URL IDENTITY-DIR BATCHES CHECKS
 *
 * Plays a joined probe with a long backlog: BATCHES batches of BATCH_RESULTS
 * results of the checks c0 to c<CHECKS - 1>, FLIGHT requests at a time, over
 * mutual TLS by the probe's own link.  Batches are made before the clock
 * starts.  A request is over when the controller has committed and
 * acknowledged it.  Prints "ok=N results_s=X wire_bytes=X" (bytes a result).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/str.h"
#include "probe/identity.h"
#include "probe/link_http.h"
#include "wire/batch.h"
#include "wire/message.h"
#include "wire/result.h"

#define BATCH_RESULTS 1000
#define BATCHES_MAX   1000
#define FLIGHT        3 /* as the uplink: two live, one of backlog */
#define TIMEOUT_NS    (20 * NS_PER_S)
#define BODY_MAX      (4u << 20)
#define WHY_MAX       256

struct bench {
    struct loop *loop;
    struct link *link;
    struct id spool;
    struct buf body[BATCHES_MAX];
    size_t batches, next, done;
    uint64_t acked;
};

struct named {
    struct result result;
    char name[24];
};

/* As an HTTP check of a page gives them; a run a second of each check. */
static void
make_result(struct named *to, size_t number, size_t checks, wall_t now)
{
    struct result *r = &to->result;
    size_t check = number % checks;
    int64_t age_s = (int64_t)(number / checks % 60);

    (void)snprintf(to->name, sizeof(to->name), "c%zu", check);
    result_init(r);
    r->check = to->name;
    r->version = 1;
    r->run = id_random();
    r->slot.ms = (now.ms / MS_PER_S - age_s) * MS_PER_S;
    r->started.ms = r->slot.ms + (int64_t)check * 17;
    r->us[PHASE_DNS] = 300 + (int64_t)(number * 7919 % 400);
    r->us[PHASE_CONNECT] = 90 + (int64_t)(number * 104729 % 60);
    r->us[PHASE_WAIT] = 2000 + (int64_t)(number * 1299709 % 3000);
    r->us[PHASE_RECEIVE] = 20 + (int64_t)(number % 9);
    r->us[PHASE_TOTAL] = r->us[PHASE_DNS] + r->us[PHASE_CONNECT] +
                         r->us[PHASE_WAIT] + r->us[PHASE_RECEIVE];
    r->lag_us = 40;
    result_add_int(r, FACT_STATUS, 200);
    result_add_text(r, FACT_IP, "192.0.2.7");
    result_add_text(r, FACT_HTTP_VERSION, "1.1");
    result_add_int(r, FACT_SIZE, 956);
}

static int
make_body(struct bench *bench, size_t index, size_t checks)
{
    struct named *results = str_xcalloc(BATCH_RESULTS, sizeof(*results));
    const struct result *list[BATCH_RESULTS];
    struct message_batch batch = {.first = (int64_t)(index * BATCH_RESULTS) + 1,
                                  .count = BATCH_RESULTS};
    struct message_results m = {.wire_version = MESSAGE_WIRE_VERSION,
                                .spool = bench->spool,
                                .batches = &batch,
                                .batch_count = 1};
    struct buf bytes;
    int rc;

    for (size_t i = 0; i < BATCH_RESULTS; i++) {
        make_result(&results[i], index * BATCH_RESULTS + i, checks,
                    loop_wall(bench->loop));
        list[i] = &results[i].result;
    }
    buf_init(&bytes, BODY_MAX);
    rc = batch_encode(&bytes, list, BATCH_RESULTS);
    batch.data = bytes.data;
    batch.len = bytes.len;
    buf_init(&bench->body[index], BODY_MAX);
    if (rc == 0)
        rc = message_encode_results(&bench->body[index], &m);
    buf_free(&bytes);
    free(results);
    return rc;
}

static void start_next(struct bench *bench);

static void
on_reply(void *cookie, const struct link_reply *reply)
{
    struct bench *bench = cookie;
    struct message_results_reply *got =
        message_decode_results_reply(reply->body, reply->len);

    if (reply->status != 200 || got == NULL) {
        (void)fprintf(stderr, "ingest_bench: %d %s\n", reply->status,
                      reply->detail);
        loop_stop(bench->loop);
    } else {
        for (size_t i = 0; i < got->acked_count; i++)
            bench->acked += got->acked[i].count;
        if (got->refused_count > 0)
            (void)fprintf(stderr, "ingest_bench: refused: %s\n",
                          got->refused_why);
    }
    message_free(got);
    if (++bench->done == bench->batches)
        loop_stop(bench->loop);
    else
        start_next(bench);
}

static void
start_next(struct bench *bench)
{
    struct link_request request = {.path = LINK_RESULTS,
                                   .timeout_ns = TIMEOUT_NS,
                                   .done = on_reply,
                                   .cookie = bench};

    if (bench->next == bench->batches)
        return;
    request.body = bench->body[bench->next].data;
    request.len = bench->body[bench->next].len;
    bench->next++;
    if (bench->link->start(bench->link, &request) == NULL)
        loop_stop(bench->loop);
}

static void
run(struct bench *bench)
{
    mono_t begun = loop_now(bench->loop);
    size_t bytes = 0;

    for (size_t i = 0; i < bench->batches; i++)
        bytes += bench->body[i].len;
    for (int i = 0; i < FLIGHT; i++)
        start_next(bench);
    loop_run(bench->loop);
    printf("ok=%llu results_s=%.0f wire_bytes=%.1f\n",
           (unsigned long long)bench->acked,
           (double)bench->acked /
               ((double)clock_since_ns(begun, loop_now(bench->loop)) / 1e9),
           (double)bytes / (double)(bench->batches * BATCH_RESULTS));
}

int
main(int argc, char **argv)
{
    struct bench *bench = str_xcalloc(1, sizeof(*bench));
    char why[WHY_MAX] = "usage: ingest_bench URL IDENTITY BATCHES CHECKS";
    struct link_http_opts opts = {.url = argv[1]};
    struct identity *identity = NULL;
    struct link_http *http = NULL;
    size_t i;

    if (argc == 5)
        identity = identity_open(argv[2], why, sizeof(why));
    if (identity == NULL)
        goto fail;
    bench->loop = opts.loop = loop_create();
    opts.ca_file = identity_ca_file(identity);
    opts.cert_file = identity_cert_file(identity);
    opts.key_file = identity_key_file(identity);
    http = link_http_create(&opts, why, sizeof(why));
    if (http == NULL)
        goto fail;
    bench->link = link_http_link(http);
    bench->spool = id_random();
    bench->batches = strtoul(argv[3], NULL, 10);
    if (bench->batches > BATCHES_MAX)
        bench->batches = BATCHES_MAX;
    for (i = 0; i < bench->batches; i++)
        if (make_body(bench, i, strtoul(argv[4], NULL, 10)) != 0)
            goto fail;
    run(bench);
    for (i = 0; i < bench->batches; i++)
        buf_free(&bench->body[i]);
    link_http_free(http);
    identity_free(identity);
    loop_free(bench->loop);
    i = bench->acked == bench->batches * BATCH_RESULTS;
    free(bench);
    return i == 1 ? 0 : 1;
fail:
    (void)fprintf(stderr, "ingest_bench: %s\n", why);
    return 2;
}
