/* What is found again, and what must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/certs_known.c"

#include "tests/lib/pki.h"

#define DAY_MS (86400LL * 1000)

struct world {
    struct pki root, middle, leaf, other;
    struct trust *trust;
    STACK_OF(X509) * sent;
    STACK_OF(X509) * path;
};

static void
open_world(struct world *w)
{
    char why[200] = "";
    char *pem;

    pki_make(&w->root, NULL, &(struct pki_opts){.name = "R", .is_ca = true});
    pki_make(&w->middle, &w->root,
             &(struct pki_opts){.name = "M", .is_ca = true});
    pki_make(
        &w->leaf, &w->middle,
        &(struct pki_opts){.name = "l", .from_s = -86400, .to_s = 2 * 86400});
    pki_make(&w->other, &w->middle, &(struct pki_opts){.name = "l"});
    pem = pki_pem(&w->root);
    w->trust = trust_create("", pem, why, sizeof(why));
    assert_non_null(w->trust);
    free(pem);
    w->sent = sk_X509_new_null();
    sk_X509_push(w->sent, w->leaf.cert);
    sk_X509_push(w->sent, w->middle.cert);
    w->path = sk_X509_new_null();
    sk_X509_push(w->path, w->leaf.cert);
    sk_X509_push(w->path, w->middle.cert);
    sk_X509_push(w->path, w->root.cert);
}

static void
close_world(struct world *w)
{
    sk_X509_free(w->sent);
    sk_X509_free(w->path);
    trust_free(w->trust);
    pki_free(&w->root);
    pki_free(&w->middle);
    pki_free(&w->leaf);
    pki_free(&w->other);
}

static bool
is_known(struct certs_known *known, const struct world *w,
         const struct trust *trust, const char *host, wall_t now)
{
    struct certs_known_key key;
    STACK_OF(X509) * path;
    int count;

    certs_known_key(&key, w->sent, trust, host);
    path = certs_known_find(known, &key, w->sent, now);
    count = sk_X509_num(path);
    if (path != NULL) {
        assert_int_equal(count, 3);
        assert_int_equal(X509_cmp(sk_X509_value(path, 0), w->leaf.cert), 0);
        assert_int_equal(X509_cmp(sk_X509_value(path, 2), w->root.cert), 0);
    }
    sk_X509_pop_free(path, X509_free);
    return path != NULL;
}

static void
the_same_and_nothing_else(void **state)
{
    struct certs_known *known = certs_known_create();
    wall_t now = clock_wall();
    struct certs_known_key key;
    struct trust *other;
    struct world w;
    char why[200] = "";

    (void)state;
    open_world(&w);
    other = trust_create("", NULL, why, sizeof(why));
    certs_known_key(&key, w.sent, w.trust, "a");
    assert_false(is_known(known, &w, w.trust, "a", now));
    certs_known_add(known, &key, w.trust, w.sent, w.path);
    assert_true(is_known(known, &w, w.trust, "a", now));
    assert_true(is_known(known, &w, w.trust, "a", now));
    assert_int_equal(certs_known_hits(known), 2);
    /* Another host, other authorities, another day. */
    assert_false(is_known(known, &w, w.trust, "b", now));
    assert_false(is_known(known, &w, other, "a", now));
    assert_false(
        is_known(known, &w, w.trust, "a", (wall_t){now.ms + 3 * DAY_MS}));
    assert_false(
        is_known(known, &w, w.trust, "a", (wall_t){now.ms - 2 * DAY_MS}));
    /* Another certificate of the same name, another order. */
    sk_X509_set(w.sent, 0, w.other.cert);
    assert_false(is_known(known, &w, w.trust, "a", now));
    sk_X509_set(w.sent, 0, w.middle.cert);
    sk_X509_set(w.sent, 1, w.leaf.cert);
    assert_false(is_known(known, &w, w.trust, "a", now));
    trust_free(other);
    close_world(&w);
    certs_known_free(known);
    certs_known_free(NULL);
}

/* A chain whose bytes could not be summed up may be any chain. */
static void
what_has_no_key_is_not_known(void **state)
{
    struct certs_known *known = certs_known_create();
    const struct certs_known_key none = {{0}};
    struct world w;

    (void)state;
    open_world(&w);
    certs_known_add(known, &none, w.trust, w.sent, w.path);
    assert_null(certs_known_find(known, &none, w.sent, clock_wall()));
    certs_known_free(known);
    close_world(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_and_nothing_else),
        cmocka_unit_test(what_has_no_key_is_not_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
