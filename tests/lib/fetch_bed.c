#include "tests/lib/fetch_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/certs.h"
#include "base/loop.h"
#include "base/str.h"

const char fetch_bed_good[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                              "X-A: one\r\nx-a:  two \r\n\r\nhello";

void
fetch_bed_on_seen(void *cookie, const struct fetch_result *result)
{
    struct fetch_seen *seen = cookie;

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

void
fetch_bed_open(struct fetch_bed *bed, struct trust *trust, uint16_t port,
               const char *base)
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

void
fetch_bed_close(struct fetch_bed *bed)
{
    fetcher_free(bed->fetcher);
    loop_free(bed->loop);
    free(bed->seen.certs);
}

void
fetch_bed_get(struct fetch_bed *bed, struct fetch_opts opts)
{
    if (opts.url == NULL)
        opts.url = bed->url;
    opts.address = &bed->address;
    if (opts.timeout_ns == 0)
        opts.timeout_ns = 10 * SECOND;
    bed->seen.count = 0;
    assert_non_null(
        fetch_start(bed->fetcher, &opts, fetch_bed_on_seen, &bed->seen));
    assert_int_equal(bed->seen.count, 0);
    loop_run(bed->loop);
    assert_int_equal(bed->seen.count, bed->seen.wanted);
}

void
fetch_bed_serve_text(struct tiny_conn *conn)
{
    if (tiny_read_head(conn))
        tiny_say(conn, conn->tiny->arg);
}

void
fetch_bed_plain(struct fetch_bed *bed, void (*serve)(struct tiny_conn *),
                const void *arg, struct fetch_opts opts)
{
    struct tiny tiny = {.serve = serve, .arg = arg};

    tiny_start(&tiny);
    fetch_bed_open(bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(bed, opts);
    fetch_bed_close(bed);
    tiny_stop(&tiny);
}

void
fetch_bed_serve_nothing(struct tiny_conn *conn)
{
    tiny_read_head(conn);
    tiny_say(conn, conn->tiny->arg);
    tiny_hold(conn);
}
