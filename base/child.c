/*
 * A program's end is seen on a pidfd, so no signal handler is needed and no
 * other part's children are touched.  Then, in this order:
 *
 *   1. its status is looked at without reaping it: until that is done nobody
 *      else can have its number, and the group is still its own;
 *   2. its group is killed: what it left behind would hold the pipe open;
 *   3. it is reaped;
 *   4. what is in the pipe is read, and done() told.
 *
 * A program that closes its output goes on until it ends.  One that left its
 * group and holds the pipe is not waited for.
 */
#include "base/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/program.h"
#include "base/str.h"

#define READ_BYTES 4096
#define READS_MAX  64   /* a wake-up: the others want their turn */
#define GOODBYE_MS 1000 /* for killed programs to go, all together */

struct child_pool {
    struct loop *loop;
    size_t max;
    size_t count; /* alive: in flight or dying */
    size_t in_flight;
    struct child *dying;
};

struct child {
    struct child_pool *pool;
    child_done_fn *done; /* NULL: dying, nobody is told */
    void *cookie;
    pid_t pid;
    int pid_fd;
    int out_fd; /* -1: closed by the program */
    struct loop_watch *pid_watch;
    struct loop_watch *out_watch;
    struct loop_timer *grace; /* dying: until SIGKILL */
    struct buf output;
    size_t thrown_away;
    bool has_flooded;
    struct child *next; /* of the dying */
};

struct child_pool *
child_pool_create(struct loop *loop, size_t max)
{
    struct child_pool *pool = str_xcalloc(1, sizeof(*pool));

    pool->loop = loop;
    pool->max = max;
    return pool;
}

static void
close_output(struct child *child)
{
    loop_watch_cancel(child->out_watch);
    child->out_watch = NULL;
    if (child->out_fd >= 0)
        (void)close(child->out_fd);
    child->out_fd = -1;
}

/* Its program is reaped, or never was. */
static void
free_child(struct child *child)
{
    close_output(child);
    loop_watch_cancel(child->pid_watch);
    loop_timer_cancel(child->grace);
    if (child->pid_fd >= 0)
        (void)close(child->pid_fd);
    buf_free(&child->output);
    child->pool->count--;
    free(child);
}

/* ---- the end ---- */

static void
leave_dying(struct child *child)
{
    struct child **at = &child->pool->dying;

    while (*at != child)
        at = &(*at)->next;
    *at = child->next;
}

/* True while more may be there at once. */
static bool
read_some(struct child *child)
{
    char bytes[READ_BYTES];
    ssize_t got = read(child->out_fd, bytes, sizeof(bytes));
    size_t room = CHILD_OUTPUT_MAX - child->output.len;
    size_t kept;

    if (got < 0)
        return errno == EINTR;
    if (got == 0) {
        close_output(child);
        return false;
    }
    kept = (size_t)got < room ? (size_t)got : room;
    (void)buf_add(&child->output, bytes, kept);
    child->thrown_away += (size_t)got - kept;
    if (child->thrown_away > CHILD_FLOOD_MAX && !child->has_flooded) {
        child->has_flooded = true;
        (void)kill(-child->pid, SIGKILL);
    }
    return true;
}

static void
on_output(void *cookie, int fd, unsigned events)
{
    struct child *child = cookie;

    (void)fd;
    (void)events;
    for (int i = 0; i < READS_MAX && read_some(child); i++)
        continue;
}

static void
tell(struct child *child, const siginfo_t *info)
{
    bool has_exited = info->si_code == CLD_EXITED;
    struct child_end end = {
        .exit_code = has_exited ? info->si_status : -1,
        .signal = has_exited ? 0 : info->si_status,
        .has_flooded = child->has_flooded,
        .output = buf_text(&child->output),
        .output_len = child->output.len,
        .thrown_away = child->thrown_away,
    };

    child->pool->in_flight--;
    child->done(child->cookie, &end);
    free_child(child);
}

