#include "checks/tls_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/dial.h"
#include "checks/engine_priv.h"
#include "checks/secure.h"

#define OLDEST   10 /* TLS 1.0 */
#define NEWEST   13
#define TEXT_MAX 24 /* "1.0 1.1 1.2 1.3" */

struct tls_scan {
    struct check *check;
    struct addr addr;
    int known;
    int version; /* being tried */
    tls_scan_done_fn *done;
    void *cookie;
    struct dial *dial;
    struct secure *secure;
    int fd;
    struct loop_timer *timer; /* the share of the time, or the end */
    char text[TEXT_MAX];
};

static void try_next(struct tls_scan *scan);

static void
close_try(struct tls_scan *scan)
{
    dial_cancel(scan->dial);
    secure_cancel(scan->secure);
    loop_timer_cancel(scan->timer);
    if (scan->fd >= 0)
        (void)close(scan->fd);
    scan->dial = NULL;
    scan->secure = NULL;
    scan->timer = NULL;
    scan->fd = -1;
}

static void
end_try(struct tls_scan *scan, bool is_accepted)
{
    size_t len = strlen(scan->text);

    close_try(scan);
    if (is_accepted)
        (void)snprintf(scan->text + len, sizeof(scan->text) - len, "%s1.%d",
                       len > 0 ? " " : "", scan->version - OLDEST);
    scan->version++;
    try_next(scan);
}

static void
on_secure(void *cookie, const struct secure_answer *answer)
{
    end_try(cookie, answer->is_up);
}

static void
on_connected(void *cookie, const struct dial_answer *answer)
{
    struct tls_scan *scan = cookie;

    scan->fd = answer->fd;
    if (answer->reason == REASON_NONE)
        scan->secure =
            secure_start(scan->check, scan->fd, scan->version, on_secure, scan);
    if (scan->secure == NULL)
        end_try(scan, false);
}

static void
on_share(void *cookie)
{
    struct tls_scan *scan = cookie;

    scan->timer = NULL;
    end_try(scan, false);
}

static void
on_end(void *cookie)
{
    struct tls_scan *scan = cookie;

    scan->timer = NULL;
    scan->done(scan->cookie, scan->text);
}

/* A server that is silent for one version must leave time for the others. */
static void
try_next(struct tls_scan *scan)
{
    struct loop *loop = scan->check->engine->loop;
    int64_t left = check_left_ns(scan->check);
    struct dial_opts opts = {.loop = loop,
                             .timeout_ns = left,
                             .source = &scan->check->engine->source};

    if (scan->version > NEWEST) {
        scan->timer = loop_timer_start(loop, 0, on_end, scan);
        return;
    }
    if (scan->version == scan->known) {
        end_try(scan, true);
        return;
    }
    scan->timer = loop_timer_start(loop, left / (NEWEST - scan->version + 2),
                                   on_share, scan);
    scan->dial = dial_start_at(&opts, &scan->addr, 1, on_connected, scan);
    if (scan->dial == NULL)
        end_try(scan, false);
}

/* "TLSv1.2" is 12, "TLSv1" is 10. */
static int
version_of(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot != NULL ? OLDEST + dot[1] - '0' : OLDEST;
}

struct tls_scan *
tls_scan_start(struct check *check, const struct addr *addr, const char *known,
               tls_scan_done_fn *done, void *cookie)
{
    struct tls_scan *scan = calloc(1, sizeof(*scan));

    if (scan == NULL)
        return NULL;
    scan->check = check;
    scan->addr = *addr;
    scan->known = version_of(known);
    scan->version = OLDEST;
    scan->done = done;
    scan->cookie = cookie;
    scan->fd = -1;
    try_next(scan);
    return scan;
}

void
tls_scan_cancel(struct tls_scan *scan)
{
    if (scan == NULL)
        return;
    close_try(scan);
    free(scan);
}
