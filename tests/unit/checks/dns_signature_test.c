/*
 * Answers signed by ldns, which shares no code with us: each algorithm, sets of
 * several records, aliases; then what is not signed, not in time, not by the
 * zone, not as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_signature.c"

#include <ldns/ldns.h>
#include <stdio.h>

#define SINCE 1700000000U
#define UNTIL 1800000000U
#define NOW   ((wall_t){(int64_t)1750000000 * MS_PER_S})

/* A zone's key, and the answer that holds it. */
struct zone {
    ldns_key *key;
    ldns_key_list *list;
    uint8_t *wire;
    struct dns_message keys;
};

static uint8_t *
decode(struct dns_message *m, ldns_pkt *pkt)
{
    uint8_t *wire = NULL;
    size_t len = 0;

    ldns_pkt_set_qr(pkt, true);
    assert_int_equal(ldns_pkt2wire(&wire, pkt, &len), LDNS_STATUS_OK);
    assert_int_equal(dns_codec_decode(m, wire, len), 0);
    ldns_pkt_free(pkt);
    return wire;
}

static ldns_pkt *
answer_to(const char *name, ldns_rr_type type)
{
    ldns_pkt *pkt = NULL;

    assert_int_equal(
        ldns_pkt_query_new_frm_str(&pkt, name, type, LDNS_RR_CLASS_IN, 0),
        LDNS_STATUS_OK);
    return pkt;
}

/* False: this ldns cannot. */
static bool
open_zone(struct zone *zone, const char *name, ldns_signing_algorithm algorithm)
{
    ldns_pkt *pkt;

    zone->key = ldns_key_new_frm_algorithm(algorithm, 2048);
    if (zone->key == NULL)
        return false;
    ldns_key_set_pubkey_owner(zone->key, ldns_dname_new_frm_str(name));
    ldns_key_set_flags(zone->key, LDNS_KEY_ZONE_KEY);
    ldns_key_set_inception(zone->key, SINCE);
    ldns_key_set_expiration(zone->key, UNTIL);
    ldns_key_set_use(zone->key, true);
    zone->list = ldns_key_list_new();
    (void)ldns_key_list_push_key(zone->list, zone->key);
    pkt = answer_to(name, LDNS_RR_TYPE_DNSKEY);
    (void)ldns_pkt_push_rr(pkt, LDNS_SECTION_ANSWER, ldns_key2rr(zone->key));
    zone->wire = decode(&zone->keys, pkt);
    return true;
}

static void
close_zone(struct zone *zone)
{
    ldns_key_list_free(zone->list); /* and the key */
    free(zone->wire);
}

/* Records parted by '|', in sets of one owner and type that follow each other;
 * `zone` NULL leaves them unsigned. */
static void
push(ldns_pkt *pkt, const char *records, struct zone *zone)
{
    ldns_rr_list *set = ldns_rr_list_new();
    char *all = strdup(records);

    for (char *at = all, *line; (line = strsep(&at, "|")) != NULL;) {
        ldns_rr *rr = NULL;

        assert_int_equal(ldns_rr_new_frm_str(&rr, line, 60, NULL, NULL),
                         LDNS_STATUS_OK);
        (void)ldns_rr_list_push_rr(set, rr);
        (void)ldns_pkt_push_rr(pkt, LDNS_SECTION_ANSWER, ldns_rr_clone(rr));
    }
    if (zone != NULL) {
        ldns_rr_list *sigs = ldns_sign_public(set, zone->list);

        assert_non_null(sigs);
        (void)ldns_pkt_push_rr_list(pkt, LDNS_SECTION_ANSWER, sigs);
        ldns_rr_list_free(sigs); /* its records are the packet's */
    }
    ldns_rr_list_deep_free(set);
    free(all);
}

