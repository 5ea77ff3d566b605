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
#include "wire/picket.pb-c.h"
#include "wire/result.h"

#define ID_BYTES   16u
#define ENROLL_MAX (64u << 10) /* bytes of an enrolment or its answer */
#define REPLY_MAX  (1u << 20)  /* bytes of the answer to results */
/* What decoding may take: sub-messages are larger in memory than sent. */
#define ARENA_BYTES(len) ((64u << 10) + 24 * (size_t)(len))
#define ARENA_MAX        (256u << 20)

struct head {
    struct arena *arena;
    max_align_t message[];
};

/* ---- encoding ---------------------------------------------------------- */

static char *
text_out(const char *text)
{
    return (char *)(uintptr_t)(text == NULL ? "" : text);
}

static ProtobufCBinaryData
bytes_out(const void *data, size_t len)
{
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)data};
}

static ProtobufCBinaryData
id_out(const struct id *id)
{
    return bytes_out(id->byte, id_is_zero(id) ? 0 : ID_BYTES);
}

static int
pack(struct buf *out, const ProtobufCMessage *pb, size_t max)
{
    size_t len = protobuf_c_message_get_packed_size(pb);
    uint8_t *plain;
    int rc;

    if (len > max || (plain = malloc(len + 1)) == NULL)
        return -1;
    protobuf_c_message_pack(pb, plain);
    rc = buf_add(out, plain, len);
    free(plain);
    return rc;
}

int
message_encode_sync(struct buf *out, const struct message_sync *m)
{
    Picket__Sync pb;

    picket__sync__init(&pb);
    pb.wire_version = m->wire_version;
    pb.software = text_out(m->software);
    pb.boot = id_out(&m->boot);
    pb.generation = m->generation;
    pb.sent_ms = m->sent_ms;
    pb.offset_ms = m->offset_ms;
    pb.rtt_ms = m->rtt_ms;
    pb.spool_bytes = m->spool_bytes;
    pb.spool_results = m->spool_results;
    pb.spool_oldest_ms = m->spool_oldest_ms;
    pb.dropped = m->dropped;
    pb.overruns = m->overruns;
    pb.lag_us = m->lag_us;
    pb.ill = m->ill;
    pb.ill_why = text_out(m->ill_why);
    pb.no_hold = m->no_hold;
    return pack(out, &pb.base, ENROLL_MAX);
}

/* `count` sub-messages and pointers to them, as protobuf-c wants them. */
struct parts {
    void **pointer;
    uint8_t *memory;
    size_t size;
};

static int
parts_init(struct parts *parts, struct arena *arena, size_t count, size_t size)
{
    parts->size = size;
    parts->pointer = arena_add_array(arena, count, sizeof(void *));
    parts->memory = arena_add_array(arena, count, size);
    return parts->pointer == NULL || parts->memory == NULL ? -1 : 0;
}

static void *
parts_add(struct parts *parts, size_t index)
{
    return parts->pointer[index] = &parts->memory[index * parts->size];
}

static int
fill_assigned(Picket__SyncReply *pb, struct arena *arena,
              const struct message_sync_reply *m)
{
    struct parts parts;

    if (parts_init(&parts, arena, m->assigned_count,
                   sizeof(Picket__Assigned)) != 0)
        return -1;
    for (size_t i = 0; i < m->assigned_count; i++) {
        Picket__Assigned *one = parts_add(&parts, i);

        picket__assigned__init(one);
        one->check = text_out(m->assigned[i].check);
        one->text = text_out(m->assigned[i].text);
        one->version = m->assigned[i].version;
        one->region_index = m->assigned[i].region_index;
        one->region_count = m->assigned[i].region_count;
    }
    pb->assigned = (Picket__Assigned **)parts.pointer;
    pb->n_assigned = m->assigned_count;
    return 0;
}

