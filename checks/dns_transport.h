/*
 * dns_transport.h - what a DNS message travels over.
 *
 * Ownership   constant.
 * Errors      -1: no transport.
 * Threads     any.
 */
#ifndef CHECKS_DNS_TRANSPORT_H
#define CHECKS_DNS_TRANSPORT_H

enum dns_transport {
    DNS_OVER_UDP,
    DNS_OVER_TCP,
    DNS_OVER_TLS,   /* DoT, RFC 7858 */
    DNS_OVER_HTTPS, /* DoH, RFC 8484 */
};

const char *dns_transport_name(enum dns_transport transport); /* "udp" */
int dns_transport_parse(const char *name, enum dns_transport *transport);

#endif
