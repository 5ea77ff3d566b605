/*
 * journey_check_test.c - a shop that is logged into, bought from and cleaned up
 * after, and all the ways in which that goes wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/loop.h"

/* The loop is as late as a test says, asked once a step. */
struct lateness {
    int64_t of_step[8]; /* ns */
    size_t asked;
};

static struct lateness lateness;

static int64_t
lag_since(const struct loop *loop, mono_t since)
{
    (void)loop;
    (void)since;
    return lateness.of_step[lateness.asked++ % 8];
}

#define loop_lag_since_ns lag_since
#include "checks/journey_check.c"
#undef loop_lag_since_ns

#include "checks/catalog.h"
#include "checks/engine.h"
#include "tests/lib/check_bed.h"
#include "tests/lib/tiny_server.h"

#define LOG_MAX 8192

/* One thread serves; the test reads after the run. */
struct shop {
    int jobs_until_done;
    bool is_pay_broken;
    bool is_cancel_broken;
    bool is_cancel_silent;
    const char *token; /* in the login form */
    int cancelled;
    char log[LOG_MAX];
};

static bool
read_all(struct tiny_conn *conn)
{
    const char *length, *end;
    size_t want;

    if (!tiny_read_head(conn))
        return false;
    length = strcasestr(conn->request, "\r\nContent-Length:");
    want = length != NULL ? strtoul(length + 17, NULL, 10) : 0;
    end = strstr(conn->request, "\r\n\r\n") + 4;
    want += (size_t)(end - conn->request);
    while (conn->request_len < want &&
           conn->request_len < sizeof(conn->request) - 1) {
        long n = tiny_read(conn, conn->request + conn->request_len,
                           sizeof(conn->request) - 1 - conn->request_len);

        if (n <= 0)
            return false;
        conn->request_len += (size_t)n;
    }
    conn->request[conn->request_len] = '\0';
    return true;
}

static bool
asks(const struct tiny_conn *conn, const char *line)
{
    return strncmp(conn->request, line, strlen(line)) == 0;
}

static bool
has(const struct tiny_conn *conn, const char *text)
{
    return strstr(conn->request, text) != NULL;
}

static void
say(struct tiny_conn *conn, const char *status, const char *head,
    const char *body)
{
    char text[4096];

    (void)snprintf(text, sizeof(text),
                   "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status,
                   head, strlen(body), body);
    tiny_say(conn, text);
}

static void
say_login(struct shop *shop, struct tiny_conn *conn)
{
    char form[256];

    if (asks(conn, "GET ")) {
        (void)snprintf(form, sizeof(form), "<input name=\"csrf\" value=\"%s\">",
                       shop->token);
        say(conn, "200 OK", "Set-Cookie: pre=1\r\n", form);
    } else if (has(conn, "user=a%26b&csrf=tok123") &&
               has(conn, "Cookie: pre=1")) {
        say(conn, "303 See",
            "Location: /account\r\nSet-Cookie: session=abc; HttpOnly\r\n", "");
    } else {
        say(conn, "403 No", "", "who?");
    }
}

static void
say_job(struct shop *shop, struct tiny_conn *conn)
{
    bool is_done = shop->jobs_until_done-- <= 0;

    say(conn, "200 OK", "",
        is_done ? "{\"state\":\"done\"}" : "{\"state\":\"running\"}");
}

static void
serve(struct tiny_conn *conn)
{
    struct shop *shop = (struct shop *)(uintptr_t)conn->tiny->arg;
    size_t used = strlen(shop->log);

    if (!read_all(conn))
        return;
    (void)snprintf(shop->log + used, sizeof(shop->log) - used, "%.*s\n",
                   (int)strcspn(conn->request, "\r"), conn->request);
    if (has(conn, " /login "))
        say_login(shop, conn);
    else if (has(conn, " /jobs/"))
        say_job(shop, conn);
    else if (!has(conn, "session=abc"))
        say(conn, "401 No", "", "log in first");
    else if (asks(conn, "GET /account "))
        say(conn, "200 OK", "", "welcome");
    else if (asks(conn, "POST /basket ") && has(conn, "{\"sku\":\"a\\\"b\"}"))
        say(conn, "201 Made", "X-Order: o-42\r\n",
            "{\"order\":{\"id\":\"o/42\"},\"total\":10.5}");
    else if (asks(conn, "POST /pay/o%2F42 "))
        say(conn, shop->is_pay_broken ? "500 No" : "202 Taken", "",
            "{\"job\":7}");
    else if (asks(conn, "DELETE /orders/o%2F42 ") && shop->is_cancel_silent)
        tiny_hold(conn);
    else if (asks(conn, "DELETE /orders/o%2F42 ")) {
        shop->cancelled++;
        say(conn, shop->is_cancel_broken ? "500 No" : "204 Gone", "", "");
    } else
        say(conn, "404 No", "", "");
}

