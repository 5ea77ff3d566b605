/* batch_fuzz.c - a batch as a stranger may send it: compressed bytes, and the
 * columns behind the compression, which a fuzzer would never get through. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/compress.h"
#include "wire/batch.h"
#include "wire/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
decode(const void *data, size_t size)
{
    char why[128];
    struct batch *batch = batch_decode(data, size, why, sizeof(why));
    const struct result *list[1];
    struct result result;
    struct buf again;

    for (size_t i = 0; batch != NULL && i < batch_count(batch); i++) {
        batch_get(batch, i, &result);
        list[0] = &result;
        buf_init(&again, BATCH_BYTES_MAX);
        if (batch_encode(&again, list, 1) != 0)
            abort(); /* what was accepted can be said again */
        buf_free(&again);
    }
    batch_free(batch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf packed;

    decode(data, size);
    buf_init(&packed, BATCH_BYTES_MAX);
    if (compress_pack(&packed, data, size) == 0)
        decode(packed.data, packed.len);
    buf_free(&packed);
    return 0;
}
