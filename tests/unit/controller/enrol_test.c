#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/ssl.h>
#include <stdio.h>

#include "controller/enrol.c"

#include "base/file.h"
#include "tests/lib/pki.h"

#include "fake_loop.c"

/* A store that remembers what it was told, and fails when it is told to. */
static struct {
    bool fails;
    int probes, tokens, audits;
    int uses_left;
    bool revoked;
} kept;

struct pending {
    store_done_fn *done;
    void *cookie;
    struct loop *loop;
};

static void
fire(void *cookie)
{
    struct pending *p = cookie;

    p->done(p->cookie, kept.fails ? STORE_FAILED : STORE_DONE);
    free(p);
}

static struct loop *the_loop;

static void
later(store_done_fn *done, void *cookie)
{
    struct pending *p = str_xcalloc(1, sizeof(*p));

    *p = (struct pending){done, cookie, the_loop};
    loop_post(the_loop, fire, p);
}

void
store_put_probe(struct store *store, const struct store_probe *probe,
                store_done_fn *done, void *cookie)
{
    (void)store;
    kept.probes++;
    kept.revoked = probe->revoked;
    later(done, cookie);
}

void
store_put_token(struct store *store, const struct store_token *token,
                store_done_fn *done, void *cookie)
{
    (void)store;
    kept.tokens++;
    kept.uses_left = token->uses_left;
    later(done, cookie);
}

void
store_add_audit(struct store *store, const char *who, const char *what)
{
    (void)store;
    (void)who;
    (void)what;
    kept.audits++;
}

struct world {
    char dir[64];
    struct loop *loop;
    struct ca *ca;
    struct fleet *fleet;
    struct enrol *enrol;
    char *csr;
    int status;
    int calls;
    char name[64];
    char sha256[65];
};

static char *
make_csr(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_REQ *req = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    char *text;
    long len;

    assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
    assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(bio, req), 1);
    len = BIO_get_mem_data(bio, &data);
    text = str_xndup(data, (size_t)len);
    X509_REQ_free(req);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return text;
}

