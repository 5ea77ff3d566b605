/*
 * fake_worker.c - see fake_worker.h.
 *
 * Jobs stand in one list in the order pushed: first those that ran and whose
 * done is owed, then (when paused) those that wait.  A timer of 0 stands for
 * the ring of the real worker's thread.
 */
#include "fake_worker.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/loop.h"
#include "base/str.h"
#include "base/worker.h"

struct job {
    struct job *next;
    bool has_run;
    worker_fn *job;
    worker_fn *done;
    void *cookie;
};

struct worker {
    struct loop *home;
    struct loop_timer *ring;
    struct job *jobs;
    size_t queue_max;
    size_t waiting_count;
    bool is_paused;
    bool is_closing;
};

static struct worker *newest;

struct worker *
fake_worker_newest(void)
{
    return newest;
}

struct worker *
worker_create(struct loop *home, const char *name, size_t queue_max)
{
    struct worker *worker = str_xcalloc(1, sizeof *worker);

    assert(queue_max > 0 && name != NULL);
    worker->home = home;
    worker->queue_max = queue_max;
    newest = worker;
    return worker;
}

static void
call_dones(void *cookie)
{
    struct worker *worker = cookie;

    worker->ring = NULL;
    while (worker->jobs != NULL && worker->jobs->has_run) {
        struct job *job = worker->jobs;

        worker->jobs = job->next;
        if (job->done != NULL)
            job->done(job->cookie);
        free(job);
    }
}

static void
run_waiting(struct worker *worker)
{
    for (struct job *job = worker->jobs; job != NULL; job = job->next) {
        if (job->has_run)
            continue;
        worker->waiting_count--;
        job->job(job->cookie);
        job->has_run = true;
        if (worker->ring == NULL && !worker->is_closing)
            worker->ring =
                loop_timer_start(worker->home, 0, call_dones, worker);
    }
}

void
worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    worker->is_closing = true;
    run_waiting(worker);
    loop_timer_cancel(worker->ring);
    call_dones(worker);
    free(worker);
}

int
worker_push(struct worker *worker, worker_fn *job, worker_fn *done,
            void *cookie)
{
    struct job **end = &worker->jobs;
    struct job *node;

    assert(job != NULL && !worker->is_closing);
    if (worker->waiting_count >= worker->queue_max) {
        errno = ENOBUFS;
        return -1;
    }
    node = str_xcalloc(1, sizeof *node);
    *node = (struct job){.job = job, .done = done, .cookie = cookie};
    while (*end != NULL)
        end = &(*end)->next;
    *end = node;
    worker->waiting_count++;
    if (!worker->is_paused)
        run_waiting(worker);
    return 0;
}

size_t
worker_pending_count(const struct worker *worker)
{
    return worker->waiting_count;
}

void
fake_worker_pause(struct worker *worker)
{
    worker->is_paused = true;
}

void
fake_worker_resume(struct worker *worker)
{
    worker->is_paused = false;
    run_waiting(worker);
}
