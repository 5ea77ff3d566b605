/*
 * A connection's life, and the one timer that bounds where it is:
 *
 *   head      from accept (the TLS handshake included) or from the first byte
 *             of a later request: opts.header_deadline_ns
 *   body      BODY_NS from the end of the head
 *   held      no timer: the handler has it, however long that takes
 *   idle      IDLE_NS between two requests
 *   lingering LINGER_NS after the last reply, still reading and throwing away:
 *             a close with bytes unread would reset the connection and take the
 *             reply with it
 *
 * Who holds no request (head, body, idle) can be closed to make room for
 * another of the same address: the oldest first.  A probe whose sync is held and
 * a page that is being sent are none of these.
 *
 * Requests that come before the earlier one is answered wait in the input,
 * which is bounded; reading goes on, so that a client that leaves is noticed.
 */
#include "base/httpd.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/httpd_framing.h"
#include "base/httpd_priv.h"
#include "base/loop.h"
#include "base/str.h"

#define HEADER_MAX_DEFAULT  ((size_t)16 * 1024)
#define BODY_MAX_DEFAULT    ((size_t)1024 * 1024)
#define CONNECTIONS_DEFAULT 1000
#define HEAD_NS_DEFAULT     (10 * NS_PER_S)
#define BODY_NS             (30 * NS_PER_S)
#define IDLE_NS             (75 * NS_PER_S)
#define LINGER_NS           (2 * NS_PER_S)
#define WRITE_S             30 /* without one byte taken by the client */
#define INPUT_MAX           ((size_t)64 * 1024)
#define REPLY_MAX           ((size_t)64 * 1024 * 1024)
#define BACKLOG             512
#define ACCEPT_PAUSE_NS     (100 * NS_PER_MS) /* when out of descriptors */

struct httpd {
    struct loop *loop;
    struct httpd_opts opts; /* its texts are our own copies */
    struct ssl_ctx_st *tls; /* NULL: plain */
    int fd;
    struct loop_watch *watch;
    struct loop_timer *pause;
    uint16_t port;
    struct httpd_conn *conns;
    size_t conn_count;
    uint64_t crowded;
};

struct httpd_conn {
    struct httpd *httpd;
    struct httpd_conn *next;
    struct httpd_conn **link; /* what points here */
    struct bufferevent *bev;
    struct loop_timer *timer;
    struct httpd_framing framing;
    struct httpd_request *request; /* being answered */
    struct addr remote;
    struct httpd_peer peer;
    bool has_peer;
    bool is_last; /* closed after what is being written */
    bool is_lingering;
    bool is_serving; /* serve() is on the stack */
};

static void
conn_free(struct httpd_conn *conn)
{
    struct httpd_request *request = conn->request;

    *conn->link = conn->next;
    if (conn->next != NULL)
        conn->next->link = conn->link;
    conn->httpd->conn_count--;
    loop_timer_cancel(conn->timer);
    httpd_tls_end(conn->bev);
    bufferevent_free(conn->bev);
    if (request != NULL) {
        request->conn = NULL;
        request->body = "";
        request->body_len = 0;
        request->remote = NULL;
        request->peer = NULL;
    }
    httpd_framing_free(&conn->framing);
    free(conn);
    if (request != NULL && request->on_close != NULL) {
        httpd_close_fn *fn = request->on_close;
        void *cookie = request->close_cookie;
        httpd_request_free(request);
        fn(cookie);
    }
}

static void
on_conn_timer(void *cookie)
{
    struct httpd_conn *conn = cookie;

    conn->timer = NULL;
    conn_free(conn);
}

static void
set_timer(struct httpd_conn *conn, int64_t ns)
{
    loop_timer_cancel(conn->timer);
    conn->timer =
        ns > 0 ? loop_timer_start(conn->httpd->loop, ns, on_conn_timer, conn)
               : NULL;
}

static void
linger(struct httpd_conn *conn)
{
    struct evbuffer *input = bufferevent_get_input(conn->bev);

    conn->is_lingering = true;
    httpd_tls_end(conn->bev);
    shutdown(bufferevent_getfd(conn->bev), SHUT_WR);
    evbuffer_drain(input, evbuffer_get_length(input));
    set_timer(conn, LINGER_NS);
}

/* Puts an answer on its way; `request` NULL: to what was no request. */
static void
answer(struct httpd_conn *conn, const struct httpd_request *request,
       struct httpd_answer *reply)
{
    struct evbuffer *output = bufferevent_get_output(conn->bev);
    struct buf bytes;

