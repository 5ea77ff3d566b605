#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_proxy.c"

#include <openssl/ssl.h>

#include "base/trust.h"
#include "tests/lib/fetch_bed.h"
#include "tests/lib/pki.h"

/* Before it has read a byte: an end. */
static void
hang_up(struct tiny_conn *conn)
{
    (void)conn;
}

/* The same by a reset. */
static void
reset(struct tiny_conn *conn)
{
    struct linger now = {.l_onoff = 1};

    (void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void
a_proxy_is_spoken_to(void **state)
{
    static void (*const rude[])(struct tiny_conn *) = {fetch_bed_serve_text,
                                                       hang_up, reset};
    struct tiny tiny = {.serve = fetch_bed_serve_text, .arg = fetch_bed_good};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(&bed, (struct fetch_opts){.url = "http://shop.example/a",
                                            .proxy = "http://proxy:3128",
                                            .proxy_user = "me",
                                            .proxy_password = "pw"});
    assert_int_equal(bed.seen.result.status, 200);
    assert_true(
        strncmp(tiny.last, "GET http://shop.example/a HTTP/1.1\r\n", 36) == 0);
    assert_non_null(strstr(tiny.last, "Proxy-Authorization: Basic bWU6cHc="));
    tiny.arg = "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n";
    fetch_bed_get(&bed, (struct fetch_opts){.url = "http://shop.example/a",
                                            .proxy = "proxy:3128"});
    assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
    assert_int_equal(bed.seen.result.error, FETCH_PROXY_AUTH);
    assert_null(strstr(tiny.last, "Proxy-Authorization"));
    fetch_bed_get(&bed, (struct fetch_opts){.url = "https://shop.example/a",
                                            .proxy = "proxy:3128"});
    assert_true(
        strncmp(tiny.last, "CONNECT shop.example:443 HTTP/1.1\r\n", 35) == 0);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
    assert_int_equal(bed.seen.result.error, FETCH_PROXY_AUTH);
    tiny.arg = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
    fetch_bed_get(&bed, (struct fetch_opts){.url = "https://shop.example/a",
                                            .proxy = "proxy:3128"});
    assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
    assert_int_equal(bed.seen.result.error, FETCH_PROXY_REFUSED);
    /* One that hangs up on CONNECT is to blame, not this machine. */
    for (size_t i = 0; i < 2 * (sizeof(rude) / sizeof(rude[0])); i++) {
        tiny.serve = rude[i / 2];
        tiny.arg = "";
        fetch_bed_get(&bed,
                      (struct fetch_opts){.url = "https://shop.example/a",
                                          .flags = i % 2 ? FETCH_REUSE : 0,
                                          .proxy = "proxy:3128"});
        assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
        assert_int_equal(bed.seen.result.error, FETCH_PROXY_REFUSED);
    }
    tiny.serve = fetch_bed_serve_text;
    /* And without one the next is direct again. */
    tiny.arg = fetch_bed_good;
    fetch_bed_get(&bed, (struct fetch_opts){0});
    assert_true(strncmp(tiny.last, "GET / HTTP/1.1\r\n", 16) == 0);
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

static void
secrets_do_not_go_to_the_proxy(void **state)
{
    static const char *const headers[] = {"X-Key: secret", NULL};
    struct tiny tiny = {.serve = fetch_bed_serve_text,
                        .arg = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "https://shop.example");
    fetch_bed_get(&bed, (struct fetch_opts){.url = "https://shop.example/a",
                                            .headers = headers,
                                            .auth = FETCH_AUTH_BASIC,
                                            .user = "ann",
                                            .password = "open",
                                            .proxy = "http://proxy:3128",
                                            .proxy_user = "me",
                                            .proxy_password = "p%41:@"});
    assert_null(strstr(tiny.last, "X-Key"));
    assert_null(strstr(tiny.last, "\nAuthorization"));
    /* me:p%41:@ */
    assert_non_null(
        strstr(tiny.last, "Proxy-Authorization: Basic bWU6cCU0MTpA\r\n"));
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

/* What a SOCKS proxy of these tests was asked and shall say. */
struct socks {
    uint8_t method; /* 0 none, 2 user and password */
    uint8_t reply;  /* RFC 1928 6; 0: go on */
    SSL_CTX *ctx;   /* of the server behind it, or NULL */
    char user[64];
    char password[64];
    char host[256];
    unsigned port;
};

static void
read_all(struct tiny_conn *conn, void *to, size_t len)
{
    uint8_t *at = to;

    while (len > 0) {
        long n = recv(conn->fd, at, len, 0);
        if (n <= 0)
            return;
        at += n;
        len -= (size_t)n;
    }
}

static void
read_counted(struct tiny_conn *conn, char *to)
{
    uint8_t len = 0;

    read_all(conn, &len, 1);
    read_all(conn, to, len);
    to[len] = '\0';
}

static bool
greet(struct tiny_conn *conn, struct socks *socks)
{
    uint8_t head[2] = {0};
    uint8_t methods[256];
    uint8_t answer[2] = {5, socks->method};
    uint8_t passed[2] = {1, 0};

    read_all(conn, head, 2);
    read_all(conn, methods, head[1]);
    if (memchr(methods, socks->method, head[1]) == NULL)
        answer[1] = 0xff;
    tiny_write(conn, answer, 2);
    if (answer[1] != 2)
        return answer[1] == 0;
    read_all(conn, head, 1);
    read_counted(conn, socks->user);
    read_counted(conn, socks->password);
    passed[1] = strcmp(socks->password, "p%41") != 0;
    tiny_write(conn, passed, 2);
    return passed[1] == 0;
}

static void
serve_socks(struct tiny_conn *conn)
{
    struct socks *socks = (struct socks *)(uintptr_t)conn->tiny->arg;
    uint8_t ask[4] = {0};
    uint8_t port[2] = {0};
    uint8_t answer[10] = {5, socks->reply, 0, 1};

    if (!greet(conn, socks)) {
        tiny_hold(conn);
        return;
    }
    read_all(conn, ask, 4);
    if (ask[3] == 3)
        read_counted(conn, socks->host);
    read_all(conn, port, 2);
    socks->port = port[0] * 256U + port[1];
    tiny_write(conn, answer, sizeof answer);
    if (socks->reply != 0) {
        tiny_hold(conn);
        return;
    }
    if (socks->ctx != NULL) {
        conn->ssl = SSL_new(socks->ctx);
        SSL_set_fd(conn->ssl, conn->fd);
        SSL_accept(conn->ssl);
    }
    if (tiny_read_head(conn))
        tiny_say(conn, fetch_bed_good);
}

static void
socks_takes_the_name(void **state)
{
    struct socks socks = {0};
    struct tiny tiny = {.serve = serve_socks, .arg = &socks};
    struct fetch_opts opts = {.url = "http://shop.example:81/a",
                              .proxy = "socks5://proxy.example"};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(&bed, opts);
    assert_string_equal(bed.seen.detail, "");
    assert_int_equal(bed.seen.result.status, 200);
    assert_string_equal(socks.host, "shop.example");
    assert_int_equal(socks.port, 81);
    assert_true(strncmp(tiny.last, "GET /a HTTP/1.1\r\n", 17) == 0);
    assert_true(bed.seen.result.connect_us >= 0);
    socks.method = 2;
    opts.proxy_user = "me";
    opts.proxy_password = "p%41";
    fetch_bed_get(&bed, opts);
    assert_int_equal(bed.seen.result.status, 200);
    assert_string_equal(socks.user, "me");
    opts.proxy_user = "y:o@u";
    opts.proxy = "socks5h://proxy.example:9";
    fetch_bed_get(&bed, opts);
    assert_int_equal(bed.seen.result.status, 200);
    assert_string_equal(socks.user, "y:o@u");
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

static void
socks_says_no(void **state)
{
    struct socks socks = {.reply = 5};
    struct tiny tiny = {.serve = serve_socks, .arg = &socks};
    struct fetch_opts opts = {.url = "https://shop.example/",
                              .proxy = "socks5://proxy.example"};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(&bed, opts);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
    assert_int_equal(bed.seen.result.error, FETCH_PROXY_REFUSED);
    assert_string_equal(bed.seen.detail,
                        "the proxy did not let us through: the target refused "
                        "its connection");
    socks.method = 2;
    fetch_bed_get(&bed, opts); /* no credentials at all */
    assert_int_equal(bed.seen.result.error, FETCH_PROXY_AUTH);
    opts.proxy_user = "me";
    opts.proxy_password = "wrong";
    fetch_bed_get(&bed, opts);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
    assert_int_equal(bed.seen.result.error, FETCH_PROXY_AUTH);
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

static void
a_silent_proxy_is_late_at_the_proxy(void **state)
{
    static const char *const proxies[] = {"http://proxy", "socks5://proxy"};
    struct tiny tiny = {.serve = tiny_hold};
    struct fetch_bed bed;
    size_t i;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "https://shop.example");
    for (i = 0; i < 2; i++) {
        fetch_bed_get(&bed, (struct fetch_opts){.url = "https://shop.example/",
                                                .proxy = proxies[i],
                                                .timeout_ns = SECOND / 5});
        assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
        assert_int_equal(bed.seen.result.error, FETCH_TIMEOUT);
        assert_true(bed.seen.result.connect_us >= 0);
    }
    fetch_bed_get(&bed, (struct fetch_opts){.proxy = "socks5://proxy",
                                            .timeout_ns = SECOND / 5});
    assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
    assert_int_equal(bed.seen.result.error, FETCH_TIMEOUT);
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

static void
a_proxy_that_is_not_there(void **state)
{
    static const char *const urls[] = {"http://shop.example/",
                                       "https://shop.example/"};
    static const char *const proxies[] = {"http://proxy", "socks5://proxy"};
    struct tiny tiny = {.serve = tiny_hold};
    struct fetch_bed bed;
    size_t i;
    (void)state;

    tiny_start(&tiny);
    tiny_stop(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "https://shop.example");
    for (i = 0; i < 4; i++) {
        fetch_bed_get(&bed, (struct fetch_opts){.url = urls[i % 2],
                                                .proxy = proxies[i / 2]});
        assert_int_equal(bed.seen.result.phase, FETCH_AT_PROXY);
        assert_int_equal(bed.seen.result.error, FETCH_PROXY_REFUSED);
        assert_int_equal(bed.seen.result.connect_us, -1);
    }
    fetch_bed_get(&bed, (struct fetch_opts){.proxy = "ftp://proxy"});
    assert_int_equal(bed.seen.result.error, FETCH_CONFIG);
    fetch_bed_close(&bed);
}

/* The whole way: a verified server behind a SOCKS proxy. */
static void
tls_goes_through(void **state)
{
    struct socks socks = {0};
    struct tiny tiny = {.serve = serve_socks, .arg = &socks};
    struct pki ca;
    struct pki leaf;
    struct trust *trust;
    struct fetch_bed bed;
    char why[200];
    char *pem;
    (void)state;

    pki_make(&ca, NULL, &(struct pki_opts){.name = "ca", .is_ca = true});
    pki_make(&leaf, &ca,
             &(struct pki_opts){.name = "a", .san = "DNS:shop.example"});
    pem = pki_pem(&ca);
    trust = trust_create("", pem, why, sizeof why);
    socks.ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(socks.ctx, leaf.cert);
    SSL_CTX_use_PrivateKey(socks.ctx, leaf.key);
    tiny_start(&tiny);
    fetch_bed_open(&bed, trust, tiny.port, "https://shop.example");
    fetch_bed_get(&bed, (struct fetch_opts){.proxy = "socks5://proxy"});
    assert_string_equal(bed.seen.detail, "");
    assert_int_equal(bed.seen.result.status, 200);
    assert_true(bed.seen.result.tls_us > 0);
    assert_string_equal(socks.host, "shop.example");
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
    SSL_CTX_free(socks.ctx);
    trust_free(trust);
    free(pem);
    pki_free(&leaf);
    pki_free(&ca);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proxy_is_spoken_to),
        cmocka_unit_test(secrets_do_not_go_to_the_proxy),
        cmocka_unit_test(socks_takes_the_name),
        cmocka_unit_test(socks_says_no),
        cmocka_unit_test(a_silent_proxy_is_late_at_the_proxy),
        cmocka_unit_test(a_proxy_that_is_not_there),
        cmocka_unit_test(tls_goes_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
