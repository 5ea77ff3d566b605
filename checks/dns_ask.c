/*
 * One question to one server:
 *
 *   1. a datagram from a fresh port with a random id and letters of random
 *      case, sent again after 1 s and 3 s: lost datagrams are the network's
 *      ordinary behaviour, and sending again inside the deadline is one
 *      question still;
 *   2. datagrams with another id or question are not for us and are ignored:
 *      only when nothing else comes do they become the reason;
 *   3. an answer that says it was cut, or whose question has letters of
 *      another case (it may be forged), is asked for again over TCP;
 *   4. over TCP, TLS and HTTPS whatever comes is the answer.
 *
 * The letters of the question get their case back before the answer is read:
 * names in it are compressed against the question.
 */
#include "checks/dns_ask.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/source.h"
#include "base/str.h"
#include "checks/dial.h"
#include "checks/dns_doh.h"
#include "checks/dns_stream.h"
#include "checks/engine_priv.h"

#define HEADER_BYTES  12
#define QUERY_MAX     300 /* header, name, question, EDNS */
#define RESEND_NS     NS_PER_S
#define RESENDS_MAX   2
#define UDP_PLAIN     512 /* bytes of an answer without EDNS */
#define DATAGRAM_MAX  4096
#define DATAGRAMS_MAX 1000 /* read of one question: a flood ends it */
#define CASE_BIT      0x20 /* of an ASCII letter */
#define DOH_LIMIT_NS  (3600 * NS_PER_S) /* when the asker keeps the time */

struct dns_ask {
    struct engine *engine;
    struct dns_question question;
    struct addr server;
    char *name;
    char *url;
    struct trust *trust;
    int64_t timeout_ns;
    dns_ask_done_fn *done;
    void *cookie;
    uint16_t id;
    struct dns_name sent_name; /* the question's, in letters of any case */
    struct buf query;
    int fd;
    struct loop_watch *watch;
    struct loop_timer *resend;
    struct loop_timer *deadline;
    struct loop_timer *early; /* it ended inside start */
    struct dns_stream *stream;
    struct dns_doh *doh;
    mono_t sent;
    int datagrams;
    int mismatches;
    bool is_starting;
    char text[ADDR_TEXT_MAX]; /* of the server */
    struct buf answer;
    struct dns_answer out;
    struct dns_message message; /* last: decoding clears what it uses of it */
};

/* --- the end --- */

static void
close_socket(struct dns_ask *ask)
{
    loop_watch_cancel(ask->watch);
    ask->watch = NULL;
    loop_timer_cancel(ask->resend);
    ask->resend = NULL;
    if (ask->fd >= 0)
        (void)close(ask->fd);
    ask->fd = -1;
}

static void
on_early(void *cookie)
{
    struct dns_ask *ask = cookie;

    ask->early = NULL;
    ask->done(ask->cookie, &ask->out);
}

static void
finish(struct dns_ask *ask)
{
    struct loop *loop = ask->engine->loop;

    close_socket(ask);
    dns_stream_cancel(ask->stream);
    ask->stream = NULL;
    dns_doh_cancel(ask->doh);
    ask->doh = NULL;
    loop_timer_cancel(ask->deadline);
    ask->deadline = NULL;
    ask->out.took_ns = clock_since_ns(ask->sent, loop_now(loop));
    if (ask->is_starting)
        ask->early = loop_timer_start(loop, 0, on_early, ask);
    else
        ask->done(ask->cookie, &ask->out);
}

