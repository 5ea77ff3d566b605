#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mail.c"

#include "base/trust.h"
#include "tests/lib/pki.h"
#include "tests/lib/tiny_server.h"

#define SECOND NS_PER_S

/* How the sink answers, and what it heard.  It speaks just enough SMTP. */
struct sink {
    const char *mail; /* reply to MAIL; NULL: 250 */
    const char *rcpt;
    const char *data;  /* reply to the whole message */
    const char *greet; /* instead of 220 */
    bool has_starttls;
    bool has_auth;
    SSL_CTX *ctx; /* of STARTTLS */
    char commands[2000];
    char message[4000];
};

static struct sink sink;

/* One line without its CR LF; false at the end. */
static bool
sink_hear(struct tiny_conn *conn, char *line, size_t cap)
{
    size_t len = 0;

    while (len < cap - 1 && tiny_read(conn, line + len, 1) == 1) {
        if (line[len++] == '\n')
            break;
    }
    line[len] = '\0';
    if (len < 2 || line[len - 1] != '\n')
        return false;
    line[len - 2] = '\0';
    return true;
}

static void
hear_message(struct tiny_conn *conn)
{
    char line[1100];

    tiny_say(conn, "354 go on\r\n");
    while (sink_hear(conn, line, sizeof line) && strcmp(line, ".") != 0) {
        strncat(sink.message, line,
                sizeof sink.message - strlen(sink.message) - 1);
        strncat(sink.message, "\n",
                sizeof sink.message - strlen(sink.message) - 1);
    }
    tiny_say(conn, sink.data ? sink.data : "250 queued\r\n");
}

static void
say_features(struct tiny_conn *conn)
{
    tiny_say(conn, "250-sink\r\n");
    if (sink.has_starttls && conn->ssl == NULL)
        tiny_say(conn, "250-STARTTLS\r\n");
    if (sink.has_auth)
        tiny_say(conn, "250-AUTH PLAIN\r\n");
    tiny_say(conn, "250 8BITMIME\r\n");
}

/* False when the talk is over. */
static bool
reply(struct tiny_conn *conn, const char *line)
{
    if (strncmp(line, "EHLO", 4) == 0) {
        say_features(conn);
    } else if (strncmp(line, "STARTTLS", 8) == 0) {
        tiny_say(conn, "220 go\r\n");
        conn->ssl = SSL_new(sink.ctx);
        SSL_set_fd(conn->ssl, conn->fd);
        return SSL_accept(conn->ssl) == 1;
    } else if (strncmp(line, "AUTH", 4) == 0) {
        /* NUL me NUL pw */
        tiny_say(conn, strstr(line, " AG1lAHB3") ? "235 ok\r\n" : "535 no\r\n");
    } else if (strncmp(line, "MAIL", 4) == 0) {
        tiny_say(conn, sink.mail ? sink.mail : "250 ok\r\n");
    } else if (strncmp(line, "RCPT", 4) == 0) {
        tiny_say(conn, sink.rcpt ? sink.rcpt : "250 ok\r\n");
    } else if (strcmp(line, "DATA") == 0) {
        hear_message(conn);
    } else {
        tiny_say(conn, "221 bye\r\n");
        return false;
    }
    return true;
}

static void
serve_smtp(struct tiny_conn *conn)
{
    char line[1100];

    tiny_say(conn, sink.greet ? sink.greet : "220 sink\r\n");
    while (sink_hear(conn, line, sizeof line)) {
        strncat(sink.commands, line,
                sizeof sink.commands - strlen(sink.commands) - 2);
        strcat(sink.commands, "\n");
        if (!reply(conn, line))
            break;
    }
}

struct post {
    struct loop *loop;
    struct tiny tiny;
    struct fetcher *fetcher;
    struct resolver *resolver;
    int count;
    enum mail_outcome outcome;
    char detail[MAIL_TALK_DETAIL_MAX];
};

static void
on_done(void *cookie, enum mail_outcome outcome, const char *detail)
{
    struct post *post = cookie;

    post->count++;
    post->outcome = outcome;
    str_copy(post->detail, sizeof post->detail, detail);
    loop_stop(post->loop);
}

static void
post_open(struct post *post, struct trust *trust, SSL_CTX *ctx)
{
    memset(post, 0, sizeof *post);
    memset(sink.commands, 0, sizeof sink.commands);
    memset(sink.message, 0, sizeof sink.message);
    post->loop = loop_create();
    post->fetcher =
        fetcher_create(post->loop, &(struct fetcher_opts){.trust = trust});
    post->resolver = resolver_create(post->loop, NULL);
    post->tiny.serve = serve_smtp;
    post->tiny.ctx = ctx;
    tiny_start(&post->tiny);
}

static void
post_close(struct post *post)
{
    resolver_free(post->resolver);
    fetcher_free(post->fetcher);
    loop_free(post->loop);
    tiny_stop(&post->tiny);
}

