#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "controller/fleet.c"

#include "fake_loop.c"

/* A configuration without files: the fleet asks for no more than this. */
struct catalog {
    struct spec **spec;
    size_t count;
};

size_t
catalog_count(const struct catalog *catalog)
{
    return catalog->count;
}

struct spec *
catalog_get(const struct catalog *catalog, size_t index)
{
    return catalog->spec[index];
}

struct spec *
spec_ref(struct spec *spec)
{
    spec->refs++;
    return spec;
}

void
spec_free(struct spec *spec)
{
    assert_true(spec->refs > 0);
    spec->refs--;
}

#define CHECKS 60

static char region_ids[][4] = {"fra", "iad", "sin"};

struct world {
    struct loop *loop;
    struct fleet *fleet;
    struct spec spec[CHECKS];
    char name[CHECKS][16];
    struct spec *list[CHECKS];
    struct catalog catalog;
    struct config_region regions[3];
    struct config config;
    int replies, runs;
    size_t assigned;
    bool has_assignment;
    uint64_t generation;
    struct message_run_now run;
    char told[64];
    size_t given_count;
    char given[64];
};

static void
on_reply(void *cookie, const struct message_sync_reply *r)
{
    struct world *w = cookie;

    w->replies++;
    w->has_assignment = r->has_assignment;
    w->assigned = r->assigned_count;
    w->generation = r->generation;
    w->runs += (int)r->run_now_count;
    w->given_count = r->given_count;
    w->given[0] = '\0';
    if (r->given_count > 0)
        (void)snprintf(w->given, sizeof(w->given), "%s=%.*s", r->given[0].name,
                       (int)r->given[0].len, (const char *)r->given[0].value);
    if (r->run_now_count > 0)
        w->run = r->run_now[0];
}

static void
on_region(void *cookie, const char *region, bool lost, bool ill)
{
    struct world *w = cookie;

    (void)snprintf(w->told + strlen(w->told), sizeof(w->told) - strlen(w->told),
                   "%s%s%s ", region, lost ? "-lost" : "", ill ? "-ill" : "");
}

static void
sync_as(struct world *w, const char *probe, uint64_t generation)
{
    struct message_sync sync = {.software = "picket 0", .rtt_ms = 3};

    sync.generation = generation;
    assert_non_null(fleet_sync(w->fleet, probe, &sync, NULL, on_reply, w));
}

static int
setup(void **state)
{
    struct world *w = test_calloc(1, sizeof(*w));

    w->loop = loop_create();
    w->fleet = fleet_create(w->loop, NULL);
    for (size_t i = 0; i < CHECKS; i++) {
        (void)snprintf(w->name[i], sizeof(w->name[i]), "check-%02zu", i);
        w->spec[i] = (struct spec){.refs = 1,
                                   .name = w->name[i],
                                   .target = w->name[i],
                                   .text = w->name[i],
                                   .version = i};
        w->list[i] = &w->spec[i];
    }
    for (size_t i = 0; i < 3; i++)
        w->regions[i].id = region_ids[i];
    w->catalog = (struct catalog){w->list, CHECKS};
    w->config.catalog = &w->catalog;
    w->config.regions = w->regions;
    w->config.region_count = 3;
    w->config.secrets = secret_set_create();
    fleet_on_region(w->fleet, on_region, w);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    fleet_free(w->fleet);
    secret_set_free(w->config.secrets);
    for (size_t i = 0; i < CHECKS; i++) {
        assert_int_equal(w->spec[i].refs, 1);
        secret_set_free(w->spec[i].secrets);
    }
    loop_free(w->loop);
    test_free(w);
    return 0;
}

static size_t
assigned_to(const struct world *w, const char *probe)
{
    struct fleet_probe p;

    assert_true(fleet_find(w->fleet, probe, &p));
    return p.assigned;
}

static void
first_sync_gets_everything_of_its_region(void **state)
{
    struct world *w = *state;
    char *only[] = {region_ids[1]};

    w->spec[0].regions = (struct spec_list){only, 1};
    fleet_add(w->fleet, "a", "fra");
    fleet_set_config(w->fleet, &w->config);
    sync_as(w, "a", 0);
    assert_int_equal(w->replies, 0); /* never from inside */
    fake_loop_advance(w->loop, 0);
    assert_int_equal(w->replies, 1);
    assert_true(w->has_assignment);
    assert_int_equal(w->assigned, CHECKS - 1); /* one is iad's alone */
    assert_false(fleet_may_report(w->fleet, "a", "check-00"));
    assert_true(fleet_may_report(w->fleet, "a", "check-01"));
    assert_false(fleet_may_report(w->fleet, "nobody", "check-01"));
    w->spec[0].regions = (struct spec_list){NULL, 0};
}

