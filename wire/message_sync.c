/*
 * Bytes of an assignment may hold secrets: what is packed is wiped before its
 * memory goes back (message_pack()), and what was decoded by message_forget().
 */
#include "wire/message_sync.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "wire/arena.h"
#include "wire/message.h"
#include "wire/message_priv.h"
#include "wire/picket.pb-c.h"
#include "wire/result.h"

int
message_encode_sync(struct buf *out, const struct message_sync *m)
{
    Picket__Sync pb;

    picket__sync__init(&pb);
    pb.wire_version = m->wire_version;
    pb.software = message_text_out(m->software);
    pb.boot = message_id_out(&m->boot);
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
    pb.ill_why = message_text_out(m->ill_why);
    pb.no_hold = m->no_hold;
    assert(m->refused_count <= MESSAGE_REFUSED_MAX);
    pb.refused = (char **)(uintptr_t)m->refused;
    pb.n_refused = m->refused_count;
    return message_pack(out, &pb.base, MESSAGE_SMALL_MAX);
}

static int
fill_assigned(Picket__SyncReply *pb, struct arena *arena,
              const struct message_sync_reply *m)
{
    struct message_parts parts;

    if (message_parts_init(&parts, arena, m->assigned_count,
                           sizeof(Picket__Assigned)) != 0)
        return -1;
    for (size_t i = 0; i < m->assigned_count; i++) {
        Picket__Assigned *one = message_parts_add(&parts, i);

        picket__assigned__init(one);
        one->check = message_text_out(m->assigned[i].check);
        one->text = message_text_out(m->assigned[i].text);
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
    struct message_parts parts;

    if (message_parts_init(&parts, arena, m->run_now_count,
                           sizeof(Picket__RunNow)) != 0)
        return -1;
    for (size_t i = 0; i < m->run_now_count; i++) {
        Picket__RunNow *one = message_parts_add(&parts, i);

        picket__run_now__init(one);
        one->id = message_id_out(&m->run_now[i].id);
        one->check = message_text_out(m->run_now[i].check);
        one->expires_ms = m->run_now[i].expires_ms;
        one->again_ms = m->run_now[i].again_ms;
    }
    pb->run_now = (Picket__RunNow **)parts.pointer;
    pb->n_run_now = m->run_now_count;
    return 0;
}

static int
fill_given(Picket__SyncReply *pb, struct arena *arena,
           const struct message_sync_reply *m)
{
    struct message_parts parts;

    if (message_parts_init(&parts, arena, m->given_count,
                           sizeof(Picket__Given)) != 0)
        return -1;
    for (size_t i = 0; i < m->given_count; i++) {
        Picket__Given *one = message_parts_add(&parts, i);

        picket__given__init(one);
        one->name = message_text_out(m->given[i].name);
        one->value = message_bytes_out(m->given[i].value, m->given[i].len);
        one->why = message_text_out(m->given[i].why);
    }
    pb->given = (Picket__Given **)parts.pointer;
    pb->n_given = m->given_count;
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
    assert(m->given_count <= MESSAGE_GIVEN_MAX);
    if (arena == NULL)
        return -1;
    pb.received_ms = m->received_ms;
    pb.sent_ms = m->sent_ms;
    pb.generation = m->generation;
    pb.has_assignment = m->has_assignment;
    if (fill_assigned(&pb, arena, m) == 0 && fill_run_now(&pb, arena, m) == 0 &&
        fill_given(&pb, arena, m) == 0)
        rc = message_pack(out, &pb.base, MESSAGE_SYNC_MAX);
    arena_free(arena);
    return rc;
}

static const char *const *
refused_in(struct message_reading *r, const Picket__Sync *pb)
{
    const char **to =
        message_array(r, pb->n_refused, MESSAGE_REFUSED_MAX, sizeof(*to));

    for (size_t i = 0; i < pb->n_refused && !r->failed; i++)
        to[i] = message_text_in(r, pb->refused[i], RESULT_NAME_MAX);
    return to;
}

struct message_sync *
message_decode_sync(const void *data, size_t len)
{
    struct message_reading r = {.failed = true};
    struct message_sync m = {0};
    const Picket__Sync *pb;

    if (len <= MESSAGE_SMALL_MAX)
        r = message_begin(&picket__sync__descriptor, data, len);
    if (r.failed)
        return message_finish(&r, NULL, 0);
    pb = r.pb;
    m.wire_version = pb->wire_version;
    m.software = message_text_in(&r, pb->software, RESULT_NAME_MAX);
    m.boot = message_id_in(&r, &pb->boot);
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
    m.ill_why = message_text_in(&r, pb->ill_why, RESULT_MESSAGE_MAX);
    m.no_hold = pb->no_hold;
    m.refused = refused_in(&r, pb);
    m.refused_count = pb->n_refused;
    return message_finish(&r, &m, sizeof(m));
}

static const struct message_assigned *
assigned_in(struct message_reading *r, const Picket__SyncReply *pb)
{
    struct message_assigned *to =
        message_array(r, pb->n_assigned, MESSAGE_ASSIGNED_MAX, sizeof(*to));

    for (size_t i = 0; i < pb->n_assigned && !r->failed; i++) {
        const Picket__Assigned *one = pb->assigned[i];

        to[i].check = message_text_in(r, one->check, RESULT_NAME_MAX);
        to[i].text = message_text_in(r, one->text, MESSAGE_TEXT_MAX);
        to[i].version = one->version;
        to[i].region_index = one->region_index;
        to[i].region_count = one->region_count;
        if (one->region_count == 0 || one->region_index >= one->region_count)
            r->failed = true;
    }
    return to;
}

static const struct message_run_now *
run_now_in(struct message_reading *r, const Picket__SyncReply *pb)
{
    struct message_run_now *to =
        message_array(r, pb->n_run_now, MESSAGE_RUN_NOW_MAX, sizeof(*to));

    for (size_t i = 0; i < pb->n_run_now && !r->failed; i++) {
        const Picket__RunNow *one = pb->run_now[i];

        to[i].id = message_id_in(r, &one->id);
        to[i].check = message_text_in(r, one->check, RESULT_NAME_MAX);
        to[i].expires_ms = one->expires_ms;
        to[i].again_ms = one->again_ms;
        if (one->again_ms < 0 || one->again_ms > MESSAGE_AGAIN_MAX_MS)
            r->failed = true;
    }
    return to;
}

static const struct message_given *
given_in(struct message_reading *r, const Picket__SyncReply *pb)
{
    struct message_given *to =
        message_array(r, pb->n_given, MESSAGE_GIVEN_MAX, sizeof(*to));

    for (size_t i = 0; i < pb->n_given && !r->failed; i++) {
        const Picket__Given *one = pb->given[i];

        to[i].name = message_text_in(r, one->name, RESULT_NAME_MAX);
        to[i].value = one->value.data;
        to[i].len = one->value.len;
        to[i].why = message_text_in(r, one->why, RESULT_MESSAGE_MAX);
        if (one->value.len > MESSAGE_VALUE_MAX ||
            (one->value.len > 0 &&
             memchr(one->value.data, '\0', one->value.len) != NULL))
            r->failed = true;
    }
    return to;
}

struct message_sync_reply *
message_decode_sync_reply(const void *data, size_t len)
{
    struct message_reading r = {.failed = true};
    struct message_sync_reply m = {0};
    const Picket__SyncReply *pb;

    if (len <= MESSAGE_SYNC_MAX)
        r = message_begin(&picket__sync_reply__descriptor, data, len);
    if (r.failed)
        return message_finish(&r, NULL, 0);
    pb = r.pb;
    m.received_ms = pb->received_ms;
    m.sent_ms = pb->sent_ms;
    m.generation = pb->generation;
    m.has_assignment = pb->has_assignment;
    m.assigned = assigned_in(&r, pb);
    m.assigned_count = pb->n_assigned;
    m.run_now = run_now_in(&r, pb);
    m.run_now_count = pb->n_run_now;
    m.given = given_in(&r, pb);
    m.given_count = pb->n_given;
    return message_finish(&r, &m, sizeof(m));
}

/* The arena is ours to write in; its texts are const for those who read. */
void
message_forget(struct message_sync_reply *reply)
{
    for (size_t i = 0; i < reply->given_count; i++) {
        struct message_given *one =
            (struct message_given *)(uintptr_t)&reply->given[i];

        if (one->len > 0)
            explicit_bzero((void *)(uintptr_t)one->value, one->len);
        one->len = 0;
    }
}
