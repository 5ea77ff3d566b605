/* spool_fuzz.c - recovery of a torn or damaged segment, from memory. */
#include <stdlib.h>
#include <string.h>

#include "probe/spool_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
