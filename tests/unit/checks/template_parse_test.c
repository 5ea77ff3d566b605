/* template_parse_test.c - what is a template, and where one is wrong. */
#include "checks/template_parse.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
refs_are_listed(void **state)
{
    struct template_error error;
    struct template *tpl =
        template_parse("a${b}c $${d} $x $ ${hmac_sha256( secret.key-1 , "
                       "run.id,'z''q')}${uuid}",
                       &error);
    size_t count = 0;
    const struct template_ref *refs;

    (void)state;
    assert_non_null(tpl);
    refs = template_refs(tpl, &count);
    assert_int_equal(count, 3);
    assert_string_equal(refs[0].name, "b");
    assert_int_equal(refs[0].offset, 3);
    assert_int_equal(refs[0].len, 1);
    assert_string_equal(refs[1].name, "secret.key-1");
    assert_memory_equal(template_text(tpl) + refs[1].offset, "secret.key-1",
                        refs[1].len);
    assert_string_equal(refs[2].name, "run.id");
    template_free(tpl);
    template_free(NULL);
}

static void
plain_is_plain(void **state)
{
    static const char *const texts[] = {"",   "a",        "$",
                                        "$$", "$a {b} }", "$${secret.x}"};
    struct template_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct template *tpl = template_parse(texts[i], &error);
        size_t count = 9;

        assert_non_null(tpl);
        (void)template_refs(tpl, &count);
        assert_int_equal(count, 0);
        template_free(tpl);
    }
}

static void
wrong_ones_are_placed(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        size_t len;
        const char *message;
        const char *hint;
    } rows[] = {
        {"ab${x", 2, 2, "this ${ is not closed",
         "$${ writes the two characters ${"},
        {"${}", 2, 1, "a name is missing here",
         "${NAME}, ${FUNCTION(NAME, 'text')}; $${ writes ${"},
        {"${ !x}", 3, 1, "a name cannot begin with this",
         "${NAME}, ${FUNCTION(NAME, 'text')}; $${ writes ${"},
        {"${a b}", 4, 1, "`}` is missing here",
         "$${ writes the two characters ${"},
        {"${base46(a)}", 2, 6, "there is no function `base46`",
         "did you mean `base64(x, ...)`?"},
        {"${hmac256(secret.k, a)}", 2, 7, "there is no function `hmac256`",
         "uuid, timestamp, base64, hmac_sha256, totp, ...: see docs/values.md"},
        {"${base64}", 2, 6, "`base64` is a function",
         "write ${base64(x, ...)}"},
        {"${uuid()}", 2, 4, "`uuid` takes no arguments", "write ${uuid}"},
        {"${totp(a, b)}", 2, 4, "`totp` takes 1 argument, not 2",
         "it is totp(seed): the six digits an authenticator app shows for a "
         "base32 seed"},
        {"${hmac_sha1(a)}", 2, 9,
         "`hmac_sha1` takes at least 2 arguments, not 1",
         "it is hmac_sha1(key, x, ...): HMAC with SHA-1"},
        {"${hex()}", 2, 3, "`hex` takes at least 1 argument, not 0",
         "it is hex(x, ...): hexadecimal digits"},
        {"${random(0)}", 2, 6, "`random` takes a number from 1 to 64",
         "it is random(N): N (1 to 64) random digits and small letters"},
        {"${random(a)}", 2, 6, "`random` takes a number from 1 to 64",
         "it is random(N): N (1 to 64) random digits and small letters"},
        {"${hex('a)}", 6, 1, "this text is not closed",
         "a text ends with ', and '' in it is one quote"},
        {"${hex(a b)}", 8, 1, "`)` or `,` is missing here",
         "arguments are separated by commas"},
        {"${hex(a,)}", 8, 1, "a name is missing here",
         "${NAME}, ${FUNCTION(NAME, 'text')}; $${ writes ${"},
        {"${'a'}", 0, 5, "a text of its own needs no ${...}",
         "write it without ${ and }"},
        {"${12}", 0, 4, "a text of its own needs no ${...}",
         "write it without ${ and }"},
        {"${hex(hex(hex(hex(hex(hex(hex(hex(hex(a)))))))))}", 34, 3,
         "calls stand in each other more than 8 deep",
         "give a part of it a name with `values`"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct template_error error;

        assert_null(template_parse(rows[i].text, &error));
        assert_string_equal(error.message, rows[i].message);
        assert_string_equal(error.hint, rows[i].hint);
        assert_int_equal(error.offset, rows[i].offset);
        assert_int_equal(error.len, rows[i].len);
    }
}

static void
limits_hold(void **state)
{
    char *text = str_xcalloc(1, TEMPLATE_TEXT_MAX + 100);
    struct template_error error;
    struct template *tpl;

    (void)state;
    memset(text, 'x', TEMPLATE_TEXT_MAX + 1);
    assert_null(template_parse(text, &error));
    assert_string_equal(error.message, "the text is over 256 KiB");
    text[TEMPLATE_TEXT_MAX] = '\0';
    tpl = template_parse(text, &error);
    assert_non_null(tpl);
    template_free(tpl);
    for (int i = 0; i <= TEMPLATE_REFS_MAX; i++)
        memcpy(text + (size_t)i * 4, "${a}", 5);
    assert_null(template_parse(text, &error));
    assert_int_equal(error.offset, TEMPLATE_REFS_MAX * 4);
    text[TEMPLATE_REFS_MAX * 4] = '\0';
    tpl = template_parse(text, &error);
    assert_non_null(tpl);
    template_free(tpl);
    memset(text, 'n', 200);
    memcpy(text, "${", 2);
    memcpy(text + 2 + TEMPLATE_NAME_MAX, "}", 2);
    assert_null(template_parse(text, &error));
    assert_string_equal(error.message, "a name has at most 79 characters");
    memcpy(text + 2 + TEMPLATE_NAME_MAX - 1, "}", 2);
    tpl = template_parse(text, &error);
    assert_non_null(tpl);
    template_free(tpl);
    memcpy(text, "${hex(", 6);
    for (size_t i = 0; i <= TEMPLATE_ARGS_MAX; i++)
        memcpy(text + 6 + i * 2, "a,", 2);
    memcpy(text + 6 + (TEMPLATE_ARGS_MAX + 1) * 2 - 1, ")}", 3);
    assert_null(template_parse(text, &error));
    assert_string_equal(error.message, "a call takes at most 16 arguments");
    free(text);
}

static void
names_for_values(void **state)
{
    (void)state;
    assert_true(template_is_name("order_id-2"));
    assert_true(template_is_name("_x"));
    assert_false(template_is_name(""));
    assert_false(template_is_name("2x"));
    assert_false(template_is_name("-x"));
    assert_false(template_is_name("a.b"));
    assert_false(template_is_name("a b"));
    assert_false(template_is_name("uuid"));
    assert_false(template_is_name("base64"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refs_are_listed),
        cmocka_unit_test(plain_is_plain),
        cmocka_unit_test(wrong_ones_are_placed),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(names_for_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
