/*
 * fetch_bench.c - what one exchange costs, and whether its times are true.
 *
 *   fetch_bench flat COUNT FLIGHT PORT URL [CA]
 *       against a server on 127.0.0.1:PORT: CPU an exchange.
 *       "ok=N bad=N cpu_us=X"
 *   fetch_bench memory URL CERT KEY CA
 *       against a server of its own that never answers: bytes an exchange in
 *       flight, the slope of RSS from HOLD_LOW to HOLD_HIGH.
 *       "bytes=N"
 *   fetch_bench connect CERT KEY CA
 *       HTTP_RATE and HTTPS_RATE exchanges a second, all from one core, in a
 *       network namespace of its own: the connect time that fetch reports
 *       against SYN and SYN-ACK as the kernel stamps them on the wire (a
 *       packet socket: no code shared with what is judged).  Each exchange
 *       goes to another address of 127.0.0.0/8, by which the two are matched.
 *       Needs root.  "http=N https=N p50_us=N p99_us=N max_us=N cpu=PERCENT"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/trust.h"

#define TIMEOUT_NS (20 * NS_PER_S)
#define HOLD_LOW   200
#define HOLD_HIGH  700
#define HTTP_RATE  500
#define HTTPS_RATE 50
#define PACE_S     4
#define PACED_MAX  (PACE_S * (HTTP_RATE + HTTPS_RATE))
#define TICK_NS    (NS_PER_S / HTTP_RATE)
#define TLS_EVERY  (HTTP_RATE / HTTPS_RATE) /* ticks */
#define FIRST_IP   0x7f010000U              /* 127.1.0.0 */
#define LISTEN_MAX 1024
#define FLIGHT_MAX 64
#define REPLY      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

static void
die(const char *what)
{
    (void)fprintf(stderr, "fetch_bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- a server of our own, in a process of its own ------------------------ */

struct server {
    int fd;
    uint16_t port;
    SSL_CTX *tls; /* NULL: plain */
    bool is_mute; /* takes the connection and says nothing more */
};

static void
serve_one(const struct server *server, int fd)
{
    char some[4096];
    SSL *ssl = server->tls != NULL ? SSL_new(server->tls) : NULL;

    if (ssl != NULL) {
        SSL_set_fd(ssl, fd);
        (void)SSL_accept(ssl);
    }
    if (server->is_mute)
        return; /* held until this process ends */
    if (ssl != NULL) {
        if (SSL_read(ssl, some, sizeof(some)) > 0)
            (void)SSL_write(ssl, REPLY, (int)sizeof(REPLY) - 1);
        (void)SSL_shutdown(ssl);
        SSL_free(ssl);
    } else if (recv(fd, some, sizeof(some), 0) > 0) {
        (void)send(fd, REPLY, sizeof(REPLY) - 1, MSG_NOSIGNAL);
    }
    close(fd);
}

static void *
serve(void *cookie)
{
    const struct server *server = cookie;
    int fd;

    while ((fd = accept(server->fd, NULL, NULL)) >= 0)
        serve_one(server, fd);
    return NULL;
}

static void
listen_on(struct server *server, uint32_t ip)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(ip)};
    socklen_t len = sizeof(in);

    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->fd, (const struct sockaddr *)&in, sizeof(in)) != 0 ||
        listen(server->fd, LISTEN_MAX) != 0)
        die("listen");
    (void)getsockname(server->fd, (struct sockaddr *)&in, &len);
    server->port = ntohs(in.sin_port);
}

static SSL_CTX *
server_tls(const char *cert, const char *key)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

    if (SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
        die(cert);
    return tls;
}

static void
pin_to_core(size_t core)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(core, &set);
    (void)sched_setaffinity(0, sizeof(set), &set);
}

/* A thread each, so that handshakes keep no plain answer waiting. */
static pid_t
fork_servers(struct server *servers, size_t count, size_t core)
{
    pid_t pid = fork();
    pthread_t thread;

    if (pid != 0)
        return pid;
    pin_to_core(core);
    for (size_t i = 1; i < count; i++)
        (void)pthread_create(&thread, NULL, serve, &servers[i]);
    serve(&servers[0]);
    _exit(0);
}

