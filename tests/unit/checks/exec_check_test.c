/* Plugins of this test's own making, in a folder of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/exec_check.c"

#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/secret.h"
#include "checks/engine.h"
#include "tests/lib/check_bed.h"

struct plugins {
    struct check_bed bed;
    char dir[64];
    char *words[4];
    struct spec_field env[2];
};

static void
write_file(const struct plugins *p, const char *name, const char *text,
           int mode)
{
    char *path = str_xprintf("%s/%s", p->dir, name);

    assert_int_equal(file_replace(path, text, strlen(text), mode), 0);
    assert_int_equal(chmod(path, (mode_t)mode), 0);
    free(path);
}

static void
write_plugin(const struct plugins *p, const char *name, const char *script)
{
    char *text = str_xprintf("#!/bin/sh\n%s\n", script);

    write_file(p, name, text, 0755);
    free(text);
}

static void
open_plugins(struct plugins *p)
{
    memset(p, 0, sizeof *p);
    (void)snprintf(p->dir, sizeof p->dir, "/tmp/picket-exec-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    check_bed_open(&p->bed, SPEC_EXEC, NULL);
    p->bed.engine->plugins = str_xdup(p->dir);
    p->bed.spec.of.exec = (struct spec_exec){
        .argv = {p->words, 0},
        .env = {p->env, 0},
    };
}

static struct template *
made(const char *text)
{
    struct template_error error;
    struct template *tpl = template_parse(text, &error);

    assert_non_null(tpl);
    return tpl;
}

static void
close_plugins(struct plugins *p)
{
    template_free(p->env[0].value);
    char *command = str_xprintf("rm -rf '%s'", p->dir);

    check_bed_close(&p->bed);
    assert_int_equal(system(command), 0);
    free(command);
}

static void
run(struct plugins *p, const char *script, enum status status,
    const char *reason)
{
    static char name[] = "plugin";

    write_plugin(p, name, script);
    p->words[0] = name;
    if (p->bed.spec.of.exec.argv.count == 0)
        p->bed.spec.of.exec.argv.count = 1;
    check_bed_reason(&p->bed, status, reason);
}

static void
the_exit_code_says_it(void **state)
{
    struct plugins p;

    (void)state;
    open_plugins(&p);
    run(&p, "echo 'LOAD OK | load1=0.5;4;8 load5=0.25'; exit 0", STATUS_UP,
        "none");
    assert_null(p.bed.result->message);
    assert_int_equal(check_bed_int(&p.bed, FACT_EXIT_CODE), 0);
    assert_string_equal(check_bed_text(&p.bed, FACT_PERF),
                        "load1=0.5 load5=0.25");
    run(&p, "echo 'LOAD WARNING'; exit 1", STATUS_DEGRADED, "exec.warning");
    assert_string_equal(p.bed.result->message, "LOAD WARNING");
    run(&p, "echo 'LOAD CRITICAL'; echo 'more of it'; exit 2", STATUS_DOWN,
        "exec.critical");
    assert_string_equal(p.bed.result->message, "LOAD CRITICAL");
    check_bed_evidence(&p.bed, "more of it");
    check_bed_evidence(&p.bed, "\"exit_code\":2");
    run(&p, "echo 'cannot look'; exit 3", STATUS_ERROR, "exec.unknown");
    run(&p, "echo what; exit 7", STATUS_ERROR, "exec.exit");
    assert_non_null(strstr(p.bed.result->message, "exit code 7"));
    run(&p, "exit 2", STATUS_DOWN, "exec.critical");
    assert_non_null(strstr(p.bed.result->message, "without a word"));
    run(&p, "kill -SEGV $$", STATUS_ERROR, "exec.signal");
    run(&p, "yes", STATUS_ERROR, "exec.flood");
    close_plugins(&p);
}

static void
expectations(void **state)
{
    struct plugins p;

    (void)state;
    open_plugins(&p);
    check_bed_expect(&p.bed, "perf load1 < 4 and output contains 'OK'");
    check_bed_add(&p.bed, &p.bed.spec.degraded_when, "perf load1 > 2");
    run(&p, "echo 'OK|load1=0.5'", STATUS_UP, "none");
    run(&p, "echo 'OK|load1=3'", STATUS_DEGRADED, "expect.perf");
    run(&p, "echo 'OK|load1=5'", STATUS_DOWN, "expect.perf");
    assert_non_null(strstr(p.bed.result->message, "got 5"));
    run(&p, "echo 'OK|load5=5'", STATUS_DOWN, "expect.perf");
    run(&p, "echo 'fine|load1=1'", STATUS_DOWN, "expect.output");
    /* A warning is the least of it. */
    run(&p, "echo 'OK|load1=1'; exit 1", STATUS_DEGRADED, "exec.warning");
    run(&p, "echo 'OK|load1=5'; exit 1", STATUS_DOWN, "expect.perf");
    close_plugins(&p);
}