static void
sync_is_held_and_ends_within_25_s(void **state)
{
    struct world *w = *state;
    uint64_t g;

    fleet_add(w->fleet, "a", "fra");
    fleet_set_config(w->fleet, &w->config);
    sync_as(w, "a", 0);
    fake_loop_advance(w->loop, 0);
    g = w->generation;
    sync_as(w, "a", g);
    fake_loop_advance(w->loop, 20 * NS_PER_S);
    assert_int_equal(w->replies, 1);
    fake_loop_advance(w->loop, 5 * NS_PER_S);
    assert_int_equal(w->replies, 2);
    assert_false(w->has_assignment);
    assert_true(w->generation == g);
}

/* A probe that was away waits for this answer before it sends anything. */
static void
first_sync_is_answered_at_once(void **state)
{
    struct world *w = *state;
    struct message_sync sync = {.software = "picket 0", .no_hold = true};

    fleet_add(w->fleet, "a", "fra");
    fleet_set_config(w->fleet, &w->config);
    sync_as(w, "a", 0);
    fake_loop_advance(w->loop, 0);
    sync.generation = w->generation;
    assert_non_null(fleet_sync(w->fleet, "a", &sync, NULL, on_reply, w));
    fake_loop_advance(w->loop, 0);
    assert_int_equal(w->replies, 2);
    assert_false(w->has_assignment);
}

static void
newer_sync_answers_the_older(void **state)
{
    struct world *w = *state;

    fleet_add(w->fleet, "a", "fra");
    fleet_set_config(w->fleet, &w->config);
    sync_as(w, "a", 0);
    fake_loop_advance(w->loop, 0);
    sync_as(w, "a", w->generation);
    fake_loop_advance(w->loop, NS_PER_S);
    sync_as(w, "a", w->generation);
    fake_loop_advance(w->loop, 0);
    assert_int_equal(w->replies, 2);
    fake_loop_advance(w->loop, 25 * NS_PER_S);
    assert_int_equal(w->replies, 3);
}

static void
cancelled_hold_is_never_answered(void **state)
{
    struct world *w = *state;
    struct message_sync sync = {.software = "x"};
    struct fleet_hold *hold;

    fleet_add(w->fleet, "a", "fra");
    hold = fleet_sync(w->fleet, "a", &sync, NULL, on_reply, w);
    fleet_cancel(hold);
    fleet_cancel(NULL);
    fake_loop_advance(w->loop, 60 * NS_PER_S);
    assert_int_equal(w->replies, 0);
}

static void
checks_spread_and_move_only_from_the_lost(void **state)
{
    struct world *w = *state;
    size_t b;
    size_t c;
    size_t kept = 0;

    fleet_add(w->fleet, "a", "fra");
    fleet_add(w->fleet, "b", "fra");
    fleet_add(w->fleet, "c", "fra");
    fleet_set_config(w->fleet, &w->config);
    fake_loop_advance(w->loop, 0);
    b = assigned_to(w, "b");
    c = assigned_to(w, "c");
    assert_int_equal(assigned_to(w, "a") + b + c, CHECKS);
    assert_true(b > CHECKS / 6 && c > CHECKS / 6);
    for (int s = 0; s < 61; s++) {
        sync_as(w, "b", 0);
        sync_as(w, "c", 0);
        fake_loop_advance(w->loop, NS_PER_S);
    }
    assert_int_equal(assigned_to(w, "a"), 0);
    assert_int_equal(assigned_to(w, "b") + assigned_to(w, "c"), CHECKS);
    assert_true(assigned_to(w, "b") >= b && assigned_to(w, "c") >= c);
    for (size_t i = 0; i < CHECKS; i++)
        kept += fleet_may_report(w->fleet, "a", w->name[i]) ? 1 : 0;
    assert_int_equal(kept, CHECKS - b - c); /* for ten minutes */
    fake_loop_advance(w->loop, 601 * NS_PER_S);
    for (size_t i = 0; i < CHECKS; i++)
        assert_false(fleet_may_report(w->fleet, "b", "nothing"));
}

