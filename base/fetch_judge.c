/*
 * fetch_judge.c - from what was seen to phase, error, times and one line.
 *
 * The phase is taken from what we saw happen (connected, tunnel open, request
 * ready, head whole), never from curl's error number alone: "receive error" is
 * a reset, a truncation or a refused client certificate, depending on when it
 * comes and on how the kernel says the connection ended.
 */
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch_priv.h"
#include "base/fetch_proxy.h"
#include "base/loop.h"
#include "base/str.h"

#define ALERT_REASON_BASE 1000 /* OpenSSL's reason of alert n is 1000 + n */
#define PROXY_AUTH_STATUS 407
#define CURL_TOO_LARGE    100                   /* CURLE_TOO_LARGE of curl 8 */
#define LENGTH_MAX        ((uint64_t)INT64_MAX) /* that curl holds */

static int64_t
info_us(const struct fetch *fetch, CURLINFO info)
{
    curl_off_t us = 0;

    if (fetch->job.easy != NULL)
        curl_easy_getinfo(fetch->job.easy, info, &us);
    return us;
}

static long
info_long(const struct fetch *fetch, CURLINFO info)
{
    long value = 0;

    if (fetch->job.easy != NULL)
        curl_easy_getinfo(fetch->job.easy, info, &value);
    return value;
}

/*
 * An answer that says neither its length nor its end lasts until the stream
 * ends, and on TLS only a close_notify ends it: without one anybody on the way
 * may have cut it.  curl 7.88 reads such an end as a good one.
 */
bool
fetch_is_cut(const struct fetch *fetch)
{
    static const char *const ends[] = {"Content-Length", "Transfer-Encoding"};
    const char *head = buf_text(&fetch->answer.head);
    size_t i;

    if (!fetch->is_tls || fetch->is_kept || fetch->is_closed_well ||
        fetch->own.opts.flags & FETCH_LAX_END ||
        info_long(fetch, CURLINFO_HTTP_VERSION) == CURL_HTTP_VERSION_2_0 ||
        fetch->answer.status == 204 || fetch->answer.status == 304 ||
        str_eq(fetch->own.opts.method, "HEAD"))
        return false;
    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t at = 0;
        size_t len = 0;
        if (fetch_header(head, fetch->answer.head.len, ends[i], &at, &len) !=
            NULL)
            return false;
    }
    return true;
}

/* The next of a list of lengths ("5", or "5, 5"); false: no more. */
static bool
next_length(const char *list, size_t len, size_t *at, uint64_t *length)
{
    while (*at < len && (str_is_space(list[*at]) || list[*at] == ','))
        (*at)++;
    if (*at == len || !str_is_digit(list[*at]))
        return false;
    for (*length = 0; *at < len && str_is_digit(list[*at]); (*at)++)
        *length = *length > LENGTH_MAX / 10
                      ? LENGTH_MAX + 1
                      : *length * 10 + (uint64_t)(list[*at] - '0');
    return true;
}

/*
 * RFC 9112, 6.3: two readers would see two ends; curl takes the last length.
 * One that no body has it passes over, and takes what comes for the whole.
 */
const char *
fetch_length_fault(const struct fetch *fetch)
{
    const char *head = buf_text(&fetch->answer.head);
    const char *value;
    uint64_t first = 0;
    bool has_first = false;
    size_t at = 0;
    size_t len = 0;

    while ((value = fetch_header(head, fetch->answer.head.len, "Content-Length",
                                 &at, &len)) != NULL) {
        uint64_t length;

        for (size_t in = 0; next_length(value, len, &in, &length);) {
            if (length > LENGTH_MAX)
                return "its Content-Length is larger than any body";
            if (has_first && length != first)
                return "it has Content-Lengths that differ";
            first = length;
            has_first = true;
        }
    }
    return NULL;
}

