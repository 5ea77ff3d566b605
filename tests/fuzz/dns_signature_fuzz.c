/*
 * An answer and the keys it is said to be signed with, both as a stranger sends
 * them: nothing is read beyond them, and what is made up holds never.
 *
 * The first two bytes say where the keys begin.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "checks/dns_codec.h"
#include "checks/dns_signature.h"

#define SPLIT_BYTES 2
#define NOW         ((wall_t){INT64_C(1750000000000)})

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_message answer;
    struct dns_message keys;
    struct dns_name signer;
    size_t split;

    if (size < SPLIT_BYTES)
        return 0;
    split = (size_t)data[0] << 8 | data[1];
    data += SPLIT_BYTES;
    size -= SPLIT_BYTES;
    split = size > 0 ? split % size : 0;
    if (dns_codec_decode(&answer, data, split) < 0 ||
        dns_codec_decode(&keys, data + split, size - split) < 0)
        return 0;
    (void)dns_signature_signer(&answer, &signer);
    if (dns_signature_holds(&answer, &keys, NOW) &&
        !dns_signature_signer(&answer, &signer))
        abort();
    return 0;
}
