/*
 * hosts.h - may /etc/hosts hold this name?
 *
 * Not the reader of it: that is c-ares, which opens and reads the file for
 * every name, an eighth of what an HTTP check costs.  Who asks here first need
 * not have it read for names that it cannot hold.
 *
 * Ownership   the path is copied.
 * Errors      a file that is missing holds nothing; one that cannot be read or
 *             is over HOSTS_BYTES_MAX may hold anything.
 * Threads     the caller's.  At most one stat() in HOSTS_FRESH_NS, and a read
 *             when that differs: a name is found so long after it was written.
 */
#ifndef BASE_HOSTS_H
#define BASE_HOSTS_H

#include <stdbool.h>

#include "base/clock.h"

#define HOSTS_FILE      "/etc/hosts"
#define HOSTS_BYTES_MAX 65536
#define HOSTS_FRESH_NS  NS_PER_S

struct hosts;

struct hosts *hosts_create(const char *path);
void hosts_free(struct hosts *hosts);

/* False: surely not.  True also for a name that is a part of another. */
bool hosts_may_hold(struct hosts *hosts, const char *name, mono_t now);

#endif
