/*
 * conf_write.h - text for libconfig, with the place of every value in it.
 *
 * Lifecycle   conf_write_open(), adds, conf_write_close().
 * Ownership   places point into the source text.
 * Units       as in diag.h.
 * Errors      over its limit the text's `failed` is set.
 * Threads     any.
 */
#ifndef BASE_CONF_WRITE_H
#define BASE_CONF_WRITE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/diag.h"

struct conf_lex_token;

/* Of one setting or element, in the order in which they are written. */
struct conf_write_place {
    struct diag_pos pos;   /* of the name; of the value for an element */
    struct diag_pos value; /* of the value, of the bracket that opens it */
    const char *raw;       /* the value as written */
    size_t raw_len;
};

struct conf_write {
    struct buf text; /* its lines are the source's */
    int line;        /* the last one written */
    struct conf_write_place *places;
    size_t count;
    size_t cap;
};

struct conf_write_mark {
    size_t len;
    size_t count;
    int line;
};

void conf_write_open(struct conf_write *out);
void conf_write_close(struct conf_write *out);

/* Takes back what was written after the mark was made. */
struct conf_write_mark conf_write_mark(const struct conf_write *out);
void conf_write_back(struct conf_write *out, struct conf_write_mark to);

void conf_write_text(struct conf_write *out, const char *text, size_t len);
/* Goes to the line of `token` first. */
void conf_write_at(struct conf_write *out, const struct conf_lex_token *token,
                   const char *text);
/* As a literal; what was in double quotes already keeps its escapes. */
void conf_write_quoted(struct conf_write *out,
                       const struct conf_lex_token *token, const char *text,
                       size_t len);

size_t conf_write_place(struct conf_write *out, struct diag_pos pos);
void conf_write_value(struct conf_write *out, size_t place,
                      const struct conf_lex_token *token);

#endif
