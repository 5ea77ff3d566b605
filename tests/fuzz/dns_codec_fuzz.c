/* Any bytes: decoded without a fault, and what is decoded can be printed. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "checks/dns_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_message m;
    struct buf out;

    if (dns_codec_decode(&m, data, size) < 0)
        return 0;
    buf_init(&out, 1u << 20);
    for (size_t i = 0; i < m.record_count; i++) {
        struct dns_name name;
        char text[DNS_NAME_TEXT];

        if (dns_codec_get_owner(&m, &m.record[i], &name) < 0)
            abort();
        dns_name_format(text, &name);
        /* What was taken must print, but over the buffer's limit. */
        if (dns_codec_format_data(&m, &m.record[i], &out) < 0 && !out.failed)
            abort();
        if (dns_codec_get_target(&m, &m.record[i], &name) == 0)
            dns_name_format(text, &name);
    }
    buf_free(&out);
    return 0;
}
