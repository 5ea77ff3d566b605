/*
 * Some echo requests, one after the other, on an unprivileged datagram socket;
 * the kernel hands over the replies to this socket's identifier and the errors
 * that routers send about its packets.
 *
 *   1. the first address that this machine has a way to is taken;
 *   2. a packet is sent every `interval`; each reply is matched by identifier,
 *      sequence and payload, the first one counts, others are counted apart;
 *   3. the run ends when all are answered, or when the last is too late: at the
 *      deadline, or, once some were answered, LATE_NS and twice the slowest
 *      round trip after the last was sent.  So one lost packet of three does
 *      not cost the whole timeout.
 *
 * All lost is down.  Some lost is what the expectations make of it.
 */
#include <errno.h>
#include <time.h> /* for errqueue.h, which wants it */

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/expr.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/evidence_priv.h"
#include "checks/icmp_packet.h"
#include "checks/spec.h"
#include "checks/subject.h"
#include "checks/target.h"

#define LATE_NS   NS_PER_S
#define READS_MAX 64 /* a wake-up: others want their turn */
#define ERROR_MAX 160
#define PERCENT   100

struct icmp_run {
    struct target *target;
    struct addr addr;
    int fd;
    struct loop_watch *watch;
    struct loop_timer *timer; /* the next packet, or the end of waiting */
    struct icmp_packet packet;
    int sent;
    int received;
    int duplicates;
    int foreign; /* packets that answer none of ours */
    int ttl;     /* of the newest reply; -1 */
    mono_t sent_at[SPEC_ICMP_COUNT_MAX];
    int64_t rtt_us[SPEC_ICMP_COUNT_MAX]; /* -1: not answered */
    int64_t min_us, max_us, sum_us;
    char error[ERROR_MAX]; /* the newest that the network reported */
};

/* ---- what is told ---- */

static double
loss_of(const struct icmp_run *run)
{
    return run->sent > 0
               ? (double)(run->sent - run->received) * PERCENT / run->sent
               : 0;
}

static void
add_rtt(struct expr_values *values, const struct icmp_run *run, int64_t us)
{
    if (run->received > 0)
        expr_values_int(values, us * NS_PER_US);
}

static void
find(const struct look *look, int subject, const char *arg,
     struct expr_values *values)
{
    const struct icmp_run *run = look->more_of;
    struct expr_value loss = {.type = EXPR_V_NUM, .is_decimal = true};

    (void)arg;
    if (subject == SUBJECT_LOSS && run->sent > 0) {
        loss.decimal = loss_of(run);
        loss.num = (int64_t)loss.decimal;
        expr_values_add(values, &loss);
    } else if (subject == SUBJECT_RTT) {
        add_rtt(values, run,
                run->received > 0 ? run->sum_us / run->received : 0);
    } else if (subject == SUBJECT_RTT_MIN) {
        add_rtt(values, run, run->min_us);
    } else if (subject == SUBJECT_RTT_MAX) {
        add_rtt(values, run, run->max_us);
    } else if (subject == SUBJECT_TTL && run->ttl >= 0) {
        expr_values_int(values, run->ttl);
    }
}

static void
add_facts(const struct look *look, struct result *result)
{
    const struct icmp_run *run = look->more_of;

    if (run->sent == 0)
        return;
    result_add_int(result, FACT_PACKETS_SENT, run->sent);
    result_add_int(result, FACT_PACKETS_RECEIVED, run->received);
    /* Rounded up: 0 only when none was lost. */
    result_add_int(
        result, FACT_LOSS,
        ((int64_t)(run->sent - run->received) * PERCENT + run->sent - 1) /
            run->sent);
    if (run->received == 0)
        return;
    result_add_int(result, FACT_RTT_US, run->sum_us / run->received);
    result_add_int(result, FACT_RTT_MIN_US, run->min_us);
    result_add_int(result, FACT_RTT_MAX_US, run->max_us);
    if (run->ttl >= 0)
        result_add_int(result, FACT_TTL, run->ttl);
}

