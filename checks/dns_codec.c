/*
 * A message is walked once, front to back.  Names are the only thing that may
 * jump (dns_wire.c).  Records are kept as offsets; their text is made when
 * somebody asks.
 */
#include "checks/dns_codec.h"

#include <string.h>

#include "base/buf.h"
#include "checks/dns_rdata.h"

#define HEADER_BYTES    12
#define UDP_SIZE_PLAIN  512
#define EDNS_RCODE_BITS 4
#define EDNS_DO         0x8000

enum flag_bits {
    FLAG_QR = 0x8000,
    FLAG_AA = 0x0400,
    FLAG_TC = 0x0200,
    FLAG_RD = 0x0100,
    FLAG_RA = 0x0080,
    FLAG_AD = 0x0020,
    FLAG_CD = 0x0010,
};

#define BAD_NAME                                                               \
    "a name in it is cut short, or its compression leads in a circle, "        \
    "forwards or out of it"

#define TTL_MAX      INT32_MAX
#define OPCODE_SHIFT 11
#define OPCODE_MASK  0xf
#define RCODE_MASK   0xf

static struct dns_span
span_of(const struct dns_message *m)
{
    return (struct dns_span){m->data, m->len};
}

static struct dns_span
span_to(const struct dns_message *m, const struct dns_record *record)
{
    return (struct dns_span){m->data, record->data_at + record->data_len};
}

static struct dns_rdata
rdata_of(const struct dns_message *m, const struct dns_record *record)
{
    return (struct dns_rdata){span_to(m, record), record->data_at, record->type,
                              record->class};
}

/* --- records --- */

int
dns_codec_format_data(const struct dns_message *message,
                      const struct dns_record *record, struct buf *out)
{
    struct dns_rdata data = rdata_of(message, record);

    return dns_rdata_format(&data, out);
}

int
dns_codec_canonical_data(const struct dns_message *message,
                         const struct dns_record *record, struct buf *out)
{
    struct dns_rdata data = rdata_of(message, record);

    return dns_rdata_canonical(&data, out);
}

bool
dns_codec_is_answer(const struct dns_message *message, size_t at)
{
    return message->record[at].is_answer;
}

int
dns_codec_get_owner(const struct dns_message *message,
                    const struct dns_record *record, struct dns_name *name)
{
    struct dns_span s = span_of(message);
    struct buf_reader r = dns_wire_reader(s, record->name_at);

    return dns_wire_get_name(s, &r, name);
}

int
dns_codec_get_target(const struct dns_message *message,
                     const struct dns_record *record, struct dns_name *name)
{
    struct dns_span s = span_to(message, record);
    struct buf_reader r = dns_wire_reader(s, record->data_at);

    if (record->type != DNS_CNAME && record->type != DNS_NS &&
        record->type != DNS_PTR)
        return -1;
    return dns_wire_get_name(s, &r, name);
}

bool
dns_codec_follow(const struct dns_message *message, struct dns_name *name)
{
    for (size_t i = 0; i < message->record_count; i++) {
        const struct dns_record *record = &message->record[i];
        struct dns_name owner;

        if (record->section == DNS_IN_ANSWER && record->type == DNS_CNAME &&
            record->class == DNS_CLASS_IN &&
            dns_codec_get_owner(message, record, &owner) == 0 &&
            dns_name_eq(&owner, name))
            return dns_codec_get_target(message, record, name) == 0;
    }
    return false;
}

bool
dns_codec_get_end(const struct dns_message *message, struct dns_name *name)
{
    bool is_alias = false;

    *name = message->head.name;
    if (message->head.type == DNS_CNAME)
        return false;
    /* A circle has more steps than there are records. */
    for (size_t i = 0;
         i <= message->record_count && dns_codec_follow(message, name); i++)
        is_alias = true;
    return is_alias;
}

uint16_t
dns_codec_get_rrsig(const struct dns_message *message,
                    const struct dns_record *record, uint32_t *until)
{
    /* Algorithm, labels and the TTL it was signed with. */
    const size_t between = 1 + 1 + 4;
    struct dns_span s = span_to(message, record);
    struct buf_reader r = dns_wire_reader(s, record->data_at);
    uint16_t covered = buf_get_be16(&r);

    (void)buf_get(&r, between);
    *until = buf_get_be32(&r);
    return record->type == DNS_RRSIG && !r.failed ? covered : 0;
}

bool
dns_codec_get_serial(const struct dns_message *message,
                     const struct dns_record *record, uint32_t *serial)
{
    struct dns_span s = span_to(message, record);
    struct buf_reader r = dns_wire_reader(s, record->data_at);
    struct dns_name name;

    if (record->type != DNS_SOA || record->class != DNS_CLASS_IN ||
        dns_wire_get_name(s, &r, &name) < 0 ||
        dns_wire_get_name(s, &r, &name) < 0)
        return false;
    *serial = buf_get_be32(&r);
    return !r.failed;
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
    head->cd = (flags & FLAG_CD) != 0;
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
    flags |= head->cd ? FLAG_CD : 0;
    return (uint16_t)flags;
}

