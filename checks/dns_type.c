/*
 * One row a type, one letter a field of its data:
 *
 *     a  IPv4 address        n  name               b w l  1, 2, 4 byte number
 *     6  IPv6 address        t  texts to the end   q      one short text, quoted
 *     c  one word             v  the rest, quoted   T      a type by its name
 *     d  a moment, as        m  a set of types     x      short bytes in hex
 *        20260102030405      X  the rest in hex    h      short bytes, base32hex
 *     p  SVCB's parameters   B  the rest, base64    N      name, its case kept
 */
#include "checks/dns_type.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static const struct row {
    uint16_t type;
    const char *name;
    const char *grammar;
} ROWS[] = {
    {DNS_A, "A", "a"},          {DNS_NS, "NS", "n"},
    {DNS_CNAME, "CNAME", "n"},  {DNS_SOA, "SOA", "nnlllll"},
    {DNS_PTR, "PTR", "n"},      {13, "HINFO", "qq"},
    {DNS_MX, "MX", "wn"},       {DNS_TXT, "TXT", "t"},
    {17, "RP", "nn"},           {18, "AFSDB", "wn"},
    {DNS_AAAA, "AAAA", "6"},    {29, "LOC", NULL},
    {DNS_SRV, "SRV", "wwwn"},   {DNS_NAPTR, "NAPTR", "wwqqqn"},
    {36, "KX", "wn"},           {37, "CERT", "wwbB"},
    {DNS_DNAME, "DNAME", "n"},  {DNS_DS, "DS", "wbbX"},
    {44, "SSHFP", "bbX"},       {DNS_RRSIG, "RRSIG", "TbblddwnB"},
    {DNS_NSEC, "NSEC", "Nm"},   {DNS_DNSKEY, "DNSKEY", "wbbB"},
    {49, "DHCID", "B"},         {DNS_NSEC3, "NSEC3", "bbwxhm"},
    {51, "NSEC3PARAM", "bbwx"}, {DNS_TLSA, "TLSA", "bbbX"},
    {53, "SMIMEA", "bbbX"},     {59, "CDS", "wbbX"},
    {60, "CDNSKEY", "wbbB"},    {61, "OPENPGPKEY", "B"},
    {62, "CSYNC", "lwm"},       {63, "ZONEMD", "lbbX"},
    {DNS_SVCB, "SVCB", "wNp"},  {DNS_HTTPS, "HTTPS", "wNp"},
    {99, "SPF", "t"},           {256, "URI", "wwv"},
    {DNS_CAA, "CAA", "bcv"},
};

#define ROW_COUNT (sizeof(ROWS) / sizeof(ROWS[0]))

static const char *const RCODES[] = {
    "NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED",
    "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE",
};

#define RCODE_COUNT  (sizeof(RCODES) / sizeof(RCODES[0]))
#define RCODE_BADVER 16

/* RFC 6895, 3.1: from here to ANY are questions and parts of messages. */
#define META_FIRST 128
#define META_LAST  255

static const struct row *
find(uint16_t type)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (ROWS[i].type == type)
            return &ROWS[i];
    return NULL;
}

uint16_t
dns_type_parse(const char *name)
{
    char prefix[sizeof("TYPE")];
    uint16_t number;

    for (size_t i = 0; i < ROW_COUNT; i++)
        if (str_eq_nocase(ROWS[i].name, name))
            return ROWS[i].type;
    (void)str_copy(prefix, sizeof(prefix), name);
    if (str_eq_nocase(prefix, "TYPE") &&
        str_parse_u16(name + strlen("TYPE"), &number) == 0)
        return number;
    return 0;
}

const char *
dns_type_format(char to[DNS_TYPE_TEXT], uint16_t type)
{
    const struct row *row = find(type);

    if (row != NULL)
        return row->name;
    (void)snprintf(to, DNS_TYPE_TEXT, "TYPE%u", type);
    return to;
}

bool
dns_type_is_data(uint16_t type)
{
    return type != 0 && type != DNS_OPT &&
           (type < META_FIRST || type > META_LAST);
}

const char *
dns_type_grammar(uint16_t type)
{
    const struct row *row = find(type);

    return row != NULL ? row->grammar : NULL;
}

const char *
dns_type_nearest(const char *name)
{
    const char *names[ROW_COUNT];
    int nearest;

    for (size_t i = 0; i < ROW_COUNT; i++)
        names[i] = ROWS[i].name;
    nearest = str_nearest(name, names, ROW_COUNT);
    return nearest >= 0 ? names[nearest] : NULL;
}

const char *
dns_type_format_rcode(char to[DNS_TYPE_TEXT], int rcode)
{
    if (rcode >= 0 && (size_t)rcode < RCODE_COUNT)
        return RCODES[rcode];
    if (rcode == RCODE_BADVER)
        return "BADVERS";
    (void)snprintf(to, DNS_TYPE_TEXT, "RCODE%d", rcode);
    return to;
}
