/*
 * One question to one server:
 *
 *   1. a datagram from a fresh port with a random id, sent again after 1 s and
 *      3 s: lost datagrams are the network's ordinary behaviour, and sending
 *      again inside the deadline is one question still (fact dns_resent);
 *   2. datagrams with another id or question are not for us and are ignored:
 *      only when nothing else comes do they become the reason;
 *   3. an answer that says it was cut is asked for again over TCP;
 *   4. the answer is judged: its rcode (unless an expectation asks for it), its
 *      aliases, and without `expect` whether it has a record of the type.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/dial.h"
#include "checks/dns_codec.h"
#include "checks/engine_priv.h"
#include "checks/spec.h"

#define DNS_PORT      53
#define QUERY_MAX     300 /* header, name, question, EDNS */
#define RESEND_NS     NS_PER_S
#define RESENDS_MAX   2
#define LENGTH_BYTES  2 /* before a message over TCP */
#define DATAGRAM_MAX  4096
#define DATAGRAMS_MAX 1000 /* read of one run: a flood ends it */

struct dns_run {
    struct addr server;
    uint16_t id;
    uint16_t type;
    struct dns_name name;
    struct buf query;
    int fd;
    struct loop_watch *watch;
    struct loop_timer *resend;
    struct dial *dial;
    mono_t sent;
    int resent;
    int datagrams;
    int mismatches;
    bool is_tcp;
    size_t written; /* of the query over TCP */
    struct buf answer;
    struct dns_message message;
};

static void
fail_socket(struct check *check, const char *what)
{
    enum reason reason = dial_reason(errno);

    check_fail(check,
               reason == REASON_LOCAL_LIMIT ? reason : REASON_DNS_UNREACHABLE,
               "%s: %s", what, strerror(errno));
}

static void
close_socket(struct dns_run *run)
{
    loop_watch_cancel(run->watch);
    run->watch = NULL;
    loop_timer_cancel(run->resend);
    run->resend = NULL;
    if (run->fd >= 0)
        (void)close(run->fd);
    run->fd = -1;
}

/* --- judging --- */

static const struct {
    int rcode;
    enum reason reason;
} RCODES[] = {
    {DNS_FORMERR, REASON_DNS_FORMERR},   {DNS_SERVFAIL, REASON_DNS_SERVFAIL},
    {DNS_NXDOMAIN, REASON_DNS_NXDOMAIN}, {DNS_NOTIMP, REASON_DNS_NOTIMP},
    {DNS_REFUSED, REASON_DNS_REFUSED},
};

static enum reason
reason_of_rcode(int rcode)
{
    for (size_t i = 0; i < sizeof(RCODES) / sizeof(RCODES[0]); i++)
        if (RCODES[i].rcode == rcode)
            return RCODES[i].reason;
    return REASON_DNS_SERVFAIL;
}

/* The alias of `name` in the answer; false: it has none. */
static bool
get_alias(const struct dns_message *m, struct dns_name *name)
{
    for (size_t i = 0; i < m->record_count; i++) {
        const struct dns_record *record = &m->record[i];
        struct dns_name owner;

        if (record->section == DNS_IN_ANSWER && record->type == DNS_CNAME &&
            dns_codec_get_owner(m, record, &owner) == 0 &&
            dns_name_eq(&owner, name))
            return dns_codec_get_target(m, record, name) == 0;
    }
    return false;
}

/* Aliases that never end: more steps than there are records. */
static bool
has_loop(const struct dns_run *run)
{
    struct dns_name name = run->name;
    size_t steps = 0;

    if (run->type == DNS_CNAME)
        return false;
    while (get_alias(&run->message, &name))
        if (++steps > run->message.record_count)
            return true;
    return false;
}

