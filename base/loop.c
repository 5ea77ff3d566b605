/*
 * loop.c - see loop.h.  libevent waits for descriptors; timers are ours.
 *
 * One turn:
 *
 *   1. set the timerfd to the earliest timer (once a turn, however many timers
 *      came and went; not at all when that is due already or has not moved);
 *   2. let libevent wait and serve descriptors, signals and posted work;
 *   3. fire every timer that is due, in order.
 *
 * A timerfd, and not libevent's own timers, because those count from a cached
 * time and cost a system call a turn when they are to be precise.  timerfd and
 * eventfd are watched by edge: they wake the loop and are never read.
 *
 * L1  a timer started while timers fire waits for the next turn, so that a
 *     timer which restarts itself cannot keep descriptors from being served.
 * L2  no libevent function is called from another thread: loop_post() and
 *     loop_stop() touch the locked queue and the eventfd alone, so libevent
 *     needs no locks.
 * L3  what is posted after the last turn is never run; its cookie is still its
 *     poster's.
 */
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/str.h"
#include "base/timers.h"

#define LATE_NS (10 * NS_PER_MS) /* a timer worth remembering */

struct posted {
    loop_fn *fn;
    void *cookie;
};

struct queue {
    struct posted *at;
    size_t count;
    size_t cap;
};

struct late { /* a timer that was */
    int64_t fired_ns;
    int64_t lag_ns;
};

struct loop {
    struct event_base *base;
    struct timers timers;
    int64_t armed_ns; /* what the timerfd is set to; 0: unknown */
    int timer_fd;
    int post_fd;
    struct event timer_event;
    struct event post_event;
    size_t watch_count;
    int64_t lag_ns;
    int64_t worst_lag_ns;
    struct late late[LOOP_LATE_MAX]; /* a ring */
    size_t late_count;               /* ever */
    atomic_bool is_stopping;
    pthread_mutex_t lock; /* of `queue` */
    struct queue queue;
    struct queue running; /* swapped with `queue`; the loop's thread only */
};

struct loop_watch {
    struct loop *loop;
    struct event event;
    unsigned events; /* as asked for; 0: none, or a signal */
    bool is_signal;
    loop_watch_fn *fn;
    loop_fn *signal_fn;
    void *cookie;
};

static void
run_posted(struct loop *loop)
{
    struct queue taken;

    pthread_mutex_lock(&loop->lock);
    taken = loop->queue;
    loop->queue = loop->running;
    loop->running = taken;
    pthread_mutex_unlock(&loop->lock);

    for (size_t i = 0; i < taken.count; i++)
        taken.at[i].fn(taken.at[i].cookie);
    loop->running.count = 0;
}

static void
on_post(int fd, short what, void *cookie)
{
    (void)fd;
    (void)what;
    run_posted(cookie);
}

/* Waking up is all: loop_run() fires what is due after every wait. */
static void
on_timer(int fd, short what, void *cookie)
{
    (void)fd;
    (void)what;
    (void)cookie;
}

static int
watch_edge(struct loop *loop, struct event *event, int fd, event_callback_fn fn)
{
    if (fd < 0)
        return -1;
    if (event_assign(event, loop->base, fd, EV_READ | EV_PERSIST | EV_ET, fn,
                     loop) != 0)
        return -1;
    return event_add(event, NULL);
}

