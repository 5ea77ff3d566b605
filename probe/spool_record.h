/*
 * spool_record.h - the bytes of a spool's segment: records, made and found again.
 *
 *      0        4        8        12       16
 *     | magic  | type   | length | crc32c | payload ...     (little endian)
 *
 * The checksum covers type, length and payload.  Not a file: spool_file.h.
 *
 * Ownership   a found record borrows the scanned bytes.
 * Errors      what is not a record is skipped up to the next that is one;
 *             the scan counts how often, and where the last good one ended.
 * Threads     none of its own.
 */
#ifndef PROBE_SPOOL_RECORD_H
#define PROBE_SPOOL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"

struct buf;

#define SPOOL_RECORD_HEAD_BYTES 16
/* Before the data of a batch: first (8), count (4), sealed_ms (8). */
#define SPOOL_RECORD_BATCH_HEAD_BYTES 20

enum spool_record_type {
    SPOOL_RECORD_HEAD = 1, /* first of a segment */
    SPOOL_RECORD_BATCH,
    SPOOL_RECORD_ACK,
    SPOOL_RECORD_DROPPED,
};

struct spool_record {
    enum spool_record_type type;
    struct id id;      /* HEAD: the spool's */
    int64_t first;     /* HEAD: the next to be given; BATCH, ACK */
    uint32_t count;    /* BATCH, ACK */
    int64_t sealed_ms; /* BATCH */
    uint64_t dropped;  /* HEAD, DROPPED: results, ever */
    const void *data;  /* BATCH */
    uint32_t len;
    size_t offset; /* of `data` in the scanned bytes; set by the scan */
};

/* Adds one record; -1 when the buffer is full. */
int spool_record_encode(struct buf *out, const struct spool_record *record);

struct spool_scan {
    const uint8_t *bytes;
    size_t len;
    size_t at;
    size_t good_end;     /* end of the last record found */
    uint32_t corrupt;    /* stretches of bytes skipped before a good record */
    uint32_t tries_left; /* checksums of what may be a record, when searching */
};

struct spool_scan spool_record_scan(const void *bytes, size_t len);
/* False at the end; then `good_end` < `len` says that the tail is torn. */
bool spool_record_next(struct spool_scan *scan, struct spool_record *record);

#endif
