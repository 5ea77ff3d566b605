/*
 * The codec against glibc's libresolv, which shares no code with it, and
 * against what a hostile server may send.
 */
#include "checks/dns_codec.c"

#include <resolv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <arpa/nameser.h>
#include <cmocka.h>

#include "checks/dns_reply.h"

static struct dns_name
name_of(const char *text)
{
    struct dns_name name;

    assert_int_equal(dns_name_parse(&name, text), 0);
    return name;
}

static void
a_query_is_what_libresolv_makes(void **state)
{
    struct dns_name name = name_of("Www.Example.com");
    struct dns_question question = {
        .type = DNS_MX, .udp_size = 1232, .recurse = true};
    uint8_t oracle[512];
    struct buf out;
    ns_msg msg;
    ns_rr rr;
    int len;

    (void)state;
    buf_init(&out, 512);
    question.name = name;
    assert_int_equal(dns_codec_encode_query(&out, 0xbeef, &question), 0);
    len = res_mkquery(ns_o_query, "Www.Example.com", ns_c_in, ns_t_mx, NULL, 0,
                      NULL, oracle, sizeof(oracle));
    assert_true(len > HEADER_BYTES);
    /* The question; the counts differ by EDNS. */
    assert_memory_equal(out.data + HEADER_BYTES, oracle + HEADER_BYTES,
                        (size_t)len - HEADER_BYTES);
    assert_int_equal(ns_initparse(out.data, (int)out.len, &msg), 0);
    assert_int_equal(ns_msg_id(msg), 0xbeef);
    assert_int_equal(ns_msg_getflag(msg, ns_f_rd), 1);
    assert_int_equal(ns_msg_count(msg, ns_s_qd), 1);
    assert_int_equal(ns_parserr(&msg, ns_s_ar, 0, &rr), 0);
    assert_int_equal(ns_rr_type(rr), ns_t_opt);
    assert_int_equal(ns_rr_class(rr), 1232);
    buf_free(&out);
}

static const struct dns_reply_record REPLIES[] = {
    {"shop.example", DNS_CNAME, 300, "www.shop.example"},
    {"www.shop.example", DNS_A, 60, "192.0.2.1"},
    {"www.shop.example", DNS_AAAA, 61, "2001:db8::1"},
    {"shop.example", DNS_MX, 62, "10 mail.shop.example"},
    {"shop.example", DNS_NS, 63, "ns1.shop.example"},
    {"shop.example", DNS_TXT, 64, "v=spf1 include:a.example -all"},
    {"shop.example", DNS_SOA, 4000000000u,
     "ns1.shop.example admin.shop.example 2026010203 7200 3600 1209600 60"},
    {"_x._tcp.shop.example", DNS_SRV, 66, "1 2 443 shop.example"},
};

#define REPLY_COUNT (sizeof(REPLIES) / sizeof(REPLIES[0]))

static void
encode_reply(struct buf *out, const struct dns_reply *reply)
{
    struct dns_name name = name_of("shop.example");
    struct dns_question question = {
        .type = DNS_A, .udp_size = DNS_UDP_SIZE, .recurse = true};
    struct dns_message query;
    struct buf asked;

    buf_init(&asked, 512);
    question.name = name;
    assert_int_equal(dns_codec_encode_query(&asked, 77, &question), 0);
    assert_int_equal(dns_codec_decode(&query, asked.data, asked.len), 0);
    assert_int_equal(query.udp_size, DNS_UDP_SIZE);
    buf_init(out, DNS_MESSAGE_MAX);
    assert_int_equal(dns_reply_encode(out, &query, reply), 0);
    buf_free(&asked);
}

static void
assert_record(const struct dns_message *m, size_t i, ns_msg *oracle)
{
    struct buf text;
    struct dns_name owner;
    char name[DNS_NAME_TEXT];
    ns_rr rr;

    buf_init(&text, DNS_ANSWER_TEXT);
    assert_int_equal(ns_parserr(oracle, ns_s_an, (int)i, &rr), 0);
    assert_int_equal(m->record[i].type, ns_rr_type(rr));
    assert_int_equal(m->record[i].ttl,
                     ns_rr_ttl(rr) > INT32_MAX ? 0 : ns_rr_ttl(rr));
    assert_int_equal(m->record[i].data_len, ns_rr_rdlen(rr));
    assert_ptr_equal(m->data + m->record[i].data_at, ns_rr_rdata(rr));
    assert_int_equal(dns_codec_get_owner(m, &m->record[i], &owner), 0);
    assert_string_equal(dns_name_format(name, &owner), ns_rr_name(rr));
    assert_int_equal(dns_codec_format_data(m, &m->record[i], &text), 0);
    assert_string_equal(buf_text(&text), REPLIES[i].data);
    buf_free(&text);
}

