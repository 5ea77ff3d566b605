/* evidence_card_test.c - evidence as people read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/template.h"
#include "cli/evidence_card.c"

static const char *
card_of(const char *evidence, struct buf *out)
{
    struct paint paint = {.width = 80};
    struct spec spec = {.kind = SPEC_TCP};
    struct result result;

    result_init(&result);
    result.status = STATUS_DOWN;
    result.evidence = evidence;
    buf_init(out, 65536);
    evidence_card(out, &paint, &spec, &result);
    return buf_text(out);
}

static void
it_says_what_was_expected_asked_and_answered(void **state)
{
    struct buf out;
    const char *text = card_of(
        "{\"expected\":\"status == 200\",\"address\":\"192.0.2.7\","
        "\"request\":{\"method\":\"GET\",\"url\":\"http://a.example/\"},"
        "\"response\":{\"status\":503,\"head\":\"HTTP/1.1 503 No\\nX: 1\","
        "\"body\":\"sorry\"}}",
        &out);

    (void)state;
    assert_string_equal(text, "           expected  status == 200\n"
                              "           asked     GET http://a.example/\n"
                              "           address   192.0.2.7\n"
                              "           answer    HTTP/1.1 503 No\n"
                              "                     X: 1\n"
                              "           body      sorry\n");
    buf_free(&out);
}

static void
through_a_proxy_its_address_is_nobodys(void **state)
{
    char proxy[] = "http://proxy.example:3128";
    struct paint paint = {.width = 80};
    struct spec spec = {.kind = SPEC_TCP, .net.proxy = proxy};
    struct result result;
    struct buf out;

    (void)state;
    result_init(&result);
    result.status = STATUS_DOWN;
    result.evidence = "{\"address\":\"192.0.2.9\"}";
    buf_init(&out, 65536);
    evidence_card(&out, &paint, &spec, &result);
    assert_string_equal(buf_text(&out),
                        "           through   http://proxy.example:3128\n");
    buf_free(&out);
}

static void
what_was_not_sent_was_not_asked(void **state)
{
    static const char evidence[] =
        "{\"unwanted\":\"time > 1s\",\"request\":{\"method\":\"GET\","
        "\"url\":\"http://b.example/\"},\"hops\":[{\"url\":\"http://a.example/"
        "\","
        "\"status\":302,\"ms\":{\"total\":1.5},\"ip\":\"192.0.2.7\"},"
        "{\"url\":\"http://c.example/\",\"status\":0,\"ip\":\"192.0.2.7\"},"
        "{\"url\":\"http://b.example/\",\"status\":0}]}";
    struct paint paint = {.width = 80};
    struct spec spec = {.kind = SPEC_TCP};
    struct result result;
    struct buf out;

    (void)state;
    result_init(&result);
    result.status = STATUS_ERROR;
    result.reason = REASON_POLICY_BLOCKED;
    result.evidence = evidence;
    buf_init(&out, 65536);
    evidence_card(&out, &paint, &spec, &result);
    assert_string_equal(buf_text(&out),
                        "           unwanted  time > 1s\n"
                        "           hops      302 (1.5 ms) http://a.example/\n"
                        "                     no answer http://c.example/\n"
                        "                     not asked http://b.example/\n");
    buf_free(&out);
}

static void
name_servers_stand_below_each_other(void **state)
{
    struct buf out;
    const char *text = card_of(
        "{\"dns\":{\"servers\":["
        "{\"server\":\"ns1.a (192.0.2.1)\",\"rcode\":\"NOERROR\",\"records\":["
        "{\"section\":\"answer\",\"type\":\"A\",\"data\":\"192.0.2.8\"},"
        "{\"section\":\"answer\",\"type\":\"A\",\"data\":\"192.0.2.9\"},"
        "{\"section\":\"authority\",\"type\":\"NS\",\"data\":\"ns1.a\"}]},"
        "{\"server\":\"ns2.a (192.0.2.2)\",\"rcode\":\"REFUSED\","
        "\"reason\":\"dns.lame\"}]}}",
        &out);

    (void)state;
    assert_string_equal(text, "           answers   ns1.a (192.0.2.1) NOERROR: "
                              "A 192.0.2.8, A 192.0.2.9\n"
                              "                     ns2.a (192.0.2.2) REFUSED "
                              "dns.lame\n");
    buf_free(&out);
    /* Where it is too long for a line nothing is cut off. */
    text = card_of(
        "{\"dns\":{\"servers\":[{\"server\":\"ns1.a "
        "(192.0.2.1)\",\"rcode\":\"NOERROR\",\"records\":[{\"section\":"
        "\"answer\",\"type\":\"SOA\",\"data\":\"ns1.a ops.a 2026010101 60 60 "
        "60000 1\"}]}]}}",
        &out);
    assert_string_equal(
        text, "           answers   ns1.a (192.0.2.1) NOERROR\n"
              "                       SOA ns1.a ops.a 2026010101 60 60 60000 "
              "1\n");
    buf_free(&out);
}

