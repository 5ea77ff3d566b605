/* Every item of `ask` on its way; `authoritative` is in tests/e2e, as a zone's
 * servers are at port 53. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_panel.c"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checks/engine.h"
#include "tests/lib/dns_stage.h"

static const struct stage_row ROWS[] = {
    {0, "ns.example", 1, 0, false, {{STAGE_AN, "ns.example", 1, "127.0.0.12"}}},
    {0, "ns.example", 28, 0, false, {{0}}},
    {0, "none.example", 1, 3, false, {{0}}},
    {0, "none.example", 28, 3, false, {{0}}},
    {0,
     "www.example",
     1,
     0,
     false,
     {{STAGE_AN, "www.example", 1, "192.0.2.1"}}},
    {1, "www.example", 1, 0, true, {{STAGE_AN, "www.example", 1, "192.0.2.2"}}},
    {2, "www.example", 1, 0, true, {{STAGE_AN, "www.example", 1, "192.0.2.3"}}},
};

struct bed {
    struct loop *loop;
    struct engine *engine;
    struct stage stage;
    struct spec spec;
    char *item[8];
    char text[8][64];
    struct dns_panel *panel;
    int told;
    const struct dns_panel_answer *answer;
};

static void
on_panel(void *cookie, struct dns_panel_answer *answer)
{
    struct bed *bed = cookie;

    bed->told++;
    bed->answer = answer;
    loop_stop(bed->loop);
}

static void
open_bed(struct bed *bed)
{
    static char name[] = "www.example";
    static char record[] = "A";
    char resolver[32];

    memset(bed, 0, sizeof(*bed));
    stage_open(&bed->stage, ROWS, sizeof(ROWS) / sizeof(ROWS[0]));
    bed->loop = loop_create();
    bed->engine = engine_create(&(struct engine_opts){
        .loop = bed->loop, .resolvers = stage_at(&bed->stage, 0, resolver)});
    bed->spec.kind = SPEC_DNS;
    bed->spec.timeout_ns = 2 * NS_PER_S;
    bed->spec.of.dns = (struct spec_dns){.name = name,
                                         .record = record,
                                         .udp_size = 1232,
                                         .recurse = true,
                                         .ask = {bed->item, 0}};
}

static void
close_bed(struct bed *bed)
{
    dns_panel_cancel(bed->panel);
    engine_free(bed->engine);
    loop_free(bed->loop);
    stage_close(&bed->stage);
}

/* `%u` in the item is the port. */
static void
add(struct bed *bed, const char *item)
{
    size_t i = bed->spec.of.dns.ask.count++;
    size_t port = strcspn(item, "%");

    (void)snprintf(bed->text[i], sizeof(bed->text[i]), "%.*s", (int)port, item);
    if (item[port] != '\0')
        (void)snprintf(bed->text[i] + port, 10, "%u", bed->stage.port);
    bed->item[i] = bed->text[i];
}

static void
start_panel(struct bed *bed)
{
    struct dns_panel_opts opts = {.spec = &bed->spec};

    bed->panel = dns_panel_start(bed->engine, &opts, on_panel, bed);
    assert_non_null(bed->panel);
    assert_int_equal(bed->told, 0);
}

static void
every_server_answers_for_itself(void **state)
{
    struct bed bed;
    const struct dns_seen_server *server;
    char label[100];

    (void)state;
    open_bed(&bed);
    add(&bed, "system");
    add(&bed, "127.0.0.11:%u");
    add(&bed, "ns.example:%u");
    add(&bed, "none.example");
    start_panel(&bed);
    loop_run(bed.loop);
    assert_int_equal(bed.told, 1);
    assert_string_equal(bed.answer->message, "");
    assert_int_equal(bed.answer->seen.count, 4);
    for (size_t i = 0; i < 4; i++) {
        server = &bed.answer->seen.server[i];
        if (strstr(server->label, "none.example") != NULL) {
            assert_int_equal(server->reason, REASON_DNS_UNREACHABLE);
            assert_string_equal(server->message,
                                "the server none.example does not exist");
            continue;
        }
        assert_int_equal(server->reason, REASON_NONE);
        assert_int_equal(server->reply->answers, 1);
        if (strstr(server->label, "ns.example") == NULL)
            continue;
        (void)snprintf(label, sizeof(label), "ns.example (127.0.0.12:%u)",
                       bed.stage.port);
        assert_string_equal(server->label, label);
        assert_string_equal(server->ip, "127.0.0.12");
    }
    close_bed(&bed);
}

/* `first`, then the stage's server `second`, are the system's. */
static const struct dns_seen_server *
ask_system(struct bed *bed, const char *first, int second)
{
    char last[32];
    char list[100];

    engine_free(bed->engine);
    (void)snprintf(list, sizeof(list), "%s,%s", first,
                   stage_at(&bed->stage, second, last));
    bed->engine = engine_create(
        &(struct engine_opts){.loop = bed->loop, .resolvers = list});
    bed->spec.timeout_ns = 400 * NS_PER_MS;
    add(bed, "system");
    start_panel(bed);
    loop_run(bed->loop);
    assert_int_equal(bed->answer->seen.count, 1);
    return &bed->answer->seen.server[0];
}

