/*
 * fetch_easy.c - one curl easy handle set for one exchange, and its callbacks.
 *
 * A handle is given what never changes once, when it is made, and what belongs
 * to an exchange each time.  Nothing of the environment may have a say: proxy
 * and no-proxy are always set (empty: none), netrc stays off, and CAINFO and
 * CAPATH are NULL, because with Debian's defaults curl reads the whole bundle
 * for every connection although our own store is used.
 *
 * A fresh connection for TLS is made by fetch.c and handed to curl when it
 * stands, so that only a server that has answered takes a handshake slot.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/fetch_priv.h"
#include "base/fetch_proxy.h"
#include "base/loop.h"
#include "base/source.h"
#include "base/str.h"
#include "base/tcp_seen.h"

/* Each exchange in flight has both, whatever it sends and reads. */
#define UPLOAD_BYTES 16384L /* the least that curl takes */
#define READ_BYTES   8192L

static int64_t
kernel_connect_us(int fd, int64_t us)
{
    struct tcp_seen seen = TCP_SEEN_NONE;

    (void)tcp_seen_get(&seen, fd);
    return tcp_seen_connect_us(&seen, us);
}

static void
add_connect(struct fetch *fetch, int64_t us)
{
    /* Digest connects twice. */
    fetch->connect_us = us + (fetch->connect_us > 0 ? fetch->connect_us : 0);
}

void
fetch_easy_set_connected(struct fetch *fetch)
{
    mono_t now = loop_now(fetch->fetcher->loop);

    add_connect(fetch, kernel_connect_us(fetch->fd,
                                         clock_since_ns(fetch->opened_at, now) /
                                             NS_PER_US));
}

/* The way to the server stands, in the very step of curl that calls this. */
static void
see_connected(struct fetch *fetch)
{
    mono_t now = loop_now(fetch->fetcher->loop);
    bool has_talk = fetch_proxy_has_talk(&fetch->own.opts, fetch->is_tls);
    int fd = fetch->curl_fd;
    int64_t us = clock_since_ns(fetch->opened_at, now) / NS_PER_US;

    fetch->curl_fd = -1;
    if (fd >= 0)
        add_connect(fetch, has_talk ? us : kernel_connect_us(fd, us));
    else if (has_talk && fetch->is_given)
        fetch->connect_us += clock_since_ns(fetch->ran, now) / NS_PER_US;
}

/* -1: this machine has no such socket or address. */
static int
open_socket(struct fetch *fetch, const struct curl_sockaddr *at)
{
    int fd = socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);

    if (fd >= 0 && source_set(fd, at->family, &fetch->fetcher->source) == 0)
        return fd;
    fetch->connect_errno = errno;
    if (fd >= 0)
        close(fd);
    return -1;
}

/*
 * A stream that is refused (HTTP/2's REFUSED_STREAM) makes curl ask again on a
 * fresh connection, up to five times, whatever the method; a run is one attempt.
 * So is one whose server wants HTTP/1.1 (HTTP_1_1_REQUIRED), which is heard:
 * curl does not say which of them it is, but only one leads to HTTP/2 again.
 */
static bool
is_second_attempt(const struct fetch *fetch)
{
    return fetch->is_ready && !fetch->is_kept &&
           fetch->own.opts.proxy == NULL &&
           fetch->own.opts.auth != FETCH_AUTH_DIGEST;
}

static curl_socket_t
on_open(void *cookie, curlsocktype purpose, struct curl_sockaddr *at)
{
    struct fetch *fetch = cookie;
    int fd = fetch->fd;
    (void)purpose;

    fetch->is_again = is_second_attempt(fetch);
    if (fetch->is_again && !fetch->is_tls)
        return CURL_SOCKET_BAD;
    fetch->connections++;
    fetch->fd = -1;
    fetch->is_given = fd >= 0;
    if (fd >= 0)
        return fd;
    fd = open_socket(fetch, at);
    fetch->curl_fd = fd;
    fetch->opened_at = loop_now(fetch->fetcher->loop);
    /* Digest's second round begins again. */
    fetch->is_ready = fetch->has_tunnel = false;
    return fd;
}

static int
on_opened(void *cookie, curl_socket_t fd, curlsocktype purpose)
{
    const struct fetch *fetch = cookie;
    (void)fd;
    (void)purpose;

    return fetch->is_given ? CURL_SOCKOPT_ALREADY_CONNECTED : CURL_SOCKOPT_OK;
}

