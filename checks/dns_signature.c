/*
 * RFC 4034, 3.1.8.1: signed are the RRSIG's own fields without the signature,
 * then each record of the set in canonical form and order, with the TTL that
 * the zone gave it.
 */
#include "checks/dns_signature.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "checks/dns_codec.h"
#include "checks/dns_key.h"
#include "checks/dns_type.h"
#include "checks/dns_wire.h"

#define FIXED_BYTES 18 /* of an RRSIG, before the signer's name */
#define TEXT_MAX    ((size_t)8 * DNS_MESSAGE_MAX)

struct rrsig {
    struct dns_name owner;
    uint16_t covered;
    uint8_t algorithm;
    uint8_t labels;
    uint32_t ttl;
    uint32_t until;
    uint32_t since;
    struct dns_name signer;
    const uint8_t *fixed;
    struct dns_key_bytes signature;
};

static int
read_rrsig(const struct dns_message *m, const struct dns_record *record,
           struct rrsig *sig)
{
    struct dns_span span = {m->data,
                            (size_t)record->data_at + record->data_len};
    struct buf_reader r = dns_wire_reader(span, record->data_at);

    if (record->type != DNS_RRSIG || record->section != DNS_IN_ANSWER ||
        dns_codec_get_owner(m, record, &sig->owner) < 0)
        return -1;
    sig->fixed = r.at;
    sig->covered = buf_get_be16(&r);
    sig->algorithm = buf_get_u8(&r);
    sig->labels = buf_get_u8(&r);
    sig->ttl = buf_get_be32(&r);
    sig->until = buf_get_be32(&r);
    sig->since = buf_get_be32(&r);
    (void)buf_get_be16(&r); /* the key's tag: each key is tried */
    if (r.failed || dns_wire_get_name(span, &r, &sig->signer) < 0)
        return -1;
    sig->signature = (struct dns_key_bytes){r.at, r.left};
    return 0;
}

bool
dns_signature_signer(const struct dns_message *m, struct dns_name *signer)
{
    struct rrsig sig;

    for (size_t i = 0; i < m->record_count; i++)
        if (read_rrsig(m, &m->record[i], &sig) == 0) {
            *signer = sig.signer;
            return true;
        }
    return false;
}

/* ---- what is signed ---- */

struct item {
    size_t at;
    size_t len;
};

static int
compare(const struct buf *bytes, const struct item *a, const struct item *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int order = memcmp(bytes->data + a->at, bytes->data + b->at, len);

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static bool
is_of_set(const struct dns_message *m, const struct dns_record *record,
          const struct dns_name *owner, uint16_t type)
{
    struct dns_name name;

    return record->section == DNS_IN_ANSWER && record->type == type &&
           record->class == DNS_CLASS_IN &&
           dns_codec_get_owner(m, record, &name) == 0 &&
           dns_name_eq(&name, owner);
}

/* The data of the set's records, sorted; how many. */
static size_t
collect(const struct dns_message *m, const struct rrsig *sig, struct buf *bytes,
        struct item *item)
{
    size_t count = 0;

    for (size_t i = 0; i < m->record_count; i++) {
        struct item new = {.at = bytes->len};
        size_t k = count;

        if (!is_of_set(m, &m->record[i], &sig->owner, sig->covered) ||
            dns_codec_canonical_data(m, &m->record[i], bytes) < 0)
            continue;
        new.len = bytes->len - new.at;
        while (k > 0 && compare(bytes, &item[k - 1], &new) > 0) {
            item[k] = item[k - 1];
            k--;
        }
        item[k] = new;
        count++;
    }
    return count;
}

static void
add_name(struct buf *out, const struct dns_name *name)
{
    struct dns_name lower = *name;

    dns_name_lower(&lower);
    (void)buf_add(out, lower.byte, lower.len);
}

static void
make_text(const struct dns_message *m, const struct rrsig *sig, struct buf *out)
{
    struct item *item = str_xcalloc(DNS_RECORDS_MAX, sizeof(*item));
    struct buf bytes;
    size_t count;

    buf_init(&bytes, TEXT_MAX);
    count = collect(m, sig, &bytes, item);
    (void)buf_add(out, sig->fixed, FIXED_BYTES);
    add_name(out, &sig->signer);
    for (size_t i = 0; i < count; i++) {
        add_name(out, &sig->owner);
        buf_add_be16(out, sig->covered);
        buf_add_be16(out, DNS_CLASS_IN);
        buf_add_be16(out, (uint16_t)(sig->ttl >> 16));
        buf_add_be16(out, (uint16_t)sig->ttl);
        buf_add_be16(out, (uint16_t)item[i].len);
        (void)buf_add(out, bytes.data + item[i].at, item[i].len);
    }
    buf_free(&bytes);
    free(item);
}

/* ---- does it hold? ---- */

static size_t
count_labels(const struct dns_name *name)
{
    struct dns_name at = *name;
    size_t count = 0;

    while (dns_name_up(&at))
        count++;
    return count;
}

/* RFC 4034, 3.1.5: serial arithmetic, so that 2106 is no end. */
static bool
is_in_time(const struct rrsig *sig, wall_t now)
{
    uint32_t second = (uint32_t)(now.ms / MS_PER_S);

    return (int32_t)(sig->until - second) >= 0 &&
           (int32_t)(second - sig->since) >= 0;
}

static bool
is_signed_by(const struct dns_message *m, const struct rrsig *sig,
             const struct dns_message *keys)
{
    bool is_right = false;
    struct buf text;

    buf_init(&text, TEXT_MAX);
    make_text(m, sig, &text);
    for (size_t i = 0; i < keys->record_count && !is_right; i++) {
        const struct dns_record *record = &keys->record[i];
        struct dns_key_bytes key = {keys->data + record->data_at,
                                    record->data_len};

        if (is_of_set(keys, record, &sig->signer, DNS_DNSKEY) && key.len > 3 &&
            key.data[3] == sig->algorithm)
            is_right =
                dns_key_verify(key, (struct dns_key_bytes){text.data, text.len},
                               sig->signature);
    }
    is_right = is_right && !text.failed;
    buf_free(&text);
    return is_right;
}

static bool
is_set_signed(const struct dns_message *m, const struct dns_name *owner,
              uint16_t type, const struct dns_message *keys, wall_t now)
{
    struct rrsig sig;

    for (size_t i = 0; i < m->record_count; i++)
        if (read_rrsig(m, &m->record[i], &sig) == 0 && sig.covered == type &&
            dns_name_eq(&sig.owner, owner) && dns_name_in(owner, &sig.signer) &&
            sig.labels == count_labels(owner) && is_in_time(&sig, now) &&
            is_signed_by(m, &sig, keys))
            return true;
    return false;
}

bool
dns_signature_holds(const struct dns_message *m, const struct dns_message *keys,
                    wall_t now)
{
    struct dns_name owner;

    if (m->head.rcode != DNS_NOERROR || m->answers == 0)
        return false;
    for (size_t i = 0; i < m->record_count; i++) {
        const struct dns_record *record = &m->record[i];

        if (record->section != DNS_IN_ANSWER || record->type == DNS_RRSIG)
            continue;
        if (dns_codec_get_owner(m, record, &owner) < 0 ||
            !is_set_signed(m, &owner, record->type, keys, now))
            return false;
    }
    return true;
}
