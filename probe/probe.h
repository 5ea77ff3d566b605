/*
 * probe.h - a whole probe: schedule -> run -> spool -> uplink, on one loop.
 *
 * The daemon, `picket up` and scenarios make it; a scenario gives its own link.
 *
 * Lifecycle   probe_create() begins at once, from the cached assignment if
 *             there is one.  probe_free() seals what is queued and ends.
 * Ownership   borrows settings, link and log until probe_free().
 * Errors      NULL, and `why` says what and the remedy.
 * Threads     the loop's; further lanes run on threads of their own.
 */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include <stdbool.h>
#include <stddef.h>

struct link;
struct log;
struct loop;
struct probe;
struct settings;

/* `link` NULL: the real one, with the identity of the settings. */
struct probe_opts {
    struct loop *loop;
    const struct settings *settings;
    struct link *link;
    struct log *log;
    const char *trust_pem; /* believed beside the system's; NULL: none */
};

struct probe *probe_create(const struct probe_opts *opts, char *why,
                           size_t cap);
void probe_free(struct probe *probe);
bool probe_is_connected(const struct probe *probe);

#endif
