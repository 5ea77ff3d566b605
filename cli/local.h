/*
 * local.h - controller and probes as objects on one loop: `picket up`, `demo`.
 *
 * No short cut: each probe is invited, joins over loopback, keeps its identity
 * in the folder, and speaks mutual TLS with the controller as any other does.
 *
 * Lifecycle   local_create() (blocking: before the loop runs) -> on_ready()
 *             once every probe has joined, or on_failed() once -> local_free().
 *             Neither is called from inside local_create().
 * Ownership   takes `config` as its own, also when it fails; borrows the rest.
 * Errors      NULL, and `why` says what, with the remedy.
 * Threads     loop thread only.
 */
#ifndef CLI_LOCAL_H
#define CLI_LOCAL_H

#include <stddef.h>

#include "base/addr.h"
#include "controller/decide/verdict.h"

struct config;
struct controller;
struct diag;
struct local;
struct log;
struct loop;
struct result;
struct spec;

struct local_opts {
    struct loop *loop;
    struct log *log;
    struct config *config;
    const char *dir;       /* data; there already */
    const char *resolvers; /* for the probes; NULL: the system's */
    const char *trust_pem; /* believed beside the system's; NULL: none */
    /* Where the checks of a region's probe come from; NULL: this machine. */
    void (*source)(char text[ADDR_TEXT_MAX], const char *region);
    void (*on_ready)(void *cookie);
    void (*on_failed)(void *cookie, const char *why);
    /* As controller.h has them. */
    struct config *(*load)(void *cookie, struct diag *diag);
    void (*print)(void *cookie, const char *text);
    void (*on_result)(void *cookie, const char *probe, const char *region,
                      const struct result *result);
    void (*on_verdict)(void *cookie, const struct spec *spec, enum verdict from,
                       enum verdict to);
    void *cookie;
};

struct local *local_create(const struct local_opts *opts, char *why,
                           size_t cap);
void local_free(struct local *local);
/* What was read again stays where this runs: addresses, folder. */
void local_settle(const struct local *local, struct config *config);
struct controller *local_controller(const struct local *local);
size_t local_probe_count(const struct local *local);

#endif
