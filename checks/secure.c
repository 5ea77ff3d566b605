#include "checks/secure.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/certs.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/spec.h"
#include "checks/starttls.h"
#include "checks/template.h"
#include "checks/tls_session.h"

#define READ_MAX 4096 /* bytes of one recv */
/* A refused client certificate shows one round trip after the handshake. */
#define LOOK_MIN_NS (50 * NS_PER_MS)

struct secure {
    struct check *check;
    int fd;
    int version;
    secure_done_fn *done;
    void *cookie;
    struct starttls *talk; /* NULL: TLS from the start */
    struct loop_watch *watch;
    struct loop_timer *ending; /* it ended inside start */
    mono_t began;
    struct tls_session *session;
    enum reason reason;
    char message[RESULT_MESSAGE_MAX];
};

static const struct spec_endpoint *
endpoint_of(const struct secure *secure)
{
    return &secure->check->spec->of.endpoint;
}

static void
tell(struct secure *secure, bool is_up)
{
    struct secure_answer answer = {is_up, secure->reason, secure->message};

    loop_watch_cancel(secure->watch);
    secure->watch = NULL;
    loop_timer_cancel(secure->ending);
    secure->ending = NULL;
    secure->done(secure->cookie, &answer);
}

static void
give_up(struct secure *secure, enum reason reason, const char *message)
{
    secure->reason = reason;
    (void)str_copy(secure->message, sizeof(secure->message), message);
    tell(secure, false);
}

/* ---- what is wrong ---- */

static bool
is_old(const struct tls_session_seen *seen)
{
    return seen->protocol != NULL && !str_eq(seen->protocol, "TLSv1.2") &&
           !str_eq(seen->protocol, "TLSv1.3");
}

static bool
is_pinned(const struct spec_endpoint *at, const struct certs *certs)
{
    for (size_t i = 0; certs != NULL && i < at->pin_count; i++)
        if (tls_pin_holds(&at->pins[i], certs))
            return true;
    return at->pin_count == 0;
}

/* What the spec asks for beyond the chain; an expectation about the same is the
 * more exact word. */
static void
add_asked(const struct secure *secure, const struct tls_session_seen *seen,
          struct tls_faults *faults)
{
    const struct spec_endpoint *at = endpoint_of(secure);

    if (is_old(seen) && !check_asks(secure->check, "protocol"))
        tls_reason_add(faults, REASON_TLS_PROTOCOL);
    if (!is_pinned(at, seen->certs))
        tls_reason_add(faults, REASON_TLS_PIN);
    if (at->alpn.count > 0 && seen->alpn[0] == '\0' &&
        !check_asks(secure->check, "alpn"))
        tls_reason_add(faults, REASON_TLS_ALPN);
}

static void
format_staple(struct secure *secure, const struct tls_session_seen *seen)
{
    const struct tls_staple *staple = &seen->staple;
    const char *colon = staple->why[0] != '\0' ? ": " : "";
    char day[UNITS_TEXT_MAX];

    if (staple->state == TLS_STAPLE_REVOKED)
        (void)snprintf(secure->message, sizeof(secure->message),
                       "the certificate of %s was revoked on %s%s%s",
                       seen->certs->cert[0].subject,
                       units_format_day(day, staple->revoked_at), colon,
                       staple->why);
    else
        (void)snprintf(secure->message, sizeof(secure->message),
                       "the certificate of %s asks for a staple, which is "
                       "%s%s%s",
                       seen->certs->cert[0].subject,
                       tls_staple_name(staple->state), colon, staple->why);
}

static void
format_worst(struct secure *secure, enum reason worst,
             const struct tls_session_seen *seen)
{
    const struct spec_endpoint *at = endpoint_of(secure);
    char *to = secure->message;
    size_t cap = sizeof(secure->message);

    if (worst == REASON_TLS_PROTOCOL)
        (void)snprintf(to, cap, "the server agreed on %s; 1.2 is the least",
                       seen->protocol);
    else if (worst == REASON_TLS_ALPN)
        (void)snprintf(to, cap,
                       "the server speaks none of what was offered: "
                       "%s%s",
                       at->alpn.item[0], at->alpn.count > 1 ? ", ..." : "");
    else if (worst == REASON_TLS_PIN)
        (void)snprintf(to, cap, "no pin holds; the key of %s is sha256/%s",
                       seen->certs->cert[0].subject, seen->certs->cert[0].spki);
    else if (worst == REASON_TLS_REVOKED || worst == REASON_TLS_OCSP_MISSING)
        format_staple(secure, seen);
    else
        (void)tls_reason_message(to, cap, worst, seen->certs, at->host);
}

