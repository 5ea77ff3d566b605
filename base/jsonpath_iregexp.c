/*
 * RFC 9485: an I-Regexp is checked by its grammar and written down again for
 * PCRE2, so that nothing else of PCRE2 can be reached from a document: no back
 * reference, no look-around, no verb, no option.
 *
 *     regexp = branch *("|" branch)      branch = *piece
 *     piece  = atom [ "*" | "+" | "?" | "{" n ["," [m]] "}" ]
 *     atom   = character | "." | escape | "[" class "]" | "(" regexp ")"
 *
 * `.` becomes [^\n\r]; `^` and `$` keep their meaning, as section 5 maps them
 * and as everybody expects; other characters are escaped.
 *
 * match() and search() are both one anchored attempt, search() behind a lazy
 * `.*?`: PCRE2 counts its steps from each place it starts at, and only so does
 * the limit hold for the text as a whole.  Possessive loops, which are not
 * counted, are off.
 *
 * What is left is `a{500}`: PCRE2 runs over 500 characters in one step.  So a
 * pattern has a weight, the characters it has when its repetitions are written
 * out, which divides the steps it may take (jsonpath_eval.c); `(a{100}){100}`
 * is too heavy to begin with.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonpath_priv.h"
#include "base/regex.h"
#include "base/str.h"

#define GROUPS_MAX  32   /* groups in each other */
#define TIMES_MAX   1000 /* of a range quantifier */
#define WEIGHT_MAX  2000
#define WRITTEN_MAX (16UL * 1024)

struct pattern {
    const char *text;
    size_t len;
    size_t at;
    int groups;
    size_t weight; /* of what was read since the group began */
    struct buf out;
    const char *why; /* the first error, or NULL */
};

static void parse_regexp(struct pattern *p);

static void
refuse(struct pattern *p, const char *why)
{
    if (p->why == NULL)
        p->why = why;
}

static int
peek(const struct pattern *p)
{
    if (p->why != NULL || p->at >= p->len)
        return -1;
    return (unsigned char)p->text[p->at];
}

static bool
take(struct pattern *p, int c)
{
    if (peek(p) != c)
        return false;
    p->at++;
    return true;
}

static void
write_text(struct pattern *p, const char *text)
{
    if (buf_add_str(&p->out, text) != 0)
        refuse(p, "too long");
}

/* The character here, as itself. */
static void
write_char(struct pattern *p)
{
    int c = peek(p);
    size_t len = str_utf8_len(p->text + p->at, p->len - p->at);
    char text[12] = "";

    if (len == 0)
        refuse(p, "not UTF-8");
    if (p->why != NULL)
        return;
    if (len > 1)
        memcpy(text, p->text + p->at, len);
    else
        snprintf(text, sizeof(text), "\\x{%x}", (unsigned)c);
    write_text(p, text);
    p->at += len;
}

/* "L", "Lu": the letters of the RFC's IsCategory. */
static bool
is_category(const char *name, size_t len)
{
    static const char *const sub[] = {
        "Lltmou", "Mcen", "Ndlo", "Pcdefios", "Zlps", "Sckmo", "Ccfno",
    };

    for (size_t i = 0; i < sizeof(sub) / sizeof(sub[0]); i++)
        if (len > 0 && name[0] == sub[i][0])
            return len == 1 || (len == 2 && name[1] != '\0' &&
                                strchr(sub[i] + 1, name[1]) != NULL);
    return false;
}

/* After `\p` or `\P`. */
static void
parse_category(struct pattern *p, bool is_negated)
{
    size_t start = p->at + 1;
    char text[12];

    if (!take(p, '{')) {
        refuse(p, "`\\p` needs a category, as \\p{Lu}");
        return;
    }
    while (peek(p) >= 0 && peek(p) != '}')
        p->at++;
    if (!is_category(p->text + start, p->at - start)) {
        p->at = start;
        refuse(p, "no such category");
        return;
    }
    snprintf(text, sizeof(text), "\\%c{%.*s}", is_negated ? 'P' : 'p',
             (int)(p->at - start), p->text + start);
    write_text(p, text);
    if (!take(p, '}'))
        refuse(p, "the category is not closed by `}`");
}

/* What PCRE2, and therefore people, would have here. */
static const char *
advice(int c)
{
    switch (c) {
    case 'd':
        return "no `\\d` there, write [0-9]";
    case 's':
        return "no `\\s` there, write [ \\t\\n\\r]";
    case 'w':
        return "no `\\w` there, write [A-Za-z0-9_]";
    case 'b':
        return "no `\\b` there";
    case '$':
        return "no `\\$` there, write [$]";
    default:
        return "unknown escape";
    }
}

/* After a backslash; true: it is one character (SingleCharEsc). */
static bool
parse_escape(struct pattern *p)
{
    int c = peek(p);

    if (c == 'p' || c == 'P') {
        p->at++;
        parse_category(p, c == 'P');
        return false;
    }
    if (c == 'n' || c == 'r' || c == 't') {
        p->at++;
        write_text(p, c == 'n' ? "\\x{a}" : c == 'r' ? "\\x{d}" : "\\x{9}");
    } else if (c > 0 && strchr("()*+-.?[\\]^{|}", c) != NULL) {
        write_char(p);
    } else {
        refuse(p, advice(c));
    }
    return true;
}