static void
add_evidence(const struct look *look, struct evidence *e)
{
    const struct icmp_run *run = look->more_of;
    struct json *j = &e->j;

    if (run->sent == 0)
        return;
    json_obj(j, "icmp");
    json_int(j, "sent", run->sent);
    json_int(j, "received", run->received);
    json_int(j, "duplicates", run->duplicates);
    json_int(j, "foreign", run->foreign);
    json_arr(j, "rtt_ms");
    for (int i = 0; i < run->sent; i++) {
        if (run->rtt_us[i] >= 0)
            json_fixed(j, NULL, run->rtt_us[i], 3);
        else
            json_str(j, NULL, "lost");
    }
    json_end(j);
    if (run->error[0] != '\0')
        json_str(j, "error", run->error);
    json_end(j);
}

static const struct look_more more = {find, add_facts, add_evidence};

/* ---- the end ---- */

static void
stop_waiting(struct icmp_run *run)
{
    loop_watch_cancel(run->watch);
    run->watch = NULL;
    loop_timer_cancel(run->timer);
    run->timer = NULL;
}

static void
conclude(struct check *check)
{
    struct icmp_run *run = check->state;
    char text[ADDR_TEXT_MAX];
    const char *ip = addr_format_ip(text, &run->addr);

    stop_waiting(run);
    if (run->received > 0) {
        look_add_us(&check->look, PHASE_WAIT, run->sum_us / run->received);
        check_end(check);
    } else if (run->error[0] != '\0') {
        check_fail(check, REASON_ICMP_UNREACHABLE, "%s: %s", ip, run->error);
    } else {
        check_fail(check, REASON_ICMP_TIMEOUT,
                   "%d packet%s to %s, and no reply", run->sent,
                   run->sent == 1 ? "" : "s", ip);
    }
}

static void
on_late(void *cookie)
{
    struct check *check = cookie;
    struct icmp_run *run = check->state;

    run->timer = NULL;
    conclude(check);
}

/* ---- replies ---- */

static void
keep_reply(struct icmp_run *run, uint16_t sequence)
{
    int64_t us;

    if (sequence >= run->sent) {
        run->foreign++;
        return;
    }
    if (run->rtt_us[sequence] >= 0) {
        run->duplicates++;
        return;
    }
    us = clock_since_ns(run->sent_at[sequence], clock_mono()) / NS_PER_US;
    run->rtt_us[sequence] = us;
    run->sum_us += us;
    if (run->received == 0 || us < run->min_us)
        run->min_us = us;
    if (us > run->max_us)
        run->max_us = us;
    run->received++;
}

/* Room for the two control messages that were asked for. */
union control {
    char bytes[256];
    struct cmsghdr align;
};

static int
ttl_of(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL;
         c = CMSG_NXTHDR(message, c)) {
        bool is_ttl =
            (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
            (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT);
        int ttl;

        if (!is_ttl || c->cmsg_len < CMSG_LEN(sizeof(ttl)))
            continue;
        memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
        return ttl;
    }
    return -1;
}

