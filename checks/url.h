/*
 * url.h - http and https URLs: where to connect, and where a redirect points.
 *
 * Not the request (base/fetch.h): only what a hop needs.
 *
 * Ownership   url_resolve()'s text is the caller's to free.
 * Errors      -1 or NULL: another scheme, no host, over URL_MAX.
 * Threads     any.
 */
#ifndef CHECKS_URL_H
#define CHECKS_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define URL_MAX        8192 /* bytes, NUL included */
#define URL_HOST_MAX   256
#define URL_ORIGIN_MAX (URL_HOST_MAX + 24)

struct url {
    bool is_https;
    char host[URL_HOST_MAX]; /* an IPv6 address without its brackets */
    uint16_t port;
};

int url_parse(struct url *url, const char *text);
bool url_eq_origin(const struct url *a, const struct url *b);
/* "https://host[:port]": lower case, no default port.  Returns `to`. */
char *url_format_origin(char to[URL_ORIGIN_MAX], const struct url *url);

/*
 * `location` as seen from `base` (RFC 3986, 5.2), without a fragment and
 * without credentials; bytes that no URL may hold are percent-encoded.  The
 * scheme may be any.  Dot segments stay: libcurl takes them out.
 */
char *url_resolve(const char *base, const char *location, size_t len);

#endif
