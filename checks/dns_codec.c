/*
 * A message is walked once, front to back.  Names are the only thing that may
 * jump: get_name() follows a pointer only to a place before every label it has
 * read so far, so that a walk ends after at most 255 bytes and no circle can
 * be.  Records are kept as offsets; their text is made when somebody asks.
 *
 * The data of a known type is read by a grammar, one letter a field:
 *
 *     a  IPv4 address      n  name            b w l  1, 2, 4 byte number
 *     6  IPv6 address      t  texts to the end    c  one short text
 *     v  the rest, quoted
 *
 * and the same grammar checks it when a message is decoded and prints it.
 */
#include "checks/dns_codec.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define HEADER_BYTES    12
#define POINTER         0xc0
#define POINTER_HIGH    0x3f
#define UDP_SIZE_PLAIN  512
#define EDNS_RCODE_BITS 4

enum flag_bits {
    FLAG_QR = 0x8000,
    FLAG_AA = 0x0400,
    FLAG_TC = 0x0200,
    FLAG_RD = 0x0100,
    FLAG_RA = 0x0080,
    FLAG_AD = 0x0020,
};

#define OPCODE_SHIFT 11
#define OPCODE_MASK  0xf
#define RCODE_MASK   0xf

static const struct {
    uint16_t type;
    const char *name;
    const char *grammar;
} TYPES[] = {
    {DNS_A, "A", "a"},         {DNS_AAAA, "AAAA", "6"},
    {DNS_CNAME, "CNAME", "n"}, {DNS_NS, "NS", "n"},
    {DNS_PTR, "PTR", "n"},     {DNS_MX, "MX", "wn"},
    {DNS_TXT, "TXT", "t"},     {DNS_SOA, "SOA", "nnlllll"},
    {DNS_SRV, "SRV", "wwwn"},  {DNS_CAA, "CAA", "bcv"},
};

#define TYPE_COUNT (sizeof(TYPES) / sizeof(TYPES[0]))

static const char *const RCODES[] = {
    "NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED",
    "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE",
};

#define RCODE_COUNT  (sizeof(RCODES) / sizeof(RCODES[0]))
#define RCODE_BADVER 16

static const char *
grammar_of(uint16_t type)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (TYPES[i].type == type)
            return TYPES[i].grammar;
    return NULL;
}

uint16_t
dns_codec_parse_type(const char *name)
{
    uint16_t number;

    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (str_eq_nocase(TYPES[i].name, name))
            return TYPES[i].type;
    if (str_starts(name, "TYPE") &&
        str_parse_u16(name + strlen("TYPE"), &number) == 0)
        return number;
    return 0;
}

const char *
dns_codec_format_type(char to[DNS_TYPE_TEXT], uint16_t type)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (TYPES[i].type == type)
            return TYPES[i].name;
    (void)snprintf(to, DNS_TYPE_TEXT, "TYPE%u", type);
    return to;
}

const char *
dns_codec_format_rcode(char to[DNS_TYPE_TEXT], int rcode)
{
    if (rcode >= 0 && (size_t)rcode < RCODE_COUNT)
        return RCODES[rcode];
    if (rcode == RCODE_BADVER)
        return "BADVERS";
    (void)snprintf(to, DNS_TYPE_TEXT, "RCODE%d", rcode);
    return to;
}

/* The bytes a name may be in: the message, or the part of it up to the end of
 * one record, so that no field runs over into the next. */
struct span {
    const uint8_t *data;
    size_t len;
};

static struct span
span_of(const struct dns_message *m)
{
    return (struct span){m->data, m->len};
}

static struct span
span_to(const struct dns_message *m, const struct dns_record *record)
{
    return (struct span){m->data, record->data_at + record->data_len};
}

static struct buf_reader
reader_at(struct span s, size_t at)
{
    assert(at <= s.len);
    return buf_reader(s.data + at, s.len - at);
}

