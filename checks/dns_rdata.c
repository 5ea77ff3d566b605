/*
 * The data is walked by the grammar of its type (dns_type.c), the same way to
 * check it, to print it and to make its canonical form: a field is taken by
 * one function, which prints when there is somewhere to print to; the
 * canonical form is the bytes that were taken, but for names.
 */
#include "checks/dns_rdata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/dns_svcb.h"
#include "checks/dns_type.h"

#define WINDOW_MAX 32 /* bytes of one window of types */

struct walk {
    struct dns_span span;
    struct buf_reader r;
    struct buf *text; /* or NULL */
    struct buf *wire; /* or NULL */
};

/* --- fields of fixed size --- */

static int
take_number(struct walk *w, char field)
{
    uint32_t number;

    if (field == 'b')
        number = buf_get_u8(&w->r);
    else if (field == 'w')
        number = buf_get_be16(&w->r);
    else
        number = buf_get_be32(&w->r);
    if (w->r.failed)
        return -1;
    if (w->text != NULL)
        buf_addf(w->text, "%u", number);
    return 0;
}

static int
take_address(struct walk *w, int family)
{
    const uint8_t *bytes = buf_get(&w->r, family == AF_INET ? 4 : 16);
    char text[ADDR_TEXT_MAX];

    if (bytes == NULL)
        return -1;
    if (w->text != NULL)
        buf_add_str(w->text, addr_format_bytes(text, family, bytes));
    return 0;
}

static int
take_type(struct walk *w)
{
    uint16_t type = buf_get_be16(&w->r);
    char text[DNS_TYPE_TEXT];

    if (w->r.failed)
        return -1;
    if (w->text != NULL)
        buf_add_str(w->text, dns_type_format(text, type));
    return 0;
}

/* The digits of "2026-01-02T03:04:05.000Z" up to the second. */
static int
take_moment(struct walk *w)
{
    const int digits = 14;
    wall_t at = {(int64_t)buf_get_be32(&w->r) * MS_PER_S};
    char text[UNITS_TEXT_MAX];
    int seen = 0;

    if (w->r.failed)
        return -1;
    if (w->text == NULL)
        return 0;
    (void)units_format_time(text, at);
    for (const char *c = text; *c != '\0' && seen < digits; c++) {
        if (!str_is_digit(*c))
            continue;
        buf_add_char(w->text, *c);
        seen++;
    }
    return 0;
}

/* --- names, texts, bytes --- */

static int
take_name(struct walk *w, char field)
{
    struct dns_name name;
    char text[DNS_NAME_TEXT];

    if (dns_wire_get_name(w->span, &w->r, &name) < 0)
        return -1;
    if (w->text != NULL)
        buf_add_str(w->text, dns_name_format(text, &name));
    if (w->wire != NULL) {
        if (field == 'n')
            dns_name_lower(&name);
        buf_add(w->wire, name.byte, name.len);
    }
    return 0;
}

/* A word needs no quotes while it is one. */
static bool
is_word(const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!str_is_alpha(text[i]) && !str_is_digit(text[i]))
            return false;
    return len > 0;
}

static int
take_text(struct walk *w, char field)
{
    uint8_t len = buf_get_u8(&w->r);
    const uint8_t *text = buf_get(&w->r, len);

    if (text == NULL)
        return -1;
    if (w->text == NULL)
        return 0;
    if (field == 'c' && !is_word(text, len))
        field = 'q';
    if (field == 'q')
        buf_add_char(w->text, '"');
    for (size_t i = 0; i < len; i++) {
        if (field == 'q')
            dns_name_quote_byte(w->text, text[i]);
        else
            dns_name_plain_byte(w->text, text[i]);
    }
    if (field == 'q')
        buf_add_char(w->text, '"');
    return 0;
}

static int
take_texts(struct walk *w)
{
    if (w->r.left == 0)
        return -1;
    while (w->r.left > 0)
        if (take_text(w, 't') < 0)
            return -1;
    return 0;
}

static void
add_hex(struct buf *out, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_addf(out, "%02X", bytes[i]);
}

/* RFC 4648, 7, without padding. */
static void
add_base32(struct buf *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    unsigned held = 0;
    unsigned bits = 0;

    for (size_t i = 0; i < len; i++) {
        held = held << 8 | bytes[i];
        for (bits += 8; bits >= 5; bits -= 5)
            buf_add_char(out, digits[held >> (bits - 5) & 0x1f]);
        held &= 0xff;
    }
    if (bits > 0)
        buf_add_char(out, digits[held << (5 - bits) & 0x1f]);
}

/* Bytes with their number before them: a salt, a hash. */
static int
take_short(struct walk *w, char field)
{
    uint8_t len = buf_get_u8(&w->r);
    const uint8_t *bytes = buf_get(&w->r, len);

    if (bytes == NULL || (field == 'h' && len == 0))
        return -1;
    if (w->text == NULL)
        return 0;
    if (field == 'h')
        add_base32(w->text, bytes, len);
    else if (len == 0)
        buf_add_char(w->text, '-');
    else
        add_hex(w->text, bytes, len);
    return 0;
}