    /* Who renews comes back on a connection that is made with the new one. */
    conn->is_last = conn->is_last || conn->framing.wants_close ||
                    conn->peer.state == HTTPD_PEER_EXPIRED;
    reply->is_last = conn->is_last;
    reply->now = loop_wall(conn->httpd->loop);
    buf_init(&bytes, REPLY_MAX);
    if (httpd_request_format(request, reply, &bytes) != 0) {
        struct httpd_answer sorry = {.status = 500, .is_last = true};
        sorry.now = reply->now;
        conn->is_last = true;
        buf_free(&bytes);
        httpd_request_format(NULL, &sorry, &bytes);
    }
    evbuffer_add(output, bytes.data, bytes.len);
    buf_free(&bytes);
}

/* A request that no handler will see. */
static void
refuse(struct httpd_conn *conn, int status)
{
    struct httpd_answer reply = {.status = status};

    conn->is_last = true;
    answer(conn, NULL, &reply);
    set_timer(conn, BODY_NS);
}

/* One whole request to its handler, which may answer at once. */
static void
dispatch(struct httpd_conn *conn)
{
    struct httpd *httpd = conn->httpd;
    int status = 0;
    struct httpd_request *request =
        httpd_request_create(&conn->framing, &status);

    if (request == NULL) {
        refuse(conn, status);
        return;
    }
    if (!conn->has_peer && httpd->tls != NULL)
        httpd_tls_get_peer(conn->bev, &conn->peer, loop_wall(httpd->loop));
    conn->has_peer = true;
    request->conn = conn;
    request->remote = &conn->remote;
    request->peer = &conn->peer;
    conn->request = request;
    set_timer(conn, 0);
    httpd->opts.handler(httpd->opts.cookie, request);
}

/* Bytes from the input to the machine, and the deadline of where it is then. */
static void
feed(struct httpd_conn *conn)
{
    struct httpd_framing *framing = &conn->framing;
    struct evbuffer *input = bufferevent_get_input(conn->bev);
    enum httpd_framing_state before = framing->state;
    bool is_first = framing->head.len == 0;
    struct evbuffer_iovec piece;

    if (evbuffer_peek(input, -1, NULL, &piece, 1) < 1)
        return;
    evbuffer_drain(input,
                   httpd_framing_add(framing, piece.iov_base, piece.iov_len));
    if (framing->state == HTTPD_FRAMING_HEAD) {
        if (is_first && conn->has_peer)
            set_timer(conn, conn->httpd->opts.header_deadline_ns);
        return;
    }
    if (before == HTTPD_FRAMING_HEAD && framing->state != HTTPD_FRAMING_WHOLE &&
        framing->state != HTTPD_FRAMING_BAD) {
        set_timer(conn, BODY_NS);
        if (framing->has_expect && evbuffer_get_length(input) == 0)
            evbuffer_add_printf(bufferevent_get_output(conn->bev),
                                "HTTP/1.1 100 Continue\r\n\r\n");
    }
}

static void
serve(struct httpd_conn *conn)
{
    struct evbuffer *input = bufferevent_get_input(conn->bev);

    if (conn->is_serving)
        return;
    conn->is_serving = true;
    while (conn->request == NULL && !conn->is_last &&
           evbuffer_get_length(input) > 0) {
        feed(conn);
        if (conn->framing.state == HTTPD_FRAMING_BAD)
            refuse(conn, conn->framing.status);
        else if (conn->framing.state == HTTPD_FRAMING_WHOLE)
            dispatch(conn);
    }
    conn->is_serving = false;
}

static void
on_read(struct bufferevent *bev, void *cookie)
{
    struct httpd_conn *conn = cookie;
    struct evbuffer *input = bufferevent_get_input(bev);

    if (conn->is_lingering || (conn->is_last && conn->request == NULL))
        evbuffer_drain(input, evbuffer_get_length(input));
    else
        serve(conn);
}

/* The output is empty. */
static void
on_written(struct bufferevent *bev, void *cookie)
{
    struct httpd_conn *conn = cookie;
    (void)bev;

    if (conn->is_last && conn->request == NULL && !conn->is_lingering)
        linger(conn);
}

static void
on_event(struct bufferevent *bev, short what, void *cookie)
{
    (void)bev;

    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
        conn_free(cookie);
}

