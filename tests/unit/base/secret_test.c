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
                "reached since this probe started: bring it back");
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

/* What a message brought goes to the definitions that came with it. */
static void
test_share(void **state)
{
    struct secret_set *set = secret_set_create();
    struct secret_set *from = secret_set_create();
    struct secret_set *fresh = secret_set_create();
    struct secret_def g = {.name = "g", .source = SECRET_GIVEN};
    struct secret_def h = {.name = "h", .source = SECRET_GIVEN};
    (void)state;

    g.origins = h.origins = ORIGINS;
    assert_int_equal(secret_add(set, &g), 0);
    assert_int_equal(secret_add(set, &h), 0);
    assert_int_equal(secret_add(fresh, &g), 0);
    assert_int_equal(secret_add(fresh, &h), 0);
    add(set, "e", VARIABLE);
    for (const char *name = "eghz"; *name != '\0'; name++) {
        char text[2] = {*name};
        struct secret_def def = {.name = text, .source = SECRET_GIVEN};

        assert_int_equal(secret_add(from, &def), 0);
    }
    assert_int_equal(secret_give(from, "e", "hers", 4), 0);
    assert_int_equal(secret_give(from, "g", "hunter2", 7), 0);
    secret_give_none(from, "h", "the controller has lost it");
    secret_give_none(from, "nobody", "x");
    secret_share(set, from);
    secret_set_free(from);
    assert_value(set, "g", "hunter2");
    assert_none(set, "h", "https://a.example",
                "secret h: the controller has lost it");
    assert_none(set, "e", "https://a.example",
                "secret e has not been read yet");

    /* Once more without values: what is held is held. */
    secret_give_none(fresh, "g", "gone");
    secret_give_none(fresh, "h", "gone");
    secret_set_replace(set, fresh);
    assert_value(set, "g", "hunter2");
    assert_none(set, "h", "https://a.example", "secret h: gone");
    secret_set_free(set);
}

static void
append_name(void *cookie, const struct secret_def *def)
{
    strcat(cookie, def->name);
}

static void
test_each(void **state)
{
    struct secret_set *set = secret_set_create();
    struct secret_set *other = secret_set_ref(set);
    char names[8] = "";
    (void)state;

    add(set, "b", VARIABLE);
    add(set, "a", VARIABLE);
    secret_set_free(set);
    secret_each(other, append_name, names);
    assert_string_equal(names, "ab");
    secret_set_free(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),     cmocka_unit_test(test_full_set),
        cmocka_unit_test(test_origins), cmocka_unit_test(test_swap),
        cmocka_unit_test(test_give),    cmocka_unit_test(test_replace),
        cmocka_unit_test(test_share),   cmocka_unit_test(test_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