static void
judge_answer(struct check *check)
{
    const struct dns_run *run = check->state;
    const struct dns_head *head = &run->message.head;
    const char *name = check->spec->of.dns.name;
    char text[DNS_TYPE_TEXT];

    check->look.seen.dns = &run->message;
    if (head->rcode != DNS_NOERROR && !check_asks(check, "rcode"))
        check_fail(check, reason_of_rcode(head->rcode), "%s answers %s for %s",
                   check->look.seen.server,
                   dns_type_format_rcode(text, head->rcode), name);
    else if (has_loop(run))
        check_fail(check, REASON_DNS_CNAME_LOOP,
                   "the aliases of %s run in a circle", name);
    else
        check_end(check);
}

static void
judge(struct check *check)
{
    const struct dns_run *run = check->state;
    const struct dns_head *head = &run->message.head;
    const struct spec_dns *dns = &check->spec->of.dns;

    if (run->message.answers > 0)
        return;
    if (!head->aa && !head->ra)
        look_fault(&check->look, REASON_DNS_LAME,
                   "%s is neither responsible for %s nor asks on",
                   check->look.seen.server, dns->name);
    else
        look_fault(&check->look, REASON_DNS_NODATA, "%s has no %s record",
                   dns->name, dns->record);
}

/* --- taking answers --- */

/* True when the decoded message answers our question. */
static bool
is_ours(const struct dns_run *run)
{
    const struct dns_head *head = &run->message.head;

    if (!head->is_response || head->id != run->id || head->opcode != 0)
        return false;
    /* A server that did not understand may leave the question out. */
    if (!head->has_question)
        return head->rcode != DNS_NOERROR && head->rcode != DNS_NXDOMAIN;
    return head->type == run->type && head->class == DNS_CLASS_IN &&
           dns_name_eq(&head->name, &run->name);
}

static void
see_answer(struct check *check)
{
    struct dns_run *run = check->state;
    mono_t now = loop_now(check->engine->loop);

    check->look.us[PHASE_DNS] = clock_since_ns(run->sent, now) / NS_PER_US;
}

static bool
has_our_id(const struct dns_run *run)
{
    struct buf_reader r = buf_reader(run->answer.data, run->answer.len);

    return buf_get_be16(&r) == run->id && !r.failed;
}

static void start_tcp(struct check *check);

/* One datagram; true when the run is over or goes another way. */
static bool
take_datagram(struct check *check)
{
    struct dns_run *run = check->state;
    bool is_message =
        dns_codec_decode(&run->message, run->answer.data, run->answer.len) == 0;

    /* A cut message need not be whole: its head is enough. */
    if (!is_message && !(run->message.head.tc && has_our_id(run))) {
        if (!has_our_id(run)) {
            run->mismatches++;
            return false;
        }
        see_answer(check);
        check_fail(check, REASON_DNS_MALFORMED,
                   "%s sent %zu bytes that are no DNS message",
                   check->look.seen.server, run->answer.len);
        return true;
    }
    if (is_message && !is_ours(run)) {
        run->mismatches++;
        return false;
    }
    if (run->message.head.tc) {
        start_tcp(check);
        return true;
    }
    see_answer(check);
    judge_answer(check);
    return true;
}

static void
on_datagram(void *cookie, int fd, unsigned events)
{
    struct check *check = cookie;
    struct dns_run *run = check->state;
    uint8_t bytes[DATAGRAM_MAX];

    (void)events;
    for (;;) {
        ssize_t got = recv(fd, bytes, sizeof(bytes), 0);

        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got < 0) {
            fail_socket(check, check->look.seen.server);
            return;
        }
        buf_reset(&run->answer);
        buf_add(&run->answer, bytes, (size_t)got);
        if (take_datagram(check))
            return;
        if (++run->datagrams == DATAGRAMS_MAX) {
            check_fail(check, REASON_DNS_MISMATCH,
                       "%d datagrams, none of which answers the question",
                       run->datagrams);
            return;
        }
    }
}

/* --- UDP --- */

static void on_resend(void *cookie);

