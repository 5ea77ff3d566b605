/* The customer is curl, a process of its own; the shop's loop has a thread. */
#include "cli/shop.c"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#define ANSWER_MAX 4096

struct bed {
    char dir[64];
    struct loop *loop;
    struct shop *shop;
    pthread_t thread;
    pthread_mutex_t lock; /* of `said`, which the shop's thread writes */
    char said[256];
};

static void
on_said(void *cookie, const char *text)
{
    struct bed *bed = cookie;
    pthread_mutex_lock(&bed->lock);
    str_copy(bed->said, sizeof bed->said, text);
    pthread_mutex_unlock(&bed->lock);
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
    static char fra[] = "fra", iad[] = "iad";
    static struct bed bed = {.lock = PTHREAD_MUTEX_INITIALIZER};
    static struct config_region regions[] = {{.id = fra}, {.id = iad}};
    char why[512] = "";
    str_copy(bed.dir, sizeof bed.dir, "/tmp/shop.XXXXXX");
    if (mkdtemp(bed.dir) == NULL)
        return -1;
    bed.loop = loop_create();
    struct shop_opts opts = {.loop = bed.loop,
                             .dir = bed.dir,
                             .http = "127.0.0.1:0",
                             .https = "127.0.0.1:0",
                             .dns = "127.0.0.1:0",
                             .regions = regions,
                             .region_count = 2,
                             .said = on_said,
                             .cookie = &bed};
    bed.shop = shop_open(&opts, why, sizeof why);
    if (bed.shop == NULL)
        fprintf(stderr, "%s\n", why);
    *state = &bed;
    return bed.shop == NULL ||
           pthread_create(&bed.thread, NULL, turn, &bed) != 0;
}

static int
tear_down(void **state)
{
    struct bed *bed = *state;
    loop_stop(bed->loop);
    pthread_join(bed->thread, NULL);
    shop_close(bed->shop);
    loop_free(bed->loop);
    char *orders = file_join(bed->dir, SHOP_ORDERS);
    int left = access(orders, F_OK);
    free(orders);
    return left == 0 || file_remove_tree(bed->dir) != 0;
}

/* curl's exit code; what it printed, with the status code at the end. */
static int
curl(const struct bed *bed, const char *args, char answer[ANSWER_MAX])
{
    char *line = str_xprintf(
        "curl -q -sS --noproxy '*' -m 10 -w '%%{http_code}' --cacert "
        "%s/shop-ca.pem --connect-to ::127.0.0.1: %s 2>&1",
        bed->dir, args);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    size_t n = fread(answer, 1, ANSWER_MAX - 1, pipe);
    answer[n] = '\0';
    int status = pclose(pipe);
    free(line);
    return WEXITSTATUS(status);
}

static int
visit(const struct bed *bed, const char *scheme, const char *rest,
      char answer[ANSWER_MAX])
{
    bool is_tls = str_eq(scheme, "https");
    char *args = str_xprintf(
        "%s://shop.test:%u%s", scheme,
        is_tls ? shop_https_port(bed->shop) : shop_http_port(bed->shop), rest);
    int rc = curl(bed, args, answer);
    free(args);
    return rc;
}

/* An order with the key that stands in the file. */
static int
order(const struct bed *bed, const char *what, char answer[ANSWER_MAX])
{
    char *args = str_xprintf(
        "-X POST -H \"Authorization: Bearer $(sed 's/.*\"key\":\"//; "
        "s/\".*//' %s/" SHOP_ORDERS ")\" 'http://shop.test:%u/-/shop/%s'",
        bed->dir, shop_http_port(bed->shop), what);
    int rc = curl(bed, args, answer);
    free(args);
    return rc;
}

