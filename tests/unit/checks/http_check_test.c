/* HTTP checks against servers that answer rightly, wrongly or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/http_check.c"

#include <openssl/ssl.h>

#include "base/secret.h"
#include "base/version.h"
#include "checks/engine_priv.h"

#include "tests/lib/check_bed.h"
#include "tests/lib/pki.h"
#include "tests/lib/site.h"

static const char OK[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                         "Content-Type: text/plain\r\nX-A: one\r\nX-A: two\r\n"
                         "Set-Cookie: session=s3cr3t; Path=/\r\n\r\nhello";

static void
serve_text(struct tiny_conn *conn)
{
    if (tiny_read_head(conn))
        tiny_say(conn, conn->tiny->arg);
}

static void
serve_hold(struct tiny_conn *conn)
{
    serve_text(conn);
    tiny_hold(conn);
}

static void
serve_reset(struct tiny_conn *conn)
{
    serve_text(conn);
    tiny_reset(conn);
}

static void
run_text(struct check_bed *bed, void (*serve)(struct tiny_conn *),
         const char *says, enum status status, const char *reason)
{
    struct tiny tiny = {.serve = serve, .arg = says};

    tiny_start(&tiny);
    check_bed_url(bed, "http", tiny.port, "/");
    check_bed_reason(bed, status, reason);
    tiny_stop(&tiny);
}

static void
a_whole_exchange(void **state)
{
    static const struct site_page pages[] = {{"/", OK}};
    struct site site = {pages, 1, ""};
    struct check_bed bed;
    char id[ID_TEXT_MAX];
    char line[128];

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    check_bed_expect(&bed, "status == 200 and body contains 'hell'");
    check_bed_expect(&bed, "header x-a == 'two' and size == 5");
    check_bed_expect(&bed,
                     "cookie session == 's3cr3t' and http_version == 1.1");
    check_bed_expect(&bed, "redirects == 0 and ip in 127.0.0.0/8");
    site_run(&bed, &site, "/", STATUS_UP, "none");
    assert_int_equal(check_bed_int(&bed, FACT_STATUS), 200);
    assert_int_equal(check_bed_int(&bed, FACT_SIZE), 5);
    assert_string_equal(check_bed_text(&bed, FACT_HTTP_VERSION), "1.1");
    assert_true(bed.result->us[PHASE_CONNECT] >= 0);
    assert_true(bed.result->us[PHASE_WAIT] >= 0);
    assert_int_equal(bed.result->us[PHASE_TLS], -1);
    assert_int_equal(bed.result->us[PHASE_DNS], -1);
    (void)id_format(id, &bed.result->run);
    (void)snprintf(line, sizeof(line), "\r\ntraceparent: 00-%s-", id);
    assert_non_null(strstr(site.log, line));
    (void)snprintf(line, sizeof(line), "\r\nX-Request-Id: %s\r\n", id);
    assert_non_null(strstr(site.log, line));
    assert_non_null(strstr(site.log, "\r\nUser-Agent: picket/" VERSION
                                     " (check=bed; region=here"
                                     "; +https://status.example)\r\n"));
    assert_null(bed.result->evidence);
    check_bed_close(&bed);
}

static void
without_expect_the_status_counts(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    run_text(&bed, serve_text, OK, STATUS_UP, "none");
    run_text(&bed, serve_text,
             "HTTP/1.1 503 No\r\nContent-Length: 2\r\n"
             "Set-Cookie: k=s3cr3t\r\n\r\nno",
             STATUS_DOWN, "expect.status");
    assert_string_equal(bed.result->message, "status in 200-299: got 503");
    check_bed_evidence(&bed, "\"body\":\"no\"");
    check_bed_evidence(&bed, "Set-Cookie: <masked>");
    assert_null(strstr(bed.result->evidence, "s3cr3t"));
    check_bed_close(&bed);
}

static void
json_and_what_is_none(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    check_bed_expect(&bed, "json $.qty >= 3 and json $.name == 'x'");
    run_text(&bed, serve_text,
             "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"
             "{\"qty\":3,\"name\":\"x\"}",
             STATUS_UP, "none");
    run_text(&bed, serve_text, OK, STATUS_DOWN, "expect.json");
    assert_non_null(strstr(bed.result->message, "not JSON"));
    check_bed_close(&bed);
}

static void
redirects(void **state)
{
    static const struct site_page pages[] = {
        {"/a", "HTTP/1.1 302 Found\r\nLocation: b?x=1\r\n"
               "Content-Length: 0\r\n\r\n"},
        {"/b?x=1", "HTTP/1.1 301 Moved\r\nLocation: /c#there\r\n"
                   "Content-Length: 0\r\n\r\n"},
        {"/c", OK},
        {"/loop", "HTTP/1.1 302 Found\r\nLocation: /loop\r\n"
                  "Content-Length: 0\r\n\r\n"},
        {"/file", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
                  "Content-Length: 0\r\n\r\n"},
        {"/meta", "HTTP/1.1 302 Found\r\n"
                  "Location: http://169.254.169.254/latest\r\n"
                  "Content-Length: 0\r\n\r\n"},
        {"/bare", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"},
    };
    struct site site = {pages, sizeof(pages) / sizeof(pages[0]), ""};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    site_run(&bed, &site, "/a", STATUS_UP, "none");
    assert_int_equal(check_bed_int(&bed, FACT_REDIRECTS), 2);
    assert_non_null(strstr(check_bed_text(&bed, FACT_FINAL_URL), "/c"));
    site_run(&bed, &site, "/loop", STATUS_DOWN, "http.redirect_loop");
    site_run(&bed, &site, "/file", STATUS_DOWN, "http.redirect_blocked");
    site_run(&bed, &site, "/meta", STATUS_DOWN, "policy.blocked");
    check_bed_evidence(&bed, "\"hops\":[");
    site_run(&bed, &site, "/bare", STATUS_DOWN, "expect.status");
    bed.spec.of.http.request.redirects_max = 1;
    site_run(&bed, &site, "/a", STATUS_DOWN, "http.redirect_limit");
    bed.spec.of.http.request.redirects_max = 0;
    check_bed_expect(&bed, "status == 302");
    site_run(&bed, &site, "/a", STATUS_UP, "none");
    check_bed_close(&bed);
}

static void
methods_of_redirects(void **state)
{
    static const struct site_page pages[] = {
        {"/see", "HTTP/1.1 303 See\r\nLocation: /end\r\n"
                 "Content-Length: 0\r\n\r\n"},
        {"/keep", "HTTP/1.1 307 Keep\r\nLocation: /end\r\n"
                  "Content-Length: 0\r\n\r\n"},
        {"/end", OK},
    };
    static char post[] = "POST";
    struct site site = {pages, 3, ""};
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    bed.spec.of.http.request.method = post;
    check_bed_set(&bed.spec.of.http.request.body, "sku=1");
    bed.spec.of.http.request.body_type = SPEC_BODY_TEXT;
    site_run(&bed, &site, "/see", STATUS_UP, "none");
    assert_non_null(strstr(site.log, "POST /see "));
    assert_non_null(strstr(site.log, "GET /end "));
    site.log[0] = '\0';
    site_run(&bed, &site, "/keep", STATUS_UP, "none");
    assert_non_null(strstr(site.log, "POST /end "));
    check_bed_close(&bed);
}

static void
keys_stay_with_their_origin(void **state)
{
    static const struct site_page ends[] = {{"/end", OK}};
    struct site other = {ends, 1, ""};
    struct tiny far = {.serve = site_serve, .arg = &other};
    char answer[256];
    struct site_page pages[] = {
        {"/go", answer},
        {"/stay", "HTTP/1.1 302 F\r\nLocation: /end\r\n"
                  "Content-Length: 0\r\n\r\n"},
        {"/end", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"}};
    struct site site = {pages, 3, ""};
    struct check_bed bed;

    (void)state;
    tiny_start(&far);
    (void)snprintf(answer, sizeof(answer),
                   "HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:%u/end\r\n"
                   "Content-Length: 0\r\n\r\n",
                   far.port);
    check_bed_open(&bed, SPEC_HTTP, NULL);
    check_bed_header(&bed, "Authorization", "Bearer s3cr3t");
    check_bed_header(&bed, "X-Shop-Key", "s3cr3t");
    check_bed_header(&bed, "Accept", "application/json");
    site_run(&bed, &site, "/go", STATUS_UP, "none");
    assert_non_null(strstr(site.log, "X-Shop-Key: s3cr3t"));
    assert_non_null(strstr(other.log, "Accept: application/json"));
    assert_null(strstr(other.log, "s3cr3t"));
    site.log[0] = '\0';
    site_run(&bed, &site, "/stay", STATUS_DOWN, "expect.status");
    assert_non_null(strstr(strstr(site.log, "/end"), "Bearer s3cr3t"));
    check_bed_evidence(&bed, "Authorization: <masked>");
    assert_null(strstr(bed.result->evidence, "Bearer"));
    check_bed_close(&bed);
    tiny_stop(&far);
}

static void
answers_that_are_none(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    run_text(&bed, serve_text, "SSH-2.0-x\r\n\r\n", STATUS_DOWN,
             "http.protocol");
    run_text(&bed, serve_text, "", STATUS_DOWN, "http.closed");
    run_text(&bed, serve_reset, "", STATUS_DOWN, "http.reset");
    run_text(&bed, serve_text,
             "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", STATUS_DOWN,
             "http.truncated");
    run_text(&bed, serve_text,
             "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
             "Content-Length: 5\r\n\r\nhello",
             STATUS_DOWN, "http.decode");
    check_bed_url(&bed, "http", check_bed_closed_port(), "/");
    check_bed_reason(&bed, STATUS_DOWN, "connect.refused");
    assert_int_equal(check_bed_int(&bed, FACT_STATUS), -1);
    bed.spec.of.http.request.body_max = 4;
    run_text(&bed, serve_text, OK, STATUS_DOWN, "http.body_limit");
    check_bed_close(&bed);
}

static void
deadlines_are_named_by_their_phase(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    bed.spec.timeout_ns = 150 * NS_PER_MS;
    run_text(&bed, serve_hold, "", STATUS_DOWN, "http.timeout");
    assert_true(bed.result->us[PHASE_TOTAL] < 1000000);
    run_text(&bed, serve_hold,
             "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", STATUS_DOWN,
             "http.timeout");
    assert_int_equal(check_bed_int(&bed, FACT_STATUS), 200);
    check_bed_close(&bed);
}

static void
a_secret_that_is_not_here(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    check_bed_header(&bed, "Authorization", "Bearer ${secret.key}");
    check_bed_url(&bed, "http", 9, "/");
    check_bed_reason(&bed, STATUS_ERROR, "local.secret");
    check_bed_close(&bed);
}

/* A secret of the name `key`, for the server at `port` of this machine. */
static struct secret_set *
give_secret(struct check_bed *bed, uint16_t port)
{
    char origin[64];
    const char *const origins[] = {origin};
    struct secret_def def = {.name = "key",
                             .source = SECRET_GIVEN,
                             .origins = origins,
                             .origin_count = 1};
    struct secret_set *set = secret_set_create();

    (void)snprintf(origin, sizeof(origin), "http://127.0.0.1:%u", port);
    assert_int_equal(secret_add(set, &def), 0);
    assert_int_equal(secret_give(set, "key", "s3cr3t/+", 8), 0);
    bed->engine->secrets = set;
    return set;
}

