/*
 * A binary heap by due time on the monotonic clock.  Each item knows the next
 * slot it runs in; the moment of that slot is worked out on the wall clock and
 * carried to the monotonic one with the two clocks of the call, so that drift
 * between them is corrected at every run.
 *
 * S1  an item runs at most once a slot, its first run aside.
 * S2  after a pop the item's next moment lies after `now`.
 */
#include "probe/schedule.h"

#include <assert.h>
#include <stdlib.h>

#include "base/str.h"

#define JITTER_PART 100 /* of `every`: 1 % */

struct schedule_item {
    struct schedule *schedule;
    size_t index; /* in schedule->at */
    mono_t due;
    int64_t slot; /* number of the slot it is due in */
    int64_t every_ms;
    int64_t offset_ms; /* of slot 0; below every_ms */
    int64_t phase_ms;  /* i * every / n */
    int64_t jitter_ms; /* exclusive upper bound; 0: none */
    uint64_t hash;
    bool is_first; /* due outside its phase */
    void *cookie;
};

struct schedule {
    struct schedule_item **at; /* a parent is due no later than its children */
    size_t count;
    size_t cap;
    uint64_t missed;
};

struct schedule *
schedule_create(void)
{
    return str_xcalloc(1, sizeof(struct schedule));
}

void
schedule_free(struct schedule *schedule)
{
    if (schedule == NULL)
        return;
    assert(schedule->count == 0);
    free(schedule->at);
    free(schedule);
}

static bool
is_before(const struct schedule_item *a, const struct schedule_item *b)
{
    return a->due.ns < b->due.ns;
}

static void
place(struct schedule *s, struct schedule_item *item, size_t index)
{
    s->at[index] = item;
    item->index = index;
}

static void
sift_up(struct schedule *s, struct schedule_item *item)
{
    size_t i = item->index;

    while (i > 0 && is_before(item, s->at[(i - 1) / 2])) {
        place(s, s->at[(i - 1) / 2], i);
        i = (i - 1) / 2;
    }
    place(s, item, i);
}

static void
sift_down(struct schedule *s, struct schedule_item *item)
{
    size_t i = item->index, child;

    while ((child = 2 * i + 1) < s->count) {
        if (child + 1 < s->count && is_before(s->at[child + 1], s->at[child]))
            child++;
        if (!is_before(s->at[child], item))
            break;
        place(s, s->at[child], i);
        i = child;
    }
    place(s, item, i);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t
slot_of(const struct schedule_item *item, wall_t at)
{
    return floor_div(at.ms - item->offset_ms, item->every_ms);
}

static int64_t
begin_ms(const struct schedule_item *item, int64_t slot)
{
    return item->offset_ms + slot * item->every_ms;
}

/* splitmix64: neighbouring slots give unrelated jitter. */
static uint64_t
mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

static int64_t
run_ms(const struct schedule_item *item, int64_t slot)
{
    int64_t jitter = 0;

    if (item->jitter_ms > 0)
        jitter = (int64_t)(mix(item->hash ^ (uint64_t)slot) %
                           (uint64_t)item->jitter_ms);
    return begin_ms(item, slot) + item->phase_ms + jitter;
}

/* The first slot from `slot` on whose moment lies after `now`. */
static void
aim(struct schedule_item *item, int64_t slot, struct schedule_clock now)
{
    int64_t current = slot_of(item, now.wall);

    if (slot < current)
        slot = current;
    if (run_ms(item, slot) <= now.wall.ms)
        slot++;
    item->slot = slot;
    item->is_first = false;
    item->due =
        clock_after(now.mono, (run_ms(item, slot) - now.wall.ms) * NS_PER_MS);
}

static void
aim_first(struct schedule_item *item, int64_t first_ns,
          struct schedule_clock now)
{
    mono_t due = clock_after(now.mono, first_ns);

    if (first_ns < 0 || due.ns >= item->due.ns)
        return;
    item->due = due;
    item->is_first = true;
}

struct schedule_item *
schedule_add(struct schedule *s, const struct schedule_opts *opts,
             struct schedule_clock now)
{
    struct schedule_item *item = str_xcalloc(1, sizeof(*item));
    int64_t room;

    assert(opts->every_ms >= SCHEDULE_EVERY_MIN_MS);
    assert(opts->region_index < opts->region_count);
    if (s->count == s->cap) {
        s->cap = s->cap == 0 ? 64 : s->cap * 2;
        s->at = str_xrealloc(s->at, s->cap * sizeof(struct schedule_item *));
    }
    item->schedule = s;
    item->hash = opts->hash;
    item->every_ms = opts->every_ms;
    item->offset_ms = (int64_t)(opts->hash % (uint64_t)opts->every_ms);
    item->phase_ms = opts->every_ms * opts->region_index / opts->region_count;
    item->jitter_ms = opts->is_exact ? 0 : opts->every_ms / JITTER_PART;
    room = opts->every_ms - item->phase_ms; /* to the end of the slot */
    if (item->jitter_ms > room)
        item->jitter_ms = room;
    item->cookie = opts->cookie;
    aim(item, slot_of(item, now.wall), now);
    aim_first(item, opts->first_ns, now);
    item->index = s->count++;
    sift_up(s, item);
    return item;
}

void
schedule_remove(struct schedule_item *item)
{
    struct schedule *s;
    struct schedule_item *last;

    if (item == NULL)
        return;
    s = item->schedule;
    last = s->at[--s->count];
    if (last != item) {
        place(s, last, item->index);
        sift_up(s, last);
        sift_down(s, last);
    }
    free(item);
}

bool
schedule_next(const struct schedule *s, mono_t *due)
{
    if (s->count == 0)
        return false;
    *due = s->at[0]->due;
    return true;
}

bool
schedule_pop(struct schedule *s, struct schedule_clock now,
             struct schedule_due *out)
{
    struct schedule_item *item;
    int64_t wanted;

    if (s->count == 0 || s->at[0]->due.ns > now.mono.ns)
        return false;
    item = s->at[0];
    out->cookie = item->cookie;
    if (item->is_first) {
        out->slot.ms = begin_ms(item, slot_of(item, now.wall));
        aim(item, item->slot, now);
    } else {
        out->slot.ms = begin_ms(item, item->slot);
        wanted = item->slot + 1;
        aim(item, wanted, now);
        s->missed += (uint64_t)(item->slot - wanted);
    }
    sift_down(s, item);
    return true;
}

void
schedule_set_clock(struct schedule *s, struct schedule_clock now)
{
    for (size_t i = 0; i < s->count; i++)
        if (!s->at[i]->is_first)
            aim(s->at[i], slot_of(s->at[i], now.wall), now);
    /* From the last parent up: a heap again, whatever the new moments are. */
    for (size_t i = s->count / 2; i-- > 0;)
        sift_down(s, s->at[i]);
}

wall_t
schedule_slot(const struct schedule_item *item, wall_t now)
{
    return (wall_t){begin_ms(item, slot_of(item, now))};
}

uint64_t
schedule_missed(const struct schedule *s)
{
    return s->missed;
}