static int
on_close(void *cookie, curl_socket_t fd)
{
    struct fetch *fetch = cookie;

    (void)tcp_seen_get(&fetch->tcp, fd);
    return close(fd);
}

/* curl's type, which has the texts writable. */
static int
/* NOLINTNEXTLINE(readability-non-const-parameter) */
on_ready(void *cookie, char *ip, char *local_ip, int port, int local_port)
{
    struct fetch *fetch = cookie;
    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;

    if (fetch->is_again && str_eq(fetch->alpn, "h2"))
        return CURL_PREREQFUNC_ABORT;
    fetch->is_again = false;
    if (fetch->answer.head.len > 0)
        fetch_answer_reset(&fetch->answer); /* digest's second round */
    if (!fetch->has_tunnel)
        see_connected(fetch);
    fetch->is_ready = true;
    fetch->ready_at = clock_mono();
    fetch_remove_slot(fetch);
    return CURL_PREREQFUNC_OK;
}

static CURLcode
on_ssl_ctx(CURL *easy, void *ssl_ctx, void *cookie)
{
    struct fetch *fetch = cookie;
    (void)easy;

    see_connected(fetch);
    fetch->has_tunnel = true;
    return fetch_tls_set(fetch, ssl_ctx) == 0 ? CURLE_OK
                                              : CURLE_SSL_CERTPROBLEM;
}

static CURL *
make(void)
{
    CURL *easy = curl_easy_init();

    if (easy == NULL)
        return NULL;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BYTES);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_BYTES);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_SSL_OPTIONS,
                     (long)CURLSSLOPT_NO_PARTIALCHAIN);
    /* fetch_tls.c checks the name together with the chain. */
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    /* A resumed session carries no certificates to judge. */
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    curl_easy_setopt(easy, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
    /* Else OpenSSL asks the terminal, and the loop waits for it. */
    curl_easy_setopt(easy, CURLOPT_KEYPASSWD, "");
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_opened);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
    return easy;
}

static void
set_callbacks(CURL *easy, struct fetch *fetch)
{
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, fetch);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error);
    /* A kept connection outlives this fetch: its close is not ours to see. */
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION,
                     fetch->is_kept ? NULL : on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, fetch);
}

/* Adds `line`; a NULL list stands for "out of memory". */
static int
add_header(struct fetch *fetch, const char *line)
{
    struct curl_slist *list = curl_slist_append(fetch->headers, line);

    if (list == NULL) {
        errno = ENOMEM;
        return -1;
    }
    fetch->headers = list;
    return 0;
}

/* RFC 9110 8.6: methods that are made for a body say so when there is none. */
static bool
has_body(const struct fetch_opts *opts)
{
    static const char *const makers[] = {"POST", "PUT", "PATCH"};
    size_t i;

    if (str_eq(opts->method, "HEAD"))
        return false;
    for (i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        if (str_eq(opts->method, makers[i]))
            return true;
    }
    return opts->body != NULL;
}

/* Curl reads "Name:" as "leave Name out" and "Name;" as "Name, empty". */
static int
add_empty_header(struct fetch *fetch, const char *line)
{
    char *empty = str_xdup(line);
    int rc;

    *strchr(empty, ':') = ';';
    empty[strcspn(empty, ";") + 1] = '\0';
    rc = add_header(fetch, empty);
    free(empty);
    return rc;
}

static bool
is_empty_header(const char *line)
{
    const char *colon = strchr(line, ':');

    return colon != NULL && colon[1 + strspn(colon + 1, " \t")] == '\0';
}

/* The caller's headers, and curl's own inventions taken away. */
static int
set_headers(CURL *easy, struct fetch *fetch)
{
    const char *const *line = fetch->own.opts.headers;
    bool has_type = false;

    for (; *line != NULL; line++) {
        if ((is_empty_header(*line) ? add_empty_header
                                    : add_header)(fetch, *line) != 0)
            return -1;
        if (strncasecmp(*line, "content-type:", 13) == 0)
            has_type = true;
    }
    if (has_body(&fetch->own.opts)) {
        if (!has_type && add_header(fetch, "Content-Type:") != 0)
            return -1;
        if (add_header(fetch, "Expect:") != 0)
            return -1;
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    return 0;
}

static void
set_request(CURL *easy, const struct fetch_opts *opts)
{
    const char *method = opts->method ? opts->method : "GET";
    bool is_head = str_eq(method, "HEAD");
    bool is_sending = has_body(opts);
    bool is_plain = is_head || (str_eq(method, "GET") && !is_sending);

    curl_easy_setopt(easy, CURLOPT_URL, opts->url);
    /* HTTPGET also takes back NOBODY and POST of the exchange before. */
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (is_head)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (is_sending) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                         opts->body ? opts->body : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)opts->body_len);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, is_plain ? NULL : method);
}

