/* A step on its own: rounds until it holds, its own deadline, its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/step.c"

#include "base/secret.h"

#include "checks/values.h"
#include "tests/lib/check_bed.h"
#include "tests/lib/tiny_server.h"

/* Answers "no" so many times, then "yes". */
static void
serve(struct tiny_conn *conn)
{
    int *left = (int *)(uintptr_t)conn->tiny->arg;

    if (!tiny_read_head(conn))
        return;
    tiny_say(conn, (*left)-- > 0
                       ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"
                       : "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes");
}

static void
hold(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

struct walk {
    int left;
    struct tiny tiny;
    struct check_bed bed;
    struct spec_step spec;
    struct scope scope;
    struct look look;
    struct step *step;
    int told;
};

static void
open_walk(struct walk *w, const char *until)
{
    struct spec_exprs until_list = {w->bed.degraded, 0};
    struct id run = id_random();

    memset(w, 0, sizeof(*w));
    w->tiny.serve = serve;
    w->tiny.arg = &w->left;
    tiny_start(&w->tiny);
    check_bed_open(&w->bed, SPEC_HTTP, NULL);
    check_bed_url(&w->bed, "http", w->tiny.port, "/");
    w->spec.request = w->bed.spec.of.http.request;
    if (until != NULL) {
        check_bed_add(&w->bed, &until_list, until);
        w->spec.until = until_list.item[0];
        w->bed.spec.degraded_when.count = 1; /* so that the bed frees it */
    }
    w->spec.until_every_ns = 10 * NS_PER_MS;
    w->spec.until_within_ns = 5 * NS_PER_S;
    scope_init(&w->scope, w->bed.engine, &w->bed.spec, &run);
}

static void
on_done(void *cookie)
{
    struct walk *w = cookie;

    w->told++;
    loop_stop(w->bed.loop);
}

static void
begin(struct walk *w, int64_t deadline_ms)
{
    struct step_opts opts = {
        .scope = &w->scope,
        .spec = &w->spec,
        .look = &w->look,
        .deadline = clock_after(loop_now(w->bed.loop), deadline_ms * NS_PER_MS),
    };

    w->told = 0;
    w->step = step_start(&opts, on_done, w);
    assert_int_equal(w->told, 0);
}

static void
drop(struct walk *w)
{
    step_cancel(w->step);
    look_free(&w->look);
}

static void
close_walk(struct walk *w)
{
    scope_clear(&w->scope);
    check_bed_close(&w->bed);
    tiny_stop(&w->tiny);
}

static void
rounds_until_it_holds(void **state)
{
    struct walk w;

    (void)state;
    open_walk(&w, "body == 'yes'");
    w.left = 3;
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.told, 1);
    assert_int_equal(w.look.status, STATUS_UP);
    assert_int_equal(w.tiny.accepted, 4);
    assert_true(w.look.us[PHASE_TOTAL] >= 30000);
    assert_true(w.look.us[PHASE_WAIT] < w.look.us[PHASE_TOTAL]);
    drop(&w);
    close_walk(&w);
}

static void
it_is_asked_no_longer_than_within(void **state)
{
    struct walk w;

    (void)state;
    open_walk(&w, "body == 'yes'");
    w.left = 1000;
    w.spec.until_within_ns = 60 * NS_PER_MS;
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.look.reason, REASON_EXPECT_BODY);
    assert_non_null(strstr(w.look.message, "body == 'yes': got 'no' (asked "));
    assert_string_equal(w.look.expected, "body == 'yes'");
    drop(&w);
    close_walk(&w);
}

/* What was saved is compared with, by `until` and by what is expected after. */
static void
values_of_the_run(void **state)
{
    struct walk w;
    struct spec_exprs expect;

    (void)state;
    open_walk(&w, "body == '${answer}'");
    expect = (struct spec_exprs){w.bed.expect, 0};
    check_bed_add(&w.bed, &expect, "body == '${answer}'");
    check_bed_add(&w.bed, &expect, "body != '${answer}'");
    w.bed.spec.expect.count = 2; /* so that the bed frees them */
    w.spec.expect = (struct spec_exprs){w.bed.expect, 1};
    w.left = 1;
    assert_int_equal(scope_set(&w.scope, "answer", "yes", 3, false), 0);
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.look.status, STATUS_UP);
    assert_int_equal(w.tiny.accepted, 2);
    drop(&w);
    w.spec.expect.count = 2;
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.look.reason, REASON_EXPECT_BODY);
    assert_string_equal(w.look.message, "body != '${answer}': got 'yes'");
    assert_string_equal(w.look.expected, "body != '${answer}'");
    drop(&w);
    close_walk(&w);
}

/* One that was never saved: no waiting for what cannot come. */
static void
a_value_of_until_is_missing(void **state)
{
    struct walk w;

    (void)state;
    open_walk(&w, "body == '${answer}'");
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.look.reason, REASON_SAVE_MISSING);
    assert_int_equal(w.tiny.accepted, 1);
    drop(&w);
    close_walk(&w);
}