static int
fill_run_now(Picket__SyncReply *pb, struct arena *arena,
             const struct message_sync_reply *m)
{
    struct parts parts;

    if (parts_init(&parts, arena, m->run_now_count, sizeof(Picket__RunNow)) !=
        0)
        return -1;
    for (size_t i = 0; i < m->run_now_count; i++) {
        Picket__RunNow *one = parts_add(&parts, i);

        picket__run_now__init(one);
        one->id = id_out(&m->run_now[i].id);
        one->check = text_out(m->run_now[i].check);
        one->expires_ms = m->run_now[i].expires_ms;
        one->again_ms = m->run_now[i].again_ms;
    }
    pb->run_now = (Picket__RunNow **)parts.pointer;
    pb->n_run_now = m->run_now_count;
    return 0;
}

int
message_encode_sync_reply(struct buf *out, const struct message_sync_reply *m)
{
    Picket__SyncReply pb;
    struct arena *arena = arena_create(SIZE_MAX);
    int rc = -1;

    picket__sync_reply__init(&pb);
    assert(m->assigned_count <= MESSAGE_ASSIGNED_MAX);
    assert(m->run_now_count <= MESSAGE_RUN_NOW_MAX);
    if (arena == NULL)
        return -1;
    pb.received_ms = m->received_ms;
    pb.sent_ms = m->sent_ms;
    pb.generation = m->generation;
    pb.has_assignment = m->has_assignment;
    if (fill_assigned(&pb, arena, m) == 0 && fill_run_now(&pb, arena, m) == 0)
        rc = pack(out, &pb.base, MESSAGE_SYNC_MAX);
    arena_free(arena);
    return rc;
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
    pb.spool = id_out(&m->spool);
    pb.offset_ms = m->offset_ms;
    for (size_t i = 0; i < m->batch_count; i++) {
        picket__sealed_batch__init(&one[i]);
        one[i].first = m->batches[i].first;
        one[i].count = m->batches[i].count;
        one[i].data = bytes_out(m->batches[i].data, m->batches[i].len);
        pointer[i] = &one[i];
    }
    pb.batch = pointer;
    pb.n_batch = m->batch_count;
    return pack(out, &pb.base, MESSAGE_RESULTS_MAX);
}

static Picket__Range **
ranges_out(struct arena *arena, const struct message_range *ranges,
           size_t count)
{
    struct parts parts;

    if (parts_init(&parts, arena, count, sizeof(Picket__Range)) != 0)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        Picket__Range *one = parts_add(&parts, i);

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
    pb.refused_why = text_out(m->refused_why);
    if (pb.acked != NULL && pb.refused != NULL)
        rc = pack(out, &pb.base, REPLY_MAX);
    arena_free(arena);
    return rc;
}

int
message_encode_enroll(struct buf *out, const struct message_enroll *m)
{
    Picket__Enroll pb;

    picket__enroll__init(&pb);
    pb.token = text_out(m->token);
    pb.name = text_out(m->name);
    pb.csr = text_out(m->csr);
    return pack(out, &pb.base, ENROLL_MAX);
}

int
message_encode_enroll_reply(struct buf *out,
                            const struct message_enroll_reply *m)
{
    Picket__EnrollReply pb;

    picket__enroll_reply__init(&pb);
    pb.name = text_out(m->name);
    pb.region = text_out(m->region);
    pb.cert = text_out(m->cert);
    pb.ca = text_out(m->ca);
    return pack(out, &pb.base, ENROLL_MAX);
}

/* ---- decoding ---------------------------------------------------------- */

/* Reading one message: its arena, and whether all was well so far. */
struct reading {
    struct arena *arena;
    const void *pb;
    bool failed;
};

/* Unpacks; `*message` (of `size`) is what the caller fills and gives out. */
static struct reading
reading(const ProtobufCMessageDescriptor *type, const void *data, size_t len)
{
    ProtobufCAllocator allocator = {arena_on_alloc, arena_on_free, NULL};
    struct reading r = {.failed = true};
    size_t max = ARENA_BYTES(len);

    r.arena = arena_create(max > ARENA_MAX ? ARENA_MAX : max);
    if (r.arena == NULL)
        return r;
    allocator.allocator_data = r.arena;
    r.pb = protobuf_c_message_unpack(type, &allocator, len, data);
    r.failed = r.pb == NULL;
    return r;
}

