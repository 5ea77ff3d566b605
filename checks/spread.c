/*
 * The addresses are looked up once, then each is asked by an exchange with a
 * look and a scope (so: cookies) of its own.  When the last has ended:
 *
 *   1. count those that are up (or degraded), down, and in error;
 *   2. enough are up            ->  up, or degraded when some of them are and
 *                                   those that are not would be too few;
 *   3. enough could be up, if it were not for errors of ours  ->  error;
 *   4. else                     ->  down, for the reason of the first that is.
 *
 * The run's phases and facts are those of the first address that failed, else
 * of the slowest: the one a person asks about.
 */
#include "checks/spread.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/certs.h"
#include "base/digest.h"
#include "base/loop.h"
#include "base/mask.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/exchange.h"
#include "checks/expect.h"
#include "checks/expect_fill.h"
#include "checks/request.h"
#include "checks/scope.h"
#include "checks/spec.h"
#include "checks/steps.h"
#include "checks/target.h"
#include "checks/url.h"

#define PERCENT   100
#define DRIFT_MAX 64 /* bytes of the fact */

/* What is compared between addresses. */
struct mark {
    int status;                                       /* 0: no answer */
    char cert[sizeof(((struct cert *)NULL)->sha256)]; /* "": none */
    uint8_t body[DIGEST_SHA256_BYTES];
};

struct one {
    struct spread *spread;
    struct addr address;
    struct look look;
    struct scope scope;
    struct exchange *exchange;
    struct mark mark;
    bool is_over;
};

struct spread {
    struct check *check;
    spread_done_fn *done;
    void *cookie;
    struct loop_timer *ending; /* it ended inside start */
    struct target *target;
    struct one *one;
    size_t count;
    size_t running;
    struct one *proof; /* whose evidence it is: the first to fail */
    struct steps *steps;
    char drift[DRIFT_MAX];
};

static void
tell(void *cookie)
{
    struct spread *spread = cookie;

    spread->ending = NULL;
    spread->done(spread->cookie);
}

/* ---- the outcome ---- */

static size_t
count_of(const struct spread *spread, enum status status)
{
    size_t count = 0;

    for (size_t i = 0; i < spread->count; i++)
        count += spread->one[i].look.status == status;
    return count;
}

/* How many must be up; one at least. */
static size_t
needed(const struct spread *spread)
{
    size_t percent = (size_t)spread->check->spec->of.http.spread.up_percent;
    size_t need = (spread->count * percent + PERCENT - 1) / PERCENT;

    return need > 0 ? need : 1;
}

static const struct one *
first_of(const struct spread *spread, enum status status)
{
    for (size_t i = 0; i < spread->count; i++)
        if (spread->one[i].look.status == status)
            return &spread->one[i];
    return NULL;
}

static const struct one *
slowest(const struct spread *spread)
{
    const struct one *slow = &spread->one[0];

    for (size_t i = 1; i < spread->count; i++)
        if (spread->one[i].look.us[PHASE_TOTAL] > slow->look.us[PHASE_TOTAL])
            slow = &spread->one[i];
    return slow;
}

static const struct one *
about_of(const struct spread *spread, enum status status)
{
    if (spread->proof != NULL && spread->proof->look.status == status)
        return spread->proof;
    return first_of(spread, status);
}

/* Which address it is about; the run's status and message. */
static const struct one *
decide(struct spread *spread)
{
    size_t up = count_of(spread, STATUS_UP);
    size_t works = up + count_of(spread, STATUS_DEGRADED);
    size_t errors = count_of(spread, STATUS_ERROR);
    size_t need = needed(spread);
    enum status status = STATUS_DOWN;
    const struct one *about;
    struct look *look = &spread->check->look;
    char ip[ADDR_TEXT_MAX];

    if (up >= need) {
        spread->check->result.evidence = NULL; /* of one that may be down */
        return slowest(spread);
    }
    if (works >= need)
        status = STATUS_DEGRADED;
    else if (works + errors >= need)
        status = STATUS_ERROR;
    about = about_of(spread, status);
    assert(about != NULL);
    look_fault(look, about->look.reason, "%zu of %zu addresses %s; %s: %s",
               status == STATUS_DEGRADED ? works - up : spread->count - works,
               spread->count,
               status == STATUS_DEGRADED ? "are degraded" : "are not up",
               addr_format_ip(ip, &about->address), about->look.message);
    look->status = status;
    look->expected = about->look.expected;
    look->is_unwanted = about->look.is_unwanted;
    return about;
}

