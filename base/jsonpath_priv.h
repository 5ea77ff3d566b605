/*
 * jsonpath_priv.h - a parsed path, between jsonpath_parse.c and jsonpath.c.
 *
 * A path is a chain of segments, a segment a chain of selectors; both are
 * freed with the path.
 */
#ifndef BASE_JSONPATH_PRIV_H
#define BASE_JSONPATH_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSONPATH_TEXT_MAX      4096 /* bytes of a path */
#define JSONPATH_SEGMENTS_MAX  64
#define JSONPATH_SELECTORS_MAX 64 /* of a path: each is tried at each node */
#define JSONPATH_INT_MAX       9007199254740991LL /* 2^53 - 1, RFC 7493 */

enum jsonpath_kind {
    JSONPATH_NAME,
    JSONPATH_WILDCARD,
    JSONPATH_INDEX,
    JSONPATH_SLICE,
};

struct jsonpath_selector {
    enum jsonpath_kind kind;
    struct jsonpath_selector *next;
    char *name; /* JSONPATH_NAME; may hold NUL bytes */
    size_t len;
    int64_t start; /* JSONPATH_INDEX too */
    int64_t end;
    int64_t step;
    bool has_start;
    bool has_end;
};

struct jsonpath_segment {
    bool is_descendant;
    struct jsonpath_selector *first;
    struct jsonpath_segment *next;
};

struct jsonpath {
    struct jsonpath_segment *first; /* NULL: the path is `$` */
};

#endif
