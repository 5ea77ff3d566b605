/*
 * One pass at a time: a job takes a reference of the set, reads all that is due
 * and comes back; then what has become due meanwhile makes the next one, or a
 * timer waits for it.  A mark rings from whatever thread it was made on.
 */
#include "base/secret_keeper.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/worker.h"

#define JOBS_MAX 16

/* Outlives the keeper by the posts that are under way. */
struct ring {
    atomic_uint refs;
    struct loop *loop;
    struct secret_keeper *keeper; /* loop thread only; NULL: it has ended */
};

struct pass {
    struct secret_keeper *keeper;
    struct secret_set *set;
    size_t changed;
};

struct secret_keeper {
    struct secret_keeper_opts opts;
    struct worker *worker;
    struct ring *ring;
    struct secret_set *set; /* NULL: nothing yet */
    struct loop_timer *due;
    bool is_reading; /* a pass is under way */
    bool is_ending;
};

static void
ring_unref(struct ring *ring)
{
    if (atomic_fetch_sub(&ring->refs, 1) == 1)
        free(ring);
}

/* ---- a pass ---- */

static void look(struct secret_keeper *keeper);

static void
run_pass(void *cookie)
{
    struct pass *pass = cookie;
    char why[SECRET_WHY_MAX]; /* secret_tell() has them all */

    pass->changed = secret_refresh(pass->set, why, sizeof(why));
}

static void
tell(void *cookie, const char *name, const char *why)
{
    const struct secret_keeper *keeper = cookie;

    if (why != NULL)
        log_event(keeper->opts.log, EV_SECRET_MISSING, LOG_STR("secret", name),
                  LOG_STR("why", why));
    else
        log_event(keeper->opts.log, EV_SECRET_BACK, LOG_STR("secret", name));
}

static void
on_pass(void *cookie)
{
    struct pass *pass = cookie;
    struct secret_keeper *keeper = pass->keeper;
    bool is_current = pass->set == keeper->set && !keeper->is_ending;
    size_t changed = pass->changed;

    secret_set_free(pass->set);
    free(pass);
    keeper->is_reading = false;
    if (keeper->is_ending)
        return;
    look(keeper);
    if (!is_current)
        return;
    secret_tell(keeper->set, tell, keeper);
    if (changed > 0)
        log_event(keeper->opts.log, EV_SECRET_CHANGED,
                  LOG_INT("count", (int64_t)changed));
    keeper->opts.on_read(keeper->opts.cookie, changed);
}

static void
on_due(void *cookie)
{
    struct secret_keeper *keeper = cookie;

    keeper->due = NULL;
    look(keeper);
}

static void
begin_pass(struct secret_keeper *keeper)
{
    struct pass *pass = str_xcalloc(1, sizeof(*pass));

    pass->keeper = keeper;
    pass->set = secret_set_ref(keeper->set);
    keeper->is_reading =
        worker_push(keeper->worker, run_pass, on_pass, pass) == 0;
    if (keeper->is_reading)
        return;
    secret_set_free(pass->set);
    free(pass);
    keeper->due = loop_timer_start(keeper->opts.loop, NS_PER_S, on_due, keeper);
}

/* Is something due, or when will it be? */
static void
look(struct secret_keeper *keeper)
{
    int64_t due_ns;

    loop_timer_cancel(keeper->due);
    keeper->due = NULL;
    if (keeper->is_reading || keeper->set == NULL)
        return;
    due_ns = secret_due_ns(keeper->set);
    if (due_ns == 0)
        begin_pass(keeper);
    else if (due_ns > 0)
        keeper->due =
            loop_timer_start(keeper->opts.loop, due_ns, on_due, keeper);
}

/* ---- marks ---- */

static void
on_ring(void *cookie)
{
    struct ring *ring = cookie;
    struct secret_keeper *keeper = ring->keeper;

    if (keeper != NULL) {
        look(keeper);
        if (keeper->opts.on_refused != NULL)
            keeper->opts.on_refused(keeper->opts.cookie);
    }
    ring_unref(ring);
}

/* On any thread. */
static void
on_mark(void *cookie)
{
    struct ring *ring = cookie;

    (void)atomic_fetch_add(&ring->refs, 1);
    loop_post(ring->loop, on_ring, ring);
}

/* ---- life ---- */

struct secret_keeper *
secret_keeper_create(const struct secret_keeper_opts *opts)
{
    struct secret_keeper *keeper = str_xcalloc(1, sizeof(*keeper));

    keeper->opts = *opts;
    keeper->worker = worker_create(opts->loop, "secrets", JOBS_MAX);
    if (keeper->worker == NULL) {
        free(keeper);
        return NULL;
    }
    keeper->ring = str_xcalloc(1, sizeof(*keeper->ring));
    keeper->ring->loop = opts->loop;
    keeper->ring->keeper = keeper;
    atomic_init(&keeper->ring->refs, 1);
    return keeper;
}

void
secret_keeper_free(struct secret_keeper *keeper)
{
    if (keeper == NULL)
        return;
    if (keeper->set != NULL)
        secret_set_watch(keeper->set, NULL, NULL);
    keeper->ring->keeper = NULL;
    keeper->is_ending = true;
    loop_timer_cancel(keeper->due);
    worker_free(keeper->worker);
    ring_unref(keeper->ring);
    secret_set_free(keeper->set);
    free(keeper);
}

void
secret_keeper_set(struct secret_keeper *keeper, struct secret_set *set)
{
    struct secret_set *old = keeper->set;

    if (old != NULL)
        secret_set_watch(old, NULL, NULL);
    keeper->set = secret_set_ref(set);
    secret_set_watch(set, on_mark, keeper->ring);
    secret_set_free(old);
    secret_tell(set, tell, keeper); /* it may have been read before */
    look(keeper);
}

void
secret_keeper_kick(struct secret_keeper *keeper)
{
    look(keeper);
}

bool
secret_keeper_is_busy(const struct secret_keeper *keeper)
{
    return keeper->is_reading;
}

int
secret_keeper_push(struct secret_keeper *keeper, void (*job)(void *cookie),
                   void (*done)(void *cookie), void *cookie)
{
    return worker_push(keeper->worker, job, done, cookie);
}
