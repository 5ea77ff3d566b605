/*
 * explain_alert.h - `picket explain alerts.NAME`: what an alert of a
 * configuration watches, and whom it tells.
 *
 * Errors      the exit code; what is wrong is printed to stderr.
 * Threads     none of its own.
 */
#ifndef CLI_EXPLAIN_ALERT_H
#define CLI_EXPLAIN_ALERT_H

#include <stdbool.h>
#include <stddef.h>

/* Without paths: conf/ here. */
int explain_alert(const char *name, const char *const *paths, size_t count,
                  bool is_json);

#endif
