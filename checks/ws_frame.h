/*
 * ws_frame.h - WebSocket frames (RFC 6455, section 5), as a client.
 *
 * Pure: bytes of the server's go in, messages come out; frames of ours are
 * encoded.  No extension is spoken, so a reserved bit is an error.  The upgrade
 * before it is ws_upgrade.h, the connection ws_check.c.
 *
 * Rules       of the server's bytes: no mask, shortest lengths, control frames
 *             whole and at most 125 bytes, fragments in order, text and close
 *             reasons in UTF-8, close codes from the registry's ranges.
 * Lifecycle   ws_reader_init(), ws_reader_take() as often as bytes come,
 *             ws_reader_free().
 * Ownership   the reader owns the message; it is valid until the next take.
 * Units       bytes.
 * Errors      WS_BAD with a message; the reader then takes no more.
 * Threads     none of its own.
 */
#ifndef CHECKS_WS_FRAME_H
#define CHECKS_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define WS_CONTROL_MAX   125 /* the payload of a ping, pong or close */
#define WS_MASK_BYTES    4
#define WS_MESSAGE_MAX   ((size_t)1024 * 1024) /* the most a reader may keep */
#define WS_FRAGMENTS_MAX 65536 /* of one message: empty ones cost, too */

enum ws_opcode {
    WS_CONTINUATION = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10,
};

enum ws_step {
    WS_MORE,  /* all bytes were taken; nothing is whole yet */
    WS_WHOLE, /* a message or a control frame: opcode, data, len */
    WS_BAD,
};

struct ws_reader {
    enum ws_opcode opcode; /* of what is whole: never WS_CONTINUATION */
    const char *data;
    size_t len;
    uint16_t close_code; /* of a close; 0: it had none */
    size_t frames;       /* the message came in as many */
    char why[120];       /* WS_BAD */
    uint16_t why_code;   /* the close code that says so: 1002, 1007, 1009 */

    /* The rest is the reader's own. */
    size_t message_max;
    uint8_t head[10];
    size_t head_len;
    bool is_in_payload;
    bool is_final;
    enum ws_opcode frame;   /* the one that is coming in */
    enum ws_opcode message; /* WS_CONTINUATION: none is open */
    size_t left;            /* of the frame's payload */
    struct buf payload;     /* of the open message */
    char control[WS_CONTROL_MAX + 1];
    size_t control_len;
    bool is_over; /* a close or an error came */
};

/* A message over `message_max` (<= WS_MESSAGE_MAX) is an error. */
void ws_reader_init(struct ws_reader *reader, size_t message_max);
void ws_reader_free(struct ws_reader *reader);
/* Takes from `data` until something is whole; *used says how much. */
enum ws_step ws_reader_take(struct ws_reader *reader, const uint8_t *data,
                            size_t len, size_t *used);

/* Adds one final frame, masked with `mask`, which must be fresh and random. */
int ws_frame_encode(struct buf *out, enum ws_opcode opcode, const void *data,
                    size_t len, const uint8_t mask[WS_MASK_BYTES]);
/* The payload of a close; `reason` at most 123 bytes. */
int ws_frame_encode_close(struct buf *out, uint16_t code, const char *reason,
                          const uint8_t mask[WS_MASK_BYTES]);
/* "going away"; NULL: a code without a name of its own. */
const char *ws_frame_close_text(uint16_t code);

#endif
