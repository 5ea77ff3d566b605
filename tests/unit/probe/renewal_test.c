/* renewal_test.c - asks at two thirds of a certificate's life, asks again when
 * refused, and takes the new one.  Certificates are made by the openssl
 * command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/renewal.c"

#include <stdio.h>

#include "base/file.h"
#include "fake_link.h"
#include "fake_loop.h"

struct bed {
    struct loop *loop;
    struct fake_link link;
    struct identity *identity;
    struct renewal *renewal;
    char dir[64];
};

static char *
sign(const struct bed *bed, const char *csr, int days)
{
    char *command = str_xprintf(
        "cd %s && { [ -e ca.crt ] || openssl req -x509 -newkey ec -pkeyopt "
        "ec_paramgen_curve:P-256 -nodes -subj /CN=ca -days 90 "
        "-keyout ca.key -out ca.crt 2>/dev/null; } && openssl x509 -req "
        "-in csr -CA ca.crt -CAkey ca.key -days %d -out crt 2>/dev/null",
        bed->dir, days);
    char *in = file_join(bed->dir, "csr"), *out = file_join(bed->dir, "crt");
    struct buf pem;
    char *text;

    assert_int_equal(file_replace(in, csr, strlen(csr), 0600), 0);
    assert_int_equal(system(command), 0);
    buf_init(&pem, 1 << 16);
    assert_int_equal(file_read(out, &pem), 0);
    text = str_xdup(buf_text(&pem));
    buf_free(&pem);
    free(in);
    free(out);
    free(command);
    return text;
}

static int
setup(void **state)
{
    struct bed *bed = calloc(1, sizeof(*bed));
    struct renewal_opts opts = {.name = "fra-1"};
    char *csr, *cert, why[256];

    assert_non_null(bed);
    (void)snprintf(bed->dir, sizeof(bed->dir), "/tmp/renewal_XXXXXX");
    assert_non_null(mkdtemp(bed->dir));
    bed->loop = loop_create();
    fake_link_init(&bed->link);
    bed->identity = identity_open(bed->dir, why, sizeof(why));
    assert_non_null(bed->identity);
    csr = identity_csr(bed->identity, "fra-1");
    cert = sign(bed, csr, 30);
    assert_int_equal(identity_set(bed->identity, cert, NULL, why, sizeof(why)),
                     0);
    free(cert);
    free(csr);
    opts.loop = bed->loop;
    opts.link = &bed->link.link;
    opts.identity = bed->identity;
    fake_loop_set_wall(bed->loop, (wall_t){identity_renew_at(bed->identity).ms -
                                           60 * MS_PER_S});
    bed->renewal = renewal_create(&opts);
    fake_loop_advance(bed->loop, 0);
    *state = bed;
    return 0;
}

static int
teardown(void **state)
{
    struct bed *bed = *state;

    renewal_free(bed->renewal);
    assert_int_equal(bed->link.count, 0);
    identity_free(bed->identity);
    loop_free(bed->loop);
    (void)file_remove_tree(bed->dir);
    free(bed);
    return 0;
}

static void
renewed_at_two_thirds(void **state)
{
    struct bed *bed = *state;
    struct message_enroll_reply reply = {.name = "fra-1", .region = "fra"};
    struct message_enroll *asked;
    struct link_call *call;
    wall_t before = identity_ends(bed->identity);
    struct buf body;
    char *cert;

    assert_int_equal(bed->link.started[LINK_RENEW], 0);
    fake_loop_advance(bed->loop, RENEWAL_LOOK_S * NS_PER_S);
    call = fake_link_find(&bed->link, LINK_RENEW);
    if (call == NULL)
        abort(); /* it did not ask */
    asked = message_decode_enroll(call->request.body, call->request.len);
    assert_non_null(asked);
    assert_string_equal(asked->token, "");
    fake_link_answer(call, 503, "", 0);
    assert_null(fake_link_find(&bed->link, LINK_RENEW));
    fake_loop_advance(bed->loop, RENEWAL_RETRY_S * NS_PER_S);
    cert = sign(bed, asked->csr, 60);
    reply.cert = cert;
    buf_init(&body, 1 << 16);
    assert_int_equal(message_encode_enroll_reply(&body, &reply), 0);
    fake_link_answer(fake_link_find(&bed->link, LINK_RENEW), 200, body.data,
                     body.len);
    assert_true(identity_ends(bed->identity).ms >
                before.ms + 29LL * 86400 * MS_PER_S);
    fake_loop_advance(bed->loop, 10 * RENEWAL_LOOK_S * NS_PER_S);
    assert_int_equal(bed->link.started[LINK_RENEW], 2);
    buf_free(&body);
    message_free(asked);
    free(cert);
}

static void
a_wrong_certificate_changes_nothing(void **state)
{
    struct bed *bed = *state;
    struct message_enroll_reply reply = {.cert = "rubbish"};
    wall_t before = identity_ends(bed->identity);
    struct buf body;

    fake_loop_advance(bed->loop, RENEWAL_LOOK_S * NS_PER_S);
    buf_init(&body, 4096);
    assert_int_equal(message_encode_enroll_reply(&body, &reply), 0);
    fake_link_answer(fake_link_find(&bed->link, LINK_RENEW), 200, body.data,
                     body.len);
    assert_int_equal(identity_ends(bed->identity).ms, before.ms);
    fake_loop_advance(bed->loop, RENEWAL_RETRY_S * NS_PER_S);
    assert_int_equal(bed->link.started[LINK_RENEW], 2);
    buf_free(&body);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(renewed_at_two_thirds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_certificate_changes_nothing,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
