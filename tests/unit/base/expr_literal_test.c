/* expr_literal.c: numbers exact to the last bit, units, addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/expr_literal.c"

static struct expr_value
whole(int64_t v)
{
    return (struct expr_value){.type = EXPR_V_NUM, .num = v};
}

static struct expr_value
fraction(double v)
{
    return (struct expr_value){
        .type = EXPR_V_NUM, .is_decimal = true, .decimal = v};
}

static void
test_compare(void **state)
{
    const struct {
        struct expr_value a, b;
        int want;
    } rows[] = {
        {whole(1), whole(2), -1},
        {whole(INT64_MAX), whole(INT64_MIN), 1},
        {whole(5), fraction(5.0), 0},
        {whole(5), fraction(5.5), -1},
        {whole(-5), fraction(-5.5), 1},
        {whole(0), fraction(-0.0), 0},
        {fraction(0.1), fraction(0.1), 0},
        {fraction(5.5), whole(5), 1},
        /* Beyond 2^53 a double steps by two, four, ... */
        {whole(9007199254740993), fraction(9007199254740992.0), 1},
        {whole(9007199254740991), fraction(9007199254740992.0), -1},
        {whole(INT64_MAX), fraction(9223372036854775808.0), -1},
        {whole(INT64_MIN), fraction(-9223372036854775808.0), 0},
        {whole(INT64_MIN), fraction(-9223372036854777856.0), 1},
        {whole(INT64_MAX), fraction(1e300), -1},
        {whole(INT64_MIN), fraction(-1e300), 1},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(expr_literal_cmp(&rows[i].a, &rows[i].b),
                         rows[i].want);
        assert_int_equal(expr_literal_cmp(&rows[i].b, &rows[i].a),
                         -rows[i].want);
    }
}

static int
read_as(enum expr_type type, const char *text, struct expr_value *v)
{
    const struct expr_subject subject = {.name = "x", .type = type};
    struct expr_error error;
    struct expr_literal literal = {.text = str_xdup(text)};
    int rc = expr_literal_parse(&literal, &subject, EXPR_OP_EQ, &error);

    *v = literal.value;
    expr_literal_free(&literal);
    return rc;
}

static void
test_numbers(void **state)
{
    static const struct {
        enum expr_type type;
        const char *text;
        int64_t num; /* -1: refused; -2: a decimal */
        double decimal;
    } rows[] = {
        {EXPR_INT, "200", 200, 0},
        {EXPR_INT, "+7", 7, 0},
        {EXPR_INT, "9223372036854775807", INT64_MAX, 0},
        {EXPR_INT, "9223372036854775808", -2, 9223372036854775808.0},
        {EXPR_INT, "1.5", -2, 1.5},
        {EXPR_INT, "0x10", -1, 0},
        {EXPR_INT, "inf", -1, 0},
        {EXPR_INT, "nan", -1, 0},
        {EXPR_INT, "1e999", -1, 0},
        {EXPR_INT, "1.", -1, 0},
        {EXPR_INT, ".5", -1, 0},
        {EXPR_INT, "1e", -1, 0},
        {EXPR_INT, "--1", -1, 0},
        {EXPR_INT, "5%", -1, 0},
        {EXPR_DECIMAL, "5%", 5, 0},
        {EXPR_DECIMAL, "0.5%", -2, 0.5},
        {EXPR_DECIMAL, "%", -1, 0},
        {EXPR_DECIMAL, "-2.5e-1", -2, -0.25},
        {EXPR_DURATION, "800ms", 800000000, 0},
        {EXPR_DURATION, "1.5s", 1500000000, 0},
        {EXPR_DURATION, "0", -1, 0},
        {EXPR_DURATION, "-1s", -1, 0},
        {EXPR_SIZE, "1MiB", 1048576, 0},
        {EXPR_SIZE, "512", 512, 0},
        {EXPR_SIZE, "-5", -1, 0},
        {EXPR_ANY, "1e2", -2, 100},
        {EXPR_ANY, "12", 12, 0},
        {EXPR_ANY, "twelve", -1, 0},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct expr_value v;
        int rc = read_as(rows[i].type, rows[i].text, &v);

        if ((rc != 0) != (rows[i].num == -1))
            fail_msg("%s: %d", rows[i].text, rc);
        if (rc != 0)
            continue;
        assert_int_equal(v.type, EXPR_V_NUM);
        assert_int_equal(v.is_decimal, rows[i].num == -2);
        if (v.is_decimal)
            assert_memory_equal(&v.decimal, &rows[i].decimal, sizeof(double));
        else
            assert_int_equal(v.num, rows[i].num);
    }
}

static void
test_networks(void **state)
{
    static const struct {
        const char *net;
        const char *address;
        int want; /* -1: the network is refused */
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.255", 1},
        {"192.0.2.0/24", "192.0.3.0", 0},
        {"192.0.2.77/24", "192.0.2.1", 1}, /* host bits are passed over */
        {"192.0.2.128/25", "192.0.2.127", 0},
        {"192.0.2.128/25", "192.0.2.128", 1},
        {"0.0.0.0/0", "203.0.113.9", 1},
        {"0.0.0.0/0", "::1", 0},
        {"192.0.2.1", "192.0.2.1", 1},
        {"192.0.2.1", "192.0.2.2", 0},
        {"192.0.2.1/32", "192.0.2.1", 1},
        {"2001:db8::/32", "2001:db8:ffff::1", 1},
        {"2001:db8::/33", "2001:db8:8000::1", 0},
        {"::/0", "2001:db8::1", 1},
        {"2001:db8::1/128", "2001:db8::1", 1},
        {"192.0.2.0/33", "192.0.2.1", -1},
        {"192.0.2.0/-1", "192.0.2.1", -1},
        {"192.0.2.0/+1", "192.0.2.1", -1},
        {"192.0.2.0/", "192.0.2.1", -1},
        {"192.0.2", "192.0.2.1", -1},
        {"192.0.2.0/24/24", "192.0.2.1", -1},
        {"2001:db8::/129", "::", -1},
        {"", "::", -1},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct expr_net net;
        struct expr_net address;
        int rc = expr_literal_net(&net, rows[i].net, strlen(rows[i].net));

        assert_int_equal(rc, rows[i].want < 0 ? -1 : 0);
        if (rc != 0)
            continue;
        assert_int_equal(expr_literal_net(&address, rows[i].address,
                                          strlen(rows[i].address)),
                         0);
        if (expr_literal_in_net(&net, &address) != (rows[i].want == 1))
            fail_msg("%s in %s", rows[i].address, rows[i].net);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