static void
format_rest(struct buf *out, char field, const uint8_t *bytes, size_t len)
{
    char *text;

    if (field == 'X') {
        add_hex(out, bytes, len);
        return;
    }
    if (field == 'B') {
        text = str_base64(bytes, len);
        buf_add_str(out, text);
        free(text);
        return;
    }
    buf_add_char(out, '"');
    for (size_t i = 0; i < len; i++)
        dns_name_quote_byte(out, bytes[i]);
    buf_add_char(out, '"');
}

static int
take_rest(struct walk *w, char field)
{
    size_t len = w->r.left;
    const uint8_t *bytes = buf_get(&w->r, len);

    /* A key, digest or signature of no bytes is none; a CAA's value may be. */
    if (len == 0 && field != 'v')
        return -1;
    if (w->text != NULL)
        format_rest(w->text, field, bytes, len);
    return 0;
}

/* --- a set of types: windows of up to 256, in ascending order --- */

static void
format_window(struct buf *out, unsigned window, const uint8_t *bits, size_t len)
{
    char text[DNS_TYPE_TEXT];

    for (unsigned i = 0; i < len * 8; i++) {
        if ((bits[i / 8] & 0x80 >> i % 8) == 0)
            continue;
        buf_add_char(out, ' ');
        buf_add_str(out, dns_type_format(text, (uint16_t)(window << 8 | i)));
    }
}

static int
take_types(struct walk *w)
{
    int last = -1;

    while (w->r.left > 0) {
        uint8_t window = buf_get_u8(&w->r);
        uint8_t len = buf_get_u8(&w->r);
        const uint8_t *bits = buf_get(&w->r, len);

        if (bits == NULL || len == 0 || len > WINDOW_MAX || window <= last)
            return -1;
        last = window;
        if (w->text != NULL)
            format_window(w->text, window, bits, len);
    }
    return 0;
}

/* --- the walk --- */

static int
take_field(struct walk *w, char field)
{
    switch (field) {
    case 'a':
        return take_address(w, AF_INET);
    case '6':
        return take_address(w, AF_INET6);
    case 'n':
    case 'N':
        return take_name(w, field);
    case 'c':
    case 'q':
        return take_text(w, field);
    case 't':
        return take_texts(w);
    case 'T':
        return take_type(w);
    case 'd':
        return take_moment(w);
    case 'x':
    case 'h':
        return take_short(w, field);
    case 'm':
        return take_types(w);
    case 'p':
        return dns_svcb_walk(&w->r, w->text);
    case 'X':
    case 'B':
    case 'v':
        return take_rest(w, field);
    default: /* b, w, l */
        return take_number(w, field);
    }
}

/* The bytes taken since `from`, as they are; a name has put its own. */
static void
copy_taken(struct walk *w, char field, size_t from)
{
    size_t to = dns_wire_offset(w->span, &w->r);

    if (w->wire != NULL && field != 'n' && field != 'N')
        buf_add(w->wire, w->span.data + from, to - from);
}

static int
walk(const struct dns_rdata *data, struct buf *text, struct buf *wire)
{
    const char *grammar = dns_type_grammar(data->type);
    struct walk w = {data->span, dns_wire_reader(data->span, data->at), text,
                     wire};

    for (const char *field = grammar; *field != '\0'; field++) {
        size_t from = dns_wire_offset(w.span, &w.r);
        /* What may be empty brings its own space. */
        bool is_spaced = *field != 'm' && *field != 'p';

        if (field != grammar && text != NULL && is_spaced)
            buf_add_char(text, ' ');
        if (take_field(&w, *field) < 0)
            return -1;
        copy_taken(&w, *field, from);
    }
    return w.r.left == 0 && !w.r.failed ? 0 : -1;
}

static bool
is_known(const struct dns_rdata *data)
{
    return data->class == DNS_CLASS_IN && dns_type_grammar(data->type) != NULL;
}

int
dns_rdata_check(const struct dns_rdata *data)
{
    return is_known(data) ? walk(data, NULL, NULL) : 0;
}

int
dns_rdata_format(const struct dns_rdata *data, struct buf *out)
{
    size_t len = data->span.len - data->at;

    if (is_known(data)) {
        if (walk(data, out, NULL) < 0)
            return -1;
    } else {
        buf_addf(out, "\\# %zu%s", len, len > 0 ? " " : "");
        add_hex(out, data->span.data + data->at, len);
    }
    return out->failed ? -1 : 0;
}

int
dns_rdata_canonical(const struct dns_rdata *data, struct buf *out)
{
    if (is_known(data)) {
        if (walk(data, NULL, out) < 0)
            return -1;
    } else {
        buf_add(out, data->span.data + data->at, data->span.len - data->at);
    }
    return out->failed ? -1 : 0;
}