/* ---- what all modes share ------------------------------------------------ */

struct bench {
    struct loop *loop;
    struct trust *trust;
    struct fetcher *fetcher;
    struct fetch_opts opts;
    struct addr to;
    long count, started, ended, bad;
    char why[256]; /* of the first bad one */
};

static void
open_bench(struct bench *bench, const char *url, const char *ca)
{
    memset(bench, 0, sizeof(*bench));
    bench->loop = loop_create();
    bench->trust = trust_create(ca != NULL ? ca : "", NULL, bench->why,
                                sizeof(bench->why));
    if (bench->trust == NULL)
        die(bench->why);
    bench->fetcher = fetcher_create(
        bench->loop, &(struct fetcher_opts){.trust = bench->trust});
    bench->opts = (struct fetch_opts){
        .url = url, .address = &bench->to, .timeout_ns = TIMEOUT_NS};
}

static void
close_bench(struct bench *bench)
{
    fetcher_free(bench->fetcher);
    trust_free(bench->trust);
    loop_free(bench->loop);
}

static void
see(struct bench *bench, const struct fetch_result *result)
{
    bench->ended++;
    if (result->status == 200)
        return;
    if (bench->bad++ == 0)
        (void)str_copy(bench->why, sizeof(bench->why), result->detail);
}

static void
tell_bad(const struct bench *bench)
{
    if (bench->bad > 0)
        (void)fprintf(stderr, "fetch_bench: %s\n", bench->why);
}

/* ---- flat ----------------------------------------------------------------- */

static void flat_next(struct bench *bench);

static void
on_flat(void *cookie, const struct fetch_result *result)
{
    struct bench *bench = cookie;

    see(bench, result);
    if (bench->started < bench->count)
        flat_next(bench);
    else if (bench->ended == bench->count)
        loop_stop(bench->loop);
}

static void
flat_next(struct bench *bench)
{
    bench->started++;
    if (fetch_start(bench->fetcher, &bench->opts, on_flat, bench) == NULL)
        die("fetch_start");
}

static int
run_flat(int argc, char **argv)
{
    struct bench bench;
    long flight = strtol(argv[3], NULL, 10);
    int64_t before;

    if (flight < 1 || flight > FLIGHT_MAX)
        return 2;
    open_bench(&bench, argv[5], argc > 6 ? argv[6] : NULL);
    bench.count = strtol(argv[2], NULL, 10);
    (void)addr_parse_ip(&bench.to, "127.0.0.1",
                        (uint16_t)strtol(argv[4], NULL, 10));
    before = clock_cpu_ns();
    while (bench.started < flight)
        flat_next(&bench);
    loop_run(bench.loop);
    printf("ok=%ld bad=%ld cpu_us=%.1f\n", bench.ended - bench.bad, bench.bad,
           (double)(clock_cpu_ns() - before) / 1e3 / (double)bench.count);
    tell_bad(&bench);
    close_bench(&bench);
    return bench.bad > 0;
}

/* ---- memory --------------------------------------------------------------- */

