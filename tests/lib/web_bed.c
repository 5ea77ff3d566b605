#include "tests/lib/web_bed.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/str.h"
#include "controller/config.h"
#include "controller/controller.h"

const char web_bed_config[] =
    "picket = 1;\n"
    "controller = { listen = \"127.0.0.1:0\"; probes = { listen = "
    "\"127.0.0.1:0\"; }; };\n"
    "regions = { fra = { name = \"Frankfurt\"; }; iad = { name = "
    "\"Virginia\"; }; };\n"
    "checks = { home = { http = \"http://127.0.0.1:1/\"; every = \"10s\"; "
    "}; };\n";

struct config *
web_bed_load(void *cookie, struct diag *diag)
{
    struct web_bed *bed = cookie;
    struct config *config = config_load_text("bed.conf", bed->text, diag);

    if (config != NULL) {
        free(config->data_dir);
        config->data_dir = str_xdup(bed->dir);
    }
    return config;
}

void
web_bed_start(struct web_bed *bed)
{
    struct diag *diag = diag_create();
    struct controller_opts opts = {
        .loop = bed->loop, .load = web_bed_load, .cookie = bed};

    opts.config = web_bed_load(bed, diag);
    diag_free(diag);
    assert_non_null(opts.config);
    bed->controller = controller_create(&opts, bed->why, sizeof(bed->why));
    if (bed->controller == NULL)
        print_error("%s\n", bed->why);
    assert_non_null(bed->controller);
}

int
web_bed_setup(void **state)
{
    struct web_bed *bed = test_calloc(1, sizeof(*bed));

    (void)signal(SIGPIPE, SIG_IGN);
    (void)snprintf(bed->dir, sizeof(bed->dir), "/tmp/picket-web-XXXXXX");
    assert_non_null(mkdtemp(bed->dir));
    bed->loop = loop_create();
    bed->text = str_xdup(web_bed_config);
    web_bed_start(bed);
    *state = bed;
    return 0;
}

int
web_bed_teardown(void **state)
{
    struct web_bed *bed = *state;

    controller_free(bed->controller);
    loop_free(bed->loop);
    assert_int_equal(file_remove_tree(bed->dir), 0);
    free(bed->text);
    SSL_CTX_free(bed->tls);
    test_free(bed);
    return 0;
}

int
web_bed_connect(const char *url)
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

static void
talk_plain(struct web_bed *bed, int fd)
{
    ssize_t n = send(fd, bed->request, bed->request_len, 0);

    while (n > 0 && bed->answer_len < WEB_BED_ANSWER_MAX - 1) {
        n = recv(fd, bed->answer + bed->answer_len,
                 WEB_BED_ANSWER_MAX - 1 - bed->answer_len, 0);
        if (n > 0)
            bed->answer_len += (size_t)n;
    }
}

static void
talk_secure(struct web_bed *bed, int fd)
{
    SSL *ssl = SSL_new(bed->tls);
    int n = 0;

    (void)SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) == 1)
        n = SSL_write(ssl, bed->request, (int)bed->request_len);
    while (n > 0 && bed->answer_len < WEB_BED_ANSWER_MAX - 1) {
        n = SSL_read(ssl, bed->answer + bed->answer_len,
                     (int)(WEB_BED_ANSWER_MAX - 1 - bed->answer_len));
        if (n > 0)
            bed->answer_len += (size_t)n;
    }
    SSL_free(ssl);
}

static void
on_stop(void *cookie)
{
    struct web_bed *bed = cookie;

    loop_stop(bed->loop);
}

static void *
run_client(void *cookie)
{
    struct web_bed *bed = cookie;
    int fd = web_bed_connect(bed->url);

    if (fd >= 0 && bed->tls != NULL && str_starts(bed->url, "https:"))
        talk_secure(bed, fd);
    else if (fd >= 0)
        talk_plain(bed, fd);
    if (fd >= 0)
        (void)close(fd);
    loop_post(bed->loop, on_stop, bed);
    return NULL;
}

int
web_bed_send(struct web_bed *bed, const char *url, const char *request,
             size_t len)
{
    pthread_t thread;
    const char *head_end;

    bed->url = url;
    bed->request = request;
    bed->request_len = len;
    bed->answer_len = 0;
    assert_int_equal(pthread_create(&thread, NULL, run_client, bed), 0);
    loop_run(bed->loop);
    assert_int_equal(pthread_join(thread, NULL), 0);
    bed->answer[bed->answer_len] = '\0';
    head_end = strstr(bed->answer, "\r\n\r\n");
    bed->body = head_end == NULL ? "" : head_end + 4;
    bed->status =
        bed->answer_len > 12 ? (int)strtol(bed->answer + 9, NULL, 10) : 0;
    return bed->status;
}

int
web_bed_ask(struct web_bed *bed, const char *line, const char *extra,
            const char *body)
{
    char *text = str_xprintf("%s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
                             "%sContent-Length: %zu\r\n\r\n%s",
                             line, extra, strlen(body), body);
    int status =
        web_bed_send(bed, controller_url(bed->controller), text, strlen(text));

    free(text);
    return status;
}

int
web_bed_order(struct web_bed *bed, const char *line, const char *body)
{
    char *extra = str_xprintf("Authorization: Bearer %s\r\n",
                              controller_key(bed->controller));
    int status = web_bed_ask(bed, line, extra, body);

    free(extra);
    return status;
}

const char *
web_bed_header(struct web_bed *bed, const char *name)
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
