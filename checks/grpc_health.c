#include "checks/grpc_health.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define FRAME_HEAD      5
#define FIELD_BITS      3 /* of a tag: the wire type */
#define TYPE_MASK       7U
#define STATUS_FIELD    1U
#define VARINT_BYTES    10
#define VARINT_BITS     7
#define VARINT_MORE     0x80U
#define TAG_SERVICE     0x0aU /* field 1, length-delimited */
#define DEL             0x7f
#define CODE_COUNT      17
#define CODE_DIGITS_MAX 2

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_FIXED32 = 5,
};

static void
add_varint(struct buf *out, size_t value)
{
    for (; value >= VARINT_MORE; value >>= VARINT_BITS)
        (void)buf_add_u8(out, (uint8_t)(value | VARINT_MORE));
    (void)buf_add_u8(out, (uint8_t)value);
}

int
grpc_health_encode(struct buf *out, const char *service)
{
    size_t len = strlen(service);
    struct buf message;
    int rc;

    if (len > GRPC_SERVICE_MAX)
        return -1;
    buf_init(&message, GRPC_SERVICE_MAX + 2 * VARINT_BYTES);
    if (len > 0) {
        (void)buf_add_u8(&message, TAG_SERVICE);
        add_varint(&message, len);
        (void)buf_add_str(&message, service);
    }
    (void)buf_add_u8(out, 0); /* not compressed */
    (void)buf_add_be16(out, 0);
    (void)buf_add_be16(out, (uint16_t)message.len);
    rc = buf_add(out, buf_text(&message), message.len);
    buf_free(&message);
    return rc;
}

/* ---- the answer ---- */

static uint64_t
get_varint(struct buf_reader *r)
{
    uint64_t value = 0;

    for (int i = 0; i < VARINT_BYTES; i++) {
        uint8_t byte = buf_get_u8(r);

        value |= (uint64_t)(byte & (VARINT_MORE - 1)) << (VARINT_BITS * i);
        if ((byte & VARINT_MORE) == 0)
            return value;
    }
    r->failed = true; /* longer than any number */
    return 0;
}

static void
skip_bytes(struct buf_reader *r)
{
    uint64_t len = get_varint(r);

    if (len > r->left)
        r->failed = true;
    else
        (void)buf_get(r, (size_t)len);
}

static void
skip_value(struct buf_reader *r, unsigned type)
{
    if (type == WIRE_VARINT)
        (void)get_varint(r);
    else if (type == WIRE_FIXED64)
        (void)buf_get(r, sizeof(uint64_t));
    else if (type == WIRE_BYTES)
        skip_bytes(r);
    else if (type == WIRE_FIXED32)
        (void)buf_get(r, sizeof(uint32_t));
    else
        r->failed = true; /* groups, which nobody writes any more */
}

static int
say(char why[GRPC_WHY_MAX], const char *text)
{
    (void)str_copy(why, GRPC_WHY_MAX, text);
    return -1;
}

/* The newest value of field 1; absent it is 0, as proto3 has it. */
static int
decode_message(struct buf_reader *r, char why[GRPC_WHY_MAX])
{
    uint64_t status = GRPC_HEALTH_UNKNOWN;

    while (r->left > 0 && !r->failed) {
        uint64_t tag = get_varint(r);
        unsigned type = (unsigned)(tag & TYPE_MASK);

        if (tag >> FIELD_BITS == STATUS_FIELD && type == WIRE_VARINT)
            status = get_varint(r);
        else if (tag >> FIELD_BITS == 0)
            r->failed = true;
        else
            skip_value(r, type);
    }
    if (r->failed)
        return say(why, "its message is no HealthCheckResponse");
    if (status > GRPC_HEALTH_SERVICE_UNKNOWN)
        return say(why, "its status is none of the health protocol's");
    return (int)status;
}

int
grpc_health_decode(const void *body, size_t len, char why[GRPC_WHY_MAX])
{
    struct buf_reader r = buf_reader(body, len);
    uint8_t is_compressed = buf_get_u8(&r);
    uint32_t size = buf_get_be32(&r);

    why[0] = '\0';
    if (len == 0)
        return say(why, "it has no message");
    if (r.failed || r.left < size)
        return say(why, "its message is cut short");
    if (is_compressed != 0)
        return say(why, "its message is compressed, which was not offered");
    if (r.left > size)
        return say(why, "it has more than one message");
    return decode_message(&r, why);
}

/* ---- words ---- */

const char *
grpc_health_name(int status)
{
    static const char *const names[] = {"UNKNOWN", "SERVING", "NOT_SERVING",
                                        "SERVICE_UNKNOWN"};

    return status >= 0 && status <= GRPC_HEALTH_SERVICE_UNKNOWN ? names[status]
                                                                : NULL;
}

const char *
grpc_health_code_name(int code)
{
    static const char *const names[CODE_COUNT] = {
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    };

    return code >= 0 && code < CODE_COUNT ? names[code] : NULL;
}

int
grpc_health_parse_code(const char *text, size_t len)
{
    int code = 0;

    if (len == 0 || len > CODE_DIGITS_MAX)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (!str_is_digit((unsigned char)text[i]))
            return -1;
        code = code * 10 + (text[i] - '0');
    }
    return code < CODE_COUNT ? code : -1;
}

/* %XX at `text`; false: it is none, and stands for itself. */
static bool
unescape(const char *text, size_t len, uint8_t *byte)
{
    char digits[3];

    if (len < sizeof(digits) || text[0] != '%')
        return false;
    digits[0] = text[1];
    digits[1] = text[2];
    digits[2] = '\0';
    return str_unhex(byte, 1, digits) == 0;
}

void
grpc_health_format_message(char to[GRPC_MESSAGE_MAX], const char *text,
                           size_t len)
{
    char decoded[GRPC_MESSAGE_MAX + 1]; /* a byte more, to be cut well */
    size_t at = 0;

    for (size_t i = 0; i < len && at < GRPC_MESSAGE_MAX; i++) {
        uint8_t byte = (uint8_t)text[i];

        if (unescape(text + i, len - i, &byte))
            i += 2;
        decoded[at++] = (char)(byte < ' ' || byte == DEL ? ' ' : byte);
    }
    decoded[at] = '\0';
    /* Cut first: half a character at the limit is not the sender's fault. */
    (void)str_copy(to, GRPC_MESSAGE_MAX, decoded);
    if (str_is_utf8(to, strlen(to)))
        return;
    for (; *to != '\0'; to++)
        if ((unsigned char)*to > DEL)
            *to = '?';
}
