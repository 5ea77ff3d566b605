/* The values of every subject, out of what was seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/expect.c"

#include <stdlib.h>

#include "checks/subject_help.h"
#include "tests/lib/check_bed.h"

static const char HEAD[] = "HTTP/2 200\r\nContent-Type: text/html\r\n"
                           "X-A: one\r\nx-a: two\r\n"
                           "Set-Cookie: id=1; Path=/\r\n"
                           "Set-Cookie: idle=yes\r\nSet-Cookie: empty=\r\n\r\n";

/* A look that is over, by hand. */
static void
make_look(struct look *look, struct check_bed *bed)
{
    look_init(look, bed->loop);
    look->us[PHASE_TOTAL] = 1500;
    look->us[PHASE_WAIT] = 1000;
    look->seen.status = 200;
    look->seen.http_version = 20;
    look->seen.head = HEAD;
    look->seen.head_len = strlen(HEAD);
    look->seen.body = "{\"a\":[1,2]}";
    look->seen.body_len = strlen(look->seen.body);
    look->seen.redirects = 1;
    (void)str_copy(look->seen.ip, sizeof(look->seen.ip), "192.0.2.7");
}

/* "" when it holds, else the reason's name. */
static const char *
judge_one(enum spec_kind kind, const char *text, struct certs *certs)
{
    struct check_bed bed;
    struct look look;
    const char *name;

    check_bed_open(&bed, kind, NULL);
    make_look(&look, &bed);
    look.seen.certs = certs;
    look.seen.tls_protocol = certs != NULL ? "TLSv1.2" : NULL;
    look.seen.cipher = certs != NULL ? "AES" : NULL;
    check_bed_expect(&bed, text);
    expect_judge(&look, &bed.spec.expect, &bed.spec.degraded_when);
    name = reason_name(look.reason);
    assert_true((name == NULL) == (look.status == STATUS_UP));
    assert_true((name == NULL) == (look.message[0] == '\0'));
    look_free(&look);
    check_bed_close(&bed);
    return name != NULL ? name : "";
}