/* ---- the journey, as it is written ---- */

static const char STEPS[] =
    "form = { get = \"http://127.0.0.1:PORT/login\";"
    "  save = { csrf = \"body ~ 'name=\\\"csrf\\\" value=\\\"([^\\\"]+)'\"; }; "
    "};"
    "login = { post = \"http://127.0.0.1:PORT/login\";"
    "  form = { user = \"${user}\"; csrf = \"${csrf}\"; };"
    "  expect = [ \"body contains 'welcome'\" ]; };"
    "basket = { post = \"http://127.0.0.1:PORT/basket\";"
    "  json = \"{\\\"sku\\\":\\\"${sku}\\\"}\"; expect = [ \"status == 201\" ];"
    "  save = { order = \"json $.order.id\"; }; };"
    "pay = { post = \"http://127.0.0.1:PORT/pay/${order}\";"
    "  expect = [ \"status == 202\" ]; save = { job = \"json $.job\"; }; };"
    "paid = { get = \"http://127.0.0.1:PORT/jobs/${job}\";"
    "  until = \"json $.state == 'done' and not json $.state == '${user}'\";"
    "  expect = [ \"not body contains '${order}' and status == 200\" ];"
    "  every = \"100ms\"; within = \"5s\"; };";

static const char CLEANUP[] =
    "cancel = { delete = \"http://127.0.0.1:PORT/orders/${order}\"; };";

struct trip {
    struct shop shop;
    struct tiny tiny;
    struct check_bed bed;
    struct spec *spec;
    struct check *check;
    int told;
    int gone;
    char unclean[400];
    bool stops_when_gone;
};

/* `text` with `word` replaced everywhere; takes it. */
static char *
fill(char *text, const char *word, const char *with)
{
    char *at;

    while ((at = strstr(text, word)) != NULL) {
        char *made = str_xprintf("%.*s%s%s", (int)(at - text), text, with,
                                 at + strlen(word));

        free(text);
        text = made;
    }
    return text;
}

static void
open_trip(struct trip *t, int64_t within_ms, const char *more)
{
    char why[1000] = "";
    char port[8];
    char *text;

    memset(t, 0, sizeof(*t));
    t->shop.token = "tok123";
    t->tiny.serve = serve;
    t->tiny.arg = &t->shop;
    tiny_start(&t->tiny);
    check_bed_open(&t->bed, SPEC_TCP, NULL);
    text = str_xprintf(
        "picket = 1; checks = { buy = { journey = { %s }; cleanup = { %s };"
        " values = { user = \"a&b\"; sku = \"a\\\"b\"; };"
        " allow = [ \"127.0.0.0/8\" ]; every = \"1m\"; %s }; };",
        STEPS, CLEANUP, more);
    (void)snprintf(port, sizeof(port), "%u", t->tiny.port);
    text = fill(text, "PORT", port);
    t->spec = catalog_compile(text, why, sizeof(why));
    if (t->spec == NULL)
        fail_msg("%s", why);
    /* Shorter than anybody may write. */
    t->spec->of.journey.steps[4].until_every_ns = 20 * NS_PER_MS;
    t->spec->of.journey.steps[4].until_within_ns = within_ms * NS_PER_MS;
    free(text);
}

static void
close_trip(struct trip *t)
{
    spec_free(t->spec);
    check_bed_close(&t->bed);
    tiny_stop(&t->tiny);
}

