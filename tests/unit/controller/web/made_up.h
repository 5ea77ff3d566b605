/*
 * made_up.h - a controller's state without a controller: pages are rendered
 * from it.  Stands in for decider.c at link time.
 *
 * Five checks in three regions over 90 days: home is up, login degraded, pay
 * down with an open incident, cert partial, mail unknown; texts are hostile.
 */
#ifndef TESTS_UNIT_CONTROLLER_WEB_MADE_UP_H
#define TESTS_UNIT_CONTROLLER_WEB_MADE_UP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/decider.h"
#include "controller/web/view.h"

#define MADE_CHECKS    5
#define MADE_REGIONS   3
#define MADE_INCIDENTS 3
#define MADE_NOW_MS    1772701445000LL /* 2026-03-05T09:04:05Z */
#define MADE_DAY_MS    86400000LL
#define MADE_HOSTILE   "<script>alert(1)</script>\"'&"

struct decider {
    struct spec spec[MADE_CHECKS];
    struct decider_region region[MADE_CHECKS][MADE_REGIONS];
    struct result result[MADE_CHECKS][MADE_REGIONS];
    struct decider_check check[MADE_CHECKS];
    size_t check_count;
    struct decider_incident incident[MADE_INCIDENTS];
    size_t incident_count;
    int days; /* with data, today last */
};

size_t
decider_check_count(const struct decider *decider)
{
    return decider->check_count;
}

struct decider_check
decider_check(const struct decider *decider, size_t index)
{
    return decider->check[index];
}

int
decider_check_find(const struct decider *decider, const char *name)
{
    for (size_t i = 0; i < decider->check_count; i++)
        if (str_eq(decider->spec[i].name, name))
            return (int)i;
    return -1;
}

size_t
decider_incident_count(const struct decider *decider)
{
    return decider->incident_count;
}

struct decider_incident
decider_incident(const struct decider *decider, size_t index)
{
    return decider->incident[index];
}

int
decider_acknowledge(struct decider *decider, const struct id *incident,
                    const char *who)
{
    (void)who;
    for (size_t i = 0; i < decider->incident_count; i++)
        if (id_eq(&decider->incident[i].id, incident) &&
            decider->incident[i].resolved.ms == 0) {
            decider->incident[i].acknowledged.ms = MADE_NOW_MS;
            return 0;
        }
    return -1;
}

struct decider_day
decider_day(const struct decider *decider, size_t check, int64_t day)
{
    int64_t age = MADE_NOW_MS / MADE_DAY_MS - day;
    struct decider_day d = {0};

    if (age < 0 || age >= decider->days || age == 40)
        return d;
    d.up = 8640;
    if (check == 2 && (age == 0 || age == 33))
        d = (struct decider_day){8340, 0, 60, 240, 0};
    if (check == 2 && age == 12)
        d = (struct decider_day){4000, 0, 0, 4640, 0};
    if (check == 1 && age % 9 == 0)
        d.degraded = 900;
    if (check == 3 && age < 2)
        d.partial = 2000;
    return d;
}

static inline void
made_result(struct decider *d, size_t c, size_t r, enum status status)
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
    d->region[c][r] = (struct decider_region){
        region[r], VOTE_COUNTED, res, {MADE_NOW_MS - 3000}};
}

static inline void
made_check(struct decider *d, size_t c, const char *name, enum verdict verdict)
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
        made_result(d, c, r, worst[verdict]);
    if (verdict == VERDICT_PARTIAL)
        made_result(d, c, 2, STATUS_DOWN);
    if (verdict == VERDICT_UNKNOWN)
        for (size_t r = 0; r < MADE_REGIONS; r++)
            d->region[c][r].why = r == 0 ? VOTE_LOST : VOTE_STALE;
    if (verdict == VERDICT_UNKNOWN)
        d->region[c][1].newest = NULL;
    if (verdict == VERDICT_DOWN)
        for (size_t r = 0; r < 2; r++)
            made_result(d, c, r, STATUS_DOWN);
    d->check[c] = (struct decider_check){
        spec, verdict, {MADE_NOW_MS - 754000}, d->region[c], MADE_REGIONS};
}