static struct event_base *
create_base(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;

    if (config == NULL)
        return NULL;
    /* The change list saves half of the epoll_ctl() calls, a tenth of what an
     * HTTP exchange costs.  Its condition, no descriptor that was duplicated,
     * is kept: nothing here calls dup(). */
    if (event_config_set_flag(
            config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV |
                        EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0 &&
        event_config_require_features(config, EV_FEATURE_ET) == 0)
        base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static void
release(struct loop *loop)
{
    if (loop->base != NULL)
        event_base_free(loop->base);
    if (loop->timer_fd >= 0)
        close(loop->timer_fd);
    if (loop->post_fd >= 0)
        close(loop->post_fd);
    pthread_mutex_destroy(&loop->lock);
    timers_free(&loop->timers);
    free(loop->queue.at);
    free(loop->running.at);
    free(loop);
}

struct loop *
loop_create(void)
{
    struct loop *loop = str_xcalloc(1, sizeof *loop);
    int saved;

    pthread_mutex_init(&loop->lock, NULL);
    loop->timer_fd =
        timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    loop->post_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    loop->base = create_base();
    if (loop->base != NULL &&
        watch_edge(loop, &loop->timer_event, loop->timer_fd, on_timer) == 0 &&
        watch_edge(loop, &loop->post_event, loop->post_fd, on_post) == 0)
        return loop;

    saved = errno;
    release(loop);
    errno = saved;
    return NULL;
}

void
loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    assert(loop->watch_count == 0);
    assert(loop->timers.count == 0);
    event_del(&loop->timer_event);
    event_del(&loop->post_event);
    release(loop);
}

/* True when a timer is due already, so that the turn must not wait. */
static bool
arm(struct loop *loop)
{
    const struct loop_timer *first = timers_first(&loop->timers);
    struct itimerspec when = {0};
    int rc;

    if (first == NULL || first->due_ns == loop->armed_ns)
        return first != NULL && first->due_ns <= clock_mono().ns;
    if (first->due_ns <= clock_mono().ns)
        return true;
    when.it_value.tv_sec = first->due_ns / NS_PER_S;
    when.it_value.tv_nsec = first->due_ns % NS_PER_S;
    rc = timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
    assert(rc == 0);
    loop->armed_ns = first->due_ns;
    return false;
}

static void
note_lag(struct loop *loop, int64_t now_ns, int64_t due_ns)
{
    loop->lag_ns = now_ns - due_ns;
    if (loop->lag_ns > loop->worst_lag_ns)
        loop->worst_lag_ns = loop->lag_ns;
    if (loop->lag_ns >= LATE_NS)
        loop->late[loop->late_count++ % LOOP_LATE_MAX] =
            (struct late){now_ns, loop->lag_ns};
}

static void
fire_due(struct loop *loop)
{
    const struct loop_timer *first = timers_first(&loop->timers);
    uint64_t started_later = loop->timers.next_order; /* L1 */
    int64_t now_ns;

    if (first == NULL)
        return;
    now_ns = clock_mono().ns;
    while (first != NULL && first->due_ns <= now_ns &&
           first->order < started_later) {
        struct loop_timer timer = timers_pop(&loop->timers);

        note_lag(loop, clock_mono().ns, timer.due_ns);
        timer.fn(timer.cookie);
        first = timers_first(&loop->timers);
    }
}

void
loop_run(struct loop *loop)
{
    while (!atomic_load(&loop->is_stopping)) {
        /* EVLOOP_NONBLOCK alone goes on for as long as a descriptor is ready,
         * and no timer fires. */
        int how = EVLOOP_ONCE | (arm(loop) ? EVLOOP_NONBLOCK : 0);
        int rc = event_base_loop(loop->base, how);

        assert(rc >= 0);
        fire_due(loop);
    }
    run_posted(loop);
    atomic_store(&loop->is_stopping, false);
}

static void
wake(struct loop *loop)
{
    int rc = eventfd_write(loop->post_fd, 1);

    /* EAGAIN: 2^64 wake-ups nobody saw, which is a wake-up as well. */
    assert(rc == 0 || errno == EAGAIN);
}

void
loop_stop(struct loop *loop)
{
    atomic_store(&loop->is_stopping, true);
    wake(loop);
}

mono_t
loop_now(const struct loop *loop)
{
    (void)loop;
    return clock_mono();
}

wall_t
loop_wall(const struct loop *loop)
{
    (void)loop;
    return clock_wall();
}

int64_t
loop_lag_ns(const struct loop *loop)
{
    return loop->lag_ns;
}

int64_t
loop_lag_since_ns(const struct loop *loop, mono_t since)
{
    int64_t worst = loop->lag_ns;

    for (size_t i = 0; i < LOOP_LATE_MAX; i++) {
        const struct late *late = &loop->late[i];

        if (late->fired_ns >= since.ns && late->lag_ns > worst)
            worst = late->lag_ns;
    }
    return worst;
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
    int64_t due_ns = clock_mono().ns;

    if (after_ns > 0 && __builtin_add_overflow(due_ns, after_ns, &due_ns))
        due_ns = INT64_MAX;
    return timers_add(&loop->timers, due_ns, fn, cookie);
}

void
loop_timer_cancel(struct loop_timer *timer)
{
    timers_remove(timer);
}

static void
on_watch(int fd, short what, void *cookie)
{
    struct loop_watch *watch = cookie;
    unsigned events = ((what & EV_READ) != 0 ? (unsigned)LOOP_READ : 0) |
                      ((what & EV_WRITE) != 0 ? (unsigned)LOOP_WRITE : 0);

    watch->fn(watch->cookie, fd, events);
}

static void
on_signal(int signo, short what, void *cookie)
{
    struct loop_watch *watch = cookie;

    (void)signo;
    (void)what;
    watch->signal_fn(watch->cookie);
}

/* Takes over `watch`; NULL with errno when the kernel refuses. */
static struct loop_watch *
add_watch(struct loop_watch *watch)
{
    if (watch->event.ev_events != 0 && event_add(&watch->event, NULL) != 0) {
        int saved = errno != 0 ? errno : EINVAL;

        free(watch);
        errno = saved;
        return NULL;
    }
    watch->loop->watch_count++;
    return watch;
}

/* What epoll refuses; because of the change list it would say so too late. */
static bool
is_pollable(int fd)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return false;
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return true;
    errno = EPERM;
    return false;
}