/* A line to send again stands where something was sent. */
static void
what_was_not_sent_is_not_sent_again(void **state)
{
    static const struct {
        enum reason reason;
        const char *evidence;
        bool is_there;
    } cases[] = {
        {REASON_DNS_NXDOMAIN, "{}", false},
        {REASON_POLICY_BLOCKED, "{}", false},
        {REASON_CONNECT_REFUSED, "{\"address\":\"192.0.2.7\"}", true},
        {REASON_DNS_NXDOMAIN, "{\"address\":\"192.0.2.7\"}", true},
    };
    struct paint paint = {.width = 80};
    struct template_error error;
    struct spec spec = {.kind = SPEC_HTTP};
    struct buf out;

    (void)state;
    spec.of.http.request.method = (char *)(uintptr_t) "GET";
    spec.of.http.request.url = template_parse("http://a.example/", &error);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct result result;

        result_init(&result);
        result.status = STATUS_DOWN;
        result.reason = cases[i].reason;
        result.evidence = cases[i].evidence;
        buf_init(&out, 65536);
        evidence_card(&out, &paint, &spec, &result);
        assert_int_equal(strstr(buf_text(&out), "curl -sS") != NULL,
                         cases[i].is_there);
        buf_free(&out);
    }
    template_free(spec.of.http.request.url);
}

static void
where_the_name_led(void **state)
{
    static const char evidence[] =
        "{\"resolved\":[{\"host\":\"a.example\",\"count\":5,\"addresses\":["
        "{\"ip\":\"192.0.2.7\",\"tried\":true},{\"ip\":\"169.254.0.1\","
        "\"blocked\":true},{\"ip\":\"192.0.2.8\"}]},{\"host\":\"b.example\","
        "\"count\":0,\"addresses\":[]}],\"address\":\"192.0.2.7\"}";
    struct paint paint = {.width = 100};
    struct spec spec = {.kind = SPEC_TCP};
    struct result result;
    struct buf out;

    (void)state;
    assert_string_equal(card_of(evidence, &out),
                        "           resolved  a.example: 192.0.2.7 (tried), "
                        "169.254.0.1 (blocked), 192...\n"
                        "                     b.example: no address\n"
                        "           address   192.0.2.7\n");
    buf_free(&out);
    result_init(&result);
    result.status = STATUS_DOWN;
    result.evidence = evidence;
    buf_init(&out, 65536);
    evidence_card(&out, &paint, &spec, &result);
    assert_non_null(strstr(buf_text(&out), "192.0.2.8, 2 more\n"));
    buf_reset(&out);
    spec.net.resolve = (char *)(uintptr_t) "192.0.2.9";
    result.evidence = "{\"address\":\"192.0.2.9\"}";
    evidence_card(&out, &paint, &spec, &result);
    assert_string_equal(buf_text(&out),
                        "           resolved  not looked up: `resolve` says "
                        "where\n           address   192.0.2.9\n");
    buf_free(&out);
}

static void
a_nul_is_a_dot(void **state)
{
    struct buf out;
    const char *text = card_of("{\"banner\":\"ab\\u0000cd\"}", &out);

    (void)state;
    assert_string_equal(text, "           banner    ab.cd\n");
    buf_free(&out);
}

static void
a_terminal_gets_no_commands(void **state)
{
    struct buf out;
    const char *text =
        card_of("{\"banner\":\"\\u001b[31mred\\u0007 caf\\u00e9\"}", &out);

    (void)state;
    assert_string_equal(text, "           banner    .[31mred. caf\xc3\xa9\n");
    buf_free(&out);
}

static void
long_texts_are_cut_at_a_character(void **state)
{
    char evidence[2048] = "{\"banner\":\"";
    struct buf out;
    const char *text;

    (void)state;
    for (int i = 0; i < 200; i++)
        strcat(evidence, "\xc3\xa9");
    strcat(evidence, "\"}");
    text = card_of(evidence, &out);
    assert_true(str_is_utf8(text, strlen(text)));
    assert_true(strlen(text) < 90);
    assert_non_null(strstr(text, "...\n"));
    buf_free(&out);
}

static void
many_lines_are_counted_out(void **state)
{
    struct buf out;
    const char *text =
        card_of("{\"banner\":\"1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\"}", &out);

    (void)state;
    assert_non_null(strstr(text, "6\n"));
    assert_null(strstr(text, "7\n"));
    assert_non_null(strstr(text, "(more: --json)"));
    buf_free(&out);
}

static void
without_evidence_there_is_no_card(void **state)
{
    struct buf out;

    (void)state;
    assert_string_equal(card_of(NULL, &out), "");
    buf_free(&out);
    assert_string_equal(card_of("not JSON", &out), "");
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_servers_stand_below_each_other),
        cmocka_unit_test(it_says_what_was_expected_asked_and_answered),
        cmocka_unit_test(through_a_proxy_its_address_is_nobodys),
        cmocka_unit_test(what_was_not_sent_was_not_asked),
        cmocka_unit_test(what_was_not_sent_is_not_sent_again),
        cmocka_unit_test(where_the_name_led),
        cmocka_unit_test(a_nul_is_a_dot),
        cmocka_unit_test(a_terminal_gets_no_commands),
        cmocka_unit_test(long_texts_are_cut_at_a_character),
        cmocka_unit_test(many_lines_are_counted_out),
        cmocka_unit_test(without_evidence_there_is_no_card),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
