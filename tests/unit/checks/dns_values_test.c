/* Values, verdicts and facts of servers made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_values.c"

#include "checks/expect.h"
#include "checks/spec_list.h"
#include "tests/lib/dns_made.h"

static const struct stage_row GOOD = {
    0, "www.example", 1, 0, true, {{STAGE_AN, "www.example", 1, "192.0.2.1"}}};
static const struct stage_row OTHER = {
    0, "www.example", 1, 0, false, {{STAGE_AN, "www.example", 1, "192.0.2.9"}}};

struct bed {
    struct made made;
    struct loop *loop;
    struct look look;
};

static void
open_bed(struct bed *bed, const struct stage_row *second)
{
    memset(bed, 0, sizeof(*bed));
    bed->loop = loop_create();
    look_init(&bed->look, bed->loop);
    made_server(&bed->made, &GOOD);
    if (second != NULL)
        made_server(&bed->made, second);
    bed->look.seen.dns = &bed->made.seen;
}

static void
close_bed(struct bed *bed)
{
    look_free(&bed->look);
    loop_free(bed->loop);
}

static struct expr *
parse(const char *text)
{
    struct expr_error error = {0};
    size_t count;
    const struct expr_subject *table = subject_table(SPEC_DNS, &count);
    struct expr *expr = expr_parse(text, table, count, &error);

    if (expr == NULL)
        fail_msg("%s: %s", text, error.message);
    return expr;
}

/* NULL: it holds. */
static void
judge(struct bed *bed, const char *text, const char *reason,
      const char *message)
{
    struct expr *expr = parse(text);
    struct spec_exprs one = {&expr, 1};
    struct spec_exprs none = {NULL, 0};

    bed->look.status = STATUS_UP;
    bed->look.reason = REASON_NONE;
    bed->look.message[0] = '\0';
    expect_judge(&bed->look, &one, &none);
    if (reason == NULL && bed->look.status != STATUS_UP)
        fail_msg("%s: %s", text, bed->look.message);
    if (reason != NULL) {
        assert_int_equal(bed->look.status, STATUS_DOWN);
        assert_string_equal(reason_name(bed->look.reason), reason);
        assert_string_equal(bed->look.message, message);
    }
    expr_free(expr);
}

static void
each_server_has_to_meet_it(void **state)
{
    struct bed bed;

    (void)state;
    open_bed(&bed, &OTHER);
    judge(&bed, "answers == 1 and rcode == NOERROR and every ttl >= 60", NULL,
          NULL);
    judge(&bed, "answer == '192.0.2.1'", "expect.answer",
          "ns1: answer == '192.0.2.1': got '192.0.2.9'");
    assert_int_equal(bed.made.seen.at, 1);
    judge(&bed, "aa", "expect.aa", "ns1: aa: false");
    judge(&bed, "ip in 192.0.2.50", "expect.ip",
          "ns1: ip in 192.0.2.50: got '192.0.2.51'");
    judge(&bed, "time.dns <= 1ms", "expect.time",
          "ns0: time.dns <= 1ms: got 1.5 ms");
    judge(&bed, "servers == 2 and servers.failed == 0 and not ad", NULL, NULL);
    judge(&bed, "not truncated", NULL, NULL);
    judge(&bed, "servers > 2", "expect.servers", "servers > 2: got 2");
    close_bed(&bed);
}

/* The line of answers ends with a whole one; a first that is too long is cut. */
static void
a_line_of_many_answers_is_cut_at_one(void **state)
{
    uint8_t bytes[700] = {192, 0, 2, 1};
    struct dns_message m = {.data = bytes, .len = sizeof(bytes)};
    struct dns_record a = {.type = DNS_A, .class = DNS_CLASS_IN, .data_len = 4};
    struct dns_record odd = {
        .type = 65280, .class = DNS_CLASS_IN, .data_len = sizeof(bytes)};
    struct buf all;

    (void)state;
    buf_init(&all, RESULT_TEXT_MAX);
    for (int i = 0; add_answer(&all, &m, &a); i++)
        assert_true(i < 100);
    assert_true(all.len > RESULT_TEXT_MAX - 40);
    assert_true(all.len < RESULT_TEXT_MAX - strlen(" and 65535 more"));
    assert_string_equal(buf_text(&all) + all.len - 11, ", 192.0.2.1");
    buf_reset(&all);
    assert_false(add_answer(&all, &m, &odd));
    assert_string_equal(buf_text(&all) + all.len - 3, "...");
    buf_free(&all);
}