/* One character of a class, or a category in it (false). */
static bool
parse_class_char(struct pattern *p)
{
    int c = peek(p);

    if (take(p, '\\'))
        return parse_escape(p);
    if (c < 0)
        refuse(p, "the class is not closed by `]`");
    else if (c == '[' || c == '-')
        refuse(p, c == '[' ? "`[` in a class stands escaped"
                           : "`-` in a class stands first, last or escaped");
    else
        write_char(p);
    return true;
}

/* A `-` with the closing bracket behind it, which is itself. */
static bool
is_last_dash(const struct pattern *p)
{
    return peek(p) == '-' && p->at + 1 < p->len && p->text[p->at + 1] == ']';
}

/* One character, a range or a category. */
static void
parse_class_item(struct pattern *p)
{
    bool is_char = parse_class_char(p);

    if (peek(p) != '-' || is_last_dash(p))
        return;
    p->at++;
    write_text(p, "-");
    if (!is_char || !parse_class_char(p))
        refuse(p, "a category has no range");
}

/* After the bracket opened. */
static void
parse_class(struct pattern *p)
{
    write_text(p, take(p, '^') ? "[^" : "[");
    if (peek(p) == ']')
        refuse(p, "an empty class");
    if (take(p, '-'))
        write_text(p, "\\-");
    while (p->why == NULL && peek(p) != ']') {
        if (is_last_dash(p)) {
            p->at++;
            write_text(p, "\\-");
        } else {
            parse_class_item(p);
        }
    }
    (void)take(p, ']');
    write_text(p, "]");
}

static void
parse_atom(struct pattern *p)
{
    int c = peek(p);

    p->weight++;

    if (take(p, '.')) {
        write_text(p, "[^\\n\\r]");
    } else if (take(p, '[')) {
        parse_class(p);
    } else if (take(p, '\\')) {
        (void)parse_escape(p);
    } else if (take(p, '(')) {
        write_text(p, "(?:");
        parse_regexp(p);
        if (!take(p, ')'))
            refuse(p, "the group is not closed by `)`");
        write_text(p, ")");
    } else if (c == '^' || c == '$') {
        p->at++;
        write_text(p, c == '^' ? "^" : "$");
    } else if (c > 0 && strchr("*+?{}]", c) != NULL) {
        refuse(p, "nothing to repeat, or a character that stands escaped");
    } else {
        write_char(p);
    }
}

/* Digits; -1: none, or over the limit. */
static int
get_times(struct pattern *p)
{
    int times = -1;

    while (str_is_digit(peek(p)) && times <= TIMES_MAX) {
        times = (times < 0 ? 0 : times * 10) + (peek(p) - '0');
        p->at++;
    }
    if (times > TIMES_MAX)
        refuse(p, "repeats over 1000 times");
    return times;
}

/* After the brace opened: how often at most, or at least when there is no
 * most. */
static size_t
parse_range(struct pattern *p)
{
    char text[24];
    int from = get_times(p);
    int to = from;

    snprintf(text, sizeof(text), "{%d}", from);
    if (take(p, ',')) {
        to = get_times(p);
        if (to < 0)
            snprintf(text, sizeof(text), "{%d,}", from);
        else
            snprintf(text, sizeof(text), "{%d,%d}", from, to);
    }
    if (from < 0 || (to >= 0 && to < from) || !take(p, '}'))
        refuse(p, "a repetition is {n}, {n,} or {n,m}");
    write_text(p, text);
    return p->why == NULL ? (size_t)(to > from ? to : from) : 1;
}

static void
parse_piece(struct pattern *p)
{
    size_t before = p->weight;
    size_t times = 1;

    parse_atom(p);
    if (take(p, '*'))
        write_text(p, "*");
    else if (take(p, '+'))
        write_text(p, "+");
    else if (take(p, '?'))
        write_text(p, "?");
    else if (take(p, '{'))
        times = parse_range(p);
    p->weight = before + (p->weight - before) * times;
    if (p->weight > WEIGHT_MAX)
        refuse(p, "too large: over 2000 characters written out");
}

static void
parse_regexp(struct pattern *p)
{
    if (++p->groups > GROUPS_MAX)
        refuse(p, "groups are nested over 32 deep");
    while (p->why == NULL && peek(p) >= 0 && peek(p) != ')') {
        if (take(p, '|'))
            write_text(p, "|");
        else
            parse_piece(p);
    }
    p->groups--;
}

struct jsonpath_pattern
jsonpath_iregexp_compile(const char *pattern, size_t len, enum jsonpath_op op)
{
    struct pattern p = {.text = pattern, .len = len};
    struct jsonpath_pattern made = {.regex = NULL};
    char message[8];
    size_t offset = 0;

    assert(op == JSONPATH_MATCH || op == JSONPATH_SEARCH);
    buf_init(&p.out, WRITTEN_MAX);
    write_text(&p, "(*NO_AUTO_POSSESS)\\A");
    write_text(&p, op == JSONPATH_MATCH ? "(?:" : "(?s:.*?)(?:");
    if (len > JSONPATH_PATTERN_MAX)
        refuse(&p, "it is over 1024 bytes");
    parse_regexp(&p);
    if (peek(&p) >= 0)
        refuse(&p, "a group is closed that was not opened");
    write_text(&p, op == JSONPATH_MATCH ? ")\\z" : ")");
    if (p.why == NULL) {
        made.regex =
            regex_compile(buf_text(&p.out), &offset, message, sizeof(message));
        p.why = "a range the wrong way round, or too large";
    }
    buf_free(&p.out);
    made.weight = p.weight;
    made.at = p.at;
    made.why = p.why;
    return made;
}
