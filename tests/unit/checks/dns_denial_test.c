/*
 * The examples of RFC 4035 (B.6) and RFC 5155 (B.4), what a record does not
 * say, and the hashes of ldns, which shares no code with us.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_denial.c"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>

#define RFC_NSEC "x.y.w.example. 3600 IN NSEC xx.example. MX RRSIG NSEC"
#define RFC_NSEC3                                                              \
    "q04jkcevqvmu85r014c7dkba38o0ji5r.example. 3600 IN NSEC3 1 1 12 "          \
    "aabbccdd r53bq7cc2uvmubfu5ocmm6pers9tk9en A RRSIG"
#define LAST_NSEC3                                                             \
    "t644ebqk9bibcna874givr6joj62mlhv.example. 3600 IN NSEC3 1 1 12 "          \
    "aabbccdd 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom HINFO AAAA RRSIG"

struct told {
    const char *name;
    size_t labels;
    const char *zone;
};

/* `record` in a message, on the wire. */
static uint8_t *
make(struct dns_message *m, const char *record)
{
    ldns_pkt *pkt = NULL;
    ldns_rr *rr = NULL;
    uint8_t *wire = NULL;
    size_t len = 0;

    assert_int_equal(ldns_pkt_query_new_frm_str(&pkt, "a.example",
                                                LDNS_RR_TYPE_A,
                                                LDNS_RR_CLASS_IN, LDNS_QR),
                     LDNS_STATUS_OK);
    assert_int_equal(ldns_rr_new_frm_str(&rr, record, 60, NULL, NULL),
                     LDNS_STATUS_OK);
    (void)ldns_pkt_push_rr(pkt, LDNS_SECTION_AUTHORITY, rr);
    assert_int_equal(ldns_pkt2wire(&wire, pkt, &len), LDNS_STATUS_OK);
    assert_int_equal(dns_codec_decode(m, wire, len), 0);
    ldns_pkt_free(pkt);
    return wire;
}

static bool
covers(const char *record, const struct told *told)
{
    struct dns_name name, zone;
    struct dns_denial denial = {&name, told->labels, &zone};
    struct dns_message m;
    uint8_t *wire = make(&m, record);
    bool is_so;

    assert_int_equal(m.record_count, 1);
    assert_int_equal(dns_name_parse(&name, told->name), 0);
    assert_int_equal(dns_name_parse(&zone, told->zone), 0);
    is_so = dns_denial_covers(&m, &m.record[0], &denial);
    free(wire);
    return is_so;
}

