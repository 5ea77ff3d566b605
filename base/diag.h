/*
 * diag.h - what is wrong with a configuration: all of it, each with its place.
 *
 * A problem is printed as
 *
 *     checks/shop.conf:12:5: error: unknown setting `recrod` in a dns check
 *        12 |     recrod = "A";
 *           |     ^^^^^^ did you mean `record`?
 *
 * A password in an address (`://user:***@host`) is never shown.
 *
 * Ownership   diag copies every text, sources and names of files included.
 * Units       lines and columns count from 1; columns count characters.
 * Errors      over DIAG_MAX problems are counted, not kept.
 * Threads     none of its own.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#define DIAG_MAX 200

struct buf;
struct diag;

enum diag_level { DIAG_ERROR, DIAG_WARNING };

/* A piece of source.  `file` NULL: none, line 0: the file as a whole. */
struct diag_pos {
    const char *file;
    int line;
    int column;
    int length; /* characters under the caret; at least 1 */
};

struct diag *diag_create(void);
void diag_free(struct diag *diag);

/* The text of `file`, so that the line can be shown. */
void diag_source(struct diag *diag, const char *file, const char *text,
                 size_t len);

/* `hint` (what to do, nearest name) may be NULL. */
void diag_add(struct diag *diag, enum diag_level level, struct diag_pos pos,
              const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* What stands at `pos` is a secret: no line that is shown, of whichever problem,
 * has it; of its text only the quotes are left. */
void diag_hide(struct diag *diag, struct diag_pos pos);

/* All of `from` into `to`, each at the place that `place` makes of its own: for
 * a text that was made of other texts.  As with diag_add() the sources are
 * what `to` was told. */
typedef void diag_place_fn(void *cookie, struct diag_pos *pos);
void diag_move(struct diag *to, const struct diag *from, diag_place_fn *place,
               void *cookie);

size_t diag_errors(const struct diag *diag);
size_t diag_warnings(const struct diag *diag);

/* All problems in order of file and line; `colour` adds ANSI. */
void diag_print(const struct diag *diag, struct buf *out, bool colour);
/* One JSON object a problem and line. */
void diag_print_json(const struct diag *diag, struct buf *out);

#endif