static void
a_secret_goes_to_its_host_and_nowhere_else(void **state)
{
    static const struct site_page ends[] = {{"/end", OK}};
    struct site other = {ends, 1, ""};
    struct tiny far = {.serve = site_serve, .arg = &other};
    char go[256], keep[256], tell[256];
    struct site_page pages[] = {{"/?k=s3cr3t%2F%2B",
                                 "HTTP/1.1 500 No\r\nContent-Length: 16\r\n\r\n"
                                 "echo: s3cr3t%2f+"},
                                {"/go", go},
                                {"/keep", keep},
                                {"/tell?k=s3cr3t%2F%2B", tell}};
    struct site site = {pages, 4, ""};
    struct tiny near = {.serve = site_serve, .arg = &site};
    struct secret_set *set;
    struct check_bed bed;

    (void)state;
    tiny_start(&far);
    tiny_start(&near);
    (void)snprintf(go, sizeof(go),
                   "HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:%u/end\r\n"
                   "Content-Length: 0\r\n\r\n",
                   far.port);
    (void)snprintf(keep, sizeof(keep),
                   "HTTP/1.1 307 F\r\nLocation: http://127.0.0.1:%u/end\r\n"
                   "Content-Length: 0\r\n\r\n",
                   far.port);
    (void)snprintf(tell, sizeof(tell),
                   "HTTP/1.1 301 M\r\nLocation: http://127.0.0.1:%u/end?"
                   "k=s3cr3t%%2f%%2B\r\nContent-Length: 0\r\n\r\n",
                   far.port);
    check_bed_open(&bed, SPEC_HTTP, NULL);
    set = give_secret(&bed, near.port);
    check_bed_header(&bed, "X-Key", "${secret.key}");
    check_bed_header(&bed, "Accept-Language", "${secret.key}");
    check_bed_url(&bed, "http", near.port, "/?k=${secret.key}");
    check_bed_reason(&bed, STATUS_DOWN, "expect.status");
    assert_non_null(strstr(site.log, "X-Key: s3cr3t/+\r\n"));
    assert_null(strstr(bed.result->evidence, "s3cr3t"));
    check_bed_evidence(&bed, "<secret>");
    check_bed_url(&bed, "http", near.port, "/go");
    check_bed_reason(&bed, STATUS_UP, "none");
    assert_non_null(strstr(other.log, "GET /end "));
    assert_null(strstr(other.log, "s3cr3t"));
    /* Nor when the server repeats it in the address of somebody else. */
    other.log[0] = '\0';
    check_bed_url(&bed, "http", near.port, "/tell?k=${secret.key}");
    check_bed_reason(&bed, STATUS_DOWN, "http.redirect_blocked");
    assert_string_equal(other.log, "");
    assert_null(strstr(bed.result->message, "s3cr3t"));
    /* A body that holds it is not sent again to somebody else. */
    check_bed_set(&bed.spec.of.http.request.body, "k=${secret.key}");
    bed.spec.of.http.request.body_type = SPEC_BODY_TEXT;
    other.log[0] = '\0';
    check_bed_url(&bed, "http", near.port, "/keep");
    check_bed_reason(&bed, STATUS_DOWN, "http.redirect_blocked");
    assert_string_equal(other.log, "");
    /* Nor does the check ask anybody else with it in the first place. */
    check_bed_url(&bed, "http", far.port, "/end");
    check_bed_reason(&bed, STATUS_ERROR, "local.secret");
    assert_string_equal(other.log, "");
    check_bed_close(&bed);
    secret_set_free(set);
    tiny_stop(&near);
    tiny_stop(&far);
}