static void
on_done(void *cookie, const struct result *result)
{
    struct trip *t = cookie;

    t->told++;
    t->bed.result = result_copy(result);
    if (!t->stops_when_gone)
        loop_stop(t->bed.loop);
}

static void
on_gone(void *cookie, const char *unclean)
{
    struct trip *t = cookie;

    assert_int_equal(t->told, 1);
    t->gone++;
    (void)snprintf(t->unclean, sizeof(t->unclean), "%s",
                   unclean != NULL ? unclean : "");
    loop_stop(t->bed.loop);
}

static const struct result *
travel(struct trip *t, check_gone_fn *gone)
{
    struct check_run run = {.gone = gone};

    result_free(t->bed.result);
    t->bed.result = NULL;
    t->told = t->gone = 0;
    t->stops_when_gone = gone != NULL;
    t->check = check_start(t->bed.engine, t->spec, &run, on_done, t);
    assert_non_null(t->check);
    assert_int_equal(t->told, 0);
    loop_run(t->bed.loop);
    assert_int_equal(t->told, 1);
    assert_int_equal(t->gone, gone != NULL);
    assert_int_equal(engine_running(t->bed.engine), 0);
    return t->bed.result;
}

static void
ends(const struct result *r, enum status status, const char *reason)
{
    const char *name = reason_name(r->reason);

    if (r->status != status || strcmp(name ? name : "none", reason) != 0)
        fail_msg("want %s, got %s %s: %s", reason,
                 result_status_name(r->status), name ? name : "none",
                 r->message ? r->message : "");
}

/* ---- what happens ---- */

static void
from_login_to_payment(void **state)
{
    static const char *const names[] = {"form", "login", "basket", "pay",
                                        "paid"};
    struct trip t;
    const struct result *r;
    int64_t wait = 0;

    (void)state;
    open_trip(&t, 5000, "");
    t.shop.jobs_until_done = 2;
    r = travel(&t, on_gone);
    ends(r, STATUS_UP, "none");
    assert_int_equal(r->step_count, 6); /* and one of cleanup */
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(r->steps[i].name, names[i]);
        assert_int_equal(r->steps[i].status, STATUS_UP);
        assert_true(r->steps[i].us[PHASE_TOTAL] > 0);
        assert_true(r->steps[i].fact_count > 0);
        wait += r->steps[i].us[PHASE_WAIT];
    }
    assert_int_equal(r->us[PHASE_WAIT], wait);
    assert_int_equal(r->steps[1].facts[0].num, 200); /* after its redirect */
    assert_true(r->steps[4].us[PHASE_TOTAL] >= 40000);
    assert_true(r->us[PHASE_TOTAL] >= r->steps[4].us[PHASE_TOTAL]);
    assert_int_equal(t.shop.cancelled, 1);
    assert_string_equal(check_bed_text(&t.bed, FACT_CLEANUP), "(none)");
    assert_string_equal(t.unclean, "");
    assert_null(r->evidence);
    close_trip(&t);
}

static void
it_stops_where_it_fails_and_cleans_up(void **state)
{
    struct trip t;
    const struct result *r;

    (void)state;
    open_trip(&t, 5000, "");
    t.shop.is_pay_broken = true;
    r = travel(&t, on_gone);
    ends(r, STATUS_DOWN, "expect.status");
    assert_string_equal(r->message, "pay: status == 202: got 500");
    assert_int_equal(r->step_count, 4);
    assert_int_equal(r->steps[3].status, STATUS_DOWN);
    assert_string_equal(r->steps[3].message, "status == 202: got 500");
    assert_int_equal(check_bed_int(&t.bed, FACT_STATUS), 500);
    assert_null(strstr(t.shop.log, "/jobs/"));
    assert_int_equal(t.shop.cancelled, 1); /* after it was told */
    check_bed_evidence(&t.bed, "\"expected\":\"status == 202\"");
    check_bed_evidence(&t.bed, "/pay/");
    assert_null(strstr(r->evidence, "session=abc"));
    t.shop.is_cancel_broken = true;
    r = travel(&t, on_gone);
    ends(r, STATUS_DOWN, "expect.status");
    assert_string_equal(t.unclean, "cancel: status in 200-299: got 500");
    close_trip(&t);
}

