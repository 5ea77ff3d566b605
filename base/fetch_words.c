/*
 * fetch_words.c - an exchange's error as one line for people.
 */
#include <inttypes.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/fetch_priv.h"
#include "base/fetch_proxy.h"
#include "base/str.h"

static const char *
words_of(enum fetch_error error)
{
    switch (error) {
    case FETCH_NONE:
        return "";
    case FETCH_REFUSED:
        return "connection refused";
    case FETCH_UNREACHABLE:
        return "no way to this address";
    case FETCH_RESET:
        return "the connection was reset by the other side";
    case FETCH_CLOSED:
        return "the connection was closed before an answer";
    case FETCH_TIMEOUT:
        return "no answer in time";
    case FETCH_TLS_VERIFY:
        return "the certificate is not valid";
    case FETCH_TLS_ALERT:
        return "the server ended the TLS handshake";
    case FETCH_TLS_HANDSHAKE:
        return "no TLS handshake could be made";
    case FETCH_TLS_CERT_REQUIRED:
        return "the server asks for a client certificate, and none is "
               "configured";
    case FETCH_TLS_CERT_REJECTED:
        return "the server does not accept the client certificate";
    case FETCH_PROTOCOL:
        return "the answer is not HTTP";
    case FETCH_TRUNCATED:
        return "the answer ended early";
    case FETCH_DECODE:
        return "the body cannot be decoded";
    case FETCH_HEADER_LIMIT:
        return "the head of the answer is over its limit";
    case FETCH_BODY_LIMIT:
        return "the body is over its limit";
    case FETCH_PROXY_REFUSED:
        return "the proxy did not let us through";
    case FETCH_PROXY_AUTH:
        return "the proxy asks for credentials";
    case FETCH_LOCAL:
        return "this machine could not make the request";
    case FETCH_CONFIG:
        return "the request cannot be made as it is configured";
    }
    return "";
}

/* What is known beyond the words of the error; "" when nothing is. */
static const char *
alert_name(int alert)
{
    /* OpenSSL 3.0 sends this one and has no name for it. */
    if (alert == TLS13_AD_CERTIFICATE_REQUIRED)
        return "certificate required";
    return SSL_alert_desc_string_long(alert);
}

static bool
is_of_alert(enum fetch_error error)
{
    return error == FETCH_TLS_ALERT || error == FETCH_TLS_CERT_REQUIRED ||
           error == FETCH_TLS_CERT_REJECTED;
}

static bool
is_of_proxy(const struct fetch *fetch, enum fetch_error error,
            const char **words)
{
    if (error != FETCH_PROXY_REFUSED && error != FETCH_PROXY_AUTH)
        return false;
    (void)fetch_proxy_error(fetch->job.easy, words);
    return *words != NULL;
}

/* How much of the body came; "" when not even the head did. */
static void
how_much(const struct fetch *fetch, char *to, size_t cap)
{
    int64_t all;
    int64_t some = fetch_received(fetch, &all);

    if (all >= 0)
        snprintf(to, cap, "%" PRId64 " of %" PRId64 " bytes", some, all);
    else
        snprintf(to, cap, "%" PRId64 " bytes, and no end", some);
}

static bool
is_body_late(const struct fetch *fetch, enum fetch_error error)
{
    return error == FETCH_TIMEOUT && fetch->job.easy != NULL &&
           fetch->answer.is_head_whole && fetch->answer.status >= 200;
}

static void
reason_of(const struct fetch *fetch, enum fetch_error error, char *to,
          size_t cap)
{
    char why[STR_ERROR_MAX];
    int err = fetch->connect_errno;
    const char *words;

    if (error == FETCH_CONFIG && fetch->config[0] != '\0')
        str_copy(to, cap, fetch->config);
    else if (is_of_proxy(fetch, error, &words))
        str_copy(to, cap, words);
    else if (error == FETCH_TLS_VERIFY)
        str_copy(to, cap,
                 fetch->is_pin_missing
                     ? "the chain does not hold the pinned authority"
                     : X509_verify_cert_error_string(fetch->verify));
    else if (error == FETCH_DECODE && fetch->answer.is_layered)
        str_copy(to, cap, "it is encoded more than once");
    else if (error == FETCH_TLS_HANDSHAKE &&
             strstr(fetch->error, "wrong version number") != NULL)
        str_copy(to, cap, "the server does not speak TLS on this port");
    else if (fetch->alert >= 0 && is_of_alert(error))
        snprintf(to, cap, "alert %d, %s", fetch->alert,
                 alert_name(fetch->alert));
    else if (error == FETCH_RESET && fetch->is_again)
        str_copy(to, cap, "it refused the HTTP/2 stream");
    else if (fetch->is_wire_over &&
             (error == FETCH_BODY_LIMIT || error == FETCH_HEADER_LIMIT))
        snprintf(to, cap, "%zu bytes on the wire, framing included",
                 fetch_wire_max(fetch));
    else if (error == FETCH_BODY_LIMIT)
        snprintf(to, cap, "%zu bytes", fetch->own.opts.body_max);
    else if (error == FETCH_HEADER_LIMIT)
        snprintf(to, cap, "%zu bytes", fetch->own.opts.header_max);
    else if (is_body_late(fetch, error))
        how_much(fetch, to, cap);
    else if (error == FETCH_PROTOCOL && fetch_length_fault(fetch) != NULL)
        str_copy(to, cap, fetch_length_fault(fetch));
    else if (error == FETCH_TRUNCATED && fetch_is_cut(fetch))
        str_copy(to, cap,
                 "the stream ended without TLS's close_notify, as when "
                 "somebody cuts it");
    else if (error == FETCH_LOCAL && fetch->stage == FETCH_QUEUED)
        str_copy(to, cap, "too many TLS handshakes at once");
    else if (err != 0 && error != FETCH_REFUSED)
        str_copy(to, cap, str_error(why, err));
    else
        str_copy(to, cap, fetch->error);
}

void
fetch_words(const struct fetch *fetch, enum fetch_error error,
            char detail[FETCH_DETAIL_MAX])
{
    const char *words = words_of(error);
    char reason[256] = "";
    char address[ADDR_TEXT_MAX];

    if (error == FETCH_REFUSED) {
        snprintf(detail, FETCH_DETAIL_MAX, "%s: %s",
                 addr_format(address, &fetch->own.address), words);
        return;
    }
    if (is_body_late(fetch, error))
        words = "the answer is not whole in time";
    reason_of(fetch, error, reason, sizeof reason);
    if (error == FETCH_NONE)
        detail[0] = '\0';
    else if (reason[0] != '\0')
        snprintf(detail, FETCH_DETAIL_MAX, "%s: %s", words, reason);
    else
        str_copy(detail, FETCH_DETAIL_MAX, words);
}
