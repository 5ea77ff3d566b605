#include "checks/dns_ede.h"

#include <stdio.h>

#include "base/buf.h"

#define OPTION_EDE 15
#define NAME_COUNT (sizeof(NAMES) / sizeof(NAMES[0]))

/* By the code; RFC 8914, 4, and IANA's registry. */
static const char *const NAMES[] = {
    "Other Error",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable to conform to policy",
    "Synthesized",
};

void
dns_ede_decode(struct dns_ede *ede, const uint8_t *options, size_t len)
{
    struct buf_reader r = buf_reader(options, len);

    *ede = (struct dns_ede){0};
    while (r.left > 0 && !ede->is_there) {
        uint16_t option = buf_get_be16(&r);
        uint16_t size = buf_get_be16(&r);
        const uint8_t *data = buf_get(&r, size);

        if (r.failed || data == NULL)
            return;
        if (option != OPTION_EDE || size < 2)
            continue;
        ede->is_there = true;
        ede->code = (uint16_t)(data[0] << 8 | data[1]);
        ede->words = data + 2;
        ede->len = size - 2u;
    }
}

static char
printable(uint8_t byte)
{
    char c = '?';

    if (byte >= ' ' && byte <= '~')
        c = (char)byte;
    return c;
}

const char *
dns_ede_format(char to[DNS_EDE_TEXT], const struct dns_ede *ede)
{
    size_t at;

    to[0] = '\0';
    if (!ede->is_there)
        return to;
    at = (size_t)snprintf(to, DNS_EDE_TEXT, "%s (EDE %u)%s",
                          ede->code < NAME_COUNT ? NAMES[ede->code]
                                                 : "an unknown error",
                          (unsigned)ede->code, ede->len > 0 ? ": " : "");
    for (size_t i = 0; i < ede->len && at < DNS_EDE_TEXT - 1; i++)
        to[at++] = printable(ede->words[i]);
    to[at] = '\0';
    return to;
}
