/* fleet_seen_test.c - two fleets, the second as after a restart of the first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "controller/fleet_seen.c"

#include "fake_loop.c"
#include "wire/message.h"

struct world {
    struct loop *loop;
    struct fleet *fleet;
    struct store_seen kept; /* the newest; its texts are below */
    char software[32], egress[ADDR_TEXT_MAX];
    int told;
};

static void
on_seen(void *cookie, const struct store_seen *seen)
{
    struct world *w = cookie;

    assert_string_equal(seen->probe, "a");
    w->told++;
    w->kept = *seen;
    w->kept.probe = "a";
    (void)str_copy(w->software, sizeof(w->software), seen->software);
    (void)str_copy(w->egress, sizeof(w->egress), seen->egress);
    w->kept.software = w->software;
    w->kept.egress = w->egress;
}

static void
on_reply(void *cookie, const struct message_sync_reply *reply)
{
    (void)cookie;
    (void)reply;
}

static void
sync_as(struct world *w, const char *software)
{
    struct message_sync sync = {.software = software, .no_hold = true};
    struct addr from;

    assert_int_equal(addr_parse_ip(&from, "192.0.2.7", 9), 0);
    assert_non_null(fleet_sync(w->fleet, "a", &sync, &from, on_reply, w));
    fake_loop_advance(w->loop, 0);
}

static void
begin(struct world *w)
{
    w->fleet = fleet_create(w->loop, NULL);
    fleet_on_seen(w->fleet, on_seen, w);
    fleet_add(w->fleet, "a", "fra");
}

static void
restart(struct world *w)
{
    fleet_free(w->fleet);
    begin(w);
    fleet_take_seen(w->fleet, &w->kept);
}

static struct fleet_probe
probe(const struct world *w)
{
    struct fleet_probe p;

    assert_true(fleet_find(w->fleet, "a", &p));
    return p;
}

static int
setup(void **state)
{
    struct world *w = test_calloc(1, sizeof(*w));

    w->loop = loop_create();
    begin(w);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    fleet_free(w->fleet);
    loop_free(w->loop);
    test_free(w);
    return 0;
}

static void
a_restart_knows_who_was_here(void **state)
{
    struct world *w = *state;
    wall_t at;

    sync_as(w, "picket 1");
    at = probe(w).last_sync;
    fake_loop_advance(w->loop, 5 * NS_PER_S);
    restart(w);
    assert_int_equal(probe(w).state, FLEET_EXPECTED);
    assert_int_equal(probe(w).last_sync.ms, at.ms);
    assert_string_equal(probe(w).software, "picket 1");
    assert_string_equal(probe(w).egress, "192.0.2.7");
    assert_false(probe(w).is_measured);
    sync_as(w, "picket 2");
    assert_int_equal(probe(w).state, FLEET_HERE);
    assert_true(probe(w).is_measured);
    assert_string_equal(w->software, "picket 2"); /* that is kept, too */
}

static void
a_loss_is_told_once(void **state)
{
    struct world *w = *state;
    int told;

    sync_as(w, "picket 1");
    fake_loop_advance(w->loop, 61 * NS_PER_S);
    assert_int_equal(probe(w).state, FLEET_LOST);
    assert_true(w->kept.is_lost);
    told = w->told;
    restart(w);
    assert_int_equal(probe(w).state, FLEET_LOST);
    fake_loop_advance(w->loop, 61 * NS_PER_S);
    assert_int_equal(w->told, told); /* it did not become lost again */
    sync_as(w, "picket 1");
    assert_false(w->kept.is_lost);
}

static void
expected_in_vain_is_lost(void **state)
{
    struct world *w = *state;

    sync_as(w, "picket 1");
    restart(w);
    fake_loop_advance(w->loop, 59 * NS_PER_S);
    assert_int_equal(probe(w).state, FLEET_EXPECTED);
    fake_loop_advance(w->loop, 2 * NS_PER_S);
    assert_int_equal(probe(w).state, FLEET_LOST);
    assert_true(w->kept.is_lost);
}

static void
a_busy_probe_is_not_written_at_every_sync(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 100; i++) {
        sync_as(w, "picket 1");
        fake_loop_advance(w->loop, NS_PER_S);
    }
    assert_in_range(w->told, 9, 11);
}

static void
one_that_was_revoked_is_still_known(void **state)
{
    struct world *w = *state;
    struct fleet_probe p;

    assert_false(fleet_find_former(w->fleet, "a", &p));
    sync_as(w, "picket 1");
    fleet_remove(w->fleet, "a");
    assert_false(fleet_find(w->fleet, "a", &p));
    assert_true(fleet_find_former(w->fleet, "a", &p));
    assert_string_equal(p.software, "picket 1");
    fleet_free(w->fleet);
    w->fleet = fleet_create(w->loop, NULL);
    fleet_take_seen(w->fleet, &w->kept); /* the store gives no such member */
    assert_true(fleet_find_former(w->fleet, "a", &p));
    assert_int_equal(p.last_sync.ms, w->kept.last_sync.ms);
    fleet_add(w->fleet, "a", "fra"); /* joined again: another one */
    assert_false(fleet_find_former(w->fleet, "a", &p));
    assert_int_equal(probe(w).state, FLEET_NEVER);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_restart_knows_who_was_here),
        TEST(a_loss_is_told_once),
        TEST(expected_in_vain_is_lost),
        TEST(a_busy_probe_is_not_written_at_every_sync),
        TEST(one_that_was_revoked_is_still_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
