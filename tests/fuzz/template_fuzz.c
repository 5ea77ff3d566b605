/*
 * template_fuzz.c - any text as a template, with the values behind a NUL.
 *
 * What parses is expanded in every context; a value may not break a line, add
 * to a URL's structure or end a JSON string, whatever it is.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "checks/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct value {
    const char *text;
    size_t len;
};

static enum template_end
lookup(void *cookie, const char *name, struct template_value *value,
       char why[TEMPLATE_WHY_MAX])
{
    const struct value *v = cookie;

    (void)why;
    if (str_eq(name, "gone"))
        return TEMPLATE_MISSING;
    value->text = v->text;
    value->len = v->len;
    value->is_secret = str_starts(name, "secret.");
    return TEMPLATE_OK;
}

static void
expand(const struct template *tpl, struct value *value,
       enum template_context context)
{
    const struct template_world world = {
        .lookup = lookup, .cookie = value, .moment = {{1700000000000}, {7}}};
    char why[TEMPLATE_WHY_MAX];
    struct buf out;

    buf_init(&out, TEMPLATE_TEXT_MAX);
    if (template_expand(tpl, &world, context, &out, why) != TEMPLATE_OK)
        assert(why[0] != '\0');
    buf_free(&out);
}

/* The value alone, where only the text around it may give shape. */
static void
check_value(struct value *value)
{
    static const struct {
        const char *text;
        enum template_context context;
        const char *not_of; /* characters that are the text's alone */
        size_t head;
        size_t tail;
    } rows[] = {
        {"https://h.example/a/${v}/b", TEMPLATE_IN_URL, "/?#\\&=@:\r\n ", 20,
         2},
        {"https://h.example/?a=${v}&b", TEMPLATE_IN_URL, "/?#\\&=@:\r\n ", 21,
         2},
        {"https://${v}.example/", TEMPLATE_IN_URL, "/?#\\&=@:%\r\n ", 8, 9},
        {"X: ${v}", TEMPLATE_IN_HEADER, "\r\n", 3, 0},
        {"u=${v}&w=1", TEMPLATE_IN_FORM, "&=\r\n ", 2, 4},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct template_world world = {
            lookup, value, {{1700000000000}, {7}}};
        struct template_error error;
        struct template *tpl = template_parse(rows[i].text, &error);
        char why[TEMPLATE_WHY_MAX];
        struct buf out;

        assert(tpl != NULL);
        buf_init(&out, TEMPLATE_TEXT_MAX);
        if (template_expand(tpl, &world, rows[i].context, &out, why) ==
            TEMPLATE_OK)
            for (size_t at = rows[i].head; at + rows[i].tail < out.len; at++)
                assert(out.data[at] != '\0' &&
                       strchr(rows[i].not_of, out.data[at]) == NULL);
        buf_free(&out);
        template_free(tpl);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = str_xndup((const char *)data, size);
    size_t len = strlen(text);
    struct value value = {len < size ? text + len + 1 : "",
                          len < size ? size - len - 1 : 0};
    struct template_error error;
    struct template *tpl = template_parse(text, &error);

    if (tpl == NULL) {
        assert(error.message[0] != '\0' && error.len > 0);
        assert(error.offset <= len);
    } else {
        size_t count = 0;
        const struct template_ref *refs = template_refs(tpl, &count);

        for (size_t i = 0; i < count; i++)
            assert(refs[i].offset + refs[i].len <= len);
        assert(str_eq(template_text(tpl), text));
        for (int c = TEMPLATE_IN_URL; c <= TEMPLATE_IN_FORM; c++)
            expand(tpl, &value, (enum template_context)c);
    }
    check_value(&value);
    template_free(tpl);
    free(text);
    return 0;
}