static void
what_the_neighbours_of_a_zone_say(void **state)
{
    static const struct {
        const char *record;
        struct told told;
        bool covers;
    } cases[] = {
        {RFC_NSEC, {"a.z.w.example", 2, "example"}, true},
        {RFC_NSEC, {"A.Z.W.EXAMPLE", 2, "Example"}, true},
        {RFC_NSEC, {"a.z.w.example", 1, "example"}, false}, /* w.example is */
        {RFC_NSEC, {"a.z.w.example", 2, "w.example"}, true},
        {RFC_NSEC, {"a.z.w.example", 2, "z.w.example"}, false}, /* another's */
        {RFC_NSEC, {"x.y.w.example", 2, "example"}, false}, /* it is there */
        {RFC_NSEC, {"xx.example", 1, "example"}, false},
        {RFC_NSEC, {"yy.example", 1, "example"}, false},    /* behind */
        {RFC_NSEC, {"a.y.w.example", 3, "example"}, false}, /* before */
        /* the last one leads to the top, and nowhere else */
        {"xx.example. 60 IN NSEC example. A",
         {"yy.example", 1, "example"},
         true},
        {"xx.example. 60 IN NSEC example. A",
         {"ww.example", 1, "example"},
         false},
        {"xx.example. 60 IN NSEC b.example. A",
         {"yy.example", 1, "example"},
         false},
        /* below a cut the zone has nothing to say */
        {"s.example. 60 IN NSEC xx.example. NS DS",
         {"a.s.example", 2, "example"},
         false},
        {"s.example. 60 IN NSEC xx.example. DNAME",
         {"a.s.example", 2, "example"},
         false},
        {"s.example. 60 IN NSEC xx.example. NS SOA",
         {"a.s.example", 2, "example"},
         true},
        {"s.example. 60 IN NSEC xx.example. A TYPE1234",
         {"a.s.example", 2, "example"},
         true},
        {"s.example. 60 IN NSEC xx.example. NS DS",
         {"t.example", 1, "example"},
         true},
        /* a name that others are below exists */
        {"a.example. 60 IN NSEC x.b.example. A",
         {"b.example", 1, "example"},
         false},
        {"a.example. 60 IN A 192.0.2.1", {"b.example", 1, "example"}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (covers(cases[i].record, &cases[i].told) != cases[i].covers)
            fail_msg("case %zu: %s, %s", i, cases[i].record,
                     cases[i].told.name);
}

static void
what_hashes_say(void **state)
{
#define HASHED "q04jkcevqvmu85r014c7dkba38o0ji5r.example. 3600 IN NSEC3 "
#define NEXT   " r53bq7cc2uvmubfu5ocmm6pers9tk9en A RRSIG"

    static const struct {
        const char *record;
        struct told told;
        bool covers;
    } cases[] = {
        {RFC_NSEC3, {"a.z.w.example", 2, "example"}, true},
        {RFC_NSEC3, {"A.Z.W.example", 2, "EXAMPLE"}, true},
        {RFC_NSEC3, {"a.z.w.example", 1, "example"}, false},
        {RFC_NSEC3, {"a.z.w.example", 3, "example"}, false},
        {RFC_NSEC3, {"a.z.w.example", 2, "w.example"}, false},
        {HASHED "1 1 11 aabbccdd" NEXT, {"a.z.w.example", 2, "example"}, false},
        {HASHED "1 1 12 aabbccde" NEXT, {"a.z.w.example", 2, "example"}, false},
        {HASHED "2 1 12 aabbccdd" NEXT, {"a.z.w.example", 2, "example"}, false},
        {"q04jkcevqvmu85r014c7dkba38o0ji5.example. 3600 IN NSEC3 1 1 12 "
         "aabbccdd" NEXT,
         {"a.z.w.example", 2, "example"},
         false},
        {"w04jkcevqvmu85r014c7dkba38o0ji5r.example. 3600 IN NSEC3 1 1 12 "
         "aabbccdd" NEXT,
         {"a.z.w.example", 2, "example"},
         false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (covers(cases[i].record, &cases[i].told) != cases[i].covers)
            fail_msg("case %zu: %s", i, cases[i].record);
}

/* The first label of what ldns makes of it. */
static char *
hashed(const char *name, uint16_t iterations, uint8_t salt_len, uint8_t *salt)
{
    ldns_rdf *dname = ldns_dname_new_frm_str(name);
    ldns_rdf *hash =
        ldns_nsec3_hash_name(dname, LDNS_SHA1, iterations, salt_len, salt);
    char *text = ldns_rdf2str(hash);

    text[HASH_TEXT] = '\0';
    ldns_rdf_deep_free(dname);
    ldns_rdf_deep_free(hash);
    return text;
}

static void
as_ldns_hashes(void **state)
{
    uint8_t salt[] = {0xaa, 0xbb, 0xcc, 0xdd};
    size_t inside = 0, around = 0;

    (void)state;
    for (int i = 0; i < 400; i++) {
        char name[32];
        struct told told = {name, 1, "example"};
        char *hash;
        bool is_inside, is_around;

        (void)snprintf(name, sizeof(name), "n%d.example", i);
        hash = hashed(name, 12, sizeof(salt), salt);
        is_inside = strcmp(hash, "q04jkcevqvmu85r014c7dkba38o0ji5r") > 0 &&
                    strcmp(hash, "r53bq7cc2uvmubfu5ocmm6pers9tk9en") < 0;
        is_around = strcmp(hash, "t644ebqk9bibcna874givr6joj62mlhv") > 0 ||
                    strcmp(hash, "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom") < 0;
        assert_int_equal(covers(RFC_NSEC3, &told), is_inside);
        assert_int_equal(covers(LAST_NSEC3, &told), is_around);
        inside += is_inside ? 1 : 0;
        around += is_around ? 1 : 0;
        free(hash);
    }
    assert_true(inside > 0 && around > 0);
}

static void
without_salt_and_with_too_much_work(void **state)
{
    struct told told = {"n1.example", 1, "example"};
    char *hash = hashed("n1.example", 0, 0, NULL);
    char record[200];

    (void)state;
    /* From the hash before to the hash behind; neither ends in 0 or v. */
    hash[HASH_TEXT - 1]--;
    (void)snprintf(record, sizeof(record), "%s.example. 60 IN NSEC3 1 0 0 - ",
                   hash);
    hash[HASH_TEXT - 1] = (char)(hash[HASH_TEXT - 1] + 2);
    (void)strcat(record, hash);
    assert_true(covers(record, &told));
    free(hash);
    hash = hashed("n1.example", ITERATIONS_MAX + 1, 0, NULL);
    (void)snprintf(record, sizeof(record),
                   "00000000000000000000000000000000.example. 60 IN NSEC3 1 0 "
                   "%d - vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv",
                   ITERATIONS_MAX + 1);
    assert_false(covers(record, &told));
    free(hash);
}

/* Lengths that lead out of the record. */
static void
torn_records_say_nothing(void **state)
{
    static const char *const records[] = {RFC_NSEC, RFC_NSEC3};
    struct dns_name name, zone;
    struct dns_denial denial = {&name, 2, &zone};

    (void)state;
    assert_int_equal(dns_name_parse(&name, "a.z.w.example"), 0);
    assert_int_equal(dns_name_parse(&zone, "example"), 0);
    for (size_t i = 0; i < 2; i++) {
        struct dns_message m;
        uint8_t *wire = make(&m, records[i]);
        uint16_t whole = m.record[0].data_len;
        uint16_t needed = i == 0 ? 12 : 30; /* the next name; the next hash */

        for (uint16_t len = 0; len < whole; len++) {
            m.record[0].data_len = len;
            assert_int_equal(dns_denial_covers(&m, &m.record[0], &denial),
                             len >= needed);
        }
        free(wire);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_neighbours_of_a_zone_say),
        cmocka_unit_test(what_hashes_say),
        cmocka_unit_test(as_ldns_hashes),
        cmocka_unit_test(without_salt_and_with_too_much_work),
        cmocka_unit_test(torn_records_say_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
