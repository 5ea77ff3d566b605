/*
 * aim.h - what a check may be aimed at: is this text an address, a name?
 *
 * Ownership   `why` is constant text.
 * Units       offset and len are bytes of the text.
 * Errors      -1 with the place and the remedy in *fault.
 * Threads     any.
 */
#ifndef CHECKS_AIM_H
#define CHECKS_AIM_H

#include <stddef.h>
#include <stdint.h>

struct aim_fault {
    size_t offset;
    size_t len;
    const char *why;  /* "an address begins with http:// or https://" */
    const char *hint; /* or NULL */
};

#define AIM_HOST_MAX 256 /* bytes, NUL included */

int aim_parse_url(const char *text, struct aim_fault *fault);
/* An address or a name to reach, without a port. */
int aim_parse_host(const char *text, struct aim_fault *fault);
int aim_parse_name(const char *text, struct aim_fault *fault);
/* HOST[:PORT]; `port` 0 makes one necessary. */
int aim_parse_endpoint(const char *text, char host[AIM_HOST_MAX],
                       uint16_t *port, struct aim_fault *fault);

#endif
