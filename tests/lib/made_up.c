#include "tests/lib/made_up.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void
fill_result(struct decider *d, size_t c, size_t r, enum status status)
{
    static const char *const region[] = {"fra", "iad", "sin"};
    struct result *res = &d->result[c][r];

    result_init(res);
    res->check = d->spec[c].name;
    res->run = id_of("run", d->spec[c].name, region[r], NULL);
    res->started = (wall_t){MADE_NOW_MS - 4000 - (int64_t)(1000 * r)};
    res->slot = res->started;
    res->status = status;
    res->us[PHASE_DNS] = 812;
    res->us[PHASE_CONNECT] = 1400 + 9000 * (int64_t)r;
    res->us[PHASE_TLS] = 2900 + 9000 * (int64_t)r;
    res->us[PHASE_WAIT] = 41300;
    res->us[PHASE_RECEIVE] = 120;
    res->us[PHASE_TOTAL] = 46532 + 18000 * (int64_t)r;
    if (status == STATUS_DOWN) {
        res->reason = reason_parse("expect.status");
        res->message = "status == 200: got 503 " MADE_HOSTILE;
    }
    if (status == STATUS_DEGRADED)
        res->message = "time > 800ms: got 1204 ms";
    result_add_int(res, FACT_STATUS, status == STATUS_DOWN ? 503 : 200);
    result_add_text(res, FACT_IP, "192.0.2.7");
    result_add_int(res, FACT_CERT_DAYS, 61);
    result_add_text(res, FACT_CERT_NOT_AFTER, "2026-05-06T07:08:09.000Z");
    if (r != 1)
        result_add_text(res, FACT_SENT_NOT_AFTER, "2026-04-05T06:07:08.000Z");
    d->region[c][r] = (struct decider_region){
        region[r], VOTE_COUNTED, res, {MADE_NOW_MS - 3000}};
}

static void
fill_check(struct decider *d, size_t c, const char *name, enum verdict verdict)
{
    static const enum status worst[] = {STATUS_UP, STATUS_DEGRADED,
                                        STATUS_UP, STATUS_DOWN,
                                        STATUS_UP, STATUS_UP};
    struct spec *spec = &d->spec[c];

    *spec = (struct spec){.refs = 1, .kind = SPEC_HTTP};
    spec->name = str_xdup(name);
    spec->target = str_xprintf("https://%s.shop.example/", name);
    spec->every_ns = 10 * NS_PER_S;
    spec->timeout_ns = 5 * NS_PER_S;
    for (size_t r = 0; r < MADE_REGIONS; r++)
        fill_result(d, c, r, worst[verdict]);
    if (verdict == VERDICT_PARTIAL)
        fill_result(d, c, 2, STATUS_DOWN);
    if (verdict == VERDICT_UNKNOWN)
        for (size_t r = 0; r < MADE_REGIONS; r++)
            d->region[c][r].why = r == 0 ? VOTE_LOST : VOTE_STALE;
    if (verdict == VERDICT_UNKNOWN)
        d->region[c][1].newest = NULL;
    if (verdict == VERDICT_DOWN)
        for (size_t r = 0; r < 2; r++)
            fill_result(d, c, r, STATUS_DOWN);
    d->check[c] = (struct decider_check){
        spec, verdict, {MADE_NOW_MS - 754000}, d->region[c], MADE_REGIONS};
}

static const char open_json[] =
    "{\"votes\":[{\"region\":\"fra\",\"why\":\"counted\","
    "\"stands\":\"down\",\"reason\":\"expect.status\",\"message\":\"status "
    "== 200: got 503\"},{\"region\":\"iad\",\"why\":\"counted\","
    "\"stands\":\"down\",\"reason\":\"expect.status\",\"message\":\"status "
    "== 200: got 503\"},{\"region\":\"sin\",\"why\":\"stale\",\"stands\":"
    "\"up\"}],"
    "\"timeline\":[{\"at\":\"2026-03-05T08:51:29.120Z\",\"what\":\"suspected "
    "in fra: expect.status\"},{\"at\":\"2026-03-05T08:51:31.480Z\",\"what\":"
    "\"opened: down\"},{\"at\":\"2026-03-05T08:51:31.910Z\",\"what\":\"paged "
    "channel:ops (step 1)\"}],"
    "\"evidence\":[{\"schema\":1,\"check\":\"pay\",\"kind\":\"http\","
    "\"target\":\"https://pay.shop.example/\",\"region\":\"fra\",\"status\":"
    "\"down\",\"reason\":\"expect.status\",\"message\":\"status == 200: got "
    "503\",\"run\":\"00112233445566778899aabbccddeeff\",\"started\":"
    "\"2026-03-05T08:51:29.100Z\",\"ms\":{\"dns\":0.8,\"connect\":1.4,\"tls\":"
    "2.9,\"wait\":41.3,\"receive\":0.1,\"total\":46.5},\"facts\":{\"status\":"
    "503,\"ip\":\"192.0.2.7\",\"http_version\":\"2\",\"size\":417},"
    "\"evidence\":{\"expect\":\"status == 200\",\"got\":\"503\",\"request\":"
    "\"GET / HTTP/2\\nHost: pay.shop.example\\nUser-Agent: "
    "picket/0.1\",\"head\":\"HTTP/2 503\\nserver: nginx\\nretry-after: "
    "30\",\"body\":\"<html><script>alert(1)</script>Service "
    "Unavailable</html>\"}}]}";