/* The worst first, and then what else is wrong: who mends one fault alone comes
 * back tomorrow. */
static void
format_faults(struct secure *secure, struct tls_faults faults,
              const struct tls_session_seen *seen)
{
    enum reason reason;
    struct buf all;

    buf_init(&all, RESULT_MESSAGE_MAX);
    while ((reason = tls_reason_worst(&faults)) != REASON_NONE) {
        format_worst(secure, reason, seen);
        (void)buf_addf(&all, "%s%s", all.len > 0 ? "; also: " : "",
                       secure->message);
        tls_reason_remove(&faults, reason);
    }
    (void)str_copy(secure->message, sizeof(secure->message), buf_text(&all));
    buf_free(&all);
}

static void
judge(struct secure *secure, const struct tls_session_seen *seen)
{
    struct tls_faults faults = seen->faults;
    struct seen *met = &secure->check->look.seen;

    add_asked(secure, seen, &faults);
    (void)tls_reason_format(met->faults, sizeof(met->faults), &faults);
    if (secure->check->spec->net.insecure)
        tls_reason_forgive(&faults);
    secure->reason = tls_reason_worst(&faults);
    format_faults(secure, faults, seen);
}

static void
see(struct secure *secure, const struct tls_session_seen *seen)
{
    struct seen *met = &secure->check->look.seen;

    met->tls_protocol = seen->protocol;
    met->cipher = seen->cipher;
    met->alpn = seen->alpn[0] != '\0' ? seen->alpn : NULL;
    met->certs = seen->certs;
    met->staple = seen->protocol != NULL ? &seen->staple : NULL;
    met->client_cert = seen->is_given           ? "given"
                       : seen->is_asked         ? "asked"
                       : seen->protocol != NULL ? "none"
                                                : NULL;
    if (seen->protocol != NULL)
        look_add_us(&secure->check->look, PHASE_TLS, seen->took_ns / NS_PER_US);
}

/* ---- the handshake ---- */

static void
on_session(void *cookie, const struct tls_session_seen *seen)
{
    struct secure *secure = cookie;

    if (secure->version == 0)
        see(secure, seen);
    if (seen->reason != REASON_NONE) {
        give_up(secure, seen->reason, seen->message);
        return;
    }
    if (secure->version == 0)
        judge(secure, seen);
    tell(secure, true);
}

/* The client's key, for the moment of the start; NULL with a failure told. */
static char *
take_key(struct secure *secure)
{
    char why[SECRET_WHY_MAX] = "there are no secrets here";
    struct secret_set *set = secure->check->engine->secrets;
    char *key = NULL;

    if (set != NULL)
        key = secret_expand(set, template_text(secure->check->spec->net.key),
                            why, sizeof(why));
    if (key == NULL) {
        secure->reason = REASON_LOCAL_SECRET;
        (void)str_copy(secure->message, sizeof(secure->message), why);
    }
    return key;
}

/* What is sent as the name of the server; NULL: none. */
static const char *
sni_of(const struct spec_endpoint *at)
{
    const char *sni = at->sni != NULL ? at->sni : at->host;
    struct addr literal;

    return sni[0] != '\0' && addr_parse_ip(&literal, sni, 0) < 0 ? sni : NULL;
}

/* 0: under way; -1: reason and message are set. */
static int
start_session(struct secure *secure)
{
    static const char *const web[] = {"h2", "http/1.1"};
    struct check *check = secure->check;
    const struct spec_endpoint *at = endpoint_of(secure);
    const struct spec_net *net = &check->spec->net;
    int64_t connect_us = check->look.us[PHASE_CONNECT];
    struct tls_session_opts opts = {
        .fd = secure->fd,
        .host = at->host,
        .sni = sni_of(at),
        .trust = net->trust != NULL ? net->trust : check->engine->trust,
        .alpn = (const char *const *)at->alpn.item,
        .alpn_count = at->alpn.count,
        .cert = net->cert,
        .policy = at->policy,
        .version = secure->version,
        .look_ns =
            secure->version == 0 ? LOOK_MIN_NS + 2 * connect_us * NS_PER_US : 0,
    };
    char *key = net->cert != NULL ? take_key(secure) : NULL;

    if (net->cert != NULL && key == NULL)
        return -1;
    opts.key = key;
    if (at->alpn.count == 0 && check_asks(check, "alpn")) {
        opts.alpn = web;
        opts.alpn_count = sizeof(web) / sizeof(web[0]);
    }
    secure->session =
        tls_session_start(check->engine, &opts, on_session, secure);
    if (key != NULL)
        secret_text_free(key);
    if (secure->session != NULL)
        return 0;
    secure->reason = REASON_LOCAL_LIMIT;
    (void)snprintf(secure->message, sizeof(secure->message), "TLS: %s",
                   strerror(errno));
    return -1;
}

