/*
 * str.c - see str.h.  ASCII by arithmetic, so that no locale can change what
 * a digit or a letter is.
 */
#include "base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer texts get no suggestion: nobody meant a name of that length. */
#define NEAREST_MAX 63

static void
need(const void *p)
{
    if (p == NULL) {
        (void)fputs("picket: out of memory\n", stderr);
        abort();
    }
}

void *
str_xcalloc(size_t count, size_t size)
{
    void *p = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

    need(p);
    return p;
}

void *
str_xrealloc(void *p, size_t size)
{
    void *grown = realloc(p, size > 0 ? size : 1);

    need(grown);
    return grown;
}

char *
str_xdup(const char *text)
{
    return text == NULL ? NULL : str_xndup(text, strlen(text));
}

char *
str_xndup(const char *text, size_t len)
{
    char *copy = str_xcalloc(len + 1, 1);

    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}

char *
str_xprintf(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    need(text);
    return text;
}

bool
str_is_digit(int c)
{
    return c >= '0' && c <= '9';
}

bool
str_is_alpha(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
str_is_space(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

char
str_lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

const char *
str_error(char to[STR_ERROR_MAX], int error)
{
    (void)snprintf(to, STR_ERROR_MAX, "%s", strerror(error));
    /* "RFS specific error" stays: its second letter is a capital too. */
    if (str_lower(to[0]) != to[0] && str_lower(to[1]) == to[1] &&
        str_is_alpha(to[1]))
        to[0] = str_lower(to[0]);
    return to;
}

bool
str_eq(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
str_eq_nocase(const char *a, const char *b)
{
    size_t i = 0;

    if (a == NULL || b == NULL)
        return a == b;
    while (a[i] != '\0' && str_lower(a[i]) == str_lower(b[i]))
        i++;
    return a[i] == b[i];
}

bool
str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
str_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text);
    size_t end = strlen(suffix);

    return end <= len && strcmp(text + len - end, suffix) == 0;
}

/* Remembers the newest `*` only: a longer match of an earlier one can never
 * help, so the work is bounded by the product of the two lengths. */
bool
str_glob(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *resume = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
        } else if (*pattern != '\0' && (*pattern == '?' || *pattern == *text)) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

const char *
str_find(const char *hay, size_t hay_len, const char *needle, size_t needle_len)
{
    if (needle_len == 0)
        return hay;
    if (needle_len > hay_len)
        return NULL;
    return memmem(hay, hay_len, needle, needle_len);
}

/* Digits with a sign already read.  Counts downwards when negative, so that
 * the smallest number needs no special case. */
static int
parse_digits(const char *text, size_t len, bool negative, int64_t *value)
{
    int64_t v = 0;

    if (len == 0)
        return -1;
    for (size_t i = 0; i < len; i++) {
        int64_t digit = text[i] - '0';

        if (!str_is_digit(text[i]) || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, negative ? -digit : digit, &v))
            return -1;
    }
    *value = v;
    return 0;
}

int
str_parse_i64(const char *text, int64_t *value)
{
    bool negative = text[0] == '-';
    const char *digits = text + (negative ? 1 : 0);

    return parse_digits(digits, strlen(digits), negative, value);
}

int
str_parse_u16(const char *text, uint16_t *value)
{
    int64_t v = 0;

    if (parse_digits(text, strlen(text), false, &v) != 0 || v > UINT16_MAX)
        return -1;
    *value = (uint16_t)v;
    return 0;
}

int
str_parse_milli(const char *text, int64_t *milli)
{
    bool negative = text[0] == '-';
    const char *digits = text + (negative ? 1 : 0);
    size_t whole_len = strcspn(digits, ".");
    const char *fraction = digits + whole_len;
    int64_t whole = 0;
    int64_t rest = 0;

    if (parse_digits(digits, whole_len, negative, &whole) != 0)
        return -1;
    if (*fraction == '.') {
        size_t len = strlen(++fraction);

        if (len > 3 || parse_digits(fraction, len, negative, &rest) != 0)
            return -1;
        for (; len < 3; len++)
            rest *= 10;
    }
    if (__builtin_mul_overflow(whole, 1000, &whole) ||
        __builtin_add_overflow(whole, rest, &whole))
        return -1;
    *milli = whole;
    return 0;
}

static bool
is_continuation(char c)
{
    return ((unsigned char)c & 0xC0U) == 0x80U;
}

bool
str_copy(char *to, size_t cap, const char *from)
{
    size_t len = strlen(from);
    size_t cut;

    assert(cap > 0);
    if (len < cap) {
        memcpy(to, from, len + 1);
        return true;
    }
    /* No character is longer than 4 bytes; a longer row of continuation
     * bytes is not UTF-8, and is cut where it must be. */
    cut = cap - 1;
    for (int i = 0; i < 3 && cut > 0 && is_continuation(from[cut]); i++)
        cut--;
    if (is_continuation(from[cut]))
        cut = cap - 1;
    memcpy(to, from, cut);
    to[cut] = '\0';
    return false;
}

void
str_hex(char *to, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        to[2 * i] = digits[bytes[i] >> 4];
        to[2 * i + 1] = digits[bytes[i] & 15];
    }
    to[2 * len] = '\0';
}

