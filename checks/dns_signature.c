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
#include "checks/dns_denial.h"
#include "checks/dns_key.h"
#include "checks/dns_type.h"
#include "checks/dns_wire.h"

#define FIXED_BYTES 18 /* of an RRSIG, before the signer's name */
#define TEXT_MAX    ((size_t)8 * DNS_MESSAGE_MAX)

/* Signatures tried, each with one key, and denials looked at: a message has
 * room for so many that all of them together would hold the loop for seconds. */
#define TRIES_MAX 64

struct rrsig {
    enum dns_section section;
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

    if (record->type != DNS_RRSIG ||
        dns_codec_get_owner(m, record, &sig->owner) < 0)
        return -1;
    sig->section = record->section;
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
        if (read_rrsig(m, &m->record[i], &sig) == 0 &&
            sig.section == DNS_IN_ANSWER) {
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

/* Records of one name and type, which are signed together. */
struct rrset {
    const struct dns_name *owner;
    uint16_t type;
    enum dns_section section;
};

static bool
is_of_set(const struct dns_message *m, const struct dns_record *record,
          const struct rrset *set)
{
    struct dns_name name;

    return record->section == set->section && record->type == set->type &&
           record->class == DNS_CLASS_IN &&
           dns_codec_get_owner(m, record, &name) == 0 &&
           dns_name_eq(&name, set->owner);
}

/* The data of the set's records, sorted; how many. */
static size_t
collect(const struct dns_message *m, const struct rrsig *sig, struct buf *bytes,
        struct item *item)
{
    struct rrset set = {&sig->owner, sig->covered, sig->section};
    size_t count = 0;

    for (size_t i = 0; i < m->record_count; i++) {
        struct item new = {.at = bytes->len};
        size_t k = count;

        if (!is_of_set(m, &m->record[i], &set) ||
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

/* RFC 4034, 3.1.3: an asterisk at the front is not counted. */
static size_t
count_labels(const struct dns_name *name)
{
    bool is_wild = name->byte[0] == 1 && name->byte[1] == '*';

    return dns_name_labels(name) - (is_wild ? 1 : 0);
}

/* RFC 4035, 5.3.2: the name that was signed, which may be a wildcard. */
static void
add_signed_name(struct buf *out, const struct rrsig *sig)
{
    static const uint8_t wild[] = {1, '*'};
    struct dns_name name = sig->owner;

    if (sig->labels < count_labels(&name)) {
        dns_name_cut(&name, sig->labels);
        (void)buf_add(out, wild, sizeof(wild));
    }
    add_name(out, &name);
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
        add_signed_name(out, sig);
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

/* RFC 4034, 3.1.5: serial arithmetic, so that 2106 is no end. */
static bool
is_in_time(const struct rrsig *sig, wall_t now)
{
    uint32_t second = (uint32_t)(now.ms / MS_PER_S);

    return (int32_t)(sig->until - second) >= 0 &&
           (int32_t)(second - sig->since) >= 0;
}

struct proven {
    const struct dns_message *keys;
    wall_t now;
    int tries; /* that are left, of TRIES_MAX */
};

static bool
is_signed_by(const struct dns_message *m, const struct rrsig *sig,
             struct proven *by)
{
    const struct dns_message *keys = by->keys;
    struct rrset set = {&sig->signer, DNS_DNSKEY, DNS_IN_ANSWER};
    bool is_right = false;
    struct buf text;

    buf_init(&text, TEXT_MAX);
    make_text(m, sig, &text);
    for (size_t i = 0; i < keys->record_count && !is_right; i++) {
        const struct dns_record *record = &keys->record[i];
        struct dns_key_bytes key = {keys->data + record->data_at,
                                    record->data_len};

        if (is_of_set(keys, record, &set) && key.len > 3 &&
            key.data[3] == sig->algorithm && by->tries-- > 0)
            is_right =
                dns_key_verify(key, (struct dns_key_bytes){text.data, text.len},
                               sig->signature);
    }
    is_right = is_right && !text.failed;
    buf_free(&text);
    return is_right;
}

/* A good signature of the set; false: there is none. */
static bool
find_good(const struct dns_message *m, const struct rrset *set,
          struct proven *by, struct rrsig *sig)
{
    for (size_t i = 0; i < m->record_count && by->tries > 0; i++)
        if (read_rrsig(m, &m->record[i], sig) == 0 &&
            sig->section == set->section && sig->covered == set->type &&
            dns_name_eq(&sig->owner, set->owner) &&
            dns_name_in(set->owner, &sig->signer) &&
            sig->labels <= count_labels(set->owner) &&
            is_in_time(sig, by->now) && is_signed_by(m, sig, by))
            return true;
    return false;
}

/* RFC 4035, 5.3.4: a wildcard speaks for names that do not exist only. */
static bool
is_nearer_denied(const struct dns_message *m, const struct rrsig *wild,
                 struct proven *by)
{
    struct dns_denial denial = {&wild->owner, wild->labels, &wild->signer};
    struct dns_name owner;
    struct rrsig sig;

    for (size_t i = 0; i < m->record_count; i++) {
        const struct dns_record *record = &m->record[i];
        struct rrset set = {&owner, record->type, DNS_IN_AUTHORITY};

        if (record->section == DNS_IN_AUTHORITY && record->type != DNS_RRSIG &&
            by->tries-- > 0 && dns_denial_covers(m, record, &denial) &&
            dns_codec_get_owner(m, record, &owner) == 0 &&
            find_good(m, &set, by, &sig) && sig.labels == count_labels(&owner))
            return true;
    }
    return false;
}

/* Has a record before the `end`th stood for the whole set? */
static bool
is_seen(const struct dns_message *m, size_t end, const struct rrset *set)
{
    for (size_t i = 0; i < end; i++)
        if (is_of_set(m, &m->record[i], set))
            return true;
    return false;
}

bool
dns_signature_holds(const struct dns_message *m, const struct dns_message *keys,
                    wall_t now)
{
    struct proven by = {keys, now, TRIES_MAX};
    struct dns_name owner;
    struct rrsig sig;

    if (m->head.rcode != DNS_NOERROR || m->answers == 0)
        return false;
    for (size_t i = 0; i < m->record_count; i++) {
        const struct dns_record *record = &m->record[i];
        struct rrset set = {&owner, record->type, DNS_IN_ANSWER};

        if (record->section != DNS_IN_ANSWER || record->type == DNS_RRSIG)
            continue;
        if (dns_codec_get_owner(m, record, &owner) < 0)
            return false;
        if (is_seen(m, i, &set))
            continue;
        if (!find_good(m, &set, &by, &sig))
            return false;
        if (sig.labels < count_labels(&owner) &&
            !is_nearer_denied(m, &sig, &by))
            return false;
    }
    return true;
}
