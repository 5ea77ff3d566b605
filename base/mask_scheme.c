#include "base/mask_scheme.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define UNIT_MAX 12 /* characters of an escape: \ud83d\ude00 */

struct text {
    const char *at;
    size_t len;
};

static int
digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = str_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The number that up to `max` digits give; `*chars` how many they are. */
static uint32_t
number(struct text t, unsigned base, size_t max, size_t *chars)
{
    uint32_t sum = 0;
    size_t i = 0;

    for (; i < max && i < t.len; i++) {
        int digit = digit_of(t.at[i]);

        if (digit < 0 || (unsigned)digit >= base)
            break;
        sum = sum * base + (unsigned)digit;
    }
    *chars = i;
    return sum;
}

static struct text
after(struct text t, size_t chars)
{
    return (struct text){t.at + chars, t.len - chars};
}

static struct mask_scheme_unit
unit_of_byte(char c, size_t chars)
{
    return (struct mask_scheme_unit){.chars = chars, .count = 1, .byte = {c}};
}

static struct mask_scheme_unit
unit_of_rune(uint32_t rune, size_t chars)
{
    struct mask_scheme_unit u = {.chars = chars, .count = 1};

    if (rune < 0x80) {
        u.byte[0] = (char)rune;
    } else if (rune < 0x800) {
        u.count = 2;
        u.byte[0] = (char)(0xc0 | rune >> 6);
        u.byte[1] = (char)(0x80 | (rune & 0x3f));
    } else if (rune < 0x10000) {
        u.count = 3;
        u.byte[0] = (char)(0xe0 | rune >> 12);
        u.byte[1] = (char)(0x80 | (rune >> 6 & 0x3f));
        u.byte[2] = (char)(0x80 | (rune & 0x3f));
    } else {
        u.count = 4;
        u.byte[0] = (char)(0xf0 | (rune >> 18 & 0x07));
        u.byte[1] = (char)(0x80 | (rune >> 12 & 0x3f));
        u.byte[2] = (char)(0x80 | (rune >> 6 & 0x3f));
        u.byte[3] = (char)(0x80 | (rune & 0x3f));
    }
    return u;
}

/* `t` is not empty; what is no escape means itself. */
typedef struct mask_scheme_unit unit_fn(struct text t);

struct scheme {
    unit_fn *unit;
    char escape; /* what escapes begin with */
};

static struct mask_scheme_unit
unit_plain(struct text t)
{
    return unit_of_byte(t.at[0], 1);
}

static struct mask_scheme_unit
unit_url(struct text t)
{
    size_t chars = 0;
    uint32_t byte;

    if (t.at[0] != '%')
        return unit_plain(t);
    byte = number(after(t, 1), 16, 2, &chars);
    return chars == 2 ? unit_of_byte((char)byte, 3) : unit_plain(t);
}

/* \uXXXX, or two of them that are one character. */
static struct mask_scheme_unit
unit_json_rune(struct text t)
{
    size_t chars = 0, more = 0;
    uint32_t high = number(after(t, 2), 16, 4, &chars);
    uint32_t low;

    if (chars != 4)
        return unit_plain(t);
    if (high < 0xd800 || high > 0xdbff || t.len < UNIT_MAX || t.at[6] != '\\' ||
        t.at[7] != 'u')
        return unit_of_rune(high, 6);
    low = number(after(t, 8), 16, 4, &more);
    if (more != 4 || low < 0xdc00 || low > 0xdfff)
        return unit_of_rune(high, 6);
    return unit_of_rune(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00),
                        UNIT_MAX);
}

static struct mask_scheme_unit
unit_json(struct text t)
{
    static const char names[] = "\"\\/'bfnrt";
    static const char means[] = "\"\\/'\b\f\n\r\t";
    const char *name;

    if (t.at[0] != '\\' || t.len < 2)
        return unit_plain(t);
    if (t.at[1] == 'u')
        return unit_json_rune(t);
    name = t.at[1] != '\0' ? strchr(names, t.at[1]) : NULL;
    return name != NULL ? unit_of_byte(means[name - names], 2) : unit_plain(t);
}

static struct mask_scheme_unit
unit_html_number(struct text t)
{
    bool is_hex = t.len > 2 && str_lower(t.at[2]) == 'x';
    size_t from = is_hex ? 3 : 2, chars = 0;
    uint32_t rune =
        t.len > from ? number(after(t, from), is_hex ? 16 : 10, 7, &chars) : 0;

    if (chars == 0 || from + chars >= t.len || t.at[from + chars] != ';' ||
        rune > 0x10ffff)
        return unit_plain(t);
    return unit_of_rune(rune, from + chars + 1);
}

static struct mask_scheme_unit
unit_html(struct text t)
{
    static const struct {
        const char *name;
        char means;
    } names[] = {{"&amp;", '&'},
                 {"&lt;", '<'},
                 {"&gt;", '>'},
                 {"&quot;", '"'},
                 {"&apos;", '\''}};

    if (t.at[0] != '&')
        return unit_plain(t);
    if (t.len > 1 && t.at[1] == '#')
        return unit_html_number(t);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i].name);

        if (t.len >= len && memcmp(t.at, names[i].name, len) == 0)
            return unit_of_byte(names[i].means, len);
    }
    return unit_plain(t);
}

static const struct scheme SCHEMES[MASK_SCHEME_COUNT] = {
    [MASK_SCHEME_PLAIN] = {unit_plain, '\0'},
    [MASK_SCHEME_URL] = {unit_url, '%'},
    [MASK_SCHEME_JSON] = {unit_json, '\\'},
    [MASK_SCHEME_HTML] = {unit_html, '&'},
};

struct mask_scheme_unit
mask_scheme_read(enum mask_scheme scheme, const char *at, size_t len)
{
    return SCHEMES[scheme].unit((struct text){at, len});
}

bool
mask_scheme_differs(enum mask_scheme scheme, char c)
{
    return (SCHEMES[scheme].escape != '\0' && c == SCHEMES[scheme].escape) ||
           (scheme == MASK_SCHEME_URL && c == '+');
}

bool
mask_scheme_is_half(enum mask_scheme scheme, const char *at, size_t len)
{
    if (len >= UNIT_MAX || at[0] != SCHEMES[scheme].escape)
        return false;
    if (at[0] == '%')
        return len < 3;
    if (at[0] == '\\')
        return len < 2 || at[1] == 'u';
    return memchr(at, ';', len) == NULL;
}