static size_t
offset_of(struct span s, const struct buf_reader *r)
{
    return s.len - r->left;
}

static int
add_label(struct dns_name *name, struct buf_reader *r, uint8_t len)
{
    const uint8_t *label = buf_get(r, len);

    if (label == NULL || name->len + len + 2 > DNS_NAME_MAX)
        return -1;
    name->byte[name->len++] = len;
    memcpy(name->byte + name->len, label, len);
    name->len += len;
    return 0;
}

/* The name at `r`, which is left after it (after its first pointer). */
static int
get_name(struct span s, struct buf_reader *r, struct dns_name *name)
{
    struct buf_reader at = *r;
    size_t lowest = offset_of(s, r);
    bool jumped = false;

    name->len = 0;
    for (;;) {
        uint8_t len = buf_get_u8(&at);
        size_t to;

        if (at.failed)
            return -1;
        if (len <= DNS_LABEL_MAX && len > 0) {
            if (add_label(name, &at, len) < 0)
                return -1;
            continue;
        }
        if (len != 0 && (len & POINTER) != POINTER)
            return -1;
        to = len == 0 ? 0 : (size_t)(len & POINTER_HIGH) << 8 | buf_get_u8(&at);
        if (!jumped)
            *r = at;
        if (len == 0)
            break;
        if (at.failed || to >= lowest)
            return -1;
        jumped = true;
        lowest = to;
        at = reader_at(s, to);
    }
    name->byte[name->len++] = 0;
    return 0;
}

/* --- data of records --- */

static int
format_name(struct span s, struct buf_reader *r, struct buf *out)
{
    struct dns_name name;
    char text[DNS_NAME_TEXT];

    if (get_name(s, r, &name) < 0)
        return -1;
    if (out != NULL)
        buf_add_str(out, dns_name_format(text, &name));
    return 0;
}

static int
format_address(struct buf_reader *r, int family, struct buf *out)
{
    const uint8_t *bytes = buf_get(r, family == AF_INET ? 4 : 16);
    char text[INET6_ADDRSTRLEN];

    if (bytes == NULL)
        return -1;
    if (out != NULL && inet_ntop(family, bytes, text, sizeof(text)) != NULL)
        buf_add_str(out, text);
    return 0;
}

static void
format_bytes(struct buf *out, const uint8_t *bytes, size_t len)
{
    char text[4];

    for (size_t i = 0; i < len && out != NULL; i++) {
        if (bytes[i] == ' ' || bytes[i] == '.' || bytes[i] == '\\')
            buf_add_char(out, (char)bytes[i]);
        else
            buf_add(out, text, dns_name_format_byte(text, bytes[i]));
    }
}

static int
format_text(struct buf_reader *r, struct buf *out)
{
    uint8_t len = buf_get_u8(r);
    const uint8_t *text = buf_get(r, len);

    if (text == NULL)
        return -1;
    format_bytes(out, text, len);
    return 0;
}

/* Reads one field; prints it when `out` is there. */
static int
format_field(struct span s, struct buf_reader *r, char field, struct buf *out)
{
    uint32_t number = 0;
    size_t rest = r->left;

    if (field == 'a' || field == '6')
        return format_address(r, field == 'a' ? AF_INET : AF_INET6, out);
    if (field == 'n')
        return format_name(s, r, out);
    if (field == 'c')
        return format_text(r, out);
    if (field == 't') {
        while (r->left > 0)
            if (format_text(r, out) < 0)
                return -1;
        return rest > 0 ? 0 : -1;
    }
    if (field == 'v') {
        if (out != NULL)
            buf_add_char(out, '"');
        format_bytes(out, buf_get(r, rest), rest);
        return out == NULL ? 0 : buf_add_char(out, '"');
    }
    if (field == 'b')
        number = buf_get_u8(r);
    else if (field == 'w')
        number = buf_get_be16(r);
    else
        number = buf_get_be32(r);
    if (!r->failed && out != NULL)
        buf_addf(out, "%u", number);
    return r->failed ? -1 : 0;
}

