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

struct buf;
struct spec;
struct spec_request;

/* The request that failed: of a journey the step's of that name (NULL: its
 * first); NULL when the check makes none. */
const struct spec_request *curl_line_request(const struct spec *spec,
                                             const char *step);
/* One line, without its end. */
void curl_line_add(struct buf *out, const struct spec *spec,
                   const struct spec_request *request);

#endif