static enum fetch_phase
phase_of(const struct fetch *fetch, int code)
{
    bool is_connected = fetch->is_given || fetch->is_ready || fetch->has_tunnel;

    if (fetch->is_again)
        return FETCH_AT_HTTP; /* where it was refused */
    /* A kept connection had gone, and there was no way to a new one. */
    if (code == CURLE_COULDNT_CONNECT && fetch->own.opts.proxy == NULL)
        return FETCH_AT_CONNECT;
    if (fetch->is_ready) {
        if (code == CURLE_OK && fetch->answer.is_head_whole &&
            !fetch->is_wire_over && !fetch_is_cut(fetch) &&
            fetch_length_fault(fetch) == NULL)
            return FETCH_AT_DONE;
        /* TLS 1.3: the verdict on our certificate comes with the first read. */
        if (fetch->is_tls && fetch->answer.status == 0 && fetch->alert >= 0)
            return FETCH_AT_TLS;
        return FETCH_AT_HTTP;
    }
    if (fetch->stage == FETCH_CONNECTING || !is_connected)
        return fetch->own.opts.proxy ? FETCH_AT_PROXY : FETCH_AT_CONNECT;
    if (fetch->own.opts.proxy != NULL && !fetch->has_tunnel)
        return FETCH_AT_PROXY;
    return fetch->is_tls ? FETCH_AT_TLS : FETCH_AT_HTTP;
}

static enum fetch_error
error_of_errno(int err)
{
    if (err == ECONNREFUSED)
        return FETCH_REFUSED;
    if (err == ECONNRESET || err == EPIPE)
        return FETCH_RESET;
    if (err == ETIMEDOUT)
        return FETCH_TIMEOUT;
    if (err == ENETUNREACH || err == EHOSTUNREACH || err == ENETDOWN ||
        err == EHOSTDOWN || err == EACCES || err == EPERM)
        return FETCH_UNREACHABLE;
    return FETCH_LOCAL; /* out of ports, descriptors, memory */
}

static int
connect_errno(const struct fetch *fetch)
{
    return fetch->connect_errno != 0 ? fetch->connect_errno
                                     : (int)info_long(fetch, CURLINFO_OS_ERRNO);
}

static enum fetch_error
error_at_connect(const struct fetch *fetch)
{
    return error_of_errno(connect_errno(fetch));
}

static enum fetch_error
error_at_proxy(const struct fetch *fetch)
{
    enum fetch_error error;
    const char *words;

    error = fetch_proxy_error(fetch->job.easy, &words);
    if (error != FETCH_PROXY_REFUSED || words != NULL)
        return error;
    if (fetch->stage == FETCH_CONNECTING || !fetch->is_ours) {
        /* No error of a call: it was connected, and the proxy hung up. */
        error = error_at_connect(fetch);
        if (error == FETCH_TIMEOUT ||
            (error == FETCH_LOCAL && connect_errno(fetch) != 0))
            return error;
    }
    return FETCH_PROXY_REFUSED;
}

/* How an open connection ended, as the kernel last saw it.  Over TLS that is
 * too late once an end was read: curl's word of parting makes a peer that is
 * gone answer with a reset. */
static enum fetch_error
error_of_end(const struct fetch *fetch, int code)
{
    bool is_end_read = fetch->is_tls && fetch->is_ready &&
                       (code == CURLE_OK || code == CURLE_GOT_NOTHING ||
                        code == CURLE_PARTIAL_FILE);

    if ((fetch->tcp.state == TCP_CLOSE && !is_end_read) ||
        strstr(fetch->error, "reset by peer") != NULL)
        return FETCH_RESET;
    return fetch->answer.is_head_whole && fetch->answer.status >= 200
               ? FETCH_TRUNCATED
               : FETCH_CLOSED;
}

/*
 * Once a server has asked for our certificate these alerts are about it.  None
 * at all has an alert of its own in TLS 1.3 alone; before, 40 stands for that.
 */