/* One record and its signature; the caller has both. */
static ldns_rr_list *
sign_one(const char *record, struct zone *zone)
{
    ldns_rr_list *set = ldns_rr_list_new();
    ldns_rr_list *sigs;
    ldns_rr *rr = NULL;

    assert_int_equal(ldns_rr_new_frm_str(&rr, record, 60, NULL, NULL),
                     LDNS_STATUS_OK);
    (void)ldns_rr_list_push_rr(set, rr);
    sigs = ldns_sign_public(set, zone->list);
    assert_int_equal(ldns_rr_list_rr_count(sigs), 1);
    (void)ldns_rr_list_push_rr(set, ldns_rr_list_pop_rr(sigs));
    ldns_rr_list_free(sigs);
    return set;
}

/* The set of a wildcard, with its signature, in the name of `name`. */
static void
push_wild(ldns_pkt *pkt, const char *record, struct zone *zone,
          const char *name)
{
    ldns_rr_list *set = sign_one(record, zone);

    for (size_t i = 0; i < ldns_rr_list_rr_count(set); i++) {
        ldns_rr *one = ldns_rr_list_rr(set, i);

        ldns_rdf_deep_free(ldns_rr_owner(one));
        ldns_rr_set_owner(one, ldns_dname_new_frm_str(name));
    }
    (void)ldns_pkt_push_rr_list(pkt, LDNS_SECTION_ANSWER, set);
    ldns_rr_list_free(set);
}

static void
push_denial(ldns_pkt *pkt, const char *record, struct zone *zone)
{
    ldns_rr_list *set = sign_one(record, zone);

    (void)ldns_pkt_push_rr_list(pkt, LDNS_SECTION_AUTHORITY, set);
    ldns_rr_list_free(set);
}

static bool
holds(ldns_pkt *pkt, const struct zone *zone, wall_t now)
{
    struct dns_message m;
    uint8_t *wire = decode(&m, pkt);
    bool is_right = dns_signature_holds(&m, &zone->keys, now);

    free(wire);
    return is_right;
}

static void
each_algorithm(void **state)
{
    static const ldns_signing_algorithm all[] = {
        LDNS_SIGN_RSASHA256,       LDNS_SIGN_RSASHA512,
        LDNS_SIGN_ECDSAP256SHA256, LDNS_SIGN_ECDSAP384SHA384,
        LDNS_SIGN_ED25519,         LDNS_SIGN_ED448};
    size_t tried = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct zone zone;
        ldns_pkt *pkt;

        if (!open_zone(&zone, "a.example", all[i]))
            continue;
        tried++;
        pkt = answer_to("www.a.example", LDNS_RR_TYPE_A);
        push(pkt,
             "WWW.a.example 60 IN A 192.0.2.2|www.A.example 60 IN A "
             "192.0.2.1|www.a.example 60 IN A 192.0.2.10",
             &zone);
        assert_true(holds(pkt, &zone, NOW));
        close_zone(&zone);
    }
    assert_true(tried >= 5);
}

static void
names_and_chains(void **state)
{
    struct zone zone;
    ldns_pkt *pkt;
    struct dns_message m;
    struct dns_name signer;
    char text[DNS_NAME_TEXT];
    uint8_t *wire;

    (void)state;
    assert_true(open_zone(&zone, "a.example", LDNS_SIGN_ECDSAP256SHA256));
    pkt = answer_to("a.example", LDNS_RR_TYPE_MX);
    push(pkt,
         "a.example 60 IN MX 10 Mail.A.example.|a.example 60 IN MX 5 "
         "b.example.",
         &zone);
    assert_true(holds(pkt, &zone, NOW));
    pkt = answer_to("old.a.example", LDNS_RR_TYPE_TXT);
    push(pkt, "old.a.example 60 IN CNAME new.a.example.", &zone);
    push(pkt, "new.a.example 60 IN TXT \"b\"|new.a.example 60 IN TXT \"aa\"",
         &zone);
    wire = decode(&m, pkt);
    assert_true(dns_signature_signer(&m, &signer));
    assert_string_equal(dns_name_format(text, &signer), "a.example");
    assert_true(dns_signature_holds(&m, &zone.keys, NOW));
    free(wire);
    close_zone(&zone);
}

