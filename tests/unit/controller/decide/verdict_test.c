/* The quorum table of the design, a region's vote, confirmation, and the
 * invariants V1 and V2 over random histories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decide/verdict.c"
#include "verdict_world.h"

/* ---- the table ---- */

/* F failing region, O ok, D degraded, S stale, X failing but ill, L lost,
 * E error, P first failure not confirmed, N no result. */
static const struct vector {
    uint32_t regions;
    int quorum;
    int min_eligible;
    const char *votes;
    enum verdict verdict;
} vectors[] = {
    {3, 2, 0, "FOO", VERDICT_PARTIAL}, /* good: a ticket, not a page */
    {3, 2, 0, "FFO", VERDICT_DOWN},
    {3, 2, 0, "FFS", VERDICT_DOWN},
    {3, 2, 0, "FOS", VERDICT_PARTIAL},
    {3, 2, 0, "FSS", VERDICT_UNKNOWN},
    {3, 2, 0, "FFX", VERDICT_DOWN},
    {3, 2, 0, "XXF", VERDICT_UNKNOWN},
    {3, 2, 0, "XXO", VERDICT_UNKNOWN},
    {5, 2, 0, "FFOOO", VERDICT_PARTIAL},
    {5, 3, 0, "FFFOO", VERDICT_DOWN},
    {4, 2, 0, "FFOO", VERDICT_PARTIAL},
    {4, 2, 0, "FFFO", VERDICT_DOWN},
    {2, 2, 0, "FO", VERDICT_PARTIAL},
    {2, 2, 0, "FF", VERDICT_DOWN},
    {1, 1, 1, "F", VERDICT_DOWN},
    {1, 0, 0, "O", VERDICT_UP},
    {1, 5, 0, "F", VERDICT_DOWN}, /* an inherited quorum is capped */
    {3, 0, 0, "OOO", VERDICT_UP},
    {3, 0, 0, "OOS", VERDICT_UP},
    {3, 0, 0, "OSS", VERDICT_UNKNOWN},
    {3, 0, 1, "OSS", VERDICT_UP},
    {3, 0, 1, "FSS", VERDICT_UNKNOWN}, /* fewer than the quorum, one fails */
    {3, 0, 0, "DOO", VERDICT_UP},
    {3, 0, 0, "DDO", VERDICT_DEGRADED},
    {3, 0, 0, "FDO", VERDICT_DEGRADED},
    {3, 0, 0, "FFL", VERDICT_DOWN},
    {3, 0, 0, "EEE", VERDICT_UNKNOWN},
    {3, 0, 0, "EOO", VERDICT_UP},
    {3, 0, 0, "EFF", VERDICT_DOWN},
    {3, 0, 0, "EEF", VERDICT_UNKNOWN},
    {3, 0, 0, "PPP", VERDICT_UNKNOWN},
    {3, 0, 0, "POO", VERDICT_UP},
    {3, 0, 0, "NNN", VERDICT_UNKNOWN},
    {3, 3, 0, "FFO", VERDICT_PARTIAL},
    {3, 3, 0, "FFS", VERDICT_UNKNOWN},
    {5, 4, 0, "FFFOO", VERDICT_PARTIAL},
};

static void
vote(struct world *w, uint32_t region, char letter)
{
    int runs = w->rule.regions == 1 ? 3 : 2;
    int i;

    switch (letter) {
    case 'F':
        for (i = 0; i < runs; i++)
            feed(w, region, STATUS_DOWN);
        break;
    case 'O':
        feed(w, region, STATUS_UP);
        break;
    case 'D':
        feed(w, region, STATUS_DEGRADED);
        break;
    case 'E':
        feed(w, region, STATUS_UP);
        feed(w, region, STATUS_ERROR);
        break;
    case 'P':
        feed(w, region, STATUS_DOWN);
        break;
    case 'X':
        stand(w, region, false, true);
        feed(w, region, STATUS_DOWN);
        feed(w, region, STATUS_DOWN);
        break;
    case 'L':
        feed(w, region, STATUS_UP);
        stand(w, region, true, false);
        break;
    default:
        break;
    }
}

