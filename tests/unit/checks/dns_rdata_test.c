/*
 * Data of every known type, with ldns (which shares no code with us) as the
 * oracle: what we print is read back by ldns into the same bytes, for whole
 * records and for such as were changed at random.
 */
#include "checks/dns_rdata.c"

#include <ldns/ldns.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* ldns 1.8 takes keys of SVCB and the like only as it knows them; what it
 * cannot read is judged by the text alone. */
static const struct {
    const char *type;
    const char *data; /* as ldns reads it */
    const char *text; /* as we print it; NULL: as `data` */
} ROWS[] = {
    {"A", "192.0.2.1", NULL},
    {"AAAA", "2001:db8::1", NULL},
    {"CNAME", "www.example.com", NULL},
    {"NS", "ns1.example.com", NULL},
    {"PTR", ".", NULL},
    {"MX", "10 mail.example.com", NULL},
    {"SOA", "ns1.example hostmaster.example 2026010203 7200 3600 1209600 60",
     NULL},
    {"SRV", "1 2 443 shop.example", NULL},
    {"TXT", "\"v=spf1 -all\"", "v=spf1 -all"},
    {"TXT", "\"one \" \"two\\\"\\\\ \\001\"", "one two\"\\ \\001"},
    {"HINFO", "\"a b\" \"\"", NULL},
    {"CAA", "0 issue \"letsencrypt.org; accounturi=\\\"x\\\"\"", NULL},
    {"CAA", "128 iodef \"\"", NULL},
    {"NAPTR",
     "100 10 \"S\" \"SIP+D2U\" \"!^.*$!sip:x@example.com!\" "
     "_sip._udp.example.com",
     NULL},
    {"DS", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118", NULL},
    {"CDS", "0 0 0 00", NULL},
    {"DNSKEY",
     "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHA"
     "eF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==",
     NULL},
    {"CDNSKEY", "0 3 0 AA==", NULL},
    {"RRSIG",
     "A 13 3 3600 20330102030405 20260102030405 2642 example.com "
     "oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DD"
     "Kdfb+v6oB9wfuh3DTJXUAfI/M0zmO/zz8bW0Rznl8O3tGNazPwQKkRN20XPXV6nw"
     "wfoXmJQbsLNrLfkGJ5D6fwFm8nN+6pBzeDQfsS3Ap3o=",
     NULL},
    {"NSEC", "host.example.com A MX RRSIG NSEC CAA TYPE1234", NULL},
    {"NSEC3", "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG", NULL},
    {"NSEC3", "1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR", NULL},
    {"NSEC3PARAM", "1 0 12 AABBCCDD", NULL},
    {"TLSA",
     "3 1 1 0D6FCE13A1A2B3C4D5E6F708192A3B4C5D6E7F80910203040506070809"
     "0A0B0C",
     NULL},
    {"SMIMEA", "3 0 0 AB", NULL},
    {"SSHFP", "4 2 0102", NULL},
    {"OPENPGPKEY", "AAEC", NULL},
    {"DNAME", "a.b", NULL},
    {"RP", "a.b c.d", NULL},
    {"AFSDB", "1 a.b", NULL},
    {"KX", "1 a.b", NULL},
    {"CERT", "1 2 3 AQID", NULL},
    {"DHCID", "AQID", NULL},
    {"URI", "10 1 \"https://example.com/a b\"", NULL},
    {"SPF", "\"x\"", "x"},
    {"CSYNC", "66 3 A NS AAAA", NULL},
    {"ZONEMD",
     "2018031500 1 1 C68090D90A7AED716BC459F9340E3D7C1370D4D24B7E2FC3A1DDC0B9"
     "A87153B9A9713B3C9AE5CC27777F98B8E730044C",
     NULL},
    {"TYPE65280", "\\# 3 0A0B0C", NULL},
    {"TYPE65281", "\\# 0", NULL},
    {"SVCB", "0 alias.example", NULL},
    {"SVCB", "1 .", NULL},
    {"HTTPS",
     "1 . alpn=\"h2,h3\" port=8443 ipv4hint=192.0.2.1,192.0.2.2 "
     "ech=AQID ipv6hint=2001:db8::1",
     NULL},
    {"SVCB",
     "16 foo.example mandatory=alpn,ipv4hint alpn=\"h2\" "
     "ipv4hint=192.0.2.1",
     NULL},
    {"SVCB", "1 . alpn=\"h2\" no-default-alpn", NULL},
};

#define ROW_COUNT_OF (sizeof(ROWS) / sizeof(ROWS[0]))

/* The data of a record as ldns encodes it. */
static size_t
encode(uint8_t *to, uint16_t *type, const char *name, const char *text)
{
    char line[2000];
    ldns_rdf *origin = ldns_dname_new_frm_str(".");
    ldns_rr *rr = NULL;
    uint8_t *wire = NULL;
    size_t len = 0;
    ldns_status rc;
    size_t head = 2 + 1 + 10; /* "x" and its root, then type to length */

    (void)snprintf(line, sizeof(line), "x 60 IN %s %s", name, text);
    rc = ldns_rr_new_frm_str(&rr, line, 0, origin, NULL);
    ldns_rdf_deep_free(origin);
    if (rc != LDNS_STATUS_OK)
        return SIZE_MAX;
    *type = (uint16_t)ldns_rr_get_type(rr);
    assert_int_equal(ldns_rr2wire(&wire, rr, LDNS_SECTION_ANSWER, &len), 0);
    assert_true(len >= head);
    memcpy(to, wire + head, len - head);
    free(wire);
    ldns_rr_free(rr);
    return len - head;
}

static struct dns_rdata
rdata(const uint8_t *bytes, size_t len, uint16_t type)
{
    return (struct dns_rdata){{bytes, len}, 0, type, DNS_CLASS_IN};
}

static bool
has_row(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT_OF; i++)
        if (str_eq(ROWS[i].type, name))
            return true;
    return false;
}

