#include "checks/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/resolver.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/spec.h"

#define HOST_MAX    256
#define MESSAGE_MAX 400

struct target {
    const struct spec_net *net;
    struct look *look;
    struct lookup *lookup; /* the look's, of this name; NULL: none */
    target_done_fn *done;
    void *cookie;
    struct resolver_query *query; /* one of the two is in flight */
    struct loop_timer *literal;
    char host[HOST_MAX];
    uint16_t port;
    size_t count;
    size_t max;
    char message[MESSAGE_MAX];
    size_t blocked_count;
    struct addr *blocked; /* also `max` of them, behind the others */
    struct addr addr[];
};

static const struct {
    enum resolver_status status;
    enum reason reason;
    const char *text;
} ANSWERS[] = {
    {RESOLVER_NXDOMAIN, REASON_DNS_NXDOMAIN, "the name does not exist"},
    {RESOLVER_NODATA, REASON_DNS_NODATA, "the name has no address"},
    {RESOLVER_SERVFAIL, REASON_DNS_SERVFAIL, "the resolver answers SERVFAIL"},
    {RESOLVER_REFUSED, REASON_DNS_REFUSED, "the resolver refuses to answer"},
    {RESOLVER_NOTIMP, REASON_DNS_NOTIMP, "the resolver answers NOTIMP"},
    {RESOLVER_FORMERR, REASON_DNS_FORMERR, "the resolver answers FORMERR"},
    {RESOLVER_TIMEOUT, REASON_DNS_TIMEOUT, "no answer from the resolver"},
    {RESOLVER_UNREACHABLE, REASON_DNS_UNREACHABLE,
     "no resolver could be reached"},
    {RESOLVER_MALFORMED, REASON_DNS_MALFORMED,
     "the resolver's answer is malformed"},
};

static void
tell(struct target *target, enum reason reason)
{
    struct target_answer answer = {
        .reason = reason,
        .message = target->message,
        .addrs = target->addr,
        .count = target->count,
        .lookup = target->lookup,
        .blocked = target->blocked,
        .blocked_count = target->blocked_count,
    };

    target->done(target->cookie, &answer);
}

/* People see that a name leads where nobody may go, also while it leads
 * elsewhere too. */
static void
note_blocked(struct target *target, size_t i)
{
    struct seen *seen = &target->look->seen;
    struct lookup *lookup = target->lookup;
    size_t used = strlen(seen->blocked);
    char text[ADDR_TEXT_MAX];

    (void)snprintf(seen->blocked + used, sizeof(seen->blocked) - used, "%s%s",
                   used > 0 ? ", " : "",
                   addr_format_ip(text, &target->addr[i]));
    if (lookup != NULL && i < LOOKUP_ADDRESSES_MAX)
        lookup->is_blocked[i] = true;
}

/* Parts the allowed from the others; none left is an end. */
static void
apply_policy(struct target *target)
{
    const struct spec_list *allow = &target->net->allow;
    struct addr_policy policy = {(const char *const *)allow->item,
                                 allow->count};
    char text[ADDR_TEXT_MAX];
    size_t kept = 0;

    for (size_t i = 0; i < target->count; i++) {
        struct addr *addr = &target->addr[i];

        if (addr_allowed(&policy, addr)) {
            target->addr[kept++] = *addr;
            continue;
        }
        target->blocked[target->blocked_count++] = *addr;
        note_blocked(target, i);
    }
    if (kept == 0) {
        addr_format_ip(text, &target->blocked[0]);
        (void)snprintf(target->message, sizeof(target->message),
                       str_eq(text, target->host)
                           ? "the address policy forbids %s; if it is meant, "
                             "add it to `allow`"
                           : "%s is %s, which the address policy forbids; if "
                             "it is meant, add it to `allow`",
                       target->host, text);
        tell(target, REASON_POLICY_BLOCKED);
        return;
    }
    target->count = kept;
    tell(target, REASON_NONE);
}

static void
on_literal(void *cookie)
{
    struct target *target = cookie;

    target->literal = NULL;
    apply_policy(target);
}

static void
note_lookup(struct target *target, const struct resolver_answer *answer)
{
    struct lookup *lookup = lookup_add(target->look, target->host);

    target->lookup = lookup;
    lookup->took_us = answer->took_ns / NS_PER_US;
    lookup->resent = answer->resent;
    lookup->count = answer->count;
    for (size_t i = 0; i < answer->count && i < LOOKUP_ADDRESSES_MAX; i++)
        (void)addr_format_ip(lookup->address[i], &answer->addrs[i]);
}

static void
on_answer(void *cookie, const struct resolver_answer *answer)
{
    struct target *target = cookie;
    struct look *look = target->look;

    target->query = NULL;
    look_add_us(look, PHASE_DNS, answer->took_ns / NS_PER_US);
    look->seen.resent =
        answer->resent + (look->seen.resent > 0 ? look->seen.resent : 0);
    note_lookup(target, answer);
    for (size_t i = 0; i < sizeof(ANSWERS) / sizeof(ANSWERS[0]); i++) {
        if (ANSWERS[i].status != answer->status)
            continue;
        (void)snprintf(target->message, sizeof(target->message), "%s: %s",
                       target->host, ANSWERS[i].text);
        tell(target, ANSWERS[i].reason);
        return;
    }
    for (size_t i = 0; i < answer->count && i < target->max; i++) {
        target->addr[i] = answer->addrs[i];
        addr_set_port(&target->addr[i], target->port);
        target->count = i + 1;
    }
    apply_policy(target);
}

/* True when no name has to be looked up. */
static bool
is_known(struct target *target, bool is_other)
{
    const char *resolve = is_other ? NULL : target->net->resolve;
    struct addr *first = &target->addr[0];

    if (resolve != NULL && addr_parse(first, resolve, target->port) == 0)
        return true;
    return addr_parse_ip(first, target->host, target->port) == 0;
}

struct target *
target_start_at(const struct target_opts *opts, target_done_fn *done,
                void *cookie)
{
    struct engine *engine = opts->engine;
    size_t max = opts->all ? TARGET_ALL_MAX : TARGET_ADDRS_MAX;
    struct target *target =
        calloc(1, sizeof(*target) + 2 * max * sizeof(struct addr));

    if (target == NULL)
        return NULL;
    target->max = max;
    target->blocked = &target->addr[max];
    target->net = opts->net;
    target->look = opts->look;
    target->done = done;
    target->cookie = cookie;
    target->port = opts->port;
    (void)str_copy(target->host, sizeof(target->host), opts->host);
    if (is_known(target, opts->is_other)) {
        target->count = 1;
        target->literal = loop_timer_start(engine->loop, 0, on_literal, target);
        return target;
    }
    target->query =
        resolver_start(engine->resolver, target->host, opts->net->family,
                       opts->timeout_ns, on_answer, target);
    if (target->query == NULL) {
        free(target);
        return NULL;
    }
    return target;
}

struct target *
target_start(struct check *check, const char *host, uint16_t port,
             target_done_fn *done, void *cookie)
{
    struct target_opts opts = {
        .engine = check->engine,
        .net = &check->spec->net,
        .look = &check->look,
        .timeout_ns = check_left_ns(check),
        .host = host,
        .port = port,
    };

    return target_start_at(&opts, done, cookie);
}

void
target_cancel(struct target *target)
{
    if (target == NULL)
        return;
    resolver_cancel(target->query);
    loop_timer_cancel(target->literal);
    free(target);
}
