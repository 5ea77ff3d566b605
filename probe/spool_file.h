/*
 * spool_file.h - a folder of segment files: append, sync, read, recover.
 *
 * Blocks, so it lives on the spool's worker once it is open.  What is
 * acknowledged and what is sent next is spool_index.h.
 *
 * Lifecycle   spool_file_open() tells all that the folder holds, then begins a
 *             new segment; spool_file_close().
 * Ownership   owns its descriptors.  One process a folder: it is locked.
 * Units       a place is bytes in a segment; *_ms wall clock.
 * Errors      NULL or -1 with errno (and `why`); a failed append leaves the
 *             file as it was.
 * Threads     one at a time.
 *
 * F1  a sequence number is never given twice under one spool id: after any
 *     doubt about the newest numbers the next one lies 2^32 further, which no
 *     segment can hold.
 */
#ifndef PROBE_SPOOL_FILE_H
#define PROBE_SPOOL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/id.h"

struct buf;
struct spool_file;

struct spool_place {
    uint64_t segment;
    uint32_t offset; /* of the batch's bytes */
    uint32_t len;
};

struct spool_batch {
    int64_t first;
    uint32_t count;
    int64_t sealed_ms;
    struct spool_place place;
};

struct spool_found { /* told in the order of writing */
    void (*on_segment)(void *cookie, uint64_t segment, uint64_t bytes);
    void (*on_batch)(void *cookie, const struct spool_batch *batch);
    void (*on_ack)(void *cookie, int64_t first, uint32_t count);
    void *cookie;
};

struct spool_state {
    struct id id;
    int64_t next;     /* sequence number */
    uint64_t dropped; /* results, ever */
    uint32_t torn;    /* segments with a torn tail */
    uint32_t corrupt; /* stretches skipped */
    uint64_t segment; /* the newest, just begun */
};

struct spool_file *spool_file_open(const char *dir, size_t segment_bytes,
                                   const struct spool_found *found,
                                   struct spool_state *state, char *why,
                                   size_t cap);
void spool_file_close(struct spool_file *file);

/* Durable when it returns 0, and so is `dropped` (results, ever).  Fills in
 * `batch->place` but for its len. */
int spool_file_append(struct spool_file *file, struct spool_batch *batch,
                      const void *data, uint64_t dropped);
/* Written, not synced: an acknowledgement lost is a batch sent twice. */
int spool_file_ack(struct spool_file *file, int64_t first, uint32_t count);
int spool_file_drop(struct spool_file *file, uint64_t dropped);
/* A segment that is not the newest. */
void spool_file_remove(struct spool_file *file, uint64_t segment);
int spool_file_read(struct spool_file *file, const struct spool_place *place,
                    struct buf *out);

#endif
