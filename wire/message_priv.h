/*
 * message_priv.h - between message.c and message_sync.c: protobuf-c's structs
 * filled and read.
 *
 * Ownership   parts lie in the arena given, what is read in the reading's.
 * Errors      -1, NULL; while reading `failed`, which then stays.
 * Threads     none of its own.
 */
#ifndef WIRE_MESSAGE_PRIV_H
#define WIRE_MESSAGE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_SMALL_MAX (64u << 10) /* bytes: sync, enrolment, its answer */

struct ProtobufCBinaryData;
struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;
struct arena;
struct buf;
struct id;

/* What protobuf-c only reads, as it wants it. */
char *message_text_out(const char *text);
struct ProtobufCBinaryData message_bytes_out(const void *data, size_t len);
struct ProtobufCBinaryData message_id_out(const struct id *id);
/* -1: over `max` bytes. */
int message_pack(struct buf *out, const struct ProtobufCMessage *pb,
                 size_t max);

/* `count` sub-messages and pointers to them, as protobuf-c wants them. */
struct message_parts {
    void **pointer;
    uint8_t *memory;
    size_t size;
};

int message_parts_init(struct message_parts *parts, struct arena *arena,
                       size_t count, size_t size);
void *message_parts_add(struct message_parts *parts, size_t index);

/* Reading one message: its arena, and whether all was well so far. */
struct message_reading {
    struct arena *arena;
    const void *pb;
    bool failed;
};

struct message_reading
message_begin(const struct ProtobufCMessageDescriptor *type, const void *data,
              size_t len);
void *message_array(struct message_reading *r, size_t count, size_t max,
                    size_t size);
/* Below `cap` bytes and UTF-8. */
const char *message_text_in(struct message_reading *r, const char *text,
                            size_t cap);
struct id message_id_in(struct message_reading *r,
                        const struct ProtobufCBinaryData *bytes);
/* Ends the reading: the message (of `size`), or NULL with all memory given
 * back. */
void *message_finish(struct message_reading *r, const void *message,
                     size_t size);

#endif
