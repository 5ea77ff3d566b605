/* A check that needs a token first: taken, kept, refused, not to be had. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/exchange_token.c"

#include "base/secret.h"
#include "checks/check.h"
#include "checks/engine_priv.h"
#include "tests/lib/site.h"

#define TOKEN                                                                  \
    "{\"access_token\":\"t0k3n-1\",\"token_type\":\"Bearer\","                 \
    "\"expires_in\":3600}"

static const struct site_page TOKENS[] = {
    {"/token", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
               "Content-Length: 66\r\n\r\n" TOKEN},
    {"/no", "HTTP/1.1 401 No\r\nContent-Type: application/json\r\n"
            "Content-Length: 26\r\n\r\n{\"error\":\"invalid_client\"}"},
};

static const struct site_page TARGET[] = {
    {"/", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
    {"/private", "HTTP/1.1 401 No\r\nContent-Length: 7\r\n\r\nt0k3n-1"},
};

struct town {
    struct site tokens, target;
    struct tiny token_server, server;
    struct check_bed bed;
    struct secret_set *secrets;
    char token_url[64];
};

static void
open_town(struct town *t, const char *token_path)
{
    char origin[64];
    const char *const origins[] = {origin};
    struct secret_def def = {.name = "client",
                             .source = SECRET_GIVEN,
                             .origins = origins,
                             .origin_count = 1};
    struct spec_auth *auth = &t->bed.spec.of.http.request.auth;

    memset(t, 0, sizeof(*t));
    t->tokens = (struct site){TOKENS, 2, ""};
    t->target = (struct site){TARGET, 2, ""};
    t->token_server = (struct tiny){.serve = site_serve, .arg = &t->tokens};
    t->server = (struct tiny){.serve = site_serve, .arg = &t->target};
    tiny_start(&t->token_server);
    tiny_start(&t->server);
    check_bed_open(&t->bed, SPEC_HTTP, NULL);
    (void)snprintf(origin, sizeof(origin), "http://127.0.0.1:%u",
                   t->token_server.port);
    (void)snprintf(t->token_url, sizeof(t->token_url), "%s%s", origin,
                   token_path);
    t->secrets = secret_set_create();
    assert_int_equal(secret_add(t->secrets, &def), 0);
    assert_int_equal(secret_give(t->secrets, "client", "cl13nt", 6), 0);
    t->bed.engine->secrets = t->secrets;
    auth->type = SPEC_AUTH_OAUTH2;
    auth->token_url = t->token_url;
    check_bed_set(&auth->user, "me");
    check_bed_set(&auth->password, "${secret.client}");
}

static void
close_town(struct town *t)
{
    check_bed_close(&t->bed);
    secret_set_free(t->secrets);
    tiny_stop(&t->token_server);
    tiny_stop(&t->server);
}

static void
taken_once_and_sent(void **state)
{
    struct town t;

    (void)state;
    open_town(&t, "/token");
    check_bed_url(&t.bed, "http", t.server.port, "/");
    check_bed_reason(&t.bed, STATUS_UP, "none");
    check_bed_reason(&t.bed, STATUS_UP, "none");
    assert_int_equal(t.token_server.accepted, 1); /* the second has it still */
    assert_non_null(strstr(t.target.log, "Authorization: Bearer t0k3n-1\r\n"));
    assert_null(strstr(t.target.log, "cl13nt"));
    close_town(&t);
}

static void
refused_by_the_target(void **state)
{
    struct town t;

    (void)state;
    open_town(&t, "/token");
    check_bed_url(&t.bed, "http", t.server.port, "/private");
    check_bed_reason(&t.bed, STATUS_DOWN, "expect.status");
    check_bed_evidence(&t.bed, "<secret>"); /* the body showed it */
    assert_null(strstr(t.bed.result->evidence, "t0k3n"));
    check_bed_reason(&t.bed, STATUS_DOWN, "expect.status");
    assert_int_equal(t.token_server.accepted, 2); /* asked for another one */
    close_town(&t);
}

static void
not_to_be_had(void **state)
{
    struct town t;

    (void)state;
    open_town(&t, "/no");
    check_bed_url(&t.bed, "http", t.server.port, "/");
    check_bed_reason(&t.bed, STATUS_DOWN, "auth.failed");
    assert_non_null(strstr(t.bed.result->message, "invalid_client"));
    assert_int_equal(t.server.accepted, 0);
    close_town(&t);
}

static void
hold(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

static void
too_late_and_cancelled(void **state)
{
    struct check_run run = {0};
    struct town t;

    (void)state;
    open_town(&t, "/token");
    t.token_server.serve = hold;
    t.bed.spec.timeout_ns = 80 * NS_PER_MS;
    check_bed_url(&t.bed, "http", t.server.port, "/");
    check_bed_reason(&t.bed, STATUS_DOWN, "auth.failed");
    check_cancel(check_start(t.bed.engine, &t.bed.spec, &run, check_bed_on_done,
                             &t.bed));
    close_town(&t);
}

static void
its_secret_is_for_the_token_server(void **state)
{
    static const char *const elsewhere[] = {"https://other.example"};
    struct secret_def def = {.name = "wrong",
                             .source = SECRET_GIVEN,
                             .origins = elsewhere,
                             .origin_count = 1};
    struct town t;

    (void)state;
    open_town(&t, "/token");
    assert_int_equal(secret_add(t.secrets, &def), 0);
    assert_int_equal(secret_give(t.secrets, "wrong", "cl13nt", 6), 0);
    check_bed_set(&t.bed.spec.of.http.request.auth.password, "${secret.wrong}");
    check_bed_url(&t.bed, "http", t.server.port, "/");
    check_bed_reason(&t.bed, STATUS_ERROR, "local.secret");
    assert_int_equal(t.token_server.accepted, 0);
    close_town(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken_once_and_sent),
        cmocka_unit_test(refused_by_the_target),
        cmocka_unit_test(not_to_be_had),
        cmocka_unit_test(too_late_and_cancelled),
        cmocka_unit_test(its_secret_is_for_the_token_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
