/* A result as one JSON object, byte for byte. */
#include "wire/result_json.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"

static struct result
failed_home(void)
{
    struct result r;

    result_init(&r);
    r.check = "home";
    for (uint8_t i = 0; i < 16; i++)
        r.run.byte[i] = i;
    r.started = (wall_t){1767323045678};
    r.status = STATUS_DOWN;
    r.reason = REASON_EXPECT_STATUS;
    r.message = "status == 200: got 503";
    r.us[PHASE_DNS] = 800;
    r.us[PHASE_WAIT] = 90300;
    r.us[PHASE_TOTAL] = 94600;
    result_add_int(&r, FACT_STATUS, 503);
    result_add_text(&r, FACT_IP, "192.0.2.7");
    return r;
}

static void
assert_json(const struct result *r, const struct result_place *place,
            const char *expected)
{
    struct buf out;
    struct json j;

    buf_init(&out, 65536);
    j = json_begin(&out);
    result_format_json(&j, NULL, r, place);
    assert_string_equal(buf_text(&out), expected);
    buf_free(&out);
}

static void
a_failed_run(void **state)
{
    struct result r = failed_home();
    struct result_place place = {
        .kind = "http", .target = "https://a.example/", .region = "local"};

    (void)state;
    r.evidence = "{\"body\":\"x\"}";
    assert_json(&r, &place,
                "{\"schema\":1,\"check\":\"home\",\"kind\":\"http\","
                "\"target\":\"https://a.example/\",\"region\":\"local\","
                "\"status\":\"down\",\"reason\":\"expect.status\","
                "\"message\":\"status == 200: got 503\","
                "\"run\":\"000102030405060708090a0b0c0d0e0f\","
                "\"started\":\"2026-01-02T03:04:05.678Z\","
                "\"ms\":{\"dns\":0.800,\"wait\":90.300,\"total\":94.600},"
                "\"facts\":{\"status\":503,\"ip\":\"192.0.2.7\"},"
                "\"evidence\":{\"body\":\"x\"}}");
}

static void
an_up_run_of_a_probe_with_steps(void **state)
{
    struct result r;
    struct result_fact fact = {FACT_STATUS, 200, NULL};
    struct result_step step = {.name = "login",
                               .us = {-1, -1, -1, -1, -1, 1500},
                               .facts = &fact,
                               .fact_count = 1};
    struct result_place place = {.kind = "http",
                                 .target = "t",
                                 .region = "fra",
                                 .probe = "fra-1",
                                 .sequence = 7,
                                 .late = true};

    (void)state;
    result_init(&r);
    r.check = "buy";
    r.steps = &step;
    r.step_count = 1;
    assert_json(&r, &place,
                "{\"schema\":1,\"check\":\"buy\",\"kind\":\"http\","
                "\"target\":\"t\",\"region\":\"fra\",\"status\":\"up\","
                "\"reason\":null,\"message\":null,"
                "\"run\":\"00000000000000000000000000000000\","
                "\"probe\":\"fra-1\",\"sequence\":7,\"late\":true,"
                "\"started\":\"1970-01-01T00:00:00.000Z\",\"ms\":{},"
                "\"facts\":{},\"steps\":[{\"name\":\"login\","
                "\"status\":\"up\",\"reason\":null,\"message\":null,"
                "\"ms\":{\"total\":1.500},"
                "\"facts\":{\"status\":200}}]}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_run),
        cmocka_unit_test(an_up_run_of_a_probe_with_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
