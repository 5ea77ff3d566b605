/* recall_test.c - which evidence goes out, and what it says is different.
 * What was told is read back with Jansson. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/recall.c"

#include <jansson.h>
#include <stdio.h>

static unsigned runs;

/* A result of check `name` with an address and a status of HTTP. */
static struct result *
make(const char *name, enum status status, const char *ip, int code,
     const char *evidence)
{
    struct result result;

    result_init(&result);
    result.check = name;
    result.version = 7;
    result.run.byte[0] = (uint8_t)++runs;
    result.started.ms = 1000 * (int64_t)runs;
    result.status = status;
    if (status != STATUS_UP) {
        result.reason = REASON_EXPECT_STATUS;
        result.message = "status == 200: got 503";
    }
    result.us[PHASE_TOTAL] = status == STATUS_UP ? 1000 : 900000;
    result_add_int(&result, FACT_STATUS, code);
    result_add_text(&result, FACT_IP, ip);
    result_add_int(&result, FACT_RTT_US, 100 + (int)runs);
    result.evidence = evidence;
    return result_copy(&result);
}

static struct result *
break_it(struct recall *recall, const char *evidence)
{
    return recall_tell(
        recall, make("home", STATUS_DOWN, "192.0.2.9", 503, evidence), false);
}

static struct result *
pass(struct recall *recall)
{
    return recall_tell(recall, make("home", STATUS_UP, "192.0.2.7", 200, NULL),
                       false);
}

/* The member at a path of keys and numbers, of evidence that must be JSON. */
static const char *
text_at(const struct result *result, const char *path)
{
    static char out[200];
    json_t *root = json_loads(result->evidence, 0, NULL);
    json_t *at = root;
    char copy[100];

    assert_non_null(root);
    (void)snprintf(copy, sizeof(copy), "%s", path);
    for (char *key = strtok(copy, "/"); key != NULL; key = strtok(NULL, "/"))
        at = json_is_array(at) ? json_array_get(at, (size_t)atoi(key))
                               : json_object_get(at, key);
    if (json_is_integer(at))
        (void)snprintf(out, sizeof(out), "%d", (int)json_integer_value(at));
    else
        (void)snprintf(out, sizeof(out), "%s",
                       at == NULL                      ? "(absent)"
                       : json_string_value(at) == NULL ? "(none)"
                                                       : json_string_value(at));
    json_decref(root);
    return out;
}

static void
a_good_run_has_no_evidence(void **state)
{
    struct recall *recall = recall_create(RECALL_BYTES);

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct result *told = pass(recall);

        assert_null(told->evidence);
        result_free(told);
    }
    recall_free(recall);
}

static void
a_failure_says_what_is_different(void **state)
{
    struct recall *recall = recall_create(RECALL_BYTES);
    struct result *told;

    (void)state;
    result_free(pass(recall));
    told = break_it(recall, "{\"why\":\"x\"}");
    assert_string_equal(text_at(told, "why"), "x");
    assert_string_equal(text_at(told, "changed/0/what"), "status");
    assert_string_equal(text_at(told, "changed/0/was"), "200");
    assert_string_equal(text_at(told, "changed/0/is"), "503");
    assert_string_equal(text_at(told, "changed/1/what"), "ip");
    assert_string_equal(text_at(told, "changed/1/was"), "192.0.2.7");
    assert_string_equal(text_at(told, "changed/2/what"), "total");
    assert_string_equal(text_at(told, "changed/3/what"), "(absent)");
    assert_non_null(strstr(told->evidence, "\"last_good\":{\"run\":\""));
    result_free(told);
    recall_free(recall);
}

static void
without_a_good_run_evidence_goes_as_it_came(void **state)
{
    struct recall *recall = recall_create(RECALL_BYTES);
    struct result *told = break_it(recall, "{\"why\":\"x\"}");

    (void)state;
    assert_string_equal(told->evidence, "{\"why\":\"x\"}");
    result_free(told);
    recall_free(recall);
}

static void
the_first_and_the_last_of_a_row_are_told(void **state)
{
    struct recall *recall = recall_create(RECALL_BYTES);
    struct result *told;
    char evidence[40];

    (void)state;
    result_free(pass(recall));
    for (int i = 0; i < 10; i++) {
        (void)snprintf(evidence, sizeof(evidence), "{\"why\":\"%d\"}", i);
        told = break_it(recall, evidence);
        assert_int_equal(told->evidence != NULL, i < RECALL_TOLD);
        assert_string_equal(told->message, "status == 200: got 503");
        result_free(told);
    }
    told = pass(recall);
    assert_string_equal(text_at(told, "last_failure/evidence/why"), "9");
    assert_string_equal(text_at(told, "last_failure/reason"), "expect.status");
    assert_string_equal(text_at(told, "last_failure/message"),
                        "status == 200: got 503");
    result_free(told);
    told = pass(recall);
    assert_null(told->evidence);
    result_free(told);
    recall_free(recall);
}

static void
another_reason_is_told_anew(void **state)
{
    struct recall *recall = recall_create(RECALL_BYTES);
    struct result *told;

    (void)state;
    for (int i = 0; i < 5; i++)
        result_free(break_it(recall, "{\"why\":\"a\"}"));
    told = make("home", STATUS_DOWN, "192.0.2.9", 503, "{\"why\":\"b\"}");
    told->reason = REASON_TLS_EXPIRED;
    told = recall_tell(recall, told, false);
    assert_string_equal(text_at(told, "why"), "b");
    result_free(told);
    recall_free(recall);
}