static void
pages_of_a_whole_shop(void **state)
{
    static const struct {
        const char *path, *holds;
    } rows[] = {
        {"/", "Add to basket"},
        {"/api/stock?sku=TEST-1", "{\"sku\":\"TEST-1\",\"qty\":12}"},
        {"/login", "Sign in"},
        {"/pay", "{\"state\":\"paid\"}"},
    };

    char answer[ANSWER_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(visit(*state, "https", rows[i].path, answer), 0);
        assert_non_null(strstr(answer, rows[i].holds));
        assert_true(str_ends(answer, "200"));
        assert_int_equal(visit(*state, "http", rows[i].path, answer), 0);
        assert_true(str_ends(answer, "200"));
    }
    assert_int_equal(visit(*state, "http", "/etc/passwd", answer), 0);
    assert_true(str_ends(answer, "404"));
}

static void
pay_and_mend(void **state)
{
    char answer[ANSWER_MAX], said[256];
    struct bed *bed = *state;
    assert_int_equal(order(bed, "break?what=pay", answer), 0);
    assert_non_null(strstr(answer, "{\"broken\":[\"pay\"]}"));
    pthread_mutex_lock(&bed->lock);
    str_copy(said, sizeof said, bed->said);
    pthread_mutex_unlock(&bed->lock);
    assert_string_equal(said, "broken: the payment page answers 503");
    visit(bed, "https", "/pay", answer);
    assert_true(str_ends(answer, "503"));
    visit(bed, "https", "/", answer);
    assert_true(str_ends(answer, "200"));
    assert_int_equal(order(bed, "mend", answer), 0);
    assert_non_null(strstr(answer, "{\"broken\":[]}"));
    visit(bed, "https", "/pay", answer);
    assert_true(str_ends(answer, "200"));
}

/* With the password of its file; which step is broken is the checkout's test. */
static void
login_and_mend(void **state)
{
    char answer[ANSWER_MAX];
    struct bed *bed = *state;
    char *url = str_xprintf(
        "http://127.0.0.1:%u/login -o %s/form -c %s/jar && curl -q -sS "
        "--noproxy '*' -m 10 -w '%%{http_code}' -b %s/jar "
        "-d user=" SHOP_CHECKOUT_USER " -d csrf=$(sed -n "
        "'s/.*csrf\" value=\"\\([0-9a-f]*\\).*/\\1/p' %s/form) "
        "-d password=$(cat %s) http://127.0.0.1:%u/login",
        shop_http_port(bed->shop), bed->dir, bed->dir, bed->dir, bed->dir,
        shop_password_file(bed->shop), shop_http_port(bed->shop));
    assert_int_equal(curl(bed, url, answer), 0);
    assert_true(str_ends(answer, "303"));
    order(bed, "break?what=login", answer);
    assert_non_null(strstr(answer, "{\"broken\":[\"login\"]}"));
    curl(bed, url, answer);
    assert_non_null(strstr(answer, "do not match"));
    assert_true(str_ends(answer, "200"));
    order(bed, "mend", answer);
    curl(bed, url, answer);
    assert_true(str_ends(answer, "303"));
    free(url);
}

static void
an_ended_certificate(void **state)
{
    char answer[ANSWER_MAX];
    assert_int_equal(order(*state, "break?what=cert", answer), 0);
    assert_int_equal(visit(*state, "https", "/", answer), 60);
    assert_non_null(strstr(answer, "expired"));
    assert_int_equal(order(*state, "mend", answer), 0);
    assert_int_equal(visit(*state, "https", "/", answer), 0);
}

/* Curl's end, as the probe of `region` (NULL: as anybody) that waits 300 ms. */
static int
visit_from(struct bed *bed, const char *scheme, const char *region)
{
    char answer[ANSWER_MAX], source[ADDR_TEXT_MAX] = "127.0.0.1";
    if (region != NULL)
        shop_cut_source(source, region);
    char *what =
        str_xprintf("/ --interface %s -m %s", source,
                    region != NULL && str_eq(region, "fra") ? "0.3" : "20");
    int rc = visit(bed, scheme, what, answer);
    free(what);
    return rc;
}

