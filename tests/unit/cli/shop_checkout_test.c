/* The customer is curl with a cookie jar; the shop's loop has a thread. */
#include "cli/shop_checkout.c"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"

#define PASSWORD "o'boe & <reed>"
#define FORM_IN                                                                \
    "--data-urlencode user=" SHOP_CHECKOUT_USER                                \
    " --data-urlencode \"password=" PASSWORD "\""
#define BASKET "-d '{\"sku\":\"TEST-1\",\"quantity\":2}' "

struct bed {
    char dir[64];
    struct loop *loop;
    struct httpd *httpd;
    struct shop_checkout *checkout;
    char answer[ANSWER_MAX]; /* what curl printed, the status code at its end */
    char csrf[64];
};

static void
on_request(void *cookie, struct httpd_request *request)
{
    const struct bed *bed = cookie;
    if (!shop_checkout_serve(bed->checkout, request))
        reply(request, 404, "text/plain", "none of its paths");
}

static void *
turn(void *cookie)
{
    struct bed *bed = cookie;
    loop_run(bed->loop);
    return NULL;
}

static int
set_up(void **state)
{
    struct bed *bed = str_xcalloc(1, sizeof *bed);
    char why[256];
    struct httpd_opts opts = {
        .listen = "127.0.0.1:0", .handler = on_request, .cookie = bed};
    str_copy(bed->dir, sizeof bed->dir, "/tmp/checkout.XXXXXX");
    if (mkdtemp(bed->dir) == NULL)
        return -1;
    bed->loop = loop_create();
    bed->checkout = shop_checkout_create(bed->loop, PASSWORD);
    bed->httpd = httpd_open(bed->loop, &opts, why, sizeof why);
    *state = bed;
    return bed->httpd == NULL;
}

static int
tear_down(void **state)
{
    struct bed *bed = *state;
    httpd_close(bed->httpd);
    shop_checkout_free(bed->checkout);
    loop_free(bed->loop);
    int rc = file_remove_tree(bed->dir);
    free(bed);
    return rc;
}

/* The status code.  The shop's thread lives no longer than its answer: what a
 * test does to the shop, it does alone. */
static int
ask(struct bed *bed, const char *path, const char *args)
{
    char *line = str_xprintf(
        "curl -q -sS --noproxy '*' -m 10 -i -w '%%{http_code}' -b %s/jar -c "
        "%s/jar -H 'X-CSRF-Token: %s' %s http://127.0.0.1:%u%s 2>&1",
        bed->dir, bed->dir, bed->csrf, args, httpd_port(bed->httpd), path);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, turn, bed), 0);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    size_t n = fread(bed->answer, 1, sizeof bed->answer - 1, pipe);
    bed->answer[n] = '\0';
    int ended = pclose(pipe);
    loop_stop(bed->loop);
    pthread_join(thread, NULL);
    assert_int_equal(ended, 0);
    free(line);
    assert_true(n >= 3);
    return atoi(bed->answer + n - 3);
}

static bool
says(const struct bed *bed, const char *text)
{
    return strstr(bed->answer, text) != NULL;
}

/* What stands between two texts of the answer. */
static void
take(const struct bed *bed, const char *before, char to[64])
{
    const char *at = strstr(bed->answer, before);
    assert_non_null(at);
    at += strlen(before);
    snprintf(to, 64, "%.*s", (int)strcspn(at, "\";"), at);
}

static void
load_form(struct bed *bed)
{
    assert_int_equal(ask(bed, "/login", ""), 200);
    take(bed, "name=\"csrf\" value=\"", bed->csrf);
}

static int
log_in(struct bed *bed, const char *fields)
{
    char *args = str_xprintf("-d csrf=%s %s", bed->csrf, fields);
    int status = ask(bed, "/login", args);
    free(args);
    return status;
}

static void
from_the_login_to_an_order_undone(void **state)
{
    struct bed *bed = *state;
    char order[64], path[96], before[64], after[64];
    load_form(bed);
    take(bed, "Set-Cookie: session=", before);
    assert_int_equal(ask(bed, "/account", ""), 303);
    assert_true(says(bed, "Location: /login"));
    assert_int_equal(log_in(bed, FORM_IN), 303);
    assert_true(says(bed, "Location: /account"));
    take(bed, "Set-Cookie: session=", after);
    assert_string_not_equal(before, after);
    assert_int_equal(ask(bed, "/account", ""), 200);
    assert_int_equal(ask(bed, "/api/basket", BASKET), 201);
    assert_true(says(bed, "\"items\":[{\"sku\":\"TEST-1\",\"quantity\":2}]"));
    assert_true(says(bed, "\"total\":24"));
    take(bed, "\"order\":\"", order);
    snprintf(path, sizeof path, "/api/pay/%s", order);
    assert_int_equal(ask(bed, path, "-X POST"), 202);
    take(bed, "\"job\":\"", before);
    snprintf(path, sizeof path, "/api/jobs/%s", before);
    assert_int_equal(ask(bed, path, ""), 200);
    for (int i = 0; i < 1000 && says(bed, "pending"); i++)
        ask(bed, path, "");
    assert_true(says(bed, "\"state\":\"done\""));
    assert_true(says(bed, "\"paid\":true"));
    assert_true(says(bed, order));
    snprintf(path, sizeof path, "/api/order/%s", order);
    assert_int_equal(ask(bed, path, "-X DELETE"), 204);
    assert_int_equal(ask(bed, path, "-X DELETE"), 404);
}

