/*
 * compress.h - zstd for batches, assignments and evidence.
 *
 * Ownership   output is added to the caller's buffer.
 * Errors      -1: damaged input, or more than the output buffer may hold (a
 *             bomb costs no more than the buffer's limit).
 * Threads     any; a context is made for each call and kept by nobody.
 */
#ifndef BASE_COMPRESS_H
#define BASE_COMPRESS_H

#include <stddef.h>

struct buf;

int compress_pack(struct buf *out, const void *data, size_t len);
int compress_unpack(struct buf *out, const void *data, size_t len);

#endif