static const char made_json[] =
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

static inline void
made_incidents(struct decider *d)
{
    d->incident_count = MADE_INCIDENTS;
    d->incident[0] = (struct decider_incident){
        .id = id_of("i0", NULL),
        .check = "pay",
        .rule = "down",
        .severity = "page",
        .opened = {MADE_NOW_MS - 754000},
        .verdict = "down",
        .reason = "expect.status",
        .message = "status == 200: got 503 " MADE_HOSTILE,
        .json = made_json,
    };
    d->incident[1] = (struct decider_incident){
        .id = id_of("i1", NULL),
        .check = "cert",
        .rule = "partial",
        .severity = "ticket",
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
        .opened = {MADE_NOW_MS - 3 * MADE_DAY_MS},
        .resolved = {MADE_NOW_MS - 3 * MADE_DAY_MS + 725000},
        .verdict = "down",
        .reason = "connect.timeout",
        .json = "not json",
    };
}

static inline struct decider *
made_decider(void)
{
    struct decider *d = str_xcalloc(1, sizeof(*d));

    made_check(d, 0, "home", VERDICT_UP);
    made_check(d, 1, "login", VERDICT_DEGRADED);
    made_check(d, 2, "pay", VERDICT_DOWN);
    made_check(d, 3, "cert", VERDICT_PARTIAL);
    made_check(d, 4, "mail", VERDICT_UNKNOWN);
    d->check_count = MADE_CHECKS;
    d->days = 62;
    made_incidents(d);
    return d;
}

static inline void
made_free(struct decider *d)
{
    for (size_t i = 0; i < MADE_CHECKS; i++) {
        free(d->spec[i].name);
        free(d->spec[i].target);
    }
    free(d);
}

struct made_config {
    struct config config;
    struct config_page page;
    struct config_component component[3];
    struct config_region region[MADE_REGIONS];
    char text[16][64];
    char *glob[3][2];
};

static inline char *
made_text(struct made_config *m, size_t at, const char *text)
{
    (void)str_copy(m->text[at], sizeof(m->text[at]), text);
    return m->text[at];
}

static inline void
made_config(struct made_config *m)
{
    memset(m, 0, sizeof(*m));
    m->glob[0][0] = made_text(m, 0, "home");
    m->glob[1][0] = made_text(m, 1, "pay");
    m->glob[1][1] = made_text(m, 2, "login");
    m->glob[2][0] = made_text(m, 3, "mail");
    m->component[0].id = m->component[0].name = made_text(m, 4, "Shop front");
    m->component[0].checks = m->glob[0];
    m->component[0].check_count = 1;
    m->component[1].id = made_text(m, 5, "checkout");
    m->component[1].name = made_text(m, 6, "Checkout <b>");
    m->component[1].description = made_text(m, 7, "Login, basket, payment");
    m->component[1].checks = m->glob[1];
    m->component[1].check_count = 2;
    m->component[2].id = m->component[2].name = made_text(m, 8, "Mail");
    m->component[2].checks = m->glob[2];
    m->component[2].check_count = 1;
    m->page.id = made_text(m, 9, "public");
    m->page.title = made_text(m, 10, "Example Shop");
    m->page.path = made_text(m, 11, "/status");
    m->page.components = m->component;
    m->page.count = 3;
    m->region[0].id = made_text(m, 12, "fra");
    m->region[1].id = made_text(m, 13, "iad");
    m->region[2].id = made_text(m, 14, "sin");
    m->config.regions = m->region;
    m->config.region_count = MADE_REGIONS;
    m->config.pages = &m->page;
    m->config.page_count = 1;
    m->config.public_url = made_text(m, 15, "http://127.0.0.1:8787");
}

#endif