static void *
array(struct reading *r, size_t count, size_t max, size_t size)
{
    void *memory = NULL;

    if (count <= max)
        memory = arena_add_array(r->arena, count, size);
    if (memory == NULL)
        r->failed = true;
    return memory;
}

/* Ends the reading: the message, or NULL with all memory given back. */
static void *
finish(struct reading *r, const void *message, size_t size)
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
static const char *
text_in(struct reading *r, const char *text, size_t cap)
{
    size_t len = strnlen(text, cap);

    if (len == cap || !str_is_utf8(text, len))
        r->failed = true;
    return text;
}

static struct id
id_in(struct reading *r, const ProtobufCBinaryData *bytes)
{
    struct id id = {{0}};

    if (bytes->len == ID_BYTES)
        memcpy(id.byte, bytes->data, ID_BYTES);
    else if (bytes->len != 0)
        r->failed = true;
    return id;
}

struct message_sync *
message_decode_sync(const void *data, size_t len)
{
    struct reading r = {.failed = true};
    struct message_sync m = {0};
    const Picket__Sync *pb;

    if (len <= ENROLL_MAX)
        r = reading(&picket__sync__descriptor, data, len);
    if (r.failed)
        return finish(&r, NULL, 0);
    pb = r.pb;
    m.wire_version = pb->wire_version;
    m.software = text_in(&r, pb->software, RESULT_NAME_MAX);
    m.boot = id_in(&r, &pb->boot);
    m.generation = pb->generation;
    m.sent_ms = pb->sent_ms;
    m.offset_ms = pb->offset_ms;
    m.rtt_ms = pb->rtt_ms;
    m.spool_bytes = pb->spool_bytes;
    m.spool_results = pb->spool_results;
    m.spool_oldest_ms = pb->spool_oldest_ms;
    m.dropped = pb->dropped;
    m.overruns = pb->overruns;
    m.lag_us = pb->lag_us;
    m.ill = pb->ill;
    m.ill_why = text_in(&r, pb->ill_why, RESULT_MESSAGE_MAX);
    m.no_hold = pb->no_hold;
    return finish(&r, &m, sizeof(m));
}

static const struct message_assigned *
assigned_in(struct reading *r, const Picket__SyncReply *pb)
{
    struct message_assigned *to =
        array(r, pb->n_assigned, MESSAGE_ASSIGNED_MAX, sizeof(*to));

    for (size_t i = 0; i < pb->n_assigned && !r->failed; i++) {
        const Picket__Assigned *one = pb->assigned[i];

        to[i].check = text_in(r, one->check, RESULT_NAME_MAX);
        to[i].text = text_in(r, one->text, MESSAGE_TEXT_MAX);
        to[i].version = one->version;
        to[i].region_index = one->region_index;
        to[i].region_count = one->region_count;
        if (one->region_count == 0 || one->region_index >= one->region_count)
            r->failed = true;
    }
    return to;
}

static const struct message_run_now *
run_now_in(struct reading *r, const Picket__SyncReply *pb)
{
    struct message_run_now *to =
        array(r, pb->n_run_now, MESSAGE_RUN_NOW_MAX, sizeof(*to));

    for (size_t i = 0; i < pb->n_run_now && !r->failed; i++) {
        const Picket__RunNow *one = pb->run_now[i];

        to[i].id = id_in(r, &one->id);
        to[i].check = text_in(r, one->check, RESULT_NAME_MAX);
        to[i].expires_ms = one->expires_ms;
        to[i].again_ms = one->again_ms;
        if (one->again_ms < 0 || one->again_ms > MESSAGE_AGAIN_MAX_MS)
            r->failed = true;
    }
    return to;
}