static long
rss_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    long size = 0, resident = 0;

    if (f != NULL && fscanf(f, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    if (f != NULL)
        (void)fclose(f);
    return resident * sysconf(_SC_PAGESIZE);
}

static void
on_never(void *cookie, const struct fetch_result *result)
{
    (void)cookie;
    (void)fprintf(stderr, "fetch_bench: %s\n", result->detail);
    exit(1);
}

static void
on_settled(void *cookie)
{
    loop_stop(cookie);
}

/* RSS once `count` exchanges wait for their answers. */
static long
hold(struct bench *bench, struct fetch **held, long count)
{
    for (; bench->started < count; bench->started++)
        held[bench->started] =
            fetch_start(bench->fetcher, &bench->opts, on_never, bench);
    (void)loop_timer_start(bench->loop, 4 * NS_PER_S, on_settled, bench->loop);
    loop_run(bench->loop);
    return rss_bytes();
}

static int
run_memory(char **argv)
{
    struct server server = {.is_mute = true};
    struct fetch *held[HOLD_HIGH];
    bool is_tls = strncmp(argv[2], "https:", 6) == 0;
    struct bench bench;
    long low, high;
    pid_t pid;

    listen_on(&server, INADDR_LOOPBACK);
    server.tls = is_tls ? server_tls(argv[3], argv[4]) : NULL;
    pid = fork_servers(&server, 1, 1);
    open_bench(&bench, argv[2], argv[5]);
    (void)addr_parse_ip(&bench.to, "127.0.0.1", server.port);
    low = hold(&bench, held, HOLD_LOW);
    high = hold(&bench, held, HOLD_HIGH);
    printf("bytes=%ld\n", (high - low) / (HOLD_HIGH - HOLD_LOW));
    for (long i = 0; i < HOLD_HIGH; i++)
        fetch_cancel(held[i]);
    close_bench(&bench);
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    return 0;
}

/* ---- connect -------------------------------------------------------------- */

/* One exchange, known by its address FIRST_IP + index. */
struct paced {
    struct paced_run *run;
    int64_t syn_ns, ack_ns; /* the wire's */
    int64_t connect_us;     /* fetch's; -1 none */
    struct addr to;
};

struct paced_run {
    struct bench http, https; /* one loop and fetcher, the first one's */
    struct server servers[2];
    struct paced *each;
    size_t count;
    long ticks;
    int packets;
    pthread_t watcher;
};

static void
see_packet(struct paced_run *run, const uint8_t *data, size_t len, int64_t ns)
{
    struct iphdr ip;
    struct tcphdr tcp;
    uint32_t from, to;

    if (len < sizeof(ip) + sizeof(tcp))
        return;
    memcpy(&ip, data, sizeof(ip));
    if (ip.ihl != 5 || ip.protocol != IPPROTO_TCP)
        return;
    memcpy(&tcp, data + sizeof(ip), sizeof(tcp));
    from = ntohl(ip.saddr) - FIRST_IP;
    to = ntohl(ip.daddr) - FIRST_IP;
    if (tcp.syn && !tcp.ack && to < PACED_MAX && run->each[to].syn_ns == 0)
        run->each[to].syn_ns = ns;
    if (tcp.syn && tcp.ack && from < PACED_MAX && run->each[from].ack_ns == 0)
        run->each[from].ack_ns = ns;
}

static int64_t
stamp_of(struct msghdr *msg)
{
    struct cmsghdr *c;

    for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
        struct timespec at;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&at, CMSG_DATA(c), sizeof(at));
        return at.tv_sec * NS_PER_S + at.tv_nsec;
    }
    return 0;
}

static void *
watch_wire(void *cookie)
{
    struct paced_run *run = cookie;
    uint8_t data[128];
    char control[128];
    struct sockaddr_ll from;

    pin_to_core(1);
    for (;;) {
        struct iovec io = {data, sizeof(data)};
        struct msghdr msg = {.msg_name = &from,
                             .msg_namelen = sizeof(from),
                             .msg_iov = &io,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
        ssize_t n = recvmsg(run->packets, &msg, 0);

        if (n < 0)
            return NULL;
        /* Loopback shows each packet leaving and coming. */
        if (from.sll_pkttype == PACKET_OUTGOING)
            see_packet(run, data, (size_t)n, stamp_of(&msg));
    }
}

static void
open_wire(struct paced_run *run)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL)};
    int on = 1, bytes = 16 << 20;

    run->packets = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    at.sll_ifindex = (int)if_nametoindex("lo");
    if (run->packets < 0 ||
        setsockopt(run->packets, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) !=
            0 ||
        setsockopt(run->packets, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
                   sizeof(bytes)) != 0 ||
        bind(run->packets, (const struct sockaddr *)&at, sizeof(at)) != 0)
        die("packet socket");
    (void)pthread_create(&run->watcher, NULL, watch_wire, run);
}

static void
enter_namespace(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd;

    if (unshare(CLONE_NEWNET) != 0)
        die("network namespace");
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (ioctl(fd, SIOCSIFFLAGS, &lo) != 0)
        die("lo");
    close(fd);
}

