/*
 * ws_site.h - a WebSocket server's half for tests, made without Picket's own
 * code, so that it can judge it: the upgrade, short frames each way.
 *
 * Not a server (tiny_server.h is), and not one that does right: who calls it
 * says what comes when.
 *
 * Ownership   nothing is kept.
 * Errors      false or -1 when the client left.
 * Threads     that of the connection.
 */
#ifndef TESTS_LIB_WS_SITE_H
#define TESTS_LIB_WS_SITE_H

#include <stdbool.h>
#include <stddef.h>

struct tiny_conn;

#define WS_SITE_TEXT_MAX 125 /* bytes of a frame of the short kind */

/* Reads the request and agrees, with `extra` header lines.  False: it left. */
bool ws_site_switch(struct tiny_conn *conn, const char *extra);
/* One frame, unmasked, with a NUL behind it; its opcode, or -1. */
int ws_site_hear(struct tiny_conn *conn, char text[WS_SITE_TEXT_MAX + 1]);
/* A whole frame; `len` at most WS_SITE_TEXT_MAX. */
void ws_site_say(struct tiny_conn *conn, int opcode, const char *text,
                 size_t len);

#endif
