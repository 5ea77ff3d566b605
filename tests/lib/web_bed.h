/*
 * web_bed.h - a whole controller on ports of its own, and a client that knows
 * HTTP from nobody but itself: plain sockets, OpenSSL for the probes' side.
 *
 * The client runs on a thread of its own while the loop runs; a call ends both.
 *
 * Lifecycle   WEB_BED(test) gives the test a running one as its state.
 * Ownership   the answer of a call is the bed's, until the next one; `url` and
 *             `request` are the test's, `tls` is freed with the bed.
 * Errors      cmocka's assertions; an answer that never came has status 0.
 * Threads     the test's.
 */
#ifndef TESTS_LIB_WEB_BED_H
#define TESTS_LIB_WEB_BED_H

#include <openssl/types.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define WEB_BED_ANSWER_MAX (1u << 20)

struct config;
struct controller;
struct diag;
struct loop;

struct web_bed {
    char dir[64];
    struct loop *loop;
    struct controller *controller;
    char *text; /* of the configuration; a reload reads it again */
    char why[512];
    /* one call */
    const char *url;
    SSL_CTX *tls; /* NULL: plain */
    const char *request;
    size_t request_len;
    char answer[WEB_BED_ANSWER_MAX];
    size_t answer_len;
    int status;
    const char *body;
};

#define WEB_BED(f)                                                             \
    cmocka_unit_test_setup_teardown(f, web_bed_setup, web_bed_teardown)

int web_bed_setup(void **state);
int web_bed_teardown(void **state);

/* What `text` is at first: two regions and the check `home`. */
extern const char web_bed_config[];
/* The configuration of `text`, in the bed's folder: a controller_load_fn. */
struct config *web_bed_load(void *cookie, struct diag *diag);
/* Starts the controller anew, after a test freed it. */
void web_bed_start(struct web_bed *bed);

/* A connection to the port of `url`, or -1. */
int web_bed_connect(const char *url);
/* Send `request` as it is and run the loop until the answer is whole; its
 * status. */
int web_bed_send(struct web_bed *bed, const char *url, const char *request,
                 size_t len);
/* One request to the people's side; `extra` is header lines. */
int web_bed_ask(struct web_bed *bed, const char *line, const char *extra,
                const char *body);
/* The same with the operator's key. */
int web_bed_order(struct web_bed *bed, const char *line, const char *body);
/* The value of a header of the answer, or NULL; valid until the next call. */
const char *web_bed_header(struct web_bed *bed, const char *name);

#endif