static void
set_edns(struct dns_message *m, const struct dns_record *opt)
{
    m->has_edns = true;
    if (!m->ede.is_there)
        dns_ede_decode(&m->ede, m->data + opt->data_at, opt->data_len);
    m->udp_size = opt->class > UDP_SIZE_PLAIN ? opt->class : UDP_SIZE_PLAIN;
    m->dnssec_ok = (opt->ttl & EDNS_DO) != 0;
    m->head.rcode |= (int)(opt->ttl >> 24) << EDNS_RCODE_BITS;
}

static int
fail(struct dns_message *m, const char *fault)
{
    m->fault = fault;
    return -1;
}

static int
read_record(struct dns_message *m, struct buf_reader *r,
            struct dns_record *record, struct dns_name *owner)
{
    struct dns_span s = span_of(m);

    record->name_at = (uint16_t)dns_wire_offset(s, r);
    if (dns_wire_get_name(s, r, owner) < 0)
        return fail(m, BAD_NAME);
    record->type = buf_get_be16(r);
    record->class = buf_get_be16(r);
    record->ttl = buf_get_be32(r);
    /* RFC 2181, 8: one with its highest bit set is none.  (OPT has flags
     * there.) */
    if (record->ttl > TTL_MAX && record->type != DNS_OPT)
        record->ttl = 0;
    record->data_len = buf_get_be16(r);
    record->data_at = (uint16_t)dns_wire_offset(s, r);
    return buf_get(r, record->data_len) == NULL || r->failed
               ? fail(m, "it ends within a record")
               : 0;
}

static int
get_record(struct dns_message *m, struct buf_reader *r,
           enum dns_section section)
{
    struct dns_record record = {.section = section};
    struct dns_rdata data;
    struct dns_name owner;

    if (read_record(m, r, &record, &owner) < 0)
        return -1;
    if (record.type == DNS_OPT && section == DNS_IN_ADDITIONAL) {
        set_edns(m, &record);
        return 0;
    }
    data = rdata_of(m, &record);
    if (dns_rdata_check(&data) < 0)
        return fail(m, "a record's data does not fit its type");
    if (m->record_count < DNS_RECORDS_MAX)
        m->record[m->record_count++] = record;
    return 0;
}

/* Aliases may stand behind what they lead to: answers are known when all is
 * read, so that the section is read once more. */
static void
mark_answers(struct dns_message *m, struct buf_reader r, size_t count)
{
    struct dns_name end;

    (void)dns_codec_get_end(m, &end);
    for (size_t i = 0; i < count; i++) {
        struct dns_record record;
        struct dns_name owner;
        bool is_answer;

        if (read_record(m, &r, &record, &owner) < 0)
            return;
        is_answer = record.type == m->head.type &&
                    record.class == DNS_CLASS_IN && dns_name_eq(&owner, &end);
        if (i < m->record_count)
            m->record[i].is_answer = is_answer;
        if (is_answer)
            m->answers++;
        else if (record.type == m->head.type)
            m->foreign++;
    }
}

static int
get_question(struct dns_message *m, struct buf_reader *r)
{
    m->head.has_question = true;
    if (dns_wire_get_name(span_of(m), r, &m->head.name) < 0)
        return fail(m, BAD_NAME);
    m->head.type = buf_get_be16(r);
    m->head.class = buf_get_be16(r);
    return r->failed ? fail(m, "it ends within its question") : 0;
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
    struct buf_reader records;
    uint16_t questions;
    uint16_t answers;
    uint16_t count[DNS_IN_ADDITIONAL + 1];

    clear_message(message, data, len);
    if (len < HEADER_BYTES || len > DNS_MESSAGE_MAX)
        return fail(message, "it ends within its head");
    message->head.id = buf_get_be16(&r);
    set_flags(&message->head, buf_get_be16(&r));
    questions = buf_get_be16(&r);
    for (int i = 0; i <= DNS_IN_ADDITIONAL; i++)
        count[i] = buf_get_be16(&r);
    if (questions > 1)
        return fail(message, "it has more than one question");
    if (questions == 1 && get_question(message, &r) < 0)
        return -1;
    records = r;
    answers = count[DNS_IN_ANSWER];
    for (int i = 0; i <= DNS_IN_ADDITIONAL; i++)
        for (; count[i] > 0; count[i]--)
            if (get_record(message, &r, (enum dns_section)i) < 0)
                return -1;
    mark_answers(message, records, answers);
    return r.left == 0 ? 0 : fail(message, "bytes stand behind its records");
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
dns_codec_encode_edns(struct buf *out, uint16_t udp_size, bool want_dnssec)
{
    buf_add_u8(out, 0); /* the root */
    buf_add_be16(out, DNS_OPT);
    buf_add_be16(out, udp_size);
    buf_add_be16(out, 0); /* the rcode's upper bits, version 0 */
    buf_add_be16(out, want_dnssec ? EDNS_DO : 0);
    return buf_add_be16(out, 0);
}

int
dns_codec_encode_query(struct buf *out, uint16_t id,
                       const struct dns_question *question)
{
    struct dns_head head = {
        .id = id,
        .rd = question->recurse,
        .ad = question->authentic,
        .cd = question->unchecked,
        .has_question = true,
        .name = question->name,
        .type = question->type,
        .class = DNS_CLASS_IN,
    };

    if (question->udp_size == 0)
        return dns_codec_encode_head(out, &head, 0, 0);
    dns_codec_encode_head(out, &head, 0, 1);
    return dns_codec_encode_edns(out, question->udp_size,
                                 question->want_dnssec);
}