/* Right after the payment, whatever the machine's load: the shop's own clock is
 * asked, and a job that was just begun is not done by it. */
static void
a_job_takes_a_moment(void **state)
{
    struct bed *bed = *state;
    struct visit *visit = &bed->checkout->visits[0];
    load_form(bed);
    log_in(bed, FORM_IN);
    str_copy(visit->job, sizeof visit->job, "00000001");
    visit->captured = (mono_t){INT64_MAX};
    assert_int_equal(ask(bed, "/api/jobs/00000001", ""), 200);
    assert_true(says(bed, "\"state\":\"pending\""));
    assert_true(says(bed, "\"paid\":false"));
    visit->captured = (mono_t){0};
    ask(bed, "/api/jobs/00000001", "");
    assert_true(says(bed, "\"state\":\"done\""));
}

static void
nobody_else_gets_in(void **state)
{
    struct bed *bed = *state;
    assert_int_equal(ask(bed, "/api/basket", BASKET), 401);
    assert_int_equal(log_in(bed, FORM_IN), 403); /* no session yet */
    load_form(bed);
    assert_int_equal(ask(bed, "/login", FORM_IN), 403); /* no token */
    assert_int_equal(log_in(bed, "-d user=probe@shop.test -d password="), 200);
    assert_true(says(bed, "do not match"));
    assert_int_equal(log_in(bed, "-d user=x -d password=x"), 200);
    assert_int_equal(log_in(bed, ""), 200);
    assert_int_equal(ask(bed, "/api/basket", BASKET), 401);
    assert_int_equal(log_in(bed, FORM_IN), 303);
    bed->csrf[0] ^= 1;
    assert_int_equal(ask(bed, "/api/basket", BASKET), 403);
    bed->csrf[0] ^= 1;
    assert_int_equal(ask(bed, "/api/pay/", "-X POST"), 404);
    assert_int_equal(ask(bed, "/api/pay/1234", "-X POST"), 404);
    assert_int_equal(ask(bed, "/api/jobs/", ""), 404);
    assert_int_equal(ask(bed, "/api/order/", "-X DELETE"), 404);
}

static void
wrong_requests_have_their_answer(void **state)
{
    static const char *const baskets[] = {
        "-X POST",
        "-d '{'",
        "-d '{}'",
        "-d '{\"sku\":\"TEST-2\",\"quantity\":1}'",
        "-d '{\"sku\":\"TEST-1\",\"quantity\":0}'",
        "-d '{\"sku\":\"TEST-1\",\"quantity\":100}'",
        "-d '{\"sku\":\"TEST-1\",\"quantity\":\"many\"}'",
    };
    struct bed *bed = *state;
    load_form(bed);
    log_in(bed, FORM_IN);
    for (size_t i = 0; i < sizeof baskets / sizeof *baskets; i++)
        assert_int_equal(ask(bed, "/api/basket", baskets[i]), 422);
    assert_int_equal(ask(bed, "/api/basket", ""), 405);
    assert_true(says(bed, "Allow: POST"));
    assert_int_equal(ask(bed, "/api/pay/1", ""), 405);
    assert_int_equal(ask(bed, "/login2", ""), 404);
    assert_int_equal(ask(bed, "/api", ""), 404);
}

static void
broken_and_mended(void **state)
{
    struct bed *bed = *state;
    char order[64], path[96];
    load_form(bed);
    shop_checkout_set_login_broken(bed->checkout, true);
    assert_int_equal(log_in(bed, FORM_IN), 200);
    assert_true(says(bed, "<form"));
    shop_checkout_set_login_broken(bed->checkout, false);
    assert_int_equal(log_in(bed, FORM_IN), 303);
    ask(bed, "/api/basket", BASKET);
    take(bed, "\"order\":\"", order);
    snprintf(path, sizeof path, "/api/pay/%s", order);
    shop_checkout_set_pay_broken(bed->checkout, true);
    assert_int_equal(ask(bed, path, "-X POST"), 503);
    assert_true(says(bed, "the payment provider does not answer"));
    shop_checkout_set_pay_broken(bed->checkout, false);
    assert_int_equal(ask(bed, path, "-X POST"), 202);
}

/* The oldest goes; who is here stays. */
static void
visits_are_bounded(void **state)
{
    struct bed *bed = *state;
    load_form(bed);
    log_in(bed, FORM_IN);
    for (int i = 0; i < SHOP_CHECKOUT_VISITS_MAX - 1; i++)
        begin_visit(bed->checkout);
    assert_int_equal(ask(bed, "/account", ""), 200);
    begin_visit(bed->checkout);
    assert_int_equal(ask(bed, "/account", ""), 303);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(from_the_login_to_an_order_undone,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_job_takes_a_moment, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nobody_else_gets_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_requests_have_their_answer,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_and_mended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(visits_are_bounded, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
