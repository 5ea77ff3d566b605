/*
 * scope.h - what the requests of one run share: its id, the values it has, the
 * secrets it took, its cookies.
 *
 * A check of one request has a scope as a journey has: its redirects share it.
 * No run knows another's.
 *
 * Lifecycle   scope_init(), requests, scope_clear().
 * Ownership   borrows engine and spec; cookies, values and mask are made when
 *             first needed, so that a plain check pays for none of them.
 * Errors      scope_expand() gives the reason that ends the run and `why`,
 *             which never holds a value.
 * Threads     the loop's.
 */
#ifndef CHECKS_SCOPE_H
#define CHECKS_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/id.h"
#include "checks/secret_use.h"
#include "checks/template.h"
#include "wire/reason.h"

struct buf;
struct engine;
struct jar;
struct look;
struct mask;
struct spec;
struct template;
struct values;

struct scope {
    struct engine *engine;
    const struct spec *spec;
    struct id run; /* also the trace id of each request */
    struct secret_use secrets;
    struct values *values; /* NULL: none yet */
    struct jar *jar;       /* NULL: none yet */
    struct mask *mask;
};

void scope_init(struct scope *scope, struct engine *engine,
                const struct spec *spec, const struct id *run);
void scope_clear(struct scope *scope);

struct scope_place {
    enum template_context context;
    const char *origin; /* that the text goes to: its secrets may; NULL: to
                           nobody, so none may */
    const struct template_moment *moment;
    bool is_chosen; /* a saved value picked the origin: that a secret is not for
                       it is the target's doing (REASON_SAVE_INVALID) */
    bool is_sketch; /* secrets are left as their references: to see where a
                       URL leads before it is known which of them may go */
};

/* Adds the text of `tpl`.  REASON_NONE: it is there. */
enum reason scope_expand(struct scope *scope, const struct template *tpl,
                         const struct scope_place *place, struct buf *out,
                         char why[TEMPLATE_WHY_MAX]);

/* True when the text is the same for every run. */
bool scope_is_literal(const struct template *tpl);

/* True when a saved value stands where `url` says who is asked; one that the
 * check itself defines is not saved. */
bool scope_picks_origin(const struct scope *scope, const struct template *url);

/* May every secret that `tpl` refers to go to `origin`? */
bool scope_may_tell(struct scope *scope, const struct template *tpl,
                    const char *origin, char why[TEMPLATE_WHY_MAX]);

/* Keeps what the check itself defines; `len` bytes that may be any.  It may be
 * shown when no secret is in it: nobody else made it. */
int scope_set(struct scope *scope, const char *name, const char *text,
              size_t len, bool is_secret);
/* The flags of values.h that a value of that name has: may it be shown? */
unsigned scope_flags(const struct scope *scope, const char *name);
struct values *scope_values(struct scope *scope);
struct jar *scope_jar(struct scope *scope);

/* Every secret of the run so far, and every value it had that may not be
 * shown: to hide in what people see.  The same one at each call, with what has
 * come since; NULL: there is nothing to hide yet. */
const struct mask *scope_mask(struct scope *scope);
/* The same with the cookies and credentials that `look` has seen; from now on
 * it is the look's. */
const struct mask *scope_hide(struct scope *scope, struct look *look);

#endif