static void
test_vectors(void **unused)
{
    size_t i;
    uint32_t k;

    (void)unused;
    for (i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct world w = world_of(vectors[i].regions, vectors[i].quorum);

        w.rule.min_eligible = vectors[i].min_eligible;
        /* The stale ones spoke long ago, all ok; so did those that fail now,
         * or the first two heard would be everybody. */
        for (k = 0; k < w.rule.regions; k++)
            if (vectors[i].votes[k] == 'S')
                feed(&w, k, STATUS_UP);
        w.now += w.rule.every_ms * 5 / 2 + w.rule.timeout_ms + 1;
        for (k = 0; k < w.rule.regions; k++)
            if (vectors[i].votes[k] == 'F')
                feed(&w, k, STATUS_UP);
        for (k = 0; k < w.rule.regions; k++)
            if (vectors[i].votes[k] == 'O')
                feed(&w, k, STATUS_UP);
        for (k = 0; k < w.rule.regions; k++)
            vote(&w, k, vectors[i].votes[k]);
        tick(&w);
        if (w.state.verdict != vectors[i].verdict)
            fail_msg("%s with quorum %d: %s, not %s", vectors[i].votes,
                     vectors[i].quorum, verdict_name(w.state.verdict),
                     verdict_name(vectors[i].verdict));
    }
}

static void
test_every_vote_has_its_reason(void **unused)
{
    static const enum vote_reason expected[] = {
        VOTE_COUNTED, VOTE_COUNTED, VOTE_PENDING, VOTE_ILL,
        VOTE_LOST,    VOTE_ERROR,   VOTE_NONE,    VOTE_STALE};
    struct world w = world_of(8, 2);
    uint32_t i;

    (void)unused;
    feed(&w, 7, STATUS_UP);
    w.now += 160001;
    for (i = 0; i < 7; i++)
        vote(&w, i, "OFPXLEN"[i]);
    for (i = 0; i < 8; i++)
        assert_int_equal(why(&w, i), expected[i]);
    w.rule.is_paused = true;
    tick(&w);
    for (i = 0; i < 8; i++)
        assert_int_equal(why(&w, i), VOTE_PAUSED);
    assert_int_equal(w.state.verdict, VERDICT_PAUSED);
    assert_string_equal(verdict_vote_name(VOTE_STALE), "stale");
    assert_string_equal(verdict_name(VERDICT_PARTIAL), "partial");
}

/* ---- a region's vote ---- */

static void
test_one_failure_changes_no_vote(void **unused)
{
    struct world w = world_of(3, 2);
    uint32_t i;

    (void)unused;
    for (i = 0; i < 3; i++)
        feed(&w, i, STATUS_UP);
    for (i = 0; i < 3; i++)
        feed(&w, i, STATUS_DOWN);
    assert_int_equal(w.state.verdict, VERDICT_UP);
    feed(&w, 0, STATUS_DOWN);
    assert_int_equal(w.state.verdict, VERDICT_PARTIAL);
    feed(&w, 1, STATUS_UP); /* its failure was not confirmed */
    feed(&w, 1, STATUS_DOWN);
    assert_int_equal(w.state.verdict, VERDICT_PARTIAL);
    feed(&w, 1, STATUS_DOWN);
    assert_int_equal(w.state.verdict, VERDICT_DOWN);
}

static void
test_an_error_is_no_vote_and_no_run(void **unused)
{
    struct world w = world_of(3, 2);

    (void)unused;
    feed(&w, 0, STATUS_UP);
    feed(&w, 1, STATUS_UP);
    feed(&w, 0, STATUS_DOWN);
    feed(&w, 0, STATUS_ERROR);
    assert_int_equal(why(&w, 0), VOTE_ERROR);
    feed(&w, 0, STATUS_DOWN); /* the second failing run of the target */
    assert_int_equal(verdict_vote(&w.state, &w.rule, 0, (wall_t){w.now}).stands,
                     STATUS_DOWN);
}

static void
test_stale_to_the_millisecond(void **unused)
{
    struct world w = world_of(3, 2);

    (void)unused;
    feed(&w, 0, STATUS_UP);
    feed(&w, 1, STATUS_UP);
    w.now += 160000; /* 2.5 x 60 s + 10 s */
    tick(&w);
    assert_int_equal(w.state.verdict, VERDICT_UP);
    w.now += 1;
    tick(&w);
    assert_int_equal(w.state.verdict, VERDICT_UNKNOWN);
}

static void
test_time_alone_asks_to_be_told(void **unused)
{
    struct world w = world_of(3, 2);

    (void)unused;
    feed(&w, 0, STATUS_UP);
    feed(&w, 1, STATUS_UP);
    assert_int_equal(w.state.verdict, VERDICT_UP);
    pass(&w, 160001);
    assert_int_equal(w.state.verdict, VERDICT_UNKNOWN);
    assert_int_equal(w.state.since.ms, T0 + 160001);
}

