/* oauth_talk_test.c - RFC 6749's own examples, and servers that do not. */
#include "checks/oauth_talk.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
assert_asked(const struct oauth_client *client, const char *want_body,
             const char *want_line)
{
    struct buf body;
    struct buf line;

    buf_init_wiping(&body, 10000);
    buf_init_wiping(&line, 10000);
    assert_int_equal(oauth_talk_ask(client, &body, &line), 0);
    assert_string_equal(buf_text(&body), want_body);
    assert_string_equal(buf_text(&line), want_line);
    buf_free(&body);
    buf_free(&line);
}

static void
test_the_request(void **state)
{
    struct oauth_client client = {.client_id = "s6BhdRkqt3",
                                  .secret = "7Fjfp0ZBr1KtDRbnfVdmIw",
                                  .secret_len = 22};

    (void)state;
    assert_asked(&client, "grant_type=client_credentials",
                 "Authorization: Basic "
                 "czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3");
    client.scope = "read write";
    client.audience = "https://api.example/";
    client.is_in_body = true;
    assert_asked(&client,
                 "grant_type=client_credentials&scope=read+write"
                 "&audience=https%3A%2F%2Fapi.example%2F"
                 "&client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw",
                 "");
    /* Encoded before they are joined: "a%3Ab:p%3Aq+%2B". */
    client = (struct oauth_client){
        .client_id = "a:b", .secret = "p:q +", .secret_len = 5};
    assert_asked(&client, "grant_type=client_credentials",
                 "Authorization: Basic YSUzQWI6cCUzQXErJTJC");
}

static void
test_a_full_buffer(void **state)
{
    const struct oauth_client client = {
        .client_id = "me", .secret = "secret", .secret_len = 6};
    struct buf body;
    struct buf line;

    (void)state;
    buf_init(&body, 10000);
    buf_init(&line, 10);
    assert_int_equal(oauth_talk_ask(&client, &body, &line), -1);
    buf_free(&body);
    buf_free(&line);
}

/* "life token", or why. */
static void
read_answer(int status, const char *json, char to[OAUTH_WHY_MAX])
{
    const struct fetch_result result = {
        .status = status, .body = json, .body_len = strlen(json), .detail = ""};
    struct mask *mask = mask_create();
    int64_t life = -1;
    char why[OAUTH_WHY_MAX];
    struct secret_value *token;

    mask_add(mask, "hunter2hunter2", 14);
    token = oauth_talk_read(&result, mask, &life, why, sizeof(why));
    if (token != NULL)
        (void)snprintf(to, OAUTH_WHY_MAX, "%lld %s", (long long)life,
                       secret_value_text(token));
    else
        (void)str_copy(to, OAUTH_WHY_MAX, why);
    secret_value_free(token);
    mask_free(mask);
}

static void
test_answers(void **state)
{
    static const struct {
        int status;
        const char *json;
        const char *want;
    } rows[] = {
        {200,
         "{\"access_token\":\"2YotnFZFEjr1zCsicMWpAA\",\"token_type\":"
         "\"example\",\"expires_in\":3600}",
         "its token is not Bearer, but of the type `example`"},
        {200,
         "{\"access_token\":\"a.b-c\",\"token_type\":\"bearer\","
         "\"expires_in\":3600}",
         "3600 a.b-c"},
        {200, "{\"access_token\":\"t\",\"expires_in\":\"1799\"}", "1799 t"},
        {200, "{\"access_token\":\"t\",\"expires_in\":59.9}", "59 t"},
        {200, "{\"access_token\":\"t\"}", "300 t"},
        {200, "{\"access_token\":\"t\",\"expires_in\":null}", "300 t"},
        {200, "{\"access_token\":\"t\",\"expires_in\":-5}", "0 t"},
        {200, "{\"access_token\":\"t\",\"expires_in\":1e300}", "300 t"},
        {200, "{\"access_token\":\"t\",\"expires_in\":99999999999}", "86400 t"},
        {201, "{\"access_token\":\"t\"}", "300 t"},
        {200, "{\"token\":\"t\"}", "its answer has no access_token"},
        {200, "{\"access_token\":\"\"}", "its answer has no access_token"},
        {200, "{\"access_token\":\"a b\"}",
         "its token holds what no header may"},
        {200, "{\"access_token\":\"a\\r\\nX: y\"}",
         "its token holds what no header may"},
        {200, "", "its answer is not JSON: it is empty"},
        {400,
         "{\"error\":\"invalid_client\",\"error_description\":\"No such "
         "client\"}",
         "it answered 400: invalid_client (No such client)"},
        {401, "{\"error\":\"bad\\nhunter2hunter2 was wrong\"}",
         "it answered 401: bad <secret> was wrong"},
        {302, "", "it answered 302"},
        {503, "<html>", "it answered 503"},
    };

    char got[OAUTH_WHY_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        read_answer(rows[i].status, rows[i].json, got);
        assert_string_equal(got, rows[i].want);
    }
    read_answer(200, "<html>", got);
    assert_memory_equal(got, "its answer is not JSON: ", 24);
}