static void
what_was_asked_for_is_told(void **state)
{
    struct recall *recall = recall_create(RECALL_BYTES);
    struct result *told;

    (void)state;
    for (int i = 0; i < 5; i++)
        result_free(break_it(recall, "{\"why\":\"a\"}"));
    told = recall_tell(
        recall, make("home", STATUS_DOWN, "192.0.2.9", 503, "{\"why\":\"c\"}"),
        true);
    assert_string_equal(text_at(told, "why"), "c");
    result_free(told);
    recall_free(recall);
}

static void
a_changed_check_begins_anew(void **state)
{
    struct recall *recall = recall_create(RECALL_BYTES);
    struct result *told;

    (void)state;
    result_free(pass(recall));
    told = make("home", STATUS_DOWN, "192.0.2.9", 503, "{}");
    told->version = 8;
    told = recall_tell(recall, told, false);
    assert_string_equal(told->evidence, "{}");
    result_free(told);
    recall_free(recall);
}

static void
what_is_kept_back_is_bounded(void **state)
{
    struct recall *recall = recall_create(600);
    struct result *told;
    char evidence[300];
    char name[20];
    unsigned found = 0;

    (void)state;
    for (int check = 0; check < 20; check++) {
        (void)snprintf(name, sizeof(name), "c%d", check);
        for (int i = 0; i <= RECALL_TOLD; i++) {
            size_t at =
                (size_t)snprintf(evidence, sizeof(evidence), "{\"x\":\"");

            for (int k = 0; k < 100; k++) /* hardly to be compressed */
                evidence[at++] = (char)('A' + (rand() % 26));
            (void)snprintf(evidence + at, sizeof(evidence) - at, "\"}");
            result_free(recall_tell(
                recall, make(name, STATUS_DOWN, "192.0.2.9", 503, evidence),
                false));
            assert_true(recall->bytes <= 600);
        }
    }
    assert_true(recall_dropped(recall) > 0);
    for (int check = 0; check < 20; check++) {
        (void)snprintf(name, sizeof(name), "c%d", check);
        told = recall_tell(
            recall, make(name, STATUS_UP, "192.0.2.7", 200, NULL), false);
        found += told->evidence != NULL;
        result_free(told);
    }
    assert_int_equal(found + recall_dropped(recall), 20);
    recall_free(recall);
}

static void
the_check_that_ran_longest_ago_is_forgotten(void **state)
{
    struct recall *recall = recall_create(RECALL_BYTES);
    struct result *told;
    char name[20];

    (void)state;
    result_free(pass(recall)); /* "home" */
    for (int i = 0; i < RECALL_CHECKS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "c%d", i);
        result_free(recall_tell(
            recall, make(name, STATUS_UP, "192.0.2.7", 200, NULL), false));
    }
    assert_int_equal(recall->count, RECALL_CHECKS_MAX);
    told = break_it(recall, "{}");
    assert_string_equal(told->evidence, "{}");
    result_free(told);
    recall_free(recall);
}

/* A journey of two steps, with the status that each had; 0: it was not begun. */
static struct result *
walk(int form, int login)
{
    struct result_fact of_form = {.fact = FACT_STATUS, .num = form};
    struct result_fact of_login = {.fact = FACT_STATUS, .num = login};
    struct result_step steps[] = {
        {.name = "form", .facts = &of_form, .fact_count = 1},
        {.name = "login", .facts = &of_login, .fact_count = 1},
    };
    bool is_good = form == 200 && login == 303;
    struct result *plain = make("shop", is_good ? STATUS_UP : STATUS_DOWN,
                                "192.0.2.7", login ? login : form, NULL);
    struct result *result;

    steps[login ? 1 : 0].status = plain->status;
    plain->steps = steps;
    plain->step_count = login ? 2 : 1;
    result = result_copy(plain);
    result_free(plain);
    return result;
}

static void
a_step_is_compared_with_itself(void **state)
{
    struct recall *recall = recall_create(RECALL_BYTES);
    struct result *told;

    (void)state;
    /* before anything was good there is nothing to compare with */
    told = recall_tell(recall, walk(500, 0), false);
    assert_null(told->evidence);
    result_free(told);
    for (int i = 0; i < 3; i++)
        result_free(recall_tell(recall, walk(200, 303), false));
    told = recall_tell(recall, walk(503, 0), false);
    assert_string_equal(text_at(told, "changed/0/was"), "200");
    assert_string_equal(text_at(told, "changed/0/is"), "503");
    assert_string_equal(text_at(told, "changed/1"), "(absent)");
    result_free(told);
    told = recall_tell(recall, walk(200, 200), false);
    assert_string_equal(text_at(told, "changed/0/was"), "303");
    assert_string_equal(text_at(told, "changed/0/is"), "200");
    assert_string_equal(text_at(told, "changed/1"), "(absent)");
    result_free(told);
    recall_free(recall);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_compared_with_itself),
        cmocka_unit_test(a_good_run_has_no_evidence),
        cmocka_unit_test(a_failure_says_what_is_different),
        cmocka_unit_test(without_a_good_run_evidence_goes_as_it_came),
        cmocka_unit_test(the_first_and_the_last_of_a_row_are_told),
        cmocka_unit_test(another_reason_is_told_anew),
        cmocka_unit_test(what_was_asked_for_is_told),
        cmocka_unit_test(a_changed_check_begins_anew),
        cmocka_unit_test(what_is_kept_back_is_bounded),
        cmocka_unit_test(the_check_that_ran_longest_ago_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
