/* body_test.c - fields that try to be more; parts as RFC 7578 shows them. */
#include "checks/body.c"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_form(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 200);
    assert_int_equal(body_add_field(&out, "user name", "a&b=c d+\n", 9), 0);
    assert_int_equal(body_add_field(&out, "x", "", 0), 0);
    assert_int_equal(body_add_field(&out, "n", "\0", 1), 0);
    assert_string_equal(buf_text(&out), "user+name=a%26b%3Dc+d%2B%0A&x=&n=%00");
    buf_free(&out);
    buf_init(&out, 5);
    assert_int_equal(body_add_field(&out, "abc", "def", 3), -1);
    buf_free(&out);
}

static void
test_parts(void **state)
{
    const struct body_part parts[] = {
        {.name = "user", .content = "me\r\n--", .len = 6},
        {.name = "a\"b\r\nX: y",
         .filename = "c\"\nd.txt",
         .content = "1\0"
                    "2",
         .len = 3},
        {.name = "p", .filename = "p.png", .type = "image/png"},
    };
    char type[BODY_TYPE_MAX];
    char again[BODY_TYPE_MAX];
    struct buf out;
    struct buf want;
    const char *b;

    (void)state;
    buf_init(&out, 2000);
    buf_init(&want, 2000);
    assert_int_equal(body_add_parts(&out, parts, 3, type), 0);
    assert_memory_equal(type, "multipart/form-data; boundary=picket-", 37);
    b = strchr(type, '=') + 1;
    assert_int_equal(strlen(b), 7 + 32);
    buf_addf(&want,
             "--%s\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\n"
             "me\r\n--\r\n"
             "--%s\r\nContent-Disposition: form-data; "
             "name=\"a%%22b%%0D%%0AX: y\"; filename=\"c%%22%%0Ad.txt\"\r\n"
             "Content-Type: application/octet-stream\r\n\r\n",
             b, b);
    buf_add(&want,
            "1\0"
            "2\r\n",
            5);
    buf_addf(&want,
             "--%s\r\nContent-Disposition: form-data; name=\"p\"; "
             "filename=\"p.png\"\r\nContent-Type: image/png\r\n\r\n\r\n"
             "--%s--\r\n",
             b, b);
    assert_int_equal(out.len, want.len);
    assert_memory_equal(out.data, want.data, want.len);
    /* Another body, another boundary. */
    buf_reset(&out);
    assert_int_equal(body_add_parts(&out, parts, 3, again), 0);
    assert_string_not_equal(type, again);
    buf_reset(&out);
    assert_int_equal(body_add_parts(&out, parts, 0, again), 0);
    buf_free(&out);
    buf_free(&want);
}

static void
test_refusals(void **state)
{
    struct body_part part = {.name = "a", .type = "text/plain\r\nX: y"};
    char type[BODY_TYPE_MAX];
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    errno = 0;
    assert_int_equal(body_add_parts(&out, &part, 1, type), -1);
    assert_int_equal(errno, EINVAL);
    part = (struct body_part){.name = "a", .content = "x", .len = 1};
    assert_int_equal(body_add_parts(&out, &part, 1, type), -1);
    assert_int_equal(errno, ENOSPC);
    buf_free(&out);
}

static void
test_a_boundary_is_looked_for(void **state)
{
    const struct body_part parts[] = {
        {.name = "e"},
        {.name = "a", .content = "xx--picket-00", .len = 13},
    };

    (void)state;
    assert_true(is_in_content("picket-00", parts, 2));
    assert_false(is_in_content("picket-01", parts, 2));
    assert_false(is_in_content("picket-000", parts, 2));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_a_boundary_is_looked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
