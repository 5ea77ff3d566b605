#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/httpd.c"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>

#define ROUNDS 4000 /* of garbage */

/* What the handler saw last, and how it is to answer. */
struct site {
    struct loop *loop;
    struct httpd *httpd;
    int requests;
    int closes;
    bool holds; /* the request is kept, not answered */
    bool tells; /* on_close is set */
    bool drops;
    struct httpd_request *held;
    char method[16];
    char path[256];
    char query[64];
    char cookie[64];
    char body[256];
    struct httpd_peer peer;
    struct addr remote;
    /* the client's thread */
    uint16_t port;
    void (*client)(struct site *site);
    const char *send;
    size_t send_len;
    char got[8192];
    bool was_closed;
    int fd;
};

static void
on_left(void *cookie)
{
    struct site *site = cookie;

    site->closes++;
    site->held = NULL;
    loop_stop(site->loop);
}

static void
on_request(void *cookie, struct httpd_request *request)
{
    struct site *site = cookie;
    const char *query = httpd_query(request, "q");
    const char *cookie_value = httpd_cookie(request, "sid");
    size_t len = 0;
    const char *body = httpd_body(request, &len);

    site->requests++;
    str_copy(site->method, sizeof site->method, httpd_method(request));
    str_copy(site->path, sizeof site->path, httpd_path(request));
    str_copy(site->query, sizeof site->query, query ? query : "(none)");
    str_copy(site->cookie, sizeof site->cookie,
             cookie_value ? cookie_value : "(none)");
    str_copy(site->body, sizeof site->body, body);
    site->peer = *httpd_peer(request);
    site->remote = *httpd_remote(request);
    if (site->tells)
        httpd_on_close(request, on_left, site);
    if (site->drops) {
        httpd_drop(request);
        return;
    }
    if (site->holds) {
        site->held = request;
        return;
    }
    httpd_set_header(request, "X-Site", "yes");
    httpd_set_header(request, "X-Bad", "a\r\nX-Forged: b");
    httpd_reply(request, 200, "text/plain", "hello\n", 6);
}

static void
site_open(struct site *site, struct httpd_opts opts)
{
    char why[300] = "";

    site->loop = loop_create();
    opts.listen = "127.0.0.1:0";
    opts.handler = on_request;
    opts.cookie = site;
    site->httpd = httpd_open(site->loop, &opts, why, sizeof why);
    assert_string_equal(why, "");
    assert_non_null(site->httpd);
    site->port = httpd_port(site->httpd);
    assert_true(site->port > 0);
}

static void
site_close(struct site *site)
{
    httpd_close(site->httpd);
    loop_free(site->loop);
}

static int
dial(const struct site *site)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    in.sin_port = htons(site->port);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof in), 0);
    return fd;
}

static void
stop(void *cookie)
{
    loop_stop(cookie);
}

static void
one_turn(struct site *site)
{
    loop_timer_start(site->loop, 0, stop, site->loop);
    loop_run(site->loop);
}

static void *
client_run(void *cookie)
{
    struct site *site = cookie;

    site->client(site);
    loop_post(site->loop, stop, site->loop);
    return NULL;
}

/* Runs the site's loop until the client's function has ended. */
static void
site_visit(struct site *site, void (*client)(struct site *))
{
    pthread_t thread;

    site->client = client;
    assert_int_equal(pthread_create(&thread, NULL, client_run, site), 0);
    loop_run(site->loop);
    pthread_join(thread, NULL);
}

/* Sends all, then reads until the server closes or is silent for 200 ms. */
static void
talk(struct site *site)
{
    int fd = dial(site);
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    size_t len = 0;

    site->was_closed = false;
    send(fd, site->send, site->send_len, MSG_NOSIGNAL);
    while (len < sizeof site->got - 1 && poll(&poll_fd, 1, 200) > 0) {
        ssize_t n = recv(fd, site->got + len, sizeof site->got - 1 - len, 0);
        if (n <= 0) {
            site->was_closed = true;
            break;
        }
        len += (size_t)n;
    }
    site->got[len] = '\0';
    close(fd);
}

