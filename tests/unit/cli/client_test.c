/* The controller is a thread that answers as it is told; what the client said
 * to the person is read back from stderr. */
#include "cli/client.c"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tiny_server.h"

static char home[64];
static struct tiny server;

static void
serve(struct tiny_conn *conn)
{
    if (tiny_read_head(conn))
        tiny_say(conn, conn->tiny->arg);
}

/* stderr into a file of `home` from here to said(). */
static int
listen_to_stderr(void)
{
    char *path = file_join(home, "stderr");
    int was = dup(2), fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    dup2(fd, 2);
    close(fd);
    free(path);
    return was;
}

static bool
said(int was, const char *needle)
{
    char *path = file_join(home, "stderr");
    fflush(stderr);
    dup2(was, 2);
    close(was);
    char *text = read_text(path);
    bool is_there = text != NULL && strstr(text, needle) != NULL;
    if (!is_there)
        fprintf(stderr, "not in: %s\n", text ? text : "(nothing)");
    free(text);
    free(path);
    return is_there;
}

static void
parse(struct options *o, const char *name, const char *value)
{
    static const struct option_def table[] = {CLIENT_OPTIONS, {0}};
    static const struct options_command command = {.usage = "test",
                                                   .options = table};
    static char option[256]; /* the options point into it */
    char first[] = "test", *argv[] = {first, option};
    snprintf(option, sizeof option, "--%s=%s", name, value);
    assert_int_equal(options_parse(o, &command, 2, argv), OPTIONS_GO_ON);
}

static char *
make_running(const char *name, const char *key)
{
    char why[256], *dir = state_dir_path(name, why, sizeof why);
    char *file = file_join(dir, CLIENT_RUNTIME);
    char *text = str_xprintf("{\"url\":\"http://127.0.0.1:%u\",\"key\":\"%s\"}",
                             server.port, key);
    close(state_dir_open(dir, why, sizeof why));
    assert_int_equal(file_replace(file, text, strlen(text), 0600), 0);
    free(text);
    free(file);
    return dir;
}

static int
set_up(void **state)
{
    (void)state;
    str_copy(home, sizeof home, "/tmp/client.XXXXXX");
    if (mkdtemp(home) == NULL)
        return -1;
    setenv("XDG_STATE_HOME", home, 1);
    server = (struct tiny){.serve = serve};
    tiny_start(&server);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    tiny_stop(&server);
    return file_remove_tree(home);
}

/* One call to the only controller there is; its exit code. */
static int
call(const char *answer, char *to, size_t cap)
{
    struct options none = {0};
    const char *body;
    size_t len;
    int rc;
    server.arg = answer;
    struct client *client = client_create(&none, &rc);
    assert_non_null(client);
    struct client_ask ask = {.method = "POST", .path = "/a/b", .body = "{}"};
    rc = client_call(client, &ask, &body, &len);
    str_copy(to, cap, body);
    client_free(client);
    return rc;
}

static void
finds_the_only_one_and_shows_its_key(void **state)
{
    char body[64], *dir = make_running("demo", "k-1");
    (void)state;
    int rc = call("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes", body,
                  sizeof body);
    assert_int_equal(rc, 0);
    assert_string_equal(body, "yes");
    assert_non_null(strstr(server.last, "POST /a/b HTTP/1.1\r\n"));
    assert_non_null(strstr(server.last, "Authorization: Bearer k-1\r\n"));
    file_remove_tree(dir);
    free(dir);
}

static void
refusals_are_read_out(void **state)
{
    static const struct {
        const char *answer, *said;
        int rc;
    } rows[] = {
        {"HTTP/1.1 422 X\r\nContent-Length: 21\r\n\r\n"
         "{\"error\":{\"message\":\"no region q\"}}",
         "answers with status 422", 64}, /* cut off: not JSON */
        {"HTTP/1.1 422 X\r\nContent-Length: 35\r\n\r\n"
         "{\"error\":{\"message\":\"no region q\"}}",
         "picket: no region q", 64},
        {"HTTP/1.1 404 X\r\nContent-Length: 41\r\n\r\n"
         "{\"error\":{\"message\":\"no a\",\"remedy\":\"b\"}}",
         "picket: no a; b", 64},
        {"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n",
         "answers with status 403", 77},
        {"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n",
         "answers with status 503", 69},
        {"nonsense\r\n\r\n", "is it still running?", 69},
    };

    char body[256], *dir = make_running("demo", "k");
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int was = listen_to_stderr();
        int rc = call(rows[i].answer, body, sizeof body);
        assert_true(said(was, rows[i].said));
        assert_int_equal(rc, rows[i].rc);
    }
    file_remove_tree(dir);
    free(dir);
}

static void
none_and_two(void **state)
{
    struct options none = {0};
    int rc, was = listen_to_stderr();
    (void)state;
    assert_null(client_create(&none, &rc));
    assert_true(said(was, "no controller runs here: start `picket demo`"));
    assert_int_equal(rc, CLIENT_EX_NOINPUT);

    char *demo = make_running("demo", "d"), *up = make_running("up", "u");
    was = listen_to_stderr();
    assert_null(client_create(&none, &rc));
    assert_true(said(was, demo));
    assert_int_equal(rc, OPTIONS_EX_USAGE);

    struct options o;
    parse(&o, "data", up);
    struct client *client = client_create(&o, &rc);
    assert_non_null(client);
    assert_string_equal(client->bearer, "Authorization: Bearer u");
    client_free(client);
    file_remove_tree(demo);
    file_remove_tree(up);
    free(demo);
    free(up);
}

static void
a_runtime_file_of_nonsense(void **state)
{
    struct options o;
    char *dir = make_running("demo", "k");
    char *file = file_join(dir, CLIENT_RUNTIME);
    int rc;
    (void)state;
    assert_int_equal(file_replace(file, "{\"url\":", 7, 0600), 0);
    parse(&o, "data", dir);
    int was = listen_to_stderr();
    assert_null(client_create(&o, &rc));
    assert_true(said(was, "start it again"));
    parse(&o, "data", "/nowhere");
    was = listen_to_stderr();
    assert_null(client_create(&o, &rc));
    assert_true(said(was, "/nowhere/runtime.json cannot be read"));
    assert_int_equal(rc, CLIENT_EX_NOINPUT);
    parse(&o, "key-file", "/nowhere");
    was = listen_to_stderr();
    assert_null(client_create(&o, &rc));
    assert_true(said(was, "--key-file goes with --url"));
    file_remove_tree(dir);
    free(file);
    free(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_only_one_and_shows_its_key),
        cmocka_unit_test(refusals_are_read_out),
        cmocka_unit_test(none_and_two),
        cmocka_unit_test(a_runtime_file_of_nonsense),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
