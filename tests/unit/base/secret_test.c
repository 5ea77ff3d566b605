/* secret.c: the set; whose a value is, how long it lives, when it is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret.c"

#include <stdio.h>

#define VARIABLE "PICKET_TEST_SECRET"

static const char *const ORIGINS[] = {"https://a.example",
                                      "https://b.example:8443"};

static struct secret_def
def_of(const char *name, const char *variable)
{
    return (struct secret_def){.name = name,
                               .source = SECRET_ENV,
                               .from = variable,
                               .origins = ORIGINS,
                               .origin_count = 2};
}

static void
add(struct secret_set *set, const char *name, const char *variable)
{
    struct secret_def def = def_of(name, variable);

    assert_int_equal(secret_add(set, &def), 0);
}

static void
assert_value(struct secret_set *set, const char *name, const char *want)
{
    char why[SECRET_WHY_MAX];
    struct secret_value *value = secret_get(set, name, why, sizeof(why));

    if (value == NULL)
        fail_msg("%s", why);
    assert_string_equal(secret_value_text(value), want);
    secret_value_free(value);
}

static void
assert_none(struct secret_set *set, const char *name, const char *origin,
            const char *says)
{
    char why[SECRET_WHY_MAX];

    assert_null(secret_get_for(set, name, origin, why, sizeof(why)));
    assert_string_equal(why, says);
}

static void
test_set(void **state)
{
    struct secret_set *set = secret_set_create();
    struct secret_def def = def_of("a", "PICKET_TEST_NONE");
    char why[SECRET_WHY_MAX];
    (void)state;

    setenv(VARIABLE, "hunter2", 1);
    assert_int_equal(secret_add(set, &def), 0);
    assert_int_equal(secret_add(set, &def), -1); /* the name is taken */
    def.name = "c";
    def.from = NULL;
    assert_int_equal(secret_add(set, &def), -1);
    def.from = "PICKET_TEST_ALSO_NONE";
    assert_int_equal(secret_add(set, &def), 0);
    add(set, "b", VARIABLE);

    /* One that fails keeps no other from being read; the first is told. */
    assert_int_equal(secret_read(set, NULL, why, sizeof(why)), -1);
    assert_string_equal(why, "secret a: environment variable "
                             "PICKET_TEST_NONE is not set");
    assert_value(set, "b", "hunter2");
    assert_int_equal(secret_read(set, "z", why, sizeof(why)), -1);
    assert_string_equal(why, "there is no secret `z`");
    secret_set_free(set);
    secret_set_free(NULL);
}

static void
test_full_set(void **state)
{
    struct secret_set *set = secret_set_create();
    (void)state;

    for (int i = 0; i <= SECRET_MAX; i++) {
        char name[16];
        struct secret_def def = def_of(name, "X");

        snprintf(name, sizeof(name), "s%d", (i * 7919) % 10007);
        assert_int_equal(secret_add(set, &def), i < SECRET_MAX ? 0 : -1);
    }
    assert_int_equal(errno, ENOSPC);
    secret_set_free(set);
}

static void
test_origins(void **state)
{
    struct secret_set *set = secret_set_create();
    struct secret_def own = {
        .name = "own", .source = SECRET_ENV, .from = VARIABLE};
    struct secret_value *value = NULL;
    char why[SECRET_WHY_MAX];
    (void)state;

    setenv(VARIABLE, "hunter2", 1);
    add(set, "a", VARIABLE);
    assert_int_equal(secret_add(set, &own), 0);
    assert_none(set, "a", "https://a.example",
                "secret a has not been read yet");
    assert_int_equal(secret_read(set, NULL, why, sizeof(why)), 0);
    value =
        secret_get_for(set, "a", "https://b.example:8443", why, sizeof(why));
    assert_string_equal(secret_value_text(value), "hunter2");
    secret_value_free(value);
    assert_none(set, "a", "https://b.example",
                "secret a is not for https://b.example");
    assert_none(set, "a", "http://a.example",
                "secret a is not for http://a.example");
    assert_none(set, "a", "", "secret a is not for ");
    assert_none(set, "z", "https://a.example", "there is no secret `z`");
    /* Without `for`: for mail and webhooks, never for a check. */
    assert_none(set, "own", "https://a.example",
                "secret own is not for https://a.example");
    assert_value(set, "own", "hunter2");
    secret_set_free(set);
}

