#include "checks/dns_name.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define DEL 0x7f

/* One character of a name's text, escapes resolved; -1: a bad escape. */
static int
unescape(const char *text, size_t *at, bool *escaped)
{
    int value = 0;

    *escaped = text[*at] == '\\';
    if (!*escaped)
        return (unsigned char)text[(*at)++];
    (*at)++;
    if (!str_is_digit(text[*at])) {
        if (text[*at] == '\0')
            return -1;
        return (unsigned char)text[(*at)++];
    }
    for (int i = 0; i < 3; i++, (*at)++) {
        if (!str_is_digit(text[*at]))
            return -1;
        value = value * 10 + (text[*at] - '0');
    }
    return value <= UINT8_MAX ? value : -1;
}

/* Ends the label begun at `start`; -1: empty or too long. */
static int
end_label(struct dns_name *name, size_t start)
{
    size_t len = name->len - start - 1;

    if (len == 0 || len > DNS_LABEL_MAX)
        return -1;
    name->byte[start] = (uint8_t)len;
    return 0;
}

int
dns_name_parse(struct dns_name *name, const char *text)
{
    struct dns_name made = {.len = 1};
    size_t start = 0;
    size_t at = 0;

    if (text[0] == '\0')
        return -1;
    if (str_eq(text, "."))
        text = "";
    while (text[at] != '\0') {
        bool escaped;
        int c = unescape(text, &at, &escaped);

        /* One byte is left for the root. */
        if (c < 0 || made.len >= DNS_NAME_MAX - 1)
            return -1;
        if (c != '.' || escaped) {
            made.byte[made.len++] = (uint8_t)c;
            continue;
        }
        if (end_label(&made, start) < 0)
            return -1;
        start = made.len++;
    }
    /* After a last dot the open label is the root. */
    if (made.len - start > 1) {
        if (end_label(&made, start) < 0)
            return -1;
        made.len++;
    }
    made.byte[made.len - 1] = 0;
    *name = made;
    return 0;
}

static size_t
put_decimal(char to[4], uint8_t c)
{
    to[0] = '\\';
    to[1] = (char)('0' + c / 100);
    to[2] = (char)('0' + c / 10 % 10);
    to[3] = (char)('0' + c % 10);
    return 4;
}

/* One byte of a label; what means something to a zone file is escaped. */
static size_t
put_byte(char to[4], uint8_t c)
{
    if (c != 0 && strchr(".\\\"();@$", c) != NULL) {
        to[0] = '\\';
        to[1] = (char)c;
        return 2;
    }
    if (c <= ' ' || c >= DEL)
        return put_decimal(to, c);
    to[0] = (char)c;
    return 1;
}

void
dns_name_plain_byte(struct buf *out, uint8_t c)
{
    char text[4];

    if (c < ' ' || c >= DEL)
        buf_add(out, text, put_decimal(text, c));
    else
        buf_add_char(out, (char)c);
}

void
dns_name_quote_byte(struct buf *out, uint8_t c)
{
    if (c == '"' || c == '\\')
        buf_add_char(out, '\\');
    dns_name_plain_byte(out, c);
}

const char *
dns_name_format(char to[DNS_NAME_TEXT], const struct dns_name *name)
{
    size_t used = 0;
    size_t at = 0;

    while (at < name->len && name->byte[at] != 0) {
        size_t end = at + 1 + name->byte[at];

        if (used > 0)
            to[used++] = '.';
        for (at++; at < end && at < name->len; at++)
            used += put_byte(to + used, name->byte[at]);
    }
    if (used == 0)
        to[used++] = '.';
    to[used] = '\0';
    return to;
}

bool
dns_name_eq(const struct dns_name *a, const struct dns_name *b)
{
    if (a->len != b->len)
        return false;
    /* Lengths of labels are below 64 and so no letters. */
    for (size_t i = 0; i < a->len; i++)
        if (str_lower((char)a->byte[i]) != str_lower((char)b->byte[i]))
            return false;
    return true;
}

bool
dns_name_in(const struct dns_name *name, const struct dns_name *zone)
{
    struct dns_name at = *name;

    while (at.len > zone->len)
        if (!dns_name_up(&at))
            return false;
    return dns_name_eq(&at, zone);
}

/* Where each label begins; how many there are. */
static size_t
find_labels(const struct dns_name *name, uint8_t at[DNS_NAME_MAX / 2])
{
    size_t count = 0;

    for (size_t i = 0; i < name->len && name->byte[i] != 0;
         i += name->byte[i] + 1U)
        at[count++] = (uint8_t)i;
    return count;
}

static int
order_labels(const uint8_t *a, const uint8_t *b)
{
    uint8_t len = a[0] < b[0] ? a[0] : b[0];

    for (uint8_t i = 1; i <= len; i++) {
        int x = (uint8_t)str_lower((char)a[i]);
        int y = (uint8_t)str_lower((char)b[i]);

        if (x != y)
            return x - y;
    }
    return (int)a[0] - (int)b[0];
}

/* How many labels both end with; `order` is that of the first that differ. */
static size_t
compare(const struct dns_name *a, const struct dns_name *b, int *order)
{
    uint8_t at_a[DNS_NAME_MAX / 2], at_b[DNS_NAME_MAX / 2];
    size_t left_a = find_labels(a, at_a);
    size_t left_b = find_labels(b, at_b);
    size_t shared = 0;

    for (; left_a > 0 && left_b > 0; shared++) {
        *order =
            order_labels(a->byte + at_a[--left_a], b->byte + at_b[--left_b]);
        if (*order != 0)
            return shared;
    }
    *order = (left_a > 0) - (left_b > 0);
    return shared;
}

int
dns_name_order(const struct dns_name *a, const struct dns_name *b)
{
    int order;

    (void)compare(a, b, &order);
    return order;
}

size_t
dns_name_shared(const struct dns_name *a, const struct dns_name *b)
{
    int order;

    return compare(a, b, &order);
}

size_t
dns_name_labels(const struct dns_name *name)
{
    uint8_t at[DNS_NAME_MAX / 2];

    return find_labels(name, at);
}

void
dns_name_cut(struct dns_name *name, size_t labels)
{
    size_t count = dns_name_labels(name);

    assert(labels <= count);
    for (; count > labels; count--)
        (void)dns_name_up(name);
}

bool
dns_name_up(struct dns_name *name)
{
    size_t label = name->byte[0] + 1U;

    if (name->byte[0] == 0)
        return false;
    name->len -= label;
    memmove(name->byte, name->byte + label, name->len);
    return true;
}

void
dns_name_lower(struct dns_name *name)
{
    for (size_t i = 0; i < name->len; i++)
        name->byte[i] = (uint8_t)str_lower((char)name->byte[i]);
}
