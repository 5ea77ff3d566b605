/*
 * arena.h - the memory of one message: bounded, freed as a whole.
 *
 * What a stranger sends decides how much a decoder asks for (a byte of a
 * packed column becomes eight, an empty text forty), so everything decoded
 * lives in an arena with a limit.  protobuf-c's allocator is pointed at it.
 *
 * Ownership   arena_free() frees all that was taken from it.
 * Units       bytes.
 * Errors      arena_add() NULL over the limit or without memory.
 * Threads     none of its own.
 */
#ifndef WIRE_ARENA_H
#define WIRE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_create(size_t max_bytes);
void arena_free(struct arena *arena);

/* `size` bytes, zeroed, aligned for any type. */
void *arena_add(struct arena *arena, size_t size);
/* The same for an array; an overflowing product is NULL. */
void *arena_add_array(struct arena *arena, size_t count, size_t size);

/* The shape of protobuf-c's allocator; `cookie` is the arena. */
void *arena_on_alloc(void *cookie, size_t size);
void arena_on_free(void *cookie, void *memory);

#endif