static void
taken_checks_stop_being_reportable_after_ten_minutes(void **state)
{
    struct world *w = *state;

    fleet_add(w->fleet, "a", "fra");
    fleet_set_config(w->fleet, &w->config);
    fake_loop_advance(w->loop, 0);
    w->catalog.count = 1;
    fleet_set_config(w->fleet, &w->config);
    assert_true(fleet_may_report(w->fleet, "a", "check-07"));
    fake_loop_advance(w->loop, 599 * NS_PER_S);
    assert_true(fleet_may_report(w->fleet, "a", "check-07"));
    fake_loop_advance(w->loop, 2 * NS_PER_S);
    assert_false(fleet_may_report(w->fleet, "a", "check-07"));
    assert_true(fleet_may_report(w->fleet, "a", "check-00"));
}

static void
reload_without_change_keeps_the_generation(void **state)
{
    struct world *w = *state;
    struct spec other;
    uint64_t g;

    fleet_add(w->fleet, "a", "fra");
    fleet_set_config(w->fleet, &w->config);
    sync_as(w, "a", 0);
    fake_loop_advance(w->loop, 0);
    g = w->generation;
    sync_as(w, "a", g);
    fleet_set_config(w->fleet, &w->config);
    fake_loop_advance(w->loop, NS_PER_S);
    assert_int_equal(w->replies, 1);
    other = w->spec[3];
    other.refs = 1;
    other.version = 99;
    w->list[3] = &other;
    fleet_set_config(w->fleet, &w->config);
    fake_loop_advance(w->loop, 0);
    assert_int_equal(w->replies, 2);
    assert_true(w->generation > g);
    w->list[3] = &w->spec[3];
    fleet_set_config(w->fleet, &w->config);
    assert_int_equal(other.refs, 1);
}

/* A secret with another value is another generation, of the same checks, for
 * the probe that has the check; one that a target refused is read again. */
static void
a_secret_that_changed_is_given(void **state)
{
    struct world *w = *state;
    struct secret_def def = {
        .name = "pass", .source = SECRET_ENV, .from = "PICKET_TEST_PASS"};
    const char *refused = "pass";
    struct message_sync sync = {.refused = &refused, .refused_count = 1};
    char why[SECRET_WHY_MAX];
    uint64_t g;

    setenv("PICKET_TEST_PASS", "hunter2", 1);
    assert_int_equal(secret_add(w->config.secrets, &def), 0);
    assert_int_equal(secret_read(w->config.secrets, NULL, why, sizeof(why)), 0);
    w->spec[0].secrets = secret_set_create();
    assert_int_equal(secret_add(w->spec[0].secrets, &def), 0);
    w->spec[0].regions = (struct spec_list){(char *[]){region_ids[0]}, 1};
    fleet_add(w->fleet, "a", "fra");
    fleet_add(w->fleet, "z", "sin");
    fleet_set_config(w->fleet, &w->config);
    sync_as(w, "z", 0);
    fake_loop_advance(w->loop, 0);
    assert_int_equal(w->given_count, 0);
    sync_as(w, "z", w->generation);
    sync_as(w, "a", 0);
    fake_loop_advance(w->loop, 0);
    assert_string_equal(w->given, "pass=hunter2");
    g = w->generation;
    sync_as(w, "a", g);
    fleet_on_secrets(w->fleet);
    fake_loop_advance(w->loop, NS_PER_S);
    assert_int_equal(w->replies, 2); /* it is the same: nothing to say */

    setenv("PICKET_TEST_PASS", "hunter3", 1);
    sync.generation = g;
    assert_non_null(fleet_sync(w->fleet, "a", &sync, NULL, on_reply, w));
    fake_loop_advance(w->loop, 0); /* the older hold is over */
    assert_int_equal(w->replies, 3);
    assert_int_equal(secret_refresh(w->config.secrets, why, sizeof(why)), 1);
    fleet_on_secrets(w->fleet);
    fake_loop_advance(w->loop, 0);
    assert_int_equal(w->replies, 4);
    assert_string_equal(w->given, "pass=hunter3");
    assert_int_equal(w->generation, g + 1);
    assert_true(w->has_assignment);
    w->spec[0].regions = (struct spec_list){0};
}

static void
run_now_is_said_until_answered(void **state)
{
    struct world *w = *state;
    struct message_run_now ask = {.id = id_random(), .check = "check-05"};

    fleet_add(w->fleet, "a", "fra");
    fleet_set_config(w->fleet, &w->config);
    assert_false(fleet_run_now(w->fleet, "check-05", "fra", &ask));
    sync_as(w, "a", 0);
    fake_loop_advance(w->loop, 0);
    sync_as(w, "a", w->generation);
    ask.expires_ms = loop_wall(w->loop).ms + 10000;
    assert_true(fleet_run_now(w->fleet, "check-05", "fra", &ask));
    assert_false(fleet_run_now(w->fleet, "check-05", "iad", &ask));
    fake_loop_advance(w->loop, 0);
    assert_int_equal(w->runs, 1);
    assert_true(id_eq(&w->run.id, &ask.id));
    sync_as(w, "a", w->generation); /* not at once again: no busy loop */
    fake_loop_advance(w->loop, NS_PER_S / 2);
    assert_int_equal(w->runs, 1);
    fake_loop_advance(w->loop, NS_PER_S);
    assert_int_equal(w->runs, 2);
    fleet_answered(w->fleet, &ask.id);
    sync_as(w, "a", w->generation);
    fake_loop_advance(w->loop, 26 * NS_PER_S);
    assert_int_equal(w->runs, 2);
}