/* A run keeps what it took, whatever becomes of the set. */
static void
test_swap(void **state)
{
    struct secret_set *set = secret_set_create();
    struct secret_value *taken = NULL;
    char why[SECRET_WHY_MAX];
    (void)state;

    setenv(VARIABLE, "old", 1);
    add(set, "a", VARIABLE);
    assert_int_equal(secret_read(set, NULL, why, sizeof(why)), 0);
    taken = secret_get(set, "a", why, sizeof(why));
    setenv(VARIABLE, "new", 1);
    assert_int_equal(secret_read(set, NULL, why, sizeof(why)), 0);
    assert_value(set, "a", "old"); /* it was read: once is enough */
    secret_mark_stale(set, NULL);
    assert_int_equal(secret_refresh(set, why, sizeof(why)), 1);
    assert_value(set, "a", "new");
    assert_string_equal(secret_value_text(taken), "old");

    /* A source that fails later costs the run nothing. */
    unsetenv(VARIABLE);
    secret_mark_stale(set, NULL);
    assert_int_equal(secret_refresh(set, why, sizeof(why)), 0);
    assert_string_equal(why, "secret a: environment variable " VARIABLE
                             " is not set");
    assert_value(set, "a", "new");
    secret_set_free(set);
    assert_string_equal(secret_value_text(taken), "old");
    secret_value_free(taken);
}

static void
count_call(void *cookie)
{
    (*(int *)cookie)++;
}

static void
test_stale(void **state)
{
    struct secret_set *set = secret_set_create();
    struct secret_def given = {.name = "g", .source = SECRET_GIVEN};
    char why[SECRET_WHY_MAX];
    int called = 0;
    (void)state;

    setenv(VARIABLE, "hunter2", 1);
    add(set, "a", VARIABLE);
    add(set, "b", VARIABLE);
    assert_int_equal(secret_add(set, &given), 0);
    secret_set_watch(set, count_call, &called);
    assert_int_equal(secret_read(set, NULL, why, sizeof(why)), 0);
    assert_int_equal(secret_due_ns(set), -1);
    assert_int_equal(secret_refresh(set, why, sizeof(why)), 0);

    secret_mark_stale(set, "a");
    secret_mark_stale(set, "a"); /* one read will do for both */
    secret_mark_stale(set, "none");
    secret_mark_stale(set, "g"); /* nothing here to read it from */
    assert_int_equal(called, 1);
    assert_int_equal(secret_due_ns(set), 0);
    setenv(VARIABLE, "new", 1);
    assert_int_equal(secret_refresh(set, why, sizeof(why)), 1);
    assert_value(set, "a", "new");
    assert_value(set, "b", "hunter2");
    assert_int_equal(secret_due_ns(set), -1);

    /* A target that says 401 to everything is not a read a run. */
    secret_mark_stale(set, "a");
    assert_int_equal(called, 1);
    assert_int_equal(secret_due_ns(set), -1);
    secret_mark_stale(set, "b");
    assert_int_equal(called, 2);
    secret_mark_stale(set, NULL); /* a reload is not held back */
    assert_int_equal(called, 3);
    assert_int_equal(secret_refresh(set, why, sizeof(why)), 1);
    secret_set_free(set);
}

static void
test_due(void **state)
{
    struct secret_set *set = secret_set_create();
    struct secret_def def = def_of("a", VARIABLE);
    char why[SECRET_WHY_MAX];
    (void)state;

    setenv(VARIABLE, "hunter2", 1);
    def.refresh_ns = 1000 * NS_PER_S;
    assert_int_equal(secret_add(set, &def), 0);
    def.name = "b";
    def.refresh_ns = 1;
    assert_int_equal(secret_add(set, &def), 0);
    assert_int_equal(secret_read(set, NULL, why, sizeof(why)), 0);
    assert_int_equal(secret_due_ns(set), 0);
    setenv(VARIABLE, "new", 1);
    assert_int_equal(secret_refresh(set, why, sizeof(why)), 1);
    assert_value(set, "a", "hunter2");
    assert_value(set, "b", "new");
    secret_set_free(set);
}

