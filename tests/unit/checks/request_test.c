/* A request as it is sent: where it goes, what it says, what breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/request.c"

#include "checks/values.h"

#include "tests/lib/check_bed.h"

#include "base/secret.h"

struct made {
    struct check_bed bed;
    struct scope scope;
    struct request request;
    char why[TEMPLATE_WHY_MAX];
};

static void
begin(struct made *m)
{
    struct id run = id_random();

    check_bed_open(&m->bed, SPEC_HTTP, NULL);
    scope_init(&m->scope, m->bed.engine, &m->bed.spec, &run);
    check_bed_set(&m->bed.spec.of.http.request.url, "http://shop.example/a");
}

/* As a step takes it out of an answer. */
static void
save(struct made *m, const char *name, const char *text, size_t len)
{
    const struct value value = {.name = name, .text = text, .len = len};

    assert_int_equal(values_set(scope_values(&m->scope), &value), 0);
}

static void
make(struct made *m, enum reason want)
{
    enum reason got = request_make(&m->request, &m->scope,
                                   &m->bed.spec.of.http.request, m->why);

    if (got != want)
        fail_msg("%s: %s", reason_name(got) ? reason_name(got) : "none",
                 m->why);
}

static void
finish(struct made *m)
{
    request_clear(&m->request);
    scope_clear(&m->scope);
    check_bed_close(&m->bed);
}

