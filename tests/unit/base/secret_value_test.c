/* secret_value.c: where a value lies, as the kernel tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret_value.c"

#include <signal.h>
#include <sys/wait.h>

/* The sanitizers' runtimes take mlock() and do nothing. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOCKS 0
#else
#define LOCKS 1
#endif

/* The flags and locked kilobytes of the mapping at `at`, from smaps. */
static long
find_mapping(const void *at, char flags[200])
{
    FILE *f = fopen("/proc/self/smaps", "re");
    char line[512];
    long locked = -1;
    int is_ours = 0;

    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        unsigned long from, to;

        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            is_ours = from <= (uintptr_t)at && (uintptr_t)at < to;
        if (is_ours && sscanf(line, "Locked: %ld", &locked) == 1)
            continue;
        if (is_ours && strncmp(line, "VmFlags:", 8) == 0)
            (void)str_copy(flags, 200, line + 8);
    }
    (void)fclose(f);
    return locked;
}

static void
test_memory(void **state)
{
    struct secret_value *value = secret_value_create();
    char why[100] = "";
    char flags[200] = "";
    (void)state;

    memcpy(value->text, "hunter2", 7);
    assert_int_equal(
        secret_value_settle(value, 7, "it", (struct secret_why){why, 100}), 0);
    assert_int_equal(find_mapping(value, flags) > 0, LOCKS);
    assert_non_null(strstr(flags, " dd")); /* no core file holds it */
    assert_int_equal(strstr(flags, " lo") != NULL, LOCKS); /* nor the swap */
    assert_non_null(strstr(flags, " wf"));                 /* nor a child */
    assert_int_equal(value->mapped, sysconf(_SC_PAGESIZE));
    secret_value_free(value);
    assert_int_equal(find_mapping(value, flags), -1);
    secret_value_free(NULL);
}

static void
test_count(void **state)
{
    struct secret_value *value = secret_value_create();
    (void)state;

    assert_ptr_equal(secret_value_ref(value), value);
    secret_value_free(value);
    assert_string_equal(secret_value_text(value), "");
    secret_value_free(value);
}

static void
test_finish(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *want;
    } rows[] = {
        {"x", 1, "x"},       {"x\n", 2, "x"}, {"x\n\n", 3, "x\n"},
        {"x\r\n", 3, "x\r"}, {"", 0, NULL},   {"\n", 1, NULL},
        {"a\0b", 3, NULL},
    };

    char why[100];
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct secret_value *value = secret_value_create();
        int rc;

        memcpy(value->text, rows[i].bytes, rows[i].len);
        rc = secret_value_finish(value, rows[i].len, "it",
                                 (struct secret_why){why, 100});
        assert_int_equal(rc, rows[i].want != NULL ? 0 : -1);
        if (rc == 0)
            assert_string_equal(secret_value_text(value), rows[i].want);
        secret_value_free(value);
    }
}

/* The largest keeps both of its pages. */
static void
test_largest(void **state)
{
    struct secret_value *value = secret_value_create();
    char why[100];
    (void)state;

    memset(value->text, 'x', SECRET_VALUE_MAX + 1);
    assert_int_equal(secret_value_finish(value, SECRET_VALUE_MAX + 1, "it",
                                         (struct secret_why){why, 100}),
                     -1);
    assert_int_equal(secret_value_finish(value, SECRET_VALUE_MAX, "it",
                                         (struct secret_why){why, 100}),
                     0);
    assert_int_equal(strlen(secret_value_text(value)), SECRET_VALUE_MAX);
    secret_value_free(value);
}

static void
test_a_value_of_its_own(void **state)
{
    char *text = str_xcalloc(1, SECRET_VALUE_MAX + 1);
    struct secret_value *value;

    (void)state;
    memset(text, 'x', SECRET_VALUE_MAX + 1);
    value = secret_value_make(text, SECRET_VALUE_MAX);
    assert_int_equal(secret_value_len(value), SECRET_VALUE_MAX);
    assert_memory_equal(secret_value_text(value), text, SECRET_VALUE_MAX);
    assert_int_equal(secret_value_text(value)[SECRET_VALUE_MAX], '\0');
    secret_value_free(value);
    assert_null(secret_value_make(text, SECRET_VALUE_MAX + 1));
    assert_null(secret_value_make("", 0));
    assert_null(secret_value_make("a\0b", 3));
    free(text);
}

/* A child that guards itself and ends in SIGABRT leaves no core. */
static void
test_guard(void **state)
{
    pid_t pid = fork();
    int status = 0;

    (void)state;
    if (pid == 0) {
        struct rlimit core = {1, 1};

        secret_guard();
        if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
            getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0)
            abort();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_false(WCOREDUMP(status));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_finish),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_guard),
        cmocka_unit_test(test_a_value_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