static void
a_reply_reads_the_same_in_libresolv(void **state)
{
    struct dns_reply reply = {.aa = true,
                              .record = REPLIES,
                              .record_count = REPLY_COUNT,
                              .size_max = DNS_UDP_SIZE};
    struct dns_message m;
    struct buf out;
    ns_msg oracle;

    (void)state;
    encode_reply(&out, &reply);
    assert_int_equal(dns_codec_decode(&m, out.data, out.len), 0);
    assert_int_equal(ns_initparse(out.data, (int)out.len, &oracle), 0);
    assert_int_equal(m.head.id, 77);
    assert_true(m.head.is_response && m.head.aa && m.head.rd && !m.head.tc);
    assert_int_equal(m.answers, 1);
    assert_int_equal(m.record_count, REPLY_COUNT);
    for (size_t i = 0; i < REPLY_COUNT; i++)
        assert_record(&m, i, &oracle);
    buf_free(&out);
}

static void
a_reply_over_the_limit_is_empty_and_says_so(void **state)
{
    struct dns_reply reply = {
        .record = REPLIES, .record_count = REPLY_COUNT, .size_max = 100};
    struct dns_message m;
    struct buf out;

    (void)state;
    encode_reply(&out, &reply);
    assert_true(out.len <= 100);
    assert_int_equal(dns_codec_decode(&m, out.data, out.len), 0);
    assert_true(m.head.tc);
    assert_int_equal(m.record_count, 0);
    buf_free(&out);
}

/* Header of one question and one answer, question "a." A IN at 12. */
#define HEAD                                                                   \
    0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1

static int
decode(const uint8_t *data, size_t len)
{
    struct dns_message m;
    /* Of the exact size, so that the address sanitizer sees one byte over. */
    uint8_t *copy = malloc(len > 0 ? len : 1);
    int rc;

    assert_non_null(copy);
    memcpy(copy, data, len);
    rc = dns_codec_decode(&m, copy, len);
    free(copy);
    return rc;
}

static void
compression(void **state)
{
    static const uint8_t good[] = {HEAD, 0xc0, 12, 0, 5, 0,   1,    0, 0,
                                   0,    5,    0,  4, 1, 'b', 0xc0, 12};
    static const uint8_t self[] = {HEAD, 0xc0, 19, 0, 5, 0, 1,
                                   0,    0,    0,  5, 0, 0};
    static const uint8_t forward[] = {HEAD, 0xc0, 31, 0, 5, 0, 1, 0,
                                      0,    0,    5,  0, 2, 1, 0};
    static const uint8_t beyond[] = {HEAD, 0xff, 0xff, 0, 5, 0, 1,
                                     0,    0,    0,    5, 0, 0};
    struct dns_message m;
    struct dns_name target;
    char text[DNS_NAME_TEXT];

    (void)state;
    assert_int_equal(dns_codec_decode(&m, good, sizeof(good)), 0);
    assert_int_equal(dns_codec_get_target(&m, &m.record[0], &target), 0);
    assert_string_equal(dns_name_format(text, &target), "b.a");
    assert_int_equal(decode(self, sizeof(self)), -1);
    assert_int_equal(decode(forward, sizeof(forward)), -1);
    assert_int_equal(decode(beyond, sizeof(beyond)), -1);
    for (size_t len = 0; len < sizeof(good); len++)
        assert_int_equal(decode(good, len), -1);
}

static void
data_must_fit_its_type(void **state)
{
    static const uint8_t short_a[] = {HEAD, 0xc0, 12, 0, 1, 0, 1, 0,
                                      0,    0,    5,  0, 3, 1, 2, 3};
    static const uint8_t long_a[] = {HEAD, 0xc0, 12, 0, 1, 0, 1, 0, 0,
                                     0,    5,    0,  5, 1, 2, 3, 4, 5};
    /* A text whose length runs past its record. */
    static const uint8_t text[] = {HEAD, 0xc0, 12, 0, 16, 0, 1,  0,
                                   0,    0,    5,  0, 2,  9, 'x'};
    static const uint8_t unknown[] = {HEAD, 0xc0, 12, 0, 100, 0, 1,   0,
                                      0,    0,    5,  0, 2,   9, 0xab};
    struct dns_message m;
    struct buf out;

    (void)state;
    assert_int_equal(decode(short_a, sizeof(short_a)), -1);
    assert_int_equal(decode(long_a, sizeof(long_a)), -1);
    assert_int_equal(decode(text, sizeof(text)), -1);
    buf_init(&out, 64);
    assert_int_equal(dns_codec_decode(&m, unknown, sizeof(unknown)), 0);
    assert_int_equal(dns_codec_format_data(&m, &m.record[0], &out), 0);
    assert_string_equal(buf_text(&out), "\\# 2 09AB");
    buf_free(&out);
}

