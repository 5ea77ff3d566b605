/* template_fn_test.c - what is computed, against the RFCs' vectors. */
#include "checks/template_fn.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum template_end
lookup(void *cookie, const char *name, struct template_value *value,
       char why[TEMPLATE_WHY_MAX])
{
    const char *const *pairs = cookie;

    (void)why;
    for (size_t i = 0; pairs[i] != NULL; i += 2) {
        if (str_eq(pairs[i], name)) {
            value->text = pairs[i + 1];
            value->len = strlen(pairs[i + 1]);
            value->is_secret = str_starts(name, "secret.");
            return TEMPLATE_OK;
        }
    }
    return TEMPLATE_MISSING;
}

static const char *const values[] = {
    "user",        "Aladdin",
    "secret.pw",   "open sesame",
    "key",         "Jefe",
    "data",        "what do ya want for nothing?",
    "secret.bad",  "open sesame!",
    "secret.seed", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "empty",       "",
    "order",       "A-1/2",
    NULL};

static struct template_moment moment = {{59000}, {1, 2, 3}};

/* The text, or "end: why"; to free. */
static char *
expand(const char *text)
{
    const struct template_world world = {.lookup = lookup,
                                         .cookie = (void *)(uintptr_t)values,
                                         .moment = moment};
    struct template_error error;
    struct template *tpl = template_parse(text, &error);
    char why[TEMPLATE_WHY_MAX];
    struct buf out;
    enum template_end end;
    char *made;

    assert_non_null(tpl);
    buf_init(&out, 10000);
    end = template_expand(tpl, &world, TEMPLATE_IN_TEXT, &out, why);
    made = end == TEMPLATE_OK ? str_xdup(buf_text(&out))
                              : str_xprintf("%d %s", (int)end, why);
    assert_int_equal(out.wipes,
                     strstr(text, "secret.") != NULL && end == TEMPLATE_OK);
    buf_free(&out);
    template_free(tpl);
    return made;
}

static void
assert_made(const char *text, const char *want)
{
    char *made = expand(text);

    assert_string_equal(made, want);
    free(made);
}