static void
every_known_type_is_tried(void **state)
{
    char number[DNS_TYPE_TEXT];

    (void)state;
    for (uint16_t type = 1; type < UINT16_MAX; type++) {
        const char *name = dns_type_format(number, type);

        if (dns_type_grammar(type) != NULL && !has_row(name))
            fail_msg("no row for %s", name);
    }
}

static void
every_type_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT_OF; i++) {
        const char *want = ROWS[i].text ? ROWS[i].text : ROWS[i].data;
        uint8_t bytes[1000];
        uint16_t type = 0;
        size_t len = encode(bytes, &type, ROWS[i].type, ROWS[i].data);
        struct dns_rdata data;
        struct buf out;

        if (len == SIZE_MAX)
            fail_msg("ldns cannot read %s %s", ROWS[i].type, ROWS[i].data);
        assert_int_equal(type, dns_type_parse(ROWS[i].type));
        data = rdata(bytes, len, type);
        buf_init(&out, 2000);
        assert_int_equal(dns_rdata_check(&data), 0);
        assert_int_equal(dns_rdata_format(&data, &out), 0);
        assert_string_equal(buf_text(&out), want);
        buf_reset(&out);
        assert_int_equal(dns_rdata_canonical(&data, &out), 0);
        assert_int_equal(out.len, len);
        assert_memory_equal(out.data, bytes, len);
        buf_free(&out);
        /* No byte less is a whole one, unless the type ends anywhere. */
        if (len > 0 && strspn(ROWS[i].type, "TYPE6528") != 9 &&
            strchr("vBXtmp", dns_type_grammar(type)
                                 ? dns_type_grammar(
                                       type)[strlen(dns_type_grammar(type)) - 1]
                                 : 'X') == NULL) {
            data = rdata(bytes, len - 1, type);
            assert_int_equal(dns_rdata_check(&data), -1);
        }
    }
}

/* What `text` of ours says to ldns: TXT goes between quotes. */
static size_t
read_back(uint8_t *to, const char *name, const char *text)
{
    uint16_t type;
    char quoted[2000];

    if (!str_eq(name, "TXT") && !str_eq(name, "SPF"))
        return encode(to, &type, name, text);
    (void)snprintf(quoted, sizeof(quoted), "\"%s\"", text);
    return encode(to, &type, name, quoted);
}

/* The canonical form in `mine` is that of ldns's bytes. */
static void
assert_canonical(const char *name, uint16_t type, const struct buf *mine,
                 const uint8_t *bytes, size_t len)
{
    struct dns_rdata data = rdata(bytes, len, type);
    struct buf out;

    buf_init(&out, 4000);
    assert_int_equal(dns_rdata_canonical(&data, &out), 0);
    if (out.len != mine->len || memcmp(out.data, mine->data, out.len) != 0)
        fail_msg("%s: %zu bytes, ldns has other %zu", name, mine->len, out.len);
    buf_free(&out);
}

/* Data changed at random, fixed seed: what we take and print means the same
 * bytes to ldns. */
static void
changed_data_means_the_same_to_ldns(void **state)
{
    unsigned seed = 20260102;
    int compared = 0;

    (void)state;
    for (size_t i = 0; i < ROW_COUNT_OF; i++) {
        uint8_t bytes[1000];
        uint16_t type = 0;
        size_t len = encode(bytes, &type, ROWS[i].type, ROWS[i].data);
        struct buf out;

        buf_init(&out, 4000);
        for (int n = 0; n < 2000 && len > 0; n++) {
            uint8_t changed[1000];
            uint8_t back[1000];
            size_t back_len;
            struct dns_rdata data = rdata(changed, len, type);

            memcpy(changed, bytes, len);
            for (int k = rand_r(&seed) % 3; k >= 0; k--)
                changed[(size_t)rand_r(&seed) % len] = (uint8_t)rand_r(&seed);
            buf_reset(&out);
            /* TXT is for people: one text, escapes left alone. */
            if (dns_rdata_format(&data, &out) < 0 || type == DNS_TXT ||
                type == 99)
                continue;
            /* ldns takes an escaped @ for the zone's name. */
            if (strstr(buf_text(&out), "\\@") != NULL)
                continue;
            /* And counts the second backslash of a list's item. */
            if ((type == DNS_SVCB || type == DNS_HTTPS) &&
                strchr(buf_text(&out), '\\') != NULL)
                continue;
            back_len = read_back(back, ROWS[i].type, buf_text(&out));
            if (back_len == SIZE_MAX)
                continue; /* ldns is stricter here, or knows less */
            /* Empty windows and last bytes of a set of types have no text. */
            if (strchr(dns_type_grammar(type) ? dns_type_grammar(type) : "",
                       'm') != NULL)
                continue;
            buf_reset(&out);
            assert_int_equal(dns_rdata_canonical(&data, &out), 0);
            assert_canonical(ROWS[i].type, type, &out, back, back_len);
            compared++;
        }
        buf_free(&out);
    }
    assert_true(compared > 10000);
}

