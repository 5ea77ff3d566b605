/*
 * log.c - see log.h.  A line is built in memory and written by one write(), so
 * that lines of several threads never mix.  What was dropped is told by the
 * next line that gets through, as `dropped`.
 */
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/str.h"
#include "base/units.h"

#define LINE_MAX_BYTES 16384 /* a longer line is dropped */
#define TEXT_MAX_BYTES 1024  /* a longer field is cut */

struct log {
    int fd;
    enum log_level level;
    char *who;
    atomic_uint_least64_t dropped; /* lines, since the last that got through */
};

struct event {
    const char *name;
    enum log_level level;
    const char *text;
    const char *remedy;
};

#define EVENT(name, level, text, remedy)                                       \
    {#name, LOG_LEVEL_##level, text, remedy},
static const struct event events[EV_COUNT] = {
#include "base/log_events.def"
};
#undef EVENT

static const char *const level_names[] = {"debug", "info", "warn", "error"};

struct log *
log_open(int fd, const char *who, enum log_level level)
{
    struct log *log = str_xcalloc(1, sizeof *log);

    log->fd = fd;
    log->level = level;
    log->who = str_xdup(who);
    atomic_init(&log->dropped, 0);
    return log;
}

void
log_close(struct log *log)
{
    if (log == NULL)
        return;
    free(log->who);
    free(log);
}

static void
add_text(struct json *j, const char *key, const char *text)
{
    char cut[TEXT_MAX_BYTES];

    if (text != NULL && !str_copy(cut, sizeof cut, text))
        text = cut;
    json_str(j, key, text);
}

static void
add_field(struct json *j, const struct log_field *field)
{
    char text[ID_TEXT_MAX];

    switch (field->kind) {
    case LOG_F_STR:
        add_text(j, field->key, field->str);
        break;
    case LOG_F_INT:
        json_int(j, field->key, field->num);
        break;
    case LOG_F_NS:
        json_fixed(j, field->key, field->num / NS_PER_US, 3);
        break;
    case LOG_F_ID:
        json_str(j, field->key,
                 field->id == NULL ? NULL : id_format(text, field->id));
        break;
    }
}

static void
build(struct buf *line, const struct log *log, const struct event *event,
      uint64_t dropped, const struct log_field *fields)
{
    char at[UNITS_TEXT_MAX];
    struct json j = json_begin(line);

    json_obj(&j, NULL);
    json_str(&j, "time", units_format_time(at, clock_wall()));
    json_str(&j, "level", level_names[event->level]);
    json_str(&j, "who", log->who);
    json_str(&j, "event", event->name);
    json_str(&j, "text", event->text);
    for (; fields != NULL && fields->key != NULL; fields++)
        add_field(&j, fields);
    if (dropped > 0)
        json_int(&j, "dropped", (int64_t)dropped);
    json_end(&j);
    (void)buf_add_char(line, '\n');
}

static int
write_line(int fd, const struct buf *line)
{
    ssize_t n;

    if (line->failed)
        return -1;
    do
        n = write(fd, line->data, line->len);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)line->len ? 0 : -1;
}

void
log_write(struct log *log, enum log_event_id event,
          const struct log_field *fields)
{
    int saved = errno;
    uint64_t dropped;
    struct buf line;

    assert((unsigned)event < EV_COUNT);
    if (log == NULL || events[event].level < log->level)
        return;
    dropped = atomic_exchange(&log->dropped, 0);
    buf_init(&line, LINE_MAX_BYTES);
    build(&line, log, &events[event], dropped, fields);
    if (write_line(log->fd, &line) != 0)
        atomic_fetch_add(&log->dropped, dropped + 1);
    buf_free(&line);
    errno = saved;
}

struct log_event_row
log_event_row(enum log_event_id event)
{
    const struct event *e = &events[event];

    assert((unsigned)event < EV_COUNT);
    return (struct log_event_row){e->name, level_names[e->level], e->text,
                                  e->remedy};
}
