#include "probe/spool_record.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "wire/batch.h"

#define MAGIC       0x31525350u /* "PSR1" */
#define PAYLOAD_MAX (BATCH_BYTES_MAX + SPOOL_RECORD_BATCH_HEAD_BYTES)
/* Bytes that look like many records must not cost a checksum each. */
#define TRIES_MAX 4096

static uint32_t
checksum(uint32_t type, const void *payload, uint32_t len)
{
    uint8_t head[8];

    for (int i = 0; i < 4; i++) {
        head[i] = (uint8_t)(type >> (8 * i));
        head[4 + i] = (uint8_t)(len >> (8 * i));
    }
    return digest_crc32c(digest_crc32c(0, head, sizeof(head)), payload, len);
}

static void
add_payload(struct buf *to, const struct spool_record *r)
{
    switch (r->type) {
    case SPOOL_RECORD_HEAD:
        (void)buf_add(to, r->id.byte, sizeof(r->id.byte));
        (void)buf_add_le64(to, (uint64_t)r->first);
        (void)buf_add_le64(to, r->dropped);
        return;
    case SPOOL_RECORD_BATCH:
        (void)buf_add_le64(to, (uint64_t)r->first);
        (void)buf_add_le32(to, r->count);
        (void)buf_add_le64(to, (uint64_t)r->sealed_ms);
        (void)buf_add(to, r->data, r->len);
        return;
    case SPOOL_RECORD_ACK:
        (void)buf_add_le64(to, (uint64_t)r->first);
        (void)buf_add_le32(to, r->count);
        return;
    case SPOOL_RECORD_DROPPED:
        (void)buf_add_le64(to, r->dropped);
        return;
    }
}

int
spool_record_encode(struct buf *out, const struct spool_record *record)
{
    struct buf payload;

    buf_init(&payload, PAYLOAD_MAX);
    add_payload(&payload, record);
    if (payload.failed) {
        buf_free(&payload);
        return -1;
    }
    (void)buf_add_le32(out, MAGIC);
    (void)buf_add_le32(out, record->type);
    (void)buf_add_le32(out, (uint32_t)payload.len);
    (void)buf_add_le32(
        out, checksum(record->type, payload.data, (uint32_t)payload.len));
    (void)buf_add(out, payload.data, payload.len);
    buf_free(&payload);
    return out->failed ? -1 : 0;
}

struct spool_scan
spool_record_scan(const void *bytes, size_t len)
{
    return (struct spool_scan){
        .bytes = bytes, .len = len, .tries_left = TRIES_MAX};
}

/* A payload of the right checksum may still be of another version: too short
 * is not a record. */
static bool
decode_payload(struct buf_reader r, uint32_t type, struct spool_record *out)
{
    const uint8_t *id;

    *out = (struct spool_record){.type = (enum spool_record_type)type};
    switch (out->type) {
    case SPOOL_RECORD_HEAD:
        id = buf_get(&r, sizeof(out->id.byte));
        if (id != NULL)
            memcpy(out->id.byte, id, sizeof(out->id.byte));
        out->first = (int64_t)buf_get_le64(&r);
        out->dropped = buf_get_le64(&r);
        break;
    case SPOOL_RECORD_BATCH:
        out->first = (int64_t)buf_get_le64(&r);
        out->count = buf_get_le32(&r);
        out->sealed_ms = (int64_t)buf_get_le64(&r);
        out->len = (uint32_t)r.left;
        out->data = r.at;
        if (out->count == 0 || out->count > BATCH_RESULTS_MAX)
            return false;
        break;
    case SPOOL_RECORD_ACK:
        out->first = (int64_t)buf_get_le64(&r);
        out->count = buf_get_le32(&r);
        break;
    case SPOOL_RECORD_DROPPED:
        out->dropped = buf_get_le64(&r);
        break;
    }
    return !r.failed && out->first >= 0 && out->first <= INT64_MAX / 2;
}

static bool
decode_at(struct spool_scan *s, size_t at, struct spool_record *out,
          size_t *end)
{
    struct buf_reader r = buf_reader(s->bytes + at, s->len - at);
    uint32_t magic = buf_get_le32(&r), type = buf_get_le32(&r);
    uint32_t len = buf_get_le32(&r), crc = buf_get_le32(&r);
    const uint8_t *payload;

    if (r.failed || magic != MAGIC || type < SPOOL_RECORD_HEAD ||
        type > SPOOL_RECORD_DROPPED || len > PAYLOAD_MAX || len > r.left)
        return false;
    if (s->tries_left == 0)
        return false;
    payload = buf_get(&r, len);
    if (checksum(type, payload, len) != crc) {
        s->tries_left--;
        return false;
    }
    if (!decode_payload(buf_reader(payload, len), type, out))
        return false;
    out->offset = at + SPOOL_RECORD_HEAD_BYTES + SPOOL_RECORD_BATCH_HEAD_BYTES;
    *end = at + SPOOL_RECORD_HEAD_BYTES + len;
    return true;
}

bool
spool_record_next(struct spool_scan *s, struct spool_record *record)
{
    size_t end;

    for (size_t at = s->at; at < s->len; at++) {
        if (!decode_at(s, at, record, &end))
            continue;
        if (at != s->at)
            s->corrupt++;
        s->at = s->good_end = end;
        return true;
    }
    s->at = s->len;
    return false;
}
