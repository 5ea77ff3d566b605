/*
 * jsonpath_priv.h - a parsed path, and what the jsonpath files share.
 *
 *     jsonpath_cursor.c   a place in the text: numbers, texts, blanks, errors
 *     jsonpath_parse.c    text -> segments and selectors
 *     jsonpath_filter.c   text after `?` -> a condition, well-typed or refused
 *     jsonpath_iregexp.c  patterns of match() and search() -> PCRE2
 *     jsonpath_doc.c      bytes -> a document, or why they are none
 *     jsonpath_walk.c     path + value -> the nodes it selects
 *     jsonpath_eval.c     condition + value -> true or false
 *     jsonpath.c          nodes -> values for an expectation, or text
 *
 * A path is a chain of segments, a segment a chain of selectors, a condition a
 * tree; all is freed with the path.
 *
 * Errors, Threads   as jsonpath.h.
 */
#ifndef BASE_JSONPATH_PRIV_H
#define BASE_JSONPATH_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSONPATH_TEXT_MAX      4096 /* bytes of a path */
#define JSONPATH_SEGMENTS_MAX  64   /* with those inside filters */
#define JSONPATH_SELECTORS_MAX 64   /* likewise: each is tried at each node */
#define JSONPATH_PATTERN_MAX   1024 /* bytes of a pattern */

struct json_t; /* Jansson's */
struct jsonpath_cursor;
struct regex;

enum jsonpath_kind {
    JSONPATH_NAME,
    JSONPATH_WILDCARD,
    JSONPATH_INDEX,
    JSONPATH_SLICE,
    JSONPATH_FILTER,
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
    struct jsonpath_term *filter; /* JSONPATH_FILTER */
};

struct jsonpath_segment {
    bool is_descendant;
    struct jsonpath_selector *first;
    struct jsonpath_segment *next;
};

struct jsonpath {
    struct jsonpath_segment *first; /* NULL: the path is `$` or `@` */
    bool is_relative;               /* begins with `@` */
    bool is_singular; /* as the grammar has it: one node at most, no blanks */
};

/* Texts made for jsonpath_text(). */
struct jsonpath_kept {
    struct jsonpath_kept *next;
    char text[];
};

struct jsonpath_doc {
    struct json_t *root;
    struct jsonpath_kept *kept;
};

/* ---- conditions ---- */

enum jsonpath_op {
    JSONPATH_OR,  /* of two or more terms */
    JSONPATH_AND, /* likewise */
    JSONPATH_NOT,
    JSONPATH_EQ,
    JSONPATH_NE,
    JSONPATH_LT,
    JSONPATH_LE,
    JSONPATH_GT,
    JSONPATH_GE,
    JSONPATH_QUERY, /* alone: does it select anything? */
    JSONPATH_LITERAL,
    JSONPATH_LENGTH,
    JSONPATH_COUNT,
    JSONPATH_MATCH,
    JSONPATH_SEARCH,
    JSONPATH_VALUE,
};

enum jsonpath_type {
    JSONPATH_NOTHING, /* no value: not even null */
    JSONPATH_NULL,
    JSONPATH_FALSE,
    JSONPATH_TRUE,
    JSONPATH_NUMBER,
    JSONPATH_TEXT,
    JSONPATH_TREE, /* an object or an array */
};

/* What is compared.  Texts and trees are borrowed. */
struct jsonpath_value {
    enum jsonpath_type type;
    bool is_decimal;
    int64_t num;
    double decimal;
    const char *text;
    size_t len;
    struct json_t *tree;
};

struct jsonpath_pattern {
    struct regex *regex; /* NULL: none */
    size_t weight;       /* characters one step may run over uncounted */
    size_t at;           /* without a regex: the byte that is wrong */
    const char *why;     /* and why, a static text */
};

struct jsonpath_term {
    enum jsonpath_op op;
    size_t at;                   /* where it stands in the text */
    struct jsonpath_term *first; /* operands, arguments */
    struct jsonpath_term *next;
    struct jsonpath *query;
    struct jsonpath_value literal;
    char *text;                      /* of a literal; owned */
    struct jsonpath_pattern pattern; /* one that is a literal */
};

/* A path at the cursor, which stands at its `$` or `@`. */
struct jsonpath *jsonpath_parse_query(struct jsonpath_cursor *c);
/* After the `?`. */
struct jsonpath_term *jsonpath_filter_parse(struct jsonpath_cursor *c);
void jsonpath_filter_free(struct jsonpath_term *term);

/* An I-Regexp (RFC 9485) for the whole text (JSONPATH_MATCH), or for any place
 * in it.  The regex is the caller's. */
struct jsonpath_pattern
jsonpath_iregexp_compile(const char *pattern, size_t len, enum jsonpath_op op);

#endif