/* A socket that is bound, and never read. */
static int
open_silence(char to[32])
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    (void)snprintf(to, 32, "127.0.0.1:%u", ntohs(at.sin_port));
    return fd;
}

static void
the_next_name_server_is_asked(void **state)
{
    char silent[32];
    char refuses[32];
    int fd = open_silence(silent);

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct bed bed;
        const struct dns_seen_server *server;

        open_bed(&bed);
        (void)stage_at(&bed.stage, 3, refuses);
        server = ask_system(&bed,
                            i == 0   ? silent
                            : i == 1 ? refuses
                                     : "127.0.0.1:1",
                            0);
        assert_int_equal(server->reason, REASON_NONE);
        assert_string_equal(server->ip, "127.0.0.10");
        assert_int_equal(server->passed, 1);
        assert_int_equal(server->reply->answers, 1);
        close_bed(&bed);
    }
    close(fd);
}

static void
the_last_name_server_speaks_for_all(void **state)
{
    const struct dns_seen_server *server;
    struct bed bed;
    char silent[32];
    int fd = open_silence(silent);

    (void)state;
    open_bed(&bed);
    server = ask_system(&bed, "127.0.0.1:1", 3);
    assert_int_equal(server->reply->head.rcode, DNS_REFUSED);
    assert_int_equal(server->passed, 1);
    close_bed(&bed);
    open_bed(&bed);
    engine_free(bed.engine);
    bed.engine = engine_create(&(struct engine_opts){
        .loop = bed.loop, .resolvers = "127.0.0.1:1,127.0.0.1:2"});
    bed.spec.timeout_ns = NS_PER_S;
    add(&bed, "system");
    start_panel(&bed);
    loop_run(bed.loop);
    server = &bed.answer->seen.server[0];
    assert_non_null(strstr(server->message, "1 name server before it"));
    close_bed(&bed);
    /* The time is over while the first is asked: it is the one that failed. */
    open_bed(&bed);
    engine_free(bed.engine);
    bed.engine = engine_create(
        &(struct engine_opts){.loop = bed.loop, .resolvers = silent});
    add(&bed, "system");
    start_panel(&bed);
    dns_panel_expire(bed.panel);
    assert_int_equal(bed.answer->seen.server[0].reason, REASON_DNS_TIMEOUT);
    assert_int_equal(bed.answer->seen.server[0].passed, 0);
    close_bed(&bed);
    close(fd);
}

static void
one_server_by_two_names_is_one(void **state)
{
    struct bed bed;

    (void)state;
    open_bed(&bed);
    add(&bed, "127.0.0.12:%u");
    add(&bed, "ns.example:%u");
    add(&bed, "tcp://127.0.0.12:%u"); /* over TCP it may say something else */
    start_panel(&bed);
    loop_run(bed.loop);
    assert_int_equal(bed.answer->seen.count, 2);
    close_bed(&bed);
}

static void
what_the_policy_refuses(void **state)
{
    struct bed bed;

    (void)state;
    open_bed(&bed);
    add(&bed, "169.254.169.254");
    start_panel(&bed);
    loop_run(bed.loop);
    assert_int_equal(bed.answer->reason, REASON_POLICY_BLOCKED);
    assert_non_null(strstr(bed.answer->message, "169.254.169.254"));
    close_bed(&bed);
}

static void
what_is_no_question_or_server(void **state)
{
    static char odd[] = "ANY";
    struct bed bed;

    (void)state;
    open_bed(&bed);
    add(&bed, "quic://x");
    start_panel(&bed);
    loop_run(bed.loop);
    assert_int_equal(bed.answer->reason, REASON_LOCAL_CONFIG);
    close_bed(&bed);
    open_bed(&bed);
    bed.spec.of.dns.record = odd;
    add(&bed, "system");
    start_panel(&bed);
    loop_run(bed.loop);
    assert_int_equal(bed.answer->reason, REASON_LOCAL_CONFIG);
    close_bed(&bed);
}

static void
expired_and_cancelled(void **state)
{
    struct bed bed;

    (void)state;
    for (int way = 0; way < 2; way++) {
        open_bed(&bed);
        add(&bed, "system");
        add(&bed, "ns.example:%u");
        add(&bed, "authoritative");
        start_panel(&bed);
        if (way == 0) {
            dns_panel_expire(bed.panel);
            assert_int_equal(bed.answer->seen.count, 2);
            assert_int_equal(bed.answer->reason, REASON_DNS_TIMEOUT);
        }
        assert_int_equal(bed.told, way == 0);
        close_bed(&bed);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_server_answers_for_itself),
        cmocka_unit_test(the_next_name_server_is_asked),
        cmocka_unit_test(the_last_name_server_speaks_for_all),
        cmocka_unit_test(one_server_by_two_names_is_one),
        cmocka_unit_test(what_the_policy_refuses),
        cmocka_unit_test(what_is_no_question_or_server),
        cmocka_unit_test(expired_and_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
