/*
 * The connection under an SMTP dialogue (mail_talk.c), on a bufferevent.
 *
 * Not libcurl's SMTP: it waits for the server's last word, and for its goodbye,
 * inside its own call, which holds up the whole loop for as long as a spam
 * filter thinks.
 *
 * Addresses are tried in order while none has connected.  After the server has
 * taken the message its QUIT is not waited for long.
 */
#include "base/mail.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/fetch.h"
#include "base/loop.h"
#include "base/mail_talk.h"
#include "base/resolver.h"
#include "base/str.h"
#include "base/tls_bound.h"
#include "base/trust.h"

#define HOST_MAX    256 /* a DNS name and NUL */
#define MAILBOX_MAX 320 /* 64 + 1 + 255, RFC 5321 4.5.3.1 */
#define QUIT_NS     (1 * NS_PER_S)

enum security { PLAIN, WHOLE_TLS, STARTTLS };

static const struct {
    const char *prefix;
    enum security security;
    uint16_t port;
} schemes[] = {
    {"smtp://", PLAIN, 25},
    {"smtps://", WHOLE_TLS, 465},
    {"smtp+starttls://", STARTTLS, 587},
};

struct mail {
    struct call_net net;
    struct loop *loop;
    mail_done_fn *done;
    void *cookie;
    struct mail_opts say; /* its texts are our own copies */
    struct mail_talk talk;
    struct resolver_query *query;
    struct loop_timer *timer; /* the deadline, or an end that is under way */
    struct bufferevent *bev;
    bool has_connected;
    bool is_tls; /* being made, or standing */
    enum security security;
    char host[HOST_MAX];
    uint16_t port;
    struct addr addrs[RESOLVER_ADDRS_MAX];
    size_t addr_count;
    size_t next;
};

/* Addresses go into SMTP commands: nothing in them may end a line or a path. */
static bool
is_mailbox(const char *text)
{
    size_t len = strlen(text);
    size_t i;

    for (i = 0; i < len; i++) {
        if ((uint8_t)text[i] <= 0x20 || text[i] == '<' || text[i] == '>' ||
            text[i] == 0x7f)
            return false;
    }
    return len > 0 && len <= MAILBOX_MAX;
}

static int
parse_server(struct mail *mail, const char *server)
{
    size_t i;

    for (i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        const char *rest = server + strlen(schemes[i].prefix);

        if (!str_starts(server, schemes[i].prefix))
            continue;
        mail->security = schemes[i].security;
        mail->port = schemes[i].port;
        return addr_split(rest, mail->host, sizeof mail->host, &mail->port);
    }
    return -1;
}

static void
forget(const char *text)
{
    char *own = (char *)(uintptr_t)text;

    if (own != NULL)
        explicit_bzero(own, strlen(own));
    free(own);
}

static void
hang_up(struct mail *mail)
{
    if (mail->bev != NULL)
        bufferevent_free(mail->bev);
    mail->bev = NULL;
}

static void
destroy(struct mail *mail)
{
    hang_up(mail);
    resolver_cancel(mail->query);
    loop_timer_cancel(mail->timer);
    forget(mail->say.user);
    forget(mail->say.password);
    forget(mail->say.from);
    forget(mail->say.to);
    free((void *)(uintptr_t)mail->say.message);
    free(mail);
}

static void
end(struct mail *mail)
{
    hang_up(mail);
    mail->done(mail->cookie, mail->talk.outcome, mail->talk.detail);
    destroy(mail);
}

static void
on_end(void *cookie)
{
    struct mail *mail = cookie;

    mail->timer = NULL;
    end(mail);
}

static void
end_soon(struct mail *mail, enum mail_outcome outcome, const char *detail)
{
    loop_timer_cancel(mail->timer);
    mail->talk.outcome = outcome;
    str_copy(mail->talk.detail, sizeof mail->talk.detail, detail);
    mail->timer = loop_timer_start(mail->loop, 0, on_end, mail);
}

static void
on_deadline(void *cookie)
{
    struct mail *mail = cookie;

    mail->timer = NULL;
    mail_talk_on_end(&mail->talk, "no answer of the mail server in time");
    end(mail);
}

static void on_read(struct bufferevent *bev, void *cookie);
static void on_event(struct bufferevent *bev, short what, void *cookie);

static void
attach(struct mail *mail, struct bufferevent *bev)
{
    mail->bev = bev;
    bufferevent_setwatermark(bev, EV_READ, 0, MAIL_TALK_LINE_MAX);
    bufferevent_setcb(bev, on_read, NULL, on_event, mail);
    bufferevent_enable(bev, EV_READ | EV_WRITE);
}

