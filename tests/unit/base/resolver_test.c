#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/resolver.c"

#include "tests/lib/dns_server.h"

#define SECOND NS_PER_S

struct seen {
    struct loop *loop;
    int count;
    int wanted;
    struct resolver_answer answer;
    struct addr addrs[RESOLVER_ADDRS_MAX];
};

static void
on_seen(void *cookie, const struct resolver_answer *answer)
{
    struct seen *seen = cookie;

    seen->answer = *answer;
    if (answer->count > 0)
        memcpy(seen->addrs, answer->addrs,
               answer->count * sizeof *answer->addrs);
    if (++seen->count >= seen->wanted)
        loop_stop(seen->loop);
}

/* Asks once for `name`, of a channel of its own. */
static void
ask_once(struct seen *seen, const char *servers, const char *name,
         enum resolver_family family, int64_t timeout_ns)
{
    struct resolver *resolver;

    memset(seen, 0, sizeof *seen);
    seen->wanted = 1;
    seen->loop = loop_create();
    resolver = resolver_create(seen->loop, servers);
    assert_non_null(resolver);
    assert_non_null(
        resolver_start(resolver, name, family, timeout_ns, on_seen, seen));
    assert_int_equal(seen->count, 0);
    loop_run(seen->loop);
    assert_int_equal(seen->count, 1);
    resolver_free(resolver);
    loop_free(seen->loop);
}

static bool
has(const struct seen *seen, const char *ip)
{
    struct addr addr;
    size_t i;

    addr_parse_ip(&addr, ip, 0);
    for (i = 0; i < seen->answer.count; i++) {
        if (addr_eq_ip(&seen->addrs[i], &addr))
            return true;
    }
    return false;
}

static void
both_families_are_asked(void **state)
{
    struct dns_server server = {.a = "192.0.2.1", .aaaa = "2001:db8::1"};
    struct seen seen;
    (void)state;

    dns_server_start(&server);
    ask_once(&seen, server.servers, "a.example", RESOLVER_ANY, 5 * SECOND);
    assert_int_equal(seen.answer.status, RESOLVER_OK);
    assert_int_equal(seen.answer.count, 2);
    assert_true(has(&seen, "192.0.2.1"));
    assert_true(has(&seen, "2001:db8::1"));
    assert_int_equal(addr_port(&seen.addrs[0]), 0);
    assert_int_equal(server.asked, 2);
    assert_true(server.had_edns);
    assert_int_equal(seen.answer.resent, 0);
    assert_true(seen.answer.took_ns > 0);
    ask_once(&seen, server.servers, "a.example", RESOLVER_V4, 5 * SECOND);
    assert_int_equal(seen.answer.count, 1);
    assert_int_equal(server.asked, 3);
    ask_once(&seen, server.servers, "a.example", RESOLVER_V6, 5 * SECOND);
    assert_true(has(&seen, "2001:db8::1"));
    assert_int_equal(server.asked, 4);
    dns_server_stop(&server);
}

static void
one_family_is_enough(void **state)
{
    struct dns_server server = {.a = "192.0.2.1"};
    struct seen seen;
    (void)state;

    dns_server_start(&server);
    ask_once(&seen, server.servers, "a.example", RESOLVER_ANY, 5 * SECOND);
    assert_int_equal(seen.answer.status, RESOLVER_OK);
    assert_int_equal(seen.answer.count, 1);
    ask_once(&seen, server.servers, "a.example", RESOLVER_V6, 5 * SECOND);
    assert_int_equal(seen.answer.status, RESOLVER_NODATA);
    dns_server_stop(&server);
}

static void
each_refusal_has_its_name(void **state)
{
    static const struct {
        int rcode;
        enum resolver_status status;
    } cases[] = {
        {1, RESOLVER_FORMERR}, {2, RESOLVER_SERVFAIL}, {3, RESOLVER_NXDOMAIN},
        {4, RESOLVER_NOTIMP},  {5, RESOLVER_REFUSED},
    };

    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dns_server server = {.rcode = cases[i].rcode};
        struct seen seen;
        dns_server_start(&server);
        ask_once(&seen, server.servers, "a.example", RESOLVER_ANY, 5 * SECOND);
        assert_int_equal(seen.answer.status, cases[i].status);
        assert_int_equal(seen.answer.count, 0);
        dns_server_stop(&server);
    }
}

