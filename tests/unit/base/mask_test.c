/* mask.c: no value shows, however it is encoded; nothing else is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mask.c"

#include <curl/curl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>

#define VALUE "p&ss/wo+rd \"\xc3\xa9%'"

static struct mask *
mask_of(const char *value)
{
    struct mask *mask = mask_create();

    mask_add(mask, value, strlen(value));
    return mask;
}

static void
assert_masked(const struct mask *mask, const char *text, const char *want)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    assert_int_equal(mask_text(mask, text, strlen(text), &out), 0);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
}

/* Between other text, at its beginning and at its end. */
static void
assert_hidden(const struct mask *mask, const char *encoded)
{
    char *inside = str_xprintf("{\"a\":\"%s\"}\n", encoded);
    char *first = str_xprintf("%s\n", encoded);

    assert_masked(mask, inside, "{\"a\":\"" MASK_TEXT "\"}\n");
    assert_masked(mask, first, MASK_TEXT "\n");
    assert_masked(mask, encoded, MASK_TEXT);
    free(inside);
    free(first);
}

static void
test_plain(void **state)
{
    struct mask *mask = mask_of("hunter2");
    (void)state;

    assert_hidden(mask, "hunter2");
    assert_masked(mask, "", "");
    assert_masked(mask, "hunter", MASK_TEXT); /* cut off by the end */
    assert_masked(mask, "hun", "hun");
    assert_masked(mask, "hunter 2", "hunter 2");
    assert_masked(mask, "Hunter2 HUNTER2", "Hunter2 HUNTER2");
    assert_masked(mask, "hunter2hunter2 & hunter2",
                  MASK_TEXT MASK_TEXT " & " MASK_TEXT);
    mask_free(mask);
    mask_free(NULL);
}

static void
test_short_values(void **state)
{
    struct mask *mask = mask_of("abc");
    (void)state;

    assert_true(mask_is_empty(mask));
    assert_masked(mask, "abc", "abc");
    mask_add(mask, "abcd", 4);
    assert_false(mask_is_empty(mask));
    assert_masked(mask, "abc abcd", "abc " MASK_TEXT);
    mask_free(mask);
}

static void
test_url(void **state)
{
    struct mask *mask = mask_of(VALUE);
    char *all = curl_easy_escape(NULL, VALUE, 0);
    char *lower = str_xdup(all);
    (void)state;

    for (char *c = lower; *c != '\0'; c++)
        *c = str_lower(*c);
    assert_hidden(mask, VALUE);
    assert_hidden(mask, all);
    assert_hidden(mask, lower);
    /* Whoever encodes chooses what. */
    assert_hidden(mask, "p%26ss/wo%2Brd+%22%c3%A9%25'");
    assert_hidden(mask, "%70%26%73%73%2f%77%6f%2b%72%64+%22%C3%A9%25%27");
    curl_free(all);
    free(lower);
    mask_free(mask);
}

static void
test_json(void **state)
{
    static const size_t flags[] = {0, JSON_ENSURE_ASCII, JSON_ESCAPE_SLASH,
                                   JSON_ENSURE_ASCII | JSON_ESCAPE_SLASH};
    static const char value[] = "t\xc3\xa9/k\n\t\"\\\xf0\x9f\x98\x80\x7f";
    struct mask *mask = mask_of(value);
    json_t *text = json_string(value);
    (void)state;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        char *quoted = json_dumps(text, flags[i] | JSON_ENCODE_ANY);

        quoted[strlen(quoted) - 1] = '\0';
        assert_hidden(mask, quoted + 1);
        free(quoted);
    }
    assert_hidden(mask, "\\u0074\\u00e9\\/k\\u000A\\t\\u0022\\\\\\ud83d\\uDE00"
                        "\\u007f");
    /* Half a surrogate pair, no digits, the end: themselves. */
    assert_masked(mask, "\\ud83d\\u \\ud83dx \\uzzzz \\",
                  "\\ud83d\\u \\ud83dx \\uzzzz \\");
    json_decref(text);
    mask_free(mask);
}