static enum fetch_error
error_of_alert(const struct fetch *fetch)
{
    static const int ours[] = {
        SSL_AD_HANDSHAKE_FAILURE,
        SSL_AD_BAD_CERTIFICATE,
        SSL_AD_UNSUPPORTED_CERTIFICATE,
        SSL_AD_CERTIFICATE_REVOKED,
        SSL_AD_CERTIFICATE_EXPIRED,
        SSL_AD_CERTIFICATE_UNKNOWN,
        SSL_AD_UNKNOWN_CA,
        SSL_AD_ACCESS_DENIED,
        TLS13_AD_CERTIFICATE_REQUIRED,
    };
    size_t i;

    for (i = 0; i < sizeof ours / sizeof ours[0] && fetch->is_cert_asked; i++) {
        if (ours[i] == fetch->alert)
            return fetch->is_cert_sent ? FETCH_TLS_CERT_REJECTED
                                       : FETCH_TLS_CERT_REQUIRED;
    }
    return FETCH_TLS_ALERT;
}

static enum fetch_error
error_at_tls(const struct fetch *fetch, int code)
{
    if (fetch->verify != X509_V_OK && !(fetch->own.opts.flags & FETCH_INSECURE))
        return FETCH_TLS_VERIFY;
    if (fetch->alert >= 0)
        return error_of_alert(fetch);
    if (strstr(fetch->error, "unexpected eof") != NULL ||
        strstr(fetch->error, "SSL_ERROR_SYSCALL") != NULL ||
        strstr(fetch->error, "reset by peer") != NULL)
        return error_of_end(fetch, code);
    return FETCH_TLS_HANDSHAKE;
}

/* What breaks the rules is refused by our own side (nghttp2): that is no reset,
 * whatever curl calls it. */
static bool
is_http2_broken(const struct fetch *fetch, int code)
{
    return strstr(fetch->error, "nghttp2") != NULL ||
           (code == CURLE_HTTP2_STREAM &&
            strstr(fetch->error, "PROTOCOL_ERROR") != NULL);
}

static enum fetch_error
error_at_http(const struct fetch *fetch, int code)
{
    if (fetch->answer.is_head_over || code == CURL_TOO_LARGE ||
        /* curl 7.88's word for a single line over its own 100 KB */
        (code == CURLE_OUT_OF_MEMORY && !fetch->answer.is_head_whole))
        return FETCH_HEADER_LIMIT;
    if (fetch->answer.is_body_over)
        return FETCH_BODY_LIMIT;
    if (fetch->is_wire_over)
        return fetch->answer.is_head_whole ? FETCH_BODY_LIMIT
                                           : FETCH_HEADER_LIMIT;
    if (fetch->is_again)
        return FETCH_RESET;
    if (fetch->answer.is_layered)
        return FETCH_DECODE;
    if (fetch->answer.is_head_whole && fetch_length_fault(fetch) != NULL)
        return FETCH_PROTOCOL;
    if (code == CURLE_OK && fetch->answer.is_head_whole)
        return FETCH_TRUNCATED; /* fetch_is_cut() */
    if (strstr(fetch->error, "hexadecimal") != NULL)
        return FETCH_PROTOCOL; /* curl counts a bad chunk size as "receive" */
    if (is_http2_broken(fetch, code))
        return FETCH_PROTOCOL;
    switch (code) {
    case CURLE_OUT_OF_MEMORY:
        return FETCH_LOCAL;
    case CURLE_HTTP2_STREAM:
        return FETCH_RESET;
    case CURLE_HTTP2: /* the server said good-bye (GOAWAY) */
        return FETCH_CLOSED;
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
        return FETCH_DECODE;
    case CURLE_OK:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return error_of_end(fetch, code);
    default: /* curl's list, not ours: the rest says "this was not HTTP" */
        return FETCH_PROTOCOL;
    }
}

static bool
is_config(const struct fetch *fetch, int code)
{
    if (fetch->config[0] != '\0' || code == CURLE_SSL_CERTPROBLEM)
        return true;
    /* Later, the second is curl's word for an answer that is not HTTP. */
    return !fetch->is_ready &&
           (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL);
}

