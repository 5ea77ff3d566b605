#include "checks/reach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/dial.h"
#include "checks/secure.h"
#include "checks/spec.h"
#include "checks/target.h"

struct reach {
    struct check *check;
    struct reach_opts opts;
    struct target *target;
    struct dial *dial;
    struct secure *secure;
    int fd;
};

static void
give_up(struct reach *reach, enum reason reason, const char *message)
{
    struct reach_answer answer = {
        .fd = reach->fd, .reason = reason, .message = message};

    reach->opts.done(reach->opts.cookie, &answer);
}

static void
on_secure(void *cookie, const struct secure_answer *got)
{
    struct reach *reach = cookie;
    struct reach_answer answer = {
        .fd = reach->fd,
        .is_up = got->is_up,
        .session = secure_session(reach->secure),
        .reason = got->reason,
        .message = got->message,
    };

    reach->opts.done(reach->opts.cookie, &answer);
}

static void
begin_tls(struct reach *reach)
{
    char why[RESULT_MESSAGE_MAX];

    reach->secure = secure_start(reach->check, reach->fd, 0, on_secure, reach);
    if (reach->secure != NULL)
        return;
    (void)snprintf(why, sizeof(why), "TLS: %s", strerror(errno));
    give_up(reach, REASON_LOCAL_LIMIT, why);
}

static void
on_connected(void *cookie, const struct dial_answer *got)
{
    struct reach *reach = cookie;
    struct reach_answer answer = {.fd = got->fd, .is_up = true};

    if (got->reason != REASON_NONE) {
        give_up(reach, got->reason, got->message);
        return;
    }
    reach->fd = got->fd;
    if (reach->opts.is_secured)
        begin_tls(reach);
    else
        reach->opts.done(reach->opts.cookie, &answer);
}

static void
on_target(void *cookie, const struct target_answer *got)
{
    struct reach *reach = cookie;

    if (got->reason != REASON_NONE) {
        give_up(reach, got->reason, got->message);
        return;
    }
    reach->dial =
        dial_start(reach->check, got->addrs, got->count, on_connected, reach);
    if (reach->dial == NULL)
        give_up(reach, REASON_LOCAL_LIMIT, strerror(errno));
}

struct reach *
reach_start(struct check *check, const struct reach_opts *opts)
{
    struct reach *reach = str_xcalloc(1, sizeof(*reach));

    reach->check = check;
    reach->opts = *opts;
    reach->fd = -1;
    reach->target =
        target_start(check, opts->at->host, opts->at->port, on_target, reach);
    if (reach->target != NULL)
        return reach;
    free(reach);
    return NULL;
}

void
reach_cancel(struct reach *reach)
{
    if (reach == NULL)
        return;
    target_cancel(reach->target);
    dial_cancel(reach->dial);
    secure_cancel(reach->secure);
    reach_hang_up(reach);
    free(reach);
}

enum reason
reach_late(const struct reach *reach, char *why, size_t cap)
{
    const char *what;
    enum reason reason;

    if (reach->dial == NULL) {
        (void)snprintf(why, cap, "%s: no address in time",
                       reach->opts.at->host);
        return REASON_DNS_TIMEOUT;
    }
    if (reach->secure == NULL) {
        (void)snprintf(why, cap, "%s: no connection in time",
                       dial_address(reach->dial));
        return REASON_CONNECT_TIMEOUT;
    }
    reason = secure_late(reach->secure, &what);
    (void)snprintf(why, cap, "%s: %s did not come in time",
                   dial_address(reach->dial), what);
    return reason;
}

const struct addr *
reach_addr(const struct reach *reach)
{
    return dial_addr(reach->dial);
}

void
reach_hang_up(struct reach *reach)
{
    if (reach->fd >= 0)
        (void)close(reach->fd);
    reach->fd = -1;
}
