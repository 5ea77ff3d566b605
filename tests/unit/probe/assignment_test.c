/* assignment_test.c - order, duplicates, the cache and its damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/assignment.c"

#include <unistd.h>

static struct assignment *
make(void)
{
    struct message_assigned some[] = {
        {"pay", "text of pay", 3, 0, 2},
        {"home", "text of home", 1, 1, 2},
        {"pay", "another", 4, 0, 2},
        {"login", "text of login", 2, 0, 1},
    };
    struct message_run_now run = {.check = "pay"};
    struct message_sync_reply reply = {
        .generation = 17,
        .has_assignment = true,
        .assigned = some,
        .assigned_count = 4,
        .run_now = &run,
        .run_now_count = 1,
    };
    struct message_sync_reply *got;
    struct buf bytes;

    buf_init(&bytes, 4096);
    assert_int_equal(message_encode_sync_reply(&bytes, &reply), 0);
    got = message_decode_sync_reply(bytes.data, bytes.len);
    assert_non_null(got);
    buf_free(&bytes);
    return assignment_create(got);
}

static void
is_as_made(const struct assignment *a)
{
    assert_int_equal(assignment_generation(a), 17);
    assert_int_equal(assignment_count(a), 3);
    assert_string_equal(assignment_get(a, 0)->check, "home");
    assert_string_equal(assignment_get(a, 1)->check, "login");
    assert_string_equal(assignment_get(a, 2)->text, "text of pay");
    assert_int_equal(assignment_get(a, 0)->region_index, 1);
}

static void
sorted_and_each_once(void **state)
{
    struct assignment *volatile a = make();
    struct assignment *volatile b = assignment_ref(a);

    (void)state;
    assignment_free(a);
    is_as_made(b);
    assignment_free(b);
    assignment_free(NULL);
}

static void
the_cache_gives_it_back(void **state)
{
    char dir[] = "/tmp/assignment_XXXXXX", why[256] = "";
    struct assignment *a = make();
    struct buf bytes;
    char *path;

    (void)state;
    assert_non_null(mkdtemp(dir));
    path = file_join(dir, "assignment");
    assert_null(assignment_read(path, why, sizeof(why)));
    assert_int_equal(assignment_write(a, path), 0);
    assignment_free(a);
    a = assignment_read(path, why, sizeof(why));
    assert_non_null(a);
    is_as_made(a);
    assert_int_equal(a->reply->run_now_count, 0);
    assignment_free(a);
    buf_init(&bytes, 1 << 16);
    assert_int_equal(file_read(path, &bytes), 0);
    for (size_t cut = 0; cut < bytes.len; cut++) {
        assert_int_equal(file_replace(path, bytes.data, cut, 0600), 0);
        assert_null(assignment_read(path, why, sizeof(why)));
        assert_non_null(strstr(why, "damaged"));
    }
    buf_free(&bytes);
    free(path);
    assert_int_equal(file_remove_tree(dir), 0);
}

/* On disk there is no value, and no generation that would keep it away. */
static void
the_cache_has_no_secrets(void **state)
{
    char dir[] = "/tmp/assignment_XXXXXX", why[256] = "";
    struct assignment *a = make();
    struct message_given given[] = {{"pass", "hunter2hunter2", 14, ""}};
    struct buf bytes, plain;
    char *path;

    (void)state;
    assert_non_null(mkdtemp(dir));
    path = file_join(dir, "assignment");
    a->reply->given = given;
    a->reply->given_count = 1;
    assert_int_equal(assignment_write(a, path), 0);
    assignment_free(a);
    a = assignment_read(path, why, sizeof(why));
    assert_non_null(a);
    assert_int_equal(assignment_count(a), 3);
    assert_int_equal(assignment_generation(a), 0);
    assert_int_equal(a->reply->given_count, 0);
    assignment_free(a);
    buf_init(&bytes, 1 << 16);
    buf_init(&plain, 1 << 16);
    assert_int_equal(file_read(path, &bytes), 0);
    assert_int_equal(compress_unpack(&plain, bytes.data, bytes.len), 0);
    assert_null(str_find(buf_text(&plain), plain.len, "hunter2", 7));
    buf_free(&bytes);
    buf_free(&plain);
    free(path);
    assert_int_equal(file_remove_tree(dir), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_and_each_once),
        cmocka_unit_test(the_cache_gives_it_back),
        cmocka_unit_test(the_cache_has_no_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