static void
one_region_is_cut(void **state)
{
    static const char *const schemes[] = {"http", "https"};
    char answer[ANSWER_MAX];
    for (int i = 0; i < 2; i++)
        assert_int_equal(visit_from(*state, schemes[i], "iad"), 0);
    assert_int_equal(order(*state, "break?what=region&region=fra", answer), 0);
    assert_non_null(strstr(answer, "\"broken\":[\"region fra\"]"));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(visit_from(*state, schemes[i], "fra"), 28); /* time */
        assert_int_equal(visit_from(*state, schemes[i], "iad"), 0);
        assert_int_equal(visit_from(*state, schemes[i], NULL), 0);
    }
    order(*state, "mend", answer);
    for (int i = 0; i < 2; i++)
        assert_int_equal(visit_from(*state, schemes[i], "iad"), 0);
}

static void
a_region_that_is_none_is_named(void **state)
{
    char answer[ANSWER_MAX];
    assert_int_equal(order(*state, "break?what=region", answer), 0);
    assert_non_null(strstr(answer, "which region? the demo has fra, iad"));
    assert_true(str_ends(answer, "422"));
    assert_int_equal(order(*state, "break?what=region&region=lhr", answer), 0);
    assert_non_null(strstr(answer, "the demo has no region lhr, but fra, iad"));
    assert_true(str_ends(answer, "422"));
    assert_non_null(strstr(answer, "\"broken\":[]"));
}

/* Measured by curl; and a mended shop answers those that wait. */
static void
slow_and_mended(void **state)
{
    char answer[ANSWER_MAX];
    assert_int_equal(order(*state, "break?what=slow", answer), 0);
    assert_int_equal(
        visit(*state, "https", "/pay -o /dev/null -w %{time_total}", answer),
        0);
    assert_true(strtod(answer, NULL) >= 1.5);
    assert_int_equal(visit(*state, "http", "/ -m 0.2", answer), 28);
    order(*state, "mend", answer);
    assert_int_equal(
        visit(*state, "https", "/pay -o /dev/null -w %{time_total}", answer),
        0);
    assert_true(strtod(answer, NULL) < 1.5);
}

static void
orders_need_the_key(void **state)
{
    char answer[ANSWER_MAX];
    struct bed *bed = *state;
    struct stat st;
    char *file = file_join(bed->dir, SHOP_ORDERS);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    free(file);
    assert_int_equal(stat(shop_password_file(bed->shop), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    visit(bed, "http", "/-/shop/break?what=pay -X POST", answer);
    assert_true(str_ends(answer, "401"));
    visit(bed, "http",
          "/-/shop/break?what=pay -X POST -H 'Authorization: Bearer x'",
          answer);
    assert_true(str_ends(answer, "401"));
    visit(bed, "https", "/-/shop/mend -X POST", answer);
    assert_true(str_ends(answer, "404"));
    order(bed, "break?what=everything", answer);
    assert_non_null(strstr(answer, "what is one of"));
    visit(bed, "https", "/pay", answer);
    assert_true(str_ends(answer, "200"));
}

static void
a_second_shop_is_told_the_port(void **state)
{
    struct bed *bed = *state;
    char why[512] = "", dir[] = "/tmp/shop.XXXXXX";
    struct loop *loop = loop_create();
    char *taken = str_xprintf("127.0.0.1:%u", shop_https_port(bed->shop));
    assert_non_null(mkdtemp(dir));
    struct shop_opts opts = {.loop = loop,
                             .dir = dir,
                             .http = "127.0.0.1:0",
                             .https = taken,
                             .dns = "127.0.0.1:0"};
    assert_null(shop_open(&opts, why, sizeof why));
    assert_non_null(strstr(why, taken));
    assert_non_null(strstr(why, "Is another demo running?"));
    assert_int_equal(file_remove_tree(dir), 0);
    loop_free(loop);
    free(taken);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_a_whole_shop),
        cmocka_unit_test(pay_and_mend),
        cmocka_unit_test(login_and_mend),
        cmocka_unit_test(an_ended_certificate),
        cmocka_unit_test(one_region_is_cut),
        cmocka_unit_test(a_region_that_is_none_is_named),
        cmocka_unit_test(slow_and_mended),
        cmocka_unit_test(orders_need_the_key),
        cmocka_unit_test(a_second_shop_is_told_the_port),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
