/*
 * web_bed.h - a whole controller on ports of its own, and a client that knows
 * HTTP from nobody but itself: plain sockets, OpenSSL for the probes' side.
 *
 * The client runs on a thread of its own while the loop runs; a call ends both.
 */
#ifndef TESTS_UNIT_CONTROLLER_WEB_WEB_BED_H
#define TESTS_UNIT_CONTROLLER_WEB_WEB_BED_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/str.h"
#include "controller/config.h"
#include "controller/controller.h"

#define BED_ANSWER_MAX (1u << 20)

struct bed {
    char dir[64];
    struct loop *loop;
    struct controller *controller;
    char *text; /* of the configuration; a reload reads it again */
    char why[512];
    /* one call */
    const char *url;
    SSL_CTX *tls; /* NULL: plain */
    const char *request;
    size_t request_len;
    char answer[BED_ANSWER_MAX];
    size_t answer_len;
    int status;
    const char *body;
};

static const char bed_config[] =
    "picket = 1;\n"
    "controller = { listen = \"127.0.0.1:0\"; probes = { listen = "
    "\"127.0.0.1:0\"; }; };\n"
    "regions = { fra = { name = \"Frankfurt\"; }; iad = { name = "
    "\"Virginia\"; }; };\n"
    "checks = { home = { http = \"http://127.0.0.1:1/\"; every = \"10s\"; "
    "}; };\n";

static inline struct config *
bed_load(void *cookie, struct diag *diag)
{
    struct bed *bed = cookie;
    struct config *config = config_load_text("bed.conf", bed->text, diag);

    if (config != NULL) {
        free(config->data_dir);
        config->data_dir = str_xdup(bed->dir);
    }
    return config;
}

static inline void
bed_start(struct bed *bed)
{
    struct diag *diag = diag_create();
    struct controller_opts opts = {
        .loop = bed->loop, .load = bed_load, .cookie = bed};

    opts.config = bed_load(bed, diag);
    diag_free(diag);
    assert_non_null(opts.config);
    bed->controller = controller_create(&opts, bed->why, sizeof(bed->why));
    if (bed->controller == NULL)
        print_error("%s\n", bed->why);
    assert_non_null(bed->controller);
}

static inline int
bed_setup(void **state)
{
    struct bed *bed = test_calloc(1, sizeof(*bed));

    (void)signal(SIGPIPE, SIG_IGN);
    (void)snprintf(bed->dir, sizeof(bed->dir), "/tmp/picket-web-XXXXXX");
    assert_non_null(mkdtemp(bed->dir));
    bed->loop = loop_create();
    bed->text = str_xdup(bed_config);
    bed_start(bed);
    *state = bed;
    return 0;
}

static inline int
bed_teardown(void **state)
{
    struct bed *bed = *state;

    controller_free(bed->controller);
    loop_free(bed->loop);
    assert_int_equal(file_remove_tree(bed->dir), 0);
    free(bed->text);
    SSL_CTX_free(bed->tls);
    test_free(bed);
    return 0;
}

static inline int
bed_connect(const char *url)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    const char *port = strrchr(url, ':');
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = 20};

    to.sin_port = htons((uint16_t)strtol(port + 1, NULL, 10));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static inline void
bed_plain(struct bed *bed, int fd)
{
    ssize_t n = send(fd, bed->request, bed->request_len, 0);

    while (n > 0 && bed->answer_len < BED_ANSWER_MAX - 1) {
        n = recv(fd, bed->answer + bed->answer_len,
                 BED_ANSWER_MAX - 1 - bed->answer_len, 0);
        if (n > 0)
            bed->answer_len += (size_t)n;
    }
}

static inline void
bed_secure(struct bed *bed, int fd)
{
    SSL *ssl = SSL_new(bed->tls);
    int n = 0;

    (void)SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) == 1)
        n = SSL_write(ssl, bed->request, (int)bed->request_len);
    while (n > 0 && bed->answer_len < BED_ANSWER_MAX - 1) {
        n = SSL_read(ssl, bed->answer + bed->answer_len,
                     (int)(BED_ANSWER_MAX - 1 - bed->answer_len));
        if (n > 0)
            bed->answer_len += (size_t)n;
    }
    SSL_free(ssl);
}

static inline void
bed_stop(void *cookie)
{
    struct bed *bed = cookie;

    loop_stop(bed->loop);
}

static inline void *
bed_client(void *cookie)
{
    struct bed *bed = cookie;
    int fd = bed_connect(bed->url);

    if (fd >= 0 && bed->tls != NULL && str_starts(bed->url, "https:"))
        bed_secure(bed, fd);
    else if (fd >= 0)
        bed_plain(bed, fd);
    if (fd >= 0)
        (void)close(fd);
    loop_post(bed->loop, bed_stop, bed);
    return NULL;
}

/* Send `request` as it is and run the loop until the answer is whole. */
static inline int
bed_send(struct bed *bed, const char *url, const char *request, size_t len)
{
    pthread_t thread;
    const char *head_end;

    bed->url = url;
    bed->request = request;
    bed->request_len = len;
    bed->answer_len = 0;
    assert_int_equal(pthread_create(&thread, NULL, bed_client, bed), 0);
    loop_run(bed->loop);
    assert_int_equal(pthread_join(thread, NULL), 0);
    bed->answer[bed->answer_len] = '\0';
    head_end = strstr(bed->answer, "\r\n\r\n");
    bed->body = head_end == NULL ? "" : head_end + 4;
    bed->status =
        bed->answer_len > 12 ? (int)strtol(bed->answer + 9, NULL, 10) : 0;
    return bed->status;
}

/* One request to the people's side; `extra` is header lines. */
static inline int
bed_ask(struct bed *bed, const char *line, const char *extra, const char *body)
{
    char *text = str_xprintf("%s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
                             "%sContent-Length: %zu\r\n\r\n%s",
                             line, extra, strlen(body), body);
    int status =
        bed_send(bed, controller_url(bed->controller), text, strlen(text));

    free(text);
    return status;
}

/* The same with the operator's key. */
static inline int
bed_order(struct bed *bed, const char *line, const char *body)
{
    char *extra = str_xprintf("Authorization: Bearer %s\r\n",
                              controller_key(bed->controller));
    int status = bed_ask(bed, line, extra, body);

    free(extra);
    return status;
}

/* The value of a header of the answer, or NULL; valid until the next call. */
static inline const char *
bed_header(struct bed *bed, const char *name)
{
    static char value[1024];
    char *line = str_xprintf("\r\n%s: ", name);
    const char *at = strstr(bed->answer, line);
    size_t skip = strlen(line);

    free(line);
    if (at == NULL || at > bed->body)
        return NULL;
    (void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(at + skip, "\r"),
                   at + skip);
    return value;
}

#define BED(f) cmocka_unit_test_setup_teardown(f, bed_setup, bed_teardown)

#endif
