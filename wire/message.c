/*
 * protobuf-c structs are made on encode and read on decode, and seen by nobody
 * else.  A decoded message lies in one arena: the struct given out is preceded
 * by its arena, which is all that message_free() needs.  Texts and bytes point
 * into the arena, where protobuf-c left them.
 */
#include "wire/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "wire/arena.h"
#include "wire/batch.h"
#include "wire/message_priv.h"
#include "wire/picket.pb-c.h"
#include "wire/result.h"

#define ID_BYTES  16u
#define REPLY_MAX (1u << 20) /* bytes of the answer to results */
/* What decoding may take: sub-messages are larger in memory than sent. */
#define ARENA_BYTES(len) ((64u << 10) + 24 * (size_t)(len))
#define ARENA_MAX        (256u << 20)

struct head {
    struct arena *arena;
    max_align_t message[];
};

/* ---- encoding ---------------------------------------------------------- */

char *
message_text_out(const char *text)
{
    return (char *)(uintptr_t)(text == NULL ? "" : text);
}

ProtobufCBinaryData
message_bytes_out(const void *data, size_t len)
{
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)data};
}

ProtobufCBinaryData
message_id_out(const struct id *id)
{
    return message_bytes_out(id->byte, id_is_zero(id) ? 0 : ID_BYTES);
}

int
message_pack(struct buf *out, const ProtobufCMessage *pb, size_t max)
{
    size_t len = protobuf_c_message_get_packed_size(pb);
    uint8_t *plain;
    int rc;

    if (len > max || (plain = malloc(len + 1)) == NULL)
        return -1;
    protobuf_c_message_pack(pb, plain);
    rc = buf_add(out, plain, len);
    explicit_bzero(plain, len); /* it may hold secrets */
    free(plain);
    return rc;
}

int
message_parts_init(struct message_parts *parts, struct arena *arena,
                   size_t count, size_t size)
{
    parts->size = size;
    parts->pointer = arena_add_array(arena, count, sizeof(void *));
    parts->memory = arena_add_array(arena, count, size);
    return parts->pointer == NULL || parts->memory == NULL ? -1 : 0;
}

void *
message_parts_add(struct message_parts *parts, size_t index)
{
    return parts->pointer[index] = &parts->memory[index * parts->size];
}

int
message_encode_results(struct buf *out, const struct message_results *m)
{
    Picket__Results pb;
    Picket__SealedBatch one[MESSAGE_BATCHES_MAX];
    Picket__SealedBatch *pointer[MESSAGE_BATCHES_MAX];

    picket__results__init(&pb);
    assert(m->batch_count <= MESSAGE_BATCHES_MAX);
    pb.wire_version = m->wire_version;
    pb.spool = message_id_out(&m->spool);
    pb.offset_ms = m->offset_ms;
    for (size_t i = 0; i < m->batch_count; i++) {
        picket__sealed_batch__init(&one[i]);
        one[i].first = m->batches[i].first;
        one[i].count = m->batches[i].count;
        one[i].data = message_bytes_out(m->batches[i].data, m->batches[i].len);
        pointer[i] = &one[i];
    }
    pb.batch = pointer;
    pb.n_batch = m->batch_count;
    return message_pack(out, &pb.base, MESSAGE_RESULTS_MAX);
}

static Picket__Range **
ranges_out(struct arena *arena, const struct message_range *ranges,
           size_t count)
{
    struct message_parts parts;

    if (message_parts_init(&parts, arena, count, sizeof(Picket__Range)) != 0)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        Picket__Range *one = message_parts_add(&parts, i);

        picket__range__init(one);
        one->first = ranges[i].first;
        one->count = ranges[i].count;
    }
    return (Picket__Range **)parts.pointer;
}

