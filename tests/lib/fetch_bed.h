/*
 * fetch_bed.h - a loop, a fetcher, and what is kept of a result, for tests.
 *
 * Header only: a unit test links no test library.
 *
 * Lifecycle   bed_open(), any number of bed_fetch(), bed_close().
 * Errors      cmocka's assertions.
 */
#ifndef TESTS_LIB_FETCH_BED_H
#define TESTS_LIB_FETCH_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/certs.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "base/loop.h"
#include "base/str.h"
#include "tests/lib/tiny_server.h"

#define SECOND NS_PER_S

/* What a test keeps of a result: its texts die with done(). */
struct seen {
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

struct bed {
    struct loop *loop;
    struct fetcher *fetcher;
    struct seen seen;
    struct addr address;
    char url[128];
};

static inline void
bed_on_seen(void *cookie, const struct fetch_result *result)
{
    struct seen *seen = cookie;

    seen->count++;
    seen->result = *result;
    str_copy(seen->detail, sizeof seen->detail, result->detail);
    str_copy(seen->head, sizeof seen->head, result->headers);
    str_copy(seen->trailers, sizeof seen->trailers, result->trailers);
    str_copy(seen->body, sizeof seen->body, result->body);
    str_copy(seen->alpn, sizeof seen->alpn, result->alpn ? result->alpn : "");
    str_copy(seen->tls, sizeof seen->tls,
             result->tls_protocol ? result->tls_protocol : "");
    free(seen->certs);
    seen->certs = NULL;
    if (result->certs != NULL) {
        seen->certs = malloc(sizeof *seen->certs);
        *seen->certs = *result->certs;
    }
    if (seen->count >= seen->wanted)
        loop_stop(seen->loop);
}

static inline void
bed_open(struct bed *bed, struct trust *trust, uint16_t port, const char *base)
{
    memset(bed, 0, sizeof *bed);
    bed->loop = loop_create();
    bed->fetcher =
        fetcher_create(bed->loop, &(struct fetcher_opts){.trust = trust});
    bed->seen.loop = bed->loop;
    bed->seen.wanted = 1;
    addr_parse_ip(&bed->address, "127.0.0.1", port);
    snprintf(bed->url, sizeof bed->url, "%s:%u/", base, port);
}

static inline void
bed_close(struct bed *bed)
{
    fetcher_free(bed->fetcher);
    loop_free(bed->loop);
    free(bed->seen.certs);
}

static inline void
bed_fetch(struct bed *bed, struct fetch_opts opts)
{
    if (opts.url == NULL)
        opts.url = bed->url;
    opts.address = &bed->address;
    if (opts.timeout_ns == 0)
        opts.timeout_ns = 10 * SECOND;
    bed->seen.count = 0;
    assert_non_null(fetch_start(bed->fetcher, &opts, bed_on_seen, &bed->seen));
    assert_int_equal(bed->seen.count, 0);
    loop_run(bed->loop);
    assert_int_equal(bed->seen.count, bed->seen.wanted);
}

/* A whole plain exchange with a server that answers `text` and closes. */
static inline void
bed_serve_text(struct tiny_conn *conn)
{
    if (tiny_read_head(conn))
        tiny_say(conn, conn->tiny->arg);
}

static inline void
bed_plain(struct bed *bed, void (*serve)(struct tiny_conn *), const void *arg,
          struct fetch_opts opts)
{
    struct tiny tiny = {.serve = serve, .arg = arg};

    tiny_start(&tiny);
    bed_open(bed, NULL, tiny.port, "http://shop.example");
    bed_fetch(bed, opts);
    bed_close(bed);
    tiny_stop(&tiny);
}

static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                           "X-A: one\r\nx-a:  two \r\n\r\nhello";

static inline void
bed_serve_nothing(struct tiny_conn *conn)
{
    tiny_read_head(conn);
    tiny_say(conn, conn->tiny->arg);
    tiny_hold(conn);
}

static const char bed_good[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                               "X-A: one\r\nx-a:  two \r\n\r\nhello";

#endif
