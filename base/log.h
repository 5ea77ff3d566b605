/*
 * log.h - one JSON line an event, events declared once in log_events.def.
 *
 * Not for results: those are data.  One line a transition, not a call; logged
 * where first detected, silent above.
 *
 * Ownership   fields are borrowed for the call.
 * Units       LOG_NS writes milliseconds with three decimals.
 * Errors      a line that cannot be written is counted and dropped.
 * Threads     any; a line is one write().
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

struct id;
struct log;

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARN,
    LOG_LEVEL_ERROR
};

#define EVENT(name, level, text, remedy) EV_##name,

enum log_event_id {

#include "base/log_events.def"
    EV_COUNT
};
#undef EVENT

struct log_field {
    const char *key; /* NULL ends the list */

    enum { LOG_F_STR, LOG_F_INT, LOG_F_NS, LOG_F_ID } kind;

    const char *str;
    int64_t num;
    const struct id *id;
};

#define LOG_STR(k, v) ((struct log_field){k, LOG_F_STR, v, 0, NULL})
#define LOG_INT(k, v)                                                          \
    ((struct log_field){k, LOG_F_INT, NULL, (int64_t)(v), NULL})
#define LOG_NS(k, v) ((struct log_field){k, LOG_F_NS, NULL, (int64_t)(v), NULL})
#define LOG_ID(k, v) ((struct log_field){k, LOG_F_ID, NULL, 0, v})

/* A log onto `fd` (not closed) from `level` on; `who` names the daemon.  A
 * NULL log is silent, so that objects need not ask. */
struct log *log_open(int fd, const char *who, enum log_level level);
void log_close(struct log *log);

void log_write(struct log *log, enum log_event_id event,
               const struct log_field *fields);
/* At least one field. */
#define log_event(log, event, ...)                                             \
    log_write(log, event, (const struct log_field[]){__VA_ARGS__, {0}})

/* What stands in the table, for operators. */
struct log_event_row {
    const char *name;  /* "SPOOL_TORN", as in a line's "event" */
    const char *level; /* "warn" */
    const char *text;
    const char *remedy;
};

struct log_event_row log_event_row(enum log_event_id event);

#endif
