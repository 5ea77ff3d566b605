/*
 * link_http_test.c - a body there, a body back, and what each way to fail is.
 *
 * Against httpd where a controller that works is meant, and against a server of
 * bare sockets where one is meant that does not.  The second has its own TLS:
 * what it refuses, OpenSSL refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/link_http.c"

#include <openssl/ssl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/lib/controller_bed.h"
#include "tests/lib/tiny_server.h"

#define LONG_NS  (20 * NS_PER_S) /* never reached */
#define SHORT_NS (100 * NS_PER_MS)

struct world {
    struct controller_bed bed;
    struct tiny tiny;
    struct link_http *http;
    struct link_call *call;
    char cert_file[64]; /* the probe's */
    char key_file[64];
    /* what the controller answers, and what it saw */
    int status;
    const char *answer;
    int requests;
    char path[64];
    char type[64];
    char sent[256];
    size_t sent_len;
    struct httpd_peer peer;
    /* how it ended */
    int ends;
    int got; /* status */
    char detail[DETAIL_MAX];
    char body[256];
    size_t len;
};

static void
show(const struct world *w, const struct pki *by, const char *name)
{
    struct pki mine = {0};

    pki_make(&mine, by,
             &(struct pki_opts){.name = name, .usage = "clientAuth"});
    pki_write(&mine, NULL, w->cert_file, w->key_file);
    pki_free(&mine);
}

static int
setup(void **state)
{
    struct world *w = test_calloc(1, sizeof(*w));

    controller_bed_open(&w->bed);
    (void)snprintf(w->cert_file, 64, "%s/cert.pem", w->bed.dir);
    (void)snprintf(w->key_file, 64, "%s/key.pem", w->bed.dir);
    show(w, &w->bed.ca, "fra-1");
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    link_http_free(w->http);
    controller_bed_close(&w->bed);
    test_free(w);
    return 0;
}

static void
connect_to(struct world *w, const char *url, const char *cert_file)
{
    struct link_http_opts opts = {.loop = w->bed.loop,
                                  .url = url,
                                  .ca_file = w->bed.ca_file,
                                  .cert_file = cert_file,
                                  .key_file = cert_file ? w->key_file : NULL};
    char why[256] = "";

    link_http_free(w->http);
    w->http = link_http_create(&opts, why, sizeof(why));
    assert_string_equal(why, "");
    assert_non_null(w->http);
}

static void
on_reply(void *cookie, const struct link_reply *reply)
{
    struct world *w = cookie;

    assert_non_null(w->call); /* never from inside start */
    assert_non_null(reply->detail);
    w->call = NULL;
    w->ends++;
    w->got = reply->status;
    w->len = reply->len;
    str_copy(w->detail, sizeof(w->detail), reply->detail);
    if (reply->len > 0 && reply->len <= sizeof(w->body))
        memcpy(w->body, reply->body, reply->len);
    loop_stop(w->bed.loop);
}

static void
start_call(struct world *w, enum link_path path, const char *text, size_t len,
           int64_t timeout_ns)
{
    char *body = test_malloc(len + 1);
    struct link *link = link_http_link(w->http);

    memcpy(body, text, len);
    w->call = link->start(link, &(struct link_request){.path = path,
                                                       .body = body,
                                                       .len = len,
                                                       .timeout_ns = timeout_ns,
                                                       .done = on_reply,
                                                       .cookie = w});
    assert_non_null(w->call);
    memset(body, 'x', len); /* start() copied it */
    test_free(body);
}

static void
post(struct world *w, enum link_path path, const char *text, int64_t timeout_ns)
{
    int before = w->ends;

    start_call(w, path, text, strlen(text), timeout_ns);
    loop_run(w->bed.loop);
    assert_int_equal(w->ends, before + 1);
}

/* No answer came: what the uplink tries again. */
static void
is_failure(const struct world *w, const char *part)
{
    assert_int_equal(w->got, 0);
    if (w->detail[0] == '\0' || strstr(w->detail, part) == NULL)
        fail_msg("no `%s` in `%s`", part, w->detail);
}

/* ---- a controller that works ---- */