/* Sends to /in and back; with a cookie it is another answer. */
static void
serve_door(struct tiny_conn *conn)
{
    if (!tiny_read_head(conn))
        return;
    if (strstr(conn->request, "Cookie: in=1") != NULL)
        tiny_say(conn, OK);
    else
        tiny_say(conn, "HTTP/1.1 302 F\r\nLocation: /\r\n"
                       "Set-Cookie: in=1\r\n"
                       "Set-Cookie: out=2; Domain=evil.example\r\n"
                       "Set-Cookie: tld=3; Domain=1\r\n"
                       "Set-Cookie: bad\x01=4\r\n"
                       "Content-Length: 0\r\n\r\n");
}

static void
cookies_open_doors(void **state)
{
    struct tiny tiny = {.serve = serve_door};
    struct check_bed bed;

    (void)state;
    tiny_start(&tiny);
    check_bed_open(&bed, SPEC_HTTP, NULL);
    check_bed_url(&bed, "http", tiny.port, "/");
    check_bed_reason(&bed, STATUS_UP, "none"); /* no loop: the cookie is new */
    assert_int_equal(check_bed_int(&bed, FACT_REDIRECTS), 1);
    assert_null(strstr(tiny.last, "out="));
    assert_null(strstr(tiny.last, "tld="));
    check_bed_reason(&bed, STATUS_UP, "none");
    assert_int_equal(check_bed_int(&bed, FACT_REDIRECTS), 1); /* anew */
    check_bed_close(&bed);
    tiny_stop(&tiny);
}

