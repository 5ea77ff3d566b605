/*
 * NSEC and NSEC3 records as a stranger sends them: nothing is read beyond them,
 * and no name is denied that the record itself is of.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "checks/dns_codec.h"
#include "checks/dns_denial.h"
#include "checks/dns_name.h"
#include "checks/dns_type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_message m;
    struct dns_name name, zone, owner;

    if (dns_codec_decode(&m, data, size) < 0 || !m.head.has_question)
        return 0;
    name = zone = m.head.name;
    for (size_t i = 0; i < m.record_count; i++) {
        const struct dns_record *record = &m.record[i];
        size_t labels = dns_name_labels(&name);
        struct dns_denial denial = {&name, 0, &zone};

        for (; denial.labels < labels; denial.labels++) {
            dns_name_cut(&zone, denial.labels);
            (void)dns_denial_covers(&m, record, &denial);
            zone = name;
        }
        if (dns_codec_get_owner(&m, record, &owner) < 0)
            continue;
        denial = (struct dns_denial){&owner, 0, &zone};
        if (record->type == DNS_NSEC && dns_denial_covers(&m, record, &denial))
            abort();
    }
    return 0;
}
