/*
 * exchange_priv.h - what exchange.c and exchange_*.c share.
 *
 * Ownership   the head's lines are its own.
 * Threads     as exchange.h.
 */
#ifndef CHECKS_EXCHANGE_PRIV_H
#define CHECKS_EXCHANGE_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "wire/reason.h"

struct fetch_result;
struct look;
struct scope;
struct spec_request;

#define EXCHANGE_HEADERS_MAX 64    /* lines of a request's own headers */
#define EXCHANGE_HEAD_MAX    65536 /* bytes of them */

/* ---- the request's head: exchange_head.c ---- */

struct exchange_head {
    struct buf text;                            /* lines, each with a NUL */
    const char *line[EXCHANGE_HEADERS_MAX + 1]; /* NULL-terminated */
};

/* What a hop may be told. */
enum exchange_told {
    EXCHANGE_ALL = 1,     /* it is the origin the request was written for */
    EXCHANGE_CONTENT = 2, /* the body goes there too */
};

void exchange_head_init(struct exchange_head *head);
void exchange_head_clear(struct exchange_head *head);
/* -1: over a limit. */
int exchange_head_build(struct exchange_head *head, const struct scope *scope,
                        const struct spec_request *request, unsigned told);

/* ---- what came of a fetch: exchange_reason.c ---- */

/* Which faults of the chain were seen goes into the look, also when they are
 * none that end it; when the fetch failed the look has its reason. */
void exchange_reason(struct look *look, const struct fetch_result *got,
                     const char *host);

#endif
