/* A page through the outbox and back, and what a person reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/page.c"

static struct page
page_of(void)
{
    static char severity[] = "page", check[] = "home", rule[] = "down",
                target[] = "https://shop.example/", verdict[] = "down",
                reason[] = "connect.refused",
                message[] = "connection refused by 192.0.2.7",
                regions[] = "fra connect.refused, iad connect.refused, sin up";

    return (struct page){.id = {{1}},
                         .incident = {{2}},
                         .severity = severity,
                         .check = check,
                         .rule = rule,
                         .target = target,
                         .verdict = verdict,
                         .reason = reason,
                         .message = message,
                         .regions = regions,
                         .opened = {1767225600000},
                         .step = 1};
}

static void
test_the_same_page_has_the_same_id(void **unused)
{
    struct page a = page_of(), b = page_of();
    wall_t slot = {1767225600000};
    struct id id = page_id(&a, slot, "channel:ops");
    struct id other;
    static char elsewhere[] = "pay";

    (void)unused;
    b.message = NULL; /* what is known may differ; what it is about does not */
    b.opened.ms += 5;
    b.id = (struct id){{9}};
    other = page_id(&b, slot, "channel:ops");
    assert_true(id_eq(&id, &other));
    other = page_id(&a, slot, "person:ana");
    assert_false(id_eq(&id, &other));
    other = page_id(&a, (wall_t){slot.ms + 1}, "channel:ops");
    assert_false(id_eq(&id, &other));
    b.step = 2;
    other = page_id(&b, slot, "channel:ops");
    assert_false(id_eq(&id, &other));
    b = a;
    b.edge = PAGE_RESOLVED;
    other = page_id(&b, slot, "channel:ops");
    assert_false(id_eq(&id, &other));
    b = a;
    b.check = elsewhere;
    other = page_id(&b, slot, "channel:ops");
    assert_false(id_eq(&id, &other));
}

static void
test_there_and_back(void **unused)
{
    static char ended[] = "the check was removed";
    static char links[] =
        "trace https://apm.example/t/1\nlogs https://l/?a b\n";
    struct page a = page_of(), *b;
    struct buf out;

    (void)unused;
    buf_init(&out, 4096);
    a.edge = PAGE_RESOLVED;
    a.resolved.ms = 1767225660000;
    a.ended = ended;
    a.links = links;
    assert_int_equal(page_format(&out, &a), 0);
    b = page_parse(buf_text(&out), out.len);
    assert_non_null(b);
    assert_true(id_eq(&a.id, &b->id) && id_eq(&a.incident, &b->incident));
    assert_int_equal(b->edge, PAGE_RESOLVED);
    assert_string_equal(b->regions, a.regions);
    assert_string_equal(b->message, a.message);
    assert_string_equal(b->ended, ended);
    assert_string_equal(b->links, links);
    buf_reset(&out);
    page_text(&out, b);
    assert_non_null(strstr(buf_text(&out),
                           "\ntrace    https://apm.example/t/1\n"
                           "logs     https://l/?a b\n"));
    assert_null(b->runbook);
    assert_int_equal(b->opened.ms, a.opened.ms);
    assert_int_equal(b->resolved.ms, a.resolved.ms);
    assert_int_equal(b->step, 1);
    page_free(b);
    buf_free(&out);
}

static void
test_a_slow_one_reads_as_one(void **unused)
{
    static char degraded[] = "degraded", slow[] = "time > 800ms: got 1503 ms",
                regions[] = "fra degraded, iad degraded, sin up";
    struct page page = page_of();
    struct buf out;

    (void)unused;
    buf_init(&out, 4096);
    page.verdict = degraded;
    page.reason = NULL;
    page.message = slow;
    page.regions = regions;
    page.began.ms = page.opened.ms - 5000;
    page.resolved.ms = page.opened.ms + 7000;
    page_text(&out, &page);
    assert_non_null(
        strstr(buf_text(&out), "DEGRADED home in 2 of 3 regions\n"));
    assert_non_null(strstr(buf_text(&out), "why      time > 800ms: got 1503"));
    assert_non_null(strstr(buf_text(&out), "since    2025-12-31T23:59:55"));
    buf_reset(&out);
    page.edge = PAGE_RESOLVED;
    page_text(&out, &page);
    assert_non_null(strstr(buf_text(&out), "lasted   12 s"));
    buf_free(&out);
}

static void
test_what_is_not_a_page_is_none(void **unused)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{}",
        "null",
        "{\"id\":\"zz\"}",
        "{\"id\":\"00000000000000000000000000000001\"}",
        "{\"id\":\"00000000000000000000000000000001\",\"incident\":"
        "\"00000000000000000000000000000002\",\"edge\":\"closed\",\"check\":"
        "\"a\",\"verdict\":\"down\",\"severity\":\"page\"}"};

    (void)unused;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(page_parse(bad[i], strlen(bad[i])));
}

static void
expect_title(const struct page *p, const char *title)
{
    struct buf out;

    buf_init(&out, 4096);
    page_title(&out, p);
    assert_string_equal(buf_text(&out), title);
    buf_free(&out);
}

static void
test_titles(void **unused)
{
    struct page p = page_of();
    static char alone[] = "local connect.refused", odd[] = "ho\r\nme",
                unknown[] = "unknown";

    (void)unused;
    expect_title(&p, "DOWN home: connect.refused in 2 of 3 regions");
    p.edge = PAGE_RESOLVED;
    expect_title(&p, "RESOLVED home: was down");
    p = page_of();
    p.regions = alone;
    expect_title(&p, "DOWN home: connect.refused");
    p.reason = NULL;
    p.verdict = unknown;
    expect_title(&p, "UNKNOWN home");
    p.check = odd; /* a line break would be a second header of a mail */
    expect_title(&p, "UNKNOWN ho  me");
}

static void
test_text_has_what_a_person_needs(void **unused)
{
    struct page p = page_of();
    struct buf out;
    static char message[] = "banner: got \"x\x1b[31m\nBcc: you\"";

    (void)unused;
    buf_init(&out, 4096);
    p.message = message;
    p.edge = PAGE_ESCALATED;
    p.step = 2;
    page_text(&out, &p);
    assert_string_equal(
        buf_text(&out),
        "DOWN home: connect.refused in 2 of 3 regions\n"
        "target   https://shop.example/\n"
        "why      banner: got \"x [31m Bcc: you\"\n"
        "regions  fra connect.refused, iad connect.refused, sin up\n"
        "since    2026-01-01T00:00:00.000Z\n"
        "step     2: nobody has acknowledged yet\n");
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_page_has_the_same_id),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_a_slow_one_reads_as_one),
        cmocka_unit_test(test_what_is_not_a_page_is_none),
        cmocka_unit_test(test_titles),
        cmocka_unit_test(test_text_has_what_a_person_needs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
