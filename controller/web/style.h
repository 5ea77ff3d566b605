/*
 * style.h - the one style sheet, inside every page, and the policy that allows
 * it and nothing else.
 *
 * Threads     any; all is constant.
 */
#ifndef CONTROLLER_WEB_STYLE_H
#define CONTROLLER_WEB_STYLE_H

#include <stddef.h>

#define STYLE_POLICY_MAX 256

const char *style_text(void);
/* The Content-Security-Policy: no script, no foreign thing, this style. */
void style_policy(char to[STYLE_POLICY_MAX]);

#endif
