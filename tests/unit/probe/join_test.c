/*
 * join_test.c - an invitation becomes an identity, or nothing at all.
 *
 * The controller here is httpd with an authority of libcrypto's making; what it
 * was sent and what stands on the disk after it are looked at byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/join.c"

#include <dirent.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/diag.h"
#include "probe/settings.h"
#include "tests/lib/controller_bed.h"
#include "tests/lib/tiny_server.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

struct world {
    struct controller_bed bed;
    struct join *join;
    char state_dir[64];
    char config[64];
    /* what the controller answers, and what it saw */
    int status;
    const void *answer; /* NULL: a certificate */
    size_t answer_len;
    const char *region;
    const struct pki *signs;
    bool is_other_key;
    int requests;
    char sent[8192];
    size_t sent_len;
    char token[64];
    char wish[64];
    char path[64];
    /* how it ended */
    int ends;
    char why[WHY_MAX];
    char name[64];
    bool is_joined;
};

/* A path in the probe's state; good for the next two calls. */
static const char *
in_state(const struct world *w, const char *name)
{
    static char paths[2][128];
    static int turn;

    turn = !turn;
    (void)snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", w->state_dir,
                   name);
    return paths[turn];
}

static char *
read_all(const char *path)
{
    struct buf text;
    char *copy = NULL;

    buf_init(&text, 1 << 16);
    if (file_read(path, &text) == 0)
        copy = str_xdup(buf_text(&text));
    buf_free(&text);
    return copy;
}

static void
write_all(const char *path, const char *text)
{
    assert_int_equal(file_replace(path, text, strlen(text), 0644), 0);
}

/* The names in a folder, sorted, with blanks between. */
static const char *
names_in(const char *dir)
{
    static char text[512];
    struct dirent **found;
    int n = scandir(dir, &found, NULL, alphasort);

    text[0] = '\0';
    for (int i = 0; i < n; i++) {
        size_t len = strlen(text);

        if (found[i]->d_name[0] != '.' || strlen(found[i]->d_name) > 2)
            (void)snprintf(text + len, sizeof(text) - len, "%s%s",
                           len > 0 ? " " : "", found[i]->d_name);
        free(found[i]);
    }
    if (n >= 0)
        free(found);
    return n < 0 ? "(no folder)" : text;
}

static void
nothing_was_stored(const struct world *w)
{
    assert_string_equal(names_in(in_state(w, "identity")), "key.pem");
    assert_int_equal(access(w->config, F_OK), -1);
}

/* ---- the controller ---- */

