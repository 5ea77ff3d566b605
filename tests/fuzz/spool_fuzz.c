/* spool_fuzz.c - recovery of a torn or damaged segment, from memory. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "probe/spool_record.h"

#define SUM_AT 12 /* of the checksum in a record */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed);

/* Gives every record that lies inside its right checksum: no mutation finds
 * one by itself, and nothing behind it would ever be reached. */
static void
mend_sums(uint8_t *data, size_t size)
{
    size_t at = 0;

    while (at + SPOOL_RECORD_HEAD_BYTES <= size) {
        uint8_t *head = data + at;
        size_t len = head[8] | (size_t)head[9] << 8 | (size_t)head[10] << 16;
        uint32_t sum;

        if (memcmp(head, "PSR1", 4) != 0 || head[11] != 0 ||
            len > size - at - SPOOL_RECORD_HEAD_BYTES) {
            at++;
            continue;
        }
        sum = digest_crc32c(0, head + 4, 8);
        sum = digest_crc32c(sum, head + SPOOL_RECORD_HEAD_BYTES, len);
        for (int i = 0; i < 4; i++)
            head[SUM_AT + i] = (uint8_t)(sum >> (8 * i));
        at += SPOOL_RECORD_HEAD_BYTES + len;
    }
}

/* Every second mutant keeps its wrong sums. */
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    size_t len = LLVMFuzzerMutate(data, size, max);

    if (seed % 2 == 0)
        mend_sums(data, len);
    return len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct spool_scan scan = spool_record_scan(data, size);
    struct spool_record record;
    size_t last = 0;
    uint8_t byte = 0;

    while (spool_record_next(&scan, &record)) {
        if (scan.good_end <= last || scan.good_end > size)
            abort(); /* each record lies after the one before, and inside */
        last = scan.good_end;
        for (size_t i = 0; i < record.len; i++)
            byte ^= ((const uint8_t *)record.data)[i];
        if (record.len > 0 && record.offset + record.len != scan.good_end)
            abort();
    }
    return byte == 0 ? 0 : (int)(size > SIZE_MAX / 2);
}
