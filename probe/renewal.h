/*
 * renewal.h - keeps the probe's certificate young: asks at two thirds of its
 * life, and goes on asking when it has ended (the controller has a way back).
 *
 * Lifecycle   renewal_create() arms a timer; renewal_free() cancels.
 * Ownership   borrows all it is given.
 * Errors      logged; tried again in RENEWAL_RETRY_S.
 * Threads     the loop's; the new certificate is written by the worker.
 */
#ifndef PROBE_RENEWAL_H
#define PROBE_RENEWAL_H

struct identity;
struct link;
struct log;
struct loop;
struct renewal;

#define RENEWAL_RETRY_S 3600
#define RENEWAL_LOOK_S  21600 /* how often the date is looked at */

struct renewal_opts {
    struct loop *loop;
    struct log *log;
    struct link *link;
    struct identity *identity;
    const char *name;
};

struct renewal *renewal_create(const struct renewal_opts *opts);
void renewal_free(struct renewal *renewal);

#endif
