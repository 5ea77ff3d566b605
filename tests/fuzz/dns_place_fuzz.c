/* An item of `ask`, a name and a type as people write them: any text is taken
 * or refused, and a name that is taken reads the same again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "checks/dns_name.h"
#include "checks/dns_place.h"
#include "checks/dns_type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = str_xndup((const char *)data, size);
    struct dns_place place;
    struct dns_name name;
    struct dns_name again;
    char written[DNS_NAME_TEXT];
    const char *why = NULL;

    for (int i = DNS_OVER_UDP; i <= DNS_OVER_HTTPS; i++)
        if (dns_place_parse(&place, text, (enum dns_transport)i, &why) < 0 &&
            why == NULL)
            abort();
    (void)dns_type_parse(text);
    (void)dns_type_nearest(text);
    if (dns_name_parse(&name, text) == 0) {
        dns_name_format(written, &name);
        if (dns_name_parse(&again, written) < 0 || name.len != again.len ||
            memcmp(name.byte, again.byte, name.len) != 0)
            abort();
        while (dns_name_up(&again))
            if (!dns_name_in(&name, &again))
                abort();
    }
    free(text);
    return 0;
}