static void
garbage_is_malformed(void **state)
{
    struct dns_server server = {.is_garbage = true};
    struct seen seen;
    (void)state;

    dns_server_start(&server);
    ask_once(&seen, server.servers, "a.example", RESOLVER_V4, 5 * SECOND);
    assert_int_equal(seen.answer.status, RESOLVER_MALFORMED);
    dns_server_stop(&server);
}

static void
a_lost_datagram_is_a_fact(void **state)
{
    struct dns_server server = {.a = "192.0.2.1", .lose = 1};
    struct seen seen;
    (void)state;

    dns_server_start(&server);
    ask_once(&seen, server.servers, "a.example", RESOLVER_V4, 10 * SECOND);
    assert_int_equal(seen.answer.status, RESOLVER_OK);
    assert_int_equal(seen.answer.resent, 1);
    assert_int_equal(server.asked, 2);
    dns_server_stop(&server);
}

static void
the_deadline_is_ours(void **state)
{
    struct dns_server server = {.lose = 1000};
    struct seen seen;
    (void)state;

    dns_server_start(&server);
    ask_once(&seen, server.servers, "a.example", RESOLVER_ANY, SECOND / 10);
    assert_int_equal(seen.answer.status, RESOLVER_TIMEOUT);
    assert_true(seen.answer.took_ns < SECOND / 2);
    dns_server_stop(&server);
}

static void
nobody_there_is_unreachable(void **state)
{
    struct dns_server server = {.a = "192.0.2.1"};
    struct seen seen;
    (void)state;

    dns_server_start(&server);
    dns_server_stop(&server);
    ask_once(&seen, server.servers, "a.example", RESOLVER_V4, 20 * SECOND);
    assert_int_equal(seen.answer.status, RESOLVER_UNREACHABLE);
}

static void
literals_and_localhost_need_no_server(void **state)
{
    struct dns_server server = {.rcode = 3};
    struct seen seen;
    (void)state;

    dns_server_start(&server);
    ask_once(&seen, server.servers, "192.0.2.9", RESOLVER_ANY, SECOND);
    assert_int_equal(seen.answer.status, RESOLVER_OK);
    assert_true(has(&seen, "192.0.2.9"));
    ask_once(&seen, server.servers, "2001:db8::9", RESOLVER_ANY, SECOND);
    assert_true(has(&seen, "2001:db8::9"));
    ask_once(&seen, server.servers, "192.0.2.9", RESOLVER_V6, SECOND);
    assert_int_equal(seen.answer.status, RESOLVER_NODATA);
    ask_once(&seen, server.servers, "localhost", RESOLVER_ANY, SECOND);
    assert_int_equal(seen.answer.status, RESOLVER_OK);
    assert_true(has(&seen, "127.0.0.1"));
    assert_int_equal(server.asked, 0);
    dns_server_stop(&server);
}

static void
every_run_asks_afresh_from_a_fresh_port(void **state)
{
    struct dns_server server = {.a = "192.0.2.1"};
    struct loop *loop = loop_create();
    struct seen seen = {.loop = loop, .wanted = 1};
    struct resolver *resolver;
    bool differs = false;
    int i;
    (void)state;

    dns_server_start(&server);
    resolver = resolver_create(loop, server.servers);
    for (i = 0; i < 8; i++) {
        resolver_start(resolver, "a.example", RESOLVER_V4, SECOND, on_seen,
                       &seen);
        loop_run(loop);
    }
    assert_int_equal(server.asked, 8);
    for (i = 1; i < 8; i++)
        differs = differs || server.from[i] != server.from[0];
    assert_true(differs);
    resolver_free(resolver);
    loop_free(loop);
    dns_server_stop(&server);
}

