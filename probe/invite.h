/*
 * invite.h - the one line that `picket probe invite` prints and `join` reads:
 *
 *     picket-invite:v1:BASE64URL({"url","ca_sha256","name","region","token"})
 *
 * Ownership   an invite owns its texts.
 * Errors      NULL, and `why` names the fault and the remedy.
 * Threads     none of its own.
 */
#ifndef PROBE_INVITE_H
#define PROBE_INVITE_H

#include <stddef.h>
#include <stdint.h>

#define INVITE_LINE_MAX 4096 /* bytes */

struct invite {
    char *url; /* of the probes' listener: https://HOST:PORT */
    uint8_t ca_sha256[32];
    char *name; /* "": the probe says, or the controller makes one up */
    char *region;
    char *token;
};

/* Blanks and line ends around the line are let pass. */
struct invite *invite_parse(const char *line, char *why, size_t cap);
void invite_free(struct invite *invite);
char *invite_format(const struct invite *invite); /* the caller frees */

#endif
