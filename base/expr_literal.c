/*
 * A literal is read as what its subject is, when the expectation is read: an
 * error about "time < 800" has a place and a remedy then, and none at night.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/expr_priv.h"
#include "base/str.h"
#include "base/units.h"

#define NUMBER_MAX    64 /* bytes of a number, with its unit */
#define SECONDS_BELOW 60 /* a bare `time < 30` meant seconds */

/* ---- comparing ---- */

/* A double holds no more than 53 bits of an int64_t, so the whole parts are
 * compared as integers and the fraction by itself. */
static int
cmp_int_decimal(int64_t a, double b)
{
    int64_t whole = 0;
    double fraction = 0;

    if (b >= 0x1p63)
        return -1;
    if (b < -0x1p63)
        return 1;
    whole = (int64_t)b;
    fraction = b - (double)whole;
    if (a != whole)
        return a < whole ? -1 : 1;
    return fraction > 0 ? -1 : fraction < 0 ? 1 : 0;
}

int
expr_literal_cmp(const struct expr_value *a, const struct expr_value *b)
{
    assert(a->type == EXPR_V_NUM && b->type == EXPR_V_NUM);
    if (!a->is_decimal && !b->is_decimal)
        return a->num < b->num ? -1 : a->num > b->num ? 1 : 0;
    if (!a->is_decimal)
        return cmp_int_decimal(a->num, b->decimal);
    if (!b->is_decimal)
        return -cmp_int_decimal(b->num, a->decimal);
    return a->decimal < b->decimal ? -1 : a->decimal > b->decimal ? 1 : 0;
}

/* ---- addresses ---- */