int
message_encode_results_reply(struct buf *out,
                             const struct message_results_reply *m)
{
    Picket__ResultsReply pb;
    struct arena *arena = arena_create(SIZE_MAX);
    int rc = -1;

    picket__results_reply__init(&pb);
    assert(m->acked_count <= MESSAGE_RANGES_MAX);
    assert(m->refused_count <= MESSAGE_RANGES_MAX);
    if (arena == NULL)
        return -1;
    pb.acked = ranges_out(arena, m->acked, m->acked_count);
    pb.n_acked = m->acked_count;
    pb.refused = ranges_out(arena, m->refused, m->refused_count);
    pb.n_refused = m->refused_count;
    pb.refused_why = message_text_out(m->refused_why);
    if (pb.acked != NULL && pb.refused != NULL)
        rc = message_pack(out, &pb.base, REPLY_MAX);
    arena_free(arena);
    return rc;
}

int
message_encode_enroll(struct buf *out, const struct message_enroll *m)
{
    Picket__Enroll pb;

    picket__enroll__init(&pb);
    pb.token = message_text_out(m->token);
    pb.name = message_text_out(m->name);
    pb.csr = message_text_out(m->csr);
    return message_pack(out, &pb.base, MESSAGE_SMALL_MAX);
}

int
message_encode_enroll_reply(struct buf *out,
                            const struct message_enroll_reply *m)
{
    Picket__EnrollReply pb;

    picket__enroll_reply__init(&pb);
    pb.name = message_text_out(m->name);
    pb.region = message_text_out(m->region);
    pb.cert = message_text_out(m->cert);
    pb.ca = message_text_out(m->ca);
    return message_pack(out, &pb.base, MESSAGE_SMALL_MAX);
}

/* ---- decoding ---------------------------------------------------------- */

/* Unpacks; `*message` (of `size`) is what the caller fills and gives out. */
struct message_reading
message_begin(const ProtobufCMessageDescriptor *type, const void *data,
              size_t len)
{
    ProtobufCAllocator allocator = {arena_on_alloc, arena_on_free, NULL};
    struct message_reading r = {.failed = true};
    size_t max = ARENA_BYTES(len);

    r.arena = arena_create(max > ARENA_MAX ? ARENA_MAX : max);
    if (r.arena == NULL)
        return r;
    allocator.allocator_data = r.arena;
    r.pb = protobuf_c_message_unpack(type, &allocator, len, data);
    r.failed = r.pb == NULL;
    return r;
}

void *
message_array(struct message_reading *r, size_t count, size_t max, size_t size)
{
    void *memory = NULL;

    if (count <= max)
        memory = arena_add_array(r->arena, count, size);
    if (memory == NULL)
        r->failed = true;
    return memory;
}

/* Ends the reading: the message, or NULL with all memory given back. */
void *
message_finish(struct message_reading *r, const void *message, size_t size)
{
    struct head *head = NULL;

    if (!r->failed && message != NULL)
        head = arena_add(r->arena, sizeof(*head) + size);
    if (head == NULL) {
        arena_free(r->arena);
        return NULL;
    }
    head->arena = r->arena;
    memcpy(head->message, message, size);
    return head->message;
}

/* Below `cap` bytes and UTF-8. */
const char *
message_text_in(struct message_reading *r, const char *text, size_t cap)
{
    size_t len = strnlen(text, cap);

    if (len == cap || !str_is_utf8(text, len))
        r->failed = true;
    return text;
}

struct id
message_id_in(struct message_reading *r, const ProtobufCBinaryData *bytes)
{
    struct id id = {{0}};

    if (bytes->len == ID_BYTES)
        memcpy(id.byte, bytes->data, ID_BYTES);
    else if (bytes->len != 0)
        r->failed = true;
    return id;
}

static bool
is_range(int64_t first, uint32_t count, uint32_t max)
{
    return first >= 0 && first <= INT64_MAX - count && count > 0 &&
           count <= max;
}

