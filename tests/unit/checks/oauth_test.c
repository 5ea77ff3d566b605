/* oauth_test.c - tokens from a real server: shared, kept, refused, cancelled. */
#include "checks/oauth.c"

#include "base/resolver.h"
#include "tests/lib/fetch_bed.h"

/* A token server; each token it gives is numbered. */
struct town {
    struct tiny tiny;
    struct loop *loop;
    struct fetcher *fetcher;
    struct resolver *resolver;
    struct oauth *oauth;
    char url[64];
    struct oauth_client client;
    int wanted; /* the loop stops after so many are told */
};

struct told {
    struct town *town;
    int count;
    char token[64];
    char why[OAUTH_WHY_MAX];
    struct secret_value *kept;
};

static void
on_told(void *cookie, struct secret_value *token, const char *why)
{
    struct told *told = cookie;

    told->count++;
    assert_true((token == NULL) == (why != NULL));
    if (token != NULL) {
        str_copy(told->token, sizeof(told->token), secret_value_text(token));
        secret_value_free(told->kept);
        told->kept = secret_value_ref(token);
    } else {
        str_copy(told->why, sizeof(told->why), why);
    }
    if (--told->town->wanted == 0)
        loop_stop(told->town->loop);
}

static void
answer(struct tiny_conn *conn, const char *status, const char *body)
{
    char text[512];

    snprintf(
        text, sizeof(text),
        "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
        status, strlen(body), body);
    tiny_say(conn, text);
}

static void
serve_tokens(struct tiny_conn *conn)
{
    char body[128];

    if (!tiny_read_request(conn))
        return;
    snprintf(body, sizeof(body),
             "{\"access_token\":\"token-%d\",\"token_type\":\"Bearer\","
             "\"expires_in\":%s}",
             atomic_load(&conn->tiny->accepted),
             (const char *)atomic_load(&conn->tiny->arg));
    answer(conn, "200 OK", body);
}

static void
serve_refusal(struct tiny_conn *conn)
{
    if (tiny_read_request(conn))
        answer(conn, "401 Unauthorized",
               "{\"error\":\"invalid_client\",\"error_description\":"
               "\"top-secret-pw is wrong\"}");
}

static void
serve_silence(struct tiny_conn *conn)
{
    if (tiny_read_request(conn))
        tiny_hold(conn);
}

static void
town_open(struct town *town, void (*serve)(struct tiny_conn *), const char *arg)
{
    struct call_net net = {0};

    memset(town, 0, sizeof(*town));
    town->tiny.serve = serve;
    town->tiny.arg = arg;
    tiny_start(&town->tiny);
    town->loop = loop_create();
    town->fetcher = fetcher_create(town->loop, &(struct fetcher_opts){0});
    town->resolver = resolver_create(town->loop, "127.0.0.1:1");
    net.fetcher = town->fetcher;
    net.resolver = town->resolver;
    town->oauth = oauth_create(town->loop, &net);
    snprintf(town->url, sizeof(town->url), "http://127.0.0.1:%u/token",
             town->tiny.port);
    town->client = (struct oauth_client){.token_url = town->url,
                                         .client_id = "me",
                                         .secret = "top-secret-pw",
                                         .secret_len = 13};
}

static void
town_close(struct town *town)
{
    oauth_free(town->oauth);
    resolver_free(town->resolver);
    fetcher_free(town->fetcher);
    loop_free(town->loop);
    tiny_stop(&town->tiny);
}

static struct oauth_wait *
ask_for(struct town *town, struct told *told)
{
    told->town = town;
    return oauth_start(town->oauth, &town->client, 10 * SECOND, on_told, told);
}

/* One token, waited for. */
static void
fetch_one(struct town *town, struct told *told)
{
    struct oauth_wait *wait = ask_for(town, told);

    assert_non_null(wait);
    town->wanted = 1;
    loop_run(town->loop);
}

static void
a_token_is_kept(void **state)
{
    struct town town;
    struct told told = {0};

    (void)state;
    town_open(&town, serve_tokens, "3600");
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-1");
    assert_non_null(strstr(town.tiny.last, "POST /token HTTP/1.1"));
    assert_non_null(strstr(town.tiny.last, "Authorization: Basic "
                                           "bWU6dG9wLXNlY3JldC1wdw=="));
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-1");
    assert_int_equal(told.count, 2);
    assert_int_equal(town.tiny.accepted, 1);
    /* Another client, scope or secret is another token. */
    town.client.scope = "write";
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-2");
    town.client.scope = NULL;
    town.client.secret = "changed-in-between";
    town.client.secret_len = 18;
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-3");
    /* One that was refused is not given again, and only that one. */
    oauth_refused(town.oauth, told.kept);
    oauth_refused(town.oauth, told.kept);
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-4");
    town.client.secret = "top-secret-pw";
    town.client.secret_len = 13;
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-1");
    oauth_refused(town.oauth, NULL);
    secret_value_free(told.kept);
    town_close(&town);
}

/* A check whose `ca` is wrong must not fail the one it waits beside, and a
 * token that anybody could have given is for those alone who say so. */
static void
who_trusts_others_has_a_request_of_his_own(void **state)
{
    struct town town;
    struct told told = {0};

    (void)state;
    town_open(&town, serve_tokens, "3600");
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-1");
    town.client.ca = "one";
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-2");
    town.client.ca = "two";
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-3");
    town.client.ca = NULL;
    town.client.is_insecure = true;
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-4");
    town.client.is_insecure = false;
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-1");
    secret_value_free(told.kept);
    town_close(&town);
}

