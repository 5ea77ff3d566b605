/*
 * worker.c - see worker.h.
 *
 * A job is one node that goes from the list `waiting` to the thread, then to
 * the list `finished`, of which an eventfd tells the home loop.  The thread
 * allocates nothing and never touches the loop, so that worker_free() leaves
 * nothing behind in it.
 */
#include "base/worker.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/str.h"

#define NAME_MAX_BYTES 16 /* of a thread's name, NUL included; the kernel's */

struct job {
    struct job *next;
    worker_fn *job;
    worker_fn *done;
    void *cookie;
};

struct list {
    struct job *head;
    struct job **tail;
};

struct worker {
    pthread_t thread;
    pthread_mutex_t lock; /* of all below it */
    pthread_cond_t has_work;
    struct list waiting;
    struct list finished;
    size_t waiting_count;
    bool is_running; /* a job is on the thread */
    bool is_closing;
    /* The home loop's thread alone. */
    size_t queue_max;
    struct loop_watch *watch;
    int done_fd;
};

static void
list_init(struct list *list)
{
    list->head = NULL;
    list->tail = &list->head;
}

static void
list_push(struct list *list, struct job *job)
{
    job->next = NULL;
    *list->tail = job;
    list->tail = &job->next;
}

static struct job *
list_pop(struct list *list)
{
    struct job *job = list->head;

    if (job == NULL)
        return NULL;
    list->head = job->next;
    if (list->head == NULL)
        list->tail = &list->head;
    return job;
}

/* With the lock held, which it gives up while the job runs. */
static void
run_one(struct worker *worker)
{
    struct job *job = list_pop(&worker->waiting);
    bool was_empty;

    worker->waiting_count--;
    worker->is_running = true;
    pthread_mutex_unlock(&worker->lock);
    job->job(job->cookie);
    pthread_mutex_lock(&worker->lock);
    worker->is_running = false;
    was_empty = worker->finished.head == NULL;
    list_push(&worker->finished, job);
    if (was_empty) {
        int rc = eventfd_write(worker->done_fd, 1);

        assert(rc == 0);
    }
}

static void *
thread_main(void *cookie)
{
    struct worker *worker = cookie;

    pthread_mutex_lock(&worker->lock);
    for (;;) {
        if (worker->waiting.head != NULL)
            run_one(worker);
        else if (worker->is_closing)
            break;
        else
            pthread_cond_wait(&worker->has_work, &worker->lock);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

/* Calls what is finished now; what finishes meanwhile rings again. */
static void
call_dones(struct worker *worker)
{
    struct list done;
    struct job *job;

    list_init(&done);
    pthread_mutex_lock(&worker->lock);
    while ((job = list_pop(&worker->finished)) != NULL)
        list_push(&done, job);
    pthread_mutex_unlock(&worker->lock);

    while ((job = list_pop(&done)) != NULL) {
        if (job->done != NULL)
            job->done(job->cookie);
        free(job);
    }
}

static void
on_done(void *cookie, int fd, unsigned events)
{
    eventfd_t rings;

    (void)events;
    (void)eventfd_read(fd, &rings);
    call_dones(cookie);
}

/* Signals are the loop's business: the thread takes none. */
static int
start_thread(struct worker *worker, const char *name)
{
    char short_name[NAME_MAX_BYTES];
    sigset_t all;
    sigset_t before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&worker->thread, NULL, thread_main, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        errno = rc;
        return -1;
    }
    (void)str_copy(short_name, sizeof short_name, name);
    (void)pthread_setname_np(worker->thread, short_name);
    return 0;
}

static void
release(struct worker *worker)
{
    int saved = errno;

    loop_watch_cancel(worker->watch);
    if (worker->done_fd >= 0)
        close(worker->done_fd);
    pthread_cond_destroy(&worker->has_work);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
    errno = saved;
}

struct worker *
worker_create(struct loop *home, const char *name, size_t queue_max)
{
    struct worker *worker = str_xcalloc(1, sizeof *worker);

    assert(queue_max > 0);
    worker->queue_max = queue_max;
    list_init(&worker->waiting);
    list_init(&worker->finished);
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->has_work, NULL);
    worker->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (worker->done_fd >= 0)
        worker->watch =
            loop_watch_start(home, worker->done_fd, LOOP_READ, on_done, worker);
    if (worker->watch != NULL && start_thread(worker, name) == 0)
        return worker;
    release(worker);
    return NULL;
}

void
worker_free(struct worker *worker)
{
    int rc;

    if (worker == NULL)
        return;
    pthread_mutex_lock(&worker->lock);
    worker->is_closing = true;
    pthread_cond_signal(&worker->has_work);
    pthread_mutex_unlock(&worker->lock);
    rc = pthread_join(worker->thread, NULL);
    assert(rc == 0);
    call_dones(worker);
    release(worker);
}

int
worker_push(struct worker *worker, worker_fn *job, worker_fn *done,
            void *cookie)
{
    struct job *node;
    bool is_full;

    assert(job != NULL);
    node = str_xcalloc(1, sizeof *node);
    *node = (struct job){.job = job, .done = done, .cookie = cookie};
    pthread_mutex_lock(&worker->lock);
    assert(!worker->is_closing);
    is_full = worker->waiting_count >= worker->queue_max;
    if (!is_full) {
        list_push(&worker->waiting, node);
        worker->waiting_count++;
        pthread_cond_signal(&worker->has_work);
    }
    pthread_mutex_unlock(&worker->lock);
    if (is_full) {
        free(node);
        errno = ENOBUFS;
        return -1;
    }
    return 0;
}

size_t
worker_pending_count(const struct worker *worker)
{
    struct worker *own = (struct worker *)(uintptr_t)worker;
    size_t count;

    pthread_mutex_lock(&own->lock);
    count = own->waiting_count + (own->is_running ? 1 : 0);
    pthread_mutex_unlock(&own->lock);
    return count;
}