static int
send_query(struct check *check)
{
    struct dns_run *run = check->state;
    int64_t wait = RESEND_NS << run->resent;

    if (send(run->fd, run->query.data, run->query.len, 0) < 0)
        return -1;
    if (run->resent < RESENDS_MAX)
        run->resend =
            loop_timer_start(check->engine->loop, wait, on_resend, check);
    return 0;
}

static void
on_resend(void *cookie)
{
    struct check *check = cookie;
    struct dns_run *run = check->state;

    run->resend = NULL;
    run->resent++;
    check->look.seen.resent = run->resent;
    if (send_query(check) < 0)
        fail_socket(check, check->look.seen.server);
}

static void
start_udp(struct check *check)
{
    struct dns_run *run = check->state;

    check->look.seen.transport = "udp";
    run->sent = loop_now(check->engine->loop);
    run->fd = socket(run->server.ss.ss_family,
                     SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (run->fd < 0 ||
        connect(run->fd, (const struct sockaddr *)&run->server.ss,
                run->server.len) < 0 ||
        send_query(check) < 0) {
        fail_socket(check, check->look.seen.server);
        return;
    }
    run->watch = loop_watch_start(check->engine->loop, run->fd, LOOP_READ,
                                  on_datagram, check);
    if (run->watch == NULL)
        fail_socket(check, "epoll");
}

/* --- TCP --- */

static void
fail_tcp(struct check *check, const char *why)
{
    check_fail(check, REASON_DNS_TRUNCATED,
               "%s cut its answer, and TCP did not give the rest: %s",
               check->look.seen.server, why);
}

/* What has come is a whole message, length before it. */
static bool
is_whole(const struct dns_run *run)
{
    struct buf_reader r = buf_reader(run->answer.data, run->answer.len);
    size_t len = buf_get_be16(&r);

    return !r.failed && r.left >= len;
}

static void
take_stream(struct check *check)
{
    struct dns_run *run = check->state;
    struct buf_reader r = buf_reader(run->answer.data, run->answer.len);
    size_t len = buf_get_be16(&r);
    const uint8_t *bytes = buf_get(&r, len);

    if (bytes == NULL || dns_codec_decode(&run->message, bytes, len) < 0) {
        check_fail(check, REASON_DNS_MALFORMED,
                   "%s sent over TCP what is no DNS message",
                   check->look.seen.server);
        return;
    }
    if (!is_ours(run)) {
        check_fail(check, REASON_DNS_MISMATCH,
                   "%s answered another question over TCP",
                   check->look.seen.server);
        return;
    }
    see_answer(check);
    judge_answer(check);
}

/* Writes what is left of the query; true when it is out. */
static bool
write_query(struct check *check)
{
    struct dns_run *run = check->state;
    uint8_t bytes[LENGTH_BYTES + QUERY_MAX];
    size_t len = run->query.len + LENGTH_BYTES;
    ssize_t put;

    bytes[0] = (uint8_t)(run->query.len >> 8);
    bytes[1] = (uint8_t)run->query.len;
    memcpy(bytes + LENGTH_BYTES, run->query.data, run->query.len);
    put = send(run->fd, bytes + run->written, len - run->written, MSG_NOSIGNAL);
    if (put > 0)
        run->written += (size_t)put;
    return run->written == len;
}

static void
on_stream(void *cookie, int fd, unsigned events)
{
    struct check *check = cookie;
    struct dns_run *run = check->state;
    uint8_t bytes[DATAGRAM_MAX];
    ssize_t got;

    if (events & LOOP_WRITE && write_query(check))
        loop_watch_set(run->watch, LOOP_READ);
    got = recv(fd, bytes, sizeof(bytes), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        fail_tcp(check, got == 0 ? "the connection closed" : strerror(errno));
        return;
    }
    buf_add(&run->answer, bytes, (size_t)got);
    if (is_whole(run) || run->answer.failed)
        take_stream(check);
}

static void
on_connected(void *cookie, const struct dial_answer *answer)
{
    struct check *check = cookie;
    struct dns_run *run = check->state;

    run->fd = answer->fd;
    if (answer->reason != REASON_NONE) {
        fail_tcp(check, answer->message);
        return;
    }
    run->watch = loop_watch_start(check->engine->loop, run->fd,
                                  LOOP_READ | LOOP_WRITE, on_stream, check);
    if (run->watch == NULL)
        fail_socket(check, "epoll");
}

static void
start_tcp(struct check *check)
{
    struct dns_run *run = check->state;

    close_socket(run);
    buf_reset(&run->answer);
    run->is_tcp = true;
    check->look.seen.truncated = true;
    check->look.seen.transport = "tcp";
    run->dial = dial_start(check, &run->server, 1, on_connected, check);
    if (run->dial == NULL)
        fail_socket(check, "TCP");
}

/* --- the run --- */

/* Whom to ask: the first of `ask`.  False: it is none this machine knows. */
static bool
set_server(struct check *check, struct addr *server)
{
    const struct spec_list *ask = &check->spec->of.dns.ask;
    const char *first = ask->count > 0 ? ask->item[0] : "system";
    struct addr_policy policy = {
        (const char *const *)check->spec->net.allow.item,
        check->spec->net.allow.count};

    if (str_eq(first, "system")) {
        *server = check->engine->server[0];
    } else if (addr_parse(server, first, DNS_PORT) < 0) {
        check_fail(check, REASON_LOCAL_CONFIG,
                   "`%s` is no address to ask; write IP or IP:PORT", first);
        return false;
    }
    (void)addr_format(check->look.seen.server, server);
    (void)addr_format_ip(check->look.seen.ip, server);
    if (addr_allowed(&policy, server))
        return true;
    check_fail(check, REASON_POLICY_BLOCKED,
               "the address policy forbids %s; if it is meant, add it to "
               "`allow`",
               check->look.seen.ip);
    return false;
}

static void
start(struct check *check)
{
    const struct spec_dns *dns = &check->spec->of.dns;
    struct dns_run *run = str_xcalloc(1, sizeof(*run));
    struct dns_question question = {.recurse = true, .udp_size = 1232};

    check->state = run;
    run->fd = -1;
    buf_init(&run->query, QUERY_MAX);
    buf_init(&run->answer, LENGTH_BYTES + DNS_MESSAGE_MAX + DATAGRAM_MAX);
    run->type = dns_type_parse(dns->record);
    question.type = run->type;
    digest_random(&run->id, sizeof(run->id));
    (void)dns_name_parse(&question.name, dns->name);
    if (run->type == 0 || dns_name_parse(&run->name, dns->name) < 0 ||
        dns_codec_encode_query(&run->query, run->id, &question) < 0) {
        check_fail(check, REASON_LOCAL_CONFIG,
                   "%s %s is no question a DNS message can hold", dns->name,
                   dns->record);
        return;
    }
    if (set_server(check, &run->server))
        start_udp(check);
}

static void
expire(struct check *check)
{
    const struct dns_run *run = check->state;

    if (run->is_tcp)
        fail_tcp(check, "the time was over");
    else if (run->mismatches > 0)
        check_fail(check, REASON_DNS_MISMATCH,
                   "%s sent %d datagrams, none of which answers the question",
                   check->look.seen.server, run->mismatches);
    else
        check_fail(check, REASON_DNS_TIMEOUT,
                   "no answer from %s, asked %d "
                   "times",
                   check->look.seen.server, run->resent + 1);
}

static void
cancel(struct check *check)
{
    struct dns_run *run = check->state;

    close_socket(run);
    dial_cancel(run->dial);
    buf_free(&run->query);
    buf_free(&run->answer);
    free(run);
}

const struct check_kind dns_check = {start, expire, cancel, judge};