/* What is asked after the expectation that failed looks at every server. */
static void
facts_are_of_the_server_that_failed_first(void **state)
{
    static const char *const texts[] = {"answer == '192.0.2.1'",
                                        "rcode == NOERROR", "servers > 3"};
    struct bed bed;
    struct made *made = &bed.made;
    struct expr *exprs[3];
    struct spec_exprs all = {exprs, 3};
    struct spec_exprs none = {NULL, 0};
    struct result result;

    (void)state;
    open_bed(&bed, &OTHER);
    made_server(made, &GOOD);
    for (size_t i = 0; i < 3; i++)
        exprs[i] = parse(texts[i]);
    expect_judge(&bed.look, &all, &none);
    assert_string_equal(bed.look.message,
                        "ns1: answer == '192.0.2.1': got '192.0.2.9'; also "
                        "servers > 3: got 3");
    result_init(&result);
    dns_values_add_facts(&bed.look, &result);
    assert_string_equal(result_find(&result, FACT_SERVER)->text, "ns1");
    assert_string_equal(result_find(&result, FACT_ANSWER)->text, "192.0.2.9");
    for (size_t i = 0; i < 3; i++)
        expr_free(exprs[i]);
    close_bed(&bed);
}

static void
of_all_of_them(void **state)
{
    struct bed bed;

    (void)state;
    open_bed(&bed, &OTHER);
    judge(&bed, "all servers agree", "expect.agree",
          "all servers agree: ns1 has 192.0.2.9, ns0 has 192.0.2.1");
    judge(&bed, "serial agrees", "expect.serial", "serial agrees: absent");
    bed.made.server[0].has_serial = bed.made.server[1].has_serial = true;
    judge(&bed, "serial agrees and serial == 0", NULL, NULL);
    bed.made.server[1].serial = 4;
    judge(&bed, "serial agrees", "expect.serial",
          "serial agrees: ns1 has 4, ns0 has 0");
    judge(&bed, "serial >= 1", "expect.serial", "ns0: serial >= 1: got 0");
    judge(&bed, "delegation agrees", "expect.delegation",
          "delegation agrees: absent");
    close_bed(&bed);
}

static void
proofs(void **state)
{
    struct bed bed;

    (void)state;
    open_bed(&bed, NULL);
    judge(&bed, "dnssec == secure", "expect.dnssec",
          "dnssec == secure: absent");
    bed.made.server[0].security = DNS_INSECURE;
    judge(&bed, "dnssec == insecure", NULL, NULL);
    judge(&bed, "dnssec == secure", "expect.dnssec",
          "dnssec == secure: got 'insecure'");
    bed.made.server[0].security = DNS_BOGUS;
    (void)str_copy(bed.made.server[0].why, sizeof(bed.made.server[0].why),
                   "signature expired");
    judge(&bed, "dnssec == secure", "dns.bogus",
          "dnssec == secure: got 'bogus': signature expired");
    judge(&bed, "dnssec == bogus", NULL, NULL);
    judge(&bed, "rrsig.days > 3", "expect.rrsig", "rrsig.days > 3: absent");
    close_bed(&bed);
}

/* A server that failed, and is let off, has no values to be judged by. */
static void
who_counts(void **state)
{
    struct bed bed;
    size_t from = 0;

    (void)state;
    open_bed(&bed, &OTHER);
    bed.made.server[0].reason = REASON_DNS_SERVFAIL;
    assert_true(dns_values_next(&bed.made.seen, &from));
    assert_int_equal(bed.made.seen.at, 1);
    assert_false(dns_values_next(&bed.made.seen, &from));
    bed.made.server[1].is_skipped = true;
    from = 0;
    assert_true(dns_values_next(&bed.made.seen, &from));
    assert_false(dns_values_next(&bed.made.seen, &from));
    judge(&bed, "servers.failed <= 1", NULL, NULL);
    close_bed(&bed);
}

static void
facts(void **state)
{
    struct bed bed;
    struct result result;

    (void)state;
    open_bed(&bed, &OTHER);
    bed.made.seen.at = 1;
    bed.look.status = STATUS_DOWN;
    bed.made.server[1].has_serial = true;
    bed.made.server[1].serial = 9;
    bed.made.server[1].security = DNS_SECURE;
    result_init(&result);
    dns_values_add_facts(&bed.look, &result);
    assert_string_equal(result_find(&result, FACT_SERVER)->text, "ns1");
    assert_string_equal(result_find(&result, FACT_ANSWER)->text, "192.0.2.9");
    assert_string_equal(result_find(&result, FACT_DNSSEC)->text, "secure");
    assert_int_equal(result_find(&result, FACT_SERVERS)->num, 2);
    assert_int_equal(result_find(&result, FACT_SERVERS_FAILED)->num, 0);
    assert_int_equal(result_find(&result, FACT_SERIAL)->num, 9);
    assert_int_equal(result_find(&result, FACT_TTL)->num, 60);
    assert_string_equal(result_find(&result, FACT_EACH_SERVER)->text,
                        "ns0 1.5 ms, ns1 1.5 ms");
    assert_null(result_find(&result, FACT_RRSIG_DAYS));
    bed.look.status = STATUS_UP;
    result_init(&result);
    dns_values_add_facts(&bed.look, &result);
    assert_string_equal(result_find(&result, FACT_SERVER)->text, "ns0");
    close_bed(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_many_answers_is_cut_at_one),
        cmocka_unit_test(each_server_has_to_meet_it),
        cmocka_unit_test(facts_are_of_the_server_that_failed_first),
        cmocka_unit_test(of_all_of_them),
        cmocka_unit_test(proofs),
        cmocka_unit_test(who_counts),
        cmocka_unit_test(facts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
