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
make_run(struct check *check, const char *head, const char *body, size_t len)
{
    static char url[] = "http://a.example/";

    memset(check, 0, sizeof(*check));
    buf_init(&check->evidence, RESULT_EVIDENCE_MAX);
    check->result.message = "status == 200: got 503";
    check->expected = "status == 200";
    check->seen.rtt_us = -1;
    check->seen.method = "GET";
    check->seen.request_headers = REQUEST;
    check->seen.hop[0].url = url;
    check->seen.hop_count = 1;
    check->seen.status = 503;
    check->seen.head = head;
    check->seen.head_len = strlen(head);
    check->seen.body = body;
    check->seen.body_len = len;
}

/* Jansson, behind jsonpath, is the judge of what is JSON. */
static struct jsonpath_doc *
parse(struct check *check)
{
    const char *text = evidence_of(check);
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
    struct check check;
    struct jsonpath_doc *doc;

    (void)state;
    make_run(&check, "HTTP/1.1 503 No\r\nSET-COOKIE: k=s3cr3t\r\nX: 1\r\n\r\n",
             "no", 2);
    doc = parse(&check);
    assert_null(strstr(buf_text(&check.evidence), "s3cr3t"));
    assert_string_equal(jsonpath_text(doc, "$.request.head"),
                        "Accept: */*\nCookie: <masked>\n"
                        "aUTHORIZATION: <masked>");
    assert_string_equal(jsonpath_text(doc, "$.response.head"),
                        "HTTP/1.1 503 No\nSET-COOKIE: <masked>\nX: 1");
    assert_string_equal(jsonpath_text(doc, "$.expected"), "status == 200");
    assert_string_equal(jsonpath_text(doc, "$.response.body"), "no");
    jsonpath_doc_free(doc);
    buf_free(&check.evidence);
}

static void
any_bytes_are_json(void **state)
{
    char body[256];
    struct check check;

    (void)state;
    for (int i = 0; i < 256; i++)
        body[i] = (char)i;
    make_run(&check, "HTTP/1.1 503 \x01\xff\"\\\r\n\r\n", body, 256);
    jsonpath_doc_free(parse(&check));
    buf_free(&check.evidence);
}

static void
it_is_bounded(void **state)
{
    size_t size = 1u << 20;
    char *head = malloc(size + 1);
    struct check check;
    struct jsonpath_doc *doc;

    (void)state;
    assert_non_null(head);
    memset(head, 'x', size);
    for (size_t i = 100; i < size; i += 100)
        head[i] = '\n';
    head[size] = '\0';
    make_run(&check, head, head, size);
    doc = parse(&check);
    assert_true(check.evidence.len <
                EVIDENCE_HEAD_MAX + EVIDENCE_BODY_MAX * 2 + 1024);
    assert_string_equal(jsonpath_text(doc, "$.response.body_bytes"), "1048576");
    jsonpath_doc_free(doc);
    buf_free(&check.evidence);
    free(head);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_masked),
        cmocka_unit_test(any_bytes_are_json),
        cmocka_unit_test(it_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
