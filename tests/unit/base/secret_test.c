/* secret.c: each source, what it refuses and in which words, and expansion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret.c"

static char folder[] = "/tmp/secret-test-XXXXXX";

static void
write_file(const char *name, const char *text, size_t len, mode_t mode)
{
    char *path = str_xprintf("%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    free(path);
}

/* The value, or NULL with the reason in `why`. */
static const char *
read_one(struct secret_set *set, enum secret_source source, const char *from,
         const char *const *argv, char why[200])
{
    struct secret_def def = {
        .name = "it", .source = source, .from = from, .argv = argv};

    assert_int_equal(secret_add(set, &def), 0);
    assert_null(secret_get(set, "it"));
    why[0] = '\0';
    if (secret_read(set, "it", why, 200) != 0)
        assert_null(secret_get(set, "it"));
    return secret_get(set, "it");
}

static void
check_read(enum secret_source source, const char *from, const char *const *argv,
           const char *want)
{
    struct secret_set *set = secret_set_create();
    char why[200];
    const char *got = read_one(set, source, from, argv, why);

    if (got == NULL)
        fail_msg("%s", why);
    assert_string_equal(got, want);
    secret_set_free(set);
}

static void
check_refused(enum secret_source source, const char *from,
              const char *const *argv, const char *says)
{
    struct secret_set *set = secret_set_create();
    char why[200];

    assert_null(read_one(set, source, from, argv, why));
    if (strstr(why, says) == NULL)
        fail_msg("%s: %s", says, why);
    assert_null(strstr(why, "hunter2"));
    secret_set_free(set);
}

static void
check_named(const char *name, const char *want, const char *says)
{
    char *path = str_xprintf("%s/%s", folder, name);

    if (want != NULL)
        check_read(SECRET_FILE, path, NULL, want);
    else
        check_refused(SECRET_FILE, path, NULL, says);
    free(path);
}

static void
test_file(void **state)
{
    static char big[SECRET_VALUE_MAX + 1];
    (void)state;

    memset(big, 'x', sizeof(big));
    write_file("plain", "hunter2", 7, 0600);
    write_file("line", "hunter2\n", 8, 0400);
    write_file("lines", "hunter2\n\n", 9, 0600);
    write_file("group", "hunter2", 7, 0640);
    write_file("world", "hunter2", 7, 0604);
    write_file("empty", "", 0, 0600);
    write_file("newline", "\n", 1, 0600);
    write_file("nul", "hunter2\0x", 9, 0600);
    write_file("full", big, SECRET_VALUE_MAX, 0600);
    write_file("big", big, SECRET_VALUE_MAX + 1, 0600);
    check_named("plain", "hunter2", NULL);
    check_named("line", "hunter2", NULL);
    check_named("lines", "hunter2\n", NULL);
    check_named("group", NULL, "(mode 640): chmod 600");
    check_named("world", NULL, "(mode 604): chmod 600");
    check_named("empty", NULL, "is empty");
    check_named("newline", NULL, "is empty");
    check_named("nul", NULL, "holds a NUL byte");
    check_named("big", NULL, "more than 4096 bytes");
    check_named("none", NULL, "No such file");
    check_refused(SECRET_FILE, folder, NULL, "not a regular file");
    check_refused(SECRET_FILE, "/dev/null", NULL, "not a regular file");
    big[SECRET_VALUE_MAX] = '\0';
    check_named("full", big, NULL);
}

static void
test_foreign_owner(void **state)
{
    char *path = str_xprintf("%s/foreign", folder);
    (void)state;

    write_file("foreign", "hunter2", 7, 0600);
    if (geteuid() == 0) { /* only root can give a file away */
        assert_int_equal(chown(path, 12345, 12345), 0);
        check_refused(SECRET_FILE, path, NULL, "belongs to user 12345: chown");
    }
    free(path);
}

static void
test_credential(void **state)
{
    (void)state;
    unsetenv("CREDENTIALS_DIRECTORY");
    check_refused(SECRET_CREDENTIAL, "token", NULL, "LoadCredential=token");
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    /* systemd's modes are its own business. */
    write_file("token", "hunter2", 7, 0440);
    check_read(SECRET_CREDENTIAL, "token", NULL, "hunter2");
    check_refused(SECRET_CREDENTIAL, "other", NULL, "No such file");
    check_refused(SECRET_CREDENTIAL, "../token", NULL, "not a credential's");
    check_refused(SECRET_CREDENTIAL, "a/b", NULL, "not a credential's");
}

static void
test_env(void **state)
{
    static char big[2 * SECRET_VALUE_MAX];
    (void)state;

    setenv("PICKET_TEST_SECRET", "hunter2", 1);
    check_read(SECRET_ENV, "PICKET_TEST_SECRET", NULL, "hunter2");
    setenv("PICKET_TEST_SECRET", "", 1);
    check_refused(SECRET_ENV, "PICKET_TEST_SECRET", NULL, "is empty");
    memset(big, 'x', sizeof(big) - 1);
    setenv("PICKET_TEST_SECRET", big, 1);
    check_refused(SECRET_ENV, "PICKET_TEST_SECRET", NULL, "more than 4096");
    unsetenv("PICKET_TEST_SECRET");
    check_refused(SECRET_ENV, "PICKET_TEST_SECRET", NULL, "is not set");
}

#define ARGV(...)                                                              \
    (const char *const[])                                                      \
    {                                                                          \
        __VA_ARGS__, NULL                                                      \
    }

