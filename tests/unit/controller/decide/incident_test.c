/* The incident machine: rules, their times, and what unknown may not do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decide/incident.c"

#define T0 1700000000000LL

/* One verdict a minute by its letter (u d p D ? P), and the action expected
 * (. nothing, w wait, O open, R resolve). */
static void
walk(enum incident_on on, int64_t for_ms, const char *verdicts,
     const char *actions)
{
    static const char letters[] = "udpD?P";
    static const char marks[] = ".wOARX";
    struct incident in = {.state = INCIDENT_QUIET};
    wall_t now = {T0};
    size_t i, v;
    enum incident_action action;

    for (i = 0; verdicts[i] != '\0'; i++, now.ms += 60000) {
        for (v = 0; letters[v] != verdicts[i]; v++)
            ;
        action = incident_on_verdict(&in, on, for_ms, (enum verdict)v, now);
        if (marks[action] != actions[i])
            fail_msg("%s at %zu: %c, not %c", verdicts, i, marks[action],
                     actions[i]);
    }
    assert_int_equal(actions[i], '\0');
}

static void
test_down_opens_at_once_and_clears(void **unused)
{
    (void)unused;
    walk(INCIDENT_ON_DOWN, 0, "uDDDu", ".O..R");
    walk(INCIDENT_ON_DOWN, 0, "Dp", "OR"); /* partial: not down any more */
    walk(INCIDENT_ON_DOWN, 0, "DdDu", "OROR");
    walk(INCIDENT_ON_DOWN, 0, "updup", ".....");
}

static void
test_unknown_neither_opens_nor_resolves_a_down(void **unused)
{
    (void)unused;
    walk(INCIDENT_ON_DOWN, 0, "u??u", "....");
    walk(INCIDENT_ON_DOWN, 0, "uD???Du", ".O....R");
    walk(INCIDENT_ON_DOWN, 0, "D?u", "O.R");
    walk(INCIDENT_ON_PARTIAL, 0, "p?p?u", "O...R");
    walk(INCIDENT_ON_DEGRADED, 0, "??d??u", "..O..R");
    walk(INCIDENT_ON_DOWN, 0, "DPu", "O.R");
}

static void
test_a_rule_waits_its_time(void **unused)
{
    (void)unused;
    walk(INCIDENT_ON_DEGRADED, 120000, "dddu", "w.OR");
    walk(INCIDENT_ON_DEGRADED, 120000, "ddud", "w..w");
    walk(INCIDENT_ON_PARTIAL, 60000, "ppu", "wOR");
    walk(INCIDENT_ON_DOWN, 60000, "D?DDu", "w.wOR"); /* counted from anew */
    walk(INCIDENT_ON_UNKNOWN, 120000, "????u", "w.O.R");
    walk(INCIDENT_ON_UNKNOWN, 0, "?D", "OR");
}

static void
test_worse_holds_a_milder_rule(void **unused)
{
    (void)unused;
    walk(INCIDENT_ON_PARTIAL, 0, "pDDpu", "O...R");
    walk(INCIDENT_ON_DEGRADED, 0, "dpDdu", "O...R");
    walk(INCIDENT_ON_DEGRADED, 0, "DDpp", "....");
}

static void
test_acknowledged_still_resolves(void **unused)
{
    struct incident in = {.state = INCIDENT_QUIET};

    (void)unused;
    incident_on_verdict(&in, INCIDENT_ON_DOWN, 0, VERDICT_DOWN, (wall_t){T0});
    assert_int_equal(in.state, INCIDENT_OPEN);
    assert_int_equal(incident_on_event(&in, INCIDENT_ACK, (wall_t){T0 + 5}),
                     INCIDENT_DO_ACKNOWLEDGE);
    assert_int_equal(in.since.ms, T0 + 5);
    assert_int_equal(incident_on_event(&in, INCIDENT_ACK, (wall_t){T0 + 6}),
                     INCIDENT_DO_NOTHING);
    assert_int_equal(in.since.ms, T0 + 5);
    assert_int_equal(incident_on_verdict(&in, INCIDENT_ON_DOWN, 0,
                                         VERDICT_UNKNOWN, (wall_t){T0 + 7}),
                     INCIDENT_DO_NOTHING);
    assert_int_equal(incident_on_verdict(&in, INCIDENT_ON_DOWN, 0, VERDICT_UP,
                                         (wall_t){T0 + 8}),
                     INCIDENT_DO_RESOLVE);
    assert_int_equal(in.state, INCIDENT_RESOLVED);
}

static void
test_waiting_says_when(void **unused)
{
    struct incident in = {.state = INCIDENT_QUIET};

    (void)unused;
    assert_int_equal(incident_next(&in, 300000).ms, 0);
    incident_on_verdict(&in, INCIDENT_ON_PARTIAL, 300000, VERDICT_PARTIAL,
                        (wall_t){T0});
    assert_int_equal(incident_next(&in, 300000).ms, T0 + 300000);
    assert_int_equal(incident_on_verdict(&in, INCIDENT_ON_PARTIAL, 300000,
                                         VERDICT_PARTIAL,
                                         (wall_t){T0 + 299999}),
                     INCIDENT_DO_NOTHING);
    assert_int_equal(incident_on_verdict(&in, INCIDENT_ON_PARTIAL, 300000,
                                         VERDICT_PARTIAL,
                                         (wall_t){T0 + 300000}),
                     INCIDENT_DO_OPEN);
}

/* Whatever comes, an incident that opened is resolved at most once, and
 * between the two unknown changed nothing. */
static void
test_any_history_opens_and_resolves_in_turn(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed < 3000; seed++) {
        struct incident in = {.state = INCIDENT_QUIET};
        enum incident_on on = (enum incident_on)(seed % 4);
        uint64_t dice = seed * 2654435761u;
        int open = 0;

        for (int i = 0; i < 60; i++) {
            enum verdict v;
            enum incident_action a;

            dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
            v = (enum verdict)((dice >> 33) % 6);
            a = incident_on_verdict(&in, on, (int64_t)(seed % 3) * 60000, v,
                                    (wall_t){T0 + i * 30000});
            if (a == INCIDENT_DO_OPEN)
                assert_int_equal(open++, 0);
            if (a == INCIDENT_DO_RESOLVE)
                assert_int_equal(open--, 1);
            if (v == VERDICT_UNKNOWN && on != INCIDENT_ON_UNKNOWN)
                assert_int_equal(a, INCIDENT_DO_NOTHING);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_down_opens_at_once_and_clears),
        cmocka_unit_test(test_unknown_neither_opens_nor_resolves_a_down),
        cmocka_unit_test(test_a_rule_waits_its_time),
        cmocka_unit_test(test_worse_holds_a_milder_rule),
        cmocka_unit_test(test_acknowledged_still_resolves),
        cmocka_unit_test(test_waiting_says_when),
        cmocka_unit_test(test_any_history_opens_and_resolves_in_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
