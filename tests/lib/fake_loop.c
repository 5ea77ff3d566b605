/*
 * fake_loop.c - see fake_loop.h.  The same heap of timers as base/loop.c.
 */
#include "fake_loop.h"

#include <assert.h>
#include <stdlib.h>

#include "base/loop.h"
#include "base/str.h"
#include "base/timers.h"

/* Callbacks at one moment; more can only be a chain that feeds itself. */
#define MOMENT_MAX 10000000

struct posted {
    struct posted *next;
    loop_fn *fn;
    void *cookie;
};

struct loop {
    struct timers timers;
    struct posted *posted;
    struct posted **posted_end;
    struct loop_watch *watches; /* newest first */
    int64_t now_ns;
    int64_t wall_ns; /* since 1970, at now_ns == 0 */
    int64_t lag_ns;
    int64_t worst_lag_ns;
    bool is_stopping;
};

struct loop_watch {
    struct loop_watch *next;
    struct loop *loop;
    int fd;    /* or -1 */
    int signo; /* or 0 */
    unsigned events;
    loop_watch_fn *fn;
    loop_fn *signal_fn;
    void *cookie;
};

struct loop *
loop_create(void)
{
    struct loop *loop = str_xcalloc(1, sizeof *loop);

    loop->now_ns = FAKE_LOOP_START_NS;
    loop->posted_end = &loop->posted;
    fake_loop_set_wall(loop, (wall_t){FAKE_LOOP_START_MS});
    return loop;
}

void
loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    assert(loop->watches == NULL);
    timers_free(&loop->timers);
    while (loop->posted != NULL) {
        struct posted *next = loop->posted->next;

        free(loop->posted);
        loop->posted = next;
    }
    free(loop);
}

static bool
run_one_posted(struct loop *loop)
{
    struct posted *posted = loop->posted;
    struct posted copy;

    if (posted == NULL)
        return false;
    copy = *posted;
    loop->posted = posted->next;
    if (loop->posted == NULL)
        loop->posted_end = &loop->posted;
    free(posted);
    copy.fn(copy.cookie);
    return true;
}

static bool
run_one_due(struct loop *loop)
{
    const struct loop_timer *first = timers_first(&loop->timers);
    struct loop_timer timer;

    if (first == NULL || first->due_ns > loop->now_ns)
        return false;
    timer = timers_pop(&loop->timers);
    timer.fn(timer.cookie);
    return true;
}

static void
run_moment(struct loop *loop)
{
    long count = 0;

    while (!loop->is_stopping && (run_one_posted(loop) || run_one_due(loop)))
        assert(++count < MOMENT_MAX);
}

/* Up to `until_ns`; returns true when nothing is left to run at all. */
static bool
run_until(struct loop *loop, int64_t until_ns)
{
    const struct loop_timer *first;

    run_moment(loop);
    while (!loop->is_stopping &&
           (first = timers_first(&loop->timers)) != NULL &&
           first->due_ns <= until_ns) {
        loop->now_ns = first->due_ns;
        run_moment(loop);
    }
    return timers_first(&loop->timers) == NULL && loop->posted == NULL;
}

void
fake_loop_advance(struct loop *loop, int64_t ns)
{
    int64_t until_ns = loop->now_ns + ns;

    assert(ns >= 0);
    (void)run_until(loop, until_ns);
    loop->is_stopping = false;
    loop->now_ns = until_ns;
}

bool
fake_loop_run_until_idle(struct loop *loop, int64_t max_ns)
{
    bool is_idle;

    assert(max_ns >= 0);
    is_idle = run_until(loop, loop->now_ns + max_ns);
    loop->is_stopping = false;
    return is_idle;
}

void
loop_run(struct loop *loop)
{
    (void)run_until(loop, INT64_MAX);
    while (run_one_posted(loop))
        ;
    loop->is_stopping = false;
}

void
loop_stop(struct loop *loop)
{
    loop->is_stopping = true;
}

mono_t
loop_now(const struct loop *loop)
{
    return (mono_t){loop->now_ns};
}

wall_t
loop_wall(const struct loop *loop)
{
    return (wall_t){(loop->wall_ns + loop->now_ns) / NS_PER_MS};
}