static void
more_records_than_are_kept(void **state)
{
    static struct dns_reply_record many[300];
    struct dns_reply reply = {
        .record = many, .record_count = 300, .size_max = DNS_MESSAGE_MAX};
    struct dns_message m;
    struct buf out;

    (void)state;
    for (size_t i = 0; i < 300; i++)
        many[i] = REPLIES[i > 0];
    encode_reply(&out, &reply);
    assert_int_equal(dns_codec_decode(&m, out.data, out.len), 0);
    assert_int_equal(m.answers, 299);
    assert_int_equal(m.record_count, DNS_RECORDS_MAX);
    assert_true(m.has_edns);
    buf_free(&out);
}

static void
what_is_wrong_is_named(void **state)
{
    /* a question for a.b A, and an answer */
    uint8_t ok[] = {0,   1, 0x80, 0, 0, 1, 0, 1,   0,    0,  0, 0, 1,
                    'a', 1, 'b',  0, 0, 1, 0, 1,   0xc0, 12, 0, 1, 0,
                    1,   0, 0,    0, 9, 0, 4, 192, 0,    2,  1, 0};
    const size_t whole = sizeof(ok) - 1;
    struct dns_message m;

    (void)state;
    assert_int_equal(dns_codec_decode(&m, ok, whole), 0);
    assert_null(m.fault);
    assert_int_equal(dns_codec_decode(&m, ok, whole + 1), -1);
    assert_string_equal(m.fault, "bytes stand behind its records");
    assert_int_equal(dns_codec_decode(&m, ok, whole - 1), -1);
    assert_string_equal(m.fault, "it ends within a record");
    assert_int_equal(dns_codec_decode(&m, ok, 18), -1);
    assert_string_equal(m.fault, "it ends within its question");
    assert_int_equal(dns_codec_decode(&m, ok, 11), -1);
    assert_string_equal(m.fault, "it ends within its head");
    ok[22] = 21; /* a pointer to itself */
    assert_int_equal(dns_codec_decode(&m, ok, whole), -1);
    assert_non_null(strstr(m.fault, "in a circle"));
    ok[22] = 12;
    ok[5] = 2;
    assert_int_equal(dns_codec_decode(&m, ok, whole), -1);
    assert_string_equal(m.fault, "it has more than one question");
}

/* Whatever we take, libresolv takes too: bytes changed at random, fixed seed.
 */
static void
nothing_is_taken_that_libresolv_refuses(void **state)
{
    struct dns_reply reply = {.record = REPLIES,
                              .record_count = REPLY_COUNT,
                              .size_max = DNS_UDP_SIZE};
    struct buf out;
    unsigned seed = 20260102;
    int taken = 0;

    (void)state;
    encode_reply(&out, &reply);
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[DNS_UDP_SIZE];
        struct dns_message m;
        ns_msg oracle;

        memcpy(bytes, out.data, out.len);
        for (int k = rand_r(&seed) % 3; k >= 0; k--)
            bytes[(size_t)rand_r(&seed) % out.len] = (uint8_t)rand_r(&seed);
        if (dns_codec_decode(&m, bytes, out.len) < 0)
            continue;
        taken++;
        assert_int_equal(ns_initparse(bytes, (int)out.len, &oracle), 0);
        assert_true(ns_msg_count(oracle, ns_s_an) >= m.answers);
    }
    assert_true(taken > 100);
    buf_free(&out);
}

