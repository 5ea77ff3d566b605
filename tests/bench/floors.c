/*
 * floors.c - what the same work costs a C client that does nothing else.
 *
 *   floors MODE COUNT FLIGHT HOST PORT ARG [CA]
 *
 *   curl      libcurl multi, a fresh connection each, pooled handles   ARG: URL
 *   curlca    the same with CURLOPT_CAPATH cleared, so that curl's own cache of
 *             authorities works                                        ARG: URL
 *   hs        OpenSSL, one SSL_CTX, no resumption, chain and host verified:
 *             connect, handshake, close                                ARG: CA
 *   tls       hs, and a GET read to its end                            ARG: CA
 *   cares     c-ares ares_query, A, one channel                      ARG: name
 *   connect   a TCP connection and its close                         ARG: any
 *   dnssock   hand-made A query, a fresh UDP socket each, blocking   ARG: name
 *   dnsudp    the same, FLIGHT at a time                             ARG: name
 *   dnstcp    the same over a fresh TCP connection each              ARG: name
 *
 * Exactly COUNT operations, FLIGHT at a time, to HOST:PORT.  Prints
 * "ok=N bad=N cpu_us=X": user and system time of this process an operation.
 */
#include <ares.h>
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define FLIGHT_MAX 64
#define WAIT_MS    5000
#define BUF_BYTES  4096

struct floor {
    int count, flight;
    int started, live, ok, bad;
    struct sockaddr_in to;
    const char *arg, *ca;
    int epoll;
    SSL_CTX *tls;
    bool is_get; /* tls, and not hs */
    int stream;  /* SOCK_DGRAM or SOCK_STREAM, of queries */
};

struct slot {
    SSL *ssl;
    int fd;
    bool is_asked;
    size_t len;
    char buf[BUF_BYTES];
};

static void
tell(struct floor *f, bool is_good)
{
    if (is_good)
        f->ok++;
    else
        f->bad++;
}

static int
watch(const struct floor *f, int op, int fd, uint32_t events, void *slot)
{
    struct epoll_event e = {.events = events, .data.ptr = slot};

    return epoll_ctl(f->epoll, op, fd, &e);
}

/* ---- TLS ---------------------------------------------------------------- */

static void
begin_tls(struct floor *f, struct slot *s)
{
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)connect(s->fd, (const struct sockaddr *)&f->to, sizeof(f->to));
    s->ssl = SSL_new(f->tls);
    SSL_set_fd(s->ssl, s->fd);
    (void)SSL_ctrl(s->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
                   TLSEXT_NAMETYPE_host_name, (char[]){"localhost"});
    SSL_set1_host(s->ssl, "localhost");
    SSL_set_connect_state(s->ssl);
    s->is_asked = false;
    s->len = 0;
    (void)watch(f, EPOLL_CTL_ADD, s->fd, EPOLLOUT, s);
    f->started++;
}

/* True: it is over, and `*good` says how. */
static bool
step_handshake(struct floor *f, struct slot *s, bool *good)
{
    static const char get[] =
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    int rc, error;

    ERR_clear_error();
    rc = SSL_do_handshake(s->ssl);
    if (rc != 1) {
        error = SSL_get_error(s->ssl, rc);
        (void)watch(f, EPOLL_CTL_MOD, s->fd,
                    error == SSL_ERROR_WANT_WRITE ? EPOLLOUT : EPOLLIN, s);
        return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
    }
    if (SSL_get_verify_result(s->ssl) != X509_V_OK ||
        SSL_session_reused(s->ssl))
        return true;
    *good = !f->is_get;
    if (*good)
        return true;
    if (SSL_write(s->ssl, get, (int)sizeof(get) - 1) <= 0)
        return true;
    s->is_asked = true;
    (void)watch(f, EPOLL_CTL_MOD, s->fd, EPOLLIN, s);
    return false;
}

static bool
step_answer(struct slot *s, bool *good)
{
    int rc;

    while ((rc = SSL_read(s->ssl, s->buf + s->len,
                          (int)(sizeof(s->buf) - 1 - s->len))) > 0)
        s->len += (size_t)rc;
    if (SSL_get_error(s->ssl, rc) == SSL_ERROR_WANT_READ)
        return false;
    *good = strncmp(s->buf, "HTTP/1.1 200", 12) == 0;
    return true;
}

