/*
 * One exchange, judged by the check's expectations; or one an address.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/exchange.h"
#include "checks/expect.h"
#include "checks/scope.h"
#include "checks/spec.h"
#include "checks/spread.h"

struct http_run {
    struct scope scope;
    struct exchange *exchange;
    struct spread *spread; /* instead: every address */
};

static void
on_exchange(void *cookie)
{
    struct check *check = cookie;
    struct http_run *run = check->state;

    check->mask = scope_hide(&run->scope, &check->look);
    check_end(check);
}

/* Its looks are judged already. */
static void
on_spread(void *cookie)
{
    struct check *check = cookie;

    check->is_judged = true;
    check_end(check);
}

static void
start(struct check *check)
{
    struct http_run *run = str_xcalloc(1, sizeof(*run));
    struct exchange_opts opts = {
        .scope = &run->scope,
        .request = &check->spec->of.http.request,
        .look = &check->look,
        .deadline = clock_after(check->look.began, check->spec->timeout_ns),
    };

    check->state = run;
    scope_init(&run->scope, check->engine, check->spec, &check->result.run);
    check->scope = &run->scope;
    if (check->spec->of.http.spread.all)
        run->spread = spread_start(check, on_spread, check);
    else
        run->exchange = exchange_start(&opts, on_exchange, check);
    if (run->exchange == NULL && run->spread == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
expire(struct check *check)
{
    struct http_run *run = check->state;

    if (run->spread != NULL)
        spread_expire(run->spread);
    else
        exchange_expire(run->exchange);
}

static void
cancel(struct check *check)
{
    struct http_run *run = check->state;

    exchange_cancel(run->exchange);
    spread_cancel(run->spread);
    scope_clear(&run->scope);
    free(run);
}

static void
judge(struct check *check)
{
    expect_ok(&check->look);
}

const struct check_kind http_check = {
    .start = start,
    .expire = expire,
    .cancel = cancel,
    .judge = judge,
};
