/*
 * A pointer is followed only to a place before every label read so far, so
 * that a walk ends after at most 255 bytes and no circle can be.
 */
#include "checks/dns_wire.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

#define POINTER      0xc0
#define POINTER_HIGH 0x3f

struct buf_reader
dns_wire_reader(struct dns_span span, size_t at)
{
    assert(at <= span.len);
    return buf_reader(span.data + at, span.len - at);
}

size_t
dns_wire_offset(struct dns_span span, const struct buf_reader *r)
{
    return span.len - r->left;
}

static int
add_label(struct dns_name *name, struct buf_reader *r, uint8_t len)
{
    const uint8_t *label = buf_get(r, len);

    if (label == NULL || name->len + len + 2 > DNS_NAME_MAX)
        return -1;
    name->byte[name->len++] = len;
    memcpy(name->byte + name->len, label, len);
    name->len += len;
    return 0;
}

int
dns_wire_get_name(struct dns_span span, struct buf_reader *r,
                  struct dns_name *name)
{
    struct buf_reader at = *r;
    size_t lowest = dns_wire_offset(span, r);
    bool jumped = false;

    name->len = 0;
    for (;;) {
        uint8_t len = buf_get_u8(&at);
        size_t to;

        if (at.failed)
            return -1;
        if (len <= DNS_LABEL_MAX && len > 0) {
            if (add_label(name, &at, len) < 0)
                return -1;
            continue;
        }
        if (len != 0 && (len & POINTER) != POINTER)
            return -1;
        to = len == 0 ? 0 : (size_t)(len & POINTER_HIGH) << 8 | buf_get_u8(&at);
        if (!jumped)
            *r = at;
        if (len == 0)
            break;
        if (at.failed || to >= lowest)
            return -1;
        jumped = true;
        lowest = to;
        at = dns_wire_reader(span, to);
    }
    name->byte[name->len++] = 0;
    return 0;
}
