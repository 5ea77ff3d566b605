/*
 * A list of segments, each with its batches in order of sequence numbers.
 * Searches walk the segments (at most some dozens) and skip those without
 * anything open, then bisect.
 */
#include "probe/spool_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

struct entry {
    int64_t first;
    int64_t sealed_ms;
    uint32_t count; /* 0: acknowledged */
    uint32_t offset;
    uint32_t len;
    uint32_t all; /* count as sealed */
};

struct segment {
    uint64_t number;
    uint64_t file_bytes;
    struct entry *entry;
    size_t count;
    size_t cap;
    size_t open; /* entries not acknowledged */
};

struct spool_index {
    struct segment *segment;
    size_t count;
    uint64_t results;
    uint64_t bytes;
};

struct spool_index *
spool_index_create(void)
{
    return str_xcalloc(1, sizeof(struct spool_index));
}

void
spool_index_free(struct spool_index *x)
{
    if (x == NULL)
        return;
    for (size_t i = 0; i < x->count; i++)
        free(x->segment[i].entry);
    free(x->segment);
    free(x);
}

void
spool_index_add_segment(struct spool_index *x, uint64_t segment,
                        uint64_t file_bytes)
{
    x->segment =
        str_xrealloc(x->segment, (x->count + 1) * sizeof(struct segment));
    x->segment[x->count++] =
        (struct segment){.number = segment, .file_bytes = file_bytes};
}

void
spool_index_add(struct spool_index *x, const struct spool_batch *batch)
{
    struct segment *s;

    if (x->count == 0 ||
        x->segment[x->count - 1].number != batch->place.segment)
        spool_index_add_segment(x, batch->place.segment, 0);
    s = &x->segment[x->count - 1];
    if (s->count == s->cap) {
        s->cap = s->cap == 0 ? 16 : s->cap * 2;
        s->entry = str_xrealloc(s->entry, s->cap * sizeof(struct entry));
    }
    s->entry[s->count++] = (struct entry){
        .first = batch->first,
        .sealed_ms = batch->sealed_ms,
        .count = batch->count,
        .offset = batch->place.offset,
        .len = batch->place.len,
        .all = batch->count,
    };
    s->open++;
    if (s->file_bytes < (uint64_t)batch->place.offset + batch->place.len)
        s->file_bytes = (uint64_t)batch->place.offset + batch->place.len;
    x->results += batch->count;
    x->bytes += batch->place.len;
}

/* Index of the first entry with first >= `from`. */
static size_t
bisect(const struct segment *s, int64_t from)
{
    size_t low = 0, high = s->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (s->entry[mid].first < from)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void
close_entry(struct spool_index *x, struct segment *s, struct entry *e)
{
    x->results -= e->count;
    x->bytes -= e->len;
    e->count = 0;
    s->open--;
}

uint64_t
spool_index_ack(struct spool_index *x, int64_t first, uint32_t count)
{
    uint64_t before = x->results;

    for (size_t i = 0; i < x->count; i++) {
        struct segment *s = &x->segment[i];

        if (s->open == 0)
            continue;
        for (size_t k = bisect(s, first); k < s->count; k++) {
            struct entry *e = &s->entry[k];

            if (e->first + e->all > first + count)
                break;
            if (e->count > 0)
                close_entry(x, s, e);
        }
    }
    return before - x->results;
}

static void
give(const struct segment *s, const struct entry *e, struct spool_batch *batch)
{
    *batch = (struct spool_batch){
        .first = e->first,
        .count = e->count,
        .sealed_ms = e->sealed_ms,
        .place = {s->number, e->offset, e->len},
    };
}

bool
spool_index_next(const struct spool_index *x, int64_t from,
                 struct spool_batch *batch)
{
    for (size_t i = 0; i < x->count; i++) {
        const struct segment *s = &x->segment[i];

        if (s->open == 0)
            continue;
        for (size_t k = bisect(s, from); k < s->count; k++) {
            if (s->entry[k].count == 0)
                continue;
            give(s, &s->entry[k], batch);
            return true;
        }
    }
    return false;
}

bool
spool_index_newest(const struct spool_index *x, int64_t from, int64_t below,
                   struct spool_batch *batch)
{
    for (size_t i = x->count; i-- > 0;) {
        const struct segment *s = &x->segment[i];

        if (s->open == 0)
            continue;
        for (size_t k = bisect(s, below); k-- > 0;) {
            if (s->entry[k].first < from)
                return false;
            if (s->entry[k].count == 0)
                continue;
            give(s, &s->entry[k], batch);
            return true;
        }
    }
    return false;
}

static void
take_out(struct spool_index *x, size_t i)
{
    free(x->segment[i].entry);
    x->count--;
    memmove(&x->segment[i], &x->segment[i + 1],
            (x->count - i) * sizeof(struct segment));
}

bool
spool_index_pop_acked(struct spool_index *x, uint64_t *segment)
{
    for (size_t i = 0; i + 1 < x->count; i++) {
        if (x->segment[i].open > 0)
            continue;
        *segment = x->segment[i].number;
        take_out(x, i);
        return true;
    }
    return false;
}

bool
spool_index_pop_oldest(struct spool_index *x, uint64_t *segment, uint64_t *lost)
{
    uint64_t before = x->results;
    struct segment *s;

    if (x->count < 2)
        return false;
    s = &x->segment[0];
    for (size_t k = 0; k < s->count; k++)
        if (s->entry[k].count > 0)
            close_entry(x, s, &s->entry[k]);
    *segment = s->number;
    *lost = before - x->results;
    take_out(x, 0);
    return true;
}

struct spool_index_sums
spool_index_sums(const struct spool_index *x)
{
    struct spool_index_sums sums = {.results = x->results, .bytes = x->bytes};
    struct spool_batch oldest;

    for (size_t i = 0; i < x->count; i++)
        sums.file_bytes += x->segment[i].file_bytes;
    if (spool_index_next(x, 0, &oldest))
        sums.oldest_ms = oldest.sealed_ms;
    return sums;
}
