#include "checks/dns_svcb.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "checks/dns_name.h"

enum key {
    KEY_MANDATORY,
    KEY_ALPN,
    KEY_NO_DEFAULT_ALPN,
    KEY_PORT,
    KEY_IPV4HINT,
    KEY_ECH,
    KEY_IPV6HINT,
    KEY_DOHPATH,
};

static const char *const NAMES[] = {
    [KEY_MANDATORY] = "mandatory",
    [KEY_ALPN] = "alpn",
    [KEY_NO_DEFAULT_ALPN] = "no-default-alpn",
    [KEY_PORT] = "port",
    [KEY_IPV4HINT] = "ipv4hint",
    [KEY_ECH] = "ech",
    [KEY_IPV6HINT] = "ipv6hint",
    [KEY_DOHPATH] = "dohpath",
};

#define NAME_COUNT (sizeof(NAMES) / sizeof(NAMES[0]))

static void
add_key(struct buf *out, unsigned key)
{
    if (key < NAME_COUNT)
        buf_add_str(out, NAMES[key]);
    else
        buf_addf(out, "key%u", key);
}

/* In quotes.  In a list the comma and the backslash of an item are escaped
 * once more (RFC 9460, appendix A.1). */
static void
add_bytes(struct buf *out, const uint8_t *bytes, size_t len, bool in_list)
{
    for (size_t i = 0; i < len; i++) {
        if (in_list && (bytes[i] == ',' || bytes[i] == '\\'))
            buf_add_str(out, "\\\\");
        dns_name_quote_byte(out, bytes[i]);
    }
}

static int
walk_mandatory(struct buf_reader *r, struct buf *out)
{
    const char *separator = "";
    unsigned last = KEY_MANDATORY; /* which the list may not name */

    if (r->left == 0 || r->left % 2 != 0)
        return -1;
    while (r->left > 0) {
        unsigned key = buf_get_be16(r);

        if (key <= last)
            return -1;
        last = key;
        buf_add_str(out, separator);
        add_key(out, key);
        separator = ",";
    }
    return 0;
}

static int
walk_alpn(struct buf_reader *r, struct buf *out)
{
    const char *separator = "\"";

    if (r->left == 0)
        return -1;
    while (r->left > 0) {
        uint8_t len = buf_get_u8(r);
        const uint8_t *item = buf_get(r, len);

        if (item == NULL || len == 0)
            return -1;
        buf_add_str(out, separator);
        add_bytes(out, item, len, true);
        separator = ",";
    }
    buf_add_char(out, '"');
    return 0;
}

static int
walk_hint(struct buf_reader *r, struct buf *out, int family)
{
    size_t size = family == AF_INET ? 4 : 16;
    const char *separator = "";

    if (r->left == 0 || r->left % size != 0)
        return -1;
    while (r->left > 0) {
        char text[INET6_ADDRSTRLEN] = "";

        (void)inet_ntop(family, buf_get(r, size), text, sizeof(text));
        buf_add_str(out, separator);
        buf_add_str(out, text);
        separator = ",";
    }
    return 0;
}

static int
walk_rest(struct buf_reader *r, struct buf *out, bool as_base64)
{
    size_t len = r->left;
    const uint8_t *bytes = buf_get(r, len);

    if (len == 0)
        return -1;
    if (as_base64) {
        char *text = str_base64(bytes, len);

        buf_add_str(out, text);
        free(text);
        return 0;
    }
    buf_add_char(out, '"');
    add_bytes(out, bytes, len, false);
    buf_add_char(out, '"');
    return 0;
}

static int
walk_value(struct buf_reader *r, unsigned key, struct buf *out)
{
    switch (key) {
    case KEY_MANDATORY:
        return walk_mandatory(r, out);
    case KEY_ALPN:
        return walk_alpn(r, out);
    case KEY_NO_DEFAULT_ALPN:
        return -1; /* takes no value */
    case KEY_PORT:
        if (r->left != 2)
            return -1;
        buf_addf(out, "%u", buf_get_be16(r));
        return 0;
    case KEY_IPV4HINT:
        return walk_hint(r, out, AF_INET);
    case KEY_IPV6HINT:
        return walk_hint(r, out, AF_INET6);
    default: /* a number of a registry that grows */
        return walk_rest(r, out, key == KEY_ECH);
    }
}

/* Those that make no sense without a value. */
static bool
needs_value(unsigned key)
{
    return key < NAME_COUNT && key != KEY_NO_DEFAULT_ALPN;
}

int
dns_svcb_walk(struct buf_reader *r, struct buf *out)
{
    struct buf none;
    long last = -1;
    int rc = 0;

    /* Takes nothing: what is only checked goes nowhere. */
    buf_init(&none, 0);
    if (out == NULL)
        out = &none;
    while (r->left > 0 && rc == 0) {
        unsigned key = buf_get_be16(r);
        uint16_t len = buf_get_be16(r);
        const uint8_t *bytes = buf_get(r, len);
        struct buf_reader value = buf_reader(bytes, bytes != NULL ? len : 0);

        if (bytes == NULL || r->failed || (long)key <= last)
            return -1;
        last = (long)key;
        buf_add_char(out, ' ');
        add_key(out, key);
        if (len == 0) {
            rc = needs_value(key) ? -1 : 0;
            continue;
        }
        buf_add_char(out, '=');
        rc = walk_value(&value, key, out);
    }
    buf_free(&none);
    return rc;
}