static void fail_ask(struct dns_ask *ask, enum reason reason,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
fail_ask(struct dns_ask *ask, enum reason reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(ask->out.message, sizeof(ask->out.message), format, args);
    va_end(args);
    ask->out.reason = reason;
    finish(ask);
}

static void
fail_socket(struct dns_ask *ask, int error)
{
    enum reason reason = dial_reason(error);
    char why[STR_ERROR_MAX];

    ask->out.is_local = error == ENETUNREACH || error == EAFNOSUPPORT;
    fail_ask(ask,
             reason == REASON_LOCAL_LIMIT ? reason : REASON_DNS_UNREACHABLE,
             "%s: %s", ask->text, str_error(why, error));
}

/* --- the question's letters --- */

static bool
is_letter(uint8_t c)
{
    return str_is_alpha(c);
}

/* One random bit a letter: 254 at most. */
static void
mix_case(struct dns_name *name, const uint8_t *bits)
{
    for (size_t i = 0; i < name->len; i++)
        if (is_letter(name->byte[i]) && (bits[i / 8] >> i % 8 & 1) != 0)
            name->byte[i] ^= CASE_BIT;
}

/* The question in the answer's bytes as it was before. */
static void
restore_case(struct dns_ask *ask, uint8_t *bytes, size_t len)
{
    const struct dns_name *name = &ask->question.name;

    if (ask->message.head.has_question && len >= HEADER_BYTES + name->len)
        memcpy(bytes + HEADER_BYTES, name->byte, name->len);
}

/* --- is it an answer? --- */

enum fit { FIT, FIT_NOT, FIT_BROKEN };

static bool
has_our_id(const struct dns_ask *ask, const uint8_t *bytes, size_t len)
{
    struct buf_reader r = buf_reader(bytes, len);

    return buf_get_be16(&r) == ask->id && !r.failed;
}

/* True when the decoded message answers our question. */
static bool
is_ours(const struct dns_ask *ask)
{
    const struct dns_head *head = &ask->message.head;

    if (!head->is_response || head->id != ask->id || head->opcode != 0)
        return false;
    /* A server that did not understand may leave the question out. */
    if (!head->has_question)
        return head->rcode != DNS_NOERROR && head->rcode != DNS_NXDOMAIN;
    return head->type == ask->question.type && head->class == DNS_CLASS_IN &&
           dns_name_eq(&head->name, &ask->question.name);
}

/* A cut message need not be whole: its head is enough.  A datagram may be from
 * anybody; what comes over a connection is the server's. */
static enum fit
fit_of(struct dns_ask *ask, const uint8_t *bytes, size_t len)
{
    if (dns_codec_decode(&ask->message, bytes, len) == 0)
        return is_ours(ask) ? FIT : FIT_NOT;
    if (!has_our_id(ask, bytes, len))
        return ask->out.transport == DNS_OVER_UDP ? FIT_NOT : FIT_BROKEN;
    return ask->message.head.tc ? FIT : FIT_BROKEN;
}

static bool
has_same_case(const struct dns_ask *ask)
{
    const struct dns_head *head = &ask->message.head;

    return !head->has_question ||
           (head->name.len == ask->sent_name.len &&
            memcmp(head->name.byte, ask->sent_name.byte, head->name.len) == 0);
}

static void
fail_malformed(struct dns_ask *ask, size_t len)
{
    fail_ask(ask, REASON_DNS_MALFORMED,
             "%s sent %zu bytes over %s that are no DNS message: %s", ask->text,
             len, dns_transport_name(ask->out.transport),
             ask->message.fault != NULL ? ask->message.fault : "not an answer");
}

static void
take_answer(struct dns_ask *ask, uint8_t *bytes, size_t len)
{
    restore_case(ask, bytes, len);
    ask->message.head.name = ask->question.name;
    ask->out.reply = &ask->message;
    finish(ask);
}

/* --- TCP, TLS, HTTPS --- */

static void
on_streamed(void *cookie, const struct dns_stream_answer *got)
{
    struct dns_ask *ask = cookie;
    const char *over = dns_transport_name(ask->out.transport);

    ask->out.connect_us = got->connect_us;
    ask->out.tls_us = got->tls_us;
    ask->out.is_local = got->is_local;
    if (got->reason != REASON_NONE && ask->out.was_cut) {
        fail_ask(ask, REASON_DNS_TRUNCATED,
                 "%s cut its answer, and TCP did not give the rest: %s",
                 ask->text, got->why);
        return;
    }
    if (got->reason != REASON_NONE) {
        fail_ask(ask, got->reason, "%s over %s: %s", ask->text, over, got->why);
        return;
    }
    buf_reset(&ask->answer);
    buf_add(&ask->answer, got->bytes, got->len);
    switch (fit_of(ask, ask->answer.data, ask->answer.len)) {
    case FIT:
        if (ask->message.head.tc) {
            fail_ask(ask, REASON_DNS_TRUNCATED,
                     "%s cut its answer even over %s", ask->text, over);
            return;
        }
        take_answer(ask, ask->answer.data, ask->answer.len);
        return;
    case FIT_NOT:
        fail_ask(ask, REASON_DNS_MISMATCH,
                 "%s answered another question over %s", ask->text, over);
        return;
    case FIT_BROKEN:
        fail_malformed(ask, got->len);
        return;
    }
}

static void
start_stream(struct dns_ask *ask)
{
    char ip[ADDR_TEXT_MAX];
    struct dns_stream_opts opts = {
        .server = ask->server,
        .is_tls = ask->out.transport == DNS_OVER_TLS,
        .name =
            ask->name != NULL ? ask->name : addr_format_ip(ip, &ask->server),
        .trust = ask->trust,
        .query = ask->query.data,
        .query_len = ask->query.len,
    };

    ask->stream = dns_stream_start(ask->engine, &opts, on_streamed, ask);
    if (ask->stream == NULL)
        fail_socket(ask, errno);
}

static void
start_https(struct dns_ask *ask)
{
    struct dns_doh_opts opts = {
        .server = ask->server,
        .url = ask->url,
        .trust = ask->trust,
        .timeout_ns = ask->timeout_ns > 0 ? ask->timeout_ns : DOH_LIMIT_NS,
        .query = ask->query.data,
        .query_len = ask->query.len,
    };

    ask->doh = dns_doh_start(ask->engine, &opts, on_streamed, ask);
    if (ask->doh == NULL)
        fail_socket(ask, errno);
}

/* --- UDP --- */

static void
go_to_tcp(struct dns_ask *ask)
{
    close_socket(ask);
    buf_reset(&ask->answer);
    ask->out.transport = DNS_OVER_TCP;
    start_stream(ask);
}

/* What the question said. */
static unsigned
udp_limit(const struct dns_ask *ask)
{
    return ask->question.udp_size > 0 ? ask->question.udp_size : UDP_PLAIN;
}

/* One datagram in `answer`, which had `len` bytes; true when UDP is over. */
static bool
take_datagram(struct dns_ask *ask, size_t len)
{
    if (len > ask->answer.len &&
        has_our_id(ask, ask->answer.data, ask->answer.len)) {
        fail_ask(ask, REASON_DNS_MALFORMED,
                 "%s sent %zu bytes over udp, where %u were allowed", ask->text,
                 len, udp_limit(ask));
        return true;
    }
    switch (fit_of(ask, ask->answer.data, ask->answer.len)) {
    case FIT_NOT:
        ask->mismatches++;
        return false;
    case FIT_BROKEN:
        fail_malformed(ask, ask->answer.len);
        return true;
    case FIT:
        break;
    }
    ask->out.was_cut = ask->message.head.tc;
    ask->out.has_other_case = !ask->out.was_cut && !has_same_case(ask);
    if (ask->out.was_cut || ask->out.has_other_case)
        go_to_tcp(ask);
    else
        take_answer(ask, ask->answer.data, ask->answer.len);
    return true;
}

static void
on_datagram(void *cookie, int fd, unsigned events)
{
    struct dns_ask *ask = cookie;
    uint8_t bytes[DATAGRAM_MAX];

    (void)events;
    for (;;) {
        ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_TRUNC);
        size_t len = got > 0 ? (size_t)got : 0;

        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got < 0) {
            fail_socket(ask, errno);
            return;
        }
        buf_reset(&ask->answer);
        buf_add(&ask->answer, bytes, len < sizeof(bytes) ? len : sizeof(bytes));
        if (take_datagram(ask, len))
            return;
        if (++ask->datagrams == DATAGRAMS_MAX) {
            fail_ask(ask, REASON_DNS_MISMATCH,
                     "%d datagrams from %s, none of which answers the question",
                     ask->datagrams, ask->text);
            return;
        }
    }
}