static void
the_deadline_in_a_pause(void **state)
{
    struct walk w;

    (void)state;
    open_walk(&w, "body == 'yes'");
    w.left = 1000;
    w.spec.until_every_ns = NS_PER_S;
    w.spec.timeout_ns = 80 * NS_PER_MS; /* its own is before the run's */
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.look.reason, REASON_EXPECT_BODY);
    assert_non_null(strstr(w.look.message, "asked 1 time in "));
    assert_null(w.look.seen.body); /* that answer is long gone */
    drop(&w);
    close_walk(&w);
}

static void
the_deadline_in_a_round(void **state)
{
    struct walk w;

    (void)state;
    open_walk(&w, NULL);
    w.tiny.serve = hold;
    w.spec.timeout_ns = 50 * NS_PER_MS;
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.told, 1);
    assert_int_equal(w.look.reason, REASON_HTTP_TIMEOUT);
    drop(&w);
    begin(&w, 5000);
    step_expire(w.step); /* by the run */
    assert_int_equal(w.told, 1);
    drop(&w);
    begin(&w, 5000);
    drop(&w); /* cancelled: nobody is told */
    assert_int_equal(w.told, 0);
    close_walk(&w);
}

static void
no_answer_is_not_waited_for(void **state)
{
    struct walk w;

    (void)state;
    open_walk(&w, "status == 200");
    check_bed_url(&w.bed, "http", check_bed_closed_port(), "/");
    w.spec.request = w.bed.spec.of.http.request;
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.look.reason, REASON_CONNECT_REFUSED);
    drop(&w);
    close_walk(&w);
}

/* As a step takes it out of an answer. */
static void
answer_gave(struct walk *w, const char *name, const char *text)
{
    const struct value value = {
        .name = name, .text = text, .len = strlen(text)};

    assert_int_equal(values_set(scope_values(&w->scope), &value), 0);
}

/* As a redirect there: who sent us is to blame. */
static void
a_link_to_a_forbidden_address_is_its_givers_fault(void **state)
{
    static const char link[] = "http://169.254.169.254/";
    struct template_error error;
    struct walk w;

    (void)state;
    open_walk(&w, NULL);
    w.spec.request.url = template_parse("${next}", &error);
    answer_gave(&w, "next", link);
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.look.reason, REASON_POLICY_BLOCKED);
    assert_int_equal(w.look.status, STATUS_DOWN);
    drop(&w);
    /* The check's own `values` are nobody else's doing. */
    assert_int_equal(scope_set(&w.scope, "next", link, strlen(link), false), 0);
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.look.reason, REASON_POLICY_BLOCKED);
    assert_int_equal(w.look.status, STATUS_ERROR);
    drop(&w);
    template_free(w.spec.request.url);
    w.spec.request.url = template_parse(link, &error);
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.look.reason, REASON_POLICY_BLOCKED);
    assert_int_equal(w.look.status, STATUS_ERROR);
    drop(&w);
    template_free(w.spec.request.url);
    close_walk(&w);
}

/* A link that has what only its giver may have leads nowhere else. */
static void
a_link_takes_no_secret_along(void **state)
{
    static const char *const origins[] = {"https://shop.example"};
    static const char link[] = "http://127.0.0.1:9/?k=hunter22";
    struct secret_def def = {.name = "key",
                             .source = SECRET_GIVEN,
                             .origins = origins,
                             .origin_count = 1};
    struct secret_set *set = secret_set_create();
    struct template_error error;
    char why[SECRET_WHY_MAX];
    struct walk w;

    (void)state;
    open_walk(&w, NULL);
    assert_int_equal(secret_add(set, &def), 0);
    assert_int_equal(secret_give(set, "key", "hunter22", 8), 0);
    w.scope.secrets.set = set;
    assert_non_null(
        secret_use_get(&w.scope.secrets, "key", origins[0], why, sizeof(why)));
    w.spec.request.url = template_parse("${next}", &error);
    answer_gave(&w, "next", link);
    begin(&w, 5000);
    loop_run(w.bed.loop);
    assert_int_equal(w.look.reason, REASON_SAVE_INVALID);
    assert_string_equal(w.look.message,
                        "the saved address has a secret in it: secret key is "
                        "not for http://127.0.0.1:9");
    drop(&w);
    template_free(w.spec.request.url);
    close_walk(&w);
    secret_set_free(set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_until_it_holds),
        cmocka_unit_test(values_of_the_run),
        cmocka_unit_test(a_value_of_until_is_missing),
        cmocka_unit_test(it_is_asked_no_longer_than_within),
        cmocka_unit_test(the_deadline_in_a_pause),
        cmocka_unit_test(the_deadline_in_a_round),
        cmocka_unit_test(no_answer_is_not_waited_for),
        cmocka_unit_test(a_link_takes_no_secret_along),
        cmocka_unit_test(a_link_to_a_forbidden_address_is_its_givers_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
