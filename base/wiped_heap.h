/*
 * wiped_heap.h - heap memory that is cleared when it is freed, for a library
 * that copies secrets and offers to take its allocator from us.
 *
 * Not the pages of the secrets themselves, which are locked: secret.h.  What a
 * library copies is in ordinary memory while it lives.
 *
 * Ownership   as malloc(3), whose memory it is; free(3) of a block from here
 *             is right, and does not clear it.
 * Errors      NULL, errno; the old block then stands.
 * Threads     any.
 */
#ifndef BASE_WIPED_HEAP_H
#define BASE_WIPED_HEAP_H

#include <stddef.h>

/* Clears what it leaves behind when the block has to move. */
void *wiped_heap_realloc(void *block, size_t size);
void wiped_heap_free(void *block);

#endif
