/* Events in: what is heard, what is passed over, what is remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decider.c"
#include "fake_channel.h"
#include "fake_loop.c"
#include "fake_worker.c"

static struct outage *
bed_of(const char *text)
{
    struct outage *bed = str_xcalloc(1, sizeof *bed);

    outage_open(bed, 7, text);
    outage_pass(bed, 40000);
    return bed;
}

static void
end(struct outage *bed)
{
    outage_close(bed);
    free(bed);
}

#define HOME OUTAGE_PEOPLE "checks = { " OUTAGE_HOME " };"

static void
test_strangers_are_passed_over(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct result r;

    (void)unused;
    result_init(&r);
    r.started = outage_now(bed);
    r.check = "nobody";
    decider_on_result(bed->decider, "fra-1", "fra", &r, false);
    r.check = "home";
    r.status = STATUS_DOWN;
    decider_on_result(bed->decider, "x-1", "mars", &r, false);
    decider_on_region(bed->decider, "mars", true, true);
    assert_int_equal(outage_verdict(bed), VERDICT_UP);
    end(bed);
}

static void
test_an_ill_region_has_no_vote(void **unused)
{
    struct outage *bed = bed_of(HOME);

    (void)unused;
    decider_on_region(bed->decider, "fra", false, true);
    decider_on_region(bed->decider, "iad", false, true);
    assert_int_equal(outage_verdict(bed), VERDICT_UNKNOWN);
    assert_int_equal(decider_check(bed->decider, 0).regions[0].why, VOTE_ILL);
    bed->is_broken = true;
    outage_pass(bed, 60000);
    assert_int_equal(bed->page_count, 0);
    /* Its standing outlives a reload of the configuration. */
    outage_configure(bed, HOME);
    assert_int_equal(decider_check(bed->decider, 0).regions[0].why, VOTE_ILL);
    end(bed);
}

static void
test_an_acknowledgement_needs_an_open_incident(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct id id;

    (void)unused;
    bed->is_broken = true;
    outage_pass(bed, 10000);
    id = decider_incident(bed->decider, 0).id;
    assert_int_equal(decider_acknowledge(bed->decider, &id, "ana"), 0);
    assert_int_equal(decider_acknowledge(bed->decider, &id, "bo"), 0);
    assert_null(strstr(decider_incident(bed->decider, 0).json, "bo"));
    bed->is_broken = false;
    outage_pass(bed, 60000);
    assert_int_equal(decider_acknowledge(bed->decider, &id, "ana"), -1);
    end(bed);
}

/* With a lock: down is found by runs one after another, and whoever asks for
 * one is told that it is not the time. */
static void
test_a_lock_is_kept(void **unused)
{
    struct outage *bed = str_xcalloc(1, sizeof *bed);
    wall_t by;
    int taken = 0, refused = 0;

    (void)unused;
    outage_open(bed, 7,
                OUTAGE_PEOPLE
                "checks = { home = { http = \"http://192.0.2.7/\";"
                " every = \"30s\"; timeout = \"2s\"; lock = true;"
                " policy = \"web\"; }; };");
    bed->every_ms = 30000;
    bed->offset_ms = (int64_t)(id_hash("home") % 30000);
    bed->run_ms = 1900;
    outage_pass(bed, 95000);
    assert_int_equal(outage_verdict(bed), VERDICT_UP);
    bed->most_running = 0;
    bed->is_broken = true;
    outage_pass(bed, 25000); /* validate would say so */
    assert_int_equal(outage_verdict(bed), VERDICT_DOWN);
    assert_int_equal(bed->page_count, 1);
    outage_pass(bed, 60000);
    bed->is_broken = false;
    outage_pass(bed, 120000);
    assert_int_equal(outage_verdict(bed), VERDICT_UP);
    assert_int_equal(bed->most_running, 1);
    for (int i = 0; i < 300; i++) {
        bool may = decider_take_turn(bed->decider, "home", "iad", &by);

        taken += may;
        refused += !may;
        assert_true(!may || by.ms >= outage_now(bed).ms);
        outage_pass(bed, 100);
    }
    assert_true(taken > 0 && refused > taken);
    assert_false(decider_take_turn(bed->decider, "home", "mars", &by));
    assert_true(decider_take_turn(bed->decider, "nobody", "iad", &by));
    end(bed);
}

static int seen_results, seen_changes;

static void
on_result(void *cookie, const char *probe, const char *region,
          const struct result *result)
{
    assert_string_equal(cookie, "mine");
    assert_string_equal(probe, "fra-1");
    assert_string_equal(region, "fra");
    assert_string_equal(result->check, "home");
    seen_results++;
}

static void
on_verdict(void *cookie, const struct spec *spec, enum verdict from,
           enum verdict to)
{
    (void)cookie;
    assert_string_equal(spec->name, "home");
    assert_int_not_equal(from, to);
    seen_changes++;
}

static void
test_whoever_looks_on_is_told(void **unused)
{
    struct outage *bed = bed_of(HOME);
    static char mine[] = "mine";
    struct result r;

    (void)unused;
    bed->decider->ports.cookie = mine;
    bed->decider->ports.on_result = on_result;
    bed->decider->ports.on_verdict = on_verdict;
    result_init(&r);
    r.check = "home";
    r.started = outage_now(bed);
    decider_on_result(bed->decider, "fra-1", "fra", &r, true); /* late, too */
    assert_int_equal(seen_results, 1);
    decider_on_region(bed->decider, "fra", true, false);
    decider_on_region(bed->decider, "iad", true, false);
    assert_int_equal(seen_changes, 1); /* up to unknown */
    bed->decider->ports.on_result = NULL;
    end(bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strangers_are_passed_over),
        cmocka_unit_test(test_an_ill_region_has_no_vote),
        cmocka_unit_test(test_an_acknowledgement_needs_an_open_incident),
        cmocka_unit_test(test_a_lock_is_kept),
        cmocka_unit_test(test_whoever_looks_on_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
