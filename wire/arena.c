/* Chunks grow from 4 KiB to 256 KiB, so that a small message costs little and
 * a large one few calls; what is larger than a chunk gets one of its own.
 * Only the newest chunk is filled. */
#include "wire/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#define CHUNK_FIRST_BYTES 4096u
#define CHUNK_MAX_BYTES   (256u << 10)

struct chunk {
    struct chunk *next;
    size_t size;
    _Alignas(max_align_t) uint8_t bytes[];
};

struct arena {
    struct chunk *newest;
    size_t used;  /* of newest */
    size_t taken; /* of all chunks; never above max */
    size_t max;
    size_t next_size;
};

struct arena *
arena_create(size_t max_bytes)
{
    struct arena *arena = calloc(1, sizeof(*arena));

    if (arena == NULL)
        return NULL;
    arena->max = max_bytes;
    arena->next_size = CHUNK_FIRST_BYTES;
    return arena;
}

void
arena_free(struct arena *arena)
{
    struct chunk *chunk;

    if (arena == NULL)
        return;
    while ((chunk = arena->newest) != NULL) {
        arena->newest = chunk->next;
        free(chunk);
    }
    free(arena);
}

/* calloc() hands fresh pages out without touching them, so a limit that is
 * never reached costs nothing. */
static int
add_chunk(struct arena *arena, size_t at_least)
{
    size_t size = arena->next_size;
    struct chunk *chunk;

    if (size < at_least)
        size = at_least;
    else if (arena->next_size < CHUNK_MAX_BYTES)
        arena->next_size *= 2;
    if (size > arena->max - arena->taken)
        size = arena->max - arena->taken;
    if (size < at_least)
        return -1;
    chunk = calloc(1, sizeof(*chunk) + size);
    if (chunk == NULL)
        return -1;
    chunk->size = size;
    chunk->next = arena->newest;
    arena->newest = chunk;
    arena->used = 0;
    arena->taken += size;
    return 0;
}

void *
arena_add(struct arena *arena, size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    size_t at;

    assert(arena != NULL);
    if (size > arena->max)
        return NULL;
    size = size == 0 ? unit : (size + unit - 1) / unit * unit;
    if (arena->newest == NULL || size > arena->newest->size - arena->used) {
        if (add_chunk(arena, size) != 0)
            return NULL;
    }
    at = arena->used;
    arena->used += size;
    return &arena->newest->bytes[at];
}

void *
arena_add_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return arena_add(arena, count * size);
}

void *
arena_on_alloc(void *cookie, size_t size)
{
    return arena_add(cookie, size);
}

void
arena_on_free(void *cookie, void *memory)
{
    (void)cookie;
    (void)memory;
}
