#include "probe/renewal.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "probe/identity.h"
#include "probe/link.h"
#include "wire/message.h"

#define TIMEOUT_NS  (30 * NS_PER_S)
#define MESSAGE_MAX (64u << 10)

struct renewal {
    struct renewal_opts opts;
    struct loop_timer *timer;
    struct link_call *call;
};

static void look(void *cookie);

static void
look_after(struct renewal *r, int64_t seconds)
{
    r->timer = loop_timer_start(r->opts.loop, seconds * NS_PER_S, look, r);
}

/* The file is small and written once in weeks: a loop may wait for it. */
static void
take_reply(struct renewal *r, const struct message_enroll_reply *reply)
{
    const char *ca = reply->ca[0] == '\0' ? NULL : reply->ca;
    char why[256];

    if (identity_set(r->opts.identity, reply->cert, ca, why, sizeof(why)) !=
        0) {
        log_event(r->opts.log, EV_IDENTITY_REFUSED, LOG_STR("error", why));
        look_after(r, RENEWAL_RETRY_S);
        return;
    }
    log_event(r->opts.log, EV_IDENTITY_RENEWED,
              LOG_INT("ends_ms", identity_ends(r->opts.identity).ms));
    look_after(r, RENEWAL_LOOK_S);
}

static void
on_done(void *cookie, const struct link_reply *reply)
{
    struct renewal *r = cookie;
    struct message_enroll_reply *got = NULL;

    r->call = NULL;
    if (reply->status == 200)
        got = message_decode_enroll_reply(reply->body, reply->len);
    if (got != NULL) {
        take_reply(r, got);
        message_free(got);
        return;
    }
    log_event(r->opts.log, EV_IDENTITY_REFUSED,
              LOG_INT("status", reply->status),
              LOG_STR("error", reply->detail));
    look_after(r, RENEWAL_RETRY_S);
}

static int
ask(struct renewal *r)
{
    char *csr = identity_csr(r->opts.identity, r->opts.name);
    struct message_enroll message = {.name = r->opts.name, .csr = csr};
    struct link_request request = {
        .path = LINK_RENEW,
        .timeout_ns = TIMEOUT_NS,
        .done = on_done,
        .cookie = r,
    };
    struct buf body;

    buf_init(&body, MESSAGE_MAX);
    if (csr != NULL && message_encode_enroll(&body, &message) == 0) {
        request.body = body.data;
        request.len = body.len;
        r->call = r->opts.link->start(r->opts.link, &request);
    }
    buf_free(&body);
    free(csr);
    return r->call == NULL ? -1 : 0;
}

static void
look(void *cookie)
{
    struct renewal *r = cookie;

    r->timer = NULL;
    if (loop_wall(r->opts.loop).ms < identity_renew_at(r->opts.identity).ms)
        look_after(r, RENEWAL_LOOK_S);
    else if (ask(r) != 0)
        look_after(r, RENEWAL_RETRY_S);
}

struct renewal *
renewal_create(const struct renewal_opts *opts)
{
    struct renewal *r = str_xcalloc(1, sizeof(*r));

    r->opts = *opts;
    look_after(r, 0);
    return r;
}

void
renewal_free(struct renewal *r)
{
    if (r == NULL)
        return;
    loop_timer_cancel(r->timer);
    r->opts.link->cancel(r->call);
    free(r);
}
