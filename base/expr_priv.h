/*
 * expr_priv.h - what the expression files share: words, literals, clauses.
 *
 *     expr_lex.c      text -> words with their places
 *     expr_literal.c  a word -> a value of the subject's type, and comparing
 *     expr_parse.c    words -> a tree
 *     expr_slip.c     what is wrong with a word, and what to write
 *     expr_values.c   what a lookup found, judged against one clause
 *     expr_eval.c     a tree -> a verdict
 *     expr_show.c     values and texts as a person may safely read them
 *
 * Ownership   a tree owns its words and values.
 * Errors      as expr.h.
 * Threads     as expr.h.
 */
#ifndef BASE_EXPR_PRIV_H
#define BASE_EXPR_PRIV_H

#include "base/expr.h"

struct regex;

#define EXPR_TEXT_MAX  4096 /* bytes of an expectation */
#define EXPR_DEPTH_MAX 32   /* `not` and parentheses inside each other */
#define EXPR_SEEN_MAX  200  /* bytes of a value as shown */

/* ---- expr_literal.c ---- */

enum expr_op {
    EXPR_OP_EQ,
    EXPR_OP_NE,
    EXPR_OP_LT,
    EXPR_OP_LE,
    EXPR_OP_GT,
    EXPR_OP_GE,
    EXPR_OP_CONTAINS,
    EXPR_OP_STARTS,
    EXPR_OP_ENDS,
    EXPR_OP_MATCHES, /* ~ */
    EXPR_OP_IN,
    EXPR_OP_EXISTS,
    EXPR_OP_HOLDS, /* a flag standing alone */
};

struct expr_net {
    int family; /* AF_INET, AF_INET6; 0: none */
    int prefix;
    uint8_t bytes[16];
};

struct expr_literal {
    struct expr_value value; /* its text is `text` */
    struct expr_net net;     /* for EXPR_ADDRESS */
    char *text;              /* owned */
    bool is_quoted;
};

/* Reads literal->text and is_quoted, which the caller set.  -1 with message
 * and hint in *error (the place is the caller's). */
int expr_literal_parse(struct expr_literal *literal,
                       const struct expr_subject *subject, enum expr_op op,
                       struct expr_error *error);
void expr_literal_free(struct expr_literal *literal);

/* <0, 0, >0 as `a` is below, equal to, above `b`; exact between 64-bit
 * integers and decimals.  Neither is NaN. */
int expr_literal_cmp(const struct expr_value *a, const struct expr_value *b);
/* "192.0.2.1", "2001:db8::/32".  -1: neither an address nor a network. */
int expr_literal_net(struct expr_net *net, const char *text, size_t len);
bool expr_literal_in_net(const struct expr_net *net,
                         const struct expr_net *address);

/* ---- expr_parse.c ---- */

struct expr_clause {
    const struct expr_subject *subject;
    char *arg; /* owned; NULL: none */
    bool is_every;
    enum expr_op op;
    struct expr_literal *literals;
    size_t literal_count;
    struct regex *regex; /* EXPR_OP_MATCHES */
    size_t at;           /* in the text */
    size_t len;
    char *shown; /* as written, safe to print */
};

enum expr_kind { EXPR_AND, EXPR_OR, EXPR_NOT, EXPR_CLAUSE };

struct expr_node {
    enum expr_kind kind;
    struct expr_node *first; /* operands; EXPR_NOT has one */
    struct expr_node *next;
    struct expr_clause clause; /* EXPR_CLAUSE */
};

struct expr {
    char *text;
    struct expr_node *root;
};

/* ---- expr_values.c ---- */

enum expr_truth { EXPR_FALSE, EXPR_TRUE, EXPR_BROKEN };

struct expr_span { /* of a value; nothing was found: both 0 */
    size_t start;
    size_t end;
};

struct expr_values {
    const struct expr_clause *clause;
    const struct expr_world *world;
    size_t count;
    bool has_hit;             /* a value that satisfies */
    bool has_miss;            /* one that does not */
    bool is_broken;           /* wrong type, limit or fault; `seen` says it */
    struct expr_span span;    /* where the value that decided was found */
    char seen[EXPR_SEEN_MAX]; /* the value that decided, shown */
};

enum expr_truth expr_values_truth(const struct expr_values *values);

#endif
