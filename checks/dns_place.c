#include "checks/dns_place.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/str.h"
#include "checks/dns_name.h"

#define DNS_PORT   53
#define TLS_PORT   853
#define HTTPS_PORT 443
#define DOH_PATH   "/dns-query" /* RFC 8484's own example, and everybody's */

static const struct {
    const char *scheme;
    enum dns_transport transport;
    uint16_t port;
} SCHEMES[] = {
    {"udp://", DNS_OVER_UDP, DNS_PORT},
    {"tcp://", DNS_OVER_TCP, DNS_PORT},
    {"tls://", DNS_OVER_TLS, TLS_PORT},
    {"https://", DNS_OVER_HTTPS, HTTPS_PORT},
};

#define SCHEME_COUNT (sizeof(SCHEMES) / sizeof(SCHEMES[0]))

static bool
is_host(const char *host)
{
    struct dns_name name;
    struct addr addr;

    if (addr_parse_ip(&addr, host, 0) == 0)
        return true;
    /* A name that is all digits and dots is an address mistyped. */
    return dns_name_parse(&name, host) == 0 &&
           strspn(host, "0123456789.") < strlen(host) &&
           strcspn(host, " /\\@:[]") == strlen(host);
}

static int
parse_server(struct dns_place *place, const char *text, uint16_t port,
             const char **why)
{
    struct addr addr;

    /* Bare IPv6 has colons of its own. */
    if (addr_parse_ip(&addr, text, port) == 0) {
        place->port = port;
        (void)str_copy(place->host, sizeof(place->host), text);
        return 0;
    }
    place->port = port;
    if (addr_split(text, place->host, sizeof(place->host), &place->port) == 0 &&
        is_host(place->host) && place->port != 0)
        return 0;
    *why = "is no server to ask";
    return -1;
}

static int
parse_url(struct dns_place *place, const char *text, const char **why)
{
    char authority[DNS_PLACE_HOST_MAX];
    const char *rest = text + strlen("https://");
    size_t len = strcspn(rest, "/");

    if (len >= sizeof(authority) ||
        strlen(text) + sizeof(DOH_PATH) > sizeof(place->url) ||
        strpbrk(rest, " \t\r\n@") != NULL) {
        *why = "is no URL of a server to ask";
        return -1;
    }
    memcpy(authority, rest, len);
    authority[len] = '\0';
    (void)str_copy(place->url, sizeof(place->url), text);
    if (rest[len] == '\0')
        (void)str_copy(place->url + strlen(text),
                       sizeof(place->url) - strlen(text), DOH_PATH);
    return parse_server(place, authority, HTTPS_PORT, why);
}

/* https by `transport`, without a URL: the usual path. */
static void
make_url(struct dns_place *place)
{
    bool is_v6 = strchr(place->host, ':') != NULL;

    (void)snprintf(place->url, sizeof(place->url), "https://%s%s%s:%u" DOH_PATH,
                   is_v6 ? "[" : "", place->host, is_v6 ? "]" : "",
                   place->port);
}

static uint16_t
port_of(enum dns_transport transport)
{
    for (size_t i = 0; i < SCHEME_COUNT; i++)
        if (SCHEMES[i].transport == transport)
            return SCHEMES[i].port;
    return DNS_PORT;
}

int
dns_place_parse(struct dns_place *place, const char *text,
                enum dns_transport transport, const char **why)
{
    struct dns_place made = {.kind = DNS_PLACE_SERVER, .transport = transport};

    if (str_eq(text, "system") || str_eq(text, "authoritative")) {
        made.kind = text[0] == 's' ? DNS_PLACE_SYSTEM : DNS_PLACE_AUTHORITATIVE;
        made.port = port_of(transport);
        *place = made;
        return 0;
    }
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        size_t len = strlen(SCHEMES[i].scheme);

        if (!str_starts(text, SCHEMES[i].scheme))
            continue;
        made.transport = SCHEMES[i].transport;
        if ((made.transport == DNS_OVER_HTTPS
                 ? parse_url(&made, text, why)
                 : parse_server(&made, text + len, SCHEMES[i].port, why)) < 0)
            return -1;
        *place = made;
        return 0;
    }
    if (strstr(text, "://") != NULL) {
        *why = "has a scheme that is not udp, tcp, tls or https";
        return -1;
    }
    if (parse_server(&made, text, port_of(transport), why) < 0)
        return -1;
    if (transport == DNS_OVER_HTTPS)
        make_url(&made);
    *place = made;
    return 0;
}
