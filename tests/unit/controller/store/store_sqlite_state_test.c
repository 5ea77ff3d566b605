/* Decisions, messages, probes and tokens: each row as it was put. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/store/store_sqlite_state.c"
#include "store_bed.h"

static void
test_a_message_decided_again_stays_as_it_is(void **state)
{
    struct store_bed *w = *state;
    struct store_message sent = store_bed_message(1, "{}");
    struct store_found f;

    store_bed_decide(w, "a", 1, 0);
    sent.state = STORE_SENT;
    sent.attempts = 3;
    w->open++;
    store_put_message(w->store, &sent, store_bed_on_done, w);
    store_bed_decide(w, "b", 1, 0);
    store_bed_wait(w);
    store_bed_reopen(w);
    f = store_bed_load(w);
    assert_int_equal(f.messages, 1); /* of an open incident: still loaded */
    assert_int_equal(f.message.state, STORE_SENT);
    assert_int_equal(f.message.attempts, 3);
}

static void
test_probes_tokens_and_audit(void **state)
{
    struct store_bed *w = *state;
    struct store_probe p = {.name = "fra-1",
                            .region = "fra",
                            .cert_sha256 = "aa",
                            .enrolled = {5},
                            .cert_ends = {6}};
    struct store_token t = {.hash = "abcd", .region = "fra", .uses_left = 2};
    struct store_found f;

    w->open += 4;
    store_put_probe(w->store, &p, store_bed_on_done, w);
    store_put_token(w->store, &t, store_bed_on_done, w);
    t.uses_left = 1;
    store_put_token(w->store, &t, store_bed_on_done, w);
    p.revoked = true;
    store_put_probe(w->store, &p, store_bed_on_done, w);
    store_add_audit(w->store, "ana", "revoked fra-1");
    store_bed_wait(w);
    store_bed_reopen(w);
    f = store_bed_load(w);
    assert_int_equal(f.probes, 1);
    assert_true(f.probe.revoked);
    assert_int_equal(f.probe.cert_ends.ms, 6);
    assert_int_equal(f.tokens, 1);
}

static void
test_what_was_known_of_a_probe(void **state)
{
    struct store_bed *w = *state;
    struct store_probe p = {.name = "fra-1",
                            .region = "fra",
                            .cert_sha256 = "aa",
                            .enrolled = {50},
                            .cert_ends = {60}};
    struct store_seen s = {.probe = "fra-1",
                           .kept = {71},
                           .last_sync = {70},
                           .software = "picket 1",
                           .egress = "192.0.2.7",
                           .is_lost = true};
    struct store_found f;

    w->open += 3;
    store_put_seen(w->store, &s, store_bed_on_done, w);
    store_put_probe(w->store, &p, store_bed_on_done, w);
    s.probe = "nobody"; /* without a probe it is of no use */
    store_put_seen(w->store, &s, store_bed_on_done, w);
    store_bed_wait(w);
    store_bed_reopen(w);
    f = store_bed_load(w);
    assert_int_equal(f.seens, 1);
    assert_int_equal(f.seen.last_sync.ms, 70);
    assert_true(f.seen.is_lost);
    assert_string_equal(f.seen_text, "picket 1 192.0.2.7");
    w->open += 1;
    p.enrolled.ms = 72; /* another probe of an old name */
    store_put_probe(w->store, &p, store_bed_on_done, w);
    store_bed_wait(w);
    store_bed_reopen(w);
    f = store_bed_load(w);
    assert_int_equal(f.probes, 1);
    assert_int_equal(f.seens, 0);
}

static void
test_heartbeats_come_and_go(void **state)
{
    struct store_bed *w = *state;
    struct store_push p = {.check = "nightly",
                           .base = {10},
                           .last = {11},
                           .begun = {12},
                           .generation = 3};
    struct store_found f;

    w->open += 4;
    store_put_push(w->store, &p, store_bed_on_done, w);
    p.last.ms = 21; /* the same row */
    store_put_push(w->store, &p, store_bed_on_done, w);
    p.check = "hourly";
    store_put_push(w->store, &p, store_bed_on_done, w);
    store_remove_push(w->store, "hourly", store_bed_on_done, w);
    store_bed_wait(w);
    store_bed_reopen(w);
    f = store_bed_load(w);
    assert_int_equal(f.pushes, 1);
    assert_string_equal(f.push_check, "nightly");
    assert_int_equal(f.push.base.ms, 10);
    assert_int_equal(f.push.last.ms, 21);
    assert_int_equal(f.push.begun.ms, 12);
    assert_int_equal(f.push.generation, 3);
    w->open += 2;
    store_remove_push(w->store, "nightly", store_bed_on_done, w);
    store_remove_push(w->store, "never", store_bed_on_done, w);
    store_bed_wait(w);
    store_bed_reopen(w);
    assert_int_equal(store_bed_load(w).pushes, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_BED(test_a_message_decided_again_stays_as_it_is),
        STORE_BED(test_probes_tokens_and_audit),
        STORE_BED(test_what_was_known_of_a_probe),
        STORE_BED(test_heartbeats_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
