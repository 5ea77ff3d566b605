/* message_fuzz.c - every message, by the first byte; what decodes is encoded
 * and decodes again. */
#include <stdlib.h>

#include "base/buf.h"
#include "wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROUND(name)                                                            \
    static void round_##name(const uint8_t *data, size_t size)                 \
    {                                                                          \
        struct message_##name *m = message_decode_##name(data, size);          \
        struct buf out;                                                        \
                                                                               \
        if (m == NULL)                                                         \
            return;                                                            \
        buf_init(&out, MESSAGE_SYNC_MAX);                                      \
        if (message_encode_##name(&out, m) == 0) {                             \
            message_free(m);                                                   \
            m = message_decode_##name(out.data, out.len);                      \
            if (m == NULL)                                                     \
                abort();                                                       \
        }                                                                      \
        message_free(m);                                                       \
        buf_free(&out);                                                        \
    }

ROUND(sync)
ROUND(sync_reply)
ROUND(results)
ROUND(results_reply)
ROUND(enroll)
ROUND(enroll_reply)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const rounds[])(const uint8_t *, size_t) = {
        round_sync,          round_sync_reply, round_results,
        round_results_reply, round_enroll,     round_enroll_reply,
    };

    if (size > 0)
        rounds[data[0] % 6](data + 1, size - 1);
    return 0;
}
