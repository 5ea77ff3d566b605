/*
 * template.h - a text with ${...}: compiled once, expanded for each step.
 *
 *     ${order}                            a value saved or defined
 *     ${secret.NAME}  ${run.id}  ...      what the lookup has
 *     ${uuid}  ${timestamp}  ${base64(user, ':', secret.password)}
 *     $${                                 the two characters ${
 *
 * Arguments are names, 'text' ('' is a quote), numbers or calls, at most
 * TEMPLATE_DEPTH_MAX deep; several are joined without anything between.  A
 * call gives bytes: digests are bytes inside another call, hexadecimal digits
 * where the text takes them.  template_function() lists what there is.
 *
 * A step has one moment (template_moment()): in all its texts ${uuid},
 * ${timestamp} and ${random(8)} are the same.
 *
 * A value stays what it is.  Only the literal text can shape a request:
 *
 *     URL     percent-encoded, so that it stays one path segment or one query
 *             value; refused where that is not enough (in the host; a segment
 *             that would be empty, `.` or `..`).  At the very beginning it is
 *             (the begin of) a URL, and as it is.
 *     HEADER  as it is
 *     TEXT    as it is (also multipart parts, and fields encoded afterwards)
 *     JSON    inside quotes escaped; outside it must be one JSON value
 *     FORM    encoded as application/x-www-form-urlencoded
 *
 * NUL is refused everywhere, CR and LF in URL and HEADER, whatever they come
 * from; in a URL, FORM or JSON raw(x) is x as it is, anywhere.
 *
 * Ownership   the text is copied; looked-up values are borrowed during the
 *             expansion.  Once a secret is in it `out` wipes what it held
 *             (buf.wipes), and so does every copy made on the way.
 * Errors      template_parse() NULL with the place and what is nearest;
 *             template_expand() says what became of it and why, without the
 *             value.  `out` then holds nothing of use.
 * Threads     a template is read-only once parsed: any.
 */
#ifndef CHECKS_TEMPLATE_H
#define CHECKS_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define TEMPLATE_TEXT_MAX  ((size_t)256 * 1024) /* bytes, with values too */
#define TEMPLATE_NAME_MAX  80                   /* bytes, NUL included */
#define TEMPLATE_REFS_MAX  200                  /* ${...} of a text */
#define TEMPLATE_ARGS_MAX  16                   /* of a call */
#define TEMPLATE_DEPTH_MAX 8                    /* calls in each other */
#define TEMPLATE_WHY_MAX   400

struct buf;
struct template;

struct template_error {
    size_t offset; /* bytes into the text */
    size_t len;
    char message[200];
    char hint[120]; /* "did you mean `base64`?", or empty */
};

/* A name that the lookup is asked for, and where it stands. */
struct template_ref {
    const char *name;
    size_t offset;
    size_t len;
};

struct template *template_parse(const char *text, struct template_error *error);
void template_free(struct template *tpl);
const char *template_text(const struct template *tpl);
/* The names in it, once for each place, in order. */
const struct template_ref *template_refs(const struct template *tpl,
                                         size_t *count);

/* May a value have that name?  A letter or _, then letters, digits, _ and -;
 * none that is computed here. */
bool template_is_name(const char *name);
/* What is computed, for the documents: "base64(x, ...)" and what it gives;
 * NULL: there is no i-th. */
const char *template_function(size_t i, const char **gives);

enum template_end {
    TEMPLATE_OK,
    TEMPLATE_MISSING, /* a value that was not saved */
    TEMPLATE_SECRET,  /* a secret that may not go there, is not there, or
                         would break the request: never the target's fault */
    TEMPLATE_INVALID, /* a value of somebody else that would */
    TEMPLATE_LIMIT,   /* over TEMPLATE_TEXT_MAX or the buffer's limit, with a
                         value of somebody else in it */
    TEMPLATE_OWN,     /* what the check itself says would, or is over them */
};

struct template_value {
    const char *text;
    size_t len;
    bool is_secret;
    bool is_own; /* the check's, and so never another's fault */
};

/* The value of `name`, or why there is none (`why` may be left empty). */
typedef enum template_end template_lookup_fn(void *cookie, const char *name,
                                             struct template_value *value,
                                             char why[TEMPLATE_WHY_MAX]);

/* Told what a call made of a secret: as secret as that. */
typedef void template_made_fn(void *cookie, const char *text, size_t len);

struct template_moment {
    wall_t now;
    uint8_t seed[16];
};

struct template_moment template_moment(wall_t now);

enum template_context {
    TEMPLATE_IN_URL,
    TEMPLATE_IN_HEADER,
    TEMPLATE_IN_TEXT,
    TEMPLATE_IN_JSON,
    TEMPLATE_IN_FORM,
};

struct template_world {
    template_lookup_fn *lookup; /* NULL: there are no names but the computed */
    void *cookie;
    struct template_moment moment;
    template_made_fn *made; /* NULL: nobody asks */
};

/* Adds the text to `out`. */
enum template_end template_expand(const struct template *tpl,
                                  const struct template_world *world,
                                  enum template_context context,
                                  struct buf *out, char why[TEMPLATE_WHY_MAX]);

#endif
