/*
 * jsonpath.h - JSON documents (Jansson) and paths into them (RFC 9535).
 *
 * All of the RFC: every selector, filters with the functions length, count,
 * match, search and value, well-typed or refused when read.  One thing is
 * stricter: a pattern written into a path must be an I-Regexp (RFC 9485),
 * where the RFC would let it match nothing.
 *
 * Ownership   a document owns its values; texts are valid until it is freed.
 * Errors      jsonpath_doc() NULL on what is not JSON (RFC 8259), deeper than
 *             JSONPATH_DEPTH_MAX; the message, one line
 *             of printable text, says where.  jsonpath_parse() NULL with the
 *             offset.  Work over a limit is a fault of the values.
 * Threads     none of their own.
 */
#ifndef BASE_JSONPATH_H
#define BASE_JSONPATH_H

#include <stddef.h>

#define JSONPATH_DEPTH_MAX 64
#define JSONPATH_NODES_MAX 10000 /* visited by one path, in filters too */

#define JSONPATH_NODES_FAULT "json path visited over 10000 nodes"

struct buf;
struct expr_values;
struct jsonpath;
struct jsonpath_doc;

struct jsonpath_doc *jsonpath_doc(const char *text, size_t len, char *message,
                                  size_t cap);
void jsonpath_doc_free(struct jsonpath_doc *doc);

struct jsonpath *jsonpath_parse(const char *text, size_t *error_offset,
                                char *message, size_t cap);
void jsonpath_free(struct jsonpath *path);

/* Adds what `path` selects; objects and arrays as their compact text. */
void jsonpath_select(const struct jsonpath *path,
                     const struct jsonpath_doc *doc,
                     struct expr_values *values);
/* The same for a path given as text, parsed and dropped. */
void jsonpath_lookup(const char *path, const struct jsonpath_doc *doc,
                     struct expr_values *values);

enum jsonpath_took {
    JSONPATH_TOOK,
    JSONPATH_TOOK_NOTHING,  /* the path selects nothing */
    JSONPATH_TOOK_NULL,     /* it selects null */
    JSONPATH_TOOK_INEXACT,  /* a number of over 2^53 that is no 64-bit integer:
                               not all of its digits are known any more */
    JSONPATH_TOOK_TOO_MUCH, /* `out` is full, or JSONPATH_NODES_MAX */
};

/* Adds the first node that `path` selects: a text as it is, anything else as
 * compact JSON. */
enum jsonpath_took jsonpath_take(const struct jsonpath *path,
                                 const struct jsonpath_doc *doc,
                                 struct buf *out);

/* Convenience for readers of people's JSON (API clients, tests): the text of
 * the first value, its NULs as dots, "" when absent; valid until the document
 * is freed. */
const char *jsonpath_text(struct jsonpath_doc *doc, const char *path);

#endif
