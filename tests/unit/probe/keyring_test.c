/* keyring.c: definitions come and go with the assignment, values with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/keyring.c"

#include "base/buf.h"
#include "fake_loop.h"
#include "fake_worker.h"

#define OF(a) (sizeof(a) / sizeof((a)[0]))
#define AT_PROBE                                                               \
    "  here = { env = \"PICKET_TEST_HERE\"; at = \"probe\";\n"                 \
    "           for = [ \"https://a.example\" ]; };\n"
#define GIVEN(name)                                                            \
    "  " name " = { at = \"controller\";\n"                                    \
    "           for = [ \"https://a.example\" ]; };\n"
#define TEXT(secrets)                                                          \
    "picket = 1;\nsecrets = {\n" secrets "};\n"                                \
    "checks = { a = { http = \"https://a.example/\"; }; };\n"

struct bed {
    struct loop *loop;
    struct worker *worker;
    struct keyring *keyring;
    uint64_t ready; /* generation of the newest */
    int ready_count, refused_count;
};

static void
on_ready(void *cookie, struct assignment *assignment)
{
    struct bed *bed = cookie;

    bed->ready_count++;
    bed->ready = assignment_generation(assignment);
    assignment_free(assignment);
}

static void
count_refused(void *cookie)
{
    ((struct bed *)cookie)->refused_count++;
}

static int
setup(void **state)
{
    struct bed *bed = str_xcalloc(1, sizeof(*bed));
    struct keyring_opts opts = {
        .on_ready = on_ready, .on_refused = count_refused, .cookie = bed};

    setenv("PICKET_TEST_HERE", "hunter2", 1);
    opts.loop = bed->loop = loop_create();
    opts.worker = bed->worker = worker_create(bed->loop, "texts", 2);
    bed->keyring = keyring_create(&opts);
    assert_non_null(bed->keyring);
    *state = bed;
    return 0;
}

static int
teardown(void **state)
{
    struct bed *bed = *state;

    keyring_free(bed->keyring);
    worker_free(bed->worker);
    loop_free(bed->loop);
    free(bed);
    return 0;
}

/* An assignment of texts "a", "b", ... */
static struct assignment *
assign(uint64_t generation, const char *const *texts, size_t count)
{
    static const char *const names[] = {"a", "b", "c"};
    struct message_assigned some[3];
    struct message_sync_reply reply = {.generation = generation,
                                       .has_assignment = true,
                                       .assigned = some,
                                       .assigned_count = count};
    struct message_sync_reply *got;
    struct buf bytes;

    for (size_t i = 0; i < count; i++)
        some[i] = (struct message_assigned){names[i], texts[i], i, 0, 1};
    buf_init(&bytes, 1 << 16);
    assert_int_equal(message_encode_sync_reply(&bytes, &reply), 0);
    got = message_decode_sync_reply(bytes.data, bytes.len);
    assert_non_null(got);
    buf_free(&bytes);
    return assignment_create(got);
}

static void
assert_value(struct bed *bed, const char *name, const char *want)
{
    char why[SECRET_WHY_MAX];
    struct secret_value *value =
        secret_get_for(keyring_secrets(bed->keyring), name, "https://a.example",
                       why, sizeof(why));

    assert_string_equal(value != NULL ? secret_value_text(value) : why, want);
    secret_value_free(value);
}

static void
read_here_or_given(void **state)
{
    static const char *const texts[] = {TEXT(AT_PROBE), TEXT(GIVEN("there")),
                                        TEXT(GIVEN("lost"))};
    static const struct message_given given[] = {
        {"there", "correct horse", 13, ""},
        {"lost", NULL, 0, "at the controller: secret lost: no such file"},
        {"nobody's", "xxxxxxxx", 8, ""},
        {"here", "theirs", 6, ""},
    };
    struct bed *bed = *state;

    keyring_set(bed->keyring, assign(1, texts, 3), given, OF(given));
    assert_int_equal(bed->ready_count, 0); /* never from inside */
    fake_loop_advance(bed->loop, 0);
    assert_int_equal(bed->ready, 1);
    assert_value(bed, "here", "hunter2");
    assert_value(bed, "there", "correct horse");
    assert_value(bed, "lost",
                 "secret lost: at the controller: secret lost: no "
                 "such file");
    assert_value(bed, "nobody's", "there is no secret `nobody's`");
}

static void
gone_with_the_check(void **state)
{
    static const char *const texts[] = {TEXT(GIVEN("one")), TEXT(GIVEN("two"))};
    static const struct message_given given[] = {{"one", "1111", 4, ""},
                                                 {"two", "2222", 4, ""}};
    static const struct message_given fresh[] = {{"two", "3333", 4, ""}};
    struct bed *bed = *state;

    keyring_set(bed->keyring, assign(1, texts, 2), given, 2);
    fake_loop_advance(bed->loop, 0);
    keyring_set(bed->keyring, assign(2, texts + 1, 1), fresh, 1);
    fake_loop_advance(bed->loop, 0);
    assert_int_equal(bed->ready, 2);
    assert_value(bed, "one", "there is no secret `one`");
    assert_value(bed, "two", "3333");
}