static void
test_html(void **state)
{
    struct mask *mask = mask_of("<a&'b\">\xe2\x82\xac!");
    (void)state;

    assert_hidden(mask, "&lt;a&amp;&#39;b&quot;&gt;\xe2\x82\xac!");
    assert_hidden(mask, "<a&amp;&apos;b\">&#8364;&#33;");
    assert_hidden(mask, "&#x3c;a&#X26;&#x27;b&#34;&#062;&#x20AC;!");
    assert_masked(mask, "&lt;a&amp;&#39b &#; &#x; &lt &#x110000; &#9",
                  "&lt;a&amp;&#39b &#; &#x; &lt &#x110000; &#9");
    mask_free(mask);
}

/* Every place among three bytes, every length, in both alphabets. */
static void
test_base64(void **state)
{
    static const char value[] = "\xff\xfe\xfd~>?<abcdefgh";
    (void)state;

    for (size_t len = MASK_VALUE_MIN; len < sizeof(value); len++)
        for (size_t before = 0; before < 7; before++) {
            struct mask *mask = mask_create();
            char plain[64] = "", code[96];
            char want[96];

            mask_add(mask, value, len);
            for (int is_url = 0; is_url < 2; is_url++) {
                struct buf out;

                memset(plain, 'u', before);
                memcpy(plain + before, value, len);
                memset(plain + before + len, 'p', 5);
                (void)EVP_EncodeBlock((unsigned char *)code,
                                      (unsigned char *)plain,
                                      (int)(before + len + 5));
                for (char *c = code; is_url && *c != '\0'; c++)
                    *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
                (void)snprintf(want, sizeof(want), "%.*s" MASK_TEXT "%s",
                               (int)(8 * before / 6), code,
                               code + (8 * (before + len) + 5) / 6);
                buf_init(&out, 1000);
                assert_int_equal(mask_text(mask, code, strlen(code), &out), 0);
                assert_string_equal(buf_text(&out), want);
                buf_free(&out);
            }
            mask_free(mask);
        }
}

static void
test_encoded_base64(void **state)
{
    struct mask *mask = mask_of("\xff\xff\xff\xff\xff\xff");
    (void)state;

    assert_masked(mask, "a=%2F%2f%2f%2f%2F%2f%2F%2F&", "a=" MASK_TEXT "&");
    assert_masked(mask, "\"\\/\\/\\/\\/\\/\\/\\/\\/\"", "\"" MASK_TEXT "\"");
    mask_free(mask);
}

/* Of two values that overlap no rest is shown, and of two that are one in
 * the other the longer goes. */
static void
test_overlap(void **state)
{
    struct mask *mask = mask_of("abcdefgh");
    (void)state;

    mask_add(mask, "efghijkl", 8);
    mask_add(mask, "cdef", 4);
    mask_add(mask, "cdef", 4);
    assert_masked(mask, "-abcdefghijkl-", "-" MASK_TEXT "-");
    assert_masked(mask, "-cdefgh-", "-" MASK_TEXT "gh-");
    assert_masked(mask, "abcdefgh efghijkl", MASK_TEXT " " MASK_TEXT);
    mask_free(mask);
}

/* A cut value, and one in the middle of an escape. */
static void
test_cut(void **state)
{
    struct mask *mask = mask_of("abcd/efgh");
    (void)state;

    assert_masked(mask, "x abcd", "x " MASK_TEXT);
    assert_masked(mask, "x abcd%", "x " MASK_TEXT);
    assert_masked(mask, "x abcd%2", "x " MASK_TEXT);
    assert_masked(mask, "x abcd%2fe", "x " MASK_TEXT);
    assert_masked(mask, "x abcd\\u002", "x " MASK_TEXT);
    assert_masked(mask, "x abcd ", "x abcd ");
    mask_free(mask);
}

/* A value that is half a character takes the whole of it. */
static void
test_utf8(void **state)
{
    struct mask *mask = mask_create();
    (void)state;

    mask_add(mask, "\xa9xyz\xc3", 5);
    assert_masked(mask, "a\xc3\xa9xyz\xc3\xa9z", "a" MASK_TEXT "z");
    mask_free(mask);
}

static void
test_limits(void **state)
{
    struct mask *mask = mask_of("abcd");
    char text[12] = "abcd abcd";
    struct buf out;
    (void)state;

    mask_in_place(mask, text, sizeof(text));
    assert_string_equal(text, "<secret> <s");
    buf_init(&out, 10);
    assert_int_equal(mask_text(mask, "abcd abcd", 9, &out), -1);
    buf_free(&out);
    mask_free(mask);
}