static void
run_nows_run_out_and_are_capped(void **state)
{
    struct world *w = *state;
    struct message_run_now ask = {.check = "check-05"};
    int taken = 0;

    fleet_add(w->fleet, "a", "fra");
    fleet_set_config(w->fleet, &w->config);
    sync_as(w, "a", 0);
    fake_loop_advance(w->loop, 0);
    ask.expires_ms = loop_wall(w->loop).ms + 5000;
    for (int i = 0; i < 100; i++) {
        ask.id = id_random();
        taken += fleet_run_now(w->fleet, "check-05", "fra", &ask) ? 1 : 0;
    }
    assert_int_equal(taken, 20); /* of one target */
    for (size_t i = 0; i < CHECKS; i++) {
        ask.id = id_random();
        taken += fleet_run_now(w->fleet, w->name[i], "fra", &ask) ? 1 : 0;
    }
    assert_int_equal(taken, 64); /* of one probe */
    fake_loop_advance(w->loop, 6 * NS_PER_S);
    sync_as(w, "a", w->generation);
    fake_loop_advance(w->loop, 25 * NS_PER_S);
    assert_int_equal(w->runs, 0);
    ask.expires_ms = loop_wall(w->loop).ms + 5000;
    assert_true(fleet_run_now(w->fleet, "check-05", "fra", &ask));
}

static void
regions_are_told_lost_ill_and_back(void **state)
{
    struct world *w = *state;
    struct message_sync ill = {.ill = true, .ill_why = "loop lag"};
    struct fleet_probe p;

    fleet_set_config(w->fleet, &w->config);
    for (size_t i = 0; i < 3; i++)
        fleet_add(w->fleet, region_ids[i], region_ids[i]);
    for (int s = 0; s < 63; s++) {
        sync_as(w, "fra", 0);
        sync_as(w, "iad", 0);
        fake_loop_advance(w->loop, NS_PER_S);
    }
    assert_string_equal(w->told, "sin-lost ");
    (void)fleet_sync(w->fleet, "iad", &ill, NULL, on_reply, w);
    assert_string_equal(w->told, "sin-lost "); /* never from inside */
    fake_loop_advance(w->loop, 0);
    assert_string_equal(w->told, "sin-lost iad-ill ");
    assert_true(fleet_find(w->fleet, "iad", &p));
    assert_true(p.ill && p.assigned == CHECKS); /* keeps running */
    sync_as(w, "sin", 0);
    fake_loop_advance(w->loop, 0);
    assert_string_equal(w->told, "sin-lost iad-ill sin ");
}

static void
revoked_probe_is_out(void **state)
{
    struct world *w = *state;
    struct message_sync sync = {.software = "x"};

    fleet_add(w->fleet, "a", "fra");
    fleet_set_config(w->fleet, &w->config);
    sync_as(w, "a", 0);
    fleet_remove(w->fleet, "a");
    fleet_remove(w->fleet, "a");
    fake_loop_advance(w->loop, 0);
    assert_int_equal(w->replies, 1); /* the held one ends, with nothing */
    assert_false(w->has_assignment);
    assert_null(fleet_sync(w->fleet, "a", &sync, NULL, on_reply, w));
    assert_int_equal(fleet_count(w->fleet), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(first_sync_gets_everything_of_its_region),
        T(sync_is_held_and_ends_within_25_s),
        T(first_sync_is_answered_at_once),
        T(newer_sync_answers_the_older),
        T(cancelled_hold_is_never_answered),
        T(checks_spread_and_move_only_from_the_lost),
        T(taken_checks_stop_being_reportable_after_ten_minutes),
        T(reload_without_change_keeps_the_generation),
        T(a_secret_that_changed_is_given),
        T(run_now_is_said_until_answered),
        T(run_nows_run_out_and_are_capped),
        T(regions_are_told_lost_ill_and_back),
        T(revoked_probe_is_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