static void
names_of_strangers_are_harmless(void **state)
{
    static const char *const names[] = {
        "", ".", "..", "a..b", "-", "a b", "\xff\xfe", "%00", "[::1]", "a@b",
    };
    struct dns_server server = {.rcode = 3};
    char longer[400];
    struct seen seen;
    size_t i;
    (void)state;

    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    dns_server_start(&server);
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        ask_once(&seen, server.servers, names[i], RESOLVER_ANY, SECOND / 2);
        assert_int_not_equal(seen.answer.status, RESOLVER_OK);
    }
    ask_once(&seen, server.servers, longer, RESOLVER_ANY, SECOND / 2);
    assert_int_not_equal(seen.answer.status, RESOLVER_OK);
    dns_server_stop(&server);
}

static void
many_addresses_are_cut(void **state)
{
    struct dns_server server = {.a = "192.0.2.1", .a_count = 70};
    struct seen seen;
    (void)state;

    dns_server_start(&server);
    ask_once(&seen, server.servers, "a.example", RESOLVER_V4, 5 * SECOND);
    assert_int_equal(seen.answer.status, RESOLVER_OK);
    assert_int_equal(seen.answer.count, RESOLVER_ADDRS_MAX);
    dns_server_stop(&server);
}

static void
stop(void *cookie)
{
    loop_stop(cookie);
}

static void
cancel_is_silent(void **state)
{
    struct dns_server server = {.lose = 1000};
    struct loop *loop = loop_create();
    struct seen seen = {.loop = loop, .wanted = 1};
    struct resolver *resolver;
    struct resolver_query *asked;
    struct resolver_query *literal;
    (void)state;

    dns_server_start(&server);
    resolver = resolver_create(loop, server.servers);
    asked = resolver_start(resolver, "a.example", RESOLVER_ANY, SECOND, on_seen,
                           &seen);
    literal = resolver_start(resolver, "192.0.2.1", RESOLVER_ANY, SECOND,
                             on_seen, &seen);
    resolver_cancel(literal);
    resolver_cancel(asked);
    resolver_cancel(NULL);
    loop_timer_start(loop, SECOND / 20, stop, loop);
    loop_run(loop);
    assert_int_equal(seen.count, 0);
    resolver_free(resolver);
    loop_free(loop);
    dns_server_stop(&server);
}

struct owner {
    struct loop *loop;
    struct resolver *resolver;
};

static void
on_last(void *cookie, const struct resolver_answer *answer)
{
    struct owner *owner = cookie;

    assert_int_equal(answer->status, RESOLVER_OK);
    resolver_free(owner->resolver);
    loop_stop(owner->loop);
}

static void
done_may_free_the_resolver(void **state)
{
    struct dns_server server = {.a = "192.0.2.1"};
    struct owner owner = {.loop = loop_create()};
    (void)state;

    dns_server_start(&server);
    owner.resolver = resolver_create(owner.loop, server.servers);
    resolver_start(owner.resolver, "a.example", RESOLVER_V4, SECOND, on_last,
                   &owner);
    loop_run(owner.loop);
    loop_free(owner.loop);
    dns_server_stop(&server);
}

static void
bad_server_lists_are_refused(void **state)
{
    struct loop *loop = loop_create();
    struct resolver *resolver;
    (void)state;

    assert_null(resolver_create(loop, "not an address"));
    assert_int_equal(errno, EINVAL);
    assert_null(resolver_create(loop, ""));
    resolver = resolver_create(loop, "system");
    assert_non_null(resolver);
    resolver_free(resolver);
    resolver_free(NULL);
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_families_are_asked),
        cmocka_unit_test(one_family_is_enough),
        cmocka_unit_test(each_refusal_has_its_name),
        cmocka_unit_test(garbage_is_malformed),
        cmocka_unit_test(a_lost_datagram_is_a_fact),
        cmocka_unit_test(the_deadline_is_ours),
        cmocka_unit_test(nobody_there_is_unreachable),
        cmocka_unit_test(literals_and_localhost_need_no_server),
        cmocka_unit_test(every_run_asks_afresh_from_a_fresh_port),
        cmocka_unit_test(names_of_strangers_are_harmless),
        cmocka_unit_test(many_addresses_are_cut),
        cmocka_unit_test(cancel_is_silent),
        cmocka_unit_test(done_may_free_the_resolver),
        cmocka_unit_test(bad_server_lists_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
