/*
 * sd_notify.h - tells systemd that a daemon is ready, alive, or ending.
 *
 * systemd's own protocol: a datagram to the socket that NOTIFY_SOCKET names.
 *
 * Errors      nobody listens: nothing happens.
 * Threads     any.
 */
#ifndef BASE_SD_NOTIFY_H
#define BASE_SD_NOTIFY_H

#include <stdint.h>

/* "READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=..." */
void sd_notify_send(const char *state);

/* How often WATCHDOG=1 is wanted, half of the unit's WatchdogSec; 0: not. */
int64_t sd_notify_watchdog_ns(void);

#endif
