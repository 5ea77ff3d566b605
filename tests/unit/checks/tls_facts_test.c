/* Chains and staples as facts and as evidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/tls_facts.c"

#define DAY_MS (86400LL * 1000)

static void
fill(struct certs *certs, wall_t now)
{
    static const char *const names[] = {"shop", "R11", "Root"};

    *certs = (struct certs){.count = 2, .total = 3};
    for (size_t i = 0; i < 3; i++) {
        (void)str_copy(certs->cert[i].subject, 256, names[i]);
        certs->cert[i].not_after.ms =
            now.ms + (int64_t)(10 * (i + 1)) * DAY_MS + 1000;
    }
}

static void
a_chain(void **state)
{
    struct loop *loop = loop_create();
    struct tls_staple staple = {.state = TLS_STAPLE_STALE,
                                .next_update = {1767225600000},
                                .why = "old"};
    struct certs certs;
    struct look look;
    struct result result;
    struct buf out;
    struct json j;

    (void)state;
    look_init(&look, loop);
    fill(&certs, loop_wall(loop));
    look.seen.certs = &certs;
    look.seen.client_cert = "none";
    result_init(&result);
    tls_facts_add(&look, &result);
    assert_string_equal(result_find(&result, FACT_CHAIN)->text,
                        "shop 10d, R11 20d");
    assert_null(result_find(&result, FACT_CLIENT_CERT));
    assert_null(result_find(&result, FACT_OCSP));
    certs.path_count = 3;
    certs.path[1] = 1;
    certs.path[2] = 2;
    look.seen.staple = &staple;
    look.seen.client_cert = "asked";
    result_init(&result);
    tls_facts_add(&look, &result);
    assert_string_equal(result_find(&result, FACT_CHAIN)->text,
                        "shop 10d, R11 20d, Root 30d");
    assert_string_equal(result_find(&result, FACT_OCSP)->text, "stale");
    assert_string_equal(result_find(&result, FACT_CLIENT_CERT)->text, "asked");
    buf_init(&out, 65536);
    j = json_begin(&out);
    json_obj(&j, NULL);
    tls_facts_evidence(&j, &look);
    json_end(&j);
    assert_non_null(strstr(buf_text(&out), "{\"subject\":\"Root\",\"days\":30,"
                                           "\"sent\":false}"));
    assert_non_null(strstr(buf_text(&out), "\"staple\":{\"state\":\"stale\","
                                           "\"why\":\"old\""));
    buf_free(&out);
    look_free(&look);
    loop_free(loop);
}

static void
a_long_chain_is_cut_at_a_name(void **state)
{
    struct loop *loop = loop_create();
    struct certs certs = {.count = CERTS_MAX, .total = CERTS_MAX};
    struct look look;

    (void)state;
    look_init(&look, loop);
    for (size_t i = 0; i < CERTS_MAX; i++)
        memset(certs.cert[i].subject, 'x', 200);
    look.seen.certs = &certs;
    format_chain(&look);
    assert_true(strlen(look.chain) < sizeof(look.chain));
    assert_int_equal(look.chain[strlen(look.chain) - 1], 'd');
    look_free(&look);
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain),
        cmocka_unit_test(a_long_chain_is_cut_at_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
