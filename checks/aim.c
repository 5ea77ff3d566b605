#include "checks/aim.h"

#include <stdbool.h>
#include <string.h>

#include "base/addr.h"
#include "base/str.h"

#define NAME_MAX_BYTES 253 /* of a DNS name as text (RFC 1035) */
#define LABEL_MAX      63

static int
refuse(struct aim_fault *fault, size_t offset, size_t len, const char *why,
       const char *hint)
{
    *fault = (struct aim_fault){offset, len > 0 ? len : 1, why, hint};
    return -1;
}

static bool
is_host_char(int c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '-' || c == '_' ||
           c == '.';
}

/* Labels of letters, digits, `-` and `_`; one dot may end the name. */
static int
check_name(const char *text, size_t offset, size_t len, struct aim_fault *fault)
{
    size_t label = 0;

    if (len == 0)
        return refuse(fault, offset, 1, "the name is missing", NULL);
    if (len > NAME_MAX_BYTES + (text[offset + len - 1] == '.'))
        return refuse(fault, offset, len, "a name has at most 253 bytes", NULL);
    for (size_t i = 0; i < len; i++) {
        int c = (unsigned char)text[offset + i];

        if (!is_host_char(c))
            return refuse(fault, offset + i, 1, "this has no place in a name",
                          c >= 0x80 ? "write it in ASCII (xn--...)" : NULL);
        if (c == '.' && label == 0)
            return refuse(fault, offset + i, 1, "a part of the name is empty",
                          NULL);
        label = c == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return refuse(fault, offset + i + 1 - label, label,
                          "a part of a name has at most 63 bytes", NULL);
    }
    return 0;
}

static int
check_host(const char *text, size_t offset, size_t len, struct aim_fault *fault)
{
    char ip[ADDR_TEXT_MAX];
    struct addr addr;

    if (len == 0)
        return refuse(fault, offset, 1, "the host is missing", NULL);
    if (text[offset] != '[')
        return check_name(text, offset, len, fault);
    if (len - 2 < sizeof(ip) && len > 2 && text[offset + len - 1] == ']') {
        memcpy(ip, &text[offset + 1], len - 2);
        ip[len - 2] = 0;
        if (addr_parse_ip(&addr, ip, 0) == 0)
            return 0;
    }
    return refuse(fault, offset, len, "this is no IPv6 address", NULL);
}

static int
check_port(const char *text, size_t offset, size_t len, uint16_t *port,
           struct aim_fault *fault)
{
    char digits[8];

    if (len > 0 && len < sizeof(digits)) {
        memcpy(digits, &text[offset], len);
        digits[len] = 0;
        if (str_parse_u16(digits, port) == 0 && *port > 0)
            return 0;
    }
    return refuse(fault, offset, len, "a port is a number from 1 to 65535",
                  NULL);
}

/* Where the host of HOST:PORT ends. */
static size_t
host_len(const char *text, size_t offset, size_t end)
{
    const char *close;
    const char *colon;

    if (text[offset] == '[') {
        close = memchr(&text[offset], ']', end - offset);
        return close ? (size_t)(close - text) + 1 - offset : end - offset;
    }
    colon = memchr(&text[offset], ':', end - offset);
    return colon ? (size_t)(colon - text) - offset : end - offset;
}

static int
check_authority(const char *text, size_t offset, size_t end, uint16_t *port,
                struct aim_fault *fault)
{
    size_t len = host_len(text, offset, end);

    if (check_host(text, offset, len, fault) != 0)
        return -1;
    if (offset + len == end)
        return 0;
    if (text[offset + len] != ':')
        return refuse(fault, offset + len, 1, "only a port follows a host",
                      NULL);
    return check_port(text, offset + len + 1, end - offset - len - 1, port,
                      fault);
}

int
aim_parse_url(const char *text, struct aim_fault *fault)
{
    size_t begin = str_starts(text, "https://")  ? 8
                   : str_starts(text, "http://") ? 7
                                                 : 0;
    size_t end;
    uint16_t port;
    const char *at;

    if (begin == 0)
        return refuse(fault, 0, strlen(text),
                      "an address begins with http:// or https://",
                      "write \"https://HOST/PATH\"");
    for (size_t i = 0; text[i]; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c <= ' ' || c >= 0x7f || strchr("<>\"\\^`{|}", c))
            return refuse(fault, i, 1, "this has no place in an address",
                          "write it as %XX");
    }
    end = begin + strcspn(&text[begin], "/?#");
    at = memchr(&text[begin], '@', end - begin);
    if (at)
        return refuse(fault, begin, (size_t)(at - text) - begin + 1,
                      "a user or password has no place in an address", NULL);
    return check_authority(text, begin, end, &port, fault);
}

int
aim_parse_name(const char *text, struct aim_fault *fault)
{
    const char *scheme = strstr(text, "://");

    if (scheme)
        return refuse(fault, 0, (size_t)(scheme - text) + 3,
                      "a dns check takes a name, not an address",
                      "write the name alone: \"example.com\"");
    if (str_eq(text, "."))
        return 0;
    return check_name(text, 0, strlen(text), fault);
}

int
aim_parse_host(const char *text, struct aim_fault *fault)
{
    const char *scheme = strstr(text, "://");
    const char *colon = strrchr(text, ':');
    struct addr addr;
    uint16_t port;

    if (scheme)
        return refuse(fault, 0, (size_t)(scheme - text) + 3,
                      "this takes a host, not an address",
                      "write the host alone: \"example.com\"");
    if (addr_parse_ip(&addr, text, 0) == 0)
        return 0;
    if (colon && str_parse_u16(colon + 1, &port) == 0)
        return refuse(fault, (size_t)(colon - text), strlen(colon),
                      "this takes a host, without a port", NULL);
    return check_name(text, 0, strlen(text), fault);
}

int
aim_parse_endpoint(const char *text, char host[AIM_HOST_MAX], uint16_t *port,
                   struct aim_fault *fault)
{
    size_t end = strlen(text);
    size_t len = host_len(text, 0, end);
    const char *scheme = strstr(text, "://");
    struct addr addr;

    if (scheme)
        return refuse(fault, 0, (size_t)(scheme - text) + 3,
                      "this takes HOST:PORT, not an address", NULL);
    if (text[0] != '[' && addr_parse_ip(&addr, text, 0) == 0)
        len = end; /* an IPv6 address without brackets */
    else if (check_authority(text, 0, end, port, fault) != 0)
        return -1;
    if (*port == 0)
        return refuse(fault, 0, end, "the port is missing",
                      "write \"HOST:PORT\"");
    if (text[0] == '[') {
        text++;
        len -= 2;
    }
    if (len >= AIM_HOST_MAX)
        return refuse(fault, 0, end, "the host is too long", NULL);
    memcpy(host, text, len);
    host[len] = 0;
    return 0;
}