struct message_results *
message_decode_results(const void *data, size_t len)
{
    struct message_reading r = {.failed = true};
    struct message_results m = {0};
    const Picket__Results *pb;
    struct message_batch *to;

    if (len <= MESSAGE_RESULTS_MAX)
        r = message_begin(&picket__results__descriptor, data, len);
    if (r.failed)
        return message_finish(&r, NULL, 0);
    pb = r.pb;
    m.wire_version = pb->wire_version;
    m.spool = message_id_in(&r, &pb->spool);
    m.offset_ms = pb->offset_ms;
    to = message_array(&r, pb->n_batch, MESSAGE_BATCHES_MAX, sizeof(*to));
    for (size_t i = 0; i < pb->n_batch && !r.failed; i++) {
        const Picket__SealedBatch *one = pb->batch[i];

        to[i] = (struct message_batch){one->first, one->count, one->data.data,
                                       one->data.len};
        r.failed = !is_range(one->first, one->count, BATCH_RESULTS_MAX) ||
                   one->data.len > BATCH_BYTES_MAX;
    }
    m.batches = to;
    m.batch_count = pb->n_batch;
    return message_finish(&r, &m, sizeof(m));
}

static const struct message_range *
ranges_in(struct message_reading *r, Picket__Range *const *ranges, size_t count)
{
    struct message_range *to =
        message_array(r, count, MESSAGE_RANGES_MAX, sizeof(*to));

    for (size_t i = 0; i < count && !r->failed; i++) {
        to[i].first = ranges[i]->first;
        to[i].count = ranges[i]->count;
        r->failed = !is_range(to[i].first, to[i].count, UINT32_MAX);
    }
    return to;
}

struct message_results_reply *
message_decode_results_reply(const void *data, size_t len)
{
    struct message_reading r = {.failed = true};
    struct message_results_reply m = {0};
    const Picket__ResultsReply *pb;

    if (len <= REPLY_MAX)
        r = message_begin(&picket__results_reply__descriptor, data, len);
    if (r.failed)
        return message_finish(&r, NULL, 0);
    pb = r.pb;
    m.acked = ranges_in(&r, pb->acked, pb->n_acked);
    m.acked_count = pb->n_acked;
    m.refused = ranges_in(&r, pb->refused, pb->n_refused);
    m.refused_count = pb->n_refused;
    m.refused_why = message_text_in(&r, pb->refused_why, RESULT_MESSAGE_MAX);
    return message_finish(&r, &m, sizeof(m));
}

struct message_enroll *
message_decode_enroll(const void *data, size_t len)
{
    struct message_reading r = {.failed = true};
    struct message_enroll m = {0};
    const Picket__Enroll *pb;

    if (len <= MESSAGE_SMALL_MAX)
        r = message_begin(&picket__enroll__descriptor, data, len);
    if (r.failed)
        return message_finish(&r, NULL, 0);
    pb = r.pb;
    m.token = message_text_in(&r, pb->token, RESULT_MESSAGE_MAX);
    m.name = message_text_in(&r, pb->name, RESULT_NAME_MAX);
    m.csr = message_text_in(&r, pb->csr, MESSAGE_SMALL_MAX);
    return message_finish(&r, &m, sizeof(m));
}

struct message_enroll_reply *
message_decode_enroll_reply(const void *data, size_t len)
{
    struct message_reading r = {.failed = true};
    struct message_enroll_reply m = {0};
    const Picket__EnrollReply *pb;

    if (len <= MESSAGE_SMALL_MAX)
        r = message_begin(&picket__enroll_reply__descriptor, data, len);
    if (r.failed)
        return message_finish(&r, NULL, 0);
    pb = r.pb;
    m.name = message_text_in(&r, pb->name, RESULT_NAME_MAX);
    m.region = message_text_in(&r, pb->region, RESULT_NAME_MAX);
    m.cert = message_text_in(&r, pb->cert, MESSAGE_SMALL_MAX);
    m.ca = message_text_in(&r, pb->ca, MESSAGE_SMALL_MAX);
    return message_finish(&r, &m, sizeof(m));
}

void
message_free(void *message)
{
    uint8_t *bytes = message;

    if (bytes == NULL)
        return;
    bytes -= offsetof(struct head, message);
    arena_free(((struct head *)(void *)bytes)->arena);
}
