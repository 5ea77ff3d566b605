/*
 * A frame's head is gathered byte by byte, because it may be cut anywhere; it
 * is judged as soon as it is whole, before a byte of its payload is kept.  So
 * a length over the limit costs ten bytes, not its length.
 */
#include "checks/ws_frame.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define BIT_FINAL  0x80U
#define BITS_RSV   0x70U
#define BITS_CODE  0x0fU
#define BIT_MASKED 0x80U
#define BITS_LEN   0x7fU
#define LEN_16     126U
#define LEN_64     127U
#define HEAD_SHORT 2
#define HEAD_16    4
#define HEAD_64    10
#define CODE_BYTES 2

#define CODE_PROTOCOL 1002
#define CODE_INVALID  1007
#define CODE_TOO_BIG  1009

void
ws_reader_init(struct ws_reader *reader, size_t message_max)
{
    assert(message_max <= WS_MESSAGE_MAX);
    memset(reader, 0, sizeof(*reader));
    reader->message_max = message_max;
    buf_init(&reader->payload, message_max);
}

void
ws_reader_free(struct ws_reader *reader)
{
    buf_free(&reader->payload);
}

static enum ws_step
bad(struct ws_reader *reader, uint16_t code, const char *why)
{
    (void)str_copy(reader->why, sizeof(reader->why), why);
    reader->why_code = code;
    reader->is_over = true;
    return WS_BAD;
}

static enum ws_step
bad_protocol(struct ws_reader *reader, const char *why)
{
    return bad(reader, CODE_PROTOCOL, why);
}

/* ---- the head of a frame ---- */

static size_t
head_size(const struct ws_reader *reader)
{
    unsigned len = reader->head_len > 1 ? reader->head[1] & BITS_LEN : 0;

    return len == LEN_64 ? HEAD_64 : len == LEN_16 ? HEAD_16 : HEAD_SHORT;
}

/* The length as it stands there; *is_shortest says whether it had to. */
static uint64_t
length_of(const struct ws_reader *reader, bool *is_shortest)
{
    struct buf_reader r = buf_reader(reader->head, reader->head_len);
    uint64_t len;

    (void)buf_get_u8(&r);
    len = buf_get_u8(&r) & BITS_LEN;
    *is_shortest = true;
    if (len == LEN_16) {
        len = buf_get_be16(&r);
        *is_shortest = len >= LEN_16;
    } else if (len == LEN_64) {
        len = (uint64_t)buf_get_be32(&r) << 32;
        len |= buf_get_be32(&r);
        *is_shortest = len > UINT16_MAX;
    }
    return len;
}

static bool
is_control(enum ws_opcode opcode)
{
    return opcode >= WS_CLOSE;
}

static enum ws_step
check_order(struct ws_reader *reader)
{
    if (is_control(reader->frame))
        return WS_MORE;
    if (reader->frame == WS_CONTINUATION) {
        if (reader->message == WS_CONTINUATION)
            return bad_protocol(reader, "a continuation of no message");
        if (++reader->frames > WS_FRAGMENTS_MAX)
            return bad(reader, CODE_TOO_BIG,
                       "a message in more than 65536 fragments");
        return WS_MORE;
    }
    if (reader->message != WS_CONTINUATION)
        return bad_protocol(reader,
                            "a message begins before the last one has ended");
    reader->message = reader->frame;
    reader->frames = 1;
    buf_reset(&reader->payload);
    return WS_MORE;
}

static enum ws_step
check_length(struct ws_reader *reader)
{
    bool is_shortest;
    uint64_t len = length_of(reader, &is_shortest);

    if (!is_shortest)
        return bad_protocol(reader, "a length that is not the shortest form");
    if (is_control(reader->frame)) {
        if (!reader->is_final)
            return bad_protocol(reader, "a control frame in fragments");
        if (len > WS_CONTROL_MAX)
            return bad_protocol(reader,
                                "a control frame of more than 125 bytes");
        reader->control_len = 0;
    } else if (len > reader->message_max - reader->payload.len) {
        (void)bad(reader, CODE_TOO_BIG, "");
        (void)snprintf(reader->why, sizeof(reader->why),
                       "a message of more than %zu bytes", reader->message_max);
        return WS_BAD;
    }
    reader->left = (size_t)len;
    return WS_MORE;
}

static enum ws_step
begin_frame(struct ws_reader *reader)
{
    unsigned first = reader->head[0];
    unsigned code = first & BITS_CODE;

    if ((first & BITS_RSV) != 0)
        return bad_protocol(
            reader, "a reserved bit is set, and no extension was agreed on");
    if (reader->head[1] & BIT_MASKED)
        return bad_protocol(reader, "the server's frame is masked");
    if (code > WS_PONG || (code > WS_BINARY && code < WS_CLOSE))
        return bad_protocol(reader, "a frame of an unknown kind");
    reader->frame = (enum ws_opcode)code;
    reader->is_final = (first & BIT_FINAL) != 0;
    if (check_order(reader) == WS_BAD)
        return WS_BAD;
    reader->is_in_payload = true;
    return check_length(reader);
}

/* ---- the end of one ---- */

/* RFC 6455 7.4 and IANA's registry. */
static bool
is_close_code(unsigned code)
{
    return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) ||
           (code >= 3000 && code <= 4999);
}

