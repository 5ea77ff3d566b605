/* template_test.c - secrets, refusals and limits of an expansion. */
#include "checks/template.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum template_end
lookup(void *cookie, const char *name, struct template_value *value,
       char why[TEMPLATE_WHY_MAX])
{
    size_t *asked = cookie;

    ++*asked;
    if (str_eq(name, "secret.denied")) {
        (void)snprintf(why, TEMPLATE_WHY_MAX, "`denied` is not for x");
        return TEMPLATE_SECRET;
    }
    if (str_eq(name, "gone"))
        return TEMPLATE_MISSING;
    value->text = strstr(name, "broken") != NULL ? "a\nb" : "v";
    value->len = strlen(value->text);
    value->is_secret = str_starts(name, "secret.");
    value->is_own = str_starts(name, "own");
    return TEMPLATE_OK;
}

static enum template_end
expand_in(const char *text, enum template_context context, struct buf *out,
          char why[TEMPLATE_WHY_MAX])
{
    size_t asked = 0;
    const struct template_world world = {.lookup = lookup,
                                         .cookie = &asked,
                                         .moment =
                                             template_moment((wall_t){0})};
    struct template_error error;
    struct template *tpl = template_parse(text, &error);
    enum template_end end;

    assert_non_null(tpl);
    end = template_expand(tpl, &world, context, out, why);
    template_free(tpl);
    return end;
}

static enum template_end
expand(const char *text, struct buf *out, char why[TEMPLATE_WHY_MAX])
{
    return expand_in(text, TEMPLATE_IN_TEXT, out, why);
}

static void
test_ends(void **state)
{
    static const struct {
        const char *text;
        enum template_end end;
        const char *want;
        bool wipes;
    } rows[] = {
        {"", TEMPLATE_OK, "", false},
        {"a$${b}$c$", TEMPLATE_OK, "a${b}$c$", false},
        {"$$${x}", TEMPLATE_OK, "$${x}", false},
        {"<${x}${y}>", TEMPLATE_OK, "<vv>", false},
        {"${secret.x}", TEMPLATE_OK, "v", true},
        {"${sha1(secret.x)}", TEMPLATE_OK,
         "7a38d8cbd20d9932ba948efaa364bb62651d5ad4", true},
        {"${gone}", TEMPLATE_MISSING, "${gone}: there is no value `gone`",
         false},
        {"${secret.denied}", TEMPLATE_SECRET,
         "${secret.denied}: `denied` is not for x", false},
        {"${hex('a long reference that a message cannot show to its end', "
         "gone)}",
         TEMPLATE_MISSING,
         "${hex('a long reference that a message cannot show to its en...: "
         "there is no value `gone`",
         false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char why[TEMPLATE_WHY_MAX];
        struct buf out;

        buf_init(&out, 1000);
        assert_int_equal(expand(rows[i].text, &out, why), rows[i].end);
        assert_string_equal(rows[i].end == TEMPLATE_OK ? buf_text(&out) : why,
                            rows[i].want);
        assert_int_equal(out.wipes, rows[i].wipes);
        buf_free(&out);
    }
}

/* Who is to blame for a value that would break a request: whoever gave it. */
static void
test_whose_fault(void **state)
{
    static const struct {
        const char *text;
        enum template_end end;
        const char *why;
    } rows[] = {
        {"${broken}", TEMPLATE_INVALID,
         "${broken}: the value holds a line break"},
        {"${secret.broken}", TEMPLATE_SECRET,
         "${secret.broken}: the value holds a line break"},
        {"${upper(secret.broken)}", TEMPLATE_SECRET,
         "${upper(secret.broken)}: the value holds a line break"},
        {"${own-broken}", TEMPLATE_OWN,
         "${own-broken}: the value holds a line break"},
        {"${lower(own, broken)}", TEMPLATE_INVALID,
         "${lower(own, broken)}: the value holds a line break"},
        {"${unhex('0a')}", TEMPLATE_OWN,
         "${unhex('0a')}: the value holds a line break"},
        {"${unhex('zz')}", TEMPLATE_OWN,
         "${unhex('zz')}: unhex: what it is given is not hexadecimal"},
        {"${own-x} ${unhex(x)}", TEMPLATE_INVALID,
         "${unhex(x)}: unhex: what it is given is not hexadecimal"},
        {"${secret.x} ${broken}", TEMPLATE_INVALID,
         "${broken}: the value holds a line break"},
        {"${broken} ${secret.x}", TEMPLATE_INVALID,
         "${broken}: the value holds a line break"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char why[TEMPLATE_WHY_MAX];
        struct buf out;

        buf_init(&out, 1000);
        assert_int_equal(expand_in(rows[i].text, TEMPLATE_IN_HEADER, &out, why),
                         rows[i].end);
        assert_string_equal(why, rows[i].why);
        buf_free(&out);
    }
}

static void
test_without_a_lookup(void **state)
{
    const struct template_world world = {.lookup = NULL};
    struct template_error error;
    struct template *tpl = template_parse("${x}", &error);
    char why[TEMPLATE_WHY_MAX];
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    assert_int_equal(template_expand(tpl, &world, TEMPLATE_IN_TEXT, &out, why),
                     TEMPLATE_MISSING);
    buf_free(&out);
    template_free(tpl);
}

static void
test_limits(void **state)
{
    char why[TEMPLATE_WHY_MAX];
    struct buf out;

    (void)state;
    buf_init(&out, 3);
    assert_int_equal(expand("abc${x}", &out, why), TEMPLATE_LIMIT);
    assert_string_equal(why, "the text is over its limit");
    buf_free(&out);
    /* Nobody answered anything of these. */
    assert_int_equal(expand("abc${own-x}", &out, why), TEMPLATE_OWN);
    assert_string_equal(why, "the text is over its limit");
    buf_free(&out);
    assert_int_equal(expand("abcd", &out, why), TEMPLATE_OWN);
    buf_free(&out);
    assert_int_equal(expand("ab${x}", &out, why), TEMPLATE_OK);
    buf_free(&out);
}

static enum template_end
large(void *cookie, const char *name, struct template_value *value,
      char why[TEMPLATE_WHY_MAX])
{
    (void)name;
    (void)why;
    value->text = cookie;
    value->len = TEMPLATE_TEXT_MAX / 2 + 10;
    return TEMPLATE_OK;
}

static void
test_large_values(void **state)
{
    char *text = str_xcalloc(1, TEMPLATE_TEXT_MAX);
    const struct template_world world = {.lookup = large, .cookie = text};
    static const char *const texts[] = {"${a}${a}", "${hex(a)}", "${hex(a, a)}",
                                        "${lower(a, a)}"};

    (void)state;
    memset(text, 'x', TEMPLATE_TEXT_MAX);
    for (size_t i = 0; i < 4; i++) {
        struct template_error error;
        struct template *tpl = template_parse(texts[i], &error);
        char why[TEMPLATE_WHY_MAX];
        struct buf out;

        buf_init(&out, TEMPLATE_TEXT_MAX * 4);
        assert_int_equal(
            template_expand(tpl, &world, TEMPLATE_IN_TEXT, &out, why),
            TEMPLATE_LIMIT);
        assert_true(why[0] != '\0');
        buf_free(&out);
        template_free(tpl);
    }
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_whose_fault),
        cmocka_unit_test(test_without_a_lookup),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_large_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