static int
hex_value(char c)
{
    char low = str_lower(c);

    if (str_is_digit(c))
        return c - '0';
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

int
str_unhex(uint8_t *to, size_t len, const char *text)
{
    if (strlen(text) != 2 * len)
        return -1;
    for (size_t i = 0; i < 2 * len; i++) {
        if (hex_value(text[i]) < 0)
            return -1;
    }
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)((unsigned)hex_value(text[2 * i]) << 4 |
                          (unsigned)hex_value(text[2 * i + 1]));
    return 0;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

#define BASE64_PAD 64 /* index of `=` */

char *
str_base64(const uint8_t *bytes, size_t len)
{
    char *text = str_xcalloc((len + 2) / 3 * 4 + 1, 1);
    char *at = text;

    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t v = (uint32_t)bytes[i] << 16 |
                     (n > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                     (n > 2 ? bytes[i + 2] : 0U);

        *at++ = base64_digits[v >> 18];
        *at++ = base64_digits[v >> 12 & 63];
        *at++ = base64_digits[n > 1 ? v >> 6 & 63 : BASE64_PAD];
        *at++ = base64_digits[n > 2 ? v & 63 : BASE64_PAD];
    }
    return text;
}

static int
base64_value(char c)
{
    const char *at = memchr(base64_digits, c, BASE64_PAD);

    return at == NULL ? -1 : (int)(at - base64_digits);
}

/* Four digits into up to three bytes; `pad` of them are `=`.  Bits that the
 * padding leaves over must be zero, so that one value has one text. */
static int
base64_group(uint8_t *to, const char *group, size_t pad)
{
    uint32_t v = 0;

    for (size_t i = 0; i < 4; i++) {
        int digit = i < 4 - pad ? base64_value(group[i]) : 0;

        if (digit < 0)
            return -1;
        v = v << 6 | (uint32_t)digit;
    }
    if ((v & ((1U << 8 * pad) - 1)) != 0)
        return -1;
    for (size_t i = 0; i < 3 - pad; i++)
        to[i] = (uint8_t)(v >> (16 - 8 * i));
    return 0;
}

uint8_t *
str_unbase64(const char *text, size_t *len)
{
    size_t chars = strlen(text);
    size_t pad = 0;
    uint8_t *bytes;

    if (chars % 4 != 0)
        return NULL;
    while (pad < 2 && pad < chars && text[chars - 1 - pad] == '=')
        pad++;
    bytes = str_xcalloc(chars / 4 * 3 + 1, 1);
    for (size_t i = 0; i < chars / 4; i++) {
        size_t group_pad = i + 1 == chars / 4 ? pad : 0;

        if (base64_group(bytes + 3 * i, text + 4 * i, group_pad) != 0) {
            free(bytes);
            return NULL;
        }
    }
    *len = chars / 4 * 3 - pad;
    return bytes;
}

static size_t
min3(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Edits (insert, delete, replace, swap of neighbours) from `a` to `b`, case
 * apart; both at most NEAREST_MAX long.  Keeps the three newest rows of the
 * table. */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[3][NEAREST_MAX + 1];

    for (size_t j = 0; j <= b_len; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *now = row[i % 3];
        const size_t *before = row[(i + 2) % 3];

        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            char ca = str_lower(a[i - 1]);
            char cb = str_lower(b[j - 1]);

            now[j] = min3(before[j] + 1, now[j - 1] + 1,
                          before[j - 1] + (ca == cb ? 0 : 1));
            if (i > 1 && j > 1 && ca == str_lower(b[j - 2]) &&
                str_lower(a[i - 2]) == cb)
                now[j] = min3(now[j], now[j], row[(i + 1) % 3][j - 2] + 1);
        }
    }
    return row[a_len % 3][b_len];
}

int
str_nearest(const char *text, const char *const *names, size_t count)
{
    size_t len = strlen(text);
    size_t best = NEAREST_MAX + 1;
    int index = -1;

    if (len == 0 || len > NEAREST_MAX)
        return -1;
    for (size_t i = 0; i < count; i++) {
        size_t name_len = strlen(names[i]);
        size_t longer = name_len > len ? name_len : len;
        size_t d;

        if (name_len > NEAREST_MAX)
            continue;
        d = distance(text, len, names[i], name_len);
        if (d <= longer / 3 && d < best) {
            best = d;
            index = (int)i;
        }
    }
    return index;
}

/* Length of the well-formed character at `at`, or 0 (RFC 3629, table of
 * section 4: no overlong forms, no surrogates, nothing over U+10FFFF). */
static size_t
utf8_len(const unsigned char *at, size_t left)
{
    unsigned char lead = at[0];
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    size_t len;

    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    len = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (len > left || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((at[i] & 0xC0U) != 0x80U)
            return 0;
    }
    return len;
}

size_t
str_utf8_len(const char *text, size_t len)
{
    return len == 0 ? 0 : utf8_len((const unsigned char *)text, len);
}

bool
str_is_utf8(const char *text, size_t len)
{
    while (len > 0) {
        size_t n = str_utf8_len(text, len);

        if (n == 0)
            return false;
        text += n;
        len -= n;
    }
    return true;
}

size_t
str_utf8_count(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}
