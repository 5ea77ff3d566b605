/*
 * live.h - `picket up` and `demo`: one process with everything, told on the
 * terminal until ^C.
 *
 * Lifecycle   live_run() blocks until SIGINT or SIGTERM; a second one leaves at
 *             once.
 * Ownership   borrows the opts; load() gives a config that live owns.
 * Errors      printed, with the remedy; the exit code is of sysexits.
 * Threads     makes a loop of its own.
 */
#ifndef CLI_LIVE_H
#define CLI_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"

struct buf;
struct config;
struct diag;
struct live;
struct loop;

struct live_opts {
    const char *name;   /* "demo": the folder's name, and the banner's */
    const char *dir;    /* NULL: state_dir.h's */
    const char *listen; /* NULL: as configured */
    bool is_fresh;      /* forget what was */
    struct config *(*load)(void *cookie, struct diag *diag);
    bool has_files; /* that load() reads: `picket reload` reads them again */
    /* What else is to run (the shop), before anything watches it; NULL: none.
     * It may set what is below. */
    int (*open)(void *cookie, struct live *live, char *why, size_t cap);
    void (*close)(void *cookie);
    /* Lines for the banner; may be NULL. */
    void (*introduce)(void *cookie, struct buf *out);
    void *cookie;
};

int live_run(const struct live_opts *opts);

/* For open(). */
struct loop *live_loop(struct live *live);
const char *live_dir(const struct live *live);
void live_set_world(struct live *live, const char *resolvers,
                    const char *trust_pem);
/* Where the checks of each region's probe come from (local.h). */
void live_set_source(struct live *live, void (*source)(char text[ADDR_TEXT_MAX],
                                                       const char *region));
/* A line on the terminal, at its moment. */
void live_on_word(struct live *live, const char *who, const char *text);
/* One line of the banner: a label and its text. */
void live_add_row(struct buf *out, const char *label, const char *text);

#endif