static void
the_environment_has_no_say(void **state)
{
    static const char *const names[] = {"http_proxy", "HTTPS_PROXY",
                                        "ALL_PROXY", "all_proxy"};
    struct check_bed bed;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(setenv(names[i], "http://127.0.0.1:9", 1), 0);
    check_bed_open(&bed, SPEC_HTTP, NULL);
    run_text(&bed, serve_text, OK, STATUS_UP, "none");
    check_bed_close(&bed);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
}

static void
credentials(void **state)
{
    static const struct site_page pages[] = {{"/", OK}};
    struct site site = {pages, 1, ""};
    struct check_bed bed;
    struct spec_auth *auth = &bed.spec.of.http.request.auth;

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    auth->type = SPEC_AUTH_BASIC;
    check_bed_set(&auth->user, "me");
    check_bed_set(&auth->password, "pw");
    site_run(&bed, &site, "/", STATUS_UP, "none");
    assert_non_null(strstr(site.log, "Authorization: Basic bWU6cHc=\r\n"));
    site_run(&bed, &site, "/none", STATUS_DOWN, "expect.status");
    check_bed_evidence(&bed, "\\nAuthorization: <masked>");
    auth->type = SPEC_AUTH_BEARER;
    check_bed_set(&auth->password, "t0k3n");
    site_run(&bed, &site, "/", STATUS_UP, "none");
    assert_non_null(strstr(site.log, "Authorization: Bearer t0k3n\r\n"));
    check_bed_close(&bed);
}