static void
an_expectation_judges_the_exit_code_alone(void **state)
{
    struct plugins p;

    (void)state;
    open_plugins(&p);
    check_bed_expect(&p.bed, "exit in 2 7");
    run(&p, "echo 'gone, as it should be'; exit 2", STATUS_UP, "none");
    assert_int_equal(check_bed_int(&p.bed, FACT_EXIT_CODE), 2);
    run(&p, "exit 7", STATUS_UP, "none");
    run(&p, "exit 0", STATUS_DOWN, "expect.exit");
    run(&p, "exit 1", STATUS_DOWN, "expect.exit");
    run(&p, "exit 3", STATUS_DOWN, "expect.exit");
    run(&p, "kill -SEGV $$", STATUS_ERROR, "exec.signal");
    close_plugins(&p);
    open_plugins(&p);
    check_bed_add(&p.bed, &p.bed.spec.degraded_when, "exit == 2");
    run(&p, "exit 2", STATUS_DEGRADED, "expect.exit");
    run(&p, "exit 0", STATUS_UP, "none");
    run(&p, "exit 3", STATUS_ERROR, "exec.unknown");
    close_plugins(&p);
}

static void
its_time_is_limited(void **state)
{
    struct plugins p;

    (void)state;
    open_plugins(&p);
    p.bed.spec.timeout_ns = 300 * NS_PER_MS;
    run(&p, "echo begun; sleep 1000", STATUS_DOWN, "exec.timeout");
    assert_non_null(strstr(p.bed.result->message, "it said: begun"));
    close_plugins(&p);
}

static void
its_words_and_its_environment(void **state)
{
    static char two[] = "two words";
    static char star[] = "*;$(id)";
    static char name[] = "GREETING";
    static char value[] = "good day";
    struct plugins p;

    (void)state;
    open_plugins(&p);
    p.words[1] = two;
    p.words[2] = star;
    p.bed.spec.of.exec.argv.count = 3;
    p.env[0] = (struct spec_field){.name = name, .value = made(value)};
    p.bed.spec.of.exec.env.count = 1;
    run(&p,
        "[ $# = 2 ] && [ \"$1\" = 'two words' ] && [ \"$2\" = '*;$(id)' ] && "
        "[ \"$GREETING\" = 'good day' ] && [ -z \"$HOME$USER\" ] && "
        "[ \"$LC_ALL\" = C ] && [ \"$0\" = \""
        "$0\" ] || exit 2",
        STATUS_UP, "none");
    close_plugins(&p);
}

