/*
 * The payload is the run's token and then a pattern that depends on the place,
 * so that a reply that was cut, shifted or made up is not taken for ours.
 */
#include "checks/icmp_packet.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"

/* RFC 792, RFC 4443 */
#define V4_ECHO         8
#define V4_REPLY        0
#define V4_UNREACHABLE  3
#define V4_EXCEEDED     11
#define V6_ECHO         128
#define V6_REPLY        129
#define V6_UNREACHABLE  1
#define V6_TOO_BIG      2
#define V6_EXCEEDED     3
#define PATTERN_STEP    7
#define PATTERN_MODULUS 251 /* a prime: no power of two repeats it */

static uint8_t
pattern(size_t place)
{
    return (uint8_t)(place * PATTERN_STEP % PATTERN_MODULUS);
}

static void
put16(uint8_t *to, uint16_t v)
{
    to[0] = (uint8_t)(v >> 8);
    to[1] = (uint8_t)v;
}

size_t
icmp_packet_encode(uint8_t to[ICMP_PACKET_MAX],
                   const struct icmp_packet *packet)
{
    uint8_t *payload = to + ICMP_PACKET_HEAD;

    assert(packet->size >= ICMP_PACKET_SIZE_MIN &&
           packet->size <= ICMP_PACKET_SIZE_MAX);
    memset(to, 0, ICMP_PACKET_HEAD);
    to[0] = packet->is_v6 ? V6_ECHO : V4_ECHO;
    put16(to + 4, packet->id);
    put16(to + 6, packet->sequence);
    memcpy(payload, packet->token.byte, sizeof(packet->token.byte));
    for (size_t i = sizeof(packet->token.byte); i < packet->size; i++)
        payload[i] = pattern(i);
    return ICMP_PACKET_HEAD + packet->size;
}

static bool
is_our_payload(const uint8_t *payload, const struct icmp_packet *sent)
{
    size_t token = sizeof(sent->token.byte);

    if (memcmp(payload, sent->token.byte, token) != 0)
        return false;
    for (size_t i = token; i < sent->size; i++)
        if (payload[i] != pattern(i))
            return false;
    return true;
}

bool
icmp_packet_answers(const void *data, size_t len,
                    const struct icmp_packet *sent, uint16_t *sequence)
{
    struct buf_reader r = buf_reader(data, len);
    uint8_t type = buf_get_u8(&r);
    uint8_t code = buf_get_u8(&r);
    uint16_t id;
    uint16_t number;
    const uint8_t *payload;

    (void)buf_get_be16(&r); /* the checksum is the kernel's business */
    id = buf_get_be16(&r);
    number = buf_get_be16(&r);
    payload = buf_get(&r, sent->size);
    if (payload == NULL || r.left > 0 || code != 0 ||
        type != (sent->is_v6 ? V6_REPLY : V4_REPLY) || id != sent->id ||
        !is_our_payload(payload, sent))
        return false;
    *sequence = number;
    return true;
}

const char *
icmp_packet_error_text(bool is_v6, unsigned type, unsigned code)
{
    static const char *const v4[] = {
        "network unreachable",
        "host unreachable",
        "protocol unreachable",
        "port unreachable",
        "too large, and it may not be cut in parts",
        "source route failed",
        "network unknown",
        "host unknown",
        "host isolated",
        "network prohibited",
        "host prohibited",
        "network unreachable for this type of service",
        "host unreachable for this type of service",
        "prohibited by a filter",
    };
    static const char *const v6[] = {
        "no route",
        "prohibited by a filter",
        "beyond its scope",
        "address unreachable",
        "port unreachable",
        "refused by a policy",
        "the route rejects it",
    };

    if (type == (is_v6 ? V6_EXCEEDED : V4_EXCEEDED))
        return "its time to live ended on the way";
    if (is_v6 && type == V6_TOO_BIG)
        return "too large for the path";
    if (!is_v6 && type == V4_UNREACHABLE && code < sizeof(v4) / sizeof(v4[0]))
        return v4[code];
    if (is_v6 && type == V6_UNREACHABLE && code < sizeof(v6) / sizeof(v6[0]))
        return v6[code];
    return "refused on the way";
}