static void
add_drift(struct spread *spread, const char *what)
{
    size_t used = strlen(spread->drift);

    (void)snprintf(spread->drift + used, sizeof(spread->drift) - used, "%s%s",
                   used > 0 ? ", " : "", what);
}

/* Those that gave no answer differ from nobody. */
static void
compare(struct spread *spread)
{
    const struct mark *first = NULL;
    bool cert = false, status = false, body = false;

    for (size_t i = 0; i < spread->count; i++) {
        const struct mark *mark = &spread->one[i].mark;

        if (mark->status == 0)
            continue;
        if (first == NULL)
            first = mark;
        cert = cert || !str_eq(mark->cert, first->cert);
        status = status || mark->status != first->status;
        body = body || memcmp(mark->body, first->body, sizeof(mark->body)) != 0;
    }
    if (cert)
        add_drift(spread, "certificate");
    if (status)
        add_drift(spread, "status");
    if (body)
        add_drift(spread, "body");
}

static void
give(struct spread *spread, const struct one *about)
{
    struct check *check = spread->check;
    struct result *result = &check->result;

    steps_give(spread->steps, result);
    steps_give_facts(spread->steps, (size_t)(about - spread->one), result);
    result_add_int(result, FACT_ADDRESSES, (int64_t)spread->count);
    if (spread->drift[0] != '\0')
        result_add_text(result, FACT_DRIFT, spread->drift);
    for (int p = PHASE_CONNECT; p <= PHASE_RECEIVE; p++)
        check->look.us[p] = about->look.us[p];
}

static void
conclude(struct spread *spread)
{
    const struct one *about = decide(spread);

    compare(spread);
    give(spread, about);
    tell(spread);
}

/* ---- the looks ---- */

static void
judge(struct one *one)
{
    const struct spec *spec = one->spread->check->spec;
    struct look *look = &one->look;

    look_stop(look);
    if (look->status == STATUS_UP && spec->expect.count == 0)
        expect_ok(look);
    if (look->status == STATUS_UP)
        expect_fill_judge(look, &one->scope, &spec->expect,
                          &spec->degraded_when);
}

/* Each has secrets of its own: cookies. */
static void
hide(struct one *one)
{
    struct look *look = &one->look;

    if (look->mask != NULL)
        mask_in_place(look->mask, look->message, sizeof(look->message));
}

/* While the answer is there. */
static void
take_mark(struct one *one)
{
    const struct seen *seen = &one->look.seen;
    struct mark *mark = &one->mark;

    mark->status = seen->status;
    if (seen->certs != NULL && seen->certs->count > 0)
        (void)str_copy(mark->cert, sizeof(mark->cert),
                       seen->certs->cert[0].sha256);
    digest_sha256(mark->body, seen->body != NULL ? seen->body : "",
                  seen->body != NULL ? seen->body_len : 0);
}

/* The evidence; the name was looked up for all of them. */
static void
prove(struct one *one)
{
    const struct seen *seen = &one->spread->check->look.seen;

    one->spread->proof = one;
    for (size_t i = 0; i < seen->lookup_count; i++)
        *lookup_add(&one->look, "") = seen->lookup[i];
    check_prove(one->spread->check, &one->look);
}

static void
end_one(struct one *one)
{
    struct spread *spread = one->spread;
    char ip[ADDR_TEXT_MAX];

    spread->check->mask = scope_hide(&one->scope, &one->look);
    judge(one);
    hide(one);
    take_mark(one);
    one->is_over = true;
    steps_put(spread->steps, (size_t)(one - spread->one),
              addr_format_ip(ip, &one->address), &one->look,
              spread->check->mask);
    if (one->look.status != STATUS_UP && spread->proof == NULL)
        prove(one);
    if (--spread->running == 0)
        conclude(spread);
}

static void
on_exchange(void *cookie)
{
    end_one(cookie);
}

/* Nobody connects, and it is the name that leads there: down, as a server that
 * does not answer would be. */
static void
block_one(struct one *one)
{
    struct check *check = one->spread->check;

    look_init(&one->look, check->engine->loop);
    scope_init(&one->scope, check->engine, check->spec, &check->result.run);
    look_fault(&one->look, REASON_POLICY_BLOCKED,
               "the address policy forbids it; if it is meant, add it to "
               "`allow`");
    one->look.status = STATUS_DOWN;
    end_one(one);
}