static enum fetch_error
error_of(const struct fetch *fetch, enum fetch_phase phase, int code)
{
    if (is_config(fetch, code))
        return FETCH_CONFIG;
    if (fetch->is_late)
        return fetch->stage == FETCH_QUEUED ? FETCH_LOCAL : FETCH_TIMEOUT;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return FETCH_TIMEOUT;
    switch (phase) {
    case FETCH_AT_CONNECT:
        return error_at_connect(fetch);
    case FETCH_AT_PROXY:
        return error_at_proxy(fetch);
    case FETCH_AT_TLS:
        return error_at_tls(fetch, code);
    case FETCH_AT_HTTP:
        return error_at_http(fetch, code);
    case FETCH_AT_DONE:
        break;
    }
    /* A proxy that wants credentials answers a plain request itself. */
    if (fetch->own.opts.proxy != NULL && !fetch->is_tls &&
        fetch->answer.status == PROXY_AUTH_STATUS)
        return FETCH_PROXY_AUTH;
    return FETCH_NONE;
}

/* The alert in curl's message ("error:0A00045C:..."), for a kept connection,
 * where no callback of ours may listen. */
static int
alert_in(const char *message)
{
    const char *at = strstr(message, "error:");
    unsigned long code = at ? strtoul(at + 6, NULL, 16) : 0;
    long reason = (long)(code & 0x7fffff);

    if (reason <= ALERT_REASON_BASE || reason > ALERT_REASON_BASE + 255)
        return -1;
    return (int)(reason - ALERT_REASON_BASE);
}

/* Time since the fetch was given to curl; by our clock where curl has
 * stopped counting because we stopped it. */
static int64_t
total_us(const struct fetch *fetch, int code)
{
    if (code >= 0)
        return info_us(fetch, CURLINFO_TOTAL_TIME_T);
    return clock_since_ns(fetch->ran, loop_now(fetch->fetcher->loop)) /
           NS_PER_US;
}

static int64_t
not_below_zero(int64_t us)
{
    return us < 0 ? 0 : us;
}

/* Time spent connecting, in vain too; a proxy that was not reached is in its
 * own phase. */
static int64_t
connect_us(const struct fetch *fetch)
{
    mono_t now = loop_now(fetch->fetcher->loop);

    if (fetch->connect_us >= 0 || fetch->opened_at.ns == 0)
        return fetch->connect_us;
    if (fetch->own.opts.proxy != NULL)
        return info_us(fetch, CURLINFO_CONNECT_TIME_T) > 0
                   ? info_us(fetch, CURLINFO_CONNECT_TIME_T)
                   : -1;
    return clock_since_ns(fetch->opened_at, now) / NS_PER_US;
}

/* Nothing of ours listens on a connection that may be kept: curl's figures. */
static int64_t
tls_us_of_kept(const struct fetch *fetch, int64_t total)
{
    int64_t connect = info_us(fetch, CURLINFO_CONNECT_TIME_T);
    int64_t app = info_us(fetch, CURLINFO_APPCONNECT_TIME_T);

    if (info_long(fetch, CURLINFO_NUM_CONNECTS) == 0 || !fetch->has_tunnel)
        return -1;
    return not_below_zero((app > 0 ? app : total) - connect);
}

static int64_t
tls_us(const struct fetch *fetch, int64_t total)
{
    mono_t now = loop_now(fetch->fetcher->loop);

    if (fetch->is_kept)
        return tls_us_of_kept(fetch, total);
    if (fetch->tls_at.ns == 0)
        return -1;
    if (fetch->is_secure)
        return fetch->tls_us;
    return fetch->tls_us + clock_since_ns(fetch->tls_at, now) / NS_PER_US;
}

static int64_t
queue_us(const struct fetch *fetch)
{
    mono_t now = loop_now(fetch->fetcher->loop);

    if (fetch->stage != FETCH_QUEUED)
        return fetch->queue_us;
    return clock_since_ns(fetch->queued_at, now) / NS_PER_US;
}

/*
 * When the answer began; 0: it did not.  A body that is sent over HTTP/2 makes
 * curl take the first byte of the request for that of the answer; there the
 * first line counts, by our own clock.
 */
static int64_t
first_us(const struct fetch *fetch)
{
    long version = info_long(fetch, CURLINFO_HTTP_VERSION);
    bool is_silent = version == CURL_HTTP_VERSION_NONE;

    if (version != CURL_HTTP_VERSION_2_0 &&
        !(is_silent && fetch->own.opts.body != NULL))
        return info_us(fetch, CURLINFO_STARTTRANSFER_TIME_T);
    if (fetch->answer.first_at.ns == 0)
        return 0;
    return clock_since_ns(fetch->ran, fetch->answer.first_at) / NS_PER_US;
}