static int
setup(void **state)
{
    struct world *w = test_calloc(1, sizeof(*w));
    struct enrol_ports ports = {0};
    char why[256];

    memset(&kept, 0, sizeof(kept));
    (void)snprintf(w->dir, sizeof(w->dir), "/tmp/picket-enrol-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    the_loop = w->loop = loop_create();
    w->ca = ca_open(w->dir, loop_wall(w->loop), why, sizeof(why));
    assert_non_null(w->ca);
    w->fleet = fleet_create(w->loop, NULL);
    ports = (struct enrol_ports){w->loop, NULL, w->fleet, w->ca, NULL};
    w->enrol = enrol_create(&ports);
    w->csr = make_csr();
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    fake_loop_advance(w->loop, 0);
    enrol_free(w->enrol);
    fleet_free(w->fleet);
    ca_close(w->ca);
    loop_free(w->loop);
    free(w->csr);
    assert_int_equal(file_remove_tree(w->dir), 0);
    test_free(w);
    return 0;
}

static void
on_done(void *cookie, const struct message_enroll_reply *reply, int status,
        const char *why)
{
    struct world *w = cookie;

    w->calls++;
    w->status = status;
    assert_non_null(why);
    (void)str_copy(w->name, sizeof(w->name), reply == NULL ? "" : reply->name);
}

static int
try_join(struct world *w, const char *token, const char *wish)
{
    struct message_enroll m = {token, wish, w->csr};
    struct enrol_ask ask = {&m, NULL, NULL};
    int before = w->calls;

    assert_non_null(enrol_start(w->enrol, &ask, on_done, w));
    assert_int_equal(w->calls, before); /* never from inside */
    fake_loop_advance(w->loop, 0);
    assert_int_equal(w->calls, before + 1);
    return w->status;
}

static void
offer(struct world *w, const char *name, int uses, char *token)
{
    struct enrol_offer o = {"fra", name, uses, {0}, "tester"};
    char why[ENROL_WHY_MAX];

    assert_int_equal(enrol_add(w->enrol, &o, token, why), 0);
}

static void
invitation_is_good_once_and_for_ten_minutes(void **state)
{
    struct world *w = *state;
    char token[ENROL_TOKEN_MAX];

    offer(w, NULL, 1, token);
    assert_int_equal(try_join(w, token, "Host.Example"), 200);
    assert_string_equal(w->name, "host.example");
    assert_int_equal(kept.uses_left, 0);
    assert_int_equal(fleet_count(w->fleet), 1);
    assert_int_equal(try_join(w, token, "other"), 403);
    offer(w, NULL, 1, token);
    fake_loop_advance(w->loop, 600 * NS_PER_S);
    assert_int_equal(try_join(w, token, "late"), 403);
    assert_int_equal(enrol_count(w->enrol), 1);
}

static void
key_lets_in_its_count_under_names_of_their_own(void **state)
{
    struct world *w = *state;
    char token[ENROL_TOKEN_MAX];

    offer(w, NULL, 3, token);
    assert_int_equal(try_join(w, token, "node"), 200);
    assert_string_equal(w->name, "node");
    assert_int_equal(try_join(w, token, "node"), 200);
    assert_string_equal(w->name, "node-2");
    assert_int_equal(try_join(w, token, ""), 200);
    assert_string_equal(w->name, "fra");
    assert_int_equal(try_join(w, token, "node"), 403);
}

static void
name_that_is_taken_is_not_given_twice(void **state)
{
    struct world *w = *state;
    char first[ENROL_TOKEN_MAX];
    char second[ENROL_TOKEN_MAX];
    struct enrol_offer o = {"fra", "edge", 1, {0}, "tester"};
    char why[ENROL_WHY_MAX];

    offer(w, "edge", 1, first);
    offer(w, "edge", 1, second);
    assert_int_equal(try_join(w, first, "x"), 200);
    assert_int_equal(try_join(w, second, "x"), 409);
    assert_int_equal(enrol_add(w->enrol, &o, first, why), -1);
    assert_non_null(strstr(why, "revoke"));
    assert_int_equal(enrol_revoke(w->enrol, "edge", "tester"), 0);
    assert_true(kept.revoked);
    assert_int_equal(fleet_count(w->fleet), 0);
    assert_int_equal(try_join(w, second, "x"), 200); /* its place is free */
    assert_int_equal(enrol_revoke(w->enrol, "nobody", "tester"), -1);
}

static void
store_that_fails_takes_the_decision_back(void **state)
{
    struct world *w = *state;
    char token[ENROL_TOKEN_MAX];

    offer(w, NULL, 1, token);
    fake_loop_advance(w->loop, 0);
    kept.fails = true;
    assert_int_equal(try_join(w, token, "a"), 503);
    assert_int_equal(enrol_count(w->enrol), 0);
    kept.fails = false;
    assert_int_equal(try_join(w, token, "a"), 200);
}

static struct httpd_peer
peer_of(const struct world *w, const char *name, enum httpd_peer_state state)
{
    struct httpd_peer peer = {.state = state};

    (void)str_copy(peer.name, sizeof(peer.name), name);
    for (size_t i = 0; i < enrol_count(w->enrol); i++)
        if (str_eq(enrol_get(w->enrol, i)->name, name))
            (void)str_copy(peer.sha256, sizeof(peer.sha256),
                           enrol_get(w->enrol, i)->cert_sha256);
    return peer;
}

static int
try_renew(struct world *w, const struct httpd_peer *peer)
{
    struct message_enroll m = {"", "", w->csr};
    struct enrol_ask ask = {&m, NULL, peer};

    assert_non_null(enrol_start(w->enrol, &ask, on_done, w));
    fake_loop_advance(w->loop, 0);
    return w->status;
}

static int
identify(struct world *w, const struct httpd_peer *peer)
{
    const char *why = NULL;
    int status = 200;

    return enrol_find(w->enrol, peer, &status, &why) != NULL ? 200 : status;
}

static void
renewal_keeps_the_old_certificate_until_the_new_is_used(void **state)
{
    struct world *w = *state;
    char token[ENROL_TOKEN_MAX];
    struct httpd_peer old;
    struct httpd_peer fresh;

    offer(w, "edge", 1, token);
    assert_int_equal(try_join(w, token, ""), 200);
    old = peer_of(w, "edge", HTTPD_PEER_VALID);
    assert_int_equal(identify(w, &old), 200);
    assert_int_equal(try_renew(w, &old), 200);
    fresh = peer_of(w, "edge", HTTPD_PEER_VALID);
    assert_string_not_equal(old.sha256, fresh.sha256);
    assert_int_equal(identify(w, &old), 200); /* the reply may be lost */
    assert_int_equal(try_renew(w, &old), 200);
    fresh = peer_of(w, "edge", HTTPD_PEER_VALID);
    assert_int_equal(identify(w, &fresh), 200);
    assert_int_equal(identify(w, &old), 403);
}

static void
way_back_is_open_for_ninety_days(void **state)
{
    struct world *w = *state;
    char token[ENROL_TOKEN_MAX];
    struct httpd_peer peer;

    offer(w, "edge", 1, token);
    assert_int_equal(try_join(w, token, ""), 200);
    peer = peer_of(w, "edge", HTTPD_PEER_EXPIRED);
    assert_int_equal(identify(w, &peer), 401);
    fake_loop_set_wall(w->loop, (wall_t){FAKE_LOOP_START_MS + 119 * DAY_MS});
    assert_int_equal(try_renew(w, &peer), 200);
    peer = peer_of(w, "edge", HTTPD_PEER_EXPIRED);
    fake_loop_set_wall(w->loop, (wall_t){FAKE_LOOP_START_MS + 240 * DAY_MS});
    assert_int_equal(try_renew(w, &peer), 403);
}

static void
strangers_and_the_revoked_are_refused(void **state)
{
    struct world *w = *state;
    char token[ENROL_TOKEN_MAX];
    struct httpd_peer peer = {.state = HTTPD_PEER_NONE};
    struct httpd_peer forged;

    assert_int_equal(identify(w, &peer), 401);
    offer(w, "edge", 1, token);
    assert_int_equal(try_join(w, token, ""), 200);
    peer = peer_of(w, "edge", HTTPD_PEER_VALID);
    forged = peer; /* the right name on another certificate of ours */
    forged.sha256[0] = forged.sha256[0] == 'a' ? 'b' : 'a';
    assert_int_equal(identify(w, &forged), 403);
    assert_int_equal(try_renew(w, &forged), 403);
    assert_int_equal(enrol_revoke(w->enrol, "edge", "tester"), 0);
    assert_int_equal(identify(w, &peer), 403);
    assert_int_equal(try_renew(w, &peer), 403);
}

static void
cancelled_call_is_silent_and_the_probe_is_in(void **state)
{
    struct world *w = *state;
    char token[ENROL_TOKEN_MAX];
    struct message_enroll m = {token, "gone", w->csr};
    struct enrol_ask ask = {&m, NULL, NULL};

    offer(w, NULL, 1, token);
    enrol_cancel(enrol_start(w->enrol, &ask, on_done, w));
    enrol_cancel(enrol_start(w->enrol, &ask, on_done, w)); /* a refusal */
    enrol_cancel(NULL);
    fake_loop_advance(w->loop, NS_PER_S);
    assert_int_equal(w->calls, 0);
    assert_int_equal(fleet_count(w->fleet), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(invitation_is_good_once_and_for_ten_minutes),
        T(key_lets_in_its_count_under_names_of_their_own),
        T(name_that_is_taken_is_not_given_twice),
        T(store_that_fails_takes_the_decision_back),
        T(renewal_keeps_the_old_certificate_until_the_new_is_used),
        T(way_back_is_open_for_ninety_days),
        T(strangers_and_the_revoked_are_refused),
        T(cancelled_call_is_silent_and_the_probe_is_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