static enum ws_step
end_close(struct ws_reader *reader)
{
    struct buf_reader r = buf_reader(reader->control, reader->control_len);

    if (reader->control_len == 1)
        return bad_protocol(reader, "a close with half a code");
    if (reader->control_len >= CODE_BYTES) {
        reader->close_code = buf_get_be16(&r);
        reader->data += CODE_BYTES;
        reader->len -= CODE_BYTES;
        if (!is_close_code(reader->close_code))
            return bad_protocol(reader, "a close with a code that may not be");
    }
    if (!str_is_utf8(reader->data, reader->len))
        return bad(reader, CODE_INVALID, "a close reason that is not UTF-8");
    reader->is_over = true;
    return WS_WHOLE;
}

static enum ws_step
end_control(struct ws_reader *reader)
{
    reader->control[reader->control_len] = '\0';
    reader->opcode = reader->frame;
    reader->data = reader->control;
    reader->len = reader->control_len;
    return reader->frame == WS_CLOSE ? end_close(reader) : WS_WHOLE;
}

static enum ws_step
end_message(struct ws_reader *reader)
{
    reader->opcode = reader->message;
    reader->message = WS_CONTINUATION;
    reader->data = buf_text(&reader->payload);
    reader->len = reader->payload.len;
    if (reader->opcode == WS_TEXT && !str_is_utf8(reader->data, reader->len))
        return bad(reader, CODE_INVALID, "a text message that is not UTF-8");
    return WS_WHOLE;
}

static enum ws_step
end_frame(struct ws_reader *reader)
{
    reader->is_in_payload = false;
    reader->head_len = 0;
    if (is_control(reader->frame))
        return end_control(reader);
    return reader->is_final ? end_message(reader) : WS_MORE;
}

/* ---- bytes ---- */

static size_t
take_head(struct ws_reader *reader, const uint8_t *data, size_t len)
{
    size_t used = 0;

    while (used < len && reader->head_len < head_size(reader))
        reader->head[reader->head_len++] = data[used++];
    return used;
}

static size_t
take_payload(struct ws_reader *reader, const uint8_t *data, size_t len)
{
    size_t take = len < reader->left ? len : reader->left;

    if (is_control(reader->frame)) {
        memcpy(reader->control + reader->control_len, data, take);
        reader->control_len += take;
    } else if (buf_add(&reader->payload, data, take) < 0) {
        /* Within its limit: there is no memory. */
        (void)bad(reader, CODE_TOO_BIG, "no memory for the message");
        return 0;
    }
    reader->left -= take;
    return take;
}

enum ws_step
ws_reader_take(struct ws_reader *reader, const uint8_t *data, size_t len,
               size_t *used)
{
    *used = 0;
    for (;;) {
        enum ws_step step;

        if (reader->is_over)
            return reader->why[0] != '\0' ? WS_BAD : WS_MORE;
        if (!reader->is_in_payload) {
            *used += take_head(reader, data + *used, len - *used);
            if (reader->head_len < head_size(reader))
                return WS_MORE;
            if (begin_frame(reader) == WS_BAD)
                return WS_BAD;
        }
        if (*used < len && reader->left > 0)
            *used += take_payload(reader, data + *used, len - *used);
        if (reader->is_over)
            return WS_BAD;
        if (reader->left > 0)
            return WS_MORE;
        step = end_frame(reader);
        if (step != WS_MORE)
            return step;
    }
}

/* ---- ours ---- */

static void
add_head(struct buf *out, enum ws_opcode opcode, size_t len)
{
    (void)buf_add_u8(out, (uint8_t)(BIT_FINAL | (unsigned)opcode));
    if (len < LEN_16) {
        (void)buf_add_u8(out, (uint8_t)(BIT_MASKED | len));
    } else if (len <= UINT16_MAX) {
        (void)buf_add_u8(out, BIT_MASKED | LEN_16);
        (void)buf_add_be16(out, (uint16_t)len);
    } else {
        (void)buf_add_u8(out, BIT_MASKED | LEN_64);
        for (int shift = 48; shift >= 0; shift -= 16)
            (void)buf_add_be16(out, (uint16_t)((uint64_t)len >> shift));
    }
}

int
ws_frame_encode(struct buf *out, enum ws_opcode opcode, const void *data,
                size_t len, const uint8_t mask[WS_MASK_BYTES])
{
    const uint8_t *from = data;

    add_head(out, opcode, len);
    (void)buf_add(out, mask, WS_MASK_BYTES);
    for (size_t i = 0; i < len; i++)
        (void)buf_add_u8(out, from[i] ^ mask[i % WS_MASK_BYTES]);
    return out->failed ? -1 : 0;
}

int
ws_frame_encode_close(struct buf *out, uint16_t code, const char *reason,
                      const uint8_t mask[WS_MASK_BYTES])
{
    char payload[WS_CONTROL_MAX + 1];

    payload[0] = (char)(code >> 8);
    payload[1] = (char)code;
    (void)str_copy(payload + CODE_BYTES, sizeof(payload) - CODE_BYTES, reason);
    return ws_frame_encode(out, WS_CLOSE, payload,
                           CODE_BYTES + strlen(payload + CODE_BYTES), mask);
}

const char *
ws_frame_close_text(uint16_t code)
{
    static const char *const names[] = {
        [0] = "normal",           [1] = "going away",
        [2] = "protocol error",   [3] = "unacceptable data",
        [7] = "invalid data",     [8] = "against its policy",
        [9] = "message too big",  [10] = "an extension is missing",
        [11] = "internal error",  [12] = "it restarts",
        [13] = "try again later", [14] = "bad gateway",
    };

    return code >= 1000 && code <= 1014 ? names[code - 1000] : NULL;
}