static void
test_a_vote_from_before_a_silence_does_not_stand(void **unused)
{
    struct world w = world_of(2, 2);

    (void)unused;
    feed(&w, 0, STATUS_DOWN);
    pass(&w, 3600000);
    feed(&w, 0, STATUS_DOWN); /* not the second in a row: an hour apart */
    assert_int_equal(why(&w, 0), VOTE_PENDING);
    assert_true(w.acts.confirm & 1);
}

static void
test_older_results_change_no_vote(void **unused)
{
    struct world w = world_of(2, 2);
    struct verdict_event old = {.kind = VERDICT_RESULT,
                                .status = STATUS_DOWN,
                                .slot = {T0},
                                .started = {T0 - 100},
                                .end = {T0 - 50}};

    (void)unused;
    feed(&w, 0, STATUS_UP);
    feed(&w, 1, STATUS_UP);
    verdict_on_event(&w.state, &w.rule, &old, (wall_t){w.now}, &w.acts);
    verdict_on_event(&w.state, &w.rule, &old, (wall_t){w.now}, &w.acts);
    assert_int_equal(w.state.verdict, VERDICT_UP);
    assert_int_equal(w.acts.confirm, 0);
}

static void
test_hostile_times_are_bounded(void **unused)
{
    static const int64_t odd[] = {INT64_MIN, -1,        0,
                                  1,         INT64_MAX, T0 + 86400000000LL};
    struct world w = world_of(2, 2);
    size_t i;

    (void)unused;
    for (i = 0; i < 6 * 6 * 6; i++) {
        struct verdict_event e = {.kind = VERDICT_RESULT,
                                  .status = STATUS_UP,
                                  .slot = {odd[i % 6]},
                                  .started = {odd[i / 6 % 6]},
                                  .end = {odd[i / 36]}};

        verdict_on_event(&w.state, &w.rule, &e, (wall_t){w.now}, &w.acts);
        assert_true(w.state.region[0].end.ms <= w.now);
    }
    /* An end in the future does not keep a vote young for ever. */
    pass(&w, 160001);
    assert_int_equal(why(&w, 0), VOTE_STALE);
}

static void
test_an_ill_region_is_not_heard(void **unused)
{
    struct world w = world_of(3, 2);
    uint32_t i;

    (void)unused;
    for (i = 0; i < 3; i++)
        feed(&w, i, STATUS_UP);
    stand(&w, 0, false, true);
    for (i = 0; i < 5; i++)
        feed(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 0);
    stand(&w, 0, false, false);
    assert_int_equal(why(&w, 0), VOTE_COUNTED);
    assert_int_equal(w.state.verdict, VERDICT_UP);
}

/* ---- confirmation ---- */

static void
test_first_failure_asks_everybody_once(void **unused)
{
    struct world w = world_of(3, 2);
    uint32_t i;

    (void)unused;
    for (i = 0; i < 3; i++)
        feed(&w, i, STATUS_UP);
    feed(&w, 1, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 7);
    assert_int_equal(w.acts.again, 5); /* the others, not the one that failed */
    w.now += 100;
    answer(&w, 1, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 0);
    answer(&w, 0, STATUS_DOWN); /* its first, but it is the answer */
    assert_int_equal(w.acts.confirm, 0);
    assert_int_equal(w.state.verdict, VERDICT_PARTIAL);
    w.now += 1000;
    answer(&w, 0, STATUS_DOWN);
    assert_int_equal(w.state.verdict, VERDICT_DOWN);
    answer(&w, 2, STATUS_UP);
    assert_int_equal(w.state.verdict, VERDICT_DOWN);
}

static void
test_a_confirmation_under_way_is_not_asked_again(void **unused)
{
    struct world w = world_of(3, 2);
    uint32_t i;

    (void)unused;
    for (i = 0; i < 3; i++)
        feed(&w, i, STATUS_UP);
    feed(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 7);
    answer(&w, 0, STATUS_UP);
    w.now += 14999; /* the window is timeout + 5 s */
    feed(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 1); /* it had answered, nobody else */
    answer(&w, 0, STATUS_UP);
    w.now += 1;
    feed(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 7);
}

static void
test_lost_and_ill_regions_are_not_asked(void **unused)
{
    struct world w = world_of(4, 2);

    (void)unused;
    feed(&w, 0, STATUS_UP);
    stand(&w, 1, true, false);
    stand(&w, 2, false, true);
    feed(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 9);
}

static void
test_an_operators_run_that_fails_is_confirmed(void **unused)
{
    struct world w = world_of(3, 2);
    uint32_t i;

    (void)unused;
    for (i = 0; i < 3; i++)
        feed(&w, i, STATUS_UP);
    answer(&w, 2, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 7);
}

