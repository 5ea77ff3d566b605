/* A whole network on one real loop: invited, joined, synced, first results. */
#include "cli/local.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/diag.h"
#include "wire/result.h"

#define LIMIT_NS (20 * NS_PER_S)

struct bed {
    struct loop *loop;
    char dir[64];
    int fd; /* what is watched: a port that accepts */
    uint16_t port;
    int ready, results;
    bool wants_results;
    char failed[256];
    char probes[256]; /* who reported */
    bool is_late;
};

static void
on_ready(void *cookie)
{
    struct bed *bed = cookie;
    bed->ready++;
    if (!bed->wants_results)
        loop_stop(bed->loop);
}

static void
on_failed(void *cookie, const char *why)
{
    struct bed *bed = cookie;
    str_copy(bed->failed, sizeof bed->failed, why);
    loop_stop(bed->loop);
}

static void
on_result(void *cookie, const char *probe, const char *region,
          const struct result *result)
{
    struct bed *bed = cookie;
    size_t len = strlen(bed->probes);
    snprintf(bed->probes + len, sizeof bed->probes - len, "%s/%s/%s/%s ", probe,
             region, result->check, result_status_name(result->status));
    if (++bed->results == 2)
        loop_stop(bed->loop);
}

static void
on_limit(void *cookie)
{
    struct bed *bed = cookie;
    bed->is_late = true;
    loop_stop(bed->loop);
}

static int
set_up(void **state)
{
    static struct bed bed;
    struct addr at = {.len = sizeof at.ss};
    memset(&bed, 0, sizeof bed);
    str_copy(bed.dir, sizeof bed.dir, "/tmp/local.XXXXXX");
    bed.loop = loop_create();
    bed.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *state = &bed;
    if (mkdtemp(bed.dir) == NULL || addr_parse_ip(&at, "127.0.0.1", 0) != 0 ||
        bind(bed.fd, (const struct sockaddr *)&at.ss, at.len) != 0 ||
        listen(bed.fd, 16) != 0 ||
        getsockname(bed.fd, (struct sockaddr *)&at.ss, &at.len) != 0)
        return -1;
    bed.port = addr_port(&at);
    return 0;
}

static int
tear_down(void **state)
{
    struct bed *bed = *state;
    close(bed->fd);
    loop_free(bed->loop);
    return file_remove_tree(bed->dir);
}

/* One check, an hour apart: what comes within seconds was asked for. */
static struct local *
begin(struct bed *bed)
{
    char why[512] = "";
    char *text = str_xprintf(
        "picket = 1;\n"
        "controller = { listen = \"127.0.0.1:0\"; "
        "probes = { listen = \"127.0.0.1:0\"; }; };\n"
        "regions = { one = { name = \"1\"; }; two = { name = \"2\"; }; };\n"
        "checks = { port = { tcp = \"127.0.0.1:%u\"; every = \"1h\"; }; };\n",
        bed->port);
    struct diag *diag = diag_create();
    struct local_opts opts = {.loop = bed->loop,
                              .config = config_load_text("test", text, diag),
                              .dir = bed->dir,
                              .on_ready = on_ready,
                              .on_failed = on_failed,
                              .on_result = on_result,
                              .cookie = bed};
    assert_non_null(opts.config);
    struct local *local = local_create(&opts, why, sizeof why);
    assert_string_equal(why, "");
    assert_non_null(local);
    assert_int_equal(bed->ready, 0); /* never from inside */
    diag_free(diag);
    free(text);
    return local;
}

static void
drive(struct bed *bed)
{
    struct loop_timer *limit =
        loop_timer_start(bed->loop, LIMIT_NS, on_limit, bed);
    loop_run(bed->loop);
    assert_false(bed->is_late);
    assert_string_equal(bed->failed, "");
    loop_timer_cancel(limit);
}

static void
first_results_of_every_region_without_waiting(void **state)
{
    struct bed *bed = *state;
    bed->wants_results = true;
    struct local *local = begin(bed);
    assert_int_equal(local_probe_count(local), 2);
    drive(bed);
    assert_int_equal(bed->ready, 1);
    assert_non_null(strstr(bed->probes, "one-1/one/port/up "));
    assert_non_null(strstr(bed->probes, "two-1/two/port/up "));
    local_free(local);
}

static void
a_second_start_needs_no_second_joining(void **state)
{
    struct bed *bed = *state;
    struct local *local = begin(bed);
    drive(bed);
    local_free(local);
    bed->ready = 0;
    local = begin(bed);
    for (size_t i = 0; i < local->count; i++)
        assert_null(local->members[i].join);
    drive(bed);
    assert_int_equal(bed->ready, 1);
    local_free(local);
}

static void
an_end_in_the_middle_of_joining(void **state)
{
    struct local *local = begin(*state);
    local_free(local);
}

/* A port that is taken is passed over, and the links follow. */
static void
ports_are_settled(void **state)
{
    struct bed *bed = *state;
    char *taken = str_xprintf("127.0.0.1:%u", bed->port);
    char *listen_at = str_xdup(taken);
    char *url = str_xprintf("http://%s", taken);
    char *own = str_xdup("https://picket.example.com");
    char *free_one = str_xdup("127.0.0.1:0");
    settle_port(&listen_at, &url, "http", 0);
    assert_string_not_equal(listen_at, taken);
    assert_true(str_ends(url, listen_at));
    settle_port(&listen_at, &own, "http", 0);
    assert_string_equal(own, "https://picket.example.com");
    settle_port(&free_one, &own, "http", 0);
    assert_string_equal(free_one, "127.0.0.1:0");
    free(taken);
    free(listen_at);
    free(url);
    free(own);
    free(free_one);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            first_results_of_every_region_without_waiting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_start_needs_no_second_joining,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_in_the_middle_of_joining, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(ports_are_settled, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
