/* An incident as a row, and the way back from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decider_case.c"
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

static struct decider_case *
case_of(struct outage *bed)
{
    bed->is_broken = true;
    outage_pass(bed, 10000);
    assert_non_null(bed->decider->cases);
    return bed->decider->cases;
}

/* The same but for how a number is written: 5.000 is 5.0. */
static void
assert_same_json(const char *a, const char *b)
{
    char why[120];
    struct jsonpath_doc *doc_a = jsonpath_doc(a, strlen(a), why, sizeof(why));
    struct jsonpath_doc *doc_b = jsonpath_doc(b, strlen(b), why, sizeof(why));

    assert_non_null(doc_a);
    assert_non_null(doc_b);
    assert_string_equal(jsonpath_text(doc_a, "$"), jsonpath_text(doc_b, "$"));
    jsonpath_doc_free(doc_a);
    jsonpath_doc_free(doc_b);
}

static void
test_a_row_is_read_back_whole(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct decider_case *c = case_of(bed), *read;
    struct store_incident row;
    char *json;

    (void)unused;
    c->tellings = 7;
    decider_case_told(c, "person:ana");
    decider_case_told(c, "person:ana");
    decider_case_note(c, outage_now(bed), "said \"%s\"\n", "yes");
    decider_case_format(c);
    json = str_xdup(c->row.json);
    row = c->row;
    row.state = INCIDENT_RESOLVED;
    decider_case_load(bed->decider, &row);
    read = bed->decider->cases;
    assert_ptr_not_equal(read, c);
    assert_int_equal(read->tellings, 7);
    assert_int_equal(read->told_count, 2);
    assert_string_equal(read->told[0], "channel:ops");
    assert_string_equal(read->told[1], "person:ana");
    assert_int_equal(read->slot.ms, c->slot.ms);
    assert_string_equal(read->verdict, "down");
    decider_case_format(read);
    assert_same_json(read->row.json, json);
    free(json);
    end(bed);
}

/* Journeys of many steps in several regions: who was told stands in the same
 * row as what they saw. */
static void
test_much_evidence_leaves_the_rest_whole(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct decider_case *c = case_of(bed);
    struct store_incident row;
    struct buf evidence;

    (void)unused;
    buf_init(&evidence, 1u << 20);
    buf_add_str(&evidence, "[\"");
    for (int i = 0; i < 300 << 10; i++)
        buf_add_char(&evidence, 'x');
    buf_add_str(&evidence, "\"]");
    free(c->evidence);
    c->evidence = (char *)buf_take(&evidence, NULL);
    decider_case_told(c, "person:ana");
    decider_case_format(c);
    row = c->row;
    row.state = INCIDENT_RESOLVED;
    decider_case_load(bed->decider, &row);
    assert_ptr_not_equal(bed->decider->cases, c);
    assert_int_equal(bed->decider->cases->told_count, 2);
    assert_string_equal(bed->decider->cases->told[1], "person:ana");
    end(bed);
}

static void
test_a_row_that_is_no_json_is_still_an_incident(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct store_incident row = {.id = {{5}},
                                 .check = "home",
                                 .rule = "down",
                                 .state = INCIDENT_RESOLVED,
                                 .opened = {1000},
                                 .json = "{\"a\":"};

    (void)unused;
    decider_case_load(bed->decider, &row);
    assert_string_equal(decider_incident(bed->decider, 0).verdict, "unknown");
    end(bed);
}

static void
test_a_timeline_is_bounded_and_keeps_its_beginning(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct decider_case *c = case_of(bed);

    (void)unused;
    for (int i = 0; i < 2000; i++)
        decider_case_note(c, outage_now(bed), "entry %d", i);
    assert_true(c->timeline.len < DECIDER_TIMELINE_MAX);
    assert_false(c->timeline.failed);
    assert_non_null(strstr(buf_text(&c->timeline), "suspected"));
    end(bed);
}

/* More open ones than are kept of the resolved: none of them is dropped. */
static void
test_open_incidents_are_all_kept(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct decider_watch *w = bed->decider->watches[0];
    struct decider_case *c;
    size_t open = 0;

    (void)unused;
    for (int i = 0; i < 2 * DECIDER_CASES_MAX; i++) {
        c = decider_case_create(bed->decider, "home", "down");
        c->verdict = str_xdup("down");
        c->severity = "page";
        c->watch = i < DECIDER_CASES_MAX + 20 ? w : NULL;
    }
    for (c = bed->decider->cases; c != NULL; c = c->next) {
        open += c->watch != NULL;
        c->watch = NULL;
    }
    assert_int_equal(open, DECIDER_CASES_MAX + 20);
    assert_true(bed->decider->case_count <= DECIDER_CASES_MAX + 21);
    end(bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_is_read_back_whole),
        cmocka_unit_test(test_much_evidence_leaves_the_rest_whole),
        cmocka_unit_test(test_a_row_that_is_no_json_is_still_an_incident),
        cmocka_unit_test(test_a_timeline_is_bounded_and_keeps_its_beginning),
        cmocka_unit_test(test_open_incidents_are_all_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
