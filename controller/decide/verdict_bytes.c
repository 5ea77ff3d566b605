/*
 * A verdict's state as bytes: a version, the verdict, the regions that have
 * something to say, and the slots in use.  What is asked of others (who is
 * lost, ill, being asked) is not kept: after a restart it is found out anew.
 * Numbers are little-endian, 64 bits.
 */
#include "controller/decide/verdict_bytes.h"

#include "base/buf.h"
#include "controller/decide/verdict_priv.h"

#define STATE_VERSION 1

static void
put(struct buf *out, int64_t value)
{
    buf_add_le64(out, (uint64_t)value);
}

static int64_t
take(struct buf_reader *r)
{
    return (int64_t)buf_get_le64(r);
}

static void
encode_ring(struct buf *out, const struct verdict_ring *ring)
{
    const struct verdict_slot *slot;
    uint8_t used = 0;
    size_t i, k;

    for (i = 0; i < VERDICT_SLOTS; i++)
        used = (uint8_t)(used + ring->slot[i].is_used);
    put(out, ring->length_ms);
    put(out, ring->phase_ms);
    put(out, ring->next);
    buf_add_u8(out, used);
    for (i = 0; i < VERDICT_SLOTS; i++) {
        slot = &ring->slot[i];
        if (!slot->is_used)
            continue;
        put(out, slot->index);
        buf_add_le32(out, slot->reported);
        buf_add_le32(out, slot->scheduled);
        buf_add_u8(out, slot->is_good);
        for (k = 0; k < VERDICT_REGIONS_MAX; k++)
            if (slot->reported & (UINT32_C(1) << k))
                buf_add_u8(out, slot->status[k]);
    }
}

void
verdict_encode(struct buf *out, const struct verdict_state *state)
{
    const struct verdict_region *r;
    uint8_t count = 0;
    uint8_t i;

    for (i = 0; i < VERDICT_REGIONS_MAX; i++)
        if (state->region[i].end.ms != 0)
            count = (uint8_t)(i + 1);
    buf_add_u8(out, STATE_VERSION);
    buf_add_u8(out, (uint8_t)state->verdict);
    put(out, state->since.ms);
    put(out, state->down.ms);
    put(out, state->rerun.ms);
    put(out, state->good);
    buf_add_u8(out, count);
    for (i = 0; i < count; i++) {
        r = &state->region[i];
        put(out, r->end.ms);
        buf_add_u8(out, r->newest);
        buf_add_u8(out, r->vote);
        buf_add_u8(out, r->failures);
        buf_add_u8(out, r->has_vote);
    }
    encode_ring(out, &state->slots);
    encode_ring(out, &state->rounds);
}

static bool
decode_slot(struct buf_reader *r, struct verdict_ring *ring)
{
    struct verdict_slot slot = {.index = take(r), .is_used = true};
    int64_t ahead = slot.index - ring->next;
    int64_t at;
    size_t k;

    slot.reported = buf_get_le32(r);
    slot.scheduled = buf_get_le32(r);
    slot.is_good = buf_get_u8(r) != 0;
    for (k = 0; k < VERDICT_REGIONS_MAX; k++) {
        if (slot.reported & (UINT32_C(1) << k))
            slot.status[k] = buf_get_u8(r);
        if (slot.status[k] > STATUS_ERROR)
            return false;
    }
    if (r->failed || slot.index < 0 || ahead < 0 || ahead >= VERDICT_SLOTS)
        return false;
    at = slot.index % VERDICT_SLOTS;
    ring->slot[at] = slot;
    return true;
}

/* A day is the longest a slot can be; 1 << 50 ms is the year 37,648. */
static bool
decode_ring(struct buf_reader *r, struct verdict_ring *ring)
{
    uint8_t used, i;

    ring->length_ms = take(r);
    ring->phase_ms = take(r);
    ring->next = take(r);
    used = buf_get_u8(r);
    if (r->failed || ring->length_ms < 0 || ring->length_ms > INT64_C(1) << 40)
        return false;
    if (ring->length_ms == 0)
        return used == 0;
    if (ring->next < 0 || ring->next > (INT64_C(1) << 50) / ring->length_ms ||
        ring->phase_ms < 0 || ring->phase_ms >= ring->length_ms)
        return false;
    for (i = 0; i < used; i++)
        if (!decode_slot(r, ring))
            return false;
    return true;
}

static bool
decode_region(struct buf_reader *r, struct verdict_region *region)
{
    region->end.ms = take(r);
    region->newest = buf_get_u8(r);
    region->vote = buf_get_u8(r);
    region->failures = buf_get_u8(r);
    region->has_vote = buf_get_u8(r) != 0;
    return !r->failed && region->end.ms >= 0 &&
           region->newest <= STATUS_ERROR && region->vote < STATUS_ERROR;
}

static bool
decode(struct buf_reader *r, struct verdict_state *state)
{
    uint8_t verdict, count, i;

    if (buf_get_u8(r) != STATE_VERSION)
        return false;
    verdict = buf_get_u8(r);
    state->since.ms = take(r);
    state->down.ms = take(r);
    state->rerun.ms = take(r);
    state->good = (int)(take(r) & INT16_MAX);
    count = buf_get_u8(r);
    if (r->failed || verdict > VERDICT_PAUSED || count > VERDICT_REGIONS_MAX ||
        state->since.ms < 0 || state->down.ms < 0 || state->rerun.ms < 0)
        return false;
    state->verdict = (enum verdict)verdict;
    for (i = 0; i < count; i++)
        if (!decode_region(r, &state->region[i]))
            return false;
    return decode_ring(r, &state->slots) && decode_ring(r, &state->rounds) &&
           r->left == 0;
}

int
verdict_decode(struct verdict_state *state, const void *data, size_t len)
{
    struct buf_reader r = buf_reader(data, len);

    verdict_init(state);
    if (decode(&r, state))
        return 0;
    verdict_init(state);
    return -1;
}

static void
move_slots(struct verdict_ring *ring, const int *from, size_t count)
{
    struct verdict_slot moved;
    size_t i, k;

    for (i = 0; i < VERDICT_SLOTS; i++) {
        moved = ring->slot[i];
        moved.reported = 0;
        moved.scheduled = 0;
        for (k = 0; k < count; k++) {
            uint32_t bit = from[k] < 0 ? 0 : UINT32_C(1) << from[k];

            if ((ring->slot[i].reported & bit) == 0)
                continue;
            verdict_slot_put(&moved, (uint32_t)k,
                             (enum status)ring->slot[i].status[from[k]],
                             (ring->slot[i].scheduled & bit) == 0);
        }
        ring->slot[i] = moved;
    }
}

void
verdict_move(struct verdict_state *state, const int *from, size_t count)
{
    struct verdict_region moved[VERDICT_REGIONS_MAX] = {0};
    size_t i;

    for (i = 0; i < count && i < VERDICT_REGIONS_MAX; i++)
        if (from[i] >= 0 && from[i] < VERDICT_REGIONS_MAX)
            moved[i] = state->region[from[i]];
    for (i = 0; i < VERDICT_REGIONS_MAX; i++)
        state->region[i] = moved[i];
    move_slots(&state->slots, from, count);
    move_slots(&state->rounds, from, count);
}