static void
say(struct site *site, const char *bytes)
{
    site->send = bytes;
    site->send_len = strlen(bytes);
    site_visit(site, talk);
}

static void
a_request_is_answered(void **state)
{
    struct site site = {0};
    char remote[ADDR_TEXT_MAX];
    (void)state;

    site_open(&site, (struct httpd_opts){0});
    say(&site, "POST /a%20b/c?x=1&q=one+two%21 HTTP/1.1\r\nHost: a\r\n"
               "Cookie: a=b; sid=42; c=d\r\nContent-Length: 4\r\n\r\nbody");
    assert_int_equal(site.requests, 1);
    assert_string_equal(site.method, "POST");
    assert_string_equal(site.path, "/a b/c");
    assert_string_equal(site.query, "one two!");
    assert_string_equal(site.cookie, "42");
    assert_string_equal(site.body, "body");
    assert_string_equal(addr_format_ip(remote, &site.remote), "127.0.0.1");
    assert_int_equal(site.peer.state, HTTPD_PEER_NONE);
    assert_true(strncmp(site.got, "HTTP/1.1 200 OK\r\nDate: ", 23) == 0);
    assert_non_null(strstr(site.got, "\r\nContent-Length: 6\r\n"));
    assert_non_null(strstr(site.got, "\r\nX-Site: yes\r\n"));
    assert_null(strstr(site.got, "Forged"));
    assert_null(strstr(site.got, "Server"));
    assert_non_null(strstr(site.got, "\r\n\r\nhello\n"));
    assert_false(site.was_closed);
    site_close(&site);
}

