/* STARTTLS over the wire: each server says its words, then goes on as it
 * should or as it should not.  What the words may be is starttls_test.c; what
 * a chain may be, tls_check_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/secure.c"

#include <openssl/ssl.h>
#include <unistd.h>

#include "tests/lib/tiny_server.h"
#include "tests/lib/tls_site.h"

static struct tls_world world;

/* What a server in clear says in turn, NULL where it listens; then TLS. */
struct words {
    const char *word[6];
    SSL_CTX *ctx; /* NULL: no TLS comes */
    bool holds;   /* stays silent instead of closing */
};

static void
serve_words(struct tiny_conn *conn)
{
    const struct words *words = conn->tiny->arg;
    char heard[1024];

    for (int i = 0; i < 6 && words->word[i] != NULL; i++) {
        if (i > 0 && tiny_read(conn, heard, sizeof(heard)) <= 0)
            return;
        tiny_say(conn, words->word[i]);
    }
    if (words->holds)
        tiny_hold(conn);
    if (words->ctx == NULL)
        return;
    conn->ssl = SSL_new(words->ctx);
    SSL_set_fd(conn->ssl, conn->fd);
    if (SSL_accept(conn->ssl) == 1)
        tiny_hold(conn);
}

static void
run(struct check_bed *bed, enum starttls_kind kind, const struct words *words,
    const char *reason)
{
    static char shop[] = "shop.example";
    static char loopback[] = "127.0.0.1";
    struct tiny tiny = {.serve = serve_words, .arg = words};
    bool is_up = str_eq(reason, "none");

    tiny_start(&tiny);
    bed->spec.net.resolve = loopback;
    bed->spec.of.endpoint.host = shop;
    bed->spec.of.endpoint.port = tiny.port;
    bed->spec.of.endpoint.starttls = kind;
    check_bed_reason(bed, is_up ? STATUS_UP : STATUS_DOWN, reason);
    tiny_stop(&tiny);
}

#define HELLO "220 mail\r\n"
#define OFFER "250-mail\r\n250 STARTTLS\r\n"

static void
words_and_then_tls(void **state)
{
    struct tls_site site = {
        .leaf = {.name = "shop.example", .san = "DNS:shop.example"},
        .issuer = &world.middle,
        .sent = {&world.middle},
        .oldest = TLS1_2_VERSION};
    struct tls_site_staple staple;
    struct pki leaf;
    SSL_CTX *ctx = tls_site_context(&site, &leaf, &staple);

    const struct {
        enum starttls_kind kind;
        struct words words;
        const char *reason;
    } rows[] = {
        {STARTTLS_SMTP, {{HELLO, OFFER, "220 go\r\n"}, ctx, false}, "none"},
        {STARTTLS_POP3, {{"+OK x\r\n", "+OK\r\n"}, ctx, false}, "none"},
        {STARTTLS_POSTGRES, {{"", "S"}, ctx, false}, "none"},
        {STARTTLS_SMTP,
         {{HELLO, "250 mail\r\n"}, NULL, false},
         "starttls.refused"},
        {STARTTLS_SMTP, {{"* OK\r\n"}, NULL, false}, "starttls.protocol"},
        {STARTTLS_SMTP,
         {{HELLO, OFFER, "220 go\r\n250 STARTTLS\r\n"}, ctx, false},
         "starttls.protocol"},
        {STARTTLS_SMTP, {{HELLO, OFFER}, NULL, false}, "starttls.closed"},
        {STARTTLS_SMTP, {{HELLO, OFFER}, NULL, true}, "starttls.timeout"},
        {STARTTLS_SMTP,
         {{HELLO, OFFER, "220 go\r\n"}, NULL, true},
         "tls.timeout"},
        {STARTTLS_SMTP,
         {{HELLO, OFFER, "220 go\r\n", "250 in clear\r\n"}, NULL, false},
         "tls.handshake"},
    };
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bed.spec.timeout_ns =
            rows[i].words.holds ? 300 * NS_PER_MS : 5 * NS_PER_S;
        run(&bed, rows[i].kind, &rows[i].words, rows[i].reason);
        if (str_eq(rows[i].reason, "none")) {
            assert_true(bed.result->us[PHASE_WAIT] >= 0);
            assert_true(bed.result->us[PHASE_TLS] > 0);
        }
    }
    /* Each version of a scan has its own words. */
    bed.spec.of.endpoint.scan = true;
    run(&bed, STARTTLS_SMTP, &rows[0].words, "none");
    assert_string_equal(check_bed_text(&bed, FACT_TLS_VERSIONS), "1.2 1.3");
    check_bed_close(&bed);
    SSL_CTX_free(ctx);
    pki_free(&leaf);
}

static void
on_told(void *cookie, const struct secure_answer *answer)
{
    int *told = cookie;

    assert_int_equal(answer->reason, REASON_STARTTLS_CLOSED);
    (*told)++;
}

static void
on_turn(void *cookie)
{
    loop_stop(cookie);
}

/* The server is gone before our first word: the failed start and the end of the
 * stream are both there to be told of. */
static void
an_end_is_told_once(void **state)
{
    static char shop[] = "shop.example";
    struct check_bed bed;
    struct check check = {0};
    struct secure *secure;
    int pair[2];
    int told = 0;

    (void)state;
    check_bed_open(&bed, SPEC_TLS, world.root_pem);
    bed.spec.of.endpoint.host = shop;
    bed.spec.of.endpoint.starttls = STARTTLS_POSTGRES;
    check.engine = bed.engine;
    check.spec = &bed.spec;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    (void)close(pair[1]);
    secure = secure_start(&check, pair[0], 0, on_told, &told);
    assert_non_null(secure);
    assert_int_equal(told, 0);
    on_readable(secure, pair[0], LOOP_READ);
    (void)loop_timer_start(bed.loop, 0, on_turn, bed.loop);
    loop_run(bed.loop);
    assert_int_equal(told, 1);
    secure_cancel(secure);
    (void)close(pair[0]);
    check_bed_close(&bed);
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
        cmocka_unit_test(words_and_then_tls),
        cmocka_unit_test(an_end_is_told_once),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