int
expr_literal_net(struct expr_net *net, const char *text, size_t len)
{
    char copy[NUMBER_MAX];
    char *slash = NULL;
    struct expr_net made = {.family = 0};
    int64_t prefix = 0;

    if (len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
        return -1;
    memcpy(copy, text, len);
    copy[len] = '\0';
    slash = strchr(copy, '/');
    if (slash != NULL)
        *slash = '\0';
    made.family = strchr(copy, ':') != NULL ? AF_INET6 : AF_INET;
    made.prefix = made.family == AF_INET6 ? 128 : 32;
    if (inet_pton(made.family, copy, made.bytes) != 1)
        return -1;
    if (slash != NULL) {
        if (!str_is_digit(slash[1]) || str_parse_i64(slash + 1, &prefix) != 0 ||
            prefix > made.prefix)
            return -1;
        made.prefix = (int)prefix;
    }
    *net = made;
    return 0;
}

bool
expr_literal_in_net(const struct expr_net *net, const struct expr_net *address)
{
    size_t whole = (size_t)net->prefix / 8;
    unsigned rest = (unsigned)net->prefix % 8;
    unsigned mask = (0xff00U >> rest) & 0xffU;

    if (net->family != address->family ||
        memcmp(net->bytes, address->bytes, whole) != 0)
        return false;
    return rest == 0 ||
           ((net->bytes[whole] ^ address->bytes[whole]) & mask) == 0;
}

/* ---- reading ---- */

static int refuse(struct expr_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int
refuse(struct expr_error *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error->message, sizeof(error->message), format, args);
    va_end(args);
    return -1;
}

static void hint(struct expr_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
hint(struct expr_error *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error->hint, sizeof(error->hint), format, args);
    va_end(args);
}

/* JSON's shape of a number, `+` and leading zeros allowed: what strtod() takes
 * beyond that (hex, inf, nan) is no number here. */
static bool
is_decimal(const char *text)
{
    size_t i = text[0] == '-' || text[0] == '+' ? 1 : 0;
    size_t start = i;

    while (str_is_digit(text[i]))
        i++;
    if (i == start)
        return false;
    if (text[i] == '.') {
        if (!str_is_digit(text[++i]))
            return false;
        while (str_is_digit(text[i]))
            i++;
    }
    if (text[i] == 'e' || text[i] == 'E') {
        i += text[i + 1] == '-' || text[i + 1] == '+' ? 2 : 1;
        if (!str_is_digit(text[i]))
            return false;
        while (str_is_digit(text[i]))
            i++;
    }
    return text[i] == '\0';
}

static int
parse_number(struct expr_value *v, const char *text)
{
    if (strlen(text) >= NUMBER_MAX || !is_decimal(text))
        return -1;
    v->type = EXPR_V_NUM;
    if (str_parse_i64(text[0] == '+' ? text + 1 : text, &v->num) == 0)
        return 0;
    v->is_decimal = true;
    v->decimal = strtod(text, NULL); /* the process stays in the C locale */
    return isfinite(v->decimal) ? 0 : -1;
}

/* The number in a text that is more: "TLSv1.2", "HTTP/2". */
static void
hint_number(struct expr_error *error, const char *text)
{
    const char *from = text + strcspn(text, "0123456789");
    size_t len = strspn(from, "0123456789.");

    if (len > 0 && from[len] == '\0')
        hint(error, "write %.*s", (int)len, from);
}

static int
parse_plain_number(struct expr_literal *literal, const struct expr_subject *s,
                   const char *text, struct expr_error *error)
{
    char number[NUMBER_MAX];
    size_t digits = strspn(text, "+-0123456789.");
    size_t len = strlen(text);
    bool is_percent = len > 1 && len < sizeof(number) && text[len - 1] == '%' &&
                      s->type == EXPR_DECIMAL;

    str_copy(number, sizeof(number), text);
    if (is_percent)
        number[len - 1] = '\0';
    if (parse_number(&literal->value, number) == 0)
        return 0;
    if (s->type == EXPR_INT && str_is_digit(text[0]) &&
        (strchr(text + 1, '-') != NULL || strchr(text, 'x') != NULL))
        hint(error, "a range is `%s >= 200 and %s < 300`", s->name, s->name);
    else if (text[digits] == ',')
        hint(error, "values are separated by blanks, without commas");
    else if (digits > 0 && digits < len)
        hint(error, "write %.*s", (int)digits, text);
    else if (digits == 0)
        hint_number(error, text);
    return refuse(error, "%s is a number: `%.60s` is not one", s->name, text);
}

static int
parse_duration(struct expr_literal *literal, const struct expr_subject *s,
               const char *text, struct expr_error *error)
{
    struct expr_value plain = {.is_decimal = false};
    const char *unit = "ms";

    literal->value.type = EXPR_V_NUM;
    if (units_parse_duration(text, &literal->value.num) == 0)
        return 0;
    hint(error, "units: us ms s m h d w");
    if (parse_number(&plain, text) != 0)
        return refuse(error, "%s is a duration: `%.60s` is not one", s->name,
                      text);
    if (plain.is_decimal ? plain.decimal < SECONDS_BELOW
                         : plain.num < SECONDS_BELOW)
        unit = "s";
    return refuse(error, "%s is a duration: write %.40s%s, not %.40s", s->name,
                  text, unit, text);
}

static int
parse_size(struct expr_literal *literal, const struct expr_subject *s,
           const char *text, struct expr_error *error)
{
    literal->value.type = EXPR_V_NUM;
    if (units_parse_size(text, &literal->value.num) == 0 ||
        (str_is_digit(text[0]) &&
         str_parse_i64(text, &literal->value.num) == 0))
        return 0;
    hint(error, "units: B kB MB GB TB KiB MiB GiB TiB");
    return refuse(error, "%s is a size: `%.60s` is not one", s->name, text);
}

static int
parse_address(struct expr_literal *literal, const struct expr_subject *s,
              enum expr_op op, const char *text, struct expr_error *error)
{
    int bits = 0;

    literal->value.type = EXPR_V_TEXT;
    if (expr_literal_net(&literal->net, text, strlen(text)) != 0)
        return refuse(error,
                      "%s is an address: `%.60s` is neither one nor a "
                      "network",
                      s->name, text);
    bits = literal->net.family == AF_INET6 ? 128 : 32;
    if (op == EXPR_OP_IN || literal->net.prefix == bits)
        return 0;
    hint(error, "write `%s in %.60s`", s->name, text);
    return refuse(error, "`%.60s` is a network, not an address", text);
}

static size_t
count_words(const struct expr_subject *s)
{
    size_t count = 0;

    while (s->words != NULL && s->words[count] != NULL)
        count++;
    return count;
}

static bool
is_text_search(enum expr_op op)
{
    return op == EXPR_OP_CONTAINS || op == EXPR_OP_STARTS ||
           op == EXPR_OP_ENDS || op == EXPR_OP_MATCHES;
}

/* An enumeration: only its words can ever be equal. */
static int
parse_word(const struct expr_subject *s, const char *text,
           struct expr_error *error)
{
    size_t count = count_words(s);
    size_t used = 0;
    int nearest = -1;

    for (size_t i = 0; i < count; i++) {
        if (str_eq(s->words[i], text))
            return 0;
        if (str_eq_nocase(s->words[i], text))
            nearest = (int)i;
    }
    if (nearest < 0)
        nearest = str_nearest(text, s->words, count);
    if (nearest >= 0) {
        hint(error, "did you mean `%s`?", s->words[nearest]);
    } else {
        used = (size_t)snprintf(error->hint, sizeof(error->hint), "one of");
        for (size_t i = 0; i < count && used < sizeof(error->hint); i++)
            used +=
                (size_t)snprintf(error->hint + used, sizeof(error->hint) - used,
                                 " %s", s->words[i]);
    }
    return refuse(error, "%s is never `%.60s`", s->name, text);
}

/* Bare text is refused where a typing error could not be told from a value;
 * an address can. */
static int
parse_text(struct expr_literal *literal, const struct expr_subject *s,
           const char *text, bool is_quoted, struct expr_error *error)
{
    struct expr_net net;

    literal->value.type = EXPR_V_TEXT;
    if (is_quoted || expr_literal_net(&net, text, strlen(text)) == 0)
        return 0;
    if (strchr(text, '"') == NULL)
        hint(error, "write '%.80s'", text);
    return refuse(error, "%s is text, and text stands in single quotes",
                  s->name);
}

static int
parse_any(struct expr_literal *literal, const struct expr_subject *s,
          const char *text, bool is_quoted, struct expr_error *error)
{
    struct expr_value *v = &literal->value;

    if (is_quoted) {
        v->type = EXPR_V_TEXT;
        return 0;
    }
    if (parse_number(v, text) == 0)
        return 0;
    v->type = EXPR_V_BOOL;
    v->flag = str_eq(text, "true");
    if (v->flag || str_eq(text, "false"))
        return 0;
    v->type = EXPR_V_NULL;
    if (str_eq(text, "null"))
        return 0;
    if (strchr(text, '"') == NULL)
        hint(error, "write '%.80s'", text);
    return refuse(error,
                  "%s takes 'text', a number, true, false or null, not `%.60s`",
                  s->name, text);
}

static void
hint_unquoted(const struct expr_subject *s, const char *text,
              struct expr_error *error)
{
    bool is_number = s->type == EXPR_INT || s->type == EXPR_DECIMAL;

    if (!is_number || (text[0] != '\0' && strchr("+-0123456789", text[0])))
        hint(error, "write %.80s without quotes", text);
    else if (strpbrk(text, "0123456789") == NULL)
        hint(error, "write a number, without quotes");
    else
        hint_number(error, text);
}

static int
parse_unquoted(struct expr_literal *literal, const struct expr_subject *s,
               const char *text, bool is_quoted, struct expr_error *error)
{
    if (is_quoted) {
        hint_unquoted(s, text, error);
        return refuse(error, "%s is not text", s->name);
    }
    if (s->type == EXPR_DURATION)
        return parse_duration(literal, s, text, error);
    if (s->type == EXPR_SIZE)
        return parse_size(literal, s, text, error);
    return parse_plain_number(literal, s, text, error);
}

static int
parse_typed(struct expr_literal *literal, const struct expr_subject *s,
            enum expr_op op, struct expr_error *error)
{
    const char *text = literal->text;
    bool is_quoted = literal->is_quoted;

    switch (s->type) {
    case EXPR_INT:
    case EXPR_DECIMAL:
    case EXPR_DURATION:
    case EXPR_SIZE:
        return parse_unquoted(literal, s, text, is_quoted, error);
    case EXPR_ADDRESS:
        return parse_address(literal, s, op, text, error);
    case EXPR_ANY:
        return parse_any(literal, s, text, is_quoted, error);
    case EXPR_TEXT:
    case EXPR_FLAG:
        break;
    }
    if (s->words == NULL || is_text_search(op))
        return parse_text(literal, s, text, is_quoted, error);
    literal->value.type = EXPR_V_TEXT;
    return parse_word(s, text, error);
}

int
expr_literal_parse(struct expr_literal *literal,
                   const struct expr_subject *subject, enum expr_op op,
                   struct expr_error *error)
{
    assert(subject->type != EXPR_FLAG && literal->text != NULL);
    error->hint[0] = '\0';
    if (parse_typed(literal, subject, op, error) != 0)
        return -1;
    literal->value.text = literal->text;
    literal->value.len = strlen(literal->text);
    return 0;
}

void
expr_literal_free(struct expr_literal *literal)
{
    free(literal->text);
    literal->text = NULL;
}
