/* Outages, cuts, flaps, restarts and backlogs, from the probe's run to the
 * page in the channel, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/decide/incident.h"
#include "controller/ingest.h"
#include "fake_channel.h"

#define EVERY 10000

static struct outage *
bed_of(uint64_t seed)
{
    struct outage *bed = str_xcalloc(1, sizeof *bed);

    outage_open(bed, seed, OUTAGE_PEOPLE "checks = { " OUTAGE_HOME " };");
    outage_pass(bed, 60000);
    assert_int_equal(outage_verdict(bed), VERDICT_UP);
    assert_int_equal(bed->page_count, 0);
    return bed;
}

static void
end(struct outage *bed)
{
    outage_close(bed);
    free(bed);
}

static void
expect_mended(struct outage *bed)
{
    bed->is_broken = false;
    outage_pass(bed, 60000);
    assert_int_equal(outage_verdict(bed), VERDICT_UP);
}

static void
test_an_outage_is_one_page_and_one_resolved(void **unused)
{
    struct outage *bed = bed_of(1);
    struct decider_incident in;

    (void)unused;
    bed->is_broken = true;
    outage_pass(bed, 6000);
    assert_int_equal(outage_verdict(bed), VERDICT_DOWN);
    assert_int_equal(bed->page_count, 1);
    assert_int_equal(bed->pages[0].edge, PAGE_OPENED);
    assert_string_equal(bed->pages[0].to, "channel:ops");
    assert_int_equal(decider_incident_count(bed->decider), 1);
    in = decider_incident(bed->decider, 0);
    assert_string_equal(in.reason, "connect.refused");
    assert_string_equal(in.message, "connection refused");
    assert_int_equal(in.state, INCIDENT_OPEN);
    assert_non_null(strstr(in.json, "192.0.2.7"));
    assert_non_null(strstr(in.json, "suspected in"));
    assert_non_null(strstr(in.json, "confirmed by"));
    assert_non_null(strstr(in.json, "paged channel:ops"));
    outage_pass(bed, 120000);
    assert_int_equal(bed->page_count, 1);
    expect_mended(bed);
    assert_int_equal(bed->page_count, 2);
    assert_int_equal(bed->pages[1].edge, PAGE_RESOLVED);
    assert_string_equal(bed->pages[1].to, "channel:ops");
    assert_int_equal(decider_incident(bed->decider, 0).state,
                     INCIDENT_RESOLVED);
    end(bed);
}

static void
test_one_region_alone_pages_nobody(void **unused)
{
    (void)unused;
    for (int i = 0; i < OUTAGE_PROBES; i++) {
        struct outage *bed = bed_of(10 + (uint64_t)i);

        bed->probe[i].is_lone = true; /* its own way to the target is gone */
        outage_pass(bed, 300000);
        assert_int_equal(outage_verdict(bed), VERDICT_PARTIAL);
        bed->probe[i].is_lone = false;
        outage_pass(bed, 30000);
        assert_int_equal(outage_verdict(bed), VERDICT_UP);
        outage_probe_cut(&bed->probe[i]); /* its way to the controller */
        outage_pass(bed, 300000);
        assert_int_equal(outage_verdict(bed), VERDICT_UP);
        outage_probe_join(&bed->probe[i]);
        outage_pass(bed, 60000);
        assert_int_equal(bed->page_count, 0);
        end(bed);
    }
}

static const int64_t clock_steps[] = {-600000, -15000, -3000,
                                      3000,    15000,  600000};

/* However the clock was set, an outage is found as fast as ever, once, and its
 * end too. */
static void
test_a_clock_that_was_set_hides_no_outage(void **unused)
{
    (void)unused;
    for (int i = 0; i < 12; i++) {
        struct outage *bed = bed_of(500 + (uint64_t)i);

        outage_set_clock(bed, clock_steps[i / 2], i % 2);
        outage_pass(bed, 12000);
        assert_int_equal(outage_verdict(bed), VERDICT_UP);
        bed->is_broken = true;
        outage_pass(bed, 6000);
        assert_int_equal(outage_verdict(bed), VERDICT_DOWN);
        assert_int_equal(bed->page_count, 1);
        expect_mended(bed);
        assert_int_equal(bed->page_count, 2);
        assert_int_equal(outage_pages(bed, PAGE_RESOLVED), 1);
        end(bed);
    }
}

