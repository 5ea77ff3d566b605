/* evidence_http_test.c - hops, bodies and the place of a match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/evidence_http.c"

#include <jansson.h>
#include <stdlib.h>

#include "base/buf.h"

static json_t *
write(const struct look *look, enum spec_evidence level)
{
    struct evidence_opts opts = {.level = level};
    struct buf out;
    struct evidence e;
    json_t *root;

    buf_init(&out, 1u << 20);
    e = (struct evidence){json_begin(&out), &opts};
    json_obj(&e.j, NULL);
    evidence_http(&e, look);
    json_end(&e.j);
    root = json_loads(buf_text(&out), 0, NULL);
    buf_free(&out);
    assert_non_null(root);
    return root;
}

static void
make_look(struct look *look, const char *body)
{
    static char first[] = "http://a.example/";
    static char last[] = "https://b.example/x";
    static struct seen_hop hop[] = {
        {.url = first, .method = "POST", .status = 302, .ip = "192.0.2.1"},
        {.url = last, .method = "GET", .status = 200},
    };

    memset(look, 0, sizeof(*look));
    look->match_at = -1;
    for (int p = 0; p < PHASE_COUNT; p++)
        hop[0].us[p] = hop[1].us[p] = p == PHASE_TOTAL ? 1500 : -1;
    look->seen.method = "GET";
    look->seen.hop = hop;
    look->seen.hop_count = 2;
    look->seen.status = 200;
    look->seen.head = "HTTP/1.1 200 OK\r\n\r\n";
    look->seen.head_len = strlen(look->seen.head);
    look->seen.body = body;
    look->seen.body_len = strlen(body);
}

static void
each_hop_has_its_line(void **state)
{
    struct look look;
    json_t *root, *hop;

    (void)state;
    make_look(&look, "hello");
    root = write(&look, SPEC_EVIDENCE_BODY);
    hop = json_array_get(json_object_get(root, "hops"), 0);
    assert_string_equal(json_string_value(json_object_get(hop, "method")),
                        "POST");
    assert_int_equal(json_integer_value(json_object_get(hop, "status")), 302);
    assert_true(json_real_value(json_object_get(json_object_get(hop, "ms"),
                                                "total")) == 1.5);
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(root, "request"), "url")),
                        "https://b.example/x");
    json_decref(root);
}

static void
heads_alone_show_no_body(void **state)
{
    struct look look;
    json_t *root, *response;

    (void)state;
    make_look(&look, "hello");
    look.match_at = 0;
    look.match_len = 5;
    root = write(&look, SPEC_EVIDENCE_HEAD);
    response = json_object_get(root, "response");
    assert_null(json_object_get(response, "body"));
    assert_null(json_object_get(response, "match"));
    assert_int_equal(
        json_integer_value(json_object_get(response, "body_bytes")), 5);
    json_decref(root);
}

static void
a_match_far_in_is_shown_with_its_place(void **state)
{
    static char body[20000];
    struct look look;
    json_t *root, *match;
    const char *about;

    (void)state;
    memset(body, '.', sizeof(body) - 1);
    memcpy(body + 15000, "Internal error", 14);
    make_look(&look, body);
    look.match_at = 15000;
    look.match_len = 14;
    root = write(&look, SPEC_EVIDENCE_BODY);
    match = json_object_get(json_object_get(root, "response"), "match");
    about = json_string_value(json_object_get(match, "about"));
    assert_int_equal(json_integer_value(json_object_get(match, "at")), 15000);
    assert_int_equal(strlen(about), EVIDENCE_MATCH_MAX);
    assert_int_equal(strstr(about, "Internal error") - about, MATCH_BEFORE);
    assert_true(json_is_true(
        json_object_get(json_object_get(root, "response"), "body_cut")));
    json_decref(root);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_hop_has_its_line),
        cmocka_unit_test(heads_alone_show_no_body),
        cmocka_unit_test(a_match_far_in_is_shown_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
