/* The session's own contract; what it finds is judged in tls_check_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/tls_session.c"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>

#include "tests/lib/check_bed.h"
#include "tests/lib/pki.h"
#include "tests/lib/tiny_server.h"

static void
serve_hold(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

struct told {
    struct loop *loop;
    int count;
    struct tls_session_seen seen;
};

static void
on_session(void *cookie, const struct tls_session_seen *seen)
{
    struct told *told = cookie;

    told->count++;
    told->seen = *seen;
    loop_stop(told->loop);
}

static int
connect_to(uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    return fd;
}

/* A server that offers nothing but `h2`, or nothing at all. */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *len,
        const unsigned char *in, unsigned in_len, void *cookie)
{
    (void)ssl;
    (void)cookie;
    if (in_len < 3 || memcmp(in, "\x02h2", 3) != 0)
        return SSL_TLSEXT_ERR_NOACK;
    *out = in + 1;
    *len = 2;
    return SSL_TLSEXT_ERR_OK;
}

static void
handshakes(void **state)
{
    struct pki_opts opts = {.name = "a", .san = "DNS:a.example"};
    struct tiny tiny = {.serve = serve_hold};
    static const char *const alpn[] = {"h2", "http/1.1"};
    struct check_bed bed;
    struct told told;
    struct pki leaf;

    (void)state;
    /* The server writes to a client that has left. */
    (void)signal(SIGPIPE, SIG_IGN);
    pki_make(&leaf, NULL, &opts);
    tiny.ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(tiny.ctx, leaf.cert);
    SSL_CTX_use_PrivateKey(tiny.ctx, leaf.key);
    SSL_CTX_set_alpn_select_cb(tiny.ctx, on_alpn, NULL);
    tiny_start(&tiny);
    check_bed_open(&bed, SPEC_TLS, NULL);
    for (int i = 0; i < 3; i++) {
        struct tls_session_opts session = {.fd = connect_to(tiny.port),
                                           .host = "a.example",
                                           .sni = "a.example",
                                           .trust = bed.trust,
                                           .alpn = alpn,
                                           .alpn_count = i == 1 ? 2 : 0};
        struct tls_session *handle;

        /* Nothing waits: a read that is not ready must not hold the loop. */
        told = (struct told){.loop = bed.loop};
        assert_int_equal(fcntl(session.fd, F_SETFL, O_NONBLOCK), 0);
        handle = tls_session_start(bed.engine, &session, on_session, &told);
        assert_non_null(handle);
        assert_int_equal(told.count, 0);
        if (i < 2) {
            loop_run(bed.loop);
            assert_int_equal(told.count, 1);
            assert_int_equal(told.seen.reason, REASON_NONE);
            assert_string_equal(told.seen.alpn, i == 1 ? "h2" : "");
            assert_int_equal(tls_reason_worst(&told.seen.faults),
                             REASON_TLS_SELF_SIGNED);
            assert_int_equal(told.seen.certs->count, 1);
            assert_true(told.seen.took_ns > 0);
        }
        /* The third is abandoned in the middle. */
        tls_session_cancel(handle);
        assert_int_equal(told.count, i < 2);
        (void)close(session.fd);
    }
    tls_session_cancel(NULL);
    check_bed_close(&bed);
    tiny_stop(&tiny);
    SSL_CTX_free(tiny.ctx);
    pki_free(&leaf);
}

/* A server that only ever asks to begin anew is not listened to for ever. */
static void
hello_requests_are_a_reason(void **state)
{
    static const uint8_t request[] = {22, 3, 3, 0, 4, 0, 0, 0, 0};
    struct tls_session_opts opts = {.host = "a.example"};
    struct tls_session *handle;
    struct check_bed bed;
    struct told told;
    int pair[2];

    (void)state;
    check_bed_open(&bed, SPEC_TLS, NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair),
                     0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(write(pair[1], request, sizeof(request)),
                         (ssize_t)sizeof(request));
    told = (struct told){.loop = bed.loop};
    opts.fd = pair[0];
    opts.trust = bed.trust;
    handle = tls_session_start(bed.engine, &opts, on_session, &told);
    assert_non_null(handle);
    loop_run(bed.loop);
    assert_int_equal(told.seen.reason, REASON_TLS_HANDSHAKE);
    assert_non_null(strstr(told.seen.message, "HelloRequest"));
    tls_session_cancel(handle);
    (void)close(pair[0]);
    (void)close(pair[1]);
    check_bed_close(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshakes),
        cmocka_unit_test(hello_requests_are_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