/* From the cache: defined, and said what is missing. */
static void
without_a_controller(void **state)
{
    static const char *const texts[] = {TEXT(GIVEN("there") AT_PROBE)};
    struct bed *bed = *state;

    keyring_set(bed->keyring, assign(1, texts, 1), NULL, 0);
    fake_loop_advance(bed->loop, 0);
    assert_int_equal(bed->ready, 1);
    assert_value(bed, "here", "hunter2");
    assert_value(bed, "there",
                 "secret there is held by the controller, which has not been "
                 "reached since this probe started: bring it back");
}

/* The worker hangs: the newest overtakes what waits, all are freed. */
static void
the_newest_wins(void **state)
{
    static const char *const texts[] = {TEXT(AT_PROBE)};
    struct bed *bed = *state;

    fake_worker_pause(bed->worker);
    for (uint64_t i = 1; i <= 4; i++)
        keyring_set(bed->keyring, assign(i, texts, 1), NULL, 0);
    fake_loop_advance(bed->loop, 0);
    assert_int_equal(bed->ready_count, 0);
    fake_worker_resume(bed->worker);
    fake_loop_advance(bed->loop, 0);
    assert_int_equal(bed->ready_count, 1);
    assert_int_equal(bed->ready, 4);

    fake_worker_pause(bed->worker);
    keyring_set(bed->keyring, assign(5, texts, 1), NULL, 0);
    keyring_set(bed->keyring, assign(6, texts, 1), NULL, 0);
    keyring_free(bed->keyring); /* with one on the worker, one waiting */
    bed->keyring = NULL;
    fake_worker_resume(bed->worker);
    fake_loop_advance(bed->loop, NS_PER_S);
    assert_int_equal(bed->ready_count, 1);
}

static void
do_nothing(void *cookie)
{
    (void)cookie;
}

static void
a_full_worker_is_tried_again(void **state)
{
    static const char *const texts[] = {TEXT(AT_PROBE)};
    struct bed *bed = *state;

    fake_worker_pause(bed->worker);
    while (worker_push(bed->worker, do_nothing, NULL, NULL) == 0)
        ;
    keyring_set(bed->keyring, assign(1, texts, 1), NULL, 0);
    fake_worker_resume(bed->worker);
    fake_loop_advance(bed->loop, 2 * RETRY_NS);
    assert_int_equal(bed->ready, 1);
}

/* A source that hangs holds up no check that does without it. */
static void
not_for_ever(void **state)
{
    static const char *const texts[] = {TEXT(AT_PROBE)};
    struct bed *bed = *state;

    fake_worker_pause(fake_worker_newest());
    keyring_set(bed->keyring, assign(1, texts, 1), NULL, 0);
    fake_loop_advance(bed->loop, KEYRING_WAIT_NS - 1);
    assert_int_equal(bed->ready_count, 0);
    fake_loop_advance(bed->loop, 1);
    assert_int_equal(bed->ready, 1);
    assert_value(bed, "here", "secret here has not been read yet");
}

static void
what_was_refused_goes_to_the_controller(void **state)
{
    static const char *const texts[] = {
        TEXT(GIVEN("there") GIVEN("more") AT_PROBE)};
    static const struct message_given given[] = {{"there", "1111", 4, ""},
                                                 {"more", "2222", 4, ""}};
    struct bed *bed = *state;
    const char *const *names;
    size_t count;

    keyring_set(bed->keyring, assign(1, texts, 1), given, 2);
    fake_loop_advance(bed->loop, 0);
    (void)keyring_take_refused(bed->keyring, &count);
    assert_int_equal(count, 0);
    secret_mark_stale(keyring_secrets(bed->keyring), "there");
    secret_mark_stale(keyring_secrets(bed->keyring), "here");
    fake_loop_advance(bed->loop, 0);
    assert_int_equal(bed->refused_count, 2); /* one of them read here */
    names = keyring_take_refused(bed->keyring, &count);
    assert_int_equal(count, 1);
    assert_string_equal(names[0], "there");
    (void)keyring_take_refused(bed->keyring, &count);
    assert_int_equal(count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(read_here_or_given),
        TEST(gone_with_the_check),
        TEST(without_a_controller),
        TEST(the_newest_wins),
        TEST(a_full_worker_is_tried_again),
        TEST(not_for_ever),
        TEST(what_was_refused_goes_to_the_controller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
