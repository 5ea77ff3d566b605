/*
 * probe_name.h - what a probe may be called.
 *
 * Names end up in certificates, labels, paths and pages, so they are few
 * characters of one case: a-z 0-9 . _ -, begun with a letter or a digit.
 *
 * Errors      none; a wish is bent until it is a name.
 * Threads     any.
 */
#ifndef CONTROLLER_PROBE_NAME_H
#define CONTROLLER_PROBE_NAME_H

#include <stdbool.h>

#include "wire/result.h"

#define PROBE_NAME_MAX 50 /* leaves room in RESULT_NAME_MAX for a number */

bool probe_name_is_good(const char *name);
/* `wish` (a host's name, say) as a name; `otherwise` when there is no wish. */
void probe_name_clean(char to[RESULT_NAME_MAX], const char *wish,
                      const char *otherwise);

#endif
