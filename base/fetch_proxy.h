/*
 * fetch_proxy.h - the way through a proxy: HTTP, or SOCKS 5.
 *
 * Of the fetcher's files alone.  HTTPS goes through an HTTP proxy by CONNECT,
 * HTTP by asking it for the whole URL; through SOCKS both go as they are, and
 * the proxy looks the name up.
 *
 * Errors      fetch_proxy_check(): -1 and `why`.  fetch_proxy_set(): -1,
 *             errno.
 * Threads     loop thread only.
 */
#ifndef BASE_FETCH_PROXY_H
#define BASE_FETCH_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fetch_result.h"

struct fetch_opts;

/* Whether a proxy can be spoken to as it is written. */
int fetch_proxy_check(const struct fetch_opts *opts, char *why, size_t cap);

/* Makes `easy` (libcurl's CURL) use the one there is. */
int fetch_proxy_set(void *easy, const struct fetch_opts *opts);

/* Whether what comes after the connection is a talk with the proxy first. */
bool fetch_proxy_has_talk(const struct fetch_opts *opts, bool is_tls);

/* What the proxy said, once it was reached; `words`, or NULL, is what that
 * means when libcurl only has a number for it. */
enum fetch_error fetch_proxy_error(void *easy, const char **words);

#endif
