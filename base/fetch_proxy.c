/*
 * The proxy's name is replaced by the address the caller resolved.  Libcurl
 * takes percent signs in credentials for an encoding even where they stand
 * alone, so they are given encoded.
 */
#include "base/fetch_proxy.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/fetch.h"
#include "base/str.h"

#define AUTH_STATUS 407

static const struct {
    const char *written;
    const char *scheme; /* as libcurl shall see it */
    bool is_socks;
} KINDS[] = {
    {"http://", "http://", false},
    {"socks5://", "socks5h://", true},
    {"socks5h://", "socks5h://", true},
};

/* -1: unknown. */
static int
kind_of(const char *proxy)
{
    int i;

    for (i = 0; i < (int)(sizeof KINDS / sizeof KINDS[0]); i++) {
        size_t len = strlen(KINDS[i].written);

        if (strncasecmp(proxy, KINDS[i].written, len) == 0)
            return i;
    }
    return strstr(proxy, "://") == NULL ? 0 : -1;
}

int
fetch_proxy_check(const struct fetch_opts *opts, char *why, size_t cap)
{
    if (opts->proxy == NULL || kind_of(opts->proxy) >= 0)
        return 0;
    (void)snprintf(why, cap, "a proxy is http:// or socks5://");
    return -1;
}

bool
fetch_proxy_has_talk(const struct fetch_opts *opts, bool is_tls)
{
    int kind = opts->proxy ? kind_of(opts->proxy) : -1;

    return kind >= 0 && (is_tls || KINDS[kind].is_socks);
}

static void
set_user(CURL *easy, const char *user, const char *password)
{
    char *coded_user = user ? curl_easy_escape(NULL, user, 0) : NULL;
    char *coded_password =
        password ? curl_easy_escape(NULL, password, 0) : NULL;

    curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, coded_user);
    curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, coded_password);
    if (coded_password != NULL)
        explicit_bzero(coded_password, strlen(coded_password));
    curl_free(coded_user);
    curl_free(coded_password);
}

int
fetch_proxy_set(void *easy, const struct fetch_opts *opts)
{
    char where[ADDR_TEXT_MAX];
    char url[ADDR_TEXT_MAX + 16];
    int kind;

    kind = kind_of(opts->proxy);
    if (kind < 0) {
        errno = EPROTONOSUPPORT;
        return -1;
    }
    snprintf(url, sizeof url, "%s%s", KINDS[kind].scheme,
             addr_format(where, opts->address));
    curl_easy_setopt(easy, CURLOPT_PROXY, url);
    set_user(easy, opts->proxy_user, opts->proxy_password);
    return 0;
}

/* RFC 1928 6, in words. */
static const char *
reply_words(long code)
{
    switch (code) {
    case CURLPX_REPLY_NOT_ALLOWED:
        return "its rules do not allow this target";
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
        return "it has no way to the target's network";
    case CURLPX_REPLY_HOST_UNREACHABLE:
        return "it does not reach the target, or not find its name";
    case CURLPX_REPLY_CONNECTION_REFUSED:
        return "the target refused its connection";
    case CURLPX_REPLY_TTL_EXPIRED:
        return "the target did not answer it in time";
    case CURLPX_BAD_VERSION:
        return "it does not speak SOCKS 5";
    default: /* curl's list, not ours; its own text will do */
        return NULL;
    }
}

enum fetch_error
fetch_proxy_error(void *easy, const char **words)
{
    long status = 0;
    long code = CURLPX_OK;

    *words = NULL;
    if (easy == NULL)
        return FETCH_PROXY_REFUSED;
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
    curl_easy_getinfo(easy, CURLINFO_PROXY_ERROR, &code);
    *words = reply_words(code);
    if (status == AUTH_STATUS || code == CURLPX_NO_AUTH ||
        code == CURLPX_USER_REJECTED)
        return FETCH_PROXY_AUTH;
    return FETCH_PROXY_REFUSED;
}