static void
test_alone_three_in_a_row(void **unused)
{
    struct world w = world_of(1, 2);

    (void)unused;
    feed(&w, 0, STATUS_UP);
    feed(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 1);
    assert_int_equal(w.acts.again, 1);
    answer(&w, 0, STATUS_DOWN);
    assert_int_equal(w.state.verdict, VERDICT_UP);
    answer(&w, 0, STATUS_DOWN);
    assert_int_equal(w.state.verdict, VERDICT_DOWN);
}

static void
test_no_answer_leaves_the_earlier_vote(void **unused)
{
    struct world w = world_of(3, 2);
    uint32_t i;

    (void)unused;
    for (i = 0; i < 3; i++)
        feed(&w, i, STATUS_UP);
    feed(&w, 0, STATUS_DOWN);
    pass(&w, 30000);
    assert_int_equal(why(&w, 0), VOTE_COUNTED);
    assert_int_equal(w.state.verdict, VERDICT_UP);
}

/* ---- invariants ---- */

static void
test_v1_order_does_not_matter(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct world a = world_of(2, 2), b;
        uint32_t order[8], n, i, k;
        enum status votes[8];

        a.seed = seed;
        n = 2 + dice(&a, 7);
        a.rule.regions = n;
        a.rule.quorum = (int)dice(&a, 4);
        for (i = 0; i < n; i++) {
            votes[i] = (enum status)dice(&a, 4);
            order[i] = i;
            feed(&a, i, STATUS_UP);
        }
        b = a;
        for (i = n - 1; i > 0; i--) {
            uint32_t j = dice(&a, i + 1), t = order[i];

            order[i] = order[j];
            order[j] = t;
        }
        for (k = 0; k < 2; k++)
            for (i = 0; i < n; i++) {
                feed(&a, i, votes[i]);
                feed(&b, order[i], votes[order[i]]);
            }
        if (a.state.verdict != b.state.verdict)
            fail_msg("seed %llu", (unsigned long long)seed);
    }
}

static void
silence(struct world *w, uint32_t region)
{
    switch (dice(w, 4)) {
    case 0:
        stand(w, region, true, false);
        break;
    case 1:
        stand(w, region, false, true);
        break;
    case 2:
        feed(w, region, STATUS_ERROR);
        break;
    default:
        pass(w, 1 + dice(w, 60000));
        break;
    }
}

static void
test_v2_silence_never_turns_up_into_down(void **unused)
{
    int seen_up = 0;

    (void)unused;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct world w = world_of(2, 2);
        int i;

        w.seed = seed;
        w.rule.regions = 1 + dice(&w, 8);
        w.rule.quorum = (int)dice(&w, 4);
        w.rule.min_eligible = (int)dice(&w, 3);
        for (i = 0; i < 40; i++) {
            feed(&w, dice(&w, w.rule.regions),
                 dice(&w, 5) == 0 ? STATUS_DOWN : STATUS_UP);
            w.now += dice(&w, 9000);
        }
        if (w.state.verdict != VERDICT_UP)
            continue;
        seen_up++;
        for (i = 0; i < 40; i++) {
            silence(&w, dice(&w, w.rule.regions));
            if (w.state.verdict == VERDICT_DOWN)
                fail_msg("seed %llu", (unsigned long long)seed);
        }
    }
    assert_true(seen_up > 300);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_every_vote_has_its_reason),
        cmocka_unit_test(test_one_failure_changes_no_vote),
        cmocka_unit_test(test_an_error_is_no_vote_and_no_run),
        cmocka_unit_test(test_stale_to_the_millisecond),
        cmocka_unit_test(test_time_alone_asks_to_be_told),
        cmocka_unit_test(test_a_vote_from_before_a_silence_does_not_stand),
        cmocka_unit_test(test_older_results_change_no_vote),
        cmocka_unit_test(test_hostile_times_are_bounded),
        cmocka_unit_test(test_an_ill_region_is_not_heard),
        cmocka_unit_test(test_first_failure_asks_everybody_once),
        cmocka_unit_test(test_a_confirmation_under_way_is_not_asked_again),
        cmocka_unit_test(test_lost_and_ill_regions_are_not_asked),
        cmocka_unit_test(test_an_operators_run_that_fails_is_confirmed),
        cmocka_unit_test(test_alone_three_in_a_row),
        cmocka_unit_test(test_no_answer_leaves_the_earlier_vote),
        cmocka_unit_test(test_v1_order_does_not_matter),
        cmocka_unit_test(test_v2_silence_never_turns_up_into_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
