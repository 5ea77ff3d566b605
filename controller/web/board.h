/*
 * board.h - what the public is told, worked out once for the page and for the
 * JSON: components, their words, their days, and the incidents that concern
 * them.
 *
 * Not how it looks (status_page.c, status_json.c).  Nothing here names a
 * target, an address or a message of a check: those are for operators.
 *
 * Lifecycle   board_create() -> reads -> board_free(), within one turn.
 * Ownership   owns its lists; texts are borrowed from the configuration.
 * Errors      none: an absent page is the one page of all checks.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_WEB_BOARD_H
#define CONTROLLER_WEB_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "controller/decide/verdict.h"
#include "controller/decider.h"

#define BOARD_DAYS   90
#define BOARD_ID_MAX 13 /* 12 of a-z 0-9, and NUL: as Statuspage's */

struct view;

struct board_component {
    char id[BOARD_ID_MAX];
    const char *name;
    const char *description; /* or NULL */
    enum verdict verdict;
    wall_t since;                       /* of its verdict; ms 0: never judged */
    struct decider_day day[BOARD_DAYS]; /* oldest first, today last */
    bool *is_of;                        /* by index of check */
};

/* An event: one incident, or all that went on at once in a component. */
struct board_incident {
    char id[BOARD_ID_MAX];
    struct decider_incident of; /* its first; resolved: when the last was */
    enum verdict verdict;
    char *name;     /* "Checkout is down" */
    bool *concerns; /* by index of component */
    bool *is_of;    /* by index of check */
};

struct board {
    char id[BOARD_ID_MAX];
    const char *title;
    const char *path; /* "/status" */
    char *url;
    enum verdict verdict;
    char *sentence;
    wall_t updated;    /* the newest result or change */
    int64_t first_day; /* days since 1970 of the oldest data; today: none */
    struct board_component *components;
    size_t component_count;
    size_t check_count;
    struct board_incident *incidents; /* newest first */
    size_t incident_count;
};

struct board *board_create(const struct view *view, size_t page);
void board_free(struct board *board);
size_t board_page_count(const struct view *view); /* at least 1 */
const char *board_page_path(const struct view *view, size_t page);
/* The page at `path`, with or without a slash at its end; -1: none. */
int board_page_find(const struct view *view, const char *path);

/* A verdict in the public's words: "partial outage". */
const char *board_noun(enum verdict verdict);
/* Twelve characters for the same parts, always. */
void board_id(char to[BOARD_ID_MAX], const char *kind, const char *name);
/* Hundredths of a percent that were good; -1: no data.  Partial outage counts
 * 0.3, as Statuspage does; unknown and degraded do not count as bad. */
int board_uptime(const struct decider_day *days, size_t count);
bool board_is_open(const struct board_incident *incident);

#endif