static void
conn_open(struct httpd *httpd, int fd, const struct addr *remote)
{
    struct event_base *base = loop_backend(httpd->loop);
    struct httpd_conn *conn;
    struct bufferevent *bev;
    struct timeval write_timeout = {WRITE_S, 0};
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bev = httpd->tls ? httpd_tls_create(base, fd, httpd->tls)
                     : bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (bev == NULL) {
        close(fd);
        return;
    }
    conn = str_xcalloc(1, sizeof *conn);
    conn->httpd = httpd;
    conn->bev = bev;
    conn->remote = *remote;
    conn->next = httpd->conns;
    conn->link = &httpd->conns;
    if (conn->next != NULL)
        conn->next->link = &conn->next;
    httpd->conns = conn;
    httpd->conn_count++;
    httpd_framing_init(&conn->framing, httpd->opts.header_max,
                       httpd->opts.body_max);
    set_timer(conn, httpd->opts.header_deadline_ns);
    bufferevent_setwatermark(bev, EV_READ, 0, INPUT_MAX);
    bufferevent_set_timeouts(bev, NULL, &write_timeout);
    bufferevent_setcb(bev, on_read, on_written, on_event, conn);
    bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static bool
has_nothing(const struct httpd_conn *conn)
{
    return conn->request == NULL && !conn->is_last &&
           evbuffer_get_length(bufferevent_get_output(conn->bev)) == 0;
}

/* Closes the oldest of this address that has asked for nothing, if they are too
 * many.  All of them are at most connections_max: a walk is short. */
static void
make_room(struct httpd *httpd, const struct addr *remote)
{
    struct httpd_conn *oldest = NULL;
    size_t count = 0;

    for (struct httpd_conn *c = httpd->conns; c != NULL; c = c->next) {
        if (!has_nothing(c) || !addr_eq_ip(&c->remote, remote))
            continue;
        oldest = c;
        count++;
    }
    if (count < HTTPD_PEER_MAX)
        return;
    httpd->crowded++;
    conn_free(oldest);
}

static void on_accept(void *cookie, int fd, unsigned events);

static void
on_pause_over(void *cookie)
{
    struct httpd *httpd = cookie;

    httpd->pause = NULL;
    loop_watch_set(httpd->watch, LOOP_READ);
}

static void
on_accept(void *cookie, int fd, unsigned events)
{
    struct httpd *httpd = cookie;
    struct addr remote = {.len = sizeof remote.ss};
    int conn = accept4(fd, (struct sockaddr *)&remote.ss, &remote.len,
                       SOCK_NONBLOCK | SOCK_CLOEXEC);
    (void)events;

    if (conn < 0) {
        /* Out of descriptors: let others end instead of spinning. */
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
            errno == ENOBUFS) {
            loop_watch_set(httpd->watch, 0);
            httpd->pause = loop_timer_start(httpd->loop, ACCEPT_PAUSE_NS,
                                            on_pause_over, httpd);
        }
        return;
    }
    make_room(httpd, &remote);
    if (httpd->conn_count >= httpd->opts.connections_max)
        close(conn);
    else
        conn_open(httpd, conn, &remote);
}

