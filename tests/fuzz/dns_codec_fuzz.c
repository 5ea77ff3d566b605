/*
 * Any bytes: decoded without a fault; what is decoded can be printed; and its
 * canonical data, put into a message of its own, is taken again and is its own
 * canonical form.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "checks/dns_codec.h"
#include "checks/dns_rdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
print(const struct dns_message *m, const struct dns_record *record)
{
    struct dns_name name;
    char text[DNS_NAME_TEXT];
    char type[DNS_TYPE_TEXT];
    uint32_t number;
    struct buf out;

    buf_init(&out, 1u << 20);
    if (dns_codec_get_owner(m, record, &name) < 0)
        abort();
    dns_name_format(text, &name);
    dns_type_format(type, record->type);
    /* What was taken must print, but over the buffer's limit. */
    if (dns_codec_format_data(m, record, &out) < 0 && !out.failed)
        abort();
    if (dns_codec_get_target(m, record, &name) == 0)
        dns_name_format(text, &name);
    (void)dns_codec_get_rrsig(m, record, &number);
    (void)dns_codec_get_serial(m, record, &number);
    buf_free(&out);
}

static void
encode_again(const struct dns_message *m, const struct dns_record *record)
{
    struct buf first;
    struct buf second;
    struct dns_rdata data;

    buf_init(&first, 1u << 20);
    buf_init(&second, 1u << 20);
    if (dns_codec_canonical_data(m, record, &first) < 0)
        abort();
    data = (struct dns_rdata){
        {first.data, first.len}, 0, record->type, record->class};
    if (first.len > 0 &&
        (dns_rdata_check(&data) < 0 ||
         dns_rdata_canonical(&data, &second) < 0 || second.len != first.len ||
         memcmp(first.data, second.data, first.len) != 0))
        abort();
    buf_free(&first);
    buf_free(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[DNS_EDE_TEXT];
    struct dns_message m;

    /* What is refused is said why. */
    if (dns_codec_decode(&m, data, size) < 0) {
        if (m.fault == NULL)
            abort();
        return 0;
    }
    (void)dns_ede_format(why, &m.ede);
    for (size_t i = 0; i < m.record_count; i++) {
        print(&m, &m.record[i]);
        encode_again(&m, &m.record[i]);
        (void)dns_codec_is_answer(&m, i);
    }
    return 0;
}