static void
fill_incidents(struct decider *d)
{
    d->incident_count = MADE_INCIDENTS;
    d->incident[0] = (struct decider_incident){
        .id = id_of("i0", NULL),
        .check = "pay",
        .rule = "down",
        .severity = "page",
        .began = {MADE_NOW_MS - 754000},
        .opened = {MADE_NOW_MS - 754000},
        .verdict = "down",
        .reason = "expect.status",
        .message = "status == 200: got 503 " MADE_HOSTILE,
        .json = open_json,
    };
    d->incident[1] = (struct decider_incident){
        .id = id_of("i1", NULL),
        .check = "cert",
        .rule = "partial",
        .severity = "ticket",
        .began = {MADE_NOW_MS - 2 * MADE_DAY_MS},
        .opened = {MADE_NOW_MS - 2 * MADE_DAY_MS},
        .acknowledged = {MADE_NOW_MS - MADE_DAY_MS},
        .verdict = "partial",
        .reason = "tls.expired",
        .json = "{}",
    };
    d->incident[2] = (struct decider_incident){
        .id = id_of("i2", NULL),
        .check = "login",
        .rule = "down",
        .severity = "page",
        .state = 2,
        .began = {MADE_NOW_MS - 3 * MADE_DAY_MS},
        .opened = {MADE_NOW_MS - 3 * MADE_DAY_MS},
        .resolved = {MADE_NOW_MS - 3 * MADE_DAY_MS + 725000},
        .verdict = "down",
        .reason = "connect.timeout",
        .json = "not json",
    };
}

struct decider *
made_decider(void)
{
    struct decider *d = str_xcalloc(1, sizeof(*d));

    fill_check(d, 0, "home", VERDICT_UP);
    fill_check(d, 1, "login", VERDICT_DEGRADED);
    fill_check(d, 2, "pay", VERDICT_DOWN);
    fill_check(d, 3, "cert", VERDICT_PARTIAL);
    fill_check(d, 4, "mail", VERDICT_UNKNOWN);
    d->check_count = MADE_CHECKS;
    d->days = 62;
    fill_incidents(d);
    return d;
}

void
made_free(struct decider *d)
{
    for (size_t i = 0; i < MADE_CHECKS; i++) {
        free(d->spec[i].name);
        free(d->spec[i].target);
    }
    free(d);
}

static char *
put_text(struct made_config *m, size_t at, const char *text)
{
    (void)str_copy(m->text[at], sizeof(m->text[at]), text);
    return m->text[at];
}

void
made_config(struct made_config *m)
{
    memset(m, 0, sizeof(*m));
    m->glob[0][0] = put_text(m, 0, "home");
    m->glob[1][0] = put_text(m, 1, "pay");
    m->glob[1][1] = put_text(m, 2, "login");
    m->glob[2][0] = put_text(m, 3, "mail");
    m->component[0].id = m->component[0].name = put_text(m, 4, "Shop front");
    m->component[0].checks = m->glob[0];
    m->component[0].check_count = 1;
    m->component[1].id = put_text(m, 5, "checkout");
    m->component[1].name = put_text(m, 6, "Checkout <b>");
    m->component[1].description = put_text(m, 7, "Login, basket, payment");
    m->component[1].checks = m->glob[1];
    m->component[1].check_count = 2;
    m->component[2].id = m->component[2].name = put_text(m, 8, "Mail");
    m->component[2].checks = m->glob[2];
    m->component[2].check_count = 1;
    m->page.id = put_text(m, 9, "public");
    m->page.title = put_text(m, 10, "Example Shop");
    m->page.path = put_text(m, 11, "/status");
    m->page.components = m->component;
    m->page.count = 3;
    m->region[0].id = put_text(m, 12, "fra");
    m->region[1].id = put_text(m, 13, "iad");
    m->region[2].id = put_text(m, 14, "sin");
    m->config.regions = m->region;
    m->config.region_count = MADE_REGIONS;
    m->config.pages = &m->page;
    m->config.page_count = 1;
    m->config.public_url = put_text(m, 15, "http://127.0.0.1:8787");
}