static const char text[] =
    "From: a@b.example\r\nSubject: down\r\n\r\n.dots\r\nbody\r\n";

static void
post_mail(struct post *post, const char *scheme, struct mail_opts opts)
{
    struct call_net net = {post->fetcher, post->resolver, NULL};
    char server[64];

    snprintf(server, sizeof server, "%s://localhost:%u", scheme,
             post->tiny.port);
    if (opts.server == NULL)
        opts.server = server;
    if (opts.from == NULL)
        opts.from = "picket@b.example";
    if (opts.to == NULL)
        opts.to = "oncall@b.example";
    if (opts.timeout_ns == 0)
        opts.timeout_ns = 10 * SECOND;
    opts.message = text;
    opts.message_len = sizeof text - 1;
    post->count = 0;
    assert_non_null(mail_start(&net, &opts, on_done, post));
    assert_int_equal(post->count, 0);
    loop_run(post->loop);
    assert_int_equal(post->count, 1);
}

static void
a_message_is_handed_over(void **state)
{
    struct post post;
    (void)state;

    sink = (struct sink){0};
    post_open(&post, NULL, NULL);
    post_mail(&post, "smtp", (struct mail_opts){0});
    post_close(&post);
    assert_int_equal(post.outcome, MAIL_ACCEPTED);
    assert_non_null(strstr(sink.commands, "MAIL FROM:<picket@b.example>"));
    assert_non_null(strstr(sink.commands, "RCPT TO:<oncall@b.example>"));
    /* The dot is doubled on the way, as RFC 5321 4.5.2 asks. */
    assert_string_equal(sink.message,
                        "From: a@b.example\nSubject: down\n\n..dots\nbody\n");
}

static void
the_servers_word_decides(void **state)
{
    static const struct {
        struct sink sink;
        enum mail_outcome outcome;
    } cases[] = {
        {{.rcpt = "550 nobody\r\n"}, MAIL_REFUSED},
        {{.rcpt = "450 busy\r\n"}, MAIL_LATER},
        {{.mail = "552 too big\r\n"}, MAIL_REFUSED},
        {{.data = "554 spam\r\n"}, MAIL_REFUSED},
        {{.data = "451 later\r\n"}, MAIL_LATER},
        {{.greet = "421 closing\r\n"}, MAIL_LATER},
        {{.greet = "554 go away\r\n"}, MAIL_LATER},
        {{.greet = "HTTP/1.1 400\r\n"}, MAIL_LATER},
    };

    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct post post;

        sink = cases[i].sink;
        post_open(&post, NULL, NULL);
        post_mail(&post, "smtp", (struct mail_opts){0});
        post_close(&post);
        if (post.outcome != cases[i].outcome)
            print_message("case %zu: %s\n", i, post.detail);
        assert_int_equal(post.outcome, cases[i].outcome);
        assert_int_not_equal(post.detail[0], '\0');
    }
}

static void
credentials_are_shown_when_asked(void **state)
{
    struct post post;
    (void)state;

    sink = (struct sink){.has_auth = true};
    post_open(&post, NULL, NULL);
    post_mail(&post, "smtp",
              (struct mail_opts){.user = "me", .password = "pw"});
    assert_int_equal(post.outcome, MAIL_ACCEPTED);
    post_mail(&post, "smtp",
              (struct mail_opts){.user = "me", .password = "wrong"});
    assert_int_equal(post.outcome, MAIL_REFUSED);
    assert_null(strstr(post.detail, "wrong"));
    post_close(&post);
}

static void
nothing_goes_in_clear_where_tls_was_asked(void **state)
{
    struct post post;
    struct pki ca = {0};
    struct pki leaf = {0};
    struct trust *trust;
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    char why[100];
    char *pem;
    (void)state;

    pki_make(&ca, NULL, &(struct pki_opts){.name = "ca", .is_ca = true});
    pki_make(&leaf, &ca,
             &(struct pki_opts){.name = "x", .san = "DNS:localhost"});
    SSL_CTX_use_certificate(ctx, leaf.cert);
    SSL_CTX_use_PrivateKey(ctx, leaf.key);
    pem = pki_pem(&ca);
    trust = trust_create("", pem, why, sizeof why);

    /* A server that does not offer it (or somebody who took it away). */
    sink = (struct sink){0};
    post_open(&post, trust, NULL);
    post_mail(&post, "smtp+starttls", (struct mail_opts){0});
    post_close(&post);
    assert_int_equal(post.outcome, MAIL_LATER);
    assert_null(strstr(sink.commands, "MAIL"));

    sink = (struct sink){.has_starttls = true, .ctx = ctx};
    post_open(&post, trust, NULL);
    post_mail(&post, "smtp+starttls", (struct mail_opts){0});
    post_close(&post);
    assert_int_equal(post.outcome, MAIL_ACCEPTED);
    assert_non_null(strstr(sink.commands, "STARTTLS"));

    /* A certificate that nobody we trust has signed. */
    post_open(&post, NULL, NULL);
    post_mail(&post, "smtp+starttls", (struct mail_opts){0});
    post_close(&post);
    assert_int_equal(post.outcome, MAIL_LATER);
    assert_null(strstr(sink.commands, "MAIL"));

    sink = (struct sink){0};
    post_open(&post, trust, ctx);
    post_mail(&post, "smtps", (struct mail_opts){0});
    post_close(&post);
    assert_int_equal(post.outcome, MAIL_ACCEPTED);

    SSL_CTX_free(ctx);
    trust_free(trust);
    free(pem);
    pki_free(&leaf);
    pki_free(&ca);
}