static void
what_does_not_fit(void **state)
{
    static const struct {
        uint16_t type;
        uint8_t len;
        uint8_t bytes[16];
    } rows[] = {
        {DNS_A, 3, {1, 2, 3}},
        {DNS_A, 5, {1, 2, 3, 4, 5}},
        {DNS_TXT, 0, {0}},
        {DNS_TXT, 2, {9, 'x'}},
        {DNS_NSEC, 3, {0, 0, 0}},                /* a window of no bytes */
        {DNS_NSEC, 7, {0, 1, 1, 1, 0, 1, 1}},    /* windows not ascending */
        {DNS_NSEC, 3, {0, 0, 33}},               /* a window too long */
        {DNS_NSEC3, 6, {1, 0, 0, 0, 0, 0}},      /* no hash */
        {DNS_DS, 4, {0, 1, 1, 1}},               /* no digest */
        {DNS_SVCB, 7, {0, 1, 0, 0, 3, 0, 1}},    /* runs over */
        {DNS_SVCB, 8, {0, 1, 0, 0, 3, 0, 1, 1}}, /* a port of one byte */
        {DNS_SVCB, 3, {0, 1, 5}},
        {DNS_CAA, 2, {0, 9}},
        {DNS_SRV, 6, {0, 1, 0, 1, 0, 1}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_rdata data = rdata(rows[i].bytes, rows[i].len, rows[i].type);

        if (dns_rdata_check(&data) != -1)
            fail_msg("row %zu was taken", i);
    }
}

static void
canonical_is_lower_case_and_whole(void **state)
{
    static const uint8_t bytes[] = {3,  'W', 'w', 'W',  0, 0,
                                    10, 1,   'A', 0xc0, 0};
    struct dns_rdata data = {{bytes, sizeof(bytes)}, 5, DNS_MX, DNS_CLASS_IN};
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    assert_int_equal(dns_rdata_canonical(&data, &out), 0);
    assert_int_equal(out.len, 9);
    assert_memory_equal(out.data, "\0\12\1a\3www\0", 9);
    buf_free(&out);
}

/* RFC 4034, 6.2, as RFC 6840 (5.1) and RFC 9460 (2.2) have it. */
static void
the_names_of_some_types_keep_their_case(void **state)
{
    static const struct {
        uint16_t type;
        const char *bytes;
        size_t len;
        bool is_lowered;
    } cases[] = {
        {DNS_SVCB, "\0\1\3Www\1A\0", 9, false},
        {DNS_HTTPS, "\0\1\3Www\1A\0", 9, false},
        {DNS_NSEC, "\3Www\1A\0\0\1\100", 10, false},
        {DNS_SRV, "\0\1\0\1\0\1\3Www\1A\0", 13, true},
        {DNS_DNAME, "\3Www\1A\0", 7, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dns_rdata data =
            rdata((const uint8_t *)cases[i].bytes, cases[i].len, cases[i].type);
        struct buf out;

        buf_init(&out, 100);
        assert_int_equal(dns_rdata_canonical(&data, &out), 0);
        assert_int_equal(out.len, cases[i].len);
        assert_int_equal(memcmp(out.data, cases[i].bytes, out.len) != 0,
                         cases[i].is_lowered);
        buf_free(&out);
    }
}

static void
a_full_buffer_says_so(void **state)
{
    static const uint8_t bytes[] = {192, 0, 2, 1};
    struct dns_rdata data = rdata(bytes, 4, DNS_A);
    struct buf out;

    (void)state;
    buf_init(&out, 3);
    assert_int_equal(dns_rdata_format(&data, &out), -1);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_type_is_tried),
        cmocka_unit_test(every_type_there_and_back),
        cmocka_unit_test(changed_data_means_the_same_to_ldns),
        cmocka_unit_test(what_does_not_fit),
        cmocka_unit_test(canonical_is_lower_case_and_whole),
        cmocka_unit_test(the_names_of_some_types_keep_their_case),
        cmocka_unit_test(a_full_buffer_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