/* A client's TLS that believes the fetcher's authorities and expects our host;
 * NULL: no memory. */
static SSL *
make_ssl(struct mail *mail)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    struct trust *trust = fetcher_trust(mail->net.fetcher);
    struct addr ip;
    SSL *ssl;
    bool is_ip = addr_parse_ip(&ip, mail->host, 0) == 0;
    int ok;

    if (ctx == NULL)
        return NULL;
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    tls_bound_set(ctx);
    if (trust != NULL)
        SSL_CTX_set1_cert_store(ctx, trust_store(trust));
    ssl = SSL_new(ctx);
    SSL_CTX_free(ctx);
    if (ssl == NULL)
        return NULL;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    ok = is_ip ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), mail->host)
               : SSL_set1_host(ssl, mail->host);
    if (!is_ip)
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 mail->host);
    if (ok == 1)
        return ssl;
    SSL_free(ssl);
    return NULL;
}

/* TLS on `fd`, which may be -1 (not connected yet). */
static struct bufferevent *
make_tls(struct mail *mail, int fd)
{
    SSL *ssl = make_ssl(mail);
    struct bufferevent *bev;

    if (ssl == NULL)
        return NULL;
    ERR_clear_error();
    bev = bufferevent_openssl_socket_new(loop_backend(mail->loop), fd, ssl,
                                         BUFFEREVENT_SSL_CONNECTING,
                                         BEV_OPT_CLOSE_ON_FREE);
    if (bev == NULL)
        SSL_free(ssl);
    mail->is_tls = true;
    return bev;
}

/* From plain to TLS on the same connection. */
static void
start_tls(struct mail *mail)
{
    int fd = bufferevent_getfd(mail->bev);
    struct bufferevent *bev;

    /* Bytes before TLS that a man in the middle put there to be read after. */
    if (evbuffer_get_length(bufferevent_get_input(mail->bev)) > 0) {
        mail_talk_on_end(&mail->talk, "the server spoke before TLS stood");
        end(mail);
        return;
    }
    bufferevent_disable(mail->bev, EV_READ | EV_WRITE);
    bufferevent_setfd(mail->bev, -1);
    hang_up(mail);
    bev = make_tls(mail, fd);
    if (bev == NULL) {
        evutil_closesocket(fd);
        mail_talk_on_end(&mail->talk, "out of memory");
        end(mail);
        return;
    }
    attach(mail, bev);
}

static void
send_all(struct mail *mail, struct buf *out)
{
    if (out->len > 0)
        bufferevent_write(mail->bev, out->data, out->len);
    buf_free(out);
}

/* One line to the dialogue; false when the mail is no more, or waits. */
static bool
hear(struct mail *mail, const char *line)
{
    enum mail_talk_step step;
    struct buf out;

    /* Twice the message: every byte of it may be a dot. */
    buf_init(&out, mail->say.message_len * 2 + MAIL_TALK_LINE_MAX);
    step = mail_talk_on_line(&mail->talk, line, &out);
    send_all(mail, &out);
    if (step == MAIL_TALK_END) {
        end(mail);
        return false;
    }
    if (step == MAIL_TALK_TLS) {
        start_tls(mail);
        return false;
    }
    if (mail->talk.state == MAIL_TALK_QUIT) {
        loop_timer_cancel(mail->timer);
        mail->timer = loop_timer_start(mail->loop, QUIT_NS, on_end, mail);
    }
    return true;
}

static void
on_read(struct bufferevent *bev, void *cookie)
{
    struct mail *mail = cookie;
    struct evbuffer *input = bufferevent_get_input(bev);
    char *line;

    while ((line = evbuffer_readln(input, NULL, EVBUFFER_EOL_CRLF)) != NULL) {
        bool goes_on = hear(mail, line);

        free(line);
        if (!goes_on)
            return;
    }
    if (evbuffer_get_length(input) >= MAIL_TALK_LINE_MAX) {
        mail_talk_on_end(&mail->talk, "a line of the server has no end");
        end(mail);
    }
}

static void
on_connected(struct mail *mail)
{
    struct buf out;

    mail->has_connected = true;
    if (!mail->is_tls || mail->security == WHOLE_TLS)
        return; /* the server speaks first */
    buf_init(&out, MAIL_TALK_LINE_MAX);
    mail_talk_on_tls(&mail->talk, &out);
    send_all(mail, &out);
}

