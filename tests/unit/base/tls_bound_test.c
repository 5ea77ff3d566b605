/* A call comes back whatever the peer sends: nothing here is a real socket, so
 * what a call leaves unread can be counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/tls_bound.c"

#include "tests/lib/pki.h"

#define REQUESTS 10000
#define TICKETS  100

static SSL *
make_client(SSL_CTX *ctx, BIO *in, BIO *out)
{
    SSL *ssl = SSL_new(ctx);

    assert_non_null(ssl);
    SSL_set_bio(ssl, in, out);
    SSL_set_connect_state(ssl);
    return ssl;
}

static BIO *
make_pipe(void)
{
    BIO *pipe = BIO_new(BIO_s_mem());

    BIO_set_mem_eof_return(pipe, -1); /* empty is not the end */
    return pipe;
}

static void
hello_requests_end_a_handshake(void **state)
{
    static const uint8_t request[] = {22, 3, 3, 0, 4, 0, 0, 0, 0};
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    BIO *in = make_pipe();
    SSL *ssl;
    int rc;

    (void)state;
    for (int i = 0; i < REQUESTS; i++)
        BIO_write(in, request, sizeof(request));
    BIO_up_ref(in);
    tls_bound_set(ctx);
    ssl = make_client(ctx, in, make_pipe());
    assert_false(tls_bound_is_cut(ssl));
    rc = SSL_do_handshake(ssl);
    assert_int_equal(SSL_get_error(ssl, rc), SSL_ERROR_SSL);
    assert_true(tls_bound_is_cut(ssl));
    assert_true(BIO_ctrl_pending(in) >=
                (size_t)(REQUESTS - 2) * sizeof(request));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    BIO_free(in);
}

static void
shake_hands(SSL *client, SSL *server)
{
    for (int i = 0; i < 10; i++) {
        (void)SSL_do_handshake(client);
        (void)SSL_do_handshake(server);
    }
    assert_true(SSL_is_init_finished(client) && SSL_is_init_finished(server));
}

/* A client that is bound, and a server that is OpenSSL's own, shaken hands. */
struct pair {
    SSL_CTX *ctx;
    SSL_CTX *server_ctx;
    SSL *client;
    SSL *server;
    struct pki leaf;
};

static void
open_pair(struct pair *pair, int version_max)
{
    struct pki_opts opts = {.name = "a"};
    BIO *down = make_pipe();
    BIO *up = make_pipe();

    pair->ctx = SSL_CTX_new(TLS_client_method());
    pair->server_ctx = SSL_CTX_new(TLS_server_method());
    pki_make(&pair->leaf, NULL, &opts);
    SSL_CTX_use_certificate(pair->server_ctx, pair->leaf.cert);
    SSL_CTX_use_PrivateKey(pair->server_ctx, pair->leaf.key);
    SSL_CTX_set_max_proto_version(pair->server_ctx, version_max);
    tls_bound_set(pair->ctx);
    BIO_up_ref(down);
    BIO_up_ref(up);
    pair->client = make_client(pair->ctx, down, up);
    pair->server = SSL_new(pair->server_ctx);
    SSL_set_bio(pair->server, up, down);
    SSL_set_accept_state(pair->server);
    shake_hands(pair->client, pair->server);
}

static void
close_pair(struct pair *pair)
{
    SSL_free(pair->client);
    SSL_free(pair->server);
    SSL_CTX_free(pair->ctx);
    SSL_CTX_free(pair->server_ctx);
    pki_free(&pair->leaf);
}

/* Each read takes a message, and none is lost behind them. */
static void
tickets_come_one_a_call(void **state)
{
    struct pair pair;
    char byte = 0;
    int calls = 0;

    (void)state;
    open_pair(&pair, TLS1_3_VERSION);
    for (int i = 0; i < TICKETS; i++) {
        assert_int_equal(SSL_new_session_ticket(pair.server), 1);
        assert_int_equal(SSL_do_handshake(pair.server), 1);
    }
    assert_int_equal(SSL_write(pair.server, "x", 1), 1);
    while (SSL_read(pair.client, &byte, 1) != 1) {
        assert_int_equal(SSL_get_error(pair.client, -1), SSL_ERROR_WANT_READ);
        calls++;
        assert_true(calls <= 2 * TICKETS);
    }
    assert_int_equal(byte, 'x');
    assert_true(calls >= TICKETS);
    assert_false(tls_bound_is_cut(pair.client));
    close_pair(&pair);
}

/* As a server does that wants a client's certificate for one path alone. */
static void
a_server_may_ask_for_a_new_handshake(void **state)
{
    struct pair pair;
    char byte = 0;

    (void)state;
    open_pair(&pair, TLS1_2_VERSION);
    assert_int_equal(SSL_renegotiate(pair.server), 1);
    for (int i = 0; i < 10; i++) {
        (void)SSL_do_handshake(pair.server);
        (void)SSL_read(pair.client, &byte, 1);
        (void)SSL_read(pair.server, &byte, 1);
    }
    assert_false(tls_bound_is_cut(pair.client));
    assert_int_equal(SSL_num_renegotiations(pair.client), 1);
    assert_int_equal(SSL_write(pair.server, "x", 1), 1);
    assert_int_equal(SSL_read(pair.client, &byte, 1), 1);
    close_pair(&pair);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_requests_end_a_handshake),
        cmocka_unit_test(tickets_come_one_a_call),
        cmocka_unit_test(a_server_may_ask_for_a_new_handshake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