/* Whatever of a request the answer repeats. */
static void
test_an_echo_tells_nothing(void **state)
{
    static const char secret[] = "client secret+//9\xc3\xbc";
    static const char *const ids[] = {"c", "cl", "cli", "client@id"};
    (void)state;

    for (size_t i = 0; i < 8; i++) {
        const struct oauth_client client = {.client_id = ids[i / 2],
                                            .secret = secret,
                                            .secret_len = strlen(secret),
                                            .is_in_body = i % 2 != 0};
        struct mask *mask = mask_create();
        struct buf body, line, told;

        buf_init(&body, 10000);
        buf_init(&line, 10000);
        buf_init(&told, 10000);
        assert_int_equal(oauth_talk_ask(&client, &body, &line), 0);
        oauth_talk_hide(&client, mask);
        assert_int_equal(mask_text(mask, (char *)body.data, body.len, &told),
                         0);
        buf_add_char(&told, '|');
        assert_int_equal(mask_text(mask, buf_text(&line), line.len, &told), 0);
        if (client.is_in_body)
            assert_string_equal(strstr(buf_text(&told), "client_secret="),
                                "client_secret=<secret>|");
        else
            assert_string_equal(strchr(buf_text(&told), '|'),
                                "|Authorization: Basic <secret>");
        buf_free(&body);
        buf_free(&line);
        buf_free(&told);
        mask_free(mask);
    }
}

static void
test_a_secret_where_the_message_is_cut(void **state)
{
    char json[1000];
    char got[OAUTH_WHY_MAX];

    (void)state;
    for (int pad = 340; pad < 400; pad++) {
        (void)snprintf(json, sizeof(json), "{\"error\":\"%0*dhunter2hunter2\"}",
                       pad, 0);
        read_answer(400, json, got);
        assert_null(strstr(got, "hunt"));
    }
}

static void
test_no_answer_and_a_large_token(void **state)
{
    const struct fetch_result none = {.error = FETCH_REFUSED,
                                      .detail = "connection refused"};
    struct mask *mask = mask_create();
    char *json = str_xcalloc(1, SECRET_VALUE_MAX + 100);
    size_t len;
    int64_t life = 0;
    char got[OAUTH_WHY_MAX];

    (void)state;
    assert_null(oauth_talk_read(&none, mask, &life, got, sizeof(got)));
    assert_string_equal(got, "no answer: connection refused");
    mask_free(mask);
    len = (size_t)snprintf(json, 100, "{\"access_token\":\"");
    memset(json + len, 'x', SECRET_VALUE_MAX + 1);
    memcpy(json + len + SECRET_VALUE_MAX + 1, "\"}", 3);
    read_answer(200, json, got);
    assert_string_equal(got, "its token has 4097 bytes; at most 4096 are kept");
    memcpy(json + len + SECRET_VALUE_MAX, "\"}", 3);
    read_answer(200, json, got);
    assert_memory_equal(got, "300 xxx", 7);
    free(json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_request),
        cmocka_unit_test(test_a_full_buffer),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_an_echo_tells_nothing),
        cmocka_unit_test(test_a_secret_where_the_message_is_cut),
        cmocka_unit_test(test_no_answer_and_a_large_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