/* A proxy is a server that is asked for whole URLs. */
static void
by_a_proxy(void **state)
{
    static const struct site_page pages[] = {
        {"http://shop.invalid/", OK},
        {"http://shop.invalid/meta",
         "HTTP/1.1 302 F\r\nLocation: http://169.254.169.254/latest\r\n"
         "Content-Length: 0\r\n\r\n"},
    };
    struct site site = {pages, 2, ""};
    struct tiny tiny = {.serve = site_serve, .arg = &site};
    char proxy[64];
    struct check_bed bed;

    (void)state;
    tiny_start(&tiny);
    check_bed_open(&bed, SPEC_HTTP, NULL);
    (void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", tiny.port);
    bed.spec.net.proxy = proxy;
    check_bed_set(&bed.spec.of.http.request.url, "http://shop.invalid/");
    check_bed_reason(&bed, STATUS_UP, "none");
    check_bed_set(&bed.spec.of.http.request.url, "http://shop.invalid/meta");
    check_bed_reason(&bed, STATUS_DOWN, "policy.blocked");
    assert_null(strstr(site.log, "169.254"));
    (void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u",
                   check_bed_closed_port());
    check_bed_reason(&bed, STATUS_DOWN, "proxy.refused");
    check_bed_close(&bed);
    tiny_stop(&tiny);
}

/* `resolve` is about the host that is written, and not about where a server
 * sends us. */
static void
an_override_is_of_its_own_host(void **state)
{
    static const struct site_page pages[] = {
        {"/again", "HTTP/1.1 302 F\r\nLocation: http://shop.invalid/there\r\n"
                   "Content-Length: 0\r\n\r\n"},
        {"/there", OK},
        {"/away", "HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:1/there\r\n"
                  "Content-Length: 0\r\n\r\n"},
    };
    struct site site = {pages, 3, ""};
    struct tiny tiny = {.serve = site_serve, .arg = &site};
    char resolve[32];
    struct check_bed bed;

    (void)state;
    tiny_start(&tiny);
    check_bed_open(&bed, SPEC_HTTP, NULL);
    (void)snprintf(resolve, sizeof(resolve), "127.0.0.1:%u", tiny.port);
    bed.spec.net.resolve = resolve;
    check_bed_set(&bed.spec.of.http.request.url, "http://shop.invalid/again");
    check_bed_reason(&bed, STATUS_UP, "none");
    check_bed_set(&bed.spec.of.http.request.url, "http://shop.invalid/away");
    check_bed_reason(&bed, STATUS_DOWN, "connect.refused");
    check_bed_close(&bed);
    tiny_stop(&tiny);
}

/* JSON of every wrongness is a failed expectation, and nothing worse. */
static void
json_that_is_none(void **state)
{
    static const char *const bodies[] = {
        "",
        "{",
        "[1,",
        "{\"a\":}",
        "nul",
        "{\"a\":1}x",
        "\"\\ud800\"",
        "{\"a\":1e999}",
        "\xff\xfe",
        "{\"a\":{\"a\":{\"a\":",
        "[[[[[[[[[[",
        "{'a':1}",
        "\0",
        "NaN",
        "{\"a\":01}",
    };
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    check_bed_expect(&bed, "json $.a.b == 1");
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        char answer[200];

        (void)snprintf(answer, sizeof(answer),
                       "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                       strlen(bodies[i]), bodies[i]);
        run_text(&bed, serve_text, answer, STATUS_DOWN, "expect.json");
        assert_true(bed.result->message[0] != '\0');
    }
    check_bed_close(&bed);
}

static void
https(void **state)
{
    struct pki_opts root_opts = {.name = "Root", .is_ca = true};
    struct pki_opts leaf_opts = {.name = "shop", .san = "IP:127.0.0.1"};
    struct pki_opts wrong_opts = {.name = "shop", .san = "DNS:shop.example"};
    const struct pki_opts *opts[] = {&leaf_opts, &wrong_opts};
    const char *const reasons[] = {"none", "tls.hostname"};
    struct pki root;
    char *pem;

    (void)state;
    pki_make(&root, NULL, &root_opts);
    pem = pki_pem(&root);
    for (size_t i = 0; i < 2; i++) {
        struct tiny tiny = {.serve = serve_text, .arg = OK};
        struct check_bed bed;
        struct pki leaf;

        pki_make(&leaf, &root, opts[i]);
        tiny.ctx = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate(tiny.ctx, leaf.cert);
        SSL_CTX_use_PrivateKey(tiny.ctx, leaf.key);
        tiny_start(&tiny);
        check_bed_open(&bed, SPEC_HTTP, pem);
        check_bed_url(&bed, "https", tiny.port, "/");
        check_bed_reason(&bed, i == 0 ? STATUS_UP : STATUS_DOWN, reasons[i]);
        assert_int_equal(check_bed_int(&bed, FACT_CERT_DAYS), 29);
        if (i == 1)
            check_bed_evidence(&bed, "\"tls_faults\":\"hostname\"");
        bed.spec.net.http_version = SPEC_HTTP_2; /* it knows no ALPN */
        check_bed_reason(&bed, STATUS_DOWN, i == 0 ? "tls.alpn" : reasons[i]);
        check_bed_close(&bed);
        tiny_stop(&tiny);
        SSL_CTX_free(tiny.ctx);
        pki_free(&leaf);
    }
    free(pem);
    pki_free(&root);
}

/* Followed, as every browser does, and a fact. */
static void
from_https_to_http(void **state)
{
    static const struct site_page ends[] = {{"/end", OK}};
    struct site site = {ends, 1, ""};
    struct tiny far = {.serve = site_serve, .arg = &site};
    struct pki_opts opts = {.name = "shop", .san = "IP:127.0.0.1"};
    char answer[256];
    struct tiny near = {.serve = serve_text, .arg = answer};
    struct check_bed bed;
    struct pki leaf;
    char *pem;

    (void)state;
    pki_make(&leaf, NULL, &opts);
    pem = pki_pem(&leaf);
    near.ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(near.ctx, leaf.cert);
    SSL_CTX_use_PrivateKey(near.ctx, leaf.key);
    tiny_start(&far);
    tiny_start(&near);
    (void)snprintf(answer, sizeof(answer),
                   "HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:%u/end\r\n"
                   "Content-Length: 0\r\n\r\n",
                   far.port);
    check_bed_open(&bed, SPEC_HTTP, pem);
    bed.spec.net.insecure = true;
    check_bed_url(&bed, "https", near.port, "/");
    check_bed_reason(&bed, STATUS_UP, "none");
    assert_int_equal(check_bed_int(&bed, FACT_DOWNGRADED), 1);
    check_bed_url(&bed, "http", far.port, "/end");
    check_bed_reason(&bed, STATUS_UP, "none");
    assert_int_equal(check_bed_int(&bed, FACT_DOWNGRADED), -1);
    check_bed_close(&bed);
    tiny_stop(&near);
    tiny_stop(&far);
    SSL_CTX_free(near.ctx);
    free(pem);
    pki_free(&leaf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_exchange),
        cmocka_unit_test(without_expect_the_status_counts),
        cmocka_unit_test(json_and_what_is_none),
        cmocka_unit_test(redirects),
        cmocka_unit_test(methods_of_redirects),
        cmocka_unit_test(keys_stay_with_their_origin),
        cmocka_unit_test(answers_that_are_none),
        cmocka_unit_test(deadlines_are_named_by_their_phase),
        cmocka_unit_test(a_secret_that_is_not_here),
        cmocka_unit_test(a_secret_goes_to_its_host_and_nowhere_else),
        cmocka_unit_test(cookies_open_doors),
        cmocka_unit_test(the_environment_has_no_say),
        cmocka_unit_test(credentials),
        cmocka_unit_test(by_a_proxy),
        cmocka_unit_test(an_override_is_of_its_own_host),
        cmocka_unit_test(json_that_is_none),
        cmocka_unit_test(https),
        cmocka_unit_test(from_https_to_http),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
