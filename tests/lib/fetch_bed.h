/*
 * fetch_bed.h - a loop, a fetcher, and what is kept of a result, for tests.
 *
 * Lifecycle   fetch_bed_open(), any number of fetch_bed_get(),
 *             fetch_bed_close(); fetch_bed_plain() is all of it, with a server.
 * Ownership   what was seen is the bed's, until the next result.
 * Errors      cmocka's assertions.
 * Threads     one; servers have their own (tiny_server.h).
 */
#ifndef TESTS_LIB_FETCH_BED_H
#define TESTS_LIB_FETCH_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "tests/lib/tiny_server.h"

#define SECOND NS_PER_S

struct certs;
struct loop;
struct trust;

/* What a test keeps of a result: its texts die with done(). */
struct fetch_seen {
    struct loop *loop;
    int wanted; /* loop stops after so many */
    int count;
    struct fetch_result result;
    char detail[320];
    char head[1024];
    char trailers[256];
    char body[1024];
    char alpn[16];
    char tls[16];
    struct certs *certs; /* without names */
};

struct fetch_bed {
    struct loop *loop;
    struct fetcher *fetcher;
    struct fetch_seen seen;
    struct addr address;
    char url[128];
};

/* `base` "http://shop.example": the bed's URL is that, `port` and a slash. */
void fetch_bed_open(struct fetch_bed *bed, struct trust *trust, uint16_t port,
                    const char *base);
void fetch_bed_close(struct fetch_bed *bed);

/* One exchange to its end, to 127.0.0.1; without a URL the bed's. */
void fetch_bed_get(struct fetch_bed *bed, struct fetch_opts opts);
/* For a test that starts it by itself: `cookie` is a struct fetch_seen. */
void fetch_bed_on_seen(void *cookie, const struct fetch_result *result);

/* A whole plain exchange with a server that does `serve`. */
void fetch_bed_plain(struct fetch_bed *bed, void (*serve)(struct tiny_conn *),
                     const void *arg, struct fetch_opts opts);

/* ---- servers: each reads a head and says `arg`, a text ---- */

void fetch_bed_serve_text(struct tiny_conn *conn);    /* then closes */
void fetch_bed_serve_nothing(struct tiny_conn *conn); /* then waits */

/* 200, with "hello" and two headers of one name. */
extern const char fetch_bed_good[];

#endif