static void
test_names(void **state)
{
    struct mask *mask = mask_create();
    struct buf out;
    (void)state;

    mask_add_as(mask, "deadbeef99", 10, "csrf");
    mask_add_as(mask, "hunter2!", 8, "password");
    mask_add(mask, "hunter2!", 8);
    mask_add_as(mask, "longname", 8, "a_name_of_more_than_thirty_characters");
    assert_masked(mask, "deadbeef99x", "<csrf>x");
    assert_masked(mask, "ZGVhZGJlZWY5OQ==", "<csrf>==");
    assert_masked(mask, "hunter2!", MASK_TEXT);
    assert_masked(mask, "deadbeef99 hunter2!", "<csrf> " MASK_TEXT);
    mask_add(mask, "f99hunt", 7); /* shares its bytes with both */
    assert_masked(mask, "deadbeef99hunter2!", MASK_TEXT);
    assert_masked(mask, "longname", "<a_name_of_more_than_thirty_cha>");
    mask_add_as(mask, "ab12", 4, "a_name_of_more_than_thirty_characters");
    buf_init(&out, 8 * MASK_GROWTH);
    assert_int_equal(mask_text(mask, "ab12ab12", 8, &out), 0);
    buf_free(&out);
    mask_free(mask);
}

/* What a server makes of its cookies and its text together: each place of the
 * text begins each value, nearly to its end. */
static void
test_work_has_an_end(void **state)
{
    struct mask *mask = mask_create();
    char value[4000];
    char *text = str_xcalloc(1, 8193);
    struct buf out;
    (void)state;

    memset(value, 'a', sizeof(value));
    for (int i = 0; i < 300; i++) {
        value[sizeof(value) - 2] = (char)('A' + i % 26);
        value[sizeof(value) - 1] = (char)('A' + i / 26);
        mask_add(mask, value, sizeof(value));
    }
    memset(text, 'a', 8192);
    memcpy(text, "shown; ", 7);
    buf_init(&out, 1 << 20);
    assert_int_equal(mask_text(mask, text, 8192, &out), 0);
    assert_memory_equal(buf_text(&out), "shown; ", 7);
    assert_string_equal(buf_text(&out) + out.len - strlen(MASK_TEXT),
                        MASK_TEXT);
    assert_true(out.len < 100); /* and none of what was not read */
    buf_free(&out);
    free(text);
    mask_free(mask);
}

/* All that a run may have to hide, in a text that means no harm: found, and the
 * rest of it shown. */
static void
test_work_is_enough(void **state)
{
    struct mask *mask = mask_create();
    char *text = str_xcalloc(1, 20000);
    size_t len = 0;
    char value[40];
    struct buf out;
    (void)state;

    for (int i = 0; i < 350; i++) {
        (void)snprintf(value, sizeof(value), "s%03d-%08x-&\"%08x", i,
                       0x9e3779b9U * (unsigned)i, 0x85ebca6bU * (unsigned)i);
        mask_add(mask, value, strlen(value));
    }
    while (len < 8192)
        len += (size_t)sprintf(text + len,
                               "<p class=\"s0\">sss &amp; s10 \\\" %%20 %s</p>",
                               value);
    buf_init(&out, 1 << 20);
    assert_int_equal(mask_text(mask, text, len, &out), 0);
    assert_string_equal(buf_text(&out) + out.len - 4, "</p>");
    assert_null(strstr(buf_text(&out), value));
    buf_free(&out);
    free(text);
    mask_free(mask);
}

static void
test_too_many_values_hide_all(void **state)
{
    struct mask *mask = mask_create();
    char value[16];
    (void)state;

    for (int i = 0; i < MASK_PATTERNS_MAX; i++) {
        (void)snprintf(value, sizeof(value), "v%05d", i);
        mask_add(mask, value, strlen(value));
    }
    assert_true(mask->count < MASK_PATTERNS_MAX + 10);
    assert_masked(mask, "anything", MASK_TEXT);
    assert_masked(mask, "", "");
    mask_free(mask);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_short_values),
        cmocka_unit_test(test_url),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_encoded_base64),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_work_has_an_end),
        cmocka_unit_test(test_work_is_enough),
        cmocka_unit_test(test_too_many_values_hide_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