static void
requests_follow_each_other(void **state)
{
    struct site site = {0};
    (void)state;

    site_open(&site, (struct httpd_opts){0});
    say(&site, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
               "HEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n"
               "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
               "GET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(site.requests, 3);
    assert_string_equal(site.path, "/3");
    assert_true(site.was_closed);
    assert_non_null(strstr(site.got, "Connection: close\r\n"));
    site_close(&site);
}

static void
head_and_options_have_no_surprises(void **state)
{
    static const char *const methods[] = {"GET",    "HEAD",  "POST",   "PUT",
                                          "DELETE", "PATCH", "OPTIONS"};
    struct site site = {0};
    char text[128];
    size_t i;
    (void)state;

    site_open(&site, (struct httpd_opts){0});
    for (i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        snprintf(text, sizeof text, "%s / HTTP/1.0\r\n\r\n", methods[i]);
        say(&site, text);
        assert_string_equal(site.method, methods[i]);
        assert_non_null(strstr(site.got, "Content-Length: 6\r\n"));
        assert_int_equal(strstr(site.got, "hello") == NULL,
                         str_eq(methods[i], "HEAD"));
        assert_true(site.was_closed);
    }
    say(&site, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(strncmp(site.got, "HTTP/1.1 501 ", 13) == 0);
    assert_int_equal(site.requests, (int)i);
    site_close(&site);
}

static void
what_is_wrong_is_refused_and_closed(void **state)
{
    static const struct {
        const char *bytes;
        const char *status;
    } cases[] = {
        {"GET / HTTP/1.1\nHost: a\n\n", "400"},
        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
         "Transfer-Encoding: chunked\r\n\r\n",
         "400"},
        {"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"GET /% HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"GET a HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n",
         "413"},
        {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", "505"},
    };
    struct site site = {0};
    size_t i;
    (void)state;

    site_open(&site, (struct httpd_opts){0});
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        say(&site, cases[i].bytes);
        assert_memory_equal(site.got + 9, cases[i].status, 3);
        assert_non_null(strstr(site.got, "Connection: close"));
        assert_true(site.was_closed);
    }
    assert_int_equal(site.requests, 0);
    site_close(&site);
}

static void
garbage_breaks_nothing(void **state)
{
    static const char good[] =
        "POST /p?q=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n0\r\n\r\n";
    struct site site = {0};
    unsigned seed = 7;
    int i;
    (void)state;

    site_open(&site, (struct httpd_opts){0});
    for (i = 0; i < ROUNDS; i++) {
        char bytes[sizeof good];
        size_t len = sizeof good - 1;
        int flips = 1 + rand_r(&seed) % 6;
        int fd = dial(&site);

        memcpy(bytes, good, len);
        while (flips-- > 0)
            bytes[(size_t)rand_r(&seed) % len] = (char)rand_r(&seed);
        send(fd, bytes, (size_t)rand_r(&seed) % len + 1, MSG_NOSIGNAL);
        close(fd);
        one_turn(&site);
    }
    /* It still serves, once all before have been accepted and have ended. */
    say(&site, "GET /last HTTP/1.1\r\nHost: a\r\n\r\n");
    while (site.httpd->conn_count > 0) /* each was left by its client */
        one_turn(&site);
    say(&site, "GET /alive HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(site.path, "/alive");
    assert_non_null(strstr(site.got, "hello"));
    site_close(&site);
}

static void
leave_after_asking(struct site *site)
{
    site->fd = dial(site);
    send(site->fd, site->send, site->send_len, MSG_NOSIGNAL);
}

static void
hold(struct site *site)
{
    site->holds = true;
    site->held = NULL;
    site->send = "GET /held HTTP/1.1\r\nHost: a\r\n\r\n";
    site->send_len = strlen(site->send);
    site_visit(site, leave_after_asking);
    while (site->held == NULL) {
        loop_timer_start(site->loop, NS_PER_MS, stop, site->loop);
        loop_run(site->loop);
    }
}

static void
a_held_request_is_answered_later(void **state)
{
    struct site site = {0};
    char got[512];
    ssize_t len;
    (void)state;

    site_open(&site, (struct httpd_opts){0});
    hold(&site);
    httpd_reply(site.held, 204, NULL, NULL, 0);
    loop_timer_start(site.loop, 20 * NS_PER_MS, stop, site.loop);
    loop_run(site.loop);
    len = recv(site.fd, got, sizeof got - 1, 0);
    assert_true(len > 0);
    got[len] = '\0';
    assert_true(strncmp(got, "HTTP/1.1 204 No Content\r\n", 25) == 0);
    assert_null(strstr(got, "Content-Length"));
    close(site.fd);
    site_close(&site);
}

static void
a_client_that_leaves_is_noticed(void **state)
{
    struct site site = {.tells = true};
    (void)state;

    site_open(&site, (struct httpd_opts){0});
    hold(&site);
    close(site.fd);
    loop_run(site.loop); /* on_left() stops it */
    assert_int_equal(site.closes, 1);
    /* Nobody asked to be told: the late reply goes nowhere. */
    site.tells = false;
    hold(&site);
    close(site.fd);
    while (site.httpd->conn_count > 0) {
        loop_timer_start(site.loop, NS_PER_MS, stop, site.loop);
        loop_run(site.loop);
    }
    httpd_reply(site.held, 200, NULL, "late", 4);
    /* Closing the server tells it too. */
    site.tells = true;
    hold(&site);
    site_close(&site);
    assert_int_equal(site.closes, 2);
    close(site.fd);
}

/* Reads until the end; that it comes is what is tested. */
static void
dribble(struct site *site)
{
    int fd = dial(site);
    char byte;

    send(fd, site->send, site->send_len, MSG_NOSIGNAL);
    site->was_closed = recv(fd, &byte, 1, 0) <= 0;
    close(fd);
}

static void
a_head_has_a_deadline(void **state)
{
    struct site site = {.send = "GET / HT", .send_len = 8};
    (void)state;

    site_open(&site, (struct httpd_opts){.header_deadline_ns = 50 * NS_PER_MS});
    site_visit(&site, dribble);
    assert_true(site.was_closed);
    site.send_len = 0;
    site_visit(&site, dribble);
    assert_true(site.was_closed);
    site_close(&site);
}

static void
connections_are_capped(void **state)
{
    struct site site = {0};
    int fds[2];
    (void)state;

    site_open(&site, (struct httpd_opts){.connections_max = 2});
    fds[0] = dial(&site);
    fds[1] = dial(&site);
    site.send = "";
    site.send_len = 0;
    site_visit(&site, dribble);
    assert_true(site.was_closed);
    assert_int_equal(site.httpd->conn_count, 2);
    close(fds[0]);
    while (site.httpd->conn_count > 1) {
        loop_timer_start(site.loop, NS_PER_MS, stop, site.loop);
        loop_run(site.loop);
    }
    say(&site, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_non_null(strstr(site.got, "hello"));
    close(fds[1]);
    site_close(&site);
}

/* From one address, and still it is served. */
static void
half_requests_shut_out_nobody(void **state)
{
    enum { MANY = HTTPD_PEER_MAX + 30 };
    struct site site = {0};
    int fds[MANY];
    (void)state;

    site_open(&site,
              (struct httpd_opts){.connections_max = HTTPD_PEER_MAX + 9});
    for (size_t i = 0; i < MANY; i++) {
        fds[i] = dial(&site);
        assert_int_equal(send(fds[i], "GET / HT", 8, MSG_NOSIGNAL), 8);
        while (site.httpd->conn_count + httpd_crowded(site.httpd) <= i)
            one_turn(&site);
    }
    assert_int_equal(site.httpd->conn_count, HTTPD_PEER_MAX);
    assert_int_equal(httpd_crowded(site.httpd), MANY - HTTPD_PEER_MAX);
    say(&site, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(site.got, "hello"));
    for (size_t i = 0; i < MANY; i++)
        close(fds[i]);
    site_close(&site);
}

static void
a_dropped_request_gets_no_word(void **state)
{
    struct site site = {.drops = true, .tells = true};
    (void)state;

    site_open(&site, (struct httpd_opts){0});
    say(&site, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
               "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(site.got, "");
    assert_true(site.was_closed);
    assert_int_equal(site.requests, 1);
    assert_int_equal(site.closes, 0);
    site.drops = false;
    say(&site, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(site.got, "hello"));
    site_close(&site);
}

static void
what_cannot_be_opened_is_named(void **state)
{
    struct loop *loop = loop_create();
    struct httpd_opts opts = {.listen = "localhost", .handler = on_request};
    struct site site = {0};
    char why[300] = "";
    char taken[64];
    (void)state;

    assert_null(httpd_open(loop, &opts, why, sizeof why));
    assert_non_null(strstr(why, "localhost"));
    site_open(&site, (struct httpd_opts){0});
    snprintf(taken, sizeof taken, "127.0.0.1:%u", site.port);
    opts.listen = taken;
    assert_null(httpd_open(loop, &opts, why, sizeof why));
    assert_non_null(strstr(why, "in use"));
    opts.listen = "127.0.0.1:0";
    opts.cert_file = "/nowhere/cert.pem";
    assert_null(httpd_open(loop, &opts, why, sizeof why));
    assert_non_null(strstr(why, "/nowhere/cert.pem"));
    site_close(&site);
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_answered),
        cmocka_unit_test(requests_follow_each_other),
        cmocka_unit_test(head_and_options_have_no_surprises),
        cmocka_unit_test(what_is_wrong_is_refused_and_closed),
        cmocka_unit_test(garbage_breaks_nothing),
        cmocka_unit_test(a_held_request_is_answered_later),
        cmocka_unit_test(a_client_that_leaves_is_noticed),
        cmocka_unit_test(a_head_has_a_deadline),
        cmocka_unit_test(connections_are_capped),
        cmocka_unit_test(half_requests_shut_out_nobody),
        cmocka_unit_test(a_dropped_request_gets_no_word),
        cmocka_unit_test(what_cannot_be_opened_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
