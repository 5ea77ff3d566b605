/*
 * controller.h - the controller as one object: store, fleet, ingest, decider,
 * outbox and web, put together and taken apart in the right order.
 *
 * Not a daemon: picket_controller.c is that, and `picket up` and `demo` put
 * one into their own loop.
 *
 * Lifecycle   controller_create() opens, loads and listens (blocking, before
 *             the loop runs); controller_free() ends what is under way and
 *             stores it.
 * Ownership   takes `config` as its own, also when it fails.
 * Errors      NULL, and `why` says what and what to do.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_CONTROLLER_H
#define CONTROLLER_CONTROLLER_H

#include <stdbool.h>
#include <stddef.h>

#include "controller/decide/verdict.h"
#include "controller/enrol.h"

struct buf;
struct config;
struct controller;
struct controller_reload;
struct diag;
struct log;
struct loop;
struct result;
struct spec;
struct view;

struct controller_opts {
    struct loop *loop;
    struct log *log;
    struct config *config;
    /* Reads it again; NULL, and `diag` says why.  NULL: there is no reload. */
    struct config *(*load)(void *cookie, struct diag *diag);
    /* What the terminal channel prints; NULL: to standard output. */
    void (*print)(void *cookie, const char *text);
    /* For a terminal: each result and each change; may be NULL. */
    void (*on_result)(void *cookie, const char *probe, const char *region,
                      const struct result *result);
    void (*on_verdict)(void *cookie, const struct spec *spec, enum verdict from,
                       enum verdict to);
    void *cookie;
};

struct controller *controller_create(const struct controller_opts *opts,
                                     char *why, size_t cap);
void controller_free(struct controller *controller);

/* `rc` 0, and `problems` says what changed; or -1: the old configuration stays,
 * and `problems` says why. */
typedef void controller_reload_fn(void *cookie, int rc,
                                  const struct buf *problems);

/* Reads the configuration again, and what its secrets name on a thread; `done`
 * once, never from inside, and not when the controller ends before.  Addresses,
 * data_dir and keys are those of the start; a change of them is told.  NULL:
 * too many at once. */
struct controller_reload *controller_reload_start(struct controller *controller,
                                                  controller_reload_fn *done,
                                                  void *cookie);
/* It goes on, but nobody is told. */
void controller_reload_cancel(struct controller_reload *reload);

const char *controller_url(const struct controller *controller);
const char *controller_probes_url(const struct controller *controller);
const char *controller_key(const struct controller *controller);
const char *controller_ca_sha256(const struct controller *controller);
/* An invitation, as `picket probe invite` makes one. */
int controller_invite(struct controller *controller, const char *region,
                      const char *name, char token[ENROL_TOKEN_MAX],
                      char why[ENROL_WHY_MAX]);
/* Have the region's probe run the check now.  false: no such check there, too
 * many are asked for already, or it has a lock and another region the turn. */
bool controller_run_now(struct controller *controller, const char *check,
                        const char *region);
/* What the pages are made from, now. */
struct view controller_view(const struct controller *controller);

#endif
