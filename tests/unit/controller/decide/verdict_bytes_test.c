/* A state goes through state.db and back; damaged bytes are a new one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

#include "controller/decide/verdict_bytes.c"
#include "verdict_world.h"

/* ---- bytes ---- */

static void
test_a_state_survives_its_bytes(void **unused)
{
    struct world w = world_down(300000), other;
    struct buf buf;
    uint32_t i;

    (void)unused;
    buf_init(&buf, 65536);
    pass(&w, 65000);
    answer(&w, 1, STATUS_UP);
    verdict_encode(&buf, &w.state);
    assert_false(buf.failed);
    other = w;
    assert_int_equal(verdict_decode(&other.state, buf.data, buf.len), 0);
    /* The same future from here. */
    for (i = 0; i < 30; i++) {
        w.now += 11000;
        other.now = w.now;
        answer(&w, i % 3, STATUS_UP);
        answer(&other, i % 3, STATUS_UP);
        assert_int_equal(w.state.verdict, other.state.verdict);
        assert_int_equal(w.acts.rerun, other.acts.rerun);
        assert_int_equal(w.acts.closed_count, other.acts.closed_count);
    }
    assert_int_equal(w.state.verdict, VERDICT_UP);
    buf_free(&buf);
}

static void
test_damaged_bytes_are_a_new_state(void **unused)
{
    struct world w = world_down(10000);
    struct verdict_state s;
    struct buf buf;
    size_t i;

    (void)unused;
    buf_init(&buf, 65536);
    verdict_encode(&buf, &w.state);
    for (i = 0; i < buf.len; i++) {
        assert_int_equal(verdict_decode(&s, buf.data, i), -1);
        assert_int_equal(s.verdict, VERDICT_UNKNOWN);
        assert_int_equal(s.slots.length_ms, 0);
    }
    /* Any byte turned over: refused, or a state one can go on with. */
    for (i = 0; i < buf.len; i++) {
        buf.data[i] ^= 0xff;
        if (verdict_decode(&w.state, buf.data, buf.len) == 0)
            feed_all(&w, STATUS_UP);
        buf.data[i] ^= 0xff;
    }
    buf_free(&buf);
}

static void
test_regions_are_moved_by_name(void **unused)
{
    static const int from[] = {2, -1, 0};
    struct world w = world_of(3, 2);

    (void)unused;
    feed(&w, 0, STATUS_UP);
    feed(&w, 1, STATUS_UP);
    feed(&w, 2, STATUS_DEGRADED);
    verdict_move(&w.state, from, 3);
    assert_int_equal(why(&w, 1), VOTE_NONE);
    assert_int_equal(w.state.region[0].vote, STATUS_DEGRADED);
    assert_int_equal(w.state.region[2].vote, STATUS_UP);
    w.now += 60000 + 20000 + 60000;
    tick(&w);
    assert_true(w.acts.closed_count >= 1);
    assert_int_equal(w.acts.closed[0].verdict, VERDICT_UP);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_state_survives_its_bytes),
        cmocka_unit_test(test_damaged_bytes_are_a_new_state),
        cmocka_unit_test(test_regions_are_moved_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