/* Why the connection ended, in words. */
static void
explain(struct mail *mail, short what, char *why, size_t cap)
{
    const SSL *ssl =
        mail->is_tls ? bufferevent_openssl_get_ssl(mail->bev) : NULL;
    long verify = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
    unsigned long tls = ssl ? bufferevent_get_openssl_error(mail->bev) : 0;
    const char *reason = tls ? ERR_reason_error_string(tls) : NULL;

    if (verify != X509_V_OK)
        reason = X509_verify_cert_error_string(verify);
    else if (reason == NULL && (what & BEV_EVENT_EOF))
        reason = "the server closed the connection";
    else if (reason == NULL)
        reason = evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR());
    snprintf(why, cap, "%s:%u: %s", mail->host, (unsigned)mail->port, reason);
}

static bool try_next(struct mail *mail);

static void
on_event(struct bufferevent *bev, short what, void *cookie)
{
    struct mail *mail = cookie;
    char why[MAIL_TALK_DETAIL_MAX];
    (void)bev;

    if (what & BEV_EVENT_CONNECTED) {
        on_connected(mail);
        return;
    }
    explain(mail, what, why, sizeof why);
    ERR_clear_error();
    if (!mail->has_connected) {
        hang_up(mail);
        if (try_next(mail))
            return;
    }
    mail_talk_on_end(&mail->talk, why);
    end(mail);
}

/* Connects to the next allowed address; false when there is none. */
static bool
try_next(struct mail *mail)
{
    while (mail->next < mail->addr_count) {
        const struct addr *addr = &mail->addrs[mail->next++];
        struct bufferevent *bev;

        if (mail->net.policy != NULL && !addr_allowed(mail->net.policy, addr))
            continue;
        bev = mail->security == WHOLE_TLS
                  ? make_tls(mail, -1)
                  : bufferevent_socket_new(loop_backend(mail->loop), -1,
                                           BEV_OPT_CLOSE_ON_FREE);
        if (bev == NULL)
            return false;
        attach(mail, bev);
        if (bufferevent_socket_connect(bev, (const struct sockaddr *)&addr->ss,
                                       (int)addr->len) == 0)
            return true;
        hang_up(mail);
    }
    return false;
}

static void
on_resolved(void *cookie, const struct resolver_answer *answer)
{
    struct mail *mail = cookie;
    size_t i;

    mail->query = NULL;
    for (i = 0; i < answer->count; i++) {
        mail->addrs[i] = answer->addrs[i];
        addr_set_port(&mail->addrs[i], mail->port);
    }
    mail->addr_count = answer->count;
    if (!try_next(mail))
        end_soon(mail, MAIL_LATER,
                 answer->count > 0
                     ? "no address of the mail server can or may be reached"
                     : "the name of the mail server has no address");
}

static struct mail *
make(const struct call_net *net, const struct mail_opts *opts)
{
    struct mail *mail = str_xcalloc(1, sizeof *mail);
    char *message = malloc(opts->message_len + 1);

    mail->net = *net;
    mail->loop = fetcher_loop(net->fetcher);
    mail->say = *opts;
    mail->say.server = NULL;
    mail->say.user = str_xdup(opts->user);
    mail->say.password = str_xdup(opts->password);
    mail->say.from = str_xdup(opts->from);
    mail->say.to = str_xdup(opts->to);
    mail->say.message = message;
    if (message == NULL) {
        destroy(mail);
        errno = ENOMEM;
        return NULL;
    }
    memcpy(message, opts->message, opts->message_len);
    return mail;
}

struct mail *
mail_start(const struct call_net *net, const struct mail_opts *opts,
           mail_done_fn *done, void *cookie)
{
    struct mail *mail = make(net, opts);
    bool is_server;

    assert(opts->timeout_ns > 0 && done != NULL);
    if (mail == NULL)
        return NULL;
    /* A server that leaves while we write must not end the process. */
    signal(SIGPIPE, SIG_IGN);
    mail->done = done;
    mail->cookie = cookie;
    is_server = parse_server(mail, opts->server) == 0;
    mail_talk_init(&mail->talk, &mail->say, mail->security == STARTTLS);
    if (!is_server || !is_mailbox(opts->from) || !is_mailbox(opts->to)) {
        end_soon(mail, MAIL_REFUSED,
                 is_server ? "an address of the message is malformed"
                           : "the mail server is not smtp://HOST[:PORT], "
                             "smtps:// or smtp+starttls://");
        return mail;
    }
    mail->timer =
        loop_timer_start(mail->loop, opts->timeout_ns, on_deadline, mail);
    mail->query = resolver_start(net->resolver, mail->host, RESOLVER_ANY,
                                 opts->timeout_ns, on_resolved, mail);
    return mail;
}

void
mail_cancel(struct mail *mail)
{
    if (mail != NULL)
        destroy(mail);
}
