#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_multi.c"

#include <stdatomic.h>
#include <string.h>

#include "tests/lib/fetch_bed.h"

static void
count_posts(void *cookie)
{
    loop_stop(cookie);
}

static void
cancel_is_silent(void **state)
{
    struct tiny tiny = {.serve = fetch_bed_serve_nothing, .arg = ""};
    struct fetch_bed bed;
    struct fetch_opts opts = {.timeout_ns = 10 * SECOND};
    struct fetch *fetch;
    int i;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    opts.url = bed.url;
    opts.address = &bed.address;
    fetch_cancel(NULL);
    for (i = 0; i < 2; i++) {
        fetch = fetch_start(bed.fetcher, &opts, fetch_bed_on_seen, &bed.seen);
        assert_non_null(fetch);
        /* Once before it connected, once while it waits for the answer. */
        if (i == 1) {
            loop_timer_start(bed.loop, SECOND / 10, count_posts, bed.loop);
            loop_run(bed.loop);
        }
        fetch_cancel(fetch);
    }
    loop_timer_start(bed.loop, SECOND / 20, count_posts, bed.loop);
    loop_run(bed.loop);
    assert_int_equal(bed.seen.count, 0);
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

/* Cancels another, starts a third and is then gone: all from inside done(). */
struct mover {
    struct fetch_bed *bed;
    struct fetch *victim;
    struct fetch_opts opts;
};

static void
on_first(void *cookie, const struct fetch_result *result)
{
    struct mover *mover = cookie;

    assert_int_equal(result->status, 200);
    fetch_cancel(mover->victim);
    assert_non_null(fetch_start(mover->bed->fetcher, &mover->opts,
                                fetch_bed_on_seen, &mover->bed->seen));
}

static void
done_may_start_and_cancel(void **state)
{
    struct tiny tiny = {.serve = fetch_bed_serve_text, .arg = fetch_bed_good};
    struct tiny silent = {.serve = fetch_bed_serve_nothing, .arg = ""};
    struct fetch_bed bed;
    struct mover mover = {.bed = &bed};
    struct fetch_opts opts = {.timeout_ns = 10 * SECOND};
    struct addr other;
    (void)state;

    tiny_start(&tiny);
    tiny_start(&silent);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    opts.url = bed.url;
    addr_parse_ip(&other, "127.0.0.1", silent.port);
    opts.address = &other;
    mover.victim =
        fetch_start(bed.fetcher, &opts, fetch_bed_on_seen, &bed.seen);
    opts.address = &bed.address;
    mover.opts = opts;
    fetch_start(bed.fetcher, &opts, on_first, &mover);
    loop_run(bed.loop);
    assert_int_equal(bed.seen.count, 1);
    assert_int_equal(bed.seen.result.status, 200);
    fetch_bed_close(&bed);
    tiny_stop(&silent);
    tiny_stop(&tiny);
}

static void
on_last(void *cookie, const struct fetch_result *result)
{
    struct fetch_bed *bed = cookie;

    assert_int_equal(result->status, 200);
    fetcher_free(bed->fetcher);
    bed->fetcher = NULL;
    loop_stop(bed->loop);
}

static void
done_may_free_the_fetcher(void **state)
{
    struct tiny tiny = {.serve = fetch_bed_serve_text, .arg = fetch_bed_good};
    struct fetch_bed bed;
    struct fetch_opts opts = {.timeout_ns = 10 * SECOND};
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    opts.url = bed.url;
    opts.address = &bed.address;
    fetch_start(bed.fetcher, &opts, on_last, &bed);
    loop_run(bed.loop);
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

/* ---- a server that never pauses ---- */

#define FRAMES 20000 /* in one go */
#define ROUNDS 400   /* 72 MB in all */

static atomic_int rounds; /* that were sent */

/* SETTINGS, an answer's head, and DATA frames of HTTP/2 that hold nothing. */
static void
serve_flood(struct tiny_conn *conn)
{
    static const char frame[9] = {0, 0, 0, 0, 0, 0, 0, 0, 1};
    char *frames = calloc(FRAMES, sizeof frame);
    char some[4096];

    assert_non_null(frames);
    for (size_t i = 0; i < FRAMES; i++)
        memcpy(frames + i * sizeof frame, frame, sizeof frame);
    tiny_write(conn, "\0\0\0\4\0\0\0\0\0", 9);
    (void)tiny_read(conn, some, sizeof some);
    tiny_write(conn, "\0\0\1\1\4\0\0\0\1\x88", 10);
    for (int i = 0; i < ROUNDS; i++) {
        tiny_write(conn, frames, FRAMES * sizeof frame);
        atomic_store(&rounds, i + 1);
    }
    free(frames);
}

struct onlooker {
    struct loop *loop;
    int turns; /* of the loop, while the flood went on */
};

static void
look_again(void *cookie)
{
    struct onlooker *onlooker = cookie;
    int so_far = atomic_load(&rounds);

    onlooker->turns += so_far > 0 && so_far < ROUNDS;
    if (so_far < ROUNDS)
        loop_timer_start(onlooker->loop, 0, look_again, onlooker);
}

static void
a_flood_leaves_the_loop_its_turns(void **state)
{
    struct tiny tiny = {.serve = serve_flood};
    struct onlooker onlooker = {0};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    onlooker.loop = bed.loop;
    look_again(&onlooker);
    fetch_bed_get(&bed, (struct fetch_opts){.flags = FETCH_HTTP2,
                                            .timeout_ns = 60 * SECOND});
    assert_int_equal(bed.seen.result.status, 200);
    /* 72 MB in turns of at most 256 KiB, less what the sockets hold. */
    assert_true(onlooker.turns > 100);
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancel_is_silent),
        cmocka_unit_test(done_may_start_and_cancel),
        cmocka_unit_test(done_may_free_the_fetcher),
        cmocka_unit_test(a_flood_leaves_the_loop_its_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
