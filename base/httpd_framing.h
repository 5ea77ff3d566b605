/*
 * httpd_framing.h - where a request begins and ends, from its raw bytes.
 *
 * A pure machine, fed as bytes arrive.  It is the only parser of framing there
 * is, so nothing behind it can disagree about where a request ends.  It accepts
 * RFC 9112 in its strict reading and nothing that another server might read
 * differently: no bare LF or CR, no folded line, no space before a colon, no
 * second Content-Length or Host, no length beside chunks.
 *
 * Not for meaning: httpd_request.c reads method, path and fields.
 *
 * Ownership   head and body belong to the machine until its reset.
 * Units       bytes.
 * Errors      HTTPD_FRAMING_BAD, with the status to refuse it by.
 * Threads     none of its own.
 */
#ifndef BASE_HTTPD_FRAMING_H
#define BASE_HTTPD_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum httpd_framing_state {
    HTTPD_FRAMING_HEAD,
    HTTPD_FRAMING_BODY, /* `left` bytes more */
    HTTPD_FRAMING_CHUNK_SIZE,
    HTTPD_FRAMING_CHUNK,     /* `left` bytes more */
    HTTPD_FRAMING_CHUNK_END, /* CR LF after a chunk */
    HTTPD_FRAMING_TRAILER,
    HTTPD_FRAMING_WHOLE,
    HTTPD_FRAMING_BAD,
};

struct httpd_framing {
    enum httpd_framing_state state;
    int status;       /* of HTTPD_FRAMING_BAD: 400, 413, 431, 501, 505 */
    struct buf head;  /* lines ended by CR LF, without the empty one */
    struct buf body;  /* chunks taken apart */
    struct buf line;  /* of chunk sizes and trailers, as far as it came */
    size_t line_from; /* in head: where the newest line begins */
    size_t line_count;
    size_t overhead; /* bytes of chunk sizes and trailers so far */
    uint64_t left;
    bool has_length;
    bool has_host;
    bool has_expect; /* 100-continue is waited for */
    bool is_chunked;
    bool is_http10;
    bool wants_close;
};

void httpd_framing_init(struct httpd_framing *framing, size_t header_max,
                        size_t body_max);
void httpd_framing_free(struct httpd_framing *framing);
/* For the next request on the same connection. */
void httpd_framing_reset(struct httpd_framing *framing);

/* Takes bytes and says how many; fewer than `len` only when the request is
 * whole or bad. */
size_t httpd_framing_add(struct httpd_framing *framing, const void *data,
                         size_t len);

#endif