/* Walks the data by its grammar; -1 when it does not fit exactly. */
static int
walk_data(const struct dns_message *m, const struct dns_record *record,
          const char *grammar, struct buf *out)
{
    struct span s = span_to(m, record);
    struct buf_reader r = reader_at(s, record->data_at);

    for (const char *field = grammar; *field != '\0'; field++) {
        if (field != grammar && out != NULL)
            buf_add_char(out, ' ');
        if (format_field(s, &r, *field, out) < 0)
            return -1;
    }
    return r.left == 0 && !r.failed ? 0 : -1;
}

static int
format_unknown(const struct dns_message *m, const struct dns_record *record,
               struct buf *out)
{
    buf_addf(out, "\\# %u ", (unsigned)record->data_len);
    for (size_t i = 0; i < record->data_len; i++)
        buf_addf(out, "%02X", m->data[record->data_at + i]);
    return out->failed ? -1 : 0;
}

int
dns_codec_format_data(const struct dns_message *message,
                      const struct dns_record *record, struct buf *out)
{
    const char *grammar = grammar_of(record->type);

    if (grammar == NULL || record->class != DNS_CLASS_IN)
        return format_unknown(message, record, out);
    if (walk_data(message, record, grammar, out) < 0)
        return -1;
    return out->failed ? -1 : 0;
}

int
dns_codec_get_owner(const struct dns_message *message,
                    const struct dns_record *record, struct dns_name *name)
{
    struct span s = span_of(message);
    struct buf_reader r = reader_at(s, record->name_at);

    return get_name(s, &r, name);
}

int
dns_codec_get_target(const struct dns_message *message,
                     const struct dns_record *record, struct dns_name *name)
{
    struct span s = span_to(message, record);
    struct buf_reader r = reader_at(s, record->data_at);

    if (record->type != DNS_CNAME && record->type != DNS_NS &&
        record->type != DNS_PTR)
        return -1;
    return get_name(s, &r, name);
}

/* --- messages --- */

static void
set_flags(struct dns_head *head, uint16_t flags)
{
    head->is_response = (flags & FLAG_QR) != 0;
    head->aa = (flags & FLAG_AA) != 0;
    head->tc = (flags & FLAG_TC) != 0;
    head->rd = (flags & FLAG_RD) != 0;
    head->ra = (flags & FLAG_RA) != 0;
    head->ad = (flags & FLAG_AD) != 0;
    head->opcode = flags >> OPCODE_SHIFT & OPCODE_MASK;
    head->rcode = flags & RCODE_MASK;
}

static uint16_t
get_flags(const struct dns_head *head)
{
    unsigned flags = ((unsigned)head->opcode & OPCODE_MASK) << OPCODE_SHIFT;

    flags |= (unsigned)head->rcode & RCODE_MASK;
    flags |= head->is_response ? FLAG_QR : 0;
    flags |= head->aa ? FLAG_AA : 0;
    flags |= head->tc ? FLAG_TC : 0;
    flags |= head->rd ? FLAG_RD : 0;
    flags |= head->ra ? FLAG_RA : 0;
    flags |= head->ad ? FLAG_AD : 0;
    return (uint16_t)flags;
}

static void
set_edns(struct dns_message *m, const struct dns_record *opt)
{
    m->has_edns = true;
    m->udp_size = opt->class > UDP_SIZE_PLAIN ? opt->class : UDP_SIZE_PLAIN;
    m->head.rcode |= (int)(opt->ttl >> 24) << EDNS_RCODE_BITS;
}

static int
get_record(struct dns_message *m, struct buf_reader *r,
           enum dns_section section)
{
    struct span s = span_of(m);
    struct dns_record record = {.section = section,
                                .name_at = (uint16_t)offset_of(s, r)};
    const char *grammar;
    struct dns_name owner;