static void
what_does_not_hold(void **state)
{
    static const char set[] = "www.a.example 60 IN A 192.0.2.1";
    struct zone zone;
    struct zone other;
    ldns_pkt *pkt;

    (void)state;
    assert_true(open_zone(&zone, "a.example", LDNS_SIGN_ECDSAP256SHA256));
    assert_true(open_zone(&other, "a.example", LDNS_SIGN_ECDSAP256SHA256));
    pkt = answer_to("www.a.example", LDNS_RR_TYPE_A);
    push(pkt, set, NULL);
    assert_false(holds(pkt, &zone, NOW)); /* without any */
    pkt = answer_to("www.a.example", LDNS_RR_TYPE_A);
    push(pkt, set, &other);
    assert_false(holds(pkt, &zone, NOW)); /* another's key */
    pkt = answer_to("www.a.example", LDNS_RR_TYPE_A);
    push(pkt, set, &zone);
    push(pkt, "www.a.example 60 IN A 198.51.100.1", NULL);
    assert_false(holds(pkt, &zone, NOW)); /* one record more */
    pkt = answer_to("www.a.example", LDNS_RR_TYPE_A);
    push(pkt, "www.a.example 60 IN CNAME b.example.", &zone);
    push(pkt, "b.example 60 IN A 198.51.100.1", NULL);
    assert_false(holds(pkt, &zone, NOW)); /* a part alone is signed */
    pkt = answer_to("www.a.example", LDNS_RR_TYPE_A);
    push(pkt, set, &zone);
    assert_false(holds(pkt, &zone, (wall_t){(UNTIL + 1LL) * MS_PER_S}));
    pkt = answer_to("www.a.example", LDNS_RR_TYPE_A);
    push(pkt, set, &zone);
    assert_false(holds(pkt, &zone, (wall_t){(SINCE - 1LL) * MS_PER_S}));
    pkt = answer_to("www.b.example", LDNS_RR_TYPE_A);
    push(pkt, "www.b.example 60 IN A 192.0.2.1", &zone);
    assert_false(holds(pkt, &zone, NOW)); /* not the signer's to say */
    pkt = answer_to("www.a.example", LDNS_RR_TYPE_A);
    push(pkt, "*.a.example 60 IN A 192.0.2.1", &zone);
    assert_false(holds(pkt, &zone, NOW));
    pkt = answer_to("www.a.example", LDNS_RR_TYPE_A);
    assert_false(holds(pkt, &zone, NOW)); /* nothing at all */
    close_zone(&zone);
    close_zone(&other);
}

static void
what_a_wildcard_needs(void **state)
{
    static const char wild[] = "*.w.a.example 60 IN A 192.0.2.1";
    static const char name[] = "x.y.w.a.example";

    static const struct {
        const char *denial;
        bool is_its_own; /* of the zone that signed the answer */
        bool holds;
    } cases[] = {
        {NULL, true, false}, /* a name that exists, answered of a wildcard */
        {"v.a.example 60 IN NSEC z.w.a.example. A", true, true},
        {"v.a.example 60 IN NSEC z.w.a.example. A", false, false},
        /* *.y.w.a.example would have been nearer */
        {"b.y.w.a.example 60 IN NSEC z.y.w.a.example. A", true, false},
        {"z.w.a.example 60 IN NSEC z.a.example. A", true, false},
    };
    struct zone zone;
    struct zone other;

    (void)state;
    assert_true(open_zone(&zone, "a.example", LDNS_SIGN_ECDSAP256SHA256));
    assert_true(open_zone(&other, "a.example", LDNS_SIGN_ECDSAP256SHA256));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ldns_pkt *pkt = answer_to(name, LDNS_RR_TYPE_A);

        push_wild(pkt, wild, &zone, name);
        if (cases[i].denial != NULL)
            push_denial(pkt, cases[i].denial,
                        cases[i].is_its_own ? &zone : &other);
        if (holds(pkt, &zone, NOW) != cases[i].holds)
            fail_msg("case %zu", i);
    }
    close_zone(&zone);
    close_zone(&other);
}

