/* Dialogues with servers that keep to their part, and with those that do not.
 * A server's script is what it says in turn; between two it hears a piece. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/tcp_talk.c"

#include <openssl/ssl.h>
#include <poll.h>

#include "base/expr.h"
#include "base/expr_slip.h"
#include "base/secret.h"
#include "checks/subject.h"
#include "tests/lib/tiny_server.h"
#include "tests/lib/tls_site.h"

#define STEPS 4

static struct tls_world world;

struct script {
    const char *says[6];
    SSL_CTX *ctx;   /* TLS begins ... */
    int tls_before; /* ... before this line */
    bool hears;     /* takes one piece more: what is not read resets */
    bool holds;     /* stays silent at the end */
    bool resets;
};

static void
serve_script(struct tiny_conn *conn)
{
    const struct script *script = conn->tiny->arg;
    char heard[1024];

    for (int i = 0; i < 6 && script->says[i] != NULL; i++) {
        if (script->ctx != NULL && i == script->tls_before) {
            conn->ssl = SSL_new(script->ctx);
            SSL_set_fd(conn->ssl, conn->fd);
            if (SSL_accept(conn->ssl) != 1)
                return;
        }
        if (i > 0 && tiny_read(conn, heard, sizeof(heard)) <= 0)
            return;
        tiny_say(conn, script->says[i]);
    }
    if (script->hears)
        (void)tiny_read(conn, heard, sizeof(heard));
    if (script->resets)
        tiny_reset(conn);
    if (script->holds)
        tiny_hold(conn);
}

struct bed {
    struct check_bed check;
    struct spec_talk step[STEPS];
    struct expr *expr[STEPS];
};

static void
open_bed(struct bed *bed)
{
    memset(bed, 0, sizeof(*bed));
    check_bed_open(&bed->check, SPEC_TCP, world.root_pem);
    check_bed_endpoint(&bed->check, "127.0.0.1", 0);
    bed->check.spec.of.endpoint.talk = bed->step;
    bed->check.spec.timeout_ns = 5 * NS_PER_S;
}

static void
add_step(struct bed *bed, const char *name, const char *send,
         const char *expect)
{
    size_t at = bed->check.spec.of.endpoint.talk_count++;
    struct spec_talk *step = &bed->step[at];
    struct expr_error error = {0};
    size_t count;
    const struct expr_subject *table = subject_table(SPEC_TCP, &count);

    step->name = (char *)(uintptr_t)name;
    step->send = (char *)(uintptr_t)send;
    if (expect == NULL)
        return;
    bed->expr[at] = expr_parse(expect, table, count, &error);
    assert_non_null(bed->expr[at]);
    step->expect = (struct spec_exprs){&bed->expr[at], 1};
}

static void
close_bed(struct bed *bed)
{
    for (size_t i = 0; i < STEPS; i++)
        expr_free(bed->expr[i]);
    check_bed_close(&bed->check);
}

static void
run(struct bed *bed, const struct script *script, const char *reason)
{
    struct tiny tiny = {.serve = serve_script, .arg = script};
    bool is_up = strcmp(reason, "none") == 0;
    bool is_local = strncmp(reason, "local.", 6) == 0;

    tiny_start(&tiny);
    bed->check.spec.of.endpoint.port = tiny.port;
    check_bed_reason(&bed->check,
                     is_up      ? STATUS_UP
                     : is_local ? STATUS_ERROR
                                : STATUS_DOWN,
                     reason);
    tiny_stop(&tiny);
}

static void
open_mail(struct bed *bed)
{
    open_bed(bed);
    add_step(bed, "greet", NULL, "banner ~ '^220 '");
    add_step(bed, "ehlo", "EHLO ${check}\r\n", "banner ~ '(?m)^250 '");
    add_step(bed, "bye", "QUIT\r\n", NULL);
}

