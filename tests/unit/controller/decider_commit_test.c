/* What is on disk after a kill, and what goes out when it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/config.h"
#include "controller/decider_commit.c"
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
test_a_state_is_what_it_was(void **unused)
{
    struct outage *bed = bed_of(
        OUTAGE_PEOPLE "alerts = { slow = { on = \"partial for 5m\"; }; };\n"
                      "checks = { " OUTAGE_HOME " };");
    struct decider_watch *w = bed->decider->watches[0];
    wall_t since;
    struct buf bytes;
    struct store_state state;

    (void)unused;
    bed->probe[0].is_lone = true;
    outage_pass(bed, 20000);
    assert_int_equal(w->rules[0].machine.state, INCIDENT_WAITING);
    since = w->rules[0].machine.since;
    buf_init(&bytes, 65536);
    encode(&bytes, w);
    state = (struct store_state){"home", bytes.data, bytes.len};
    verdict_init(&w->state);
    w->rules[0].machine = (struct incident){.state = INCIDENT_QUIET};
    w->day_count = 0;
    load_state(bed->decider, &state);
    assert_int_equal(outage_verdict(bed), VERDICT_PARTIAL);
    assert_int_equal(w->rules[0].machine.since.ms, since.ms);
    assert_int_equal(w->day_count, 1);
    /* Cut anywhere, it is never more than less. */
    for (size_t i = 0; i < bytes.len; i++) {
        state.len = i;
        load_state(bed->decider, &state);
    }
    buf_free(&bytes);
    end(bed);
}

/* Two reloads within a second: the first takes the check, the second brings it
 * back.  What is known of the new one is not forgotten with the old. */
static void
test_a_check_that_comes_back_at_once_is_kept(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct store_state state;
    struct buf bytes;

    (void)unused;
    assert_int_equal(outage_verdict(bed), VERDICT_UP);
    buf_init(&bytes, 65536);
    encode(&bytes, bed->decider->watches[0]);
    outage_configure(bed, OUTAGE_PEOPLE
                     "checks = { other = { tcp = \"192.0.2.8:25\"; }; };");
    outage_configure(bed, HOME);
    state = (struct store_state){"home", bytes.data, bytes.len};
    load_state(bed->decider, &state);
    bed->decider->watches[0]->is_dirty = true;
    outage_stop(bed);
    outage_start(bed);
    assert_int_equal(outage_verdict(bed), VERDICT_UP);
    buf_free(&bytes);
    end(bed);
}

static void
test_regions_are_found_by_name_after_a_restart(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct config *old = bed->config;

    (void)unused;
    bed->probe[2].is_lone = true; /* sin */
    outage_pass(bed, 20000);
    outage_stop(bed);
    bed->config = outage_config(
        OUTAGE_PEOPLE "checks = { home = { http = \"http://192.0.2.7/\";"
                      " every = \"10s\"; timeout = \"5s\"; policy = \"web\";"
                      " regions = [\"sin\", \"iad\"]; }; };");
    config_free(old);
    outage_start(bed);
    assert_string_equal(bed->decider->watches[0]->regions[0], "sin");
    assert_int_equal(bed->decider->watches[0]->state.region[0].vote,
                     STATUS_DOWN);
    assert_int_equal(bed->decider->watches[0]->state.region[1].vote, STATUS_UP);
    end(bed);
}

static void
test_days_are_kept_in_order_and_bounded(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct decider_watch *w = bed->decider->watches[0];
    int64_t today = w->days[0].day;

    (void)unused;
    for (int64_t d = 1; d <= 300; d++)
        if (decider_day_get(w, today - 301 + d) != NULL)
            decider_day_get(w, today - 301 + d)->up = 1;
    assert_int_equal(w->day_count, DECIDER_DAYS_MAX);
    for (size_t i = 1; i < w->day_count; i++)
        assert_true(w->days[i - 1].day < w->days[i].day);
    assert_int_equal(w->days[w->day_count - 1].day, today);
    assert_null(decider_day_get(w, today - 300)); /* older than all kept */
    end(bed);
}

/* The store fails: the page goes out all the same, and what was decided is
 * written when it works again. */
static void
test_a_page_that_cannot_be_recorded_goes_out(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct store_message m = {.id = {{3}},
                              .incident = {{4}},
                              .order = 1,
                              .destination = "channel:ops",
                              .json =
                                  "{\"id\":\"03000000000000000000000000000000"
                                  "\",\"incident\":\"040000000000000000000000"
                                  "00000000\",\"edge\":\"opened\",\"check\":"
                                  "\"home\",\"verdict\":\"down\","
                                  "\"severity\":\"page\"}"};
    struct decider_flight *f = str_xcalloc(1, sizeof *f);

    (void)unused;
    decider_flush(bed->decider);
    outage_pass(bed, 1);
    m.created = outage_now(bed);
    decider_add_message(bed->decider, &m);
    *f = (struct decider_flight){bed->decider, bed->decider->flights,
                                 bed->decider->messages, 1, 77};
    bed->decider->flights = f;
    bed->decider->messages = NULL;
    bed->decider->message_count = 0;
    on_committed(f, STORE_FAILED);
    assert_int_equal(bed->decider->cursor, 77);
    assert_true(bed->decider->watches[0]->is_dirty);
    outage_pass(bed, 1000);
    assert_int_equal(bed->page_count, 1);
    outage_pass(bed, 6000);
    assert_int_not_equal(bed->decider->cursor, 77); /* written by now */
    end(bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_state_is_what_it_was),
        cmocka_unit_test(test_a_check_that_comes_back_at_once_is_kept),
        cmocka_unit_test(test_regions_are_found_by_name_after_a_restart),
        cmocka_unit_test(test_days_are_kept_in_order_and_bounded),
        cmocka_unit_test(test_a_page_that_cannot_be_recorded_goes_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
