/* secret_read.c: when a source is read, and who hears of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret_read.c"

#include <stdio.h>
#include <stdlib.h>

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
count_call(void *cookie)
{
    (*(int *)cookie)++;
}

static void
test_stale(void **state)
{
    struct secret_set *set = secret_set_create();
    char why[SECRET_WHY_MAX];
    int called = 0;
    (void)state;

    setenv(VARIABLE, "hunter2", 1);
    add(set, "a", VARIABLE);
    add(set, "b", VARIABLE);
    secret_set_watch(set, count_call, &called);
    assert_int_equal(secret_read(set, NULL, why, sizeof(why)), 0);
    assert_int_equal(secret_due_ns(set), -1);
    assert_int_equal(secret_refresh(set, why, sizeof(why)), 0);

    secret_mark_stale(set, "a");
    secret_mark_stale(set, "a"); /* one read will do for both */
    secret_mark_stale(set, "none");
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
append_told(void *cookie, const char *name, const char *why)
{
    char *told = cookie;

    (void)snprintf(told + strlen(told), 500, "%s: %s\n", name,
                   why != NULL ? why : "is back");
}

/* Once when it goes, once when it is back; a minute between two tries. */
static void
test_tell(void **state)
{
    struct secret_set *set = secret_set_create();
    char why[SECRET_WHY_MAX];
    char told[1000] = "";
    int64_t due;
    (void)state;

    unsetenv(VARIABLE);
    add(set, "a", VARIABLE);
    add(set, "b", "HOME");
    secret_tell(set, append_told, told);
    assert_int_equal(secret_due_ns(set), 0);
    assert_int_equal(secret_refresh(set, why, sizeof(why)), 1);
    secret_tell(set, append_told, told);
    secret_tell(set, append_told, told);
    assert_string_equal(told,
                        "a: environment variable " VARIABLE " is not set\n");
    due = secret_due_ns(set);
    assert_in_range(due, RETRY_NS - 10 * NS_PER_S, RETRY_NS);
    assert_int_equal(secret_refresh(set, why, sizeof(why)), 0);

    setenv(VARIABLE, "hunter2", 1);
    secret_find(set, "a")->read_at.ns -= RETRY_NS;
    assert_int_equal(secret_due_ns(set), 0);
    assert_int_equal(secret_refresh(set, why, sizeof(why)), 1);
    told[0] = '\0';
    secret_tell(set, append_told, told);
    assert_string_equal(told, "a: is back\n");
    assert_int_equal(secret_due_ns(set), -1);
    secret_set_free(set);
}

static void
append_name(void *cookie, const struct secret_def *def)
{
    strcat(cookie, def->name);
}

/* A given one cannot be read here: whoever gave it is asked. */
static void
test_refused(void **state)
{
    struct secret_set *set = secret_set_create();
    struct secret_def given = {.name = "g", .source = SECRET_GIVEN};
    char names[8] = "";
    char why[SECRET_WHY_MAX];
    int called = 0;
    (void)state;

    assert_int_equal(secret_add(set, &given), 0);
    given.name = "h";
    assert_int_equal(secret_add(set, &given), 0);
    secret_set_watch(set, count_call, &called);
    secret_mark_stale(set, NULL); /* a reload here reads nothing there */
    assert_int_equal(called, 0);
    secret_mark_stale(set, "g");
    secret_mark_stale(set, "g");
    assert_int_equal(called, 1);
    assert_int_equal(secret_due_ns(set), -1);
    assert_int_equal(secret_refresh(set, why, sizeof(why)), 0);
    secret_take_refused(set, append_name, names);
    secret_take_refused(set, append_name, names);
    assert_string_equal(names, "g");
    secret_mark_stale(set, "g"); /* within 30 s */
    assert_int_equal(called, 1);
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
        cmocka_unit_test(test_stale),   cmocka_unit_test(test_due),
        cmocka_unit_test(test_tell),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
