/*
 * One pass over the bytes comes before Jansson.  It refuses what is nested
 * deeper than JSONPATH_DEPTH_MAX (Jansson would go to 2048, and our walk
 * recurses), and it finds integers beyond 64 bits, for which Jansson would
 * refuse the whole document though nobody may ask for that member.  Those are
 * given a ".0" in a copy, and so become decimals: 2^64 is then
 * 1.8446744073709552e19, rounded, while every 64-bit integer stays exact.  A
 * number beyond what a decimal can hold is refused by Jansson, too: then, and
 * only then, the pass is made again and has it become the largest one.
 *
 * Of a key that stands twice the last counts, as in every browser.
 *
 * What is refused is told in our words, in one line: the message goes onto a
 * page at night, and "'[' or '{' expected near '<'" is a poor way to say that
 * the shop answered with a page of HTML.
 */
#include "base/jsonpath.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonpath_priv.h"
#include "base/str.h"

#define BIG_DIGITS 19 /* an integer of fewer digits fits 64 bits */
#define LARGEST    "1.7976931348623157e308"
#define SHOWN_MAX  40 /* bytes of the document in a message */

struct scan {
    const char *text;
    size_t len;
    size_t at;
    size_t big_count; /* integers beyond 64 bits */
    bool clamps;      /* numbers beyond decimals too; `text` ends with a NUL */
    char *copy;       /* NULL while counting */
    size_t copy_len;  /* of the copy that is or would be made */
    size_t copy_max;  /* the scan ends where this is reached */
};

static void
scan_copy(struct scan *s, const char *from, size_t len)
{
    if (s->copy != NULL)
        memcpy(s->copy + s->copy_len, from, len);
    s->copy_len += len;
}

/* Past the closing quote, or the end of a text that Jansson will refuse. */
static void
scan_string(struct scan *s)
{
    size_t start = s->at++;

    while (s->at < s->len && s->text[s->at] != '"')
        s->at += s->text[s->at] == '\\' && s->at + 1 < s->len ? 2 : 1;
    s->at += s->at < s->len ? 1 : 0;
    scan_copy(s, s->text + start, s->at - start);
}

static bool
fits_64_bits(const char *digits, size_t len, bool is_negative)
{
    uint64_t limit = (uint64_t)INT64_MAX + (is_negative ? 1 : 0);
    uint64_t value = 0;

    if (len > BIG_DIGITS)
        return false;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    return value <= limit;
}

/* Past a number that no decimal holds, which becomes the largest that is. */
static bool
scan_clamped(struct scan *s)
{
    char *end;
    double value = strtod(s->text + s->at, &end);

    if (!isinf(value))
        return false;
    if (value < 0)
        scan_copy(s, "-", 1);
    scan_copy(s, LARGEST, strlen(LARGEST));
    s->big_count++;
    s->at = (size_t)(end - s->text);
    return true;
}

static void
scan_number(struct scan *s)
{
    size_t start = s->at;
    bool is_negative = s->text[s->at] == '-';
    size_t digits = start + (is_negative ? 1 : 0);

    for (s->at = digits; s->at < s->len && str_is_digit(s->text[s->at]);)
        s->at++;
    scan_copy(s, s->text + start, s->at - start);
    if (s->at < s->len && s->text[s->at] != '\0' &&
        strchr(".eE", s->text[s->at]) != NULL) {
        do {
            scan_copy(s, s->text + s->at++, 1);
        } while (s->at < s->len && s->text[s->at] != '\0' &&
                 strchr("0123456789eE+-", s->text[s->at]) != NULL);
        return;
    }
    if (s->at - digits < BIG_DIGITS ||
        fits_64_bits(s->text + digits, s->at - digits, is_negative))
        return;
    s->big_count++;
    scan_copy(s, ".0", 2);
}

/* The deepest nesting; stops where that passes the limit. */
static int
scan_text(struct scan *s)
{
    int depth = 0;
    int deepest = 0;

    while (s->at < s->len && deepest <= JSONPATH_DEPTH_MAX &&
           s->copy_len < s->copy_max) {
        char c = s->text[s->at];

        if (c == '"') {
            scan_string(s);
            continue;
        }
        if (c == '-' || str_is_digit(c)) {
            if (!s->clamps || !scan_clamped(s))
                scan_number(s);
            continue;
        }
        if (c == '[' || c == '{')
            depth++;
        else if (c == ']' || c == '}')
            depth--;
        deepest = depth > deepest ? depth : deepest;
        scan_copy(s, &c, 1);
        s->at++;
    }
    return deepest;
}