static void
assign(struct loop_watch *watch, int fd, unsigned events)
{
    short what =
        (short)(EV_PERSIST | ((events & LOOP_READ) != 0 ? EV_READ : 0) |
                ((events & LOOP_WRITE) != 0 ? EV_WRITE : 0));
    int rc = event_assign(&watch->event, watch->loop->base, fd, what, on_watch,
                          watch);

    assert(rc == 0);
    watch->events = events;
}

struct loop_watch *
loop_watch_start(struct loop *loop, int fd, unsigned events, loop_watch_fn *fn,
                 void *cookie)
{
    struct loop_watch *watch;

    assert(fd >= 0 && fn != NULL);
    if (!is_pollable(fd))
        return NULL;
    watch = str_xcalloc(1, sizeof *watch);
    *watch = (struct loop_watch){.loop = loop, .fn = fn, .cookie = cookie};
    assign(watch, fd, events);
    if (events == 0) {
        loop->watch_count++;
        return watch;
    }
    return add_watch(watch);
}

void
loop_watch_set(struct loop_watch *watch, unsigned events)
{
    assert(!watch->is_signal);
    if (events == watch->events)
        return;
    (void)event_del(&watch->event);
    assign(watch, event_get_fd(&watch->event), events);
    if (events != 0) {
        int rc = event_add(&watch->event, NULL);

        /* The kernel took this descriptor when the watch began. */
        assert(rc == 0);
    }
}

void
loop_watch_cancel(struct loop_watch *watch)
{
    if (watch == NULL)
        return;
    (void)event_del(&watch->event);
    watch->loop->watch_count--;
    free(watch);
}

struct loop_watch *
loop_signal_start(struct loop *loop, int signo, loop_fn *fn, void *cookie)
{
    struct loop_watch *watch = str_xcalloc(1, sizeof *watch);
    int rc;

    assert(fn != NULL);
    *watch = (struct loop_watch){
        .loop = loop, .is_signal = true, .signal_fn = fn, .cookie = cookie};
    rc = event_assign(&watch->event, loop->base, signo, EV_SIGNAL | EV_PERSIST,
                      on_signal, watch);
    assert(rc == 0);
    return add_watch(watch);
}

void
loop_post(struct loop *loop, loop_fn *fn, void *cookie)
{
    struct queue *queue = &loop->queue;
    bool was_empty;

    assert(fn != NULL);
    pthread_mutex_lock(&loop->lock);
    was_empty = queue->count == 0;
    if (queue->count == queue->cap) {
        queue->cap = queue->cap > 0 ? 2 * queue->cap : 16;
        queue->at = str_xrealloc(queue->at, queue->cap * sizeof queue->at[0]);
    }
    queue->at[queue->count++] = (struct posted){fn, cookie};
    pthread_mutex_unlock(&loop->lock);
    if (was_empty)
        wake(loop);
}

struct event_base *
loop_backend(struct loop *loop)
{
    return loop->base;
}