static int
start_one(struct one *one)
{
    struct check *check = one->spread->check;
    struct exchange_opts opts = {
        .scope = &one->scope,
        .request = &check->spec->of.http.request,
        .look = &one->look,
        .deadline = clock_after(check->look.began, check->spec->timeout_ns),
        .address = &one->address,
    };

    look_init(&one->look, check->engine->loop);
    scope_init(&one->scope, check->engine, check->spec, &check->result.run);
    one->exchange = exchange_start(&opts, on_exchange, one);
    return one->exchange != NULL ? 0 : -1;
}

static void
end_with(struct spread *spread, enum reason reason, const char *why)
{
    look_fault(&spread->check->look, reason, "%s", why);
    tell(spread);
}

static struct one *
add_one(struct spread *spread, const struct addr *address)
{
    struct one *one = &spread->one[spread->count++];

    one->spread = spread;
    one->address = *address;
    spread->running++;
    return one;
}

static void
on_target(void *cookie, const struct target_answer *answer)
{
    struct spread *spread = cookie;

    if (answer->reason != REASON_NONE) {
        end_with(spread, answer->reason, answer->message);
        return;
    }
    spread->one = str_xcalloc(answer->count + answer->blocked_count,
                              sizeof(spread->one[0]));
    for (size_t i = 0; i < answer->count; i++) {
        if (start_one(add_one(spread, &answer->addrs[i])) < 0) {
            end_with(spread, REASON_LOCAL_LIMIT, strerror(errno));
            return;
        }
    }
    /* The others are running: none of these is the last to end. */
    for (size_t i = 0; i < answer->blocked_count; i++)
        block_one(add_one(spread, &answer->blocked[i]));
}

/* ---- the whole ---- */

/* Each exchange fills in the texts for itself; which host they lead to is the
 * same for all of them. */
static int
find_url(struct check *check, struct url *at)
{
    char why[TEMPLATE_WHY_MAX];
    enum reason reason;
    struct request request;
    struct scope scope;

    scope_init(&scope, check->engine, check->spec, &check->result.run);
    reason = request_make(&request, &scope, &check->spec->of.http.request, why);
    if (reason != REASON_NONE)
        look_fault(&check->look, reason, "%s", why);
    *at = request.at;
    request_clear(&request);
    scope_clear(&scope);
    return reason == REASON_NONE ? 0 : -1;
}

struct spread *
spread_start(struct check *check, spread_done_fn *done, void *cookie)
{
    struct spread *spread = str_xcalloc(1, sizeof(*spread));
    struct url at;
    struct target_opts opts = {
        .engine = check->engine,
        .net = &check->spec->net,
        .look = &check->look,
        .timeout_ns = check_left_ns(check),
        .host = at.host,
        .all = true,
    };

    spread->check = check;
    spread->done = done;
    spread->cookie = cookie;
    spread->steps = steps_create();
    if (find_url(check, &at) < 0) {
        spread->ending = loop_timer_start(check->engine->loop, 0, tell, spread);
        return spread;
    }
    opts.port = at.port;
    spread->target = target_start_at(&opts, on_target, spread);
    if (spread->target != NULL)
        return spread;
    spread_cancel(spread);
    return NULL;
}

void
spread_expire(struct spread *spread)
{
    if (spread->ending != NULL) {
        loop_timer_cancel(spread->ending);
        tell(spread);
        return;
    }
    if (spread->count == 0) {
        end_with(spread, REASON_DNS_TIMEOUT, "no address in time");
        return;
    }
    /* The last of them tells, and then there may be no spread any more. */
    for (size_t i = 0, left = spread->running; left > 0; i++) {
        if (spread->one[i].is_over)
            continue;
        left--;
        exchange_expire(spread->one[i].exchange);
    }
}

void
spread_cancel(struct spread *spread)
{
    if (spread == NULL)
        return;
    loop_timer_cancel(spread->ending);
    target_cancel(spread->target);
    for (size_t i = 0; i < spread->count; i++) {
        exchange_cancel(spread->one[i].exchange);
        scope_clear(&spread->one[i].scope);
        look_free(&spread->one[i].look);
    }
    free(spread->one);
    steps_free(spread->steps);
    free(spread);
}
