#include "checks/dns_reply.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "checks/dns_codec.h"

#define TEXT_CHUNK 255      /* of a TXT's data */
#define WORD_MAX   1024     /* of a record's data, NUL included */
#define WIDE_BYTES 2        /* a number over this is sent as two halves */
#define HEAD_BYTES (12 + 4) /* and the name between */

/* The next word of `*text` as a name, or as a number of `bytes` bytes. */
static int
add_word(struct buf *out, const char **text, size_t bytes)
{
    char word[WORD_MAX];
    size_t len = strcspn(*text, " ");
    struct dns_name name;
    int64_t number;

    if (len >= sizeof(word))
        return -1;
    memcpy(word, *text, len);
    word[len] = '\0';
    *text += len + ((*text)[len] == ' ' ? 1 : 0);
    if (bytes == 0)
        return dns_name_parse(&name, word) < 0
                   ? -1
                   : buf_add(out, name.byte, name.len);
    if (str_parse_i64(word, &number) < 0 || number < 0 ||
        number >> (8 * bytes) != 0)
        return -1;
    if (bytes > WIDE_BYTES)
        buf_add_be16(out, (uint16_t)(number >> 16));
    return buf_add_be16(out, (uint16_t)number);
}

/* `sizes`: the bytes of each word, 0 for a name. */
static int
add_words(struct buf *out, const char *text, const char *sizes)
{
    for (; *sizes != '\0'; sizes++)
        if (add_word(out, &text, (size_t)(*sizes - '0')) < 0)
            return -1;
    return *text == '\0' ? 0 : -1;
}

static int
add_texts(struct buf *out, const char *text)
{
    size_t left = strlen(text);

    do {
        size_t len = left < TEXT_CHUNK ? left : TEXT_CHUNK;

        buf_add_u8(out, (uint8_t)len);
        buf_add(out, text, len);
        text += len;
        left -= len;
    } while (left > 0);
    return out->failed ? -1 : 0;
}

static int
add_address(struct buf *out, const char *text, int family)
{
    uint8_t bytes[16];

    if (inet_pton(family, text, bytes) != 1)
        return -1;
    return buf_add(out, bytes, family == AF_INET ? 4 : 16);
}

static int
add_data(struct buf *out, const struct dns_reply_record *record)
{
    switch (record->type) { /* a number of a registry, not an enum of ours */
    case DNS_A:
        return add_address(out, record->data, AF_INET);
    case DNS_AAAA:
        return add_address(out, record->data, AF_INET6);
    case DNS_CNAME:
    case DNS_NS:
    case DNS_PTR:
        return add_words(out, record->data, "0");
    case DNS_MX:
        return add_words(out, record->data, "20");
    case DNS_SRV:
        return add_words(out, record->data, "2220");
    case DNS_SOA:
        return add_words(out, record->data, "0044444");
    case DNS_TXT:
        return add_texts(out, record->data);
    default:
        return -1;
    }
}

static int
add_record(struct buf *out, const struct dns_reply_record *record)
{
    struct dns_name name;
    struct buf data;
    int rc;

    if (dns_name_parse(&name, record->name) < 0)
        return -1;
    buf_init(&data, UINT16_MAX);
    rc = add_data(&data, record);
    buf_add(out, name.byte, name.len);
    buf_add_be16(out, record->type);
    buf_add_be16(out, DNS_CLASS_IN);
    buf_add_be16(out, (uint16_t)(record->ttl >> 16));
    buf_add_be16(out, (uint16_t)record->ttl);
    buf_add_be16(out, (uint16_t)data.len);
    buf_add(out, data.data, data.len);
    buf_free(&data);
    return rc < 0 || out->failed ? -1 : 0;
}

/* The records and EDNS; their bytes go to `body`. */
static int
add_body(struct buf *body, const struct dns_message *query,
         const struct dns_reply *reply)
{
    for (size_t i = 0; i < reply->record_count; i++)
        if (add_record(body, &reply->record[i]) < 0)
            return -1;
    return query->has_edns
               ? dns_codec_encode_edns(body, DNS_UDP_SIZE, query->dnssec_ok)
               : 0;
}

int
dns_reply_encode(struct buf *out, const struct dns_message *query,
                 const struct dns_reply *reply)
{
    struct dns_head head = query->head;
    size_t records = reply->record_count;
    struct buf body;
    int rc;

    head.is_response = true;
    head.rcode = reply->rcode;
    head.aa = reply->aa;
    head.tc = head.ra = head.ad = false;
    buf_init(&body, DNS_MESSAGE_MAX);
    rc = add_body(&body, query, reply);
    if (rc == 0 && HEAD_BYTES + head.name.len + body.len > reply->size_max) {
        /* RFC 2181, 9: what does not fit is left out whole. */
        head.tc = true;
        records = 0;
        buf_reset(&body);
        rc = query->has_edns
                 ? dns_codec_encode_edns(&body, DNS_UDP_SIZE, query->dnssec_ok)
                 : 0;
    }
    if (rc == 0)
        rc =
            dns_codec_encode_head(out, &head, records, query->has_edns ? 1 : 0);
    if (rc == 0)
        rc = buf_add(out, body.data, body.len);
    buf_free(&body);
    return rc;
}