static void
a_token_runs_out(void **state)
{
    struct town town;
    struct told told = {0};

    (void)state;
    /* A life of 0 is good for those who wait for it. */
    town_open(&town, serve_tokens, "0");
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-1");
    fetch_one(&town, &told);
    assert_string_equal(told.token, "token-2");
    assert_int_equal(town.oauth->count, 1);
    secret_value_free(told.kept);
    town_close(&town);
}

/* The margin before its end: a tenth, at most a minute. */
static void
the_margin(void **state)
{
    static const struct {
        int64_t life_s;
        int64_t good_s;
    } rows[] = {{0, 0}, {9, 9}, {10, 9}, {100, 90}, {600, 540}, {3600, 3540}};
    struct town town;

    (void)state;
    town_open(&town, serve_tokens, "0");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct entry entry = {.oauth = town.oauth};
        mono_t before = loop_now(town.loop);

        set_token(&entry, NULL, rows[i].life_s);
        assert_true(clock_since_ns(before, entry.ends) >=
                    rows[i].good_s * NS_PER_S);
        assert_true(clock_since_ns(loop_now(town.loop), entry.ends) <=
                    rows[i].good_s * NS_PER_S);
    }
    town_close(&town);
}

static void
many_runs_share_one_request(void **state)
{
    struct town town;
    struct told told[20] = {0};
    struct oauth_wait *gone;

    (void)state;
    town_open(&town, serve_tokens, "3600");
    gone = ask_for(&town, &told[0]);
    for (int i = 1; i < 20; i++)
        (void)ask_for(&town, &told[i]);
    oauth_cancel(gone);
    oauth_cancel(NULL);
    town.wanted = 19;
    loop_run(town.loop);
    assert_int_equal(told[0].count, 0);
    for (int i = 1; i < 20; i++) {
        assert_int_equal(told[i].count, 1);
        assert_string_equal(told[i].token, "token-1");
        secret_value_free(told[i].kept);
    }
    assert_int_equal(town.tiny.accepted, 1);
    town_close(&town);
}

static void
a_refusal_is_told_without_the_secret(void **state)
{
    struct town town;
    struct told told[2] = {0};
    char want[OAUTH_WHY_MAX];

    (void)state;
    town_open(&town, serve_refusal, "");
    (void)ask_for(&town, &told[0]);
    fetch_one(&town, &told[1]);
    if (told[0].count == 0) {
        town.wanted = 1;
        loop_run(town.loop);
    }
    snprintf(want, sizeof(want),
             "%s: it answered 401: invalid_client (<secret> is wrong)",
             town.url);
    assert_string_equal(told[0].why, want);
    assert_string_equal(told[1].why, want);
    /* It is asked again by the next run. */
    town.tiny.serve = serve_tokens;
    town.tiny.arg = "60";
    fetch_one(&town, &told[0]);
    assert_string_equal(told[0].token, "token-2");
    secret_value_free(told[0].kept);
    town_close(&town);
}

static void
time_is_each_ones_own(void **state)
{
    struct town town;
    struct told hasty = {0};
    struct told patient = {0};
    struct oauth_wait *wait;

    (void)state;
    town_open(&town, serve_silence, "");
    hasty.town = &town;
    wait = ask_for(&town, &patient);
    assert_non_null(
        oauth_start(town.oauth, &town.client, NS_PER_MS, on_told, &hasty));
    town.wanted = 1;
    loop_run(town.loop);
    assert_int_equal(hasty.count, 1);
    assert_int_equal(patient.count, 0);
    assert_non_null(strstr(hasty.why, ": no token in time"));
    assert_non_null(town.oauth->first->call);
    /* The request ends with the last who waits. */
    oauth_cancel(wait);
    assert_null(town.oauth->first->call);
    assert_int_equal(town.oauth->waiting, 0);
    town_close(&town);
}

static void
what_cannot_be_asked_is_told_later(void **state)
{
    struct town town;
    struct told told = {0};
    struct oauth_wait *wait;

    (void)state;
    town_open(&town, serve_tokens, "1");
    town.client.token_url = "ftp://id.example/";
    wait = ask_for(&town, &told);
    assert_int_equal(told.count, 0);
    town.wanted = 1;
    loop_run(town.loop);
    assert_non_null(wait);
    assert_string_equal(told.why, "ftp://id.example/: no request can be made: "
                                  "it is no http or https URL");
    /* Cancelled between its end and the telling. */
    wait = ask_for(&town, &told);
    oauth_cancel(wait);
    assert_int_equal(told.count, 1);
    town_close(&town);
}

static void
tokens_are_bounded(void **state)
{
    struct town town;
    struct told told = {0};
    char id[16];

    (void)state;
    town_open(&town, serve_tokens, "1");
    town.client.token_url = "ftp://id.example/";
    for (int i = 0; i < OAUTH_TOKENS_MAX + 10; i++) {
        snprintf(id, sizeof(id), "c%d", i);
        town.client.client_id = id;
        fetch_one(&town, &told);
        assert_true(town.oauth->count <= OAUTH_TOKENS_MAX);
    }
    town_close(&town);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_kept),
        cmocka_unit_test(who_trusts_others_has_a_request_of_his_own),
        cmocka_unit_test(a_token_runs_out),
        cmocka_unit_test(the_margin),
        cmocka_unit_test(many_runs_share_one_request),
        cmocka_unit_test(a_refusal_is_told_without_the_secret),
        cmocka_unit_test(time_is_each_ones_own),
        cmocka_unit_test(what_cannot_be_asked_is_told_later),
        cmocka_unit_test(tokens_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