static void
test_give(void **state)
{
    static char big[SECRET_VALUE_MAX + 1];
    struct secret_set *set = secret_set_create();
    struct secret_def given = {.name = "g",
                               .source = SECRET_GIVEN,
                               .origins = ORIGINS,
                               .origin_count = 1};
    char why[SECRET_WHY_MAX];
    (void)state;

    memset(big, 'x', SECRET_VALUE_MAX);
    assert_int_equal(secret_add(set, &given), 0);
    add(set, "e", VARIABLE);
    assert_int_equal(secret_read(set, "g", why, sizeof(why)), 0);
    assert_none(set, "g", "https://a.example",
                "secret g is held by the controller, which has not been "
                "reached since this probe started");
    assert_int_equal(secret_give(set, "e", "x", 1), -1);
    assert_int_equal(secret_give(set, "z", "x", 1), -1);
    assert_int_equal(secret_give(set, "g", "", 0), -1);
    assert_int_equal(secret_give(set, "g", "a\0b", 3), -1);
    assert_int_equal(secret_give(set, "g", big, sizeof(big)), -1);
    assert_int_equal(secret_give(set, "g", big, SECRET_VALUE_MAX), 0);
    assert_value(set, "g", big);
    assert_int_equal(secret_give(set, "g", "x\n", 2), 0);
    assert_value(set, "g", "x\n"); /* as it was sent */
    secret_set_free(set);
}

static void
test_replace(void **state)
{
    struct secret_set *set = secret_set_create();
    struct secret_set *fresh = secret_set_create();
    struct secret_def other = def_of("other", VARIABLE);
    char why[SECRET_WHY_MAX];
    (void)state;

    setenv(VARIABLE, "hunter2", 1);
    add(set, "gone", VARIABLE);
    add(set, "same", VARIABLE);
    add(set, "other", VARIABLE);
    assert_int_equal(secret_read(set, NULL, why, sizeof(why)), 0);
    other.origin_count = 1;
    add(fresh, "same", VARIABLE);
    assert_int_equal(secret_add(fresh, &other), 0);
    add(fresh, "new", VARIABLE);
    secret_set_replace(set, fresh);
    assert_value(set, "same", "hunter2");
    assert_none(set, "gone", "https://a.example", "there is no secret `gone`");
    assert_none(set, "other", "https://a.example",
                "secret other has not been read yet");
    assert_int_equal(secret_read(set, NULL, why, sizeof(why)), 0);
    assert_none(set, "other", "https://b.example:8443",
                "secret other is not for https://b.example:8443");
    assert_value(set, "new", "hunter2");
    secret_set_free(set);
}

struct taker {
    struct secret_set *set;
    atomic_bool is_over;
};

static void *
take_always(void *cookie)
{
    struct taker *taker = cookie;
    char why[SECRET_WHY_MAX];

    while (!atomic_load(&taker->is_over)) {
        struct secret_value *value =
            secret_get_for(taker->set, "a", ORIGINS[0], why, sizeof(why));

        if (value != NULL &&
            strspn(value->text, "x") != secret_value_len(value))
            abort();
        secret_value_free(value);
        secret_mark_stale(taker->set, "a");
    }
    return NULL;
}

/* Lanes take while a worker reads and a reload swaps (make asan, make tsan). */
static void
test_threads(void **state)
{
    struct taker taker = {.set = secret_set_create()};
    pthread_t thread[2];
    char why[SECRET_WHY_MAX];
    (void)state;

    setenv(VARIABLE, "xxxxxxxx", 1);
    add(taker.set, "a", VARIABLE);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, take_always, &taker),
                         0);
    for (int i = 0; i < 300; i++) {
        struct secret_set *fresh = secret_set_create();

        add(fresh, "a", i % 2 == 0 ? VARIABLE : VARIABLE "_NOT");
        secret_set_replace(taker.set, fresh);
        (void)secret_read(taker.set, NULL, why, sizeof(why));
        secret_mark_stale(taker.set, NULL);
        (void)secret_refresh(taker.set, why, sizeof(why));
    }
    atomic_store(&taker.is_over, true);
    for (size_t i = 0; i < 2; i++)
        (void)pthread_join(thread[i], NULL);
    secret_set_free(taker.set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),     cmocka_unit_test(test_full_set),
        cmocka_unit_test(test_origins), cmocka_unit_test(test_swap),
        cmocka_unit_test(test_stale),   cmocka_unit_test(test_due),
        cmocka_unit_test(test_give),    cmocka_unit_test(test_replace),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
