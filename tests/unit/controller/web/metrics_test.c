#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/metrics.c"

#include <string.h>

#include "tests/lib/fake_decider.h"

size_t
fleet_count(const struct fleet *fleet)
{
    (void)fleet;
    return 2;
}

struct fleet_probe
fleet_get(const struct fleet *fleet, size_t index)
{
    (void)fleet;
    return (struct fleet_probe){.name = "fra-1\"\n\\",
                                .region = "fra",
                                .is_measured = index == 0,
                                .offset_ms = -1500,
                                .lag_us = 412,
                                .last_sync = {index == 0 ? MADE_NOW_MS : 0}};
}

struct ingest_stats
ingest_stats(const struct ingest *ingest)
{
    (void)ingest;
    return (struct ingest_stats){.results = 12345678901234};
}

struct outbox_stats
outbox_stats(const struct outbox *outbox)
{
    (void)outbox;
    return (struct outbox_stats){.accepted = 3};
}

struct store_stats
store_stats(const struct store *store)
{
    (void)store;
    return (struct store_stats){.results_bytes = 4096};
}

/* The text format by its description: every line is a comment or
 * name{label="value",...} number, and a family's rows follow its TYPE. */
static void
assert_format(const char *text)
{
    char family_name[128] = "";

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        size_t name = strspn(text, "abcdefghijklmnopqrstuvwxyz_");

        assert_int_equal(text[len], '\n');
        if (strncmp(text, "# TYPE ", 7) == 0) {
            (void)snprintf(family_name, sizeof(family_name), "%.*s",
                           (int)strcspn(text + 7, " "), text + 7);
        } else if (*text != '#') {
            assert_int_equal(strlen(family_name), name);
            assert_int_equal(strncmp(text, family_name, name), 0);
            assert_true(text[name] == '{' || text[name] == ' ');
            assert_true(strchr("0123456789", text[len - 1]) != NULL);
        }
        text += len + 1;
    }
}

static void
text_is_what_prometheus_reads(void **state)
{
    struct decider *d = made_decider();
    struct made_config m;
    struct buf out;
    struct view view;

    (void)state;
    made_config(&m);
    view = (struct view){.config = &m.config,
                         .decider = d,
                         .now = {MADE_NOW_MS},
                         .started = {MADE_NOW_MS}};
    buf_init(&out, 1u << 20);
    metrics(&out, &view);
    assert_format(buf_text(&out));
    assert_non_null(strstr(
        buf_text(&out), "\nprobe_success{instance=\"https://home.shop.example/"
                        "\",job=\"home\",region=\"fra\"} 1\n"));
    assert_non_null(strstr(
        buf_text(&out),
        "\nprobe_http_status_code{instance=\"https://pay.shop.example/\",job="
        "\"pay\",region=\"fra\"} 503\n"));
    assert_non_null(strstr(buf_text(&out), "region=\"fra\"} 0.046532\n"));
    assert_non_null(
        strstr(buf_text(&out), "{probe=\"fra-1\\\"\\n\\\\\",region="));
    assert_non_null(strstr(buf_text(&out), "} -1.500000\n"));
    assert_non_null(
        strstr(buf_text(&out), "\npicket_results_total 12345678901234\n"));
    /* The end itself, whenever the run was and wherever (GNU date -u +%s). */
    assert_non_null(
        strstr(buf_text(&out),
               "\nprobe_ssl_earliest_cert_expiry{instance=\"https://home.shop."
               "example/\",job=\"home\",region=\"fra\"} 1775369228\n"));
    assert_non_null(
        strstr(buf_text(&out),
               "\nprobe_ssl_earliest_cert_expiry{instance=\"https://home.shop."
               "example/\",job=\"home\",region=\"iad\"} 1778051289\n"));
    /* a region without a result has no row */
    assert_null(strstr(buf_text(&out), "job=\"mail\",region=\"iad\""));
    buf_free(&out);
    made_free(d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_what_prometheus_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
