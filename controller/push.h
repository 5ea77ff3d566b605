/*
 * push.h - heartbeats: who may send them, what they say, and the missing ones.
 *
 * A push check has one voter, the region PUSH_REGION, whose results are made
 * here: one for each heartbeat that arrives, one for each that does not.  They
 * are stored and decided as a probe's are.  When one is missing is
 * decide/heartbeat.h.
 *
 * A heartbeat's address holds a token, the only key it needs: push_key.h.  It
 * is the same until it is rotated, and told to operators alone.
 *
 * Lifecycle   push_create() -> push_set_config(), push_on_*() while the store
 *             loads -> push_begin(), after which missing ones are told ->
 *             push_free(): before the store closes.
 * Ownership   arguments are copied.
 * Errors      NULL and `why`; else done() says whether it was stored.
 * Threads     loop thread only; create blocks.
 */
#ifndef CONTROLLER_PUSH_H
#define CONTROLLER_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "controller/push_key.h"
#include "wire/result.h"

struct config;
struct decider;
struct loop;
struct push;
struct store;
struct store_push;

#define PUSH_REGION   "push" /* and the name of the probe that is none */
#define PUSH_TEXT_MAX 8192   /* bytes of a heartbeat's words that are kept */

struct push_ports {
    struct loop *loop;
    struct store *store;
    struct decider *decider;
    const char *dir;
};

struct push *push_create(const struct push_ports *ports, char *why, size_t cap);
void push_free(struct push *push);
/* Before the decider's. */
void push_set_config(struct push *push, const struct config *config);
void push_on_row(struct push *push, const struct store_push *row);
/* When a controller was last alive. */
void push_on_alive(struct push *push, wall_t at);
void push_begin(struct push *push);
/* The machine's clock was set by so much. */
void push_on_step(struct push *push, int64_t by_ms);

/* False: no push check has this name. */
bool push_token(const struct push *push, const char *check,
                char to[PUSH_TOKEN_MAX]);
/* From now on another one, and the old one is unknown. */
bool push_rotate(struct push *push, const char *check);

struct push_beat {
    bool is_begin;      /* its job begins: no result */
    enum status status; /* up, degraded or down */
    int64_t took_ms;    /* -1: it does not say */
    const char *text;
    size_t len;
};

typedef void push_done_fn(void *cookie, bool is_stored);

/* False: no check has this token.  Else done() once, never from inside;
 * push_forget() when nobody waits for it any more. */
bool push_hear(struct push *push, const char *token,
               const struct push_beat *beat, push_done_fn *done, void *cookie);
void push_forget(struct push *push, void *cookie);

#endif