static void
on_request(void *cookie, struct httpd_request *request)
{
    struct world *w = cookie;
    const char *type = httpd_header(request, "Content-Type");
    const void *body = httpd_body(request, &w->sent_len);

    w->requests++;
    w->peer = *httpd_peer(request);
    str_copy(w->path, sizeof(w->path), httpd_path(request));
    str_copy(w->type, sizeof(w->type), type != NULL ? type : "");
    assert_true(w->sent_len <= sizeof(w->sent));
    if (w->sent_len > 0)
        memcpy(w->sent, body, w->sent_len);
    httpd_reply(request, w->status, "text/plain", w->answer, strlen(w->answer));
}

static void
acknowledge(void *cookie, struct httpd_request *request)
{
    struct world *w = cookie;
    size_t len = 0;
    const void *body = httpd_body(request, &len);
    struct message_results *sent = message_decode_results(body, len);
    struct message_results_reply reply = {.acked_count = 1};
    struct message_range range;
    struct buf out;

    assert_non_null(sent);
    assert_int_equal(sent->batch_count, 1);
    assert_int_equal(sent->batches[0].len, 5);
    assert_memory_equal(sent->batches[0].data, "a\0b\r\n", 5);
    range =
        (struct message_range){sent->batches[0].first, sent->batches[0].count};
    reply.acked = &range;
    w->peer = *httpd_peer(request);
    str_copy(w->path, sizeof(w->path), httpd_path(request));
    buf_init(&out, 1000);
    assert_int_equal(message_encode_results_reply(&out, &reply), 0);
    httpd_reply(request, 200, CONTROLLER_BED_TYPE, buf_text(&out), out.len);
    buf_free(&out);
    message_free(sent);
}

static void
a_batch_is_acknowledged(void **state)
{
    struct world *w = *state;
    struct message_batch batch = {
        .first = 4711, .count = 3, .data = "a\0b\r\n", .len = 5};
    struct message_results results = {.wire_version = MESSAGE_WIRE_VERSION,
                                      .batches = &batch,
                                      .batch_count = 1};
    struct message_results_reply *reply;
    struct buf out;

    controller_bed_listen(&w->bed, acknowledge, w);
    connect_to(w, w->bed.url, w->cert_file);
    buf_init(&out, 1000);
    assert_int_equal(message_encode_results(&out, &results), 0);
    start_call(w, LINK_RESULTS, buf_text(&out), out.len, LONG_NS);
    loop_run(w->bed.loop);
    buf_free(&out);
    assert_int_equal(w->got, 200);
    assert_string_equal(w->detail, "");
    assert_string_equal(w->path, "/probe/v1/results");
    assert_int_equal(w->peer.state, HTTPD_PEER_VALID);
    assert_string_equal(w->peer.name, "fra-1");
    reply = message_decode_results_reply(w->body, w->len);
    assert_non_null(reply);
    assert_int_equal(reply->acked_count, 1);
    assert_int_equal(reply->acked[0].first, 4711);
    assert_int_equal(reply->acked[0].count, 3);
    assert_int_equal(reply->refused_count, 0);
    message_free(reply);
}

static void
each_path_has_its_place(void **state)
{
    static const char *const paths[] = {[LINK_SYNC] = "/probe/v1/sync",
                                        [LINK_RESULTS] = "/probe/v1/results",
                                        [LINK_RENEW] = "/probe/v1/renew"};
    struct world *w = *state;
    char url[80];

    w->status = 200;
    w->answer = "yes";
    controller_bed_listen(&w->bed, on_request, w);
    (void)snprintf(url, sizeof(url), "%s//", w->bed.url);
    connect_to(w, url, w->cert_file);
    for (int i = LINK_SYNC; i <= LINK_RENEW; i++) {
        post(w, (enum link_path)i, "body", LONG_NS);
        assert_int_equal(w->got, 200);
        assert_string_equal(w->path, paths[i]);
        assert_string_equal(w->type, CONTROLLER_BED_TYPE);
        assert_int_equal(w->sent_len, 4);
        assert_memory_equal(w->sent, "body", 4);
        assert_int_equal(w->len, 3);
        assert_memory_equal(w->body, "yes", 3);
    }
    post(w, LINK_SYNC, "", LONG_NS);
    assert_int_equal(w->got, 200);
    assert_int_equal(w->sent_len, 0);
    w->call = link_http_link(w->http)->start(
        link_http_link(w->http), &(struct link_request){.path = LINK_SYNC,
                                                        .timeout_ns = LONG_NS,
                                                        .done = on_reply,
                                                        .cookie = w});
    loop_run(w->bed.loop);
    assert_int_equal(w->got, 200);
    assert_int_equal(w->sent_len, 0);
}

