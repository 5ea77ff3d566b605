#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/show_cmd.c"

/* Runs the command on `text` in a process of its own; its code. */
static int
run(const char *text, struct buf *out, const char *const *extra)
{
    char dir[] = "/tmp/picket-cmd-XXXXXX";
    char *file;
    char *said;
    char *argv[6];
    int argc = 0;
    int status = -1;
    pid_t child;

    assert_non_null(mkdtemp(dir));
    file = file_join(dir, "a.conf");
    said = file_join(dir, "said");
    assert_int_equal(file_replace(file, text, strlen(text), 0644), 0);
    argv[argc++] = str_xdup("show");
    for (; *extra; extra++)
        argv[argc++] = str_xdup(*extra);
    argv[argc++] = str_xdup(dir);
    argv[argc] = NULL;
    child = fork();
    if (child == 0) {
        if (!freopen(said, "w", stdout) || !freopen(said, "a", stderr))
            _exit(99);
        status = show_cmd(argc, argv);
        (void)fflush(NULL);
        _exit(status);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    buf_reset(out);
    assert_int_equal(file_read(said, out), 0);
    file_remove_tree(dir);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    free(file);
    free(said);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char valid[] =
    "picket = 1;\nchecks = { home = { tcp = \"h:1\"; }; };\n";
static const char many[] = "picket = 1;\nchecks = { pay = { each = { n = [ "
                           "\"a\", \"b\", \"c\", \"d\", "
                           "\"e\" ]; };\n  tcp = \"${n}:1\"; }; };\n";
static const char wrong[] =
    "picket = 1;\nchecks = { home = { tpc = \"h:1\"; }; };\n";

static void
one_of_many_is_shown_with_its_values(void **state)
{
    static const char *const one[] = {"pay-d", NULL};
    static const char *const all[] = {"pay", NULL};
    struct buf out;

    (void)state;
    buf_init(&out, 100000);
    assert_int_equal(run(many, &out, one), 0);
    assert_non_null(strstr(buf_text(&out), "tcp = \"d:1\";  # /tmp/"));
    assert_non_null(strstr(buf_text(&out), "# n = \"d\"  # /tmp/"));
    assert_int_equal(run(many, &out, all), 66);
    assert_non_null(strstr(buf_text(&out), "did you mean `pay-a`, `pay-b`, "
                                           "`pay-c` or 2 more?"));
    buf_free(&out);
}

static void
does_it(void **state)
{
    static const char *const home[] = {"home", NULL};
    static const char *const hoem[] = {"hoem", NULL};
    static const char *const json[] = {"--json", "home", NULL};
    struct buf out;

    (void)state;
    buf_init(&out, 100000);
    assert_int_equal(run(valid, &out, home), 0);
    assert_non_null(strstr(buf_text(&out), "tcp = \"h:1\";  # /tmp/"));
    assert_int_equal(run(valid, &out, hoem), 66);
    assert_non_null(strstr(buf_text(&out), "did you mean `home`?"));
    assert_int_equal(run(wrong, &out, home), 78);
    assert_int_equal(run(valid, &out, json), 0);
    assert_true(str_starts(buf_text(&out), "{\"check\":\"home\""));
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_it),
        cmocka_unit_test(one_of_many_is_shown_with_its_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