static void
flags_of_a_query_and_what_libresolv_reads(void **state)
{
    struct dns_question question = {.name = name_of("a.example"),
                                    .type = 65280,
                                    .udp_size = 4096,
                                    .unchecked = true,
                                    .authentic = true,
                                    .want_dnssec = true};
    struct dns_message m;
    struct buf out;
    ns_msg msg;
    ns_rr rr;

    (void)state;
    buf_init(&out, 512);
    assert_int_equal(dns_codec_encode_query(&out, 1, &question), 0);
    assert_int_equal(ns_initparse(out.data, (int)out.len, &msg), 0);
    assert_int_equal(ns_msg_getflag(msg, ns_f_rd), 0);
    assert_int_equal(ns_msg_getflag(msg, ns_f_cd), 1);
    assert_int_equal(ns_msg_getflag(msg, ns_f_ad), 1);
    assert_int_equal(ns_parserr(&msg, ns_s_qd, 0, &rr), 0);
    assert_int_equal(ns_rr_type(rr), 65280);
    assert_int_equal(ns_parserr(&msg, ns_s_ar, 0, &rr), 0);
    assert_int_equal(ns_rr_class(rr), 4096);
    assert_int_equal(ns_rr_ttl(rr), 0x8000);
    assert_int_equal(dns_codec_decode(&m, out.data, out.len), 0);
    assert_true(m.head.cd && m.dnssec_ok && m.udp_size == 4096);
    buf_reset(&out);
    question.udp_size = 0;
    assert_int_equal(dns_codec_encode_query(&out, 1, &question), 0);
    assert_int_equal(ns_initparse(out.data, (int)out.len, &msg), 0);
    assert_int_equal(ns_msg_count(msg, ns_s_ar), 0);
    buf_free(&out);
}

static void
serials_and_signatures(void **state)
{
    struct dns_reply reply = {
        .record = REPLIES, .record_count = REPLY_COUNT, .size_max = 1232};
    struct dns_message m;
    struct buf out;
    uint32_t value = 0;

    (void)state;
    encode_reply(&out, &reply);
    assert_int_equal(dns_codec_decode(&m, out.data, out.len), 0);
    assert_true(dns_codec_get_serial(&m, &m.record[6], &value));
    assert_int_equal(value, 2026010203);
    assert_false(dns_codec_get_serial(&m, &m.record[0], &value));
    assert_int_equal(dns_codec_get_rrsig(&m, &m.record[6], &value), 0);
    assert_true(dns_codec_is_answer(&m, 1));
    assert_false(dns_codec_is_answer(&m, 2));
    buf_free(&out);
}

static void
only_records_of_the_asked_name_answer(void **state)
{
    static const struct dns_reply_record behind[] = {
        {"other.example", DNS_A, 60, "192.0.2.6"},
        {"WWW.shop.example", DNS_A, 60, "192.0.2.1"},
        {"www.shop.example", DNS_A, 60, "192.0.2.2"},
        {"SHOP.example", DNS_CNAME, 300, "www.Shop.example"},
    };
    struct dns_reply reply = {
        .record = behind, .record_count = 4, .size_max = 1232};
    struct dns_message m;
    struct dns_name end;
    char text[DNS_NAME_TEXT];
    struct buf out;

    (void)state;
    encode_reply(&out, &reply);
    assert_int_equal(dns_codec_decode(&m, out.data, out.len), 0);
    assert_int_equal(m.answers, 2);
    assert_int_equal(m.foreign, 1);
    assert_false(dns_codec_is_answer(&m, 0));
    assert_true(dns_codec_is_answer(&m, 1));
    assert_true(dns_codec_get_end(&m, &end));
    assert_string_equal(dns_name_format(text, &end), "www.Shop.example");
    buf_free(&out);
    reply.record_count = 1;
    encode_reply(&out, &reply);
    assert_int_equal(dns_codec_decode(&m, out.data, out.len), 0);
    assert_int_equal(m.answers, 0);
    assert_int_equal(m.foreign, 1);
    assert_false(dns_codec_get_end(&m, &end));
    buf_free(&out);
}

static void
only_the_class_in_answers(void **state)
{
    static const uint8_t chaos[] = {HEAD, 0xc0, 12, 0, 1, 0, 3, 0, 0,
                                    0,    5,    0,  4, 6, 6, 6, 6};
    struct dns_message m;

    (void)state;
    assert_int_equal(dns_codec_decode(&m, chaos, sizeof(chaos)), 0);
    assert_int_equal(m.answers, 0);
    assert_int_equal(m.foreign, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_is_what_libresolv_makes),
        cmocka_unit_test(a_reply_reads_the_same_in_libresolv),
        cmocka_unit_test(a_reply_over_the_limit_is_empty_and_says_so),
        cmocka_unit_test(compression),
        cmocka_unit_test(data_must_fit_its_type),
        cmocka_unit_test(more_records_than_are_kept),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(nothing_is_taken_that_libresolv_refuses),
        cmocka_unit_test(flags_of_a_query_and_what_libresolv_reads),
        cmocka_unit_test(serials_and_signatures),
        cmocka_unit_test(only_records_of_the_asked_name_answer),
        cmocka_unit_test(only_the_class_in_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