static char *
sign(const struct world *w, const char *csr)
{
    struct pki leaf = {0};
    BIO *bio = BIO_new_mem_buf(csr, -1);
    X509_REQ *req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
    char *pem;

    assert_non_null(req);
    assert_int_equal(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
    pki_make(&leaf, w->signs,
             &(struct pki_opts){.name = "fra-1", .usage = "clientAuth"});
    if (!w->is_other_key) {
        X509_set_pubkey(leaf.cert, X509_REQ_get0_pubkey(req));
        assert_true(X509_sign(leaf.cert, w->signs->key, EVP_sha256()) > 0);
    }
    pem = pki_pem(&leaf);
    pki_free(&leaf);
    X509_REQ_free(req);
    BIO_free(bio);
    return pem;
}

static void
grant(struct world *w, struct httpd_request *request,
      const struct message_enroll *asked)
{
    char *cert = sign(w, asked->csr), *ca = pki_pem(&w->bed.ca);
    struct message_enroll_reply reply = {
        .name = "fra-1", .region = w->region, .cert = cert, .ca = ca};
    struct buf body;

    buf_init(&body, 1 << 16);
    assert_int_equal(message_encode_enroll_reply(&body, &reply), 0);
    httpd_reply(request, 200, CONTROLLER_BED_TYPE, buf_text(&body), body.len);
    buf_free(&body);
    free(cert);
    free(ca);
}

static void
on_request(void *cookie, struct httpd_request *request)
{
    struct world *w = cookie;
    const void *body = httpd_body(request, &w->sent_len);
    struct message_enroll *asked = message_decode_enroll(body, w->sent_len);

    w->requests++;
    assert_non_null(asked);
    assert_true(w->sent_len <= sizeof(w->sent));
    memcpy(w->sent, body, w->sent_len);
    str_copy(w->token, sizeof(w->token), asked->token);
    str_copy(w->wish, sizeof(w->wish), asked->name);
    str_copy(w->path, sizeof(w->path), httpd_path(request));
    assert_string_equal(httpd_method(request), "POST");
    if (w->answer == NULL)
        grant(w, request, asked);
    else
        httpd_reply(request, w->status, "text/plain", w->answer, w->answer_len);
    message_free(asked);
}

/* ---- the probe ---- */

static void
on_joined(void *cookie, const struct join_result *result)
{
    struct world *w = cookie;

    assert_non_null(w->join); /* never from inside start */
    w->join = NULL;
    w->ends++;
    w->is_joined = result->why == NULL;
    str_copy(w->why, sizeof(w->why), result->why ? result->why : "");
    str_copy(w->name, sizeof(w->name), result->name ? result->name : "");
    loop_stop(w->bed.loop);
}

static void
start(struct world *w, const char *wish)
{
    char name[] = "invited", region[] = "fra", token[] = TOKEN, url[80];
    struct invite invite = {
        .url = url, .name = name, .region = region, .token = token};
    struct join_opts opts = {.loop = w->bed.loop,
                             .invite = &invite,
                             .name = wish,
                             .state_dir = w->state_dir,
                             .config = w->config};
    unsigned len = 0;

    (void)snprintf(url, sizeof(url), "%s/", w->bed.url);
    X509_digest(w->bed.ca.cert, EVP_sha256(), invite.ca_sha256, &len);
    assert_int_equal(len, sizeof(invite.ca_sha256));
    w->why[0] = '\0';
    w->join = join_start(&opts, on_joined, w, w->why, sizeof(w->why));
    memset(token, 'x', sizeof(token) - 1); /* options are copied */
    memset(url, 'x', sizeof(url) - 1);
}

static void
run(struct world *w)
{
    int before = w->ends;

    start(w, NULL);
    assert_non_null(w->join);
    loop_run(w->bed.loop);
    assert_int_equal(w->ends, before + 1);
}

static void
says(const struct world *w, const char *part)
{
    assert_false(w->is_joined);
    if (strstr(w->why, part) == NULL)
        fail_msg("no `%s` in `%s`", part, w->why);
}

static int
setup(void **state)
{
    struct world *w = test_calloc(1, sizeof(*w));

    controller_bed_open(&w->bed);
    (void)snprintf(w->state_dir, sizeof(w->state_dir), "%s/state", w->bed.dir);
    (void)snprintf(w->config, sizeof(w->config), "%s/probe.conf", w->bed.dir);
    w->signs = &w->bed.ca;
    w->region = "fra";
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    controller_bed_close(&w->bed);
    test_free(w);
    return 0;
}

static void
an_invitation_becomes_an_identity(void **state)
{
    struct world *w = *state;
    struct diag *diag = diag_create();
    struct settings *s;

    controller_bed_listen(&w->bed, on_request, w);
    run(w);
    assert_string_equal(w->why, "");
    assert_string_equal(w->name, "fra-1");
    assert_string_equal(w->path, "/probe/v1/enroll");
    assert_string_equal(w->token, TOKEN);
    assert_string_equal(w->wish, "invited");
    assert_string_equal(names_in(in_state(w, "identity")),
                        "ca.pem cert.pem key.pem");
    s = settings_load(w->config, diag);
    assert_non_null(s);
    assert_string_equal(s->name, "fra-1");
    assert_string_equal(s->region, "fra");
    assert_string_equal(s->controller, w->bed.url);
    assert_string_equal(s->identity, in_state(w, "identity"));
    assert_string_equal(s->spool_dir, w->state_dir);
    assert_null(s->proxy);
    settings_free(s);
    diag_free(diag);
}

static void
the_key_is_its_own_and_stays(void **state)
{
    struct world *w = *state;
    uint8_t secret[32];
    BIGNUM *number = NULL;
    struct stat st;
    FILE *f;
    EVP_PKEY *key;
    X509 *cert;

    controller_bed_listen(&w->bed, on_request, w);
    run(w);
    assert_int_equal(stat(in_state(w, "identity/key.pem"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    f = fopen(in_state(w, "identity/key.pem"), "r");
    key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    fclose(f);
    f = fopen(in_state(w, "identity/cert.pem"), "r");
    cert = PEM_read_X509(f, NULL, NULL, NULL);
    fclose(f);
    assert_int_equal(X509_check_private_key(cert, key), 1);
    assert_int_equal(EVP_PKEY_get_bn_param(key, "priv", &number), 1);
    assert_int_equal(BN_bn2binpad(number, secret, sizeof(secret)), 32);
    assert_null(memmem(w->sent, w->sent_len, secret, sizeof(secret)));
    assert_null(memmem(w->sent, w->sent_len, "PRIVATE KEY", 11));
    BN_clear_free(number);
    EVP_PKEY_free(key);
    X509_free(cert);
}

/* Where the token would go, were it sent before anybody is believed. */
static void
nobody_but_the_pinned_authority_is_asked(void **state)
{
    struct world *w = *state;
    struct pki stranger = {0};
    struct pki_opts name = controller_bed_name();
    struct pki_opts peer = {.name = "fra-2", .usage = "clientAuth"};
    struct pki_opts other = {.name = "fra-2", .san = "DNS:fra-2"};

    const struct {
        const struct pki *by;
        const struct pki *chain;
        const struct pki_opts *opts;
    } cases[] = {
        {&stranger, &stranger, &name},
        {&stranger, &w->bed.ca, &name}, /* the pinned one shown, to no use */
        {NULL, NULL, &name},            /* signs itself */
        /* another probe plays controller */
        {&w->bed.ca, &w->bed.ca, &peer},
        {&w->bed.ca, &w->bed.ca, &other},
    };

    pki_make(&stranger, NULL,
             &(struct pki_opts){.name = "picket ca", .is_ca = true});
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        controller_bed_show(&w->bed, cases[i].by, cases[i].chain,
                            cases[i].opts);
        controller_bed_listen(&w->bed, on_request, w);
        run(w);
        says(w, "the controller cannot be reached: ");
        assert_int_equal(w->requests, 0);
        nothing_was_stored(w);
        httpd_close(w->bed.httpd);
        w->bed.httpd = NULL;
    }
    pki_free(&stranger);
}

static void
a_used_token_is_named_and_the_key_kept(void **state)
{
    static const char used[] =
        "{\"error\":{\"status\":403,\"message\":\"this token was used\","
        "\"remedy\":\"ask for another\"}}\n";
    struct world *w = *state;
    char *key, *later;

    w->status = 403;
    w->answer = used;
    w->answer_len = sizeof(used) - 1;
    controller_bed_listen(&w->bed, on_request, w);
    run(w);
    says(w, "refuses (403): this token was used; ask for another");
    assert_null(strchr(w->why, '{'));
    nothing_was_stored(w);
    key = read_all(in_state(w, "identity/key.pem"));
    w->answer = NULL;
    run(w);
    assert_true(w->is_joined);
    later = read_all(in_state(w, "identity/key.pem"));
    assert_string_equal(key, later);
    free(key);
    free(later);
}

static void
a_refusal_is_bounded_and_plain(void **state)
{
    struct world *w = *state;
    char *long_one = test_malloc(100000);

    memset(long_one, 'a', 100000);
    w->status = 500;
    w->answer = long_one;
    w->answer_len = 100000;
    controller_bed_listen(&w->bed, on_request, w);
    run(w);
    says(w, "refuses (500): aaaa");
    assert_true(strlen(w->why) < 400);
    w->answer = "\033[31mred";
    w->answer_len = 8;
    run(w);
    says(w, "refuses (500): ");
    assert_null(strchr(w->why, '\033'));
    test_free(long_one);
}

static void
an_answer_of_no_use_changes_nothing(void **state)
{
    struct world *w = *state;

    w->status = 200;
    w->answer = "<html>";
    w->answer_len = 6;
    controller_bed_listen(&w->bed, on_request, w);
    run(w);
    says(w, "the answer is not an enrolment");
    nothing_was_stored(w);
    w->answer = NULL;
    w->is_other_key = true;
    run(w);
    says(w, "not for the key");
    nothing_was_stored(w);
}

static void
serve_half(struct tiny_conn *conn)
{
    if (tiny_read_request(conn))
        tiny_say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha");
}

static void
half_an_answer_is_none(void **state)
{
    struct world *w = *state;
    struct tiny tiny = {.serve = serve_half};
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, w->bed.cert_file),
                     1);
    assert_int_equal(
        SSL_CTX_use_PrivateKey_file(ctx, w->bed.key_file, SSL_FILETYPE_PEM), 1);
    tiny.ctx = ctx;
    tiny_start(&tiny);
    (void)snprintf(w->bed.url, sizeof(w->bed.url), "https://127.0.0.1:%u",
                   tiny.port);
    run(w);
    says(w, "cannot be reached: the answer ended early");
    nothing_was_stored(w);
    tiny_stop(&tiny);
    SSL_CTX_free(ctx);
}

/* Old files are kept under a second name, which shows whether they were written
 * over or replaced. */
static void
grant_over_old_files(void *cookie, struct httpd_request *request)
{
    struct world *w = cookie;

    write_all(in_state(w, "identity/cert.pem"), "old certificate");
    write_all(in_state(w, "identity/ca.pem"), "old authority");
    assert_int_equal(
        link(in_state(w, "identity/cert.pem"), in_state(w, "cert")), 0);
    assert_int_equal(link(in_state(w, "identity/ca.pem"), in_state(w, "ca")),
                     0);
    on_request(w, request);
}

static void
files_are_replaced_whole(void **state)
{
    struct world *w = *state;
    char *old, *now;

    controller_bed_listen(&w->bed, grant_over_old_files, w);
    run(w);
    assert_true(w->is_joined);
    old = read_all(in_state(w, "cert"));
    assert_string_equal(old, "old certificate");
    free(old);
    old = read_all(in_state(w, "ca"));
    assert_string_equal(old, "old authority");
    free(old);
    now = read_all(in_state(w, "identity/ca.pem"));
    old = pki_pem(&w->bed.ca);
    assert_string_equal(now, old);
    free(old);
    free(now);
    assert_string_equal(names_in(in_state(w, "identity")),
                        "ca.pem cert.pem key.pem");
}

/* No certificate can be put where a folder stands. */
static void
grant_into_a_wall(void *cookie, struct httpd_request *request)
{
    struct world *w = cookie;

    assert_int_equal(mkdir(in_state(w, "identity/cert.pem"), 0700), 0);
    on_request(w, request);
}

static void
what_cannot_be_stored_is_no_identity(void **state)
{
    struct world *w = *state;

    controller_bed_listen(&w->bed, grant_into_a_wall, w);
    run(w);
    says(w, in_state(w, "identity"));
    assert_int_equal(access(w->config, F_OK), -1);
    assert_null(strstr(names_in(in_state(w, "identity")), "tmp"));
    (void)snprintf(w->config, sizeof(w->config), "%s/none/probe.conf",
                   w->bed.dir);
    assert_int_equal(rmdir(in_state(w, "identity/cert.pem")), 0);
    httpd_close(w->bed.httpd);
    controller_bed_listen(&w->bed, on_request, w);
    run(w);
    says(w, "none/probe.conf: No such file or directory");
}

static void
a_region_cannot_write_settings(void **state)
{
    static const char region[] = "fra\"; controller = \"https://evil\"; #\n";
    struct world *w = *state;
    struct diag *diag = diag_create();
    struct settings *s;

    w->region = region;
    controller_bed_listen(&w->bed, on_request, w);
    run(w);
    assert_true(w->is_joined);
    s = settings_load(w->config, diag);
    assert_non_null(s);
    assert_string_equal(s->region, region);
    assert_string_equal(s->controller, w->bed.url);
    settings_free(s);
    diag_free(diag);
}

static void
another_probes_settings_are_never_written_over(void **state)
{
    struct world *w = *state;
    char *text;

    controller_bed_listen(&w->bed, on_request, w);
    write_all(w->config, "somebody's");
    start(w, "mine");
    assert_null(w->join);
    says(w, "is there already");
    assert_int_equal(w->requests, 0);
    text = read_all(w->config);
    assert_string_equal(text, "somebody's");
    free(text);
    assert_int_equal(unlink(w->config), 0);
    start(w, "mine");
    loop_run(w->bed.loop);
    assert_string_equal(w->wish, "mine");
}

static void
cancel_it(void *cookie)
{
    struct world *w = cookie;

    join_cancel(w->join);
    w->join = NULL;
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
a_cancelled_one_is_never_told_of(void **state)
{
    struct world *w = *state;

    controller_bed_listen(&w->bed, hold, w);
    start(w, NULL);
    loop_run(w->bed.loop); /* until its connection is gone */
    assert_null(w->join);
    assert_int_equal(w->requests, 1);
    assert_int_equal(w->ends, 0);
    nothing_was_stored(w);
    start(w, NULL);
    cancel_it(w); /* before anything was sent */
    loop_stop(w->bed.loop);
    loop_run(w->bed.loop);
    assert_int_equal(w->requests, 1);
    assert_int_equal(w->ends, 0);
    join_cancel(NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_invitation_becomes_an_identity),
        CASE(the_key_is_its_own_and_stays),
        CASE(nobody_but_the_pinned_authority_is_asked),
        CASE(a_used_token_is_named_and_the_key_kept),
        CASE(a_refusal_is_bounded_and_plain),
        CASE(an_answer_of_no_use_changes_nothing),
        CASE(half_an_answer_is_none),
        CASE(files_are_replaced_whole),
        CASE(what_cannot_be_stored_is_no_identity),
        CASE(a_region_cannot_write_settings),
        CASE(another_probes_settings_are_never_written_over),
        CASE(a_cancelled_one_is_never_told_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