static void
a_refusal_keeps_its_status_and_first_line(void **state)
{
    static const struct {
        int status;
        const char *answer;
        const char *detail;
    } cases[] = {
        {401, "who are you?", "answered 401: who are you?"},
        {403, "revoked\nsecond line", "answered 403: revoked"},
        {403, "{\"error\":{\"message\":\"revoked\",\"remedy\":\"join\"}}\n",
         "answered 403: revoked; join"},
        {413, "too much\r\n", "answered 413: too much"},
        {426, "upgrade the probe", "answered 426: upgrade the probe"},
        {503, "", "answered 503: "},
        {500, "\033[2Jgone", "answered 500: "},
        {302, "elsewhere", "answered 302: elsewhere"},
    };
    struct world *w = *state;

    controller_bed_listen(&w->bed, on_request, w);
    connect_to(w, w->bed.url, w->cert_file);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        w->status = cases[i].status;
        w->answer = cases[i].answer;
        post(w, LINK_RESULTS, "body", LONG_NS);
        assert_int_equal(w->got, cases[i].status);
        assert_string_equal(w->detail, cases[i].detail);
    }
}

static void
a_long_refusal_is_cut(void **state)
{
    struct world *w = *state;
    char *answer = test_malloc(200001);

    memset(answer, 'a', 200000);
    answer[200000] = '\0';
    w->status = 500;
    w->answer = answer;
    controller_bed_listen(&w->bed, on_request, w);
    connect_to(w, w->bed.url, w->cert_file);
    post(w, LINK_SYNC, "body", LONG_NS);
    assert_int_equal(w->got, 500);
    assert_true(strlen(w->detail) > 100 && strlen(w->detail) < 300);
    test_free(answer);
}

/* ---- who is believed ---- */

static void
only_its_own_authority_is_believed(void **state)
{
    struct world *w = *state;
    struct pki stranger = {0};
    struct pki_opts name = controller_bed_name();
    struct pki_opts other = {.name = "fra-2", .san = "DNS:fra-2,IP:127.0.0.1"};

    const struct {
        const struct pki *by;
        const struct pki_opts *opts;
    } cases[] = {{&stranger, &name}, {&w->bed.ca, &other}};

    pki_make(&stranger, NULL,
             &(struct pki_opts){.name = "picket ca", .is_ca = true});
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        controller_bed_show(&w->bed, cases[i].by, cases[i].by, cases[i].opts);
        controller_bed_listen(&w->bed, on_request, w);
        connect_to(w, w->bed.url, w->cert_file);
        post(w, LINK_RESULTS, "body", LONG_NS);
        is_failure(w, "certificate");
        assert_int_equal(w->requests, 0);
        httpd_close(w->bed.httpd);
        w->bed.httpd = NULL;
    }
    pki_free(&stranger);
}

static void
a_strangers_certificate_stays_outside(void **state)
{
    struct world *w = *state;
    struct pki stranger = {0};

    pki_make(&stranger, NULL,
             &(struct pki_opts){.name = "picket ca", .is_ca = true});
    show(w, &stranger, "fra-1");
    pki_free(&stranger);
    w->status = 200;
    w->answer = "";
    controller_bed_listen(&w->bed, on_request, w);
    connect_to(w, w->bed.url, w->cert_file);
    post(w, LINK_RESULTS, "body", LONG_NS);
    is_failure(w, "the server ended the TLS handshake");
    assert_int_equal(w->requests, 0);
}

static void
without_an_authority_there_is_no_link(void **state)
{
    struct world *w = *state;
    struct link_http_opts opts = {.loop = w->bed.loop,
                                  .url = "https://127.0.0.1:1",
                                  .ca_file = "/nonexistent/ca.pem",
                                  .cert_file = w->cert_file,
                                  .key_file = w->key_file};
    char why[256] = "";

    assert_null(link_http_create(&opts, why, sizeof(why)));
    assert_non_null(strstr(why, "/nonexistent/ca.pem"));
    link_http_free(NULL);
}

/* ---- a controller that does not work ---- */

static SSL_CTX *
strict_ctx(const struct world *w)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, w->bed.cert_file),
                     1);
    assert_int_equal(
        SSL_CTX_use_PrivateKey_file(ctx, w->bed.key_file, SSL_FILETYPE_PEM), 1);
    assert_int_equal(SSL_CTX_load_verify_locations(ctx, w->bed.ca_file, NULL),
                     1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       NULL);
    return ctx;
}