    if (get_name(s, r, &owner) < 0)
        return -1;
    record.type = buf_get_be16(r);
    record.class = buf_get_be16(r);
    record.ttl = buf_get_be32(r);
    record.data_len = buf_get_be16(r);
    record.data_at = (uint16_t)offset_of(s, r);
    if (buf_get(r, record.data_len) == NULL || r->failed)
        return -1;
    if (record.type == DNS_OPT && section == DNS_IN_ADDITIONAL) {
        set_edns(m, &record);
        return 0;
    }
    grammar = grammar_of(record.type);
    if (record.class == DNS_CLASS_IN && grammar != NULL &&
        walk_data(m, &record, grammar, NULL) < 0)
        return -1;
    if (section == DNS_IN_ANSWER && record.type == m->head.type)
        m->answers++;
    if (m->record_count < DNS_RECORDS_MAX)
        m->record[m->record_count++] = record;
    return 0;
}

static int
get_question(struct dns_message *m, struct buf_reader *r)
{
    m->head.has_question = true;
    if (get_name(span_of(m), r, &m->head.name) < 0)
        return -1;
    m->head.type = buf_get_be16(r);
    m->head.class = buf_get_be16(r);
    return r->failed ? -1 : 0;
}

/* All but the records, which are large and counted. */
static void
clear_message(struct dns_message *m, const void *data, size_t len)
{
    memset(m, 0, offsetof(struct dns_message, record));
    m->data = data;
    m->len = len;
    m->udp_size = UDP_SIZE_PLAIN;
}

int
dns_codec_decode(struct dns_message *message, const void *data, size_t len)
{
    struct buf_reader r = buf_reader(data, len);
    uint16_t questions;
    uint16_t count[DNS_IN_ADDITIONAL + 1];

    clear_message(message, data, len);
    if (len < HEADER_BYTES || len > DNS_MESSAGE_MAX)
        return -1;
    message->head.id = buf_get_be16(&r);
    set_flags(&message->head, buf_get_be16(&r));
    questions = buf_get_be16(&r);
    for (int i = 0; i <= DNS_IN_ADDITIONAL; i++)
        count[i] = buf_get_be16(&r);
    if (questions > 1 || (questions == 1 && get_question(message, &r) < 0))
        return -1;
    for (int i = 0; i <= DNS_IN_ADDITIONAL; i++)
        for (; count[i] > 0; count[i]--)
            if (get_record(message, &r, (enum dns_section)i) < 0)
                return -1;
    return r.left == 0 ? 0 : -1;
}

int
dns_codec_encode_head(struct buf *out, const struct dns_head *head,
                      size_t answers, size_t additional)
{
    buf_add_be16(out, head->id);
    buf_add_be16(out, get_flags(head));
    buf_add_be16(out, head->has_question ? 1 : 0);
    buf_add_be16(out, (uint16_t)answers);
    buf_add_be16(out, 0);
    buf_add_be16(out, (uint16_t)additional);
    if (head->has_question) {
        buf_add(out, head->name.byte, head->name.len);
        buf_add_be16(out, head->type);
        buf_add_be16(out, head->class);
    }
    return out->failed ? -1 : 0;
}

int
dns_codec_encode_edns(struct buf *out)
{
    buf_add_u8(out, 0); /* the root */
    buf_add_be16(out, DNS_OPT);
    buf_add_be16(out, DNS_UDP_SIZE);
    buf_add_be16(out, 0); /* the rcode's upper bits, version 0 */
    buf_add_be16(out, 0); /* no DO */
    return buf_add_be16(out, 0);
}

int
dns_codec_encode_query(struct buf *out, uint16_t id,
                       const struct dns_name *name, uint16_t type)
{
    struct dns_head head = {
        .id = id,
        .rd = true,
        .has_question = true,
        .name = *name,
        .type = type,
        .class = DNS_CLASS_IN,
    };

    dns_codec_encode_head(out, &head, 0, 1);
    return dns_codec_encode_edns(out);
}
