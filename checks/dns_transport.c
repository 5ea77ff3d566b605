#include "checks/dns_transport.h"

#include <stddef.h>

#include "base/str.h"

static const char *const NAMES[] = {
    [DNS_OVER_UDP] = "udp",
    [DNS_OVER_TCP] = "tcp",
    [DNS_OVER_TLS] = "tls",
    [DNS_OVER_HTTPS] = "https",
};

#define NAME_COUNT (sizeof(NAMES) / sizeof(NAMES[0]))

const char *
dns_transport_name(enum dns_transport transport)
{
    return (size_t)transport < NAME_COUNT ? NAMES[transport] : NULL;
}

int
dns_transport_parse(const char *name, enum dns_transport *transport)
{
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (str_eq(NAMES[i], name)) {
            *transport = (enum dns_transport)i;
            return 0;
        }
    }
    return -1;
}
