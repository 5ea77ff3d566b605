/*
 * check_bench.c - one check's CPU by the check engine alone.
 *
 *   check_bench COUNT FLIGHT RESOLVER CA-FILE SETTINGS
 *
 * SETTINGS are those of one check, as in a configuration.  It is compiled once
 * and run COUNT times, FLIGHT at a time, as a probe's lane and `picket run` do:
 * started, its name looked up, run, judged, its result told.  What a probe does
 * with results (keep, sync, send) is probe_bench.c.
 *
 * Prints "ok=N bad=N cpu_us=X".
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/trust.h"
#include "checks/catalog.h"
#include "checks/check.h"
#include "checks/engine.h"
#include "checks/spec.h"
#include "wire/result.h"

#define WARM_UP  64 /* runs not counted */
#define LIMIT_NS (20 * NS_PER_S)

struct bench {
    struct loop *loop;
    struct engine *engine;
    struct spec *spec;
    long count, started, ended, bad;
    int64_t cpu_ns;               /* at the start of what is counted */
    char why[RESULT_MESSAGE_MAX]; /* of the first bad one */
};

static void on_done(void *cookie, const struct result *result);

static void
start_one(struct bench *bench)
{
    static const struct check_run scheduled = {.slot = {0}};

    bench->started++;
    (void)check_start(bench->engine, bench->spec, &scheduled, on_done, bench);
}

static void
on_done(void *cookie, const struct result *result)
{
    struct bench *bench = cookie;

    if (result->status != STATUS_UP && bench->bad++ == 0)
        (void)str_copy(bench->why, sizeof(bench->why),
                       result->message != NULL ? result->message : "no word");
    bench->ended++;
    if (bench->ended == WARM_UP)
        bench->cpu_ns = clock_cpu_ns();
    if (bench->started < bench->count + WARM_UP)
        start_one(bench);
    else if (bench->ended == bench->started)
        loop_stop(bench->loop);
}

static void
on_limit(void *cookie)
{
    const struct bench *bench = cookie;

    (void)fprintf(stderr, "check_bench: %ld started, %ld ended\n",
                  bench->started, bench->ended);
    exit(1);
}

static struct spec *
compile(const char *settings)
{
    char *text = str_xprintf("picket = 1; checks = { bench = { %s "
                             "every = \"1h\"; timeout = \"5s\"; }; };",
                             settings);
    char why[512] = "";
    struct spec *spec = catalog_compile(text, why, sizeof(why));

    if (spec == NULL)
        (void)fprintf(stderr, "check_bench: %s\n", why);
    free(text);
    return spec;
}

static void
run(struct bench *bench, long flight)
{
    struct loop_timer *limit =
        loop_timer_start(bench->loop, LIMIT_NS, on_limit, bench);

    for (long i = 0; i < flight; i++)
        start_one(bench);
    loop_run(bench->loop);
    loop_timer_cancel(limit);
    printf(
        "ok=%ld bad=%ld cpu_us=%.1f\n", bench->ended - bench->bad, bench->bad,
        (double)(clock_cpu_ns() - bench->cpu_ns) / 1e3 / (double)bench->count);
    if (bench->bad > 0)
        (void)fprintf(stderr, "check_bench: %s\n", bench->why);
}

int
main(int argc, char **argv)
{
    struct bench bench = {.loop = loop_create()};
    struct engine_opts opts = {.loop = bench.loop};
    char why[256] = "";

    if (argc != 6)
        return 2;
    bench.count = strtol(argv[1], NULL, 10);
    opts.resolvers = argv[3];
    opts.trust = trust_create(argv[4], NULL, why, sizeof(why));
    bench.engine = opts.trust != NULL ? engine_create(&opts) : NULL;
    bench.spec = compile(argv[5]);
    if (bench.engine == NULL || bench.spec == NULL)
        return (void)fprintf(stderr, "check_bench: not made: %s\n", why), 1;
    run(&bench, strtol(argv[2], NULL, 10));
    spec_free(bench.spec);
    engine_free(bench.engine);
    trust_free(opts.trust);
    loop_free(bench.loop);
    return bench.bad > 0;
}
