/*
 * One exchange, judged by the check's expectations.
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

struct http_run {
    struct scope scope;
    struct exchange *exchange;
};

static void
on_exchange(void *cookie)
{
    check_end(cookie);
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
    run->exchange = exchange_start(&opts, on_exchange, check);
    if (run->exchange == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
expire(struct check *check)
{
    struct http_run *run = check->state;

    exchange_expire(run->exchange);
}

static void
cancel(struct check *check)
{
    struct http_run *run = check->state;

    exchange_cancel(run->exchange);
    scope_clear(&run->scope);
    free(run);
}

static void
judge(struct check *check)
{
    expect_ok(&check->look);
}

const struct check_kind http_check = {start, expire, cancel, judge};