/* The keys and signatures of one message make more pairs than a loop may try. */
static void
tries_have_an_end(void **state)
{
    static const char record[] = "www.a.example 60 IN A 192.0.2.1";
    struct zone zone;
    struct zone other;
    ldns_pkt *pkt = answer_to("www.a.example", LDNS_RR_TYPE_A);
    ldns_rr_list *set = ldns_rr_list_new();
    ldns_rr_list *sigs;
    ldns_rr *rr = NULL;

    (void)state;
    assert_true(open_zone(&zone, "a.example", LDNS_SIGN_ECDSAP256SHA256));
    assert_true(open_zone(&other, "a.example", LDNS_SIGN_ECDSAP256SHA256));
    assert_int_equal(ldns_rr_new_frm_str(&rr, record, 60, NULL, NULL),
                     LDNS_STATUS_OK);
    (void)ldns_rr_list_push_rr(set, rr);
    sigs = ldns_sign_public(set, other.list);
    for (int i = 0; i < TRIES_MAX; i++)
        (void)ldns_pkt_push_rr(pkt, LDNS_SECTION_ANSWER,
                               ldns_rr_clone(ldns_rr_list_rr(sigs, 0)));
    push(pkt, record, &zone);
    assert_false(holds(pkt, &zone, NOW));
    ldns_rr_list_deep_free(sigs);
    ldns_rr_list_deep_free(set);
    close_zone(&zone);
    close_zone(&other);
}

static void
a_large_set_is_tried_once(void **state)
{
    char records[4096];
    size_t at = 0;
    struct zone zone;
    ldns_pkt *pkt = answer_to("www.a.example", LDNS_RR_TYPE_A);

    (void)state;
    assert_true(open_zone(&zone, "a.example", LDNS_SIGN_ECDSAP256SHA256));
    for (int i = 0; i <= TRIES_MAX; i++)
        at += (size_t)snprintf(records + at, sizeof(records) - at,
                               "%swww.a.example 60 IN A 192.0.2.%d",
                               i > 0 ? "|" : "", i);
    push(pkt, records, &zone);
    assert_true(holds(pkt, &zone, NOW));
    close_zone(&zone);
}

/* A signature of a wildcard is none of a name beside it. */
static void
a_wildcard_stands_for_what_is_below_it(void **state)
{
    struct zone zone;
    ldns_pkt *pkt = answer_to("x.v.a.example", LDNS_RR_TYPE_A);

    (void)state;
    assert_true(open_zone(&zone, "a.example", LDNS_SIGN_ECDSAP256SHA256));
    push_wild(pkt, "*.w.a.example 60 IN A 192.0.2.1", &zone, "x.v.a.example");
    push_denial(pkt, "a.example 60 IN NSEC z.a.example. A", &zone);
    assert_false(holds(pkt, &zone, NOW));
    close_zone(&zone);
}

/* RFC 8080, 6.1. */
static void
the_example_of_an_rfc(void **state)
{
    struct dns_message keys;
    struct dns_message m;
    ldns_pkt *pkt = answer_to("example.com", LDNS_RR_TYPE_DNSKEY);
    uint8_t *key_wire;
    uint8_t *wire;

    (void)state;
    push(pkt,
         "example.com. 3600 IN DNSKEY 257 3 15 "
         "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
         NULL);
    key_wire = decode(&keys, pkt);
    pkt = answer_to("example.com", LDNS_RR_TYPE_MX);
    push(pkt, "example.com. 3600 IN MX 10 mail.example.com.", NULL);
    push(pkt,
         "example.com. 3600 IN RRSIG MX 15 2 3600 1440021600 1438207200 "
         "3613 example.com. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRA"
         "vTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
         NULL);
    wire = decode(&m, pkt);
    assert_true(dns_signature_holds(&m, &keys,
                                    (wall_t){(int64_t)1439000000 * MS_PER_S}));
    free(key_wire);
    free(wire);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_algorithm),
        cmocka_unit_test(names_and_chains),
        cmocka_unit_test(what_does_not_hold),
        cmocka_unit_test(what_a_wildcard_needs),
        cmocka_unit_test(tries_have_an_end),
        cmocka_unit_test(a_large_set_is_tried_once),
        cmocka_unit_test(a_wildcard_stands_for_what_is_below_it),
        cmocka_unit_test(the_example_of_an_rfc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
