/*
 * An assignment goes  next -> job (its texts are read, on the worker) ->
 * replaced in the set -> waiting (sources are read, by the keeper) -> ready.
 * One at a time is in a job; a newer one in `next` overtakes it.
 */
#include "probe/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/secret_keeper.h"
#include "base/str.h"
#include "base/worker.h"
#include "checks/secret_conf.h"
#include "probe/assignment.h"
#include "wire/message.h"

#define RETRY_NS (100 * NS_PER_MS) /* the worker's queue is full */

struct job {
    struct keyring *keyring; /* NULL: it has gone */
    struct assignment *assignment;
    struct secret_set *given;
    struct secret_set *fresh; /* what the texts define */
};

struct keyring {
    struct keyring_opts opts;
    struct secret_set *set;
    struct secret_keeper *keeper;
    struct job *next;
    struct job *job;            /* on the worker */
    struct assignment *waiting; /* defined, for what is being read */
    struct loop_timer *timer;   /* of `waiting` */
    struct loop_timer *retry;   /* of `next` */
    char *refused[MESSAGE_REFUSED_MAX];
    size_t refused_count;
};

static void
free_job(struct job *job)
{
    if (job == NULL)
        return;
    assignment_free(job->assignment);
    secret_set_free(job->given);
    secret_set_free(job->fresh);
    free(job);
}

/* ---- what waits for sources ---- */

static void
end_waiting(struct keyring *k)
{
    struct assignment *ready = k->waiting;

    loop_timer_cancel(k->timer);
    k->timer = NULL;
    k->waiting = NULL;
    if (ready != NULL)
        k->opts.on_ready(k->opts.cookie, ready);
}

static void
on_wait_over(void *cookie)
{
    struct keyring *k = cookie;

    k->timer = NULL;
    end_waiting(k);
}

static void
on_read(void *cookie, size_t changed)
{
    struct keyring *k = cookie;

    (void)changed;
    if (!secret_keeper_is_busy(k->keeper))
        end_waiting(k);
}

/* ---- what is defined ---- */

static void step(struct keyring *k);

/* Not every text is worth parsing. */
static void
run_job(void *cookie)
{
    struct job *job = cookie;

    for (size_t i = 0; i < assignment_count(job->assignment); i++) {
        const char *text = assignment_get(job->assignment, i)->text;

        if (strstr(text, "secrets") != NULL)
            (void)secret_conf_read_text(text, job->fresh);
    }
}

static void
take(struct keyring *k, struct job *job)
{
    secret_share(job->fresh, job->given);
    secret_set_replace(k->set, job->fresh);
    job->fresh = NULL;
    assignment_free(k->waiting);
    k->waiting = job->assignment;
    job->assignment = NULL;
    secret_keeper_kick(k->keeper);
    if (!secret_keeper_is_busy(k->keeper))
        end_waiting(k);
    else if (k->timer == NULL)
        k->timer =
            loop_timer_start(k->opts.loop, KEYRING_WAIT_NS, on_wait_over, k);
}

static void
on_job(void *cookie)
{
    struct job *job = cookie;
    struct keyring *k = job->keyring;

    if (k != NULL) {
        k->job = NULL;
        if (k->next == NULL)
            take(k, job);
        step(k);
    }
    free_job(job);
}

static void
on_retry(void *cookie)
{
    struct keyring *k = cookie;

    k->retry = NULL;
    step(k);
}

static void
step(struct keyring *k)
{
    if (k->job != NULL || k->next == NULL || k->retry != NULL)
        return;
    if (worker_push(k->opts.worker, run_job, on_job, k->next) != 0) {
        k->retry = loop_timer_start(k->opts.loop, RETRY_NS, on_retry, k);
        return;
    }
    k->job = k->next;
    k->next = NULL;
}

static struct secret_set *
set_of_given(const struct message_given *given, size_t count)
{
    struct secret_set *set = secret_set_create();

    for (size_t i = 0; i < count; i++) {
        struct secret_def def = {.name = given[i].name, .source = SECRET_GIVEN};

        if (secret_add(set, &def) != 0)
            continue;
        if (given[i].len > 0)
            (void)secret_give(set, def.name, given[i].value, given[i].len);
        else
            secret_give_none(set, def.name, given[i].why);
    }
    return set;
}

void
keyring_set(struct keyring *k, struct assignment *assignment,
            const struct message_given *given, size_t given_count)
{
    free_job(k->next);
    k->next = str_xcalloc(1, sizeof(*k->next));
    k->next->keyring = k;
    k->next->assignment = assignment;
    k->next->given = set_of_given(given, given_count);
    k->next->fresh = secret_set_create();
    step(k);
}

/* ---- what was refused ---- */

static void
on_refused(void *cookie)
{
    struct keyring *k = cookie;

    if (k->opts.on_refused != NULL)
        k->opts.on_refused(k->opts.cookie);
}

static void
add_refused(void *cookie, const struct secret_def *def)
{
    struct keyring *k = cookie;

    if (k->refused_count < MESSAGE_REFUSED_MAX)
        k->refused[k->refused_count++] = str_xdup(def->name);
}

static void
clear_refused(struct keyring *k)
{
    while (k->refused_count > 0)
        free(k->refused[--k->refused_count]);
}

const char *const *
keyring_take_refused(struct keyring *k, size_t *count)
{
    clear_refused(k);
    secret_take_refused(k->set, add_refused, k);
    *count = k->refused_count;
    return (const char *const *)k->refused;
}

/* ---- life ---- */

struct keyring *
keyring_create(const struct keyring_opts *opts)
{
    struct keyring *k = str_xcalloc(1, sizeof(*k));
    struct secret_keeper_opts keeper = {.loop = opts->loop,
                                        .log = opts->log,
                                        .on_read = on_read,
                                        .on_refused = on_refused,
                                        .cookie = k};

    k->opts = *opts;
    k->keeper = secret_keeper_create(&keeper);
    if (k->keeper == NULL) {
        free(k);
        return NULL;
    }
    k->set = secret_set_create();
    secret_set_rules(k->set, &opts->rules);
    secret_keeper_set(k->keeper, k->set);
    return k;
}

void
keyring_free(struct keyring *k)
{
    if (k == NULL)
        return;
    if (k->job != NULL)
        k->job->keyring = NULL;
    loop_timer_cancel(k->timer);
    loop_timer_cancel(k->retry);
    free_job(k->next);
    assignment_free(k->waiting);
    secret_keeper_free(k->keeper);
    secret_set_free(k->set);
    clear_refused(k);
    free(k);
}

struct secret_set *
keyring_secrets(struct keyring *k)
{
    return k->set;
}
