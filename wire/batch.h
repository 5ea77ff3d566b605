/*
 * batch.h - a range of results as packed columns, zstd-compressed.
 *
 * A batch is made once, when its results are spooled, and travels and is
 * stored byte for byte.  Layout: wire/WIRE.md, wire/picket.proto.
 *
 * Ownership   a decoded batch owns its texts; results from batch_get() borrow
 *             from it.
 * Errors      batch_decode() NULL, and `why` says what: damaged bytes, columns
 *             of different length, more than BATCH_RESULTS_MAX, a newer
 *             version.  Encoding fails only without memory or over
 *             BATCH_BYTES_MAX.
 * Threads     none of its own.
 */
#ifndef WIRE_BATCH_H
#define WIRE_BATCH_H

#include <stddef.h>
#include <stdint.h>

#define BATCH_RESULTS_MAX 4096
#define BATCH_BYTES_MAX   (4u << 20)  /* compressed */
#define BATCH_PLAIN_MAX   (32u << 20) /* unpacked: a bomb costs no more */

struct batch;
struct buf;
struct result;

int batch_encode(struct buf *out, const struct result *const *results,
                 size_t count);
struct batch *batch_decode(const void *data, size_t len, char *why, size_t cap);
void batch_free(struct batch *batch);
size_t batch_count(const struct batch *batch);
/* Fills `out` with result `index`. */
void batch_get(const struct batch *batch, size_t index, struct result *out);

#endif