static void
on_end(void *cookie, int fd, unsigned events)
{
    struct child *child = cookie;
    siginfo_t info = {0};

    (void)events;
    if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOWAIT | WNOHANG) < 0 ||
        info.si_pid == 0)
        return;
    (void)program_bury(child->pid);
    if (child->done == NULL) {
        leave_dying(child);
        free_child(child);
        return;
    }
    /* The pipe holds at most what the kernel lets it. */
    for (size_t i = 0; i < CHILD_FLOOD_MAX / READ_BYTES && child->out_fd >= 0 &&
                       read_some(child);
         i++)
        continue;
    tell(child, &info);
}

/* ---- the begin ---- */

/* A program that nobody can watch may not live. */
static int
watch(struct child *child)
{
    struct loop *loop = child->pool->loop;
    int saved;

    child->pid_fd = pidfd_open(child->pid, 0);
    if (child->pid_fd >= 0)
        child->pid_watch =
            loop_watch_start(loop, child->pid_fd, LOOP_READ, on_end, child);
    if (child->pid_watch != NULL)
        child->out_watch =
            loop_watch_start(loop, child->out_fd, LOOP_READ, on_output, child);
    if (child->out_watch != NULL)
        return 0;
    saved = errno;
    (void)program_bury(child->pid);
    errno = saved;
    return -1;
}

static int
begin(struct child *child, const char *const *argv,
      const char *const *environment)
{
    int ends[2];
    int saved;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    child->out_fd = ends[0];
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    child->pid = program_start(argv, environment, ends[1], ends[1]);
    saved = errno;
    (void)close(ends[1]);
    errno = saved;
    return child->pid < 0 ? -1 : watch(child);
}

struct child *
child_start(struct child_pool *pool, const char *const *argv,
            const char *const *environment, child_done_fn *done, void *cookie)
{
    struct child *child;
    int saved;

    if (pool->count >= pool->max) {
        errno = EAGAIN;
        return NULL;
    }
    child = str_xcalloc(1, sizeof(*child));
    child->pool = pool;
    child->done = done;
    child->cookie = cookie;
    child->pid_fd = child->out_fd = -1;
    buf_init(&child->output, CHILD_OUTPUT_MAX);
    pool->count++;
    if (begin(child, argv, environment) == 0) {
        pool->in_flight++;
        return child;
    }
    saved = errno;
    free_child(child);
    errno = saved;
    return NULL;
}

const char *
child_output(const struct child *child, size_t *len)
{
    *len = child->output.len;
    return buf_text(&child->output);
}

/* ---- before its end ---- */

static void
on_grace(void *cookie)
{
    struct child *child = cookie;

    child->grace = NULL;
    (void)kill(-child->pid, SIGKILL); /* its end is seen on the pidfd */
}

void
child_cancel(struct child *child)
{
    struct child_pool *pool;

    if (child == NULL)
        return;
    pool = child->pool;
    child->done = NULL;
    close_output(child); /* what it still writes ends it, too */
    (void)kill(-child->pid, SIGTERM);
    (void)kill(-child->pid, SIGCONT); /* a stopped one has to hear it */
    child->grace =
        loop_timer_start(pool->loop, CHILD_GRACE_NS, on_grace, child);
    child->next = pool->dying;
    pool->dying = child;
    pool->in_flight--;
}

void
child_pool_free(struct child_pool *pool)
{
    if (pool == NULL)
        return;
    assert(pool->in_flight == 0);
    for (struct child *c = pool->dying; c != NULL; c = c->next)
        (void)kill(-c->pid, SIGKILL);
    while (pool->dying != NULL) {
        struct child *child = pool->dying;
        struct pollfd p = {.fd = child->pid_fd, .events = POLLIN};
        int status;

        /* One that the kernel cannot let go yet is left to init. */
        if (poll(&p, 1, GOODBYE_MS) > 0)
            (void)waitpid(child->pid, &status, WNOHANG);
        pool->dying = child->next;
        free_child(child);
    }
    free(pool);
}