/*
 * When the request was about to be sent.  curl notes that once its send() has
 * come back: a server that is near, or that has our processor meanwhile, has
 * answered by then, and its time would be nobody's.
 */
static int64_t
ready_us(const struct fetch *fetch)
{
    int64_t sent = info_us(fetch, CURLINFO_PRETRANSFER_TIME_T);
    int64_t ready = clock_since_ns(fetch->ran, fetch->ready_at) / NS_PER_US;

    return fetch->is_ready && ready < sent ? ready : sent;
}

static void
set_times(struct fetch *fetch, int code, struct fetch_result *result)
{
    int64_t ready = ready_us(fetch);
    int64_t first = first_us(fetch);
    int64_t total;

    result->connect_us = connect_us(fetch);
    result->queue_us = queue_us(fetch);
    if (fetch->job.easy == NULL)
        return;
    total = total_us(fetch, code);
    result->tls_us = tls_us(fetch, total);
    if (!fetch->is_ready)
        return;
    result->wait_us = not_below_zero((first > 0 ? first : total) - ready);
    if (first > 0)
        result->receive_us = not_below_zero(total - first);
}

static int
http_version_of(const struct fetch *fetch)
{
    switch (info_long(fetch, CURLINFO_HTTP_VERSION)) {
    case CURL_HTTP_VERSION_1_0:
        return 10;
    case CURL_HTTP_VERSION_1_1:
        return 11;
    case CURL_HTTP_VERSION_2_0:
        return 20;
    default:
        return 0;
    }
}

int64_t
fetch_received(const struct fetch *fetch, int64_t *whole)
{
    curl_off_t some = 0;
    curl_off_t all = -1;

    if (fetch->job.easy != NULL) {
        curl_easy_getinfo(fetch->job.easy, CURLINFO_SIZE_DOWNLOAD_T, &some);
        curl_easy_getinfo(fetch->job.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                          &all);
    }
    *whole = all;
    return some;
}

static void
set_answer(struct fetch *fetch, struct fetch_result *result)
{
    int64_t whole;

    if (fetch->answer.is_head_whole && fetch->answer.status >= 200)
        result->status = fetch->answer.status;
    result->http_version = result->status ? http_version_of(fetch) : 0;
    result->headers = buf_text(&fetch->answer.head);
    result->headers_len = fetch->answer.head.len;
    result->trailers = buf_text(&fetch->answer.trailers);
    result->trailers_len = fetch->answer.trailers.len;
    result->body = buf_text(&fetch->answer.body);
    result->body_len = fetch->answer.body.len;
    result->wire_bytes = fetch_received(fetch, &whole);
}

void
fetch_judge(struct fetch *fetch, int code, struct fetch_result *result,
            char detail[FETCH_DETAIL_MAX])
{
    memset(result, 0, sizeof *result);
    result->connect_us = result->tls_us = -1;
    result->wait_us = result->receive_us = -1;
    if (fetch->is_tls && fetch->alert < 0)
        fetch->alert = alert_in(fetch->error);
    result->phase = phase_of(fetch, code);
    result->error = error_of(fetch, result->phase, code);
    if (result->error == FETCH_PROXY_AUTH)
        result->phase = FETCH_AT_PROXY;
    result->verify = fetch->verify;
    result->tls_alert = fetch->alert;
    fetch_words(fetch, result->error, detail);
    result->detail = detail;
    result->is_unclosed =
        result->error == FETCH_TRUNCATED && fetch_is_cut(fetch);
    set_answer(fetch, result);
    set_times(fetch, code, result);
    result->rtt_us = fetch->tcp.rtt_us;
    result->retransmits = fetch->tcp.retransmits;
    result->connections = fetch->connections;
    addr_format_ip(result->ip, fetch->own.opts.address);
    result->tls_protocol = fetch->tls_protocol;
    result->alpn = fetch->alpn[0] ? fetch->alpn : NULL;
}
