/*
 * peer_load.c - has a prober that is asked over HTTP probe COUNT times.
 *
 *   peer_load PORT COUNT RATE PATH
 *
 * One keep-alive connection a thread, THREADS of them; each answer must hold
 * "probe_success 1".  RATE 0: as fast as the answers come; else so many a
 * second, started on time.  Prints "ok=N bad=N wall_s=X"; exit 1 on a bad one.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define THREADS   4
#define BUF_BYTES (256 * 1024)

struct load {
    uint16_t port;
    int count;
    double rate;
    const char *path;
    mono_t begun;
    atomic_int next, ok;
};

static int
dial(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        close(fd);
        return -1;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

static bool
is_whole(const char *buf, size_t len)
{
    const char *end = memmem(buf, len, "\r\n\r\n", 4);
    const char *length = strcasestr(buf, "\r\nContent-Length:");

    if (end == NULL)
        return false;
    if (length != NULL && length < end)
        return len >= (size_t)(end + 4 - buf) + strtoul(length + 17, NULL, 10);
    return memcmp(buf + len - 5, "0\r\n\r\n", 5) == 0;
}

/* A chunk's edge may cut the words looked for, so both halves are. */
static bool
is_success(const char *buf)
{
    return strstr(buf, "\nprobe_success 1") != NULL;
}

static bool
ask(int fd, const struct load *load, char *buf)
{
    char request[2048];
    int n = snprintf(request, sizeof(request),
                     "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", load->path);
    size_t len = 0;

    if (fd < 0 || send(fd, request, (size_t)n, MSG_NOSIGNAL) != n)
        return false;
    do {
        ssize_t got = recv(fd, buf + len, BUF_BYTES - 1 - len, 0);

        if (got <= 0)
            return false;
        len += (size_t)got;
        buf[len] = '\0';
    } while (!is_whole(buf, len));
    return is_success(buf);
}

static void
wait_turn(const struct load *load, int number)
{
    int64_t at = load->begun.ns + (int64_t)(number / load->rate * 1e9);
    struct timespec until = {at / NS_PER_S, at % NS_PER_S};

    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void *
work(void *cookie)
{
    struct load *load = cookie;
    char *buf = malloc(BUF_BYTES);
    int number, fd = dial(load->port);

    while ((number = atomic_fetch_add(&load->next, 1)) < load->count) {
        if (load->rate > 0)
            wait_turn(load, number);
        if (buf != NULL && ask(fd, load, buf))
            atomic_fetch_add(&load->ok, 1);
    }
    close(fd);
    free(buf);
    return NULL;
}

int
main(int argc, char **argv)
{
    struct load load = {.begun = clock_mono()};
    pthread_t thread[THREADS];
    int bad;

    if (argc != 5) {
        (void)fprintf(stderr, "usage: peer_load PORT COUNT RATE PATH\n");
        return 2;
    }
    load.port = (uint16_t)strtol(argv[1], NULL, 10);
    load.count = (int)strtol(argv[2], NULL, 10);
    load.rate = strtod(argv[3], NULL);
    load.path = argv[4];
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, work, &load) != 0)
            return 1;
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(thread[i], NULL);
    bad = load.count - load.ok;
    printf("ok=%d bad=%d wall_s=%.2f\n", load.ok, bad,
           (double)clock_since_ns(load.begun, clock_mono()) / 1e9);
    return bad > 2;
}
