/*
 * expr_fuzz.c - any text as an expectation.  What parses is evaluated against
 * values of each type, and its own text must parse again.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/expr.h"
#include "base/str.h"

static const char *const words[] = {"good", "bad", NULL};
static const struct expr_subject table[] = {
    {.name = "status", .type = EXPR_INT},
    {.name = "time", .type = EXPR_DURATION},
    {.name = "size", .type = EXPR_SIZE},
    {.name = "loss", .type = EXPR_DECIMAL},
    {.name = "body", .type = EXPR_TEXT},
    {.name = "header", .type = EXPR_TEXT, .arg = EXPR_ARG_WORD},
    {.name = "json", .type = EXPR_ANY, .arg = EXPR_ARG_JSONPATH},
    {.name = "ip", .type = EXPR_ADDRESS},
    {.name = "ocsp", .type = EXPR_TEXT, .words = words},
    {.name = "aa", .type = EXPR_FLAG},
    {.name = "all servers agree", .type = EXPR_FLAG},
};

#define COUNT (sizeof(table) / sizeof(table[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
lookup(void *cookie, const struct expr_subject *subject, const char *arg,
       struct expr_values *values)
{
    const char *text = cookie;

    assert((arg != NULL) == (subject->arg != EXPR_ARG_NONE));
    expr_values_text(values, text, strlen(text));
    if (subject->type == EXPR_FLAG)
        expr_values_flag(values, true);
    else
        expr_values_int(values, 200);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = str_xndup((const char *)data, size);
    struct expr_error error;
    struct expr_verdict verdict;
    struct expr *expr = expr_parse(text, table, COUNT, &error);

    if (expr == NULL) {
        assert(error.message[0] != '\0' && error.len > 0);
        assert(error.offset <= strlen(text));
    } else {
        expr_eval(expr, lookup, text, &verdict);
        assert(verdict.subject != NULL && verdict.message[0] != '\0');
        assert(str_is_utf8(verdict.message, strlen(verdict.message)));
        assert(str_eq(expr_text(expr), text));
    }
    expr_free(expr);
    free(text);
    return 0;
}