/* Set while something is broken, it neither ends nor doubles it. */
static void
test_a_clock_that_was_set_ends_no_outage(void **unused)
{
    (void)unused;
    for (int i = 0; i < 12; i++) {
        struct outage *bed = bed_of(600 + (uint64_t)i);

        bed->is_broken = true;
        outage_pass(bed, 8000);
        assert_int_equal(outage_verdict(bed), VERDICT_DOWN);
        outage_set_clock(bed, clock_steps[i / 2], i % 2);
        for (int s = 0; s < 90; s++) {
            outage_pass(bed, 1000);
            assert_int_equal(outage_verdict(bed), VERDICT_DOWN);
        }
        assert_int_equal(outage_pages(bed, PAGE_OPENED), 1);
        assert_int_equal(decider_incident_count(bed->decider), 1);
        expect_mended(bed);
        assert_int_equal(outage_pages(bed, PAGE_RESOLVED), 1);
        end(bed);
    }
}

/* Set while no controller ran: what was stored may be of the future. */
static void
test_a_clock_that_was_set_before_the_start(void **unused)
{
    (void)unused;
    for (int i = 0; i < 12; i++) {
        struct outage *bed = bed_of(700 + (uint64_t)i);

        outage_stop(bed);
        outage_set_clock(bed, clock_steps[i / 2], i % 2);
        outage_start(bed);
        outage_pass(bed, 12000);
        assert_int_equal(outage_verdict(bed), VERDICT_UP);
        bed->is_broken = true;
        outage_pass(bed, 6000);
        assert_int_equal(outage_verdict(bed), VERDICT_DOWN);
        assert_int_equal(outage_pages(bed, PAGE_OPENED), 1);
        expect_mended(bed);
        end(bed);
    }
}

static void
test_silence_is_unknown_and_pages_nobody(void **unused)
{
    struct outage *bed = bed_of(20);

    (void)unused;
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_cut(&bed->probe[i]);
    bed->is_broken = true;
    outage_pass(bed, 600000);
    assert_int_equal(outage_verdict(bed), VERDICT_UNKNOWN);
    assert_int_equal(bed->page_count, 0);
    end(bed);
}

static void
test_unknown_does_not_resolve(void **unused)
{
    struct outage *bed = bed_of(21);

    (void)unused;
    bed->is_broken = true;
    outage_pass(bed, 10000);
    assert_int_equal(bed->page_count, 1);
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_cut(&bed->probe[i]);
    outage_pass(bed, 120000);
    assert_int_equal(outage_verdict(bed), VERDICT_UNKNOWN);
    assert_int_equal(decider_incident(bed->decider, 0).state, INCIDENT_OPEN);
    assert_int_equal(bed->page_count, 1);
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_join(&bed->probe[i]);
    expect_mended(bed);
    assert_int_equal(outage_pages(bed, PAGE_RESOLVED), 1);
    end(bed);
}

/* A target that answers every other time for a while. */
static void
test_a_flap_is_one_incident_at_a_time(void **unused)
{
    struct outage *bed = bed_of(30);
    size_t opened, resolved;

    (void)unused;
    for (int i = 0; i < 100; i++) {
        bed->is_broken = i % 2 == 0;
        outage_pass(bed, 500 + outage_dice(bed, 4000));
    }
    bed->is_broken = false;
    outage_pass(bed, 60000);
    opened = outage_pages(bed, PAGE_OPENED);
    resolved = outage_pages(bed, PAGE_RESOLVED);
    assert_int_equal(opened, resolved);
    for (size_t i = 0; i < bed->page_count; i++)
        assert_int_equal(bed->pages[i].edge,
                         i % 2 == 0 ? PAGE_OPENED : PAGE_RESOLVED);
    end(bed);
}

/* One failed run, good again at once: a blip wakes nobody. */
static void
test_a_blip_pages_nobody(void **unused)
{
    struct outage *bed = bed_of(31);

    (void)unused;
    for (int i = 0; i < 50; i++) {
        bed->is_broken = true;
        outage_pass(bed, 20);
        bed->is_broken = false;
        outage_pass(bed, 10000 + outage_dice(bed, 5000));
    }
    assert_int_equal(bed->page_count, 0);
    end(bed);
}

static void
restart(struct outage *bed, int64_t away_ms)
{
    outage_stop(bed);
    outage_pass(bed, away_ms);
    outage_start(bed);
}

static void
expect_no_two_alike(const struct outage *bed)
{
    for (size_t i = 0; i < bed->page_count; i++)
        for (size_t k = 0; k < i; k++)
            if (bed->pages[i].edge == bed->pages[k].edge &&
                str_eq(bed->pages[i].to, bed->pages[k].to) &&
                !id_eq(&bed->pages[i].id, &bed->pages[k].id))
                fail_msg("two ids for the same page");
}