static void
what_would_break_a_command_is_refused(void **state)
{
    static const char *const bad[] = {"a@b\r\nRCPT TO:<c@d>", "a@b>", "",
                                      "a b@c", "a@b\n"};
    struct post post;
    size_t i;
    (void)state;

    sink = (struct sink){0};
    post_open(&post, NULL, NULL);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        post_mail(&post, "smtp", (struct mail_opts){.to = bad[i]});
        assert_int_equal(post.outcome, MAIL_REFUSED);
        post_mail(&post, "smtp", (struct mail_opts){.from = bad[i]});
        assert_int_equal(post.outcome, MAIL_REFUSED);
    }
    post_mail(&post, "smtp", (struct mail_opts){.server = "http://a/"});
    assert_int_equal(post.outcome, MAIL_REFUSED);
    assert_non_null(strstr(post.detail, "smtp://"));
    assert_int_equal(post.tiny.accepted, 0);
    post_close(&post);
}

/* Somebody on the way slips words in before TLS, to be read after it. */
static void
serve_injected(struct tiny_conn *conn)
{
    char line[1100];

    tiny_say(conn, "220 sink\r\n");
    sink_hear(conn, line, sizeof line);
    tiny_say(conn, "250 STARTTLS\r\n");
    sink_hear(conn, line, sizeof line);
    tiny_say(conn, "220 go\r\n250 injected\r\n");
    tiny_hold(conn);
}

static void
words_before_tls_end_it(void **state)
{
    struct post post;
    (void)state;

    post_open(&post, NULL, NULL);
    post.tiny.serve = serve_injected;
    post_mail(&post, "smtp+starttls", (struct mail_opts){0});
    assert_int_equal(post.outcome, MAIL_LATER);
    assert_non_null(strstr(post.detail, "before TLS"));
    post_close(&post);
}

static void
serve_endless(struct tiny_conn *conn)
{
    char many[4096];

    memset(many, '2', sizeof many);
    tiny_write(conn, many, sizeof many);
    tiny_hold(conn);
}

static void
an_endless_line_is_bounded(void **state)
{
    struct post post;
    (void)state;

    post_open(&post, NULL, NULL);
    post.tiny.serve = serve_endless;
    post_mail(&post, "smtp", (struct mail_opts){0});
    assert_int_equal(post.outcome, MAIL_LATER);
    assert_non_null(strstr(post.detail, "no end"));
    post_close(&post);
}

static void
serve_silence(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

static void
stop(void *cookie)
{
    loop_stop(cookie);
}

static void
deadline_and_cancel(void **state)
{
    struct post post;
    struct call_net net;
    struct mail_opts opts = {.server = "smtp://127.0.0.1:1",
                             .from = "a@b",
                             .to = "c@d",
                             .message = text,
                             .message_len = 4,
                             .timeout_ns = SECOND};
    (void)state;

    sink = (struct sink){0};
    post_open(&post, NULL, NULL);
    post.tiny.serve = serve_silence;
    post_mail(&post, "smtp", (struct mail_opts){.timeout_ns = SECOND / 5});
    assert_int_equal(post.outcome, MAIL_LATER);
    assert_non_null(strstr(post.detail, "in time"));
    net = (struct call_net){post.fetcher, post.resolver, NULL};
    mail_cancel(mail_start(&net, &opts, on_done, &post));
    mail_cancel(NULL);
    loop_timer_start(post.loop, SECOND / 20, stop, post.loop);
    loop_run(post.loop);
    assert_int_equal(post.count, 1);
    /* Nobody listens there. */
    post_mail(&post, "smtp", (struct mail_opts){.server = opts.server});
    assert_int_equal(post.outcome, MAIL_LATER);
    post_close(&post);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_handed_over),
        cmocka_unit_test(the_servers_word_decides),
        cmocka_unit_test(credentials_are_shown_when_asked),
        cmocka_unit_test(nothing_goes_in_clear_where_tls_was_asked),
        cmocka_unit_test(what_would_break_a_command_is_refused),
        cmocka_unit_test(words_before_tls_end_it),
        cmocka_unit_test(an_endless_line_is_bounded),
        cmocka_unit_test(deadline_and_cancel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