/* The result that waits for cleanup has a row for it, judged by nobody. */
static void
last_row_is(const struct result *r, enum status status, enum reason reason)
{
    const struct result_step *row;

    assert_true(r->step_count > 0);
    row = &r->steps[r->step_count - 1];
    assert_string_equal(row->name, "cleanup: cancel");
    assert_int_equal(row->status, status);
    assert_int_equal(row->reason, reason);
    assert_ptr_not_equal(result_step_ended(r), row);
}

static void
cleanup_never_changes_the_outcome(void **state)
{
    struct trip t;

    (void)state;
    open_trip(&t, 5000, "cleanup_timeout = \"100ms\";");
    ends(travel(&t, on_gone), STATUS_UP, "none");
    assert_int_equal(t.bed.result->step_count, 6);
    last_row_is(t.bed.result, STATUS_UP, REASON_NONE);
    t.shop.is_cancel_broken = true;
    ends(travel(&t, on_gone), STATUS_UP, "none");
    assert_string_equal(check_bed_text(&t.bed, FACT_CLEANUP),
                        "cancel: status in 200-299: got 500");
    last_row_is(t.bed.result, STATUS_DOWN, REASON_EXPECT_STATUS);
    t.shop.is_cancel_silent = true;
    ends(travel(&t, on_gone), STATUS_UP, "none");
    assert_true(t.bed.result->us[PHASE_TOTAL] < 100000);
    assert_non_null(strstr(check_bed_text(&t.bed, FACT_CLEANUP), "cancel: "));
    last_row_is(t.bed.result, STATUS_DOWN, REASON_HTTP_TIMEOUT);
    t.shop.is_pay_broken = true; /* and without a gone(): done() waits */
    ends(travel(&t, NULL), STATUS_DOWN, "expect.status");
    assert_non_null(strstr(check_bed_text(&t.bed, FACT_CLEANUP), "cancel: "));
    close_trip(&t);
}

/* Another region's turn begins when it is told. */
static void
with_a_lock_it_has_cleaned_up_when_it_is_told(void **state)
{
    struct trip t;

    (void)state;
    open_trip(&t, 5000, "");
    t.spec->lock = true;
    t.shop.is_pay_broken = true;
    ends(travel(&t, on_gone), STATUS_DOWN, "expect.status");
    assert_int_equal(t.bed.result->step_count, 5);
    last_row_is(t.bed.result, STATUS_UP, REASON_NONE);
    close_trip(&t);
}

static void
only_lateness_that_may_have_made_the_outcome_counts(void **state)
{
    struct trip t;

    (void)state;
    open_trip(&t, 5000, "");
    t.shop.is_pay_broken = true; /* the fourth step */
    lateness = (struct lateness){.of_step = {700 * NS_PER_MS}};
    ends(travel(&t, on_gone), STATUS_DOWN, "expect.status");
    assert_int_equal(t.bed.result->lag_us, 0);
    lateness = (struct lateness){.of_step = {0, 0, 0, 700 * NS_PER_MS}};
    ends(travel(&t, on_gone), STATUS_DOWN, "expect.status");
    assert_int_equal(t.bed.result->lag_us, 700000);
    t.shop.is_pay_broken = false;
    lateness = (struct lateness){.of_step = {0, 700 * NS_PER_MS, 20}};
    ends(travel(&t, on_gone), STATUS_UP, "none");
    assert_int_equal(t.bed.result->lag_us, 700000);
    close_trip(&t);
    lateness = (struct lateness){0};
}

static void
cancelled_while_it_cleans_up(void **state)
{
    struct trip t;
    struct check_run run = {.gone = on_gone};

    (void)state;
    open_trip(&t, 5000, "");
    t.shop.is_pay_broken = t.shop.is_cancel_silent = true;
    t.check = check_start(t.bed.engine, t.spec, &run, on_done, &t);
    loop_run(t.bed.loop); /* until it is told */
    assert_int_equal(t.told, 1);
    assert_int_equal(engine_running(t.bed.engine), 1);
    check_cancel(t.check);
    assert_int_equal(engine_running(t.bed.engine), 0);
    assert_int_equal(t.gone, 0);
    close_trip(&t);
}