static void
on_paced(void *cookie, const struct fetch_result *result)
{
    struct paced *one = cookie;
    struct bench *bench = &one->run->http;

    see(bench, result);
    one->connect_us = result->connect_us;
    if (bench->ended == bench->count)
        loop_stop(bench->loop);
}

static void
pace_one(struct paced_run *run, const struct bench *how, uint16_t port)
{
    struct paced *one = &run->each[run->count];
    struct in_addr ip = {htonl(FIRST_IP + (uint32_t)run->count)};
    struct fetch_opts opts = how->opts;

    run->count++;
    one->run = run;
    one->connect_us = -1;
    (void)addr_parse_ip(&one->to, inet_ntoa(ip), port);
    opts.address = &one->to;
    if (fetch_start(run->http.fetcher, &opts, on_paced, one) == NULL)
        die("fetch_start");
}

static void
on_tick(void *cookie)
{
    struct paced_run *run = cookie;

    if (run->ticks++ >= (long)HTTP_RATE * PACE_S)
        return;
    (void)loop_timer_start(run->http.loop, TICK_NS, on_tick, run);
    pace_one(run, &run->http, run->servers[0].port);
    if (run->ticks % TLS_EVERY == 0)
        pace_one(run, &run->https, run->servers[1].port);
}

static int
by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void
report(struct paced_run *run, double cpu)
{
    static int64_t error[PACED_MAX];
    size_t n = 0;

    for (size_t i = 0; i < run->count; i++) {
        const struct paced *one = &run->each[i];
        int64_t wire_us = (one->ack_ns - one->syn_ns) / NS_PER_US;

        if (one->syn_ns == 0 || one->ack_ns == 0 || one->connect_us < 0)
            continue;
        error[n++] = llabs(one->connect_us - wire_us);
    }
    if (n == 0)
        die("nothing was seen on the wire");
    qsort(error, n, sizeof(error[0]), by_value);
    printf("matched=%zu bad=%ld p50_us=%lld p99_us=%lld max_us=%lld cpu=%.0f\n",
           n, run->http.bad, (long long)error[n / 2],
           (long long)error[n * 99 / 100], (long long)error[n - 1], cpu);
}

static int
run_connect(char **argv)
{
    struct paced_run run = {.packets = -1};
    int64_t cpu_ns;
    mono_t begun;
    pid_t pid;

    enter_namespace();
    listen_on(&run.servers[0], INADDR_ANY);
    listen_on(&run.servers[1], INADDR_ANY);
    run.servers[1].tls = server_tls(argv[2], argv[3]);
    run.each = calloc(PACED_MAX, sizeof(*run.each));
    pid = fork_servers(run.servers, 2, 1);
    open_wire(&run);
    pin_to_core(0);
    open_bench(&run.http, "http://localhost/", argv[4]);
    run.https.opts = run.http.opts;
    run.https.opts.url = "https://localhost/";
    run.http.count = PACED_MAX;
    cpu_ns = clock_cpu_ns();
    begun = loop_now(run.http.loop);
    (void)loop_timer_start(run.http.loop, TICK_NS, on_tick, &run);
    loop_run(run.http.loop);
    cpu_ns = clock_cpu_ns() - cpu_ns;
    report(&run, 100.0 * (double)cpu_ns /
                     (double)clock_since_ns(begun, loop_now(run.http.loop)));
    tell_bad(&run.http);
    close_bench(&run.http);
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    return run.http.bad > 0;
}

int
main(int argc, char **argv)
{
    if (argc >= 6 && str_eq(argv[1], "flat"))
        return run_flat(argc, argv);
    if (argc == 6 && str_eq(argv[1], "memory"))
        return run_memory(argv);
    if (argc == 5 && str_eq(argv[1], "connect"))
        return run_connect(argv);
    (void)fprintf(stderr, "usage: fetch_bench flat COUNT FLIGHT PORT URL [CA]\n"
                          "       fetch_bench memory URL CERT KEY CA\n"
                          "       fetch_bench connect CERT KEY CA\n");
    return 2;
}
