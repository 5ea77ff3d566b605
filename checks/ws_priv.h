/*
 * ws_priv.h - a ws check while it runs: what ws_check.c and ws_told.c share.
 *
 *     ws_check.c   the run, from the lookup to the close
 *     ws_told.c    what it has seen, as values, facts and evidence
 *
 * Ownership   the run owns everything in it.
 * Threads     the loop's.
 */
#ifndef CHECKS_WS_PRIV_H
#define CHECKS_WS_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "checks/head_lines.h"
#include "checks/look.h"
#include "checks/scope.h"
#include "checks/ws_frame.h"
#include "checks/ws_upgrade.h"

struct dial;
struct loop_timer;
struct secure;
struct stream;
struct target;

#define WS_MESSAGES_MAX  100                   /* kept; more end the run */
#define WS_CONTROLS_MAX  1000                  /* pings and pongs heard */
#define WS_MESSAGES_SIZE ((size_t)1024 * 1024) /* bytes of all that are kept */

enum ws_state { WS_CONNECTING, WS_UPGRADING, WS_TALKING, WS_CLOSING };

struct ws_message {
    size_t at; /* in `heard` */
    size_t len;
};

struct ws_run {
    enum ws_state state;
    struct scope scope;
    struct head_lines head;
    struct target *target;
    struct dial *dial;
    int fd;
    struct secure *secure;
    struct stream *stream;
    struct loop_timer *closing;
    mono_t asked; /* the upgrade was sent */
    mono_t upgraded;
    char key[WS_KEY_MAX];
    struct ws_upgrade request;
    struct buf answer; /* its head, as it comes */
    struct ws_answer seen;
    struct ws_reader reader;
    struct buf heard; /* messages, one behind the other */
    struct ws_message message[WS_MESSAGES_MAX];
    size_t count;
    size_t controls; /* pings and pongs */
    int close_code;  /* the server's; -1: none, 0: without a code */
    char subprotocol[64];
};

/* For the look of a run: more_of is its struct ws_run. */
extern const struct look_more ws_told;

#endif
