/* Names: limits, escapes, and the way back. */
#include "checks/dns_name.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
there_and_back(void **state)
{
    static const char *const texts[] = {
        ".",         "a",       "www.example.com",
        "_x._tcp.a", "a\\.b.c", "a\\000b\\255.c",
        "a\\\\b"};
    struct dns_name name;
    char text[DNS_NAME_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(dns_name_parse(&name, texts[i]), 0);
        assert_string_equal(dns_name_format(text, &name), texts[i]);
    }
    assert_int_equal(dns_name_parse(&name, "a.b."), 0);
    assert_int_equal(name.len, 5);
    assert_memory_equal(name.byte, "\1a\1b\0", 5);
}

static void
zones_and_parents(void **state)
{
    struct dns_name name;
    struct dns_name zone;
    struct dns_name root;

    (void)state;
    assert_int_equal(dns_name_parse(&name, "Www.Shop.example"), 0);
    assert_int_equal(dns_name_parse(&zone, "shop.EXAMPLE"), 0);
    assert_int_equal(dns_name_parse(&root, "."), 0);
    assert_true(dns_name_in(&name, &zone));
    assert_true(dns_name_in(&zone, &zone));
    assert_true(dns_name_in(&zone, &root));
    assert_false(dns_name_in(&zone, &name));
    assert_int_equal(dns_name_parse(&zone, "op.example"), 0);
    assert_false(dns_name_in(&name, &zone));
    dns_name_lower(&name);
    assert_memory_equal(name.byte, "\3www\4shop", 9);
    assert_true(dns_name_up(&name) && dns_name_up(&name) && dns_name_up(&name));
    assert_false(dns_name_up(&name));
    assert_true(dns_name_eq(&name, &root));
}

static void
bytes_of_texts(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    for (const char *at = "a \"\\\n\377"; *at != '\0'; at++)
        dns_name_quote_byte(&out, (uint8_t)*at);
    assert_string_equal(buf_text(&out), "a \\\"\\\\\\010\\255");
    buf_reset(&out);
    for (const char *at = "a \"\\\n"; *at != '\0'; at++)
        dns_name_plain_byte(&out, (uint8_t)*at);
    assert_string_equal(buf_text(&out), "a \"\\\\010");
    buf_free(&out);
}

static void
what_is_no_name(void **state)
{
    static const char *const texts[] = {
        "",    "..",     ".a",      "a..b",    "a..",
        "a\\", "a\\25x", "a\\256b", L63 "a.b", L63 "." L63 "." L63 "." L63};
    struct dns_name name;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(dns_name_parse(&name, texts[i]), -1);
}

static void
the_longest_name_fits(void **state)
{
    struct dns_name name;
    char text[DNS_NAME_TEXT];
    char bytes[DNS_NAME_TEXT] = "";

    (void)state;
    /* 3 x 64 + 62 + 1 are 255 bytes: the limit. */
    (void)strncat(bytes, L63 "." L63 "." L63 ".", sizeof(bytes) - 1);
    memset(bytes + strlen(bytes), 'a', 61);
    assert_int_equal(dns_name_parse(&name, bytes), 0);
    assert_int_equal(name.len, 255);
    bytes[strlen(bytes)] = 'a'; /* the rest is zero */
    assert_int_equal(dns_name_parse(&name, bytes), -1);
    for (size_t i = 0; i < name.len; i++)
        if (name.byte[i] == 'a')
            name.byte[i] = 1;
    /* Every byte escaped is the longest text there is. */
    assert_true(strlen(dns_name_format(text, &name)) < DNS_NAME_TEXT);
}

static void
case_does_not_matter(void **state)
{
    struct dns_name a;
    struct dns_name b;

    (void)state;
    assert_int_equal(dns_name_parse(&a, "wWw.Example.COM"), 0);
    assert_int_equal(dns_name_parse(&b, "www.example.com."), 0);
    assert_true(dns_name_eq(&a, &b));
    assert_int_equal(dns_name_parse(&b, "www.example.org"), 0);
    assert_false(dns_name_eq(&a, &b));
    assert_int_equal(dns_name_parse(&b, "www.example.co"), 0);
    assert_false(dns_name_eq(&a, &b));
}

/* RFC 4034, 6.1: its example, in order. */
static void
zones_are_sorted_so(void **state)
{
    static const char *const sorted[] = {
        "example",         "a.example",      "yljkjljk.a.example",
        "Z.a.example",     "zABC.a.EXAMPLE", "z.example",
        "\\001.z.example", "*.z.example",    "\\200.z.example",
    };
    struct dns_name a, b;

    (void)state;
    for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++)
        for (size_t k = 0; k < sizeof(sorted) / sizeof(sorted[0]); k++) {
            int order;

            assert_int_equal(dns_name_parse(&a, sorted[i]), 0);
            assert_int_equal(dns_name_parse(&b, sorted[k]), 0);
            order = dns_name_order(&a, &b);
            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
        }
}

static void
labels_are_counted_shared_and_cut(void **state)
{
    static const struct {
        const char *a, *b;
        size_t labels, shared; /* labels of a */
    } cases[] = {
        {"www.a.example", "WWW.A.example", 3, 3},
        {"www.a.example", "mail.a.example", 3, 2},
        {"www.a.example", "a.example", 3, 2},
        {"a.example", "www.a.example", 2, 2},
        {"a.example", "a.test", 2, 0},
        {".", "a.test", 0, 0},
    };
    struct dns_name a, b;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(dns_name_parse(&a, cases[i].a), 0);
        assert_int_equal(dns_name_parse(&b, cases[i].b), 0);
        assert_int_equal(dns_name_labels(&a), cases[i].labels);
        assert_int_equal(dns_name_shared(&a, &b), cases[i].shared);
        dns_name_cut(&a, cases[i].shared);
        assert_int_equal(dns_name_labels(&a), cases[i].shared);
        assert_true(dns_name_in(&b, &a));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(zones_and_parents),
        cmocka_unit_test(bytes_of_texts),
        cmocka_unit_test(what_is_no_name),
        cmocka_unit_test(the_longest_name_fits),
        cmocka_unit_test(case_does_not_matter),
        cmocka_unit_test(zones_are_sorted_so),
        cmocka_unit_test(labels_are_counted_shared_and_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
