/* Evidence: JSON whatever came, bounded, and nobody's keys in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/evidence.c"

#include <stdlib.h>

#include "base/jsonpath.h"

static const char *const REQUEST[] = {"Accept: */*", "Cookie: a=s3cr3t",
                                      "aUTHORIZATION: Bearer s3cr3t", NULL};

static void
make_look(struct look *look, const char *head, const char *body, size_t len)
{
    static char url[] = "http://a.example/";
    static const struct seen_hop hop = {.url = url};

    memset(look, 0, sizeof(*look));
    (void)str_copy(look->message, sizeof(look->message),
                   "status == 200: got 503");
    look->expected = "status == 200";
    look->seen.rtt_us = -1;
    look->match_at = -1;
    look->seen.method = "GET";
    look->seen.request_headers = REQUEST;
    look->seen.hop = &hop;
    look->seen.hop_count = 1;
    look->seen.status = 503;
    look->seen.head = head;
    look->seen.head_len = strlen(head);
    look->seen.body = body;
    look->seen.body_len = len;
}

/* Jansson, behind jsonpath, is the judge of what is JSON. */
static struct jsonpath_doc *
parse(const struct look *look, struct buf *out)
{
    const struct evidence_opts opts = {.level = SPEC_EVIDENCE_BODY};
    const char *text = evidence_of(look, &opts, out);
    char why[200] = "";
    struct jsonpath_doc *doc;

    assert_non_null(text);
    doc = jsonpath_doc(text, strlen(text), why, sizeof(why));
    assert_string_equal(why, "");
    return doc;
}

static void
keys_are_masked(void **state)
{
    struct look look;
    struct buf out;
    struct jsonpath_doc *doc;

    (void)state;
    buf_init(&out, RESULT_EVIDENCE_MAX);
    make_look(&look, "HTTP/1.1 503 No\r\nSET-COOKIE: k=s3cr3t\r\nX: 1\r\n\r\n",
              "no", 2);
    doc = parse(&look, &out);
    assert_null(strstr(buf_text(&out), "s3cr3t"));
    assert_string_equal(jsonpath_text(doc, "$.request.head"),
                        "Accept: */*\nCookie: <masked>\n"
                        "aUTHORIZATION: <masked>");
    assert_string_equal(jsonpath_text(doc, "$.response.head"),
                        "HTTP/1.1 503 No\nSET-COOKIE: <masked>\nX: 1");
    assert_string_equal(jsonpath_text(doc, "$.expected"), "status == 200");
    assert_string_equal(jsonpath_text(doc, "$.response.body"), "no");
    jsonpath_doc_free(doc);
    buf_free(&out);
}

static void
any_bytes_are_json(void **state)
{
    char body[256];
    struct look look;
    struct buf out;

    (void)state;
    buf_init(&out, RESULT_EVIDENCE_MAX);
    for (int i = 0; i < 256; i++)
        body[i] = (char)i;
    make_look(&look, "HTTP/1.1 503 \x01\xff\"\\\r\n\r\n", body, 256);
    jsonpath_doc_free(parse(&look, &out));
    buf_free(&out);
}

static void
it_is_bounded(void **state)
{
    size_t size = 1u << 20;
    char *head = malloc(size + 1);
    struct look look;
    struct buf out;
    struct jsonpath_doc *doc;

    (void)state;
    buf_init(&out, RESULT_EVIDENCE_MAX);
    assert_non_null(head);
    memset(head, 'x', size);
    for (size_t i = 100; i < size; i += 100)
        head[i] = '\n';
    head[size] = '\0';
    make_look(&look, head, head, size);
    doc = parse(&look, &out);
    assert_true(out.len < EVIDENCE_HEAD_MAX + EVIDENCE_BODY_MAX * 2 + 1024);
    assert_string_equal(jsonpath_text(doc, "$.response.body_bytes"), "1048576");
    jsonpath_doc_free(doc);
    buf_free(&out);
    free(head);
}

static void
none_is_none(void **state)
{
    const struct evidence_opts opts = {.level = SPEC_EVIDENCE_NONE};
    struct look look;
    struct buf out;

    (void)state;
    buf_init(&out, RESULT_EVIDENCE_MAX);
    make_look(&look, "HTTP/1.1 503 No\r\n\r\n", "no", 2);
    assert_null(evidence_of(&look, &opts, &out));
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_masked),
        cmocka_unit_test(any_bytes_are_json),
        cmocka_unit_test(it_is_bounded),
        cmocka_unit_test(none_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
