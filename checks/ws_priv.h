/*
 * ws_priv.h - a ws check while it runs: what ws_*.c share.
 *
 *     ws_check.c   the run, from the lookup to the close
 *     ws_talk.c    what is said, and the steps of a dialogue
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

struct check;
struct loop_timer;
struct reach;
struct steps;
struct stream;

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
    struct reach *reach;
    int fd; /* the reach's */
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
    struct steps *steps; /* of the dialogue; NULL: there is none */
    size_t at;           /* the step that is heard */
    size_t first;        /* the first message that is its own */
    struct look look;    /* its */
};

/* ---- ws_check.c ---- */

/* -1: over what a stream holds, and nothing was taken. */
int ws_send(struct ws_run *run, enum ws_opcode opcode, const void *data,
            size_t len);
/* All is as it should be: closes, and that is the end. */
void ws_leave(struct check *check);
/* The run ends here, of a dialogue in the step whose turn it is. */
void ws_fail(struct check *check, enum reason reason, const char *why);

/* ---- ws_talk.c ---- */

/* The connection is open.  False: the run has failed. */
bool ws_talk_begin(struct check *check);
/* A message of the dialogue came.  False: the run has failed. */
bool ws_talk_hear(struct check *check);
/* Ends the run in the step whose turn it is: what came is judged as its answer,
 * if there is one, else by `reason`. */
void ws_talk_fail(struct check *check, enum reason reason, const char *why);
void ws_talk_clear(struct ws_run *run);

/* ---- ws_told.c ---- */

/* For the look of a run: more_of is its struct ws_run. */
extern const struct look_more ws_told;
/* For that of the step: its own messages alone. */
extern const struct look_more ws_told_step;

#endif