static void
where_it_goes(void **state)
{
    static const struct {
        const char *url;
        const char *value;
        enum reason reason;
        const char *made;
    } rows[] = {
        {"http://shop.example/${v}", "a b/c", REASON_NONE,
         "http://shop.example/a%20b%2Fc"},
        {"http://shop.example/?q=${v}", "x&y=#", REASON_NONE,
         "http://shop.example/?q=x%26y%3D%23"},
        {"${v}/x", "http://shop.example", REASON_NONE, "http://shop.example/x"},
        {"http://shop.example/${v}", "a\r\nHost: evil", REASON_SAVE_INVALID,
         NULL},
        {"http://shop.example/${v}/x", "..", REASON_SAVE_INVALID, NULL},
        {"${v}", "file:///etc/passwd", REASON_SAVE_INVALID, NULL},
        {"${v}", "", REASON_SAVE_INVALID, NULL},
        {"${w}", "x", REASON_SAVE_MISSING, NULL},
        {"http://shop.example/$${v}", "x", REASON_NONE,
         "http://shop.example/${v}"},
        {"nonsense", "x", REASON_LOCAL_CONFIG, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct made m;

        begin(&m);
        check_bed_set(&m.bed.spec.of.http.request.url, rows[i].url);
        save(&m, "v", rows[i].value, strlen(rows[i].value));
        make(&m, rows[i].reason);
        if (rows[i].made != NULL) {
            assert_string_equal(m.request.text[REQUEST_URL], rows[i].made);
            assert_string_equal(m.request.origin, "http://shop.example");
        } else {
            assert_true(m.why[0] != '\0');
        }
        finish(&m);
    }
}

/* Before anybody answered, nobody but the check is to blame. */
static void
what_is_no_url_by_the_checks_own_values(void **state)
{
    static const char none[] = "shop.example";
    struct made m;

    (void)state;
    begin(&m);
    check_bed_set(&m.bed.spec.of.http.request.url, "${v}/a");
    assert_int_equal(scope_set(&m.scope, "v", none, strlen(none), false), 0);
    make(&m, REASON_LOCAL_CONFIG);
    assert_string_equal(m.why, "no http or https URL: shop.example/a");
    finish(&m);
}

/* A saved value that the message cuts is the last in it, where a mask finds
 * what is left of it. */
static void
what_is_no_url_is_told_last(void **state)
{
    char value[TEMPLATE_WHY_MAX + 1] = "";
    struct made m;

    (void)state;
    memset(value, 'x', sizeof(value) - 1);
    begin(&m);
    check_bed_set(&m.bed.spec.of.http.request.url, "${v}");
    save(&m, "v", value, strlen(value));
    make(&m, REASON_SAVE_INVALID);
    assert_true(str_ends(m.why, "xxxx"));
    finish(&m);
}

static void
a_plain_one_is_not_copied(void **state)
{
    struct made m;
    struct spec_request *spec = &m.bed.spec.of.http.request;

    (void)state;
    begin(&m);
    check_bed_set(&spec->body, "sku=1");
    spec->body_type = SPEC_BODY_TEXT;
    make(&m, REASON_NONE);
    assert_ptr_equal(m.request.text[REQUEST_URL], template_text(spec->url));
    assert_ptr_equal(m.request.text[REQUEST_BODY], template_text(spec->body));
    assert_int_equal(m.request.body_len, 5);
    assert_string_equal(m.request.type, "");
    assert_null(m.request.text[REQUEST_USER]);
    finish(&m);
}

/* A proxy's secrets are for the proxy, whichever tongue it speaks. */
static void
a_proxy_has_an_origin(void **state)
{
    static const char *const origins[] = {"http://proxy.example:1080"};
    static const struct secret_def def = {.name = "p",
                                          .source = SECRET_GIVEN,
                                          .origins = origins,
                                          .origin_count = 1};
    static char socks[] = "socks5://proxy.example:1080";
    static char plain[] = "http://proxy.example:1080";
    static char other[] = "socks5://proxy.example:1081";

    static const struct {
        char *proxy;
        enum reason reason;
    } rows[] = {{socks, REASON_NONE},
                {plain, REASON_NONE},
                {other, REASON_LOCAL_SECRET}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct secret_set *secrets = secret_set_create();
        struct made m;

        begin(&m);
        assert_int_equal(secret_add(secrets, &def), 0);
        assert_int_equal(secret_give(secrets, "p", "s3cr3t", 6), 0);
        m.scope.secrets.set = secrets;
        m.bed.spec.net.proxy = rows[i].proxy;
        check_bed_set(&m.bed.spec.net.proxy_user, "u");
        check_bed_set(&m.bed.spec.net.proxy_password, "${secret.p}");
        make(&m, rows[i].reason);
        if (rows[i].reason == REASON_NONE)
            assert_string_equal(m.request.text[REQUEST_PROXY_PASSWORD],
                                "s3cr3t");
        template_free(m.bed.spec.net.proxy_user);
        template_free(m.bed.spec.net.proxy_password);
        m.bed.spec.net = (struct spec_net){0};
        finish(&m);
        secret_set_free(secrets);
    }
}

/* Where a saved value leads is the target's doing; a secret that is not here
 * is ours, wherever it would go. */
static void
a_value_that_leads_a_secret_elsewhere(void **state)
{
    static const char *const origins[] = {"http://shop.example"};
    static const struct secret_def defs[] = {
        {.name = "p",
         .source = SECRET_GIVEN,
         .origins = origins,
         .origin_count = 1},
        {.name = "late",
         .source = SECRET_GIVEN,
         .origins = origins,
         .origin_count = 1},
    };

    static const struct {
        const char *url;
        const char *value;
        const char *body;
        enum reason reason;
    } rows[] = {
        {"http://${v}/a", "shop.example", "${secret.p}", REASON_NONE},
        {"http://${v}/a", "evil.example", "${secret.p}", REASON_SAVE_INVALID},
        {"${v}", "http://evil.example/a", "${secret.p}", REASON_SAVE_INVALID},
        {"${v}", "http://evil.example/a", "${secret.no}", REASON_LOCAL_SECRET},
        {"${v}", "http://evil.example/", "${secret.late}", REASON_LOCAL_SECRET},
        {"http://evil.example/${v}", "x", "${secret.p}", REASON_LOCAL_SECRET},
        {"http://${region}.example/", "x", "${secret.p}", REASON_LOCAL_SECRET},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct secret_set *secrets = secret_set_create();
        struct made m;

        begin(&m);
        assert_int_equal(secret_add(secrets, &defs[0]), 0);
        assert_int_equal(secret_add(secrets, &defs[1]), 0);
        assert_int_equal(secret_give(secrets, "p", "s3cr3t", 6), 0);
        m.scope.secrets.set = secrets;
        save(&m, "v", rows[i].value, strlen(rows[i].value));
        check_bed_set(&m.bed.spec.of.http.request.url, rows[i].url);
        check_bed_set(&m.bed.spec.of.http.request.body, rows[i].body);
        m.bed.spec.of.http.request.body_type = SPEC_BODY_TEXT;
        make(&m, rows[i].reason);
        finish(&m);
        secret_set_free(secrets);
    }
}

static void
json_stays_json(void **state)
{
    struct made m;
    struct spec_request *spec = &m.bed.spec.of.http.request;

    (void)state;
    begin(&m);
    check_bed_set(&spec->body, "{\"q\":\"${v}\",\"n\":${n}}");
    spec->body_type = SPEC_BODY_JSON;
    save(&m, "v", "a\"},{\"b", 7);
    save(&m, "n", "3", 1);
    make(&m, REASON_NONE);
    assert_string_equal(m.request.text[REQUEST_BODY],
                        "{\"q\":\"a\\\"},{\\\"b\",\"n\":3}");
    assert_string_equal(m.request.type, "application/json");
    request_clear(&m.request);
    save(&m, "n", "3,\"x\":1", 7);
    make(&m, REASON_SAVE_INVALID);
    finish(&m);
}

static void
fields_and_parts(void **state)
{
    struct made m;
    struct spec_request *spec = &m.bed.spec.of.http.request;
    char name[] = "q";
    char file[] = "a.bin";
    struct spec_field fields[2] = {{.name = name}, {.name = name}};

    (void)state;
    begin(&m);
    check_bed_set(&fields[0].value, "a&b=${v}");
    check_bed_set(&fields[1].value, "AAEC");
    spec->fields = (struct spec_fields){fields, 1};
    spec->body_type = SPEC_BODY_FORM;
    save(&m, "v", "\r\n&", 3);
    make(&m, REASON_NONE);
    assert_string_equal(m.request.text[REQUEST_BODY], "q=a%26b%3D%0D%0A%26");
    assert_string_equal(m.request.type, BODY_FORM_TYPE);
    request_clear(&m.request);
    spec->body_type = SPEC_BODY_MULTIPART;
    fields[1].is_base64 = true;
    fields[1].file_name = file;
    spec->fields.count = 2;
    make(&m, REASON_NONE);
    assert_non_null(strstr(m.request.type, "multipart/form-data; boundary="));
    assert_non_null(strstr(m.request.text[REQUEST_BODY], "filename=\"a.bin\""));
    assert_true(m.request.body_len > strlen(m.request.text[REQUEST_BODY]));
    template_free(fields[0].value);
    template_free(fields[1].value);
    spec->fields.count = 0;
    finish(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_it_goes),
        cmocka_unit_test(what_is_no_url_by_the_checks_own_values),
        cmocka_unit_test(what_is_no_url_is_told_last),
        cmocka_unit_test(a_plain_one_is_not_copied),
        cmocka_unit_test(a_proxy_has_an_origin),
        cmocka_unit_test(a_value_that_leads_a_secret_elsewhere),
        cmocka_unit_test(json_stays_json),
        cmocka_unit_test(fields_and_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
