/* probe_test.c - a whole probe in one process: assigned, run, spooled, sent;
 * and on without a controller, from the cache. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/probe.c"

#include "base/buf.h"
#include "fake_engine.h"
#include "fake_link.h"
#include "fake_loop.h"
#include "wire/batch.h"

#define MS(n) ((int64_t)(n)*NS_PER_MS)

struct bed {
    struct loop *loop;
    struct fake_link link;
    struct settings settings;
    struct probe *probe;
    char dir[64];
    char why[256];
};

static void
open_probe(struct bed *bed)
{
    struct probe_opts opts = {
        .loop = bed->loop, .settings = &bed->settings, .link = &bed->link.link};

    bed->probe = probe_create(&opts, bed->why, sizeof(bed->why));
    assert_string_equal(bed->why, "");
    assert_non_null(bed->probe);
    fake_loop_advance(bed->loop, 0);
}

static int
setup(void **state)
{
    struct bed *bed = calloc(1, sizeof(*bed));

    assert_non_null(bed);
    (void)snprintf(bed->dir, sizeof(bed->dir), "/tmp/probe_XXXXXX");
    assert_non_null(mkdtemp(bed->dir));
    bed->loop = loop_create();
    fake_link_init(&bed->link);
    bed->settings.name = (char *)(uintptr_t) "fra-1";
    bed->settings.region = (char *)(uintptr_t) "fra";
    bed->settings.spool_dir = bed->dir;
    bed->settings.spool_max_bytes = 64 << 20;
    bed->settings.spool_max_ns = 3600 * NS_PER_S;
    bed->settings.concurrency_max = 10;
    bed->settings.loops = 1;
    open_probe(bed);
    *state = bed;
    return 0;
}

static int
teardown(void **state)
{
    struct bed *bed = *state;

    probe_free(bed->probe);
    assert_int_equal(bed->link.count, 0);
    assert_int_equal(fake_engine_specs, 0);
    loop_free(bed->loop);
    (void)file_remove_tree(bed->dir);
    free(bed);
    return 0;
}

static const struct message_given *given;
static size_t given_count;

static void
answer_sync(struct bed *bed, const struct message_assigned *some, size_t count)
{
    struct message_sync_reply reply = {
        .received_ms = loop_wall(bed->loop).ms,
        .sent_ms = loop_wall(bed->loop).ms,
        .generation = 3,
        .has_assignment = count > 0,
        .assigned = some,
        .assigned_count = count,
        .given = given,
        .given_count = given_count,
    };
    struct link_call *sync = fake_link_find(&bed->link, LINK_SYNC);
    struct buf body;

    assert_non_null(sync);
    buf_init(&body, 1 << 16);
    assert_int_equal(message_encode_sync_reply(&body, &reply), 0);
    fake_link_answer(sync, 200, body.data, body.len);
    buf_free(&body);
    fake_loop_advance(bed->loop, 0);
}

/* How many results the oldest upload carries. */
static size_t
uploaded(struct bed *bed)
{
    struct link_call *call = fake_link_find(&bed->link, LINK_RESULTS);
    struct message_results *m;
    size_t count = 0;

    if (call == NULL)
        abort(); /* nothing is sent */
    m = message_decode_results(call->request.body, call->request.len);
    assert_non_null(m);
    for (size_t i = 0; i < m->batch_count; i++)
        count += m->batches[i].count;
    message_free(m);
    return count;
}

static const struct message_assigned TWO[] = {
    {"home", "every 10", 1, 0, 1},
    {"pay", "every 10", 2, 0, 1},
};

static void
from_assignment_to_upload(void **state)
{
    struct bed *bed = *state;

    fake_loop_advance(bed->loop, MS(100));
    answer_sync(bed, TWO, 2);
    assert_true(probe_is_connected(bed->probe));
    fake_loop_advance(bed->loop, MS(500));
    assert_int_equal(fake_engine_count, 2);
    fake_engine_end(STATUS_UP);
    fake_loop_advance(bed->loop, MS(100));
    assert_null(fake_link_find(&bed->link, LINK_RESULTS)); /* can wait */
    fake_engine_end(STATUS_DOWN);
    fake_loop_advance(bed->loop, 0); /* this one cannot, and takes it along */
    assert_int_equal(uploaded(bed), 2);
}

static void
on_without_a_controller(void **state)
{
    struct bed *bed = *state;

    fake_loop_advance(bed->loop, MS(100));
    answer_sync(bed, TWO, 2);
    fake_loop_advance(bed->loop, 0);
    probe_free(bed->probe);
    fake_engine_started = 0;
    open_probe(bed);
    for (int i = 0; i < 60; i++) {
        struct link_call *sync = fake_link_find(&bed->link, LINK_SYNC);

        if (sync != NULL)
            fake_link_answer(sync, 0, NULL, 0);
        fake_loop_advance(bed->loop, MS(1000));
        while (fake_engine_count > 0)
            fake_engine_end(STATUS_UP);
    }
    assert_false(probe_is_connected(bed->probe));
    assert_in_range(fake_engine_started, 12, 15);
    while (fake_link_find(&bed->link, LINK_SYNC) == NULL)
        fake_loop_advance(bed->loop, MS(1000));
    answer_sync(bed, NULL, 0);
    assert_in_range(uploaded(bed), 12, 20); /* all that was kept */
}

static uint64_t
synced_generation(struct bed *bed)
{
    const struct link_call *call = fake_link_find(&bed->link, LINK_SYNC);
    struct message_sync *m =
        message_decode_sync(call->request.body, call->request.len);
    uint64_t generation = m->generation;

    message_free(m);
    return generation;
}

/* Values are asked for again after a restart, because they are nowhere. */
static void
secrets_are_not_kept(void **state)
{
    static const struct message_given one = {"pass", "hunter2", 7, ""};
    struct bed *bed = *state;

    fake_loop_advance(bed->loop, MS(100));
    given = &one;
    given_count = 1;
    answer_sync(bed, TWO, 2);
    fake_loop_advance(bed->loop, MS(100));
    assert_int_equal(synced_generation(bed), 3);
    probe_free(bed->probe);
    open_probe(bed);
    assert_int_equal(synced_generation(bed), 0);
    given_count = 0;
    answer_sync(bed, TWO, 2);
    fake_loop_advance(bed->loop, MS(100));
    probe_free(bed->probe);
    open_probe(bed);
    assert_int_equal(synced_generation(bed), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(from_assignment_to_upload),
        TEST(on_without_a_controller),
        TEST(secrets_are_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