/* ---- the words before ---- */

#define NOT_SENT "the connection takes nothing more"

/* A socket that just connected takes our few bytes at once. */
static bool
send_all(int fd, const struct buf *out)
{
    return out->len == 0 ||
           send(fd, out->data, out->len, MSG_NOSIGNAL) == (ssize_t)out->len;
}

/* The go-ahead is here, and nothing behind it. */
static void
go_ahead(struct secure *secure)
{
    struct check *check = secure->check;
    mono_t now = loop_now(check->engine->loop);

    loop_watch_cancel(secure->watch);
    secure->watch = NULL;
    if (secure->version == 0)
        look_add_us(&check->look, PHASE_WAIT,
                    clock_since_ns(secure->began, now) / NS_PER_US);
    if (start_session(secure) < 0)
        tell(secure, false);
}

static void
hear(struct secure *secure, const uint8_t *bytes, size_t len)
{
    struct buf out;
    enum starttls_step step;
    bool is_sent;

    buf_init(&out, STARTTLS_OUT_MAX);
    step = starttls_on_bytes(secure->talk, bytes, len, &out);
    is_sent = step != STARTTLS_FAILED && send_all(secure->fd, &out);
    buf_free(&out);
    if (step == STARTTLS_FAILED)
        give_up(secure, secure->talk->reason, secure->talk->message);
    else if (!is_sent)
        give_up(secure, REASON_STARTTLS_CLOSED, NOT_SENT);
    else if (step == STARTTLS_GO)
        go_ahead(secure);
}

static void
on_readable(void *cookie, int fd, unsigned events)
{
    struct secure *secure = cookie;
    uint8_t bytes[READ_MAX];
    char why[STR_ERROR_MAX];
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);

    (void)events;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0) {
        hear(secure, bytes, (size_t)got);
        return;
    }
    starttls_on_end(secure->talk, got < 0 ? str_error(why, errno) : NULL);
    give_up(secure, secure->talk->reason, secure->talk->message);
}

static int
start_talk(struct secure *secure)
{
    const struct spec_endpoint *at = endpoint_of(secure);
    struct buf out;
    bool is_sent;

    buf_init(&out, STARTTLS_OUT_MAX);
    secure->talk = str_xcalloc(1, sizeof(*secure->talk));
    starttls_init(secure->talk, at->starttls, at->host, &out);
    is_sent = send_all(secure->fd, &out);
    buf_free(&out);
    secure->watch = loop_watch_start(secure->check->engine->loop, secure->fd,
                                     LOOP_READ, on_readable, secure);
    if (secure->watch != NULL && is_sent)
        return 0;
    secure->reason = is_sent ? REASON_LOCAL_LIMIT : REASON_STARTTLS_CLOSED;
    (void)str_copy(secure->message, sizeof(secure->message),
                   is_sent ? strerror(errno) : NOT_SENT);
    return -1;
}

static void
on_ending(void *cookie)
{
    struct secure *secure = cookie;

    secure->ending = NULL;
    tell(secure, false);
}

struct secure *
secure_start(struct check *check, int fd, int version, secure_done_fn *done,
             void *cookie)
{
    struct secure *secure = calloc(1, sizeof(*secure));
    struct loop *loop = check->engine->loop;
    bool has_words = check->spec->of.endpoint.starttls != STARTTLS_NONE;

    if (secure == NULL)
        return NULL;
    secure->check = check;
    secure->fd = fd;
    secure->version = version;
    secure->done = done;
    secure->cookie = cookie;
    secure->began = loop_now(loop);
    if ((has_words ? start_talk(secure) : start_session(secure)) < 0)
        secure->ending = loop_timer_start(loop, 0, on_ending, secure);
    return secure;
}

void
secure_cancel(struct secure *secure)
{
    if (secure == NULL)
        return;
    loop_watch_cancel(secure->watch);
    loop_timer_cancel(secure->ending);
    tls_session_cancel(secure->session);
    free(secure->talk);
    free(secure);
}

struct tls_session *
secure_session(struct secure *secure)
{
    return secure->session;
}

enum reason
secure_late(const struct secure *secure, const char **what)
{
    bool is_talking = secure->talk != NULL && secure->session == NULL;

    *what =
        is_talking ? starttls_waits_for(secure->talk) : "the whole handshake";
    return is_talking ? REASON_STARTTLS_TIMEOUT : REASON_TLS_TIMEOUT;
}
