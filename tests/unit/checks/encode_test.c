/* encode_test.c - every byte in every context. */
#include "checks/encode.c"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef void encode_fn(struct buf *out, const char *text, size_t len);

static void
assert_encoded(encode_fn *encode, const char *text, const char *want)
{
    struct buf out;

    buf_init(&out, 1000);
    encode(&out, text, strlen(text));
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
}

static void
test_examples(void **state)
{
    (void)state;
    assert_encoded(encode_url, "../../admin?x=1&y=#",
                   "..%2F..%2Fadmin%3Fx%3D1%26y%3D%23");
    assert_encoded(encode_url, "a b+c%\xc3\xa9", "a%20b%2Bc%25%C3%A9");
    assert_encoded(encode_url, "Az09-._~", "Az09-._~");
    assert_encoded(encode_url_bytes, "/a?b=c&d e\"\xc3\xa9%41#x",
                   "/a?b=c&d%20e%22%C3%A9%41#x");
    assert_encoded(encode_form, "a b+c&d=e~*\xc3\xa9\r\n",
                   "a+b%2Bc%26d%3De%7E*%C3%A9%0D%0A");
    assert_encoded(encode_json, "a\"b\\c\n\x01/\xc3\xa9",
                   "a\\\"b\\\\c\\u000a\\u0001/\xc3\xa9");
}

/* What stands for itself, byte by byte: RFC 3986 2.3, WHATWG's form set. */
static void
test_every_byte(void **state)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789";

    (void)state;
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;
        char coded[16];
        struct buf url;
        struct buf form;
        bool plain = c != 0 && strchr(letters, c) != NULL;

        buf_init(&url, 10);
        buf_init(&form, 10);
        encode_url(&url, &byte, 1);
        encode_form(&form, &byte, 1);
        (void)snprintf(coded, sizeof(coded), "%%%02X", (unsigned)c);
        if (plain || (c != 0 && strchr("-._~", c) != NULL))
            assert_memory_equal(buf_text(&url), &byte, 1);
        else
            assert_string_equal(buf_text(&url), coded);
        if (plain || (c != 0 && strchr("*-._", c) != NULL))
            assert_memory_equal(buf_text(&form), &byte, 1);
        else
            assert_string_equal(buf_text(&form), c == ' ' ? "+" : coded);
        buf_free(&url);
        buf_free(&form);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