static void
test_command(void **state)
{
    (void)state;
    check_read(SECRET_COMMAND, NULL, ARGV("printf", "hunter2\\n"), "hunter2");
    /* No shell: what one would expand arrives as it is. */
    check_read(SECRET_COMMAND, NULL, ARGV("echo", "$HOME;*"), "$HOME;*");
    check_refused(SECRET_COMMAND, NULL, ARGV("/none/at/all"), "No such file");
    check_refused(SECRET_COMMAND, NULL, ARGV("false"), "exit status 1");
    check_refused(SECRET_COMMAND, NULL,
                  ARGV("sh", "-c", "echo hunter2; exit 3"), "exit status 3");
    check_refused(SECRET_COMMAND, NULL, ARGV("sh", "-c", "kill -9 $$"),
                  "signal 9");
    check_refused(SECRET_COMMAND, NULL, ARGV("true"), "is empty");
    check_refused(SECRET_COMMAND, NULL, ARGV("yes", "hunter2"),
                  "more than 4096");
    /* It cannot wait for somebody to type. */
    check_refused(SECRET_COMMAND, NULL, ARGV("cat"), "is empty");
}

/* The whole group ends: the grandchild writes its id, then holds the pipe. */
static void
test_command_deadline(void **state)
{
    char *path = str_xprintf("%s/pid", folder);
    char *script = str_xprintf("sleep 600 & echo $! > %s; wait", path);
    const mono_t start = clock_mono();
    char text[32] = "";
    struct pollfd ended = {.events = POLLIN};
    int64_t pid = 0;
    int fd = -1;
    (void)state;

    check_refused(SECRET_COMMAND, NULL, ARGV("sh", "-c", script),
                  "took longer than 5 s");
    assert_in_range(clock_since_ns(start, clock_mono()), 5 * NS_PER_S,
                    9 * NS_PER_S);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(read(fd, text, sizeof(text) - 1) > 1);
    close(fd);
    text[strcspn(text, "\n")] = '\0';
    assert_int_equal(str_parse_i64(text, &pid), 0);
    ended.fd = pidfd_open((pid_t)pid, 0);
    if (ended.fd >= 0) { /* else it is gone and reaped already */
        assert_int_equal(poll(&ended, 1, 10000), 1);
        close(ended.fd);
    }
    free(script);
    free(path);
}

static void
test_set(void **state)
{
    struct secret_set *set = secret_set_create();
    struct secret_def def = {
        .name = "a", .source = SECRET_ENV, .from = "PICKET_TEST_NONE"};
    char why[120];
    (void)state;

    setenv("PICKET_TEST_SECRET", "hunter2", 1);
    assert_int_equal(secret_add(set, &def), 0);
    assert_int_equal(secret_add(set, &def), -1); /* the name is taken */
    def.name = "b";
    def.from = "PICKET_TEST_SECRET";
    assert_int_equal(secret_add(set, &def), 0);
    def.name = "c";
    def.from = NULL;
    assert_int_equal(secret_add(set, &def), -1);
    def.from = "PICKET_TEST_ALSO_NONE";
    assert_int_equal(secret_add(set, &def), 0);

    /* One that fails keeps no other from being read; the first is told. */
    assert_int_equal(secret_read(set, NULL, why, sizeof(why)), -1);
    assert_string_equal(why, "secret a: environment variable "
                             "PICKET_TEST_NONE is not set");
    assert_string_equal(secret_get(set, "b"), "hunter2");
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
        struct secret_def def = {
            .name = name, .source = SECRET_ENV, .from = "X"};

        snprintf(name, sizeof(name), "s%d", i);
        assert_int_equal(secret_add(set, &def), i < SECRET_MAX ? 0 : -1);
    }
    assert_int_equal(errno, ENOSPC);
    secret_set_free(set);
}

static void
test_expand(void **state)
{
    static const struct {
        const char *text;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"", ""},
        {"none", "none"},
        {"Bearer ${secret.b}", "Bearer hunter2"},
        {"${secret.b}${secret.b}x", "hunter2hunter2x"},
        {"${csrf} $ $$ ${secret", "${csrf} $ $$ ${secret"},
        {"${secret.b", "${secret.b"},
        {"${secret.none}", NULL},
        {"${secret.}", NULL},
        {"ok ${secret.b} ${secret.a}", NULL}, /* known, but not read */
    };
    struct secret_set *set = secret_set_create();
    struct secret_def a = {.name = "a", .source = SECRET_ENV, .from = "X"};
    struct secret_def b = {
        .name = "b", .source = SECRET_ENV, .from = "PICKET_TEST_SECRET"};
    char why[120];
    (void)state;

    setenv("PICKET_TEST_SECRET", "hunter2", 1);
    assert_int_equal(secret_add(set, &a) + secret_add(set, &b), 0);
    assert_int_equal(secret_read(set, "b", why, sizeof(why)), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *got = secret_expand(set, rows[i].text, why, sizeof(why));

        assert_int_equal(got == NULL, rows[i].want == NULL);
        if (got != NULL)
            assert_string_equal(got, rows[i].want);
        else
            assert_non_null(strstr(why, "has no value here"));
        secret_text_free(got);
    }
    secret_set_free(set);
}

static int
make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
remove_folder(void **state)
{
    static const char *const names[] = {
        "plain", "line", "lines", "group",   "world", "empty", "newline",
        "nul",   "full", "big",   "foreign", "token", "pid"};
    (void)state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = str_xprintf("%s/%s", folder, names[i]);

        (void)unlink(path);
        free(path);
    }
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_foreign_owner),
        cmocka_unit_test(test_credential),
        cmocka_unit_test(test_env),
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_command_deadline),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_full_set),
        cmocka_unit_test(test_expand),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