static void on_resend(void *cookie);

static int
send_query(struct dns_ask *ask)
{
    int64_t wait = RESEND_NS << ask->out.resent;

    if (send(ask->fd, ask->query.data, ask->query.len, 0) < 0)
        return -1;
    if (ask->out.resent < RESENDS_MAX)
        ask->resend = loop_timer_start(ask->engine->loop, wait, on_resend, ask);
    return 0;
}

static void
on_resend(void *cookie)
{
    struct dns_ask *ask = cookie;

    ask->resend = NULL;
    ask->out.resent++;
    if (send_query(ask) < 0)
        fail_socket(ask, errno);
}

static void
start_udp(struct dns_ask *ask)
{
    ask->fd = socket(ask->server.ss.ss_family,
                     SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (ask->fd < 0 ||
        source_set(ask->fd, ask->server.ss.ss_family, &ask->engine->source) <
            0 ||
        connect(ask->fd, (const struct sockaddr *)&ask->server.ss,
                ask->server.len) < 0 ||
        send_query(ask) < 0) {
        fail_socket(ask, errno);
        return;
    }
    ask->watch = loop_watch_start(ask->engine->loop, ask->fd, LOOP_READ,
                                  on_datagram, ask);
    if (ask->watch == NULL)
        fail_socket(ask, errno);
}

/* --- the question --- */

static int
encode(struct dns_ask *ask)
{
    struct {
        uint16_t id;
        uint8_t bits[DNS_NAME_MAX / 8 + 1];
    } random;
    struct dns_question sent = ask->question;

    random_pool_get(&ask->engine->random, &random, sizeof(random));
    /* RFC 8484, 4.1: id 0, and the same letters each time. */
    if (ask->out.transport != DNS_OVER_HTTPS) {
        ask->id = random.id;
        mix_case(&sent.name, random.bits);
    }
    ask->sent_name = sent.name;
    return dns_codec_encode_query(&ask->query, ask->id, &sent);
}

static void
on_deadline(void *cookie)
{
    struct dns_ask *ask = cookie;

    ask->deadline = NULL;
    dns_ask_expire(ask);
}

static void
start(struct dns_ask *ask)
{
    if (ask->timeout_ns > 0)
        ask->deadline = loop_timer_start(ask->engine->loop, ask->timeout_ns,
                                         on_deadline, ask);
    switch (ask->out.transport) {
    case DNS_OVER_UDP:
        start_udp(ask);
        return;
    case DNS_OVER_TCP:
    case DNS_OVER_TLS:
        start_stream(ask);
        return;
    case DNS_OVER_HTTPS:
        start_https(ask);
        return;
    }
}

struct dns_ask *
dns_ask_start(struct engine *engine, const struct dns_ask_opts *opts,
              dns_ask_done_fn *done, void *cookie)
{
    struct dns_ask *ask = malloc(sizeof(*ask));

    if (ask == NULL)
        return NULL;
    memset(ask, 0, offsetof(struct dns_ask, message));
    ask->engine = engine;
    ask->question = opts->question;
    ask->server = opts->server;
    ask->name = str_xdup(opts->name);
    ask->url = str_xdup(opts->url);
    ask->trust = opts->trust != NULL ? opts->trust : engine->trust;
    ask->timeout_ns = opts->timeout_ns;
    ask->done = done;
    ask->cookie = cookie;
    ask->fd = -1;
    ask->sent = loop_now(engine->loop);
    ask->out.transport = opts->transport;
    ask->out.connect_us = ask->out.tls_us = -1;
    buf_init(&ask->query, QUERY_MAX);
    buf_init(&ask->answer, DNS_MESSAGE_MAX);
    (void)addr_format(ask->text, &ask->server);
    if (encode(ask) < 0) {
        dns_ask_cancel(ask);
        errno = EINVAL;
        return NULL;
    }
    ask->is_starting = true;
    start(ask);
    ask->is_starting = false;
    return ask;
}

void
dns_ask_expire(struct dns_ask *ask)
{
    const char *why =
        ask->stream != NULL ? dns_stream_phase(ask->stream) : "no answer";

    /* It ended inside its start and is about to tell. */
    if (ask->early != NULL) {
        loop_timer_cancel(ask->early);
        on_early(ask);
        return;
    }
    if (ask->out.was_cut)
        fail_ask(ask, REASON_DNS_TRUNCATED,
                 "%s cut its answer, and TCP did not give the rest: %s",
                 ask->text, why);
    else if (ask->out.has_other_case)
        fail_ask(
            ask, REASON_DNS_MISMATCH,
            "%s answered in other letters than asked, and TCP gave no answer",
            ask->text);
    else if (ask->mismatches > 0)
        fail_ask(ask, REASON_DNS_MISMATCH,
                 "%s sent %d datagram%s, none of which answers the question",
                 ask->text, ask->mismatches, ask->mismatches > 1 ? "s" : "");
    else if (ask->stream != NULL)
        fail_ask(ask, dns_stream_timeout(ask->stream), "%s over %s: %s",
                 ask->text, dns_transport_name(ask->out.transport), why);
    else
        fail_ask(ask, REASON_DNS_TIMEOUT, "no answer from %s, asked %d time%s",
                 ask->text, ask->out.resent + 1,
                 ask->out.resent > 0 ? "s" : "");
}

void
dns_ask_cancel(struct dns_ask *ask)
{
    if (ask == NULL)
        return;
    close_socket(ask);
    loop_timer_cancel(ask->deadline);
    loop_timer_cancel(ask->early);
    dns_stream_cancel(ask->stream);
    dns_doh_cancel(ask->doh);
    buf_free(&ask->query);
    buf_free(&ask->answer);
    free(ask->name);
    free(ask->url);
    free(ask);
}
