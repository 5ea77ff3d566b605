/*
 * NSEC names two neighbours of a sorted zone: what lies between them does not
 * exist, and the longest name that the asked one shares with either of them is
 * the nearest that does.  That has to be the one the wildcard stands before.
 *
 * NSEC3 does the same with hashes, which show no names: there the one name that
 * must lie between is the asked one cut to one label more than the wildcard's.
 */
#include "checks/dns_denial.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "checks/dns_codec.h"
#include "checks/dns_name.h"
#include "checks/dns_type.h"
#include "checks/dns_wire.h"

#define NSEC3_SHA1     1
#define SALT_MAX       255
#define ITERATIONS_MAX 150 /* RFC 9276, 3.2: more may be refused */
#define HASH_BYTES     DIGEST_SHA1_BYTES
#define HASH_TEXT      32 /* digits of base32hex (RFC 4648, 7) */
#define DIGIT_BITS     5

static struct buf_reader
data_of(const struct dns_message *m, const struct dns_record *record,
        struct dns_span *span)
{
    *span =
        (struct dns_span){m->data, (size_t)record->data_at + record->data_len};
    return dns_wire_reader(*span, record->data_at);
}

/* ---- NSEC: RFC 4034, 4.1 ---- */

/* Is `type` in the bitmap that `r` is before? */
static bool
has_type(struct buf_reader r, uint16_t type)
{
    while (r.left > 0) {
        uint8_t window = buf_get_u8(&r);
        uint8_t len = buf_get_u8(&r);
        const uint8_t *bits = buf_get(&r, len);
        size_t at = (type & 0xffU) / 8;

        if (r.failed)
            return false;
        if (window == type >> 8)
            return at < len && (bits[at] & 0x80U >> type % 8) != 0;
    }
    return false;
}

/* At a cut the zone knows nothing of what lies below. */
static bool
is_cut(struct buf_reader types)
{
    return has_type(types, DNS_DNAME) ||
           (has_type(types, DNS_NS) && !has_type(types, DNS_SOA));
}

static bool
nsec_covers(const struct dns_message *m, const struct dns_record *record,
            const struct dns_denial *denial)
{
    const struct dns_name *name = denial->name;
    struct dns_span span;
    struct buf_reader r = data_of(m, record, &span);
    struct dns_name owner, next;
    size_t shared, with_next;

    if (dns_codec_get_owner(m, record, &owner) < 0 ||
        dns_wire_get_name(span, &r, &next) < 0 ||
        !dns_name_in(&owner, denial->zone) ||
        dns_name_order(&owner, name) >= 0 ||
        (dns_name_in(name, &owner) && is_cut(r)))
        return false;
    /* The last one of a zone leads back to its top. */
    if (dns_name_order(name, &next) >= 0 && !dns_name_eq(&next, denial->zone))
        return false;
    shared = dns_name_shared(name, &owner);
    with_next = dns_name_shared(name, &next);
    return (with_next > shared ? with_next : shared) == denial->labels;
}

/* ---- NSEC3: RFC 5155, 3 and 5 ---- */

struct nsec3 {
    uint8_t algorithm;
    uint16_t iterations;
    struct digest_bytes salt;
    uint8_t hash[HASH_BYTES];
    const uint8_t *next;
};

static int
digit_value(uint8_t c)
{
    char digit = str_lower((char)c);

    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'v' ? digit - 'a' + 10 : -1;
}

/* The hash that the first label of an owner is the text of. */
static int
read_hash(const struct dns_name *owner, uint8_t hash[HASH_BYTES])
{
    unsigned held = 0, bits = 0;

    if (owner->byte[0] != HASH_TEXT)
        return -1;
    for (size_t i = 0; i < HASH_TEXT; i++) {
        int value = digit_value(owner->byte[1 + i]);

        if (value < 0)
            return -1;
        held = (held << DIGIT_BITS | (unsigned)value) & 0xfffU;
        bits += DIGIT_BITS;
        if (bits >= 8) {
            bits -= 8;
            *hash++ = (uint8_t)(held >> bits);
        }
    }
    return 0;
}

static int
read_nsec3(const struct dns_message *m, const struct dns_record *record,
           const struct dns_name *zone, struct nsec3 *n)
{
    struct dns_span span;
    struct buf_reader r = data_of(m, record, &span);
    struct dns_name owner;

    n->algorithm = buf_get_u8(&r);
    (void)buf_get_u8(&r); /* opt-out is no matter where a name is denied */
    n->iterations = buf_get_be16(&r);
    n->salt.len = buf_get_u8(&r);
    n->salt.data = buf_get(&r, n->salt.len);
    if (buf_get_u8(&r) != HASH_BYTES)
        return -1;
    n->next = buf_get(&r, HASH_BYTES);
    if (r.failed || n->algorithm != NSEC3_SHA1 ||
        n->iterations > ITERATIONS_MAX)
        return -1;
    if (dns_codec_get_owner(m, record, &owner) < 0 ||
        read_hash(&owner, n->hash) < 0 || !dns_name_up(&owner) ||
        !dns_name_eq(&owner, zone))
        return -1;
    return 0;
}

/* RFC 5155, 5. */
static void
hash_name(const struct nsec3 *n, const struct dns_name *name,
          uint8_t hash[HASH_BYTES])
{
    uint8_t text[DNS_NAME_MAX + SALT_MAX];
    struct dns_name lower = *name;
    size_t len = name->len;

    dns_name_lower(&lower);
    memcpy(text, lower.byte, len);
    for (unsigned i = 0; i <= n->iterations; i++) {
        memcpy(text + len, n->salt.data, n->salt.len);
        digest_sha1(hash, text, len + n->salt.len);
        memcpy(text, hash, HASH_BYTES);
        len = HASH_BYTES;
    }
}

static bool
nsec3_covers(const struct dns_message *m, const struct dns_record *record,
             const struct dns_denial *denial)
{
    struct dns_name nearer = *denial->name;
    uint8_t hash[HASH_BYTES];
    struct nsec3 n;
    bool is_after, is_before, is_last;

    if (read_nsec3(m, record, denial->zone, &n) < 0)
        return false;
    dns_name_cut(&nearer, denial->labels + 1);
    hash_name(&n, &nearer, hash);
    is_after = memcmp(hash, n.hash, HASH_BYTES) > 0;
    is_before = memcmp(hash, n.next, HASH_BYTES) < 0;
    is_last = memcmp(n.next, n.hash, HASH_BYTES) <= 0;
    return is_last ? is_after || is_before : is_after && is_before;
}

bool
dns_denial_covers(const struct dns_message *m, const struct dns_record *record,
                  const struct dns_denial *denial)
{
    if (record->type == DNS_NSEC)
        return nsec_covers(m, record, denial);
    return record->type == DNS_NSEC3 && nsec3_covers(m, record, denial);
}