struct message_sync_reply *
message_decode_sync_reply(const void *data, size_t len)
{
    struct reading r = {.failed = true};
    struct message_sync_reply m = {0};
    const Picket__SyncReply *pb;

    if (len <= MESSAGE_SYNC_MAX)
        r = reading(&picket__sync_reply__descriptor, data, len);
    if (r.failed)
        return finish(&r, NULL, 0);
    pb = r.pb;
    m.received_ms = pb->received_ms;
    m.sent_ms = pb->sent_ms;
    m.generation = pb->generation;
    m.has_assignment = pb->has_assignment;
    m.assigned = assigned_in(&r, pb);
    m.assigned_count = pb->n_assigned;
    m.run_now = run_now_in(&r, pb);
    m.run_now_count = pb->n_run_now;
    return finish(&r, &m, sizeof(m));
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
    struct reading r = {.failed = true};
    struct message_results m = {0};
    const Picket__Results *pb;
    struct message_batch *to;

    if (len <= MESSAGE_RESULTS_MAX)
        r = reading(&picket__results__descriptor, data, len);
    if (r.failed)
        return finish(&r, NULL, 0);
    pb = r.pb;
    m.wire_version = pb->wire_version;
    m.spool = id_in(&r, &pb->spool);
    m.offset_ms = pb->offset_ms;
    to = array(&r, pb->n_batch, MESSAGE_BATCHES_MAX, sizeof(*to));
    for (size_t i = 0; i < pb->n_batch && !r.failed; i++) {
        const Picket__SealedBatch *one = pb->batch[i];

        to[i] = (struct message_batch){one->first, one->count, one->data.data,
                                       one->data.len};
        r.failed = !is_range(one->first, one->count, BATCH_RESULTS_MAX) ||
                   one->data.len > BATCH_BYTES_MAX;
    }
    m.batches = to;
    m.batch_count = pb->n_batch;
    return finish(&r, &m, sizeof(m));
}

static const struct message_range *
ranges_in(struct reading *r, Picket__Range *const *ranges, size_t count)
{
    struct message_range *to = array(r, count, MESSAGE_RANGES_MAX, sizeof(*to));

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
    struct reading r = {.failed = true};
    struct message_results_reply m = {0};
    const Picket__ResultsReply *pb;

    if (len <= REPLY_MAX)
        r = reading(&picket__results_reply__descriptor, data, len);
    if (r.failed)
        return finish(&r, NULL, 0);
    pb = r.pb;
    m.acked = ranges_in(&r, pb->acked, pb->n_acked);
    m.acked_count = pb->n_acked;
    m.refused = ranges_in(&r, pb->refused, pb->n_refused);
    m.refused_count = pb->n_refused;
    m.refused_why = text_in(&r, pb->refused_why, RESULT_MESSAGE_MAX);
    return finish(&r, &m, sizeof(m));
}

struct message_enroll *
message_decode_enroll(const void *data, size_t len)
{
    struct reading r = {.failed = true};
    struct message_enroll m = {0};
    const Picket__Enroll *pb;

    if (len <= ENROLL_MAX)
        r = reading(&picket__enroll__descriptor, data, len);
    if (r.failed)
        return finish(&r, NULL, 0);
    pb = r.pb;
    m.token = text_in(&r, pb->token, RESULT_MESSAGE_MAX);
    m.name = text_in(&r, pb->name, RESULT_NAME_MAX);
    m.csr = text_in(&r, pb->csr, ENROLL_MAX);
    return finish(&r, &m, sizeof(m));
}

struct message_enroll_reply *
message_decode_enroll_reply(const void *data, size_t len)
{
    struct reading r = {.failed = true};
    struct message_enroll_reply m = {0};
    const Picket__EnrollReply *pb;

    if (len <= ENROLL_MAX)
        r = reading(&picket__enroll_reply__descriptor, data, len);
    if (r.failed)
        return finish(&r, NULL, 0);
    pb = r.pb;
    m.name = text_in(&r, pb->name, RESULT_NAME_MAX);
    m.region = text_in(&r, pb->region, RESULT_NAME_MAX);
    m.cert = text_in(&r, pb->cert, ENROLL_MAX);
    m.ca = text_in(&r, pb->ca, ENROLL_MAX);
    return finish(&r, &m, sizeof(m));
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
