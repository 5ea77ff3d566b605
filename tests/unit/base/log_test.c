/* log_test.c - one readable line an event; what cannot be written is told. */
#include "base/log.c"

#include <fcntl.h>
#include <jansson.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct pipes {
    int in;
    int out;
    char text[40000];
};

static int
setup(void **state)
{
    struct pipes *pipes = str_xcalloc(1, sizeof *pipes);
    int fds[2];

    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    pipes->in = fds[0];
    pipes->out = fds[1];
    *state = pipes;
    return 0;
}

static int
teardown(void **state)
{
    struct pipes *pipes = *state;

    close(pipes->in);
    close(pipes->out);
    free(pipes);
    return 0;
}

/* What was written since, or "". */
static const char *
take(struct pipes *pipes)
{
    ssize_t n = read(pipes->in, pipes->text, sizeof pipes->text - 1);

    pipes->text[n > 0 ? n : 0] = '\0';
    return pipes->text;
}

static const char *
get(const json_t *line, const char *key)
{
    return json_string_value(json_object_get(line, key));
}

static void
test_line(void **state)
{
    struct pipes *pipes = *state;
    struct log *log = log_open(pipes->out, "picket-probe", LOG_LEVEL_INFO);
    struct id id = {{0xAB}};
    char long_text[3000];
    json_t *line;
    wall_t at;

    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    errno = EAGAIN;
    log_event(log, EV_SPOOL_TORN, LOG_STR("file", "a \"b\"\n"),
              LOG_INT("count", -3), LOG_NS("took_ms", 1234567),
              LOG_ID("run", &id), LOG_STR("none", NULL),
              LOG_STR("long", long_text));
    assert_int_equal(errno, EAGAIN);
    take(pipes);
    assert_ptr_equal(strchr(pipes->text, '\n'),
                     pipes->text + strlen(pipes->text) - 1);
    assert_non_null(strstr(pipes->text, "\"took_ms\":1.234,"));
    line = json_loads(pipes->text, 0, NULL);
    assert_non_null(line);
    assert_int_equal(units_parse_time(get(line, "time"), &at), 0);
    assert_string_equal(get(line, "level"), "warn");
    assert_string_equal(get(line, "who"), "picket-probe");
    assert_string_equal(get(line, "event"), "SPOOL_TORN");
    assert_string_equal(get(line, "file"), "a \"b\"\n");
    assert_int_equal(json_integer_value(json_object_get(line, "count")), -3);
    assert_string_equal(get(line, "run"), "ab000000000000000000000000000000");
    assert_true(json_is_null(json_object_get(line, "none")));
    assert_int_equal(strlen(get(line, "long")), TEXT_MAX_BYTES - 1);
    assert_null(json_object_get(line, "dropped"));
    json_decref(line);
    log_close(log);
}

static void
test_level(void **state)
{
    struct pipes *pipes = *state;
    struct log *log = log_open(pipes->out, "x", LOG_LEVEL_ERROR);

    log_event(log, EV_SPOOL_TORN, LOG_INT("count", 1));
    assert_string_equal(take(pipes), "");
    log_event(log, EV_SPOOL_FAILED, LOG_INT("count", 1));
    assert_non_null(strstr(take(pipes), "SPOOL_FAILED"));
    log_event(NULL, EV_SPOOL_FAILED, LOG_INT("count", 1));
    log_close(log);
    log_close(NULL);
}

/* A reader that hangs: lines are dropped, never waited for, and counted in
 * the first line after. */
static void
test_dropped(void **state)
{
    struct pipes *pipes = *state;
    struct log *log = log_open(pipes->out, "x", LOG_LEVEL_INFO);
    char fill[4096] = {0};

    while (write(pipes->out, fill, sizeof fill) > 0)
        ;
    log_event(log, EV_STARTED, LOG_INT("n", 1));
    log_event(log, EV_STARTED, LOG_INT("n", 2));
    while (read(pipes->in, pipes->text, sizeof pipes->text) > 0)
        ;
    log_event(log, EV_STARTED, LOG_INT("n", 3));
    assert_non_null(strstr(take(pipes), "\"n\":3,\"dropped\":2}\n"));
    log_event(log, EV_STARTED, LOG_INT("n", 4));
    assert_null(strstr(take(pipes), "dropped"));
    log_close(log);
}

static void
test_table(void **state)
{
    (void)state;
    for (int i = 0; i < EV_COUNT; i++) {
        struct log_event_row row = log_event_row((enum log_event_id)i);

        assert_true(strlen(row.name) > 0);
        assert_true(strlen(row.text) > 0);
        assert_true(strlen(row.remedy) > 0);
    }
    assert_string_equal(log_event_row(EV_PAGE_FAILED).name, "PAGE_FAILED");
    assert_string_equal(log_event_row(EV_PAGE_FAILED).level, "error");
}

#define ON_PIPE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ON_PIPE(test_line),
        ON_PIPE(test_level),
        ON_PIPE(test_dropped),
        cmocka_unit_test(test_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
