/*
 * catalog_layer.h - is a layer right as it is written: `defaults`, a template,
 * a check, a step of one?
 *
 * Not what the layers come to together: that is compile.h.
 *
 * Ownership   borrows.
 * Errors      -1; every problem goes to `diag`.
 * Threads     any.
 */
#ifndef CHECKS_CATALOG_LAYER_H
#define CHECKS_CATALOG_LAYER_H

struct conf;
struct diag;

/* `defaults` or a template, `what` for messages. */
int catalog_layer_shared(const struct conf *layer, const char *what,
                         struct diag *diag);

/* A check with its steps.  `kind` is its spec_kind, or -1: it names none. */
int catalog_layer_check(const struct conf *check, int *kind, struct diag *diag);

#endif