static long
http_version(const struct fetch *fetch)
{
    unsigned flags = fetch->own.opts.flags;

    if (flags & FETCH_HTTP1)
        return CURL_HTTP_VERSION_1_1;
    if (flags & FETCH_HTTP2 && !fetch->is_tls)
        return CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    return CURL_HTTP_VERSION_2TLS;
}

/* A handle from the pool has none. */
static void
set_auth(CURL *easy, const struct fetch_opts *opts)
{
    if (opts->auth == FETCH_AUTH_NONE)
        return;
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH,
                     (long)(opts->auth == FETCH_AUTH_DIGEST ? CURLAUTH_DIGEST
                                                            : CURLAUTH_BASIC));
    curl_easy_setopt(easy, CURLOPT_USERNAME, opts->user);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, opts->password);
}

static void
set_connection(CURL *easy, const struct fetch *fetch)
{
    const struct fetch_opts *opts = &fetch->own.opts;
    long fresh = !fetch->is_kept;
    /* curl's would count the handshake in; ours has been kept by then. */
    int64_t timeout_ns = fetch->is_ours ? 0 : opts->connect_timeout_ns;

    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, fresh);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, !fresh);
    /* Also what keeps unjudged connections apart from judged ones. */
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER,
                     (long)!(opts->flags & FETCH_INSECURE));
    curl_easy_setopt(easy, CURLOPT_SSLCERT, opts->cert_file);
    curl_easy_setopt(easy, CURLOPT_SSLKEY,
                     opts->key_file ? opts->key_file : opts->cert_file);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, http_version(fetch));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)((timeout_ns + NS_PER_MS - 1) / NS_PER_MS));
}

/* Where to go: past every name, so that curl never resolves one. */
static int
set_address(CURL *easy, struct fetch *fetch)
{
    const struct fetch_opts *opts = &fetch->own.opts;
    char where[ADDR_TEXT_MAX];
    char line[ADDR_TEXT_MAX + 4];

    if (opts->proxy != NULL) {
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, NULL);
        return fetch_proxy_set(easy, opts);
    }
    snprintf(line, sizeof line, "::%s", addr_format(where, opts->address));
    fetch->connect_to = curl_slist_append(NULL, line);
    if (fetch->connect_to == NULL) {
        errno = ENOMEM;
        return -1;
    }
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, fetch->connect_to);
    return 0;
}

int
fetch_easy_open(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;
    CURL *easy =
        fetcher->pool_count > 0 ? fetcher->pool[--fetcher->pool_count] : make();

    if (easy == NULL) {
        errno = ENOMEM;
        return -1;
    }
    fetch->job.easy = easy;
    set_callbacks(easy, fetch);
    fetch_answer_set(&fetch->answer, easy);
    set_request(easy, &fetch->own.opts);
    set_connection(easy, fetch);
    set_auth(easy, &fetch->own.opts);
    if (set_headers(easy, fetch) != 0 || set_address(easy, fetch) != 0) {
        fetch_easy_close(fetch);
        return -1;
    }
    return 0;
}

/* An idle handle keeps nobody's credentials. */
static void
forget_secrets(CURL *easy, const struct fetch_opts *opts)
{
    if (opts->auth == FETCH_AUTH_NONE && opts->proxy == NULL)
        return;
    curl_easy_setopt(easy, CURLOPT_USERNAME, NULL);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, NULL);
    curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, NULL);
    curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, NULL);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

/* Headers are where most secrets travel. */
static void
wipe_lines(struct curl_slist *list)
{
    struct curl_slist *line;

    for (line = list; line != NULL; line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    curl_slist_free_all(list);
}

void
fetch_easy_close(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;

    if (fetch->job.easy != NULL) {
        /* Not a word into memory that is gone. */
        curl_easy_setopt(fetch->job.easy, CURLOPT_ERRORBUFFER, NULL);
        forget_secrets(fetch->job.easy, &fetch->own.opts);
        if (fetcher->pool_count < FETCH_POOL_MAX)
            fetcher->pool[fetcher->pool_count++] = fetch->job.easy;
        else
            curl_easy_cleanup(fetch->job.easy);
    }
    fetch->job.easy = NULL;
    wipe_lines(fetch->headers);
    curl_slist_free_all(fetch->connect_to);
    fetch->headers = NULL;
    fetch->connect_to = NULL;
}
