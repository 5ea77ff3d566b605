/*
 * curl_line.h - the curl command that makes the same request, to be pasted.
 *
 * Values that are known only at run time stand as their names, `${csrf}` and
 * `${secret.shop-password}`: no secret is ever printed.  What curl cannot be
 * told (other limits, expectations) is left out.
 *
 * Ownership   borrows; text goes to the caller's buffer.
 * Errors      a full buffer is the buffer's.
 * Threads     none of its own.
 */
#ifndef CLI_CURL_LINE_H
#define CLI_CURL_LINE_H

#include <stdint.h>

struct buf;
struct spec;
struct spec_request;

struct curl_line {
    const struct spec_request *request; /* NULL: the check makes none */
    int64_t timeout_ns;
    const char *address; /* to go to, or NULL: where its name leads */
};

/* The request that failed, by the name of the result's step: of a journey that
 * step's (NULL: its first), of a check of all addresses the one to that. */
struct curl_line curl_line_of(const struct spec *spec, const char *step);
/* One line, without its end.  There is a request. */
void curl_line_add(struct buf *out, const struct spec *spec,
                   const struct curl_line *line);
/* `text` as one word of a shell. */
void curl_line_quote(struct buf *out, const char *text);
/* The request for a token that comes before it: its `auth` is oauth2. */
void curl_line_add_token(struct buf *out, const struct spec *spec,
                         const struct curl_line *line);

#endif