static void
a_job_that_is_never_done(void **state)
{
    struct trip t;
    const struct result *r;

    (void)state;
    open_trip(&t, 100, "");
    t.shop.jobs_until_done = 1000;
    r = travel(&t, on_gone);
    ends(r, STATUS_DOWN, "expect.json");
    assert_non_null(strstr(r->message, "paid: json $.state == 'done': got "
                                       "'running' (asked "));
    check_bed_evidence(&t.bed, "running");
    close_trip(&t);
    open_trip(&t, 900, "");
    t.shop.jobs_until_done = 1000;
    t.spec->timeout_ns = 150 * NS_PER_MS; /* the run's deadline comes first */
    r = travel(&t, on_gone);
    assert_int_equal(r->status, STATUS_DOWN);
    assert_non_null(strstr(r->message, "paid: "));
    assert_int_equal(t.shop.cancelled, 1);
    close_trip(&t);
}

static void
values_that_are_not_there_or_break_requests(void **state)
{
    struct trip t;
    const struct result *r;

    (void)state;
    open_trip(&t, 5000, "");
    t.shop.token = "";
    r = travel(&t, on_gone);
    ends(r, STATUS_DOWN, "save.missing");
    assert_int_equal(r->step_count, 1);
    assert_non_null(strstr(r->message, "form: "));
    /* There is no order yet: nothing to clean up, and nothing unclean. */
    assert_int_equal(t.shop.cancelled, 0);
    assert_string_equal(t.unclean, "");
    close_trip(&t);
}

/* Of what does not fit, whole characters stay. */
static void
what_was_left_unclean_is_cut_between_characters(void **state)
{
    struct spec spec = {0};
    struct check check = {.spec = &spec};
    struct journey j = {.check = &check, .scope.spec = &spec};
    char why[RESULT_MESSAGE_MAX] = "";
    size_t at;

    (void)state;
    for (at = 0; at + 2 < sizeof(why); at += 2)
        memcpy(why + at, "\xc3\xa4", 2);
    note_unclean(&j, "undo", why);
    assert_memory_equal(j.unclean, "undo: ", 6);
    assert_true(str_is_utf8(j.unclean, strlen(j.unclean)));
    note_unclean(&j, "undo2", "the first is told");
    assert_memory_equal(j.unclean, "undo: ", 6);

    memset(&j.unclean, 0, sizeof(j.unclean));
    note_unclean(&j, "longer", why);
    assert_true(str_is_utf8(j.unclean, strlen(j.unclean)));
}

static void
the_whole_may_be_too_slow(void **state)
{
    struct trip t;
    const struct result *r;

    (void)state;
    open_trip(&t, 5000, "expect = [ \"time < 1us\" ];");
    r = travel(&t, on_gone);
    ends(r, STATUS_DOWN, "expect.time");
    assert_int_equal(r->step_count, 5);
    assert_int_equal(t.shop.cancelled, 1);
    close_trip(&t);
}

static void
two_runs_share_nothing(void **state)
{
    struct trip t;

    (void)state;
    open_trip(&t, 5000, "");
    ends(travel(&t, on_gone), STATUS_UP, "none");
    t.shop.log[0] = '\0';
    ends(travel(&t, on_gone), STATUS_UP, "none");
    assert_non_null(strstr(t.shop.log, "GET /login"));
    close_trip(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_login_to_payment),
        cmocka_unit_test(it_stops_where_it_fails_and_cleans_up),
        cmocka_unit_test(cleanup_never_changes_the_outcome),
        cmocka_unit_test(with_a_lock_it_has_cleaned_up_when_it_is_told),
        cmocka_unit_test(only_lateness_that_may_have_made_the_outcome_counts),
        cmocka_unit_test(cancelled_while_it_cleans_up),
        cmocka_unit_test(a_job_that_is_never_done),
        cmocka_unit_test(values_that_are_not_there_or_break_requests),
        cmocka_unit_test(what_was_left_unclean_is_cut_between_characters),
        cmocka_unit_test(the_whole_may_be_too_slow),
        cmocka_unit_test(two_runs_share_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