/* Stopped at every moment of an outage, 100 ms apart: whoever is paged twice
 * is paged with the same id, and nobody is forgotten. */
static void
test_a_restart_in_the_middle(void **unused)
{
    (void)unused;
    for (int64_t after = 0; after < 8000; after += 100) {
        struct outage *bed = bed_of(100 + (uint64_t)after);

        bed->is_broken = true;
        outage_pass(bed, after);
        restart(bed, 1500);
        outage_pass(bed, 30000);
        assert_int_equal(outage_verdict(bed), VERDICT_DOWN);
        assert_true(outage_pages(bed, PAGE_OPENED) >= 1);
        expect_no_two_alike(bed);
        restart(bed, 1500);
        expect_mended(bed);
        assert_true(outage_pages(bed, PAGE_RESOLVED) >= 1);
        expect_no_two_alike(bed);
        assert_int_equal(decider_incident_count(bed->decider), 1);
        end(bed);
    }
}

static void
test_an_incident_is_whole_after_a_restart(void **unused)
{
    struct outage *bed = bed_of(40);
    struct decider_incident in;

    (void)unused;
    bed->is_broken = true;
    outage_pass(bed, 20000);
    in = decider_incident(bed->decider, 0);
    assert_int_equal(decider_acknowledge(bed->decider, &in.id, "ana"), 0);
    assert_int_equal(
        decider_acknowledge(bed->decider, &(struct id){{9}}, "ana"), -1);
    outage_pass(bed, 2000);
    restart(bed, 1000);
    in = decider_incident(bed->decider, 0);
    assert_int_equal(in.state, INCIDENT_ACKNOWLEDGED);
    assert_string_equal(in.reason, "connect.refused");
    assert_non_null(strstr(in.json, "suspected in"));
    assert_non_null(strstr(in.json, "acknowledged by ana"));
    assert_non_null(strstr(in.json, "192.0.2.7"));
    outage_pass(bed, 400000); /* acknowledged: nobody further is told */
    assert_int_equal(bed->page_count, 1);
    expect_mended(bed);
    assert_int_equal(outage_pages(bed, PAGE_RESOLVED), 1);
    end(bed);
}

static void
test_the_second_step_and_its_resolved(void **unused)
{
    struct outage *bed = bed_of(41);

    (void)unused;
    bed->is_broken = true;
    outage_pass(bed, 320000);
    assert_int_equal(outage_pages(bed, PAGE_OPENED), 1);
    assert_int_equal(outage_pages(bed, PAGE_ESCALATED),
                     2); /* ops again, boss */
    expect_mended(bed);
    assert_int_equal(outage_pages(bed, PAGE_RESOLVED), 2);
    end(bed);
}

/* Away while the second step came due: said once, on return. */
static void
test_a_step_that_came_due_while_away(void **unused)
{
    struct outage *bed = bed_of(42);

    (void)unused;
    bed->is_broken = true;
    outage_pass(bed, 60000);
    assert_int_equal(bed->page_count, 1);
    restart(bed, 600000);
    outage_pass(bed, 5000);
    assert_int_equal(outage_pages(bed, PAGE_ESCALATED), 2);
    outage_pass(bed, 600000);
    assert_int_equal(outage_pages(bed, PAGE_ESCALATED), 2);
    end(bed);
}

/* All probes were cut while the target was down and mended: their backlog is
 * history and pages nobody. */
static void
test_a_late_backlog_pages_nobody(void **unused)
{
    struct outage *bed = bed_of(50);

    (void)unused;
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_cut(&bed->probe[i]);
    outage_pass(bed, 5000);
    bed->is_broken = true;
    outage_pass(bed, 300000);
    bed->is_broken = false;
    outage_pass(bed, 60000);
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_join(&bed->probe[i]);
    outage_pass(bed, 60000);
    assert_int_equal(outage_verdict(bed), VERDICT_UP);
    assert_int_equal(bed->page_count, 0);
    assert_int_equal(decider_incident_count(bed->decider), 0);
    assert_true(ingest_stats(bed->ingest).late > 60);
    end(bed);
}

/* Clocks that are wrong but known change nothing. */
static void
test_wrong_clocks_are_corrected(void **unused)
{
    struct outage *bed = bed_of(51);

    (void)unused;
    bed->probe[0].clock_ms = -3600000;
    bed->probe[1].clock_ms = 7200000;
    outage_pass(bed, 60000);
    assert_int_equal(outage_verdict(bed), VERDICT_UP);
    bed->is_broken = true;
    outage_pass(bed, 6000);
    assert_int_equal(bed->page_count, 1);
    expect_mended(bed);
    assert_int_equal(bed->page_count, 2);
    end(bed);
}