/* False when there is none. */
static bool
read_reply(struct icmp_run *run)
{
    uint8_t bytes[ICMP_PACKET_MAX + 1]; /* a byte more: too long is seen */
    union control control;
    struct iovec part = {bytes, sizeof(bytes)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t len = recvmsg(run->fd, &message, 0);
    uint16_t sequence;

    if (len < 0) /* an error is told by the queue; here it is only in the way */
        return errno != EAGAIN && errno != EBADF;
    if (!icmp_packet_answers(bytes, (size_t)len, &run->packet, &sequence)) {
        run->foreign++;
        return true;
    }
    keep_reply(run, sequence);
    run->ttl = ttl_of(&message);
    return true;
}

/* Who says it, when that is not the target itself. */
static void
keep_error(struct icmp_run *run, const struct sock_extended_err *e)
{
    bool is_v6 = e->ee_origin == SO_EE_ORIGIN_ICMP6;
    const struct sockaddr *by = SO_EE_OFFENDER(e);
    struct addr addr = {.len = sizeof(addr.ss)};
    char text[ADDR_TEXT_MAX];
    char why[STR_ERROR_MAX];

    if (!is_v6 && e->ee_origin != SO_EE_ORIGIN_ICMP) {
        (void)snprintf(run->error, sizeof(run->error), "%s",
                       str_error(why, (int)e->ee_errno));
        return;
    }
    if (by->sa_family != AF_INET && by->sa_family != AF_INET6) {
        (void)snprintf(run->error, sizeof(run->error), "%s",
                       icmp_packet_error_text(is_v6, e->ee_type, e->ee_code));
        return;
    }
    memcpy(&addr.ss, by,
           by->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                    : sizeof(struct sockaddr_in6));
    (void)snprintf(run->error, sizeof(run->error), "%s, says %s",
                   icmp_packet_error_text(is_v6, e->ee_type, e->ee_code),
                   addr_format_ip(text, &addr));
}

static bool
read_error(struct icmp_run *run)
{
    uint8_t bytes[64]; /* of our own packet; not looked at */
    union control control;
    struct iovec part = {bytes, sizeof(bytes)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};

    if (recvmsg(run->fd, &message, MSG_ERRQUEUE) < 0)
        return false;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL;
         c = CMSG_NXTHDR(&message, c)) {
        bool is_error =
            (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
            (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);

        struct {
            struct sock_extended_err error;
            struct sockaddr_in6 offender;
        } copy = {0};

        size_t len = c->cmsg_len - CMSG_LEN(0);

        if (!is_error || len < sizeof(copy.error))
            continue;
        memcpy(&copy, CMSG_DATA(c), len < sizeof(copy) ? len : sizeof(copy));
        keep_error(run, &copy.error);
    }
    return true;
}

static void
read_all(struct icmp_run *run)
{
    for (int i = 0; i < READS_MAX && read_error(run); i++)
        continue;
    for (int i = 0; i < READS_MAX && read_reply(run); i++)
        continue;
}

/* All are sent and some answered: the others have what is left of their time,
 * which the slowest round trip makes longer. */
static void
wait_for_late(struct check *check)
{
    struct icmp_run *run = check->state;
    int64_t waited_ns =
        clock_since_ns(run->sent_at[run->sent - 1], clock_mono());
    int64_t left_ns = LATE_NS + 2 * run->max_us * NS_PER_US - waited_ns;

    loop_timer_cancel(run->timer);
    run->timer = loop_timer_start(check->engine->loop,
                                  left_ns > 0 ? left_ns : 0, on_late, check);
}

static void
on_readable(void *cookie, int fd, unsigned events)
{
    struct check *check = cookie;
    struct icmp_run *run = check->state;
    int count = check->spec->of.icmp.count;

    (void)fd;
    (void)events;
    read_all(run);
    if (run->received == count)
        conclude(check);
    else if (run->sent == count && run->received > 0)
        wait_for_late(check);
}

/* ---- requests ---- */

static void
keep_send_error(struct icmp_run *run, int error)
{
    char why[STR_ERROR_MAX];

    if (error == EPERM || error == EACCES)
        (void)str_copy(run->error, sizeof(run->error),
                       "this machine's own firewall refuses to send it");
    else
        (void)snprintf(run->error, sizeof(run->error), "cannot be sent: %s",
                       str_error(why, error));
}

static void
send_one(struct icmp_run *run)
{
    uint8_t bytes[ICMP_PACKET_MAX];
    size_t len;

    run->packet.sequence = (uint16_t)run->sent;
    len = icmp_packet_encode(bytes, &run->packet);
    read_all(run); /* an error that waits would be the answer to send() */
    run->rtt_us[run->sent] = -1;
    run->sent_at[run->sent] = clock_mono();
    if (send(run->fd, bytes, len, MSG_NOSIGNAL) < 0)
        keep_send_error(run, errno);
    run->sent++;
}

static void
on_next(void *cookie)
{
    struct check *check = cookie;
    struct icmp_run *run = check->state;
    const struct spec_icmp *icmp = &check->spec->of.icmp;

    run->timer = NULL;
    send_one(run);
    if (run->sent < icmp->count)
        run->timer = loop_timer_start(check->engine->loop, icmp->interval_ns,
                                      on_next, check);
    else if (run->received > 0)
        wait_for_late(check);
    /* else until the deadline, or the first reply */
}

/* ---- the begin ---- */

static int
open_socket(struct icmp_run *run, const struct addr *addr)
{
    bool is_v6 = addr->ss.ss_family == AF_INET6;
    int yes = 1;
    int fd =
        socket(addr->ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
               is_v6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);

    if (fd < 0)
        return -1;
    run->fd = fd;
    run->addr = *addr;
    run->packet.is_v6 = is_v6;
    (void)setsockopt(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                     is_v6 ? IPV6_RECVHOPLIMIT : IP_RECVTTL, &yes, sizeof(yes));
    (void)setsockopt(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                     is_v6 ? IPV6_RECVERR : IP_RECVERR, &yes, sizeof(yes));
    return connect(fd, (const struct sockaddr *)&addr->ss, addr->len);
}

/* The identifier that the kernel gave this socket: it is its port. */
static void
take_id(struct icmp_run *run)
{
    struct addr own = {.len = sizeof(own.ss)};

    if (getsockname(run->fd, (struct sockaddr *)&own.ss, &own.len) == 0)
        run->packet.id = addr_port(&own);
}

static void
fail_to_open(struct check *check, const struct addr *addr, int error)
{
    char text[ADDR_TEXT_MAX];
    char why[STR_ERROR_MAX];
    const char *ip = addr_format_ip(text, addr);

    if (error == EACCES || error == EPERM)
        check_fail(check, REASON_LOCAL_CONFIG,
                   "this machine does not let Picket send ICMP: its group must "
                   "be in the sysctl net.ipv4.ping_group_range; "
                   "deploy/systemd/picket.sysctl sets it (`make install` puts "
                   "it into sysctl.d)");
    else if (error == EMFILE || error == ENFILE || error == ENOMEM ||
             error == ENOBUFS)
        check_fail(check, REASON_LOCAL_LIMIT, "%s: %s", ip,
                   str_error(why, error));
    else
        check_fail(check, REASON_ICMP_UNREACHABLE, "%s: %s", ip,
                   str_error(why, error));
}

static void
close_socket(struct icmp_run *run)
{
    if (run->fd >= 0)
        (void)close(run->fd);
    run->fd = -1;
}

/* The first address that this machine has a way to; 0, or the newest errno. */
static int
open_any(struct icmp_run *run, const struct target_answer *answer)
{
    int error = 0;

    for (size_t i = 0; i < answer->count; i++) {
        if (open_socket(run, &answer->addrs[i]) == 0)
            return 0;
        error = errno;
        close_socket(run);
    }
    return error;
}

static void
on_target(void *cookie, const struct target_answer *answer)
{
    struct check *check = cookie;
    struct icmp_run *run = check->state;
    int error;

    if (answer->reason != REASON_NONE) {
        check_fail(check, answer->reason, "%s", answer->message);
        return;
    }
    error = open_any(run, answer);
    if (error != 0) {
        fail_to_open(check, &answer->addrs[answer->count - 1], error);
        return;
    }
    (void)addr_format_ip(check->look.seen.ip, &run->addr);
    take_id(run);
    run->watch = loop_watch_start(check->engine->loop, run->fd, LOOP_READ,
                                  on_readable, check);
    if (run->watch == NULL) {
        check_fail(check, REASON_LOCAL_LIMIT, "epoll: %s", strerror(errno));
        return;
    }
    on_next(check);
}

static void
start(struct check *check)
{
    struct icmp_run *run = str_xcalloc(1, sizeof(*run));

    run->fd = run->ttl = -1;
    run->packet.size = check->spec->of.icmp.size;
    run->packet.token = id_random();
    check->state = run;
    check->look.more = &more;
    check->look.more_of = run;
    run->target =
        target_start(check, check->spec->of.icmp.host, 0, on_target, check);
    if (run->target == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
expire(struct check *check)
{
    struct icmp_run *run = check->state;

    if (run->fd < 0)
        check_fail(check, REASON_DNS_TIMEOUT, "%s: no address in time",
                   check->spec->of.icmp.host);
    else
        conclude(check);
}

static void
cancel(struct check *check)
{
    struct icmp_run *run = check->state;

    target_cancel(run->target);
    stop_waiting(run);
    close_socket(run);
    free(run);
}

/* Some reply is enough. */
static void
judge(struct check *check)
{
    (void)check;
}

const struct check_kind icmp_check = {
    .start = start,
    .expire = expire,
    .cancel = cancel,
    .judge = judge,
};
