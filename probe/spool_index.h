/*
 * spool_index.h - which batches a spool holds and which are acknowledged.
 *
 * Memory only: the files are spool_file.h.  32 bytes a batch.
 *
 * Ownership   owns its entries; a pointer to one is valid until the next
 *             change of the index.
 * Units       bytes are those of batches and their segments' files.
 * Errors      none; a range that is not there changes nothing.
 * Threads     none of its own.
 *
 * X1  results_count and bytes count exactly what is not acknowledged.
 */
#ifndef PROBE_SPOOL_INDEX_H
#define PROBE_SPOOL_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "probe/spool_file.h"

struct spool_index;

struct spool_index_sums {
    uint64_t results;    /* not acknowledged */
    uint64_t bytes;      /* of the batches that hold them */
    uint64_t file_bytes; /* of all segments */
    int64_t oldest_ms;   /* sealed; 0: nothing */
};

struct spool_index *spool_index_create(void);
void spool_index_free(struct spool_index *index);

/* Segments are added in order; the last one is the newest. */
void spool_index_add_segment(struct spool_index *index, uint64_t segment,
                             uint64_t file_bytes);
/* Batches are added in order, each to its place's segment, which is added
 * when it is new. */
void spool_index_add(struct spool_index *index,
                     const struct spool_batch *batch);

/* Marks whole batches inside the range; returns how many results. */
uint64_t spool_index_ack(struct spool_index *index, int64_t first,
                         uint32_t count);

/* The oldest not acknowledged with first >= `from`; false: none. */
bool spool_index_next(const struct spool_index *index, int64_t from,
                      struct spool_batch *batch);
/* The newest not acknowledged with `from` <= first < `below`. */
bool spool_index_newest(const struct spool_index *index, int64_t from,
                        int64_t below, struct spool_batch *batch);

/* Takes out the oldest segment but the newest that holds nothing that is not
 * acknowledged.  False: none. */
bool spool_index_pop_acked(struct spool_index *index, uint64_t *segment);
/* Takes out the oldest segment whatever it holds; `lost` is the results that
 * were not acknowledged.  False: there is only one. */
bool spool_index_pop_oldest(struct spool_index *index, uint64_t *segment,
                            uint64_t *lost);

struct spool_index_sums spool_index_sums(const struct spool_index *index);

#endif