static void
of_http(void **state)
{
    static const char *const holds[] = {
        "status == 200",
        "header x-a == 'two'",
        "header content-type contains 'html'",
        "cookie id == '1'",
        "cookie idle == 'yes'",
        "cookie empty exists",
        "not cookie i exists",
        "body contains '[1,2]'",
        "json $.a[1] == 2",
        "size == 11B",
        "time < 2ms",
        "time.wait == 1ms",
        "not time.dns exists",
        "http_version == 2",
        "redirects == 1",
        "ip in 192.0.2.0/24",
        "not days exists",
    };
    static const char *const fails[][2] = {
        {"status == 500", "expect.status"},
        {"header none == 'x'", "expect.header"},
        {"cookie id == '2'", "expect.cookie"},
        {"json $.b == 1", "expect.json"},
        {"time < 1ms", "expect.time"},
        {"time.wait < 1ms", "expect.time"},
        {"days > 3", "expect.days"},
        {"http_version == 1.1", "expect.http_version"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(holds) / sizeof(holds[0]); i++)
        assert_string_equal(judge_one(SPEC_HTTP, holds[i], NULL), "");
    for (size_t i = 0; i < sizeof(fails) / sizeof(fails[0]); i++)
        assert_string_equal(judge_one(SPEC_HTTP, fails[i][0], NULL),
                            fails[i][1]);
}

static void
of_certificates(void **state)
{
    static const enum subject names_of[] = {SUBJECT_ISSUER, SUBJECT_SUBJECT};

    char names[2][256] = {"a.example", "b.example"};
    struct certs certs = {
        .count = 1, .names = names, .name_count = 2, .chain_days = 3};

    (void)state;
    (void)str_copy(certs.cert[0].issuer, 256, "R11");
    (void)str_copy(certs.cert[0].subject, 256, "a.example");
    (void)str_copy(certs.cert[0].key_type, 16, "EC");
    (void)str_copy(certs.cert[0].spki, 48, "abc=");
    certs.cert[0].key_bits = 256;
    certs.cert[0].not_after = (wall_t){4102444800000}; /* 2100 */
    assert_string_equal(judge_one(SPEC_TLS,
                                  "days > 1000 and chain.days == 3 and "
                                  "protocol == 1.2 and issuer == 'R11'",
                                  &certs),
                        "");
    assert_string_equal(judge_one(SPEC_TLS,
                                  "san == 'b.example' and spki == 'abc=' and "
                                  "key.bits == 256 and key.type == 'EC' and "
                                  "cipher == 'AES' and subject contains 'a.'",
                                  &certs),
                        "");
    (void)str_copy(certs.cert[0].subject, 256, "shop.example.com");
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(
            judge_one(SPEC_TLS, subject_help_of(names_of[i]).example, &certs),
            "");
    assert_string_equal(judge_one(SPEC_TLS, "chain.days > 14", &certs),
                        "expect.chain");
    assert_string_equal(judge_one(SPEC_TLS, "protocol >= 1.3", &certs),
                        "expect.protocol");
    assert_string_equal(judge_one(SPEC_TLS, "alpn == 'h2'", &certs),
                        "expect.alpn");
}

static void
the_first_that_fails_is_the_reason(void **state)
{
    struct check_bed bed;
    struct look look;

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    make_look(&look, &bed);
    check_bed_add(&bed, &bed.spec.degraded_when, "time > 1ms");
    expect_judge(&look, &bed.spec.expect, &bed.spec.degraded_when);
    assert_int_equal(look.status, STATUS_DEGRADED);
    assert_int_equal(look.reason, REASON_EXPECT_TIME);
    assert_true(look.is_unwanted);
    assert_non_null(strstr(look.message, "degraded by time > 1ms: got"));
    check_bed_expect(&bed, "status == 200");
    check_bed_expect(&bed, "size > 1MiB");
    check_bed_expect(&bed, "redirects == 0");
    expect_judge(&look, &bed.spec.expect, &bed.spec.degraded_when);
    assert_int_equal(look.status, STATUS_DOWN);
    assert_int_equal(look.reason, REASON_EXPECT_SIZE);
    assert_string_equal(look.expected, "size > 1MiB");
    assert_false(look.is_unwanted);
    assert_false(expect_holds(&look, &bed.spec.expect));
    look_free(&look);
    check_bed_close(&bed);
}

/* ---- secrets in what was seen ---- */

#define SECRET_LEN 300
#define PIECE_LEN  5 /* of a secret that nobody may see */

static void
no_piece_of(const char *message, const char *coded)
{
    char piece[PIECE_LEN + 1] = "";

    for (size_t i = 0; i + PIECE_LEN <= strlen(coded); i++) {
        memcpy(piece, coded + i, PIECE_LEN);
        if (strstr(message, piece) != NULL)
            fail_msg("'%s' is in: %s", piece, message);
    }
}

/* The message about a body with `coded` after `before` other bytes, and with
 * `behind` such bytes behind it. */
static void
judge_coded(struct check_bed *bed, const struct mask *mask, const char *coded,
            size_t before, size_t behind)
{
    size_t len = before + strlen(coded) + behind;
    char *body = str_xcalloc(1, len + 1);
    struct look look;

    memset(body, '#', len);
    memcpy(body + before, coded, strlen(coded));
    make_look(&look, bed);
    look.seen.body = body;
    look.seen.body_len = len;
    look.mask = mask;
    expect_judge(&look, &bed->spec.expect, &bed->spec.degraded_when);
    assert_int_equal(look.status, STATUS_DOWN);
    no_piece_of(look.message, coded);
    look_free(&look);
    free(body);
}

static void
no_secret_is_cut(void **state)
{
    char secret[SECRET_LEN + 1] = "";
    char url[3 * SECRET_LEN + 1];
    char *base64;
    struct check_bed bed;
    struct mask *mask = mask_create();

    (void)state;
    for (int i = 0; i < SECRET_LEN; i++)
        secret[i] = (char)('!' + (i * 37 + i / 7 * 11) % 94);
    for (int i = 0; i < SECRET_LEN; i++)
        snprintf(url + (size_t)(3 * i), 4, "%%%02X", (unsigned char)secret[i]);
    base64 = str_base64((const uint8_t *)secret, SECRET_LEN);
    mask_add(mask, secret, SECRET_LEN);
    check_bed_open(&bed, SPEC_HTTP, NULL);
    check_bed_expect(&bed, "body == 'no'");
    for (size_t before = 0; before <= 130; before++) {
        judge_coded(&bed, mask, secret, before, 0);
        judge_coded(&bed, mask, url, before, before * 100);
        judge_coded(&bed, mask, base64, before, 20000);
    }
    check_bed_close(&bed);
    mask_free(mask);
    free(base64);
}

static void
a_short_secret_at_the_cut(void **state)
{
    static const char *const coded[] = {
        "S3cr/t+va lue&x=", "S3cr%2Ft%2Bva%20lue%26x%3D",
        "UzNjci90K3ZhIGx1ZSZ4PQ=="};
    struct check_bed bed;
    struct mask *mask = mask_create();

    (void)state;
    mask_add(mask, coded[0], strlen(coded[0]));
    check_bed_open(&bed, SPEC_HTTP, NULL);
    check_bed_expect(&bed, "not body contains '##'");
    for (size_t before = 90; before <= 130; before++)
        for (size_t i = 0; i < sizeof(coded) / sizeof(coded[0]); i++)
            judge_coded(&bed, mask, coded[i], before, 9);
    check_bed_close(&bed);
    mask_free(mask);
}

/* Who mends it is told of all, as far as a message goes. */
static void
all_that_fail_are_told(void **state)
{
    enum { MANY = 40 };
    struct expr *item[MANY];
    struct spec_exprs many = {.item = item, .count = MANY};
    struct check_bed bed;
    struct look look;

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    make_look(&look, &bed);
    check_bed_expect(&bed, "status == 201");
    check_bed_expect(&bed, "redirects == 1");
    check_bed_expect(&bed, "http_version == 1.1");
    check_bed_expect(&bed, "header none exists");
    expect_judge(&look, &bed.spec.expect, &bed.spec.degraded_when);
    assert_int_equal(look.reason, REASON_EXPECT_STATUS);
    assert_string_equal(look.message,
                        "status == 201: got 200; also http_version == 1.1: got "
                        "2; also header none exists: absent");
    for (size_t i = 0; i < MANY; i++)
        item[i] = bed.spec.expect.item[3];
    expect_judge(&look, &many, &bed.spec.degraded_when);
    assert_true(str_ends(look.message, " more"));
    assert_non_null(strstr(look.message, "absent; and "));
    look_free(&look);
    check_bed_close(&bed);
}

/* Each subject of each kind has a reason of its own. */
static void
no_subject_without_a_reason(void **state)
{
    (void)state;
    for (int kind = 0; kind < SPEC_KIND_COUNT; kind++) {
        size_t count;
        const struct expr_subject *table =
            subject_table((enum spec_kind)kind, &count);

        for (size_t i = 0; i < count; i++)
            assert_int_not_equal(reason_of_subject(table[i].name), REASON_NONE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_http),
        cmocka_unit_test(of_certificates),
        cmocka_unit_test(the_first_that_fails_is_the_reason),
        cmocka_unit_test(no_secret_is_cut),
        cmocka_unit_test(a_short_secret_at_the_cut),
        cmocka_unit_test(all_that_fail_are_told),
        cmocka_unit_test(no_subject_without_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
