/*
 * template_priv.h - a parsed template, and what its files share.
 *
 *     template_parse.c   text -> parts, references
 *     template_fn.c      what is computed: uuid, base64(...), totp(...)
 *     template_place.c   a value into a URL, a header, JSON: or refused
 *     template.c         parts + lookup -> text
 */
#ifndef CHECKS_TEMPLATE_PRIV_H
#define CHECKS_TEMPLATE_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "checks/template.h"

enum template_kind {
    TEMPLATE_LITERAL, /* of the text, or 'quoted', or a number */
    TEMPLATE_NAME,
    TEMPLATE_CALL,
};

/* Where in a JSON text a part stands, as the literals before it say. */
enum template_spot { TEMPLATE_BARE, TEMPLATE_QUOTED, TEMPLATE_ESCAPED };

struct template_fn;

struct template_node {
    enum template_kind kind;
    char *text; /* TEMPLATE_LITERAL, TEMPLATE_NAME */
    size_t text_len;
    size_t offset; /* the reference in the source, ${ and } included */
    size_t len;
    const struct template_fn *fn;
    struct template_node *first; /* arguments */
    struct template_node *next;
    enum template_spot spot;
};

struct template
{
    char *text;
    struct template_node *first;
    struct template_ref *ref;
    size_t ref_count;
};

/* --- template_fn.c --- */

enum template_fn_kind {
    TEMPLATE_FN_TEXT,
    TEMPLATE_FN_BYTES, /* shown in hexadecimal where the text takes it */
    TEMPLATE_FN_URL,   /* percent-encoded already */
    TEMPLATE_FN_RAW,   /* to be left as it is */
};

/* One call: its arguments, and where the value goes. */
struct template_call {
    const struct template_fn *fn;
    const struct template_moment *moment;
    struct buf *arg;
    size_t count;
    struct buf *out;
};

struct template_fn {
    const char *name;
    const char *shape; /* "hmac_sha256(key, ...)" */
    const char *gives; /* for people */
    enum template_fn_kind kind;
    size_t least; /* arguments */
    size_t most;  /* 0: it is written without parentheses */
    /* NULL, or what is wrong with the arguments. */
    const char *(*compute)(struct template_call *call);
    int digest; /* enum digest_kind */
};

const struct template_fn *template_fn_find(const char *name);
/* The function whose name is nearest; NULL: none is near. */
const struct template_fn *template_fn_nearest(const char *name);

#define TEMPLATE_RANDOM_MAX 64 /* characters of random(n) */

/* --- template_place.c --- */

struct template_placed {
    enum template_context context;
    struct buf *out;
    size_t start; /* of the text in `out` */
    const struct template *tpl;
    size_t spot[TEMPLATE_REFS_MAX]; /* where values begin in a URL's path */
    const struct template_node *of[TEMPLATE_REFS_MAX];
    size_t spots;
    char *why;
};

struct template_bytes {
    const char *text;
    size_t len;
    enum template_fn_kind kind;
};

enum template_end template_place(struct template_placed *placed,
                                 const struct template_node *node,
                                 struct template_bytes value);
/* The text is whole: is it still what its literals say? */
enum template_end template_place_end(struct template_placed *placed);

/* Fills `why` with "${...}: " and the message. */
enum template_end template_refuse(const struct template_placed *placed,
                                  const struct template_node *node,
                                  enum template_end end, const char *format,
                                  ...) __attribute__((format(printf, 4, 5)));

#endif