/* ---- what is wrong with it ---- */

/* The place in the document of byte `at` of the copy. */
static size_t
original_place(const struct scan *found, size_t at)
{
    struct scan s = {.text = found->text,
                     .len = found->len,
                     .copy_max = at,
                     .clamps = found->clamps};

    (void)scan_text(&s);
    return s.copy_len > at && s.at >= s.copy_len - at ? s.at - (s.copy_len - at)
                                                      : s.at;
}

/* "line 3, column 7: " of byte `at`, characters counted from 1. */
static void
place_text(char *to, size_t cap, const struct scan *s, size_t at)
{
    size_t line = 1;
    size_t column = 1;

    for (size_t i = 0; i < at && i < s->len; i++) {
        if (s->text[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)s->text[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    snprintf(to, cap, "line %zu, column %zu: ", line, column);
}

static bool
is_token(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '+' || c == '-' ||
           c == '.';
}

/* The token around the byte before `at`: letters and digits, or one other. */
static void
find_token(const struct scan *s, size_t at, size_t *start, size_t *end)
{
    *end = at < s->len ? at : s->len;
    *start = *end > 0 ? *end - 1 : 0;
    if (*start == *end || !is_token(s->text[*start]))
        return;
    while (*start > 0 && is_token(s->text[*start - 1]))
        (*start)--;
    while (*end < s->len && is_token(s->text[*end]))
        (*end)++;
}

/* Printable ASCII as it is, the rest as `?`: it goes into one line. */
static void
show(char *to, const struct scan *s, size_t start, size_t end)
{
    size_t n = 0;

    for (size_t i = start; i < end && n < SHOWN_MAX; i++) {
        bool is_plain = s->text[i] >= 0x20 && s->text[i] < 0x7f;

        to[n++] = (char)(is_plain ? s->text[i] : '?');
    }
    to[n] = '\0';
}

/* What other languages write, and JSON does not. */
static const char *
about_word(const char *word, const json_error_t *error)
{
    static const char *const alien[] = {
        "NaN",  "nan",  "Infinity", "-Infinity", "inf",
        "None", "True", "False",    "undefined", NULL,
    };

    for (size_t i = 0; alien[i] != NULL; i++)
        if (str_eq(word, alien[i]))
            return "is not JSON";
    if (str_eq(word, "'"))
        return "is not JSON: texts stand in double quotes";
    if (!str_starts(error->text, "invalid token"))
        return "was not expected";
    if (str_is_digit(word[0]) || (word[0] != '\0' && strchr("+-.", word[0])))
        return "is not a number";
    return "was not expected";
}

/* What a word of the document would not make clearer; NULL: it would. */
static const char *
about_code(const json_error_t *error, bool is_end)
{
    enum json_error_code code = json_error_code(error);
    bool is_escape = strstr(error->text, "invalid escape") != NULL;

    if (code == json_error_out_of_memory)
        return "out of memory";
    if (code == json_error_invalid_utf8)
        return "not UTF-8";
    if (code == json_error_null_byte_in_key)
        return "a key holds \\u0000";
    if (code == json_error_premature_end_of_input || (is_escape && is_end))
        return "it ends in the middle (cut off?)";
    if (is_escape)
        return "unknown escape, or a \\u without its four digits";
    if (strstr(error->text, "\\u") != NULL)
        return "half of a surrogate pair";
    if (strstr(error->text, "unexpected newline") != NULL ||
        strstr(error->text, "control character") != NULL)
        return "a control character in a text stands escaped";
    return NULL;
}

/* `at` is behind what Jansson could not take. */
static void
explain(const struct scan *s, const json_error_t *error, size_t at,
        char *message, size_t cap)
{
    enum json_error_code code = json_error_code(error);
    const char *why = about_code(error, at >= s->len);
    size_t start = at;
    size_t end = at;
    char place[48];
    char shown[SHOWN_MAX + 1];

    if (why == NULL)
        find_token(s, at, &start, &end);
    show(shown, s, start, end);
    place_text(place, sizeof(place), s, start);
    if (why != NULL)
        snprintf(message, cap, "%s%s", place, why);
    else if (code == json_error_end_of_input_expected)
        snprintf(message, cap, "%s`%s` behind the end of the document", place,
                 shown);
    else if (code == json_error_numeric_overflow)
        snprintf(message, cap, "%sthe number %s is out of range", place, shown);
    else
        snprintf(message, cap, "%s`%s` %s", place, shown,
                 about_word(shown, error));
}

/* What is no JSON at first sight; NULL: it may be. */
static const char *
about_start(const struct scan *s)
{
    size_t i = 0;

    if (s->len >= 2 && (memcmp(s->text, "\xff\xfe", 2) == 0 ||
                        memcmp(s->text, "\xfe\xff", 2) == 0 ||
                        s->text[0] == '\0' || s->text[1] == '\0'))
        return "it is UTF-16 or UTF-32: JSON is UTF-8";
    while (i < s->len && (str_is_space(s->text[i])))
        i++;
    if (i == s->len)
        return "it is empty";
    return s->text[i] == '<' ? "it begins with `<`: HTML or XML" : NULL;
}

/* ---- reading ---- */

/* What is seen before Jansson: depth, and NUL bytes, of which it loses those
 * that follow a number. */
static int
check(struct scan *s, char *message, size_t cap)
{
    const char *bad = about_start(s);
    const char *nul = NULL;
    char place[48];

    if (bad != NULL) {
        snprintf(message, cap, "%s", bad);
        return -1;
    }
    nul = memchr(s->text, '\0', s->len);
    if (nul != NULL) {
        place_text(place, sizeof(place), s, (size_t)(nul - s->text));
        snprintf(message, cap, "%sa NUL byte", place);
        return -1;
    }
    if (scan_text(s) > JSONPATH_DEPTH_MAX) {
        snprintf(message, cap, "byte %zu: nested deeper than %d", s->at,
                 JSONPATH_DEPTH_MAX);
        return -1;
    }
    return 0;
}

struct trouble {
    char *message;
    size_t cap;
    bool is_overflow; /* a number is beyond what a decimal holds */
};

static json_t *
load(const struct scan *found, const char *text, size_t len,
     struct trouble *trouble)
{
    const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_error_t error;
    json_t *root = json_loadb(text, len, flags, &error);
    size_t at = 0;

    if (root != NULL)
        return root;
    trouble->is_overflow =
        json_error_code(&error) == json_error_numeric_overflow;
    at = error.position > 0 ? (size_t)error.position : 0;
    explain(found, &error,
            found->big_count > 0 ? original_place(found, at) : at,
            trouble->message, trouble->cap);
    return NULL;
}

/* From the copy in which the numbers that `found` counted are written so that
 * Jansson takes them. */
static json_t *
load_copy(const struct scan *found, struct trouble *trouble)
{
    struct scan s = {.text = found->text,
                     .len = found->len,
                     .copy_max = SIZE_MAX,
                     .clamps = found->clamps};
    json_t *root = NULL;

    s.copy = malloc(found->copy_len + 1);
    if (s.copy == NULL) {
        snprintf(trouble->message, trouble->cap, "out of memory");
        return NULL;
    }
    (void)scan_text(&s);
    root = load(found, s.copy, s.copy_len, trouble);
    free(s.copy);
    return root;
}

static json_t *
load_clamped(const struct scan *found, struct trouble *trouble)
{
    char *text = str_xndup(found->text, found->len);
    struct scan s = {
        .text = text, .len = found->len, .copy_max = SIZE_MAX, .clamps = true};
    json_t *root;

    (void)scan_text(&s);
    root = load_copy(&s, trouble);
    free(text);
    return root;
}

struct jsonpath_doc *
jsonpath_doc(const char *text, size_t len, char *message, size_t cap)
{
    struct scan s = {.text = text, .len = len, .copy_max = SIZE_MAX};
    struct trouble trouble = {.message = message, .cap = cap};
    struct jsonpath_doc *doc = NULL;
    json_t *root = NULL;

    assert(message != NULL && cap > 0);
    /* A byte order mark is not JSON, but RFC 8259 lets a reader pass it. */
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        s.text += 3;
        s.len -= 3;
    }
    if (check(&s, message, cap) != 0)
        return NULL;
    root = s.big_count > 0 ? load_copy(&s, &trouble)
                           : load(&s, s.text, s.len, &trouble);
    if (root == NULL && trouble.is_overflow)
        root = load_clamped(&s, &trouble);
    if (root == NULL)
        return NULL;
    message[0] = '\0';
    doc = str_xcalloc(1, sizeof(*doc));
    doc->root = root;
    return doc;
}

void
jsonpath_doc_free(struct jsonpath_doc *doc)
{
    if (doc == NULL)
        return;
    while (doc->kept != NULL) {
        struct jsonpath_kept *next = doc->kept->next;

        free(doc->kept);
        doc->kept = next;
    }
    json_decref(doc->root);
    free(doc);
}