static void
step_tls(struct floor *f, struct slot *s)
{
    bool good = false, over = false;

    if (!s->is_asked)
        over = step_handshake(f, s, &good);
    if (!over && s->is_asked)
        over = step_answer(s, &good);
    if (!over)
        return;
    tell(f, good);
    SSL_free(s->ssl);
    close(s->fd);
    if (f->started < f->count)
        begin_tls(f, s);
    else
        f->live--;
}

/* Slots are begun by `begin` and moved on by `step` until none is left. */
static void
run_slots(struct floor *f, void (*begin)(struct floor *, struct slot *),
          void (*step)(struct floor *, struct slot *))
{
    struct slot *slots = calloc((size_t)f->flight, sizeof(*slots));
    struct epoll_event ready[FLIGHT_MAX];

    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (slots == NULL)
        abort();
    for (; f->live < f->flight && f->started < f->count; f->live++)
        begin(f, &slots[f->live]);
    while (f->live > 0) {
        int n = epoll_wait(f->epoll, ready, FLIGHT_MAX, WAIT_MS);

        if (n <= 0)
            break;
        for (int i = 0; i < n; i++)
            step(f, ready[i].data.ptr);
    }
    free(slots);
}

static void
run_tls(struct floor *f)
{
    f->tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(f->tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(f->tls, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_load_verify_locations(f->tls, f->arg, NULL) != 1)
        abort();
    run_slots(f, begin_tls, step_tls);
    SSL_CTX_free(f->tls);
}

/* ---- DNS ---------------------------------------------------------------- */

static size_t
make_query(unsigned char *q, const char *name, int id)
{
    size_t len = 12;

    memset(q, 0, len);
    q[0] = (unsigned char)(id >> 8);
    q[1] = (unsigned char)id;
    q[2] = 1; /* recursion desired */
    q[5] = 1; /* one question */
    while (*name != '\0') {
        size_t label = strcspn(name, ".");

        q[len++] = (unsigned char)label;
        memcpy(q + len, name, label);
        len += label;
        name += label + (name[label] == '.');
    }
    memcpy(q + len, "\0\0\1\0\1", 5); /* root, A, IN */
    return len + 5;
}

static bool
ask_once(const struct floor *f, int id)
{
    static const struct timeval limit = {2, 0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    unsigned char q[512], a[1500];
    size_t len = make_query(q, f->arg, id);
    ssize_t got = -1;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (connect(fd, (const struct sockaddr *)&f->to, sizeof(f->to)) == 0 &&
        send(fd, q, len, 0) == (ssize_t)len)
        got = recv(fd, a, sizeof(a), 0);
    close(fd);
    return got > 12 && memcmp(a, q, 2) == 0 && (a[3] & 15) == 0 && a[7] > 0;
}

static void
send_query(const struct floor *f, struct slot *s)
{
    unsigned char q[514] = {0};
    size_t len = make_query(q + 2, f->arg, f->started & 0xffff);

    q[1] = (unsigned char)len;
    s->is_asked = f->stream == SOCK_STREAM
                      ? send(s->fd, q, len + 2, 0) == (ssize_t)len + 2
                      : send(s->fd, q + 2, len, 0) == (ssize_t)len;
}

/* Begins one; closes `fd` before, when that was one. */
static void
connect_next(struct floor *f, int fd)
{
    struct epoll_event ev = {.events = EPOLLOUT};

    if (fd >= 0) {
        tell(f, true);
        f->live--;
        close(fd);
    }
    if (f->started == f->count)
        return;
    f->started++;
    f->live++;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)connect(fd, (const struct sockaddr *)&f->to, sizeof(f->to));
    ev.data.fd = fd;
    epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &ev);
}

static void
run_connect(struct floor *f)
{
    f->epoll = epoll_create1(0);
    for (int i = 0; i < f->flight; i++)
        connect_next(f, -1);
    while (f->live > 0) {
        struct epoll_event ev[FLIGHT_MAX];
        int count = epoll_wait(f->epoll, ev, FLIGHT_MAX, WAIT_MS);

        for (int i = 0; i < count; i++)
            connect_next(f, ev[i].data.fd);
        if (count <= 0)
            return;
    }
}