static void
a_dialogue(void **state)
{
    static const struct script mail = {
        .says = {"220 mail\r\n", "250-bed\r\n250 x\r\n"}, .holds = true};
    const struct result *result;
    struct bed bed;

    (void)state;
    open_mail(&bed);
    run(&bed, &mail, "none");
    result = bed.check.result;
    assert_int_equal(result->step_count, 3);
    assert_string_equal(result->steps[0].name, "greet");
    assert_string_equal(result->steps[2].name, "bye");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(result->steps[i].status, STATUS_UP);
        assert_true(result->steps[i].us[PHASE_WAIT] >= 0);
    }
    assert_true(result->us[PHASE_WAIT] >= result->steps[1].us[PHASE_WAIT]);
    close_bed(&bed);
}

static void
what_goes_wrong_names_its_step(void **state)
{
    static const struct {
        struct script script;
        const char *reason;
        const char *message;
        size_t steps;
    } rows[] = {
        {{.says = {""}}, "tcp.closed", "greet: the server closed", 1},
        {{.says = {"220 a\r\n"}, .hears = true}, "tcp.closed", "ehlo: ", 2},
        {{.says = {""}, .holds = true}, "tcp.timeout", "greet: no answer", 1},
        {{.says = {"220 a\r\n", ""}, .holds = true},
         "tcp.timeout",
         "ehlo: no answer",
         2},
        {{.says = {"554 no\r\n"}}, "expect.banner", "greet: banner ~", 1},
        {{.says = {"220 a\r\n", "502 what\r\n"}, .holds = true},
         "expect.banner",
         "ehlo: ",
         2},
        {{.says = {"220 a\r\n"}, .hears = true, .resets = true},
         "tcp.reset",
         "ehlo: ",
         2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct result *result;
        struct bed bed;

        open_mail(&bed);
        if (rows[i].script.holds)
            bed.check.spec.timeout_ns = 200 * NS_PER_MS;
        run(&bed, &rows[i].script, rows[i].reason);
        result = bed.check.result;
        assert_int_equal(result->step_count, rows[i].steps);
        assert_int_equal(result->steps[rows[i].steps - 1].reason,
                         result->reason);
        if (strstr(result->message, rows[i].message) != result->message)
            fail_msg("row %zu: %s", i, result->message);
        close_bed(&bed);
    }
}

static void
more_than_is_heard(void **state)
{
    static char much[TCP_TALK_HEARD_MAX + 2];
    struct script script = {.says = {much}, .holds = true};
    struct bed bed;

    (void)state;
    memset(much, 'a', sizeof(much) - 1);
    open_mail(&bed);
    run(&bed, &script, "tcp.limit");
    close_bed(&bed);
}

static SSL_CTX *
open_site(struct pki *leaf)
{
    static const struct tls_site site = {
        .leaf = {.name = "shop", .san = "IP:127.0.0.1"},
        .issuer = &world.middle,
        .sent = {&world.middle}};
    struct tls_site_staple none;

    return tls_site_context(&site, leaf, &none);
}

static void
inside_tls(void **state)
{
    struct pki leaf;
    SSL_CTX *ctx = open_site(&leaf);
    const struct script mail = {
        .says = {"220 mail\r\n", "250 x\r\n"}, .ctx = ctx, .holds = true};
    struct bed bed;

    (void)state;
    open_mail(&bed);
    bed.check.spec.of.endpoint.is_secured = true;
    run(&bed, &mail, "none");
    assert_true(bed.check.result->us[PHASE_TLS] > 0);
    assert_string_equal(check_bed_text(&bed.check, FACT_CERT_SUBJECT), "shop");
    close_bed(&bed);
    SSL_CTX_free(ctx);
    pki_free(&leaf);
}

static void
tls_from_a_step_on(void **state)
{
    struct pki leaf;
    SSL_CTX *ctx = open_site(&leaf);
    const struct script good = {.says = {"hi\r\n", "go\r\n", "inside\r\n"},
                                .ctx = ctx,
                                .tls_before = 2,
                                .holds = true};
    const struct script behind = {.says = {"hi\r\n", "go\r\nmore\r\n"},
                                  .holds = true};
    const struct script clear = {.says = {"hi\r\n", "go\r\n", "inside\r\n"}};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    add_step(&bed, "greet", NULL, "banner == 'hi'");
    add_step(&bed, "upgrade", "START\r\n", "banner contains 'go'");
    add_step(&bed, "inside", "NOOP\r\n", "banner contains 'inside'");
    bed.step[1].starts_tls = true;
    run(&bed, &good, "none");
    assert_int_equal(bed.check.result->step_count, 3);
    run(&bed, &behind, "starttls.protocol");
    assert_non_null(strstr(bed.check.result->message, "upgrade: bytes in"));
    run(&bed, &clear, "tls.handshake");
    close_bed(&bed);
    SSL_CTX_free(ctx);
    pki_free(&leaf);
}

/* The server says again what it was told; its thread may read the script for
 * some time yet. */
static void
run_echo(struct bed *bed, struct tiny *tiny, const char *send,
         const struct script *echo)
{
    atomic_store(&tiny->arg, echo);
    bed->check.spec.of.endpoint.talk_count = 1;
    expr_free(bed->expr[1]);
    add_step(bed, "login", send, "banner contains '230'");
    check_bed_reason(&bed->check, STATUS_DOWN, "expect.banner");
}

static void
is_hidden(const struct bed *bed, const char *text)
{
    const struct result *result = bed->check.result;

    assert_null(strstr(result->message, text));
    assert_null(strstr(result->evidence, text));
    assert_null(strstr(check_bed_text(&bed->check, FACT_BANNER), text));
    assert_null(strstr(result->steps[1].message, text));
}

static void
secrets_are_said_and_not_shown(void **state)
{
    const char *origins[1] = {NULL};
    struct secret_def def = {.name = "pw",
                             .source = SECRET_GIVEN,
                             .origins = origins,
                             .origin_count = 1};
    static const struct script greeting = {.says = {"hi\r\n"}, .holds = true};
    static const struct script plain = {
        .says = {"hi\r\n", "no: hunter2hunter2\r\n"}, .holds = true};
    static const struct script hex = {
        .says = {"hi\r\n", "no: 68756e7465723268756e74657232\r\n"},
        .holds = true};
    char origin[64];
    struct tiny tiny = {.serve = serve_script, .arg = &greeting};
    struct bed bed;

    (void)state;
    tiny_start(&tiny);
    (void)snprintf(origin, sizeof(origin), "https://127.0.0.1:%u", tiny.port);
    origins[0] = origin;
    open_bed(&bed);
    add_step(&bed, "greet", NULL, "banner contains 'hi'");
    add_step(&bed, "login", "PASS ${secret.pw}\r\n", "banner contains '230'");
    bed.check.spec.of.endpoint.port = tiny.port;
    bed.check.spec.timeout_ns = 200 * NS_PER_MS;
    check_bed_reason(&bed.check, STATUS_ERROR, "local.secret");
    bed.check.engine->secrets = secret_set_create();
    assert_int_equal(secret_add(bed.check.engine->secrets, &def), 0);
    assert_int_equal(
        secret_give(bed.check.engine->secrets, "pw", "hunter2hunter2", 14), 0);
    run_echo(&bed, &tiny, "PASS ${secret.pw}\r\n", &plain);
    is_hidden(&bed, "hunter2");
    /* What is computed of one tells as much. */
    run_echo(&bed, &tiny, "PASS ${hex(secret.pw)}\r\n", &hex);
    is_hidden(&bed, "68756e74");
    secret_set_free(bed.check.engine->secrets);
    close_bed(&bed);
    tiny_stop(&tiny);
}

static int
make_world(void **state)
{
    (void)state;
    tls_world_open(&world);
    return 0;
}

static int
free_world(void **state)
{
    (void)state;
    tls_world_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dialogue),
        cmocka_unit_test(what_goes_wrong_names_its_step),
        cmocka_unit_test(more_than_is_heard),
        cmocka_unit_test(inside_tls),
        cmocka_unit_test(tls_from_a_step_on),
        cmocka_unit_test(secrets_are_said_and_not_shown),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
