/* Any packet: ours only if it is, byte for byte, what an honest host returns. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "checks/icmp_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icmp_packet sent = {.id = 0x4142, .size = 24};
    uint8_t want[ICMP_PACKET_MAX];
    uint16_t sequence;

    memset(sent.token.byte, 'T', sizeof(sent.token.byte));
    if (!icmp_packet_answers(data, size, &sent, &sequence))
        return 0;
    sent.sequence = sequence;
    if (icmp_packet_encode(want, &sent) != size)
        abort();
    want[0] = 0;                   /* a reply */
    memcpy(want + 2, data + 2, 2); /* the kernel looks at the checksum */
    if (memcmp(want, data, size) != 0)
        abort();
    return 0;
}