static void
run_dnssock(struct floor *f)
{
    for (int i = 0; i < f->count; i++)
        tell(f, ask_once(f, i & 0xffff));
}

static void
begin_query(struct floor *f, struct slot *s)
{
    s->fd = socket(AF_INET, f->stream | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)connect(s->fd, (const struct sockaddr *)&f->to, sizeof(f->to));
    s->is_asked = false;
    f->started++;
    if (f->stream == SOCK_DGRAM)
        send_query(f, s);
    (void)watch(f, EPOLL_CTL_ADD, s->fd, s->is_asked ? EPOLLIN : EPOLLOUT, s);
}

static void
step_query(struct floor *f, struct slot *s)
{
    size_t head = f->stream == SOCK_STREAM ? 2 : 0; /* the length before it */
    const char *a = s->buf + head;
    ssize_t got;

    if (!s->is_asked) {
        send_query(f, s);
        (void)watch(f, EPOLL_CTL_MOD, s->fd, EPOLLIN, s);
        return;
    }
    got = recv(s->fd, s->buf, sizeof(s->buf), 0);
    tell(f, got > (ssize_t)(head + 12) && (a[3] & 15) == 0 && a[7] > 0);
    close(s->fd);
    if (f->started < f->count)
        begin_query(f, s);
    else
        f->live--;
}

static void
on_cares_answer(void *cookie, int status, int timeouts, unsigned char *answer,
                int len)
{
    struct floor *f = cookie;
    struct hostent *host = NULL;

    (void)timeouts;
    tell(f, status == ARES_SUCCESS &&
                ares_parse_a_reply(answer, len, &host, NULL, NULL) ==
                    ARES_SUCCESS);
    ares_free_hostent(host);
    f->live--;
}

static void
on_cares_socket(void *cookie, ares_socket_t fd, int readable, int writable)
{
    const struct floor *f = cookie;
    struct epoll_event e = {.data.fd = fd};

    e.events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U);
    if (e.events == 0)
        (void)epoll_ctl(f->epoll, EPOLL_CTL_DEL, fd, NULL);
    else if (epoll_ctl(f->epoll, EPOLL_CTL_MOD, fd, &e) != 0)
        (void)epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &e);
}

static void
pump_cares(const struct floor *f, ares_channel channel)
{
    struct epoll_event ready[FLIGHT_MAX];
    int n = epoll_wait(f->epoll, ready, FLIGHT_MAX, WAIT_MS);

    for (int i = 0; i < n; i++)
        ares_process_fd(
            channel,
            ready[i].events & EPOLLIN ? ready[i].data.fd : ARES_SOCKET_BAD,
            ready[i].events & EPOLLOUT ? ready[i].data.fd : ARES_SOCKET_BAD);
    if (n <= 0)
        ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void
run_cares(struct floor *f)
{
    char lookups[] = "b", server[64], ip[INET_ADDRSTRLEN];
    struct ares_options options = {
        .timeout = 2000,
        .tries = 2,
        .sock_state_cb = on_cares_socket,
        .sock_state_cb_data = f,
        .lookups = lookups,
    };
    ares_channel channel;

    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    (void)ares_library_init(ARES_LIB_INIT_ALL);
    if (ares_init_options(&channel, &options,
                          ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                              ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS) != 0)
        abort();
    (void)inet_ntop(AF_INET, &f->to.sin_addr, ip, sizeof(ip));
    (void)snprintf(server, sizeof(server), "%s:%d", ip, ntohs(f->to.sin_port));
    (void)ares_set_servers_ports_csv(channel, server);
    while (f->started < f->count || f->live > 0) {
        while (f->started < f->count && f->live < f->flight) {
            f->started++;
            f->live++;
            ares_query(channel, f->arg, 1, 1, on_cares_answer, f);
        }
        if (f->live > 0)
            pump_cares(f, channel);
    }
    ares_destroy(channel);
}

/* ---- libcurl ------------------------------------------------------------ */

static size_t
on_body(char *data, size_t size, size_t count, void *cookie)
{
    (void)data;
    (void)cookie;
    return size * count;
}

static CURL *
make_easy(const struct floor *f, bool clear_path)
{
    CURL *e = curl_easy_init();

    curl_easy_setopt(e, CURLOPT_URL, f->arg);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)WAIT_MS);
    if (f->ca != NULL)
        curl_easy_setopt(e, CURLOPT_CAINFO, f->ca);
    if (clear_path)
        curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    return e;
}