void
fake_loop_set_wall(struct loop *loop, wall_t now)
{
    loop->wall_ns = now.ms * NS_PER_MS - loop->now_ns;
}

void
fake_loop_set_lag(struct loop *loop, int64_t lag_ns)
{
    loop->lag_ns = lag_ns;
    loop->worst_lag_ns = lag_ns;
}

int64_t
loop_lag_ns(const struct loop *loop)
{
    return loop->lag_ns;
}

int64_t
loop_lag_since_ns(const struct loop *loop, mono_t since)
{
    (void)since;
    return loop->lag_ns;
}

int64_t
loop_lag_take_ns(struct loop *loop)
{
    int64_t worst = loop->worst_lag_ns;

    loop->worst_lag_ns = 0;
    return worst;
}

struct loop_timer *
loop_timer_start(struct loop *loop, int64_t after_ns, loop_fn *fn, void *cookie)
{
    int64_t due_ns = loop->now_ns;

    if (after_ns > 0 && __builtin_add_overflow(due_ns, after_ns, &due_ns))
        due_ns = INT64_MAX;
    return timers_add(&loop->timers, due_ns, fn, cookie);
}

void
loop_timer_cancel(struct loop_timer *timer)
{
    timers_remove(timer);
}

static struct loop_watch *
add_watch(const struct loop_watch *like)
{
    struct loop_watch *watch = str_xcalloc(1, sizeof *watch);

    *watch = *like;
    watch->next = watch->loop->watches;
    watch->loop->watches = watch;
    return watch;
}

struct loop_watch *
loop_watch_start(struct loop *loop, int fd, unsigned events, loop_watch_fn *fn,
                 void *cookie)
{
    assert(fd >= 0 && fn != NULL);
    return add_watch(&(struct loop_watch){
        .loop = loop, .fd = fd, .events = events, .fn = fn, .cookie = cookie});
}

struct loop_watch *
loop_signal_start(struct loop *loop, int signo, loop_fn *fn, void *cookie)
{
    assert(signo > 0 && fn != NULL);
    return add_watch(&(struct loop_watch){.loop = loop,
                                          .fd = -1,
                                          .signo = signo,
                                          .signal_fn = fn,
                                          .cookie = cookie});
}

void
loop_watch_set(struct loop_watch *watch, unsigned events)
{
    assert(watch->fd >= 0);
    watch->events = events;
}

void
loop_watch_cancel(struct loop_watch *watch)
{
    struct loop_watch **at;

    if (watch == NULL)
        return;
    at = &watch->loop->watches;
    while (*at != watch) {
        assert(*at != NULL);
        at = &(*at)->next;
    }
    *at = watch->next;
    free(watch);
}

unsigned
fake_loop_watched(const struct loop *loop, int fd)
{
    unsigned events = 0;

    for (const struct loop_watch *w = loop->watches; w != NULL; w = w->next) {
        if (w->fd == fd)
            events |= w->events;
    }
    return events;
}

void
fake_loop_set_ready(struct loop *loop, int fd, unsigned events)
{
    struct loop_watch *watch = loop->watches;

    while (watch != NULL && (watch->fd != fd || (watch->events & events) == 0))
        watch = watch->next;
    if (watch != NULL)
        watch->fn(watch->cookie, fd, watch->events & events);
    run_moment(loop);
}

void
fake_loop_signal(struct loop *loop, int signo)
{
    struct loop_watch *watch = loop->watches;

    while (watch != NULL && watch->signo != signo)
        watch = watch->next;
    if (watch != NULL)
        watch->signal_fn(watch->cookie);
    run_moment(loop);
}

void
loop_post(struct loop *loop, loop_fn *fn, void *cookie)
{
    struct posted *posted = str_xcalloc(1, sizeof *posted);

    assert(fn != NULL);
    *posted = (struct posted){.fn = fn, .cookie = cookie};
    *loop->posted_end = posted;
    loop->posted_end = &posted->next;
}

struct event_base *
loop_backend(struct loop *loop)
{
    (void)loop;
    return NULL;
}
