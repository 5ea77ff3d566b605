#include "checks/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/str.h"

#define HTTP_PORT  80
#define HTTPS_PORT 443

/* Bytes of the scheme before its colon; 0: there is none. */
static size_t
scheme_len(const char *text)
{
    size_t i = 0;

    if (!str_is_alpha(text[0]))
        return 0;
    while (str_is_alpha(text[i]) || str_is_digit(text[i]) || text[i] == '+' ||
           text[i] == '-' || text[i] == '.')
        i++;
    return text[i] == ':' ? i : 0;
}

static bool
is_scheme(const char *text, const char *scheme)
{
    size_t len = strlen(scheme);

    if (scheme_len(text) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (str_lower(text[i]) != scheme[i])
            return false;
    return text[len + 1] == '/' && text[len + 2] == '/';
}

/* After the scheme's "://"; what has none is not asked. */
static const char *
authority_of(const char *text)
{
    return text + scheme_len(text) + strlen("://");
}

/* Without "user:password@". */
static const char *
without_user(const char *authority, size_t *len)
{
    for (size_t i = *len; i > 0; i--) {
        if (authority[i - 1] == '@') {
            *len -= i;
            return authority + i;
        }
    }
    return authority;
}

int
url_parse(struct url *url, const char *text)
{
    struct url made = {.is_https = is_scheme(text, "https")};
    char at[URL_HOST_MAX + 8];
    const char *authority;
    size_t len;

    if ((!made.is_https && !is_scheme(text, "http")) || strlen(text) >= URL_MAX)
        return -1;
    authority = authority_of(text);
    len = strcspn(authority, "/?#\\");
    authority = without_user(authority, &len);
    if (len == 0 || len >= sizeof(at))
        return -1;
    made.port = made.is_https ? HTTPS_PORT : HTTP_PORT;
    memcpy(at, authority, len);
    at[len] = '\0';
    if (addr_split(at, made.host, sizeof(made.host), &made.port) < 0 ||
        made.host[0] == '\0')
        return -1;
    *url = made;
    return 0;
}

bool
url_eq_origin(const struct url *a, const struct url *b)
{
    return a->is_https == b->is_https && a->port == b->port &&
           str_eq_nocase(a->host, b->host);
}

char *
url_format_origin(char to[URL_ORIGIN_MAX], const struct url *url)
{
    const uint16_t usual = url->is_https ? HTTPS_PORT : HTTP_PORT;
    const bool is_v6 = strchr(url->host, ':') != NULL;
    char port[8] = "";

    if (url->port != usual)
        (void)snprintf(port, sizeof(port), ":%u", (unsigned)url->port);
    (void)snprintf(to, URL_ORIGIN_MAX, "%s://%s%s%s%s",
                   url->is_https ? "https" : "http", is_v6 ? "[" : "",
                   url->host, is_v6 ? "]" : "", port);
    for (char *c = to; *c != '\0'; c++)
        *c = str_lower(*c);
    return to;
}

static void
add_encoded(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL)
            buf_addf(out, "%%%02X", c);
        else
            buf_add_char(out, (char)c);
    }
}

/* An absolute one, of which an authority's credentials are left out. */
static void
add_absolute(struct buf *out, const char *text, size_t len)
{
    size_t scheme = scheme_len(text);
    const char *authority = text + scheme + strlen("://");
    size_t before;
    size_t host;

    if (len < scheme + strlen("://") ||
        memcmp(text + scheme, "://", strlen("://")) != 0) {
        add_encoded(out, text, len);
        return;
    }
    before = (size_t)(authority - text);
    host = strcspn(authority, "/?#\\");
    if (host > len - before)
        host = len - before;
    buf_add(out, text, before);
    len -= before + host;
    text = authority + host;
    authority = without_user(authority, &host);
    add_encoded(out, authority, host);
    add_encoded(out, text, len);
}

/* How much of `base` stands before a relative `location`. */
static size_t
kept_of(const char *base, const char *location)
{
    const char *authority = authority_of(base);
    size_t origin = (size_t)(authority - base) + strcspn(authority, "/?#");
    size_t path = strcspn(base, "?#");

    if (location[0] == '/')
        return origin;
    if (location[0] == '?')
        return path;
    if (location[0] == '\0')
        return strcspn(base, "#");
    while (path > origin && base[path - 1] != '/')
        path--;
    return path;
}

char *
url_resolve(const char *base, const char *location, size_t len)
{
    struct buf from;
    struct buf out;
    const char *text;
    char *made = NULL;

    while (len > 0 && str_is_space(location[0])) {
        location++;
        len--;
    }
    while (len > 0 && str_is_space(location[len - 1]))
        len--;
    buf_init(&from, URL_MAX);
    buf_init(&out, URL_MAX - 1);
    buf_add(&from, location, len);
    text = buf_text(&from);
    len = strcspn(text, "#");
    if (from.data != NULL)
        from.data[len] = '\0';
    if (text[0] == '/' && text[1] == '/') {
        char *whole = str_xprintf("%.*s:%s", (int)scheme_len(base), base, text);

        add_absolute(&out, whole, strcspn(whole, "#"));
        free(whole);
    } else if (scheme_len(text) == 0) {
        size_t kept = kept_of(base, text);

        buf_add(&out, base, kept);
        if (strchr(authority_of(base), '/') == NULL && len > 0 &&
            text[0] != '/' && text[0] != '?')
            buf_add_char(&out, '/');
        add_encoded(&out, text, len);
    } else {
        add_absolute(&out, text, len);
    }
    if (!from.failed && !out.failed && out.len > 0)
        made = str_xdup(buf_text(&out));
    buf_free(&from);
    buf_free(&out);
    return made;
}