static void
test_a_lost_acknowledgement_counts_once(void **unused)
{
    struct outage *bed = bed_of(52);
    uint64_t before = ingest_stats(bed->ingest).results;

    (void)unused;
    bed->lost_acks = 5;
    outage_pass(bed, 100000);
    assert_true(ingest_stats(bed->ingest).duplicates >= 5 ||
                bed->lost_acks > 0);
    assert_int_equal(bed->lost_acks, 0);
    assert_in_range(ingest_stats(bed->ingest).results - before, 28, 32);
    end(bed);
}

static void
test_a_dead_channel_gets_its_page_later(void **unused)
{
    struct outage *bed = bed_of(53);

    (void)unused;
    bed->is_channel_dead = true;
    bed->is_broken = true;
    outage_pass(bed, 30000);
    bed->is_broken = false;
    outage_pass(bed, 60000); /* mended meanwhile: the order stays */
    bed->is_channel_dead = false;
    outage_pass(bed, 120000);
    assert_int_equal(bed->page_count, 2);
    assert_int_equal(bed->pages[0].edge, PAGE_OPENED);
    assert_int_equal(bed->pages[1].edge, PAGE_RESOLVED);
    end(bed);
}

static void
test_days_count_each_slot_once(void **unused)
{
    struct outage *bed = bed_of(54);
    int64_t day = outage_now(bed).ms / 86400000;
    struct decider_day before, after;

    (void)unused;
    outage_pass(bed, 600000);
    before = decider_day(bed->decider, 0, day);
    assert_in_range(before.up, 60, 65);
    restart(bed, 1000);
    after = decider_day(bed->decider, 0, day);
    assert_int_equal(after.up, before.up);
    outage_pass(bed, 100000);
    after = decider_day(bed->decider, 0, day);
    assert_in_range(after.up - before.up, 9, 11);
    assert_int_equal(after.down + after.unknown + after.partial, 0);
    end(bed);
}

/* From the target's last good moment to the page in the channel. */
static void
test_time_from_outage_to_page(void **unused)
{
    struct outage *bed = bed_of(60);
    int64_t sum = 0, max = 0, took, began;
    int outages = 1000;

    (void)unused;
    for (int i = 0; i < outages; i++) {
        size_t pages = bed->page_count;

        outage_pass(bed, outage_dice(bed, EVERY));
        began = outage_now(bed).ms;
        bed->is_broken = true;
        while (bed->page_count == pages && outage_now(bed).ms - began < 30000)
            outage_pass(bed, 10);
        assert_int_equal(bed->page_count, pages + 1);
        took = bed->pages[pages].at - began;
        sum += took;
        max = took > max ? took : max;
        expect_mended(bed);
        assert_int_equal(bed->page_count, pages + 2);
        bed->page_count = 0;
    }
    print_message("outage to page, every 10 s, 3 regions, %d outages: mean "
                  "%lld ms, max %lld ms\n",
                  outages, (long long)(sum / outages), (long long)max);
    assert_true(sum / outages <= 4000);
    assert_true(max <= 6000);
    end(bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_outage_is_one_page_and_one_resolved),
        cmocka_unit_test(test_one_region_alone_pages_nobody),
        cmocka_unit_test(test_a_clock_that_was_set_hides_no_outage),
        cmocka_unit_test(test_a_clock_that_was_set_ends_no_outage),
        cmocka_unit_test(test_a_clock_that_was_set_before_the_start),
        cmocka_unit_test(test_silence_is_unknown_and_pages_nobody),
        cmocka_unit_test(test_unknown_does_not_resolve),
        cmocka_unit_test(test_a_flap_is_one_incident_at_a_time),
        cmocka_unit_test(test_a_blip_pages_nobody),
        cmocka_unit_test(test_a_restart_in_the_middle),
        cmocka_unit_test(test_an_incident_is_whole_after_a_restart),
        cmocka_unit_test(test_the_second_step_and_its_resolved),
        cmocka_unit_test(test_a_step_that_came_due_while_away),
        cmocka_unit_test(test_a_late_backlog_pages_nobody),
        cmocka_unit_test(test_wrong_clocks_are_corrected),
        cmocka_unit_test(test_a_lost_acknowledgement_counts_once),
        cmocka_unit_test(test_a_dead_channel_gets_its_page_later),
        cmocka_unit_test(test_days_count_each_slot_once),
        cmocka_unit_test(test_time_from_outage_to_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
