/* secret_source.c: each source, what it refuses and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret_source.c"

#include <stdio.h>

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
static struct secret_value *
read_one(enum secret_source source, const char *from, const char *const *argv,
         char why[SECRET_WHY_MAX])
{
    const struct secret_def def = {
        .name = "it", .source = source, .from = from, .argv = argv};
    const struct secret_rules none = {0};

    why[0] = '\0';
    return secret_source_read(&def, &none,
                              (struct secret_why){why, SECRET_WHY_MAX});
}

static void
check_read(enum secret_source source, const char *from, const char *const *argv,
           const char *want)
{
    char why[SECRET_WHY_MAX];
    struct secret_value *got = read_one(source, from, argv, why);

    if (got == NULL)
        fail_msg("%s", why);
    assert_string_equal(secret_value_text(got), want);
    assert_int_equal(secret_value_len(got), strlen(want));
    secret_value_free(got);
}

static void
check_refused(enum secret_source source, const char *from,
              const char *const *argv, const char *says)
{
    char why[SECRET_WHY_MAX];

    assert_null(read_one(source, from, argv, why));
    if (strstr(why, says) == NULL)
        fail_msg("%s: %s", says, why);
    assert_null(strstr(why, "hunter2"));
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

/* What a controller may have a probe read. */
static void
check_limited(enum secret_source source, const char *from,
              const struct secret_rules *rules, const char *says)
{
    const char *const argv[] = {"printf", "hunter2", NULL};
    const struct secret_def def = {
        .name = "it", .source = source, .from = from, .argv = argv};
    char why[SECRET_WHY_MAX] = "";
    struct secret_value *got =
        secret_source_read(&def, rules, (struct secret_why){why, sizeof(why)});

    assert_int_equal(got == NULL, says != NULL);
    if (says != NULL && strstr(why, says) == NULL)
        fail_msg("%s: %s", says, why);
    if (got != NULL)
        assert_string_equal(secret_value_text(got), "hunter2");
    secret_value_free(got);
}

static void
test_rules(void **state)
{
    char *dir = str_xprintf("%s/in", folder);
    char *in = str_xprintf("%s/in/it", folder);
    char *out = str_xprintf("%s/plain", folder);
    char *beside = str_xprintf("%s/inside", folder);
    char *link = str_xprintf("%s/in/link", folder);
    char *up = str_xprintf("%s/in/../plain", folder);
    struct secret_rules rules = {.is_limited = true, .dir = dir};
    (void)state;

    assert_int_equal(mkdir(dir, 0700), 0);
    write_file("in/it", "hunter2", 7, 0600);
    write_file("plain", "hunter2", 7, 0600);
    write_file("inside", "hunter2", 7, 0600);
    assert_int_equal(symlink(out, link), 0);
    check_limited(SECRET_FILE, in, &rules, NULL);
    check_limited(SECRET_FILE, out, &rules, "probe.secrets.dir");
    check_limited(SECRET_FILE, up, &rules, "probe.secrets.dir");
    check_limited(SECRET_FILE, link, &rules, "probe.secrets.dir");
    check_limited(SECRET_FILE, beside, &rules, "probe.secrets.dir");
    check_limited(SECRET_COMMAND, NULL, &rules,
                  "probe.secrets.commands = true in probe.conf");
    rules.may_run_commands = true;
    check_limited(SECRET_COMMAND, NULL, &rules, NULL);
    rules.dir = "/none/at/all";
    check_limited(SECRET_FILE, in, &rules, "probe.secrets.dir");
    rules.dir = NULL;
    check_limited(SECRET_FILE, in, &rules, "probe.secrets.dir");
    assert_int_equal(unlink(link) + unlink(in) + rmdir(dir), 0);
    free(up);
    free(link);
    free(beside);
    free(out);
    free(in);
    free(dir);
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
        "plain", "line",   "lines", "group", "world",   "empty", "newline",
        "nul",   "inside", "full",  "big",   "foreign", "token", "pid"};
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
        cmocka_unit_test(test_rules),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
