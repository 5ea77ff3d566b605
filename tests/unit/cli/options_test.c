/* options_test.c - the parser against one made-up command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/options.c"

static const struct option_def table[] = {
    {"expect", 'e', "E", "what must hold"},
    {"json", 'j', NULL, "as JSON"},
    {0},
};

static const struct options_command command = {
    .usage = "check TARGET", .about = "Check.", .options = table};

/* Parses the words; what was said on stderr goes to `said`. */
static int
parse(struct options *o, char *said, size_t cap, const char *const *words)
{
    char *argv[16] = {0};
    int argc = 0, pipes[2];
    for (; words[argc] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    assert_int_equal(pipe(pipes), 0);
    int old = dup(2);
    dup2(pipes[1], 2);
    int rc = options_parse(o, &command, argc, argv);
    dup2(old, 2);
    close(old);
    close(pipes[1]);
    ssize_t n = read(pipes[0], said, cap - 1);
    said[n > 0 ? n : 0] = '\0';
    close(pipes[0]);
    return rc;
}

#define PARSE(...)                                                             \
    parse(&o, said, sizeof said, (const char *const[]){__VA_ARGS__, NULL})

static void
test_values_and_operands(void **state)
{
    (void)state;
    struct options o;
    char said[512];
    const char *all[8];
    assert_int_equal(PARSE("check", "-e", "a", "x", "--expect=b", "--json",
                           "--expect", "c", "--", "-y"),
                     OPTIONS_GO_ON);
    assert_int_equal(o.operand_count, 2);
    assert_string_equal(o.operand[1], "-y");
    assert_int_equal(options_all(&o, "expect", all, 8), 3);
    assert_string_equal(all[0], "a");
    assert_string_equal(all[2], "c");
    assert_string_equal(options_get(&o, "expect"), "c");
    assert_true(options_has(&o, "json"));
    assert_string_equal(said, "");
}

static void
test_mistakes_name_the_remedy(void **state)
{
    (void)state;
    struct options o;
    char said[512];
    assert_int_equal(PARSE("check", "--expct", "a"), OPTIONS_EX_USAGE);
    assert_non_null(strstr(said, "did you mean --expect?"));
    assert_int_equal(PARSE("check", "--zzz"), OPTIONS_EX_USAGE);
    assert_null(strstr(said, "did you mean"));
    assert_int_equal(PARSE("check", "--expect"), OPTIONS_EX_USAGE);
    assert_non_null(strstr(said, "--expect needs E"));
    assert_int_equal(PARSE("check", "--json=1"), OPTIONS_EX_USAGE);
    assert_non_null(strstr(said, "takes no value"));
    assert_int_equal(PARSE("check", "-x"), OPTIONS_EX_USAGE);
    assert_int_equal(PARSE("check", "-"), OPTIONS_GO_ON); /* stdin */
    assert_string_equal(o.operand[0], "-");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_and_operands),
        cmocka_unit_test(test_mistakes_name_the_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