/* Serves as `serve` does, over TLS that asks for a certificate. */
static void
tiny_open(struct world *w, void (*serve)(struct tiny_conn *), const char *text,
          const char *cert_file)
{
    char url[64];

    w->tiny = (struct tiny){.serve = serve, .arg = text};
    w->tiny.ctx = strict_ctx(w);
    tiny_start(&w->tiny);
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%u", w->tiny.port);
    connect_to(w, url, cert_file);
}

static void
tiny_close(struct world *w)
{
    tiny_stop(&w->tiny);
    SSL_CTX_free(w->tiny.ctx);
}

static void
serve_text(struct tiny_conn *conn)
{
    if (tiny_read_request(conn))
        tiny_say(conn, conn->tiny->arg);
}

static void
serve_text_and_hang(struct tiny_conn *conn)
{
    serve_text(conn);
    tiny_hold(conn);
}

static void
serve_text_and_reset(struct tiny_conn *conn)
{
    serve_text(conn);
    tiny_reset(conn);
}

/* More than any answer may be, and no end of it. */
static void
serve_flood(struct tiny_conn *conn)
{
    static const char block[16384];
    char head[100];

    if (!tiny_read_request(conn))
        return;
    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n",
                   MESSAGE_SYNC_MAX + 1);
    tiny_say(conn, head);
    for (size_t n = 0; n <= MESSAGE_SYNC_MAX; n += sizeof(block))
        tiny_write(conn, block, sizeof(block));
}

/* What reads as "yes, I have it" and is not whole must not be believed. */
static void
what_is_not_a_whole_answer_is_none(void **state)
{
    static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha";

    static const struct {
        void (*serve)(struct tiny_conn *);
        const char *text;
        int64_t timeout_ns;
        const char *detail;
    } cases[] = {
        {serve_text_and_hang, "", SHORT_NS, "no answer in time"},
        {serve_text_and_hang, half, NS_PER_S, "2 of 9 bytes"},
        {serve_text, "", LONG_NS, "closed before an answer"},
        {serve_text, half, LONG_NS, "ended early"},
        {serve_text_and_reset, "", LONG_NS, "reset"},
        {serve_text, "SSH-2.0-OpenSSH_9.2\r\n", LONG_NS, "not HTTP"},
        {serve_text, "HTTP/1.1 two hundred\r\n\r\n", LONG_NS, "not HTTP"},
        {serve_flood, "", LONG_NS, "over its limit"},
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tiny_open(w, cases[i].serve, cases[i].text, w->cert_file);
        post(w, LINK_RESULTS, "body", cases[i].timeout_ns);
        is_failure(w, cases[i].detail);
        assert_int_equal(w->tiny.accepted, 1); /* no retry in here */
        assert_int_equal(w->tiny.refused, 0);
        tiny_close(w);
    }
}

static const char fine[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
                           "Connection: close\r\n\r\nyes";

static void
without_a_certificate_nobody_is_let_in(void **state)
{
    struct world *w = *state;

    tiny_open(w, serve_text, fine, NULL);
    post(w, LINK_RESULTS, "body", LONG_NS);
    is_failure(w, "alert 116, certificate required");
    tiny_close(w);
    assert_int_equal(w->tiny.refused, 1);
    assert_string_equal(w->tiny.last, "");
    /* One that cannot be read is told of, and is not "none". */
    tiny_open(w, serve_text, fine, "/nonexistent/cert.pem");
    post(w, LINK_RESULTS, "body", LONG_NS);
    is_failure(w, "/nonexistent/cert.pem");
    tiny_close(w);
    assert_string_equal(w->tiny.last, "");
    tiny_open(w, serve_text, fine, w->cert_file);
    post(w, LINK_RESULTS, "body", LONG_NS);
    assert_int_equal(w->got, 200);
    tiny_close(w);
    assert_non_null(strstr(w->tiny.last, "POST /probe/v1/results HTTP/1.1"));
}

static void
nobody_there(void **state)
{
    struct world *w = *state;

    tiny_open(w, serve_text, fine, w->cert_file);
    tiny_close(w);
    post(w, LINK_SYNC, "body", LONG_NS);
    is_failure(w, "refused");
}

/* Says who came, as the certificate has it. */
static void
serve_name(struct tiny_conn *conn)
{
    X509 *peer = SSL_get1_peer_certificate(conn->ssl);
    char name[64] = "", answer[256];

    if (!tiny_read_request(conn))
        return;
    X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name,
                              sizeof(name));
    X509_free(peer);
    (void)snprintf(answer, sizeof(answer),
                   "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
                   "Connection: close\r\n\r\n%s",
                   strlen(name), name);
    tiny_say(conn, answer);
}