/* As any prober would, it asks for the status and the times. */
static void
judge_easy(struct floor *f, CURL *e, CURLcode rc)
{
    static const CURLINFO infos[] = {
        CURLINFO_NAMELOOKUP_TIME, CURLINFO_CONNECT_TIME,
        CURLINFO_APPCONNECT_TIME, CURLINFO_STARTTRANSFER_TIME,
        CURLINFO_TOTAL_TIME};
    long status = 0;
    double time;

    curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
    for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++)
        curl_easy_getinfo(e, infos[i], &time);
    tell(f, rc == CURLE_OK && status == 200);
}

/* Returns how many were started anew. */
static int
drain_multi(struct floor *f, CURLM *multi)
{
    CURLMsg *msg;
    int left, again = 0;

    while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
        CURL *e = msg->easy_handle;

        judge_easy(f, e, msg->data.result);
        curl_multi_remove_handle(multi, e);
        if (f->started < f->count) {
            f->started++;
            again++;
            curl_multi_add_handle(multi, e);
        } else {
            curl_easy_cleanup(e);
            f->live--;
        }
    }
    return again;
}

static void
run_curl(struct floor *f, bool clear_path)
{
    CURLM *multi;
    int running;

    curl_global_init(CURL_GLOBAL_ALL);
    multi = curl_multi_init();
    for (; f->live < f->flight && f->started < f->count; f->live++) {
        f->started++;
        curl_multi_add_handle(multi, make_easy(f, clear_path));
    }
    while (f->live > 0) {
        curl_multi_perform(multi, &running);
        (void)drain_multi(f, multi);
        if (f->live > 0)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    curl_multi_cleanup(multi);
    curl_global_cleanup();
}

/* ------------------------------------------------------------------------- */

static int
run(struct floor *f, const char *mode)
{
    f->stream = strcmp(mode, "dnsudp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
    if (strcmp(mode, "curl") == 0)
        run_curl(f, false);
    else if (strcmp(mode, "curlca") == 0)
        run_curl(f, true);
    else if (strcmp(mode, "hs") == 0)
        run_tls(f);
    else if (strcmp(mode, "tls") == 0) {
        f->is_get = true;
        run_tls(f);
    } else if (strcmp(mode, "cares") == 0)
        run_cares(f);
    else if (strcmp(mode, "connect") == 0)
        run_connect(f);
    else if (strcmp(mode, "dnssock") == 0)
        run_dnssock(f);
    else if (strcmp(mode, "dnsudp") == 0 || strcmp(mode, "dnstcp") == 0)
        run_slots(f, begin_query, step_query);
    else
        return -1;
    return 0;
}

int
main(int argc, char **argv)
{
    struct floor f = {.to.sin_family = AF_INET};
    int64_t before = clock_cpu_ns();

    if (argc < 7)
        goto usage;
    f.count = (int)strtol(argv[2], NULL, 10);
    f.flight = (int)strtol(argv[3], NULL, 10);
    f.to.sin_port = htons((uint16_t)strtol(argv[5], NULL, 10));
    f.arg = argv[6];
    f.ca = argc > 7 ? argv[7] : NULL;
    if (f.count < 1 || f.flight < 1 || f.flight > FLIGHT_MAX ||
        inet_pton(AF_INET, argv[4], &f.to.sin_addr) != 1 ||
        run(&f, argv[1]) != 0)
        goto usage;
    printf("ok=%d bad=%d cpu_us=%.1f\n", f.ok, f.bad,
           (double)(clock_cpu_ns() - before) / 1e3 / f.count);
    return f.ok == f.count ? 0 : 1;
usage:
    (void)fprintf(stderr,
                  "usage: floors MODE COUNT FLIGHT HOST PORT ARG [CA]\n");
    return 2;
}