static void
test_encodings(void **state)
{
    (void)state;
    /* RFC 7617, section 2. */
    assert_made("Basic ${base64(user, ':', secret.pw)}",
                "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    /* RFC 4648, section 10. */
    assert_made("${base64(empty)}|${base64('f')}|${base64('fo')}|"
                "${base64('foo')}|${base64('foobar')}",
                "|Zg==|Zm8=|Zm9v|Zm9vYmFy");
    assert_made("${hex('foobar')} ${upper(hex('kl'))} ${lower('AbÉ')}",
                "666f6f626172 6B6C abÉ");
    assert_made("${unbase64('Zm9vYg==')}${unbase64('Zm9vYg')}", "foobfoob");
    assert_made("${base64url(unhex('fbff'))}|${base64(unhex('fbff'))}",
                "-_8|+/8=");
    assert_made("${hex(unbase64('-_8'))}${hex(unbase64('+/8='))}", "fbfffbff");
    assert_made("${unhex('6f4B')}", "oK");
    assert_made("${url(order)}${raw(order)}", "A-1%2F2A-1/2");
    assert_made("${base64('it''s', 1)}", "aXQnczE=");
}

static void
test_digests(void **state)
{
    (void)state;
    /* RFC 2202 and 4231, case 2. */
    assert_made("${hmac_sha1(key, data)}",
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_made("${hmac_sha256(key, data)}",
                "5bdcc146bf60754e6a042426089575c7"
                "5a003f089d2739839dec58b964ec3843");
    assert_made("${hmac_sha512('Jefe', 'what do ya want ', 'for nothing?')}",
                "164b7a7bfcf819e2e395fbe73b56e0a3"
                "87bd64222e831fd610270cd7ea250554"
                "9758bf75c05a994a6d034f65f8f0e6fd"
                "caeab1a34d4a6b4b636e070a38bce737");
    assert_made("${sha256('abc')}", "ba7816bf8f01cfea414140de5dae2223"
                                    "b00361a396177a9cb410ff61f20015ad");
    assert_made("${sha1('ab', 'c')}",
                "a9993e364706816aba3e25717850c26c9cd0d89d");
    /* Inside a call they are bytes. */
    assert_made("${base64(sha1('abc'))}", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
    assert_made("${hex(hmac_sha256(key, data))}",
                "5bdcc146bf60754e6a042426089575c7"
                "5a003f089d2739839dec58b964ec3843");
    /* AWS's documented signing key, a chain of four. */
    assert_made("${hmac_sha256(hmac_sha256(hmac_sha256(hmac_sha256("
                "'AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', '20120215'),"
                "'us-east-1'), 'iam'), 'aws4_request')}",
                "f4780e2d9f65fa895f9c67b32ce1baf0"
                "b0d8a43505a000a1a9e090d414db404d");
}

static void
test_time(void **state)
{
    (void)state;
    assert_made("${totp(secret.seed)}", "287082");
    assert_made("${timestamp} ${timestamp.ms} ${timestamp.iso}",
                "59 59000 1970-01-01T00:00:59Z");
    moment.now.ms = 1767323045678;
    assert_made("${timestamp} ${timestamp.ms} ${timestamp.iso}",
                "1767323045 1767323045678 2026-01-02T03:04:05Z");
    moment.now.ms = 59000;
}

static void
test_random(void **state)
{
    char *a = expand("${uuid} ${uuid} ${random(64)} ${random(3)}");
    char *b;

    (void)state;
    assert_int_equal(strlen(a), 36 + 1 + 36 + 1 + 64 + 1 + 3);
    assert_memory_equal(a, a + 37, 36);
    assert_int_equal(a[14], '4');
    assert_non_null(strchr("89ab", a[19]));
    for (int i = 0; i < 36; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23)
            assert_int_equal(a[i], '-');
        else
            assert_non_null(strchr("0123456789abcdef", a[i]));
    for (size_t i = 74; i < 138; i++)
        assert_true(str_is_digit(a[i]) || str_is_alpha(a[i]));
    /* Another step, another value. */
    moment = template_moment((wall_t){59000});
    b = expand("${uuid} ${uuid} ${random(64)} ${random(3)}");
    assert_memory_not_equal(a, b, 36);
    assert_memory_not_equal(a + 74, b + 74, 64);
    free(a);
    free(b);
}

static void
test_what_cannot_be_computed(void **state)
{
    (void)state;
    assert_made(
        "${unbase64(data)}",
        "3 ${unbase64(data)}: unbase64: what it is given is not base64");
    assert_made("${unbase64('Zm9v=Zg=')}",
                "5 ${unbase64('Zm9v=Zg=')}: unbase64: what it is given is not "
                "base64");
    assert_made("${unhex('abc')}", "5 ${unhex('abc')}: unhex: what it is given "
                                   "is not hexadecimal");
    assert_made("${unhex('zz')}", "5 ${unhex('zz')}: unhex: what it is given "
                                  "is not hexadecimal");
    assert_made("${totp(user)}",
                "3 ${totp(user)}: totp: the seed is not base32 "
                "(A-Z and 2-7, at most 128 bytes)");
    /* Ours to mend, and the secret is not shown. */
    assert_made("${totp(secret.bad)}",
                "2 ${totp(secret.bad)}: totp: the seed is not base32 (A-Z and "
                "2-7, at most 128 bytes)");
    assert_made("${hex(lower(gone))}",
                "1 ${hex(lower(gone))}: there is no value `gone`");
}

static void
test_the_list(void **state)
{
    const char *gives = NULL;
    size_t count = 0;

    (void)state;
    while (template_function(count, &gives) != NULL) {
        assert_true(strlen(gives) > 0);
        count++;
    }
    assert_int_equal(count, COUNT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_what_cannot_be_computed),
        cmocka_unit_test(test_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