static void
a_renewed_certificate_is_shown_next(void **state)
{
    struct world *w = *state;

    tiny_open(w, serve_name, NULL, w->cert_file);
    post(w, LINK_SYNC, "body", LONG_NS);
    assert_int_equal(w->len, 5);
    assert_memory_equal(w->body, "fra-1", 5);
    show(w, &w->bed.ca, "renewed");
    post(w, LINK_SYNC, "body", LONG_NS);
    assert_int_equal(w->len, 7);
    assert_memory_equal(w->body, "renewed", 7);
    tiny_close(w);
}

static void
serve_always(struct tiny_conn *conn)
{
    while (tiny_read_request(conn))
        tiny_say(conn, conn->tiny->arg);
}

/* A handshake a call would be most of what an uplink costs. */
static void
one_connection_serves_many_calls(void **state)
{
    struct world *w = *state;

    tiny_open(w, serve_always,
              "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes", w->cert_file);
    for (int i = 0; i < 3; i++) {
        post(w, LINK_RESULTS, "body", LONG_NS);
        assert_int_equal(w->got, 200);
    }
    assert_int_equal(w->tiny.accepted, 1);
    link_http_free(w->http);
    w->http = NULL;
    tiny_close(w);
}

/* ---- cancel ---- */

static void
cancel_it(void *cookie)
{
    struct world *w = cookie;

    link_http_link(w->http)->cancel(w->call);
    w->call = NULL;
}

static void
on_gone(void *cookie)
{
    struct world *w = cookie;

    loop_stop(w->bed.loop);
}

static void
hold(void *cookie, struct httpd_request *request)
{
    struct world *w = cookie;

    w->requests++;
    httpd_on_close(request, on_gone, w);
    loop_post(w->bed.loop, cancel_it, w);
}

static void
a_cancelled_call_is_never_told_of(void **state)
{
    struct world *w = *state;

    controller_bed_listen(&w->bed, hold, w);
    connect_to(w, w->bed.url, w->cert_file);
    start_call(w, LINK_SYNC, "body", 4, LONG_NS);
    loop_run(w->bed.loop); /* until its connection is gone */
    assert_int_equal(w->requests, 1);
    assert_int_equal(w->ends, 0);
    start_call(w, LINK_SYNC, "body", 4, LONG_NS);
    cancel_it(w); /* before anything was sent */
    loop_stop(w->bed.loop);
    loop_run(w->bed.loop);
    assert_int_equal(w->requests, 1);
    assert_int_equal(w->ends, 0);
    link_http_link(w->http)->cancel(NULL);
}

/* One held does not stand in the way of another, nor dies with it. */
static void
calls_do_not_know_of_each_other(void **state)
{
    struct world *w = *state;
    struct link_call *held;

    tiny_open(w, serve_text_and_hang, "", w->cert_file);
    start_call(w, LINK_SYNC, "held", 4, LONG_NS);
    held = w->call;
    start_call(w, LINK_RESULTS, "short", 5, SHORT_NS);
    loop_run(w->bed.loop);
    assert_int_equal(w->ends, 1);
    is_failure(w, "no answer in time");
    assert_int_equal(w->http->calls, 1);
    w->call = held;
    cancel_it(w);
    assert_int_equal(w->http->calls, 0);
    tiny_close(w);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_batch_is_acknowledged),
        CASE(each_path_has_its_place),
        CASE(a_refusal_keeps_its_status_and_first_line),
        CASE(a_long_refusal_is_cut),
        CASE(only_its_own_authority_is_believed),
        CASE(a_strangers_certificate_stays_outside),
        CASE(without_an_authority_there_is_no_link),
        CASE(what_is_not_a_whole_answer_is_none),
        CASE(without_a_certificate_nobody_is_let_in),
        CASE(nobody_there),
        CASE(a_renewed_certificate_is_shown_next),
        CASE(one_connection_serves_many_calls),
        CASE(a_cancelled_call_is_never_told_of),
        CASE(calls_do_not_know_of_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