static void
secrets_go_into_the_environment_alone(void **state)
{
    static char name[] = "PASSWORD";
    static char value[] = "${secret.db}";
    const char *const origins[] = {"exec:plugin"};
    const char *const others[] = {"exec:other"};
    struct secret_def def = {.name = "db",
                             .source = SECRET_GIVEN,
                             .origins = origins,
                             .origin_count = 1};
    struct secret_def other = {.name = "other",
                               .source = SECRET_GIVEN,
                               .origins = others,
                               .origin_count = 1};
    static char wrong[] = "${secret.other}";
    struct plugins p;

    (void)state;
    open_plugins(&p);
    p.bed.engine->secrets = secret_set_create();
    assert_int_equal(secret_add(p.bed.engine->secrets, &def), 0);
    assert_int_equal(secret_add(p.bed.engine->secrets, &other), 0);
    secret_give(p.bed.engine->secrets, "db", "hunter22", 8);
    secret_give(p.bed.engine->secrets, "other", "sesame11", 8);
    p.env[0] = (struct spec_field){.name = name, .value = made(value)};
    p.bed.spec.of.exec.env.count = 1;
    run(&p, "[ \"$PASSWORD\" = hunter22 ] || exit 3", STATUS_UP, "none");
    /* A plugin that tells it is not listened to. */
    run(&p, "echo \"cannot log in with $PASSWORD\"; exit 2", STATUS_DOWN,
        "exec.critical");
    assert_null(strstr(p.bed.result->message, "hunter22"));
    assert_null(strstr(p.bed.result->evidence, "hunter22"));
    template_free(p.env[0].value);
    p.env[0].value = made(wrong);
    run(&p, "exit 0", STATUS_ERROR, "local.secret");
    secret_set_free(p.bed.engine->secrets);
    close_plugins(&p);
}

static void
refused(struct plugins *p, const char *name, const char *why)
{
    p->words[0] = str_xdup(name);
    p->bed.spec.of.exec.argv.count = 1;
    check_bed_reason(&p->bed, STATUS_ERROR, "local.config");
    if (strstr(p->bed.result->message, why) == NULL)
        fail_msg("%s: %s", name, p->bed.result->message);
    free(p->words[0]);
}

static void
what_may_not_be_run(void **state)
{
    struct plugins p;
    char *path;

    (void)state;
    open_plugins(&p);
    write_plugin(&p, "plugin", "exit 0");
    refused(&p, "missing", "no such file");
    write_file(&p, "unmarked", "#!/bin/sh\nexit 0\n", 0644);
    refused(&p, "unmarked", "chmod a+x");
    write_file(&p, "words", "only words\n", 0755);
    refused(&p, "words", "a script begins with #!");
    refused(&p, "/bin/sh", "is not in");
    refused(&p, "..", "is not in");
    path = str_xprintf("%s/../../bin/sh", p.dir);
    refused(&p, path, "is not in");
    free(path);
    path = str_xprintf("%s/..", p.dir);
    refused(&p, path, "is not in");
    free(path);
    path = str_xprintf("%sx/plugin", p.dir);
    refused(&p, path, "is not in");
    free(path);
    path = str_xprintf("%s/plugin", p.dir);
    p.words[0] = path;
    check_bed_reason(&p.bed, STATUS_UP, "none");
    free(path);
    /* Without a folder: nothing. */
    free(p.bed.engine->plugins);
    p.bed.engine->plugins = NULL;
    refused(&p, "plugin", "exec = { dir = ");
    close_plugins(&p);
}

static void
cancelled_means_never_told(void **state)
{
    static char name[] = "plugin";
    struct check_run what = {0};
    struct plugins p;

    (void)state;
    open_plugins(&p);
    write_plugin(&p, name, "sleep 1000");
    p.words[0] = name;
    p.bed.spec.of.exec.argv.count = 1;
    check_cancel(check_start(p.bed.engine, &p.bed.spec, &what,
                             check_bed_on_done, &p.bed));
    assert_int_equal(engine_running(p.bed.engine), 0);
    close_plugins(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_exit_code_says_it),
        cmocka_unit_test(expectations),
        cmocka_unit_test(an_expectation_judges_the_exit_code_alone),
        cmocka_unit_test(its_time_is_limited),
        cmocka_unit_test(its_words_and_its_environment),
        cmocka_unit_test(secrets_go_into_the_environment_alone),
        cmocka_unit_test(what_may_not_be_run),
        cmocka_unit_test(cancelled_means_never_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
