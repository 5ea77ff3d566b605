/* What a reply refuses; what it makes is judged in dns_codec_test.c. */
#include "checks/dns_reply.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int
encode(uint16_t type, const char *name, const char *data, size_t *len)
{
    struct dns_message query = {.head = {.has_question = true}};
    struct dns_reply_record record = {name, type, 1, data};
    struct dns_reply reply = {
        .record = &record, .record_count = 1, .size_max = DNS_MESSAGE_MAX};
    struct buf out;
    int rc;

    assert_int_equal(dns_name_parse(&query.head.name, "a.example"), 0);
    buf_init(&out, DNS_MESSAGE_MAX);
    rc = dns_reply_encode(&out, &query, &reply);
    *len = out.len;
    buf_free(&out);
    return rc;
}

static void
data_that_does_not_fit(void **state)
{
    size_t len;

    (void)state;
    assert_int_equal(encode(DNS_A, "a", "192.0.2.1", &len), 0);
    assert_int_equal(encode(DNS_A, "a", "192.0.2.256", &len), -1);
    assert_int_equal(encode(DNS_A, "a", "::1", &len), -1);
    assert_int_equal(encode(DNS_A, "a..b", "192.0.2.1", &len), -1);
    assert_int_equal(encode(DNS_MX, "a", "10", &len), -1);
    assert_int_equal(encode(DNS_MX, "a", "70000 m.example", &len), -1);
    assert_int_equal(encode(DNS_MX, "a", "-1 m.example", &len), -1);
    assert_int_equal(encode(DNS_MX, "a", "1 m.example x", &len), -1);
    assert_int_equal(encode(DNS_SOA, "a", "a b 1 2 3 4", &len), -1);
    assert_int_equal(encode(DNS_OPT, "a", "", &len), -1);
}

static void
a_long_text_is_cut_in_chunks(void **state)
{
    char text[601];
    size_t empty;
    size_t len;

    (void)state;
    memset(text, 'x', 600);
    text[600] = '\0';
    assert_int_equal(encode(DNS_TXT, "a", "", &empty), 0);
    assert_int_equal(encode(DNS_TXT, "a", text, &len), 0);
    /* Three chunks have three length bytes; an empty text has one. */
    assert_int_equal(len - empty, 600 + 3 - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_that_does_not_fit),
        cmocka_unit_test(a_long_text_is_cut_in_chunks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