static int
listen_on(struct httpd *httpd, char *why, size_t cap)
{
    struct addr at;
    int on = 1;

    if (addr_parse(&at, httpd->opts.listen, 0) != 0) {
        snprintf(why, cap, "%s: not an address; write IP:PORT, as 127.0.0.1:80",
                 httpd->opts.listen);
        return -1;
    }
    httpd->fd =
        socket(at.ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (httpd->fd < 0 ||
        setsockopt(httpd->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(httpd->fd, (const struct sockaddr *)&at.ss, at.len) != 0 ||
        listen(httpd->fd, BACKLOG) != 0) {
        snprintf(why, cap, "%s: %s", httpd->opts.listen, strerror(errno));
        return -1;
    }
    at.len = sizeof at.ss;
    getsockname(httpd->fd, (struct sockaddr *)&at.ss, &at.len);
    httpd->port = addr_port(&at);
    httpd->watch =
        loop_watch_start(httpd->loop, httpd->fd, LOOP_READ, on_accept, httpd);
    if (httpd->watch == NULL) {
        snprintf(why, cap, "%s: %s", httpd->opts.listen, strerror(errno));
        return -1;
    }
    return 0;
}

/* One text of the options as our own, to be freed by free_opts(). */
static void
own(const char **text)
{
    *text = str_xdup(*text);
}

static void
disown(const char *text)
{
    free((void *)(uintptr_t)text);
}

static void
copy_opts(struct httpd *httpd, const struct httpd_opts *opts)
{
    struct httpd_opts *mine = &httpd->opts;

    *mine = *opts;
    own(&mine->listen);
    own(&mine->cert_file);
    own(&mine->key_file);
    own(&mine->client_ca);
    if (mine->header_max == 0)
        mine->header_max = HEADER_MAX_DEFAULT;
    if (mine->body_max == 0)
        mine->body_max = BODY_MAX_DEFAULT;
    if (mine->connections_max == 0)
        mine->connections_max = CONNECTIONS_DEFAULT;
    if (mine->header_deadline_ns == 0)
        mine->header_deadline_ns = HEAD_NS_DEFAULT;
}

struct httpd *
httpd_open(struct loop *loop, const struct httpd_opts *opts, char *why,
           size_t cap)
{
    struct httpd *httpd = str_xcalloc(1, sizeof *httpd);

    assert(opts->listen != NULL && opts->handler != NULL);
    /* A client that leaves while it is written to must not end the daemon;
     * bufferevents offer no way to say so for each write. */
    signal(SIGPIPE, SIG_IGN);
    httpd->loop = loop;
    httpd->fd = -1;
    copy_opts(httpd, opts);
    if (opts->cert_file != NULL &&
        (httpd->tls = httpd_tls_open(opts, why, cap)) == NULL)
        goto fail;
    if (listen_on(httpd, why, cap) != 0)
        goto fail;
    return httpd;

fail:
    httpd_close(httpd);
    return NULL;
}

void
httpd_close(struct httpd *httpd)
{
    struct httpd_conn *conn;
    struct httpd_conn *next;

    if (httpd == NULL)
        return;
    for (conn = httpd->conns; conn != NULL; conn = next) {
        next = conn->next;
        conn_free(conn);
    }
    loop_watch_cancel(httpd->watch);
    loop_timer_cancel(httpd->pause);
    if (httpd->fd >= 0)
        close(httpd->fd);
    httpd_tls_close(httpd->tls);
    disown(httpd->opts.listen);
    disown(httpd->opts.cert_file);
    disown(httpd->opts.key_file);
    disown(httpd->opts.client_ca);
    free(httpd);
}

uint16_t
httpd_port(const struct httpd *httpd)
{
    return httpd->port;
}

uint64_t
httpd_crowded(const struct httpd *httpd)
{
    return httpd == NULL ? 0 : httpd->crowded;
}

int
httpd_fd(const struct httpd *httpd)
{
    return httpd->fd;
}

int
httpd_reload_tls(struct httpd *httpd, char *why, size_t cap)
{
    struct ssl_ctx_st *fresh;

    if (httpd->opts.cert_file == NULL)
        return 0;
    fresh = httpd_tls_open(&httpd->opts, why, cap);
    if (fresh == NULL)
        return -1;
    httpd_tls_close(httpd->tls); /* open connections hold on to it */
    httpd->tls = fresh;
    return 0;
}

/* After a reply: the next request, which may be here already. */
static void
go_on(struct httpd_conn *conn)
{
    httpd_framing_reset(&conn->framing);
    if (conn->is_last) {
        set_timer(conn, BODY_NS);
        return;
    }
    set_timer(conn, IDLE_NS);
    if (evbuffer_get_length(bufferevent_get_input(conn->bev)) > 0)
        serve(conn);
}

void
httpd_reply(struct httpd_request *request, int status, const char *type,
            const void *body, size_t len)
{
    struct httpd_conn *conn = request->conn;
    struct httpd_answer reply = {
        .status = status, .type = type, .body = body, .len = len};

    if (conn == NULL) { /* its client left, and nobody had asked to be told */
        httpd_request_free(request);
        return;
    }
    assert(conn->request == request);
    conn->request = NULL;
    answer(conn, request, &reply);
    httpd_request_free(request);
    go_on(conn);
}

void
httpd_drop(struct httpd_request *request)
{
    struct httpd_conn *conn = request->conn;

    httpd_request_free(request);
    if (conn == NULL)
        return;
    conn->request = NULL;
    conn->is_last = true;
    /* At the next turn: serve() may be on the stack. */
    set_timer(conn, 1);
}
