/*
 * fake_worker.h - worker.h without a thread: a pushed job runs at once, its
 * done at the home loop's next turn.
 *
 * Linked in place of base/worker.o, or included as "fake_worker.c".
 *
 * Threads     one.
 */
#ifndef TESTS_LIB_FAKE_WORKER_H
#define TESTS_LIB_FAKE_WORKER_H

struct worker;

/* The one made last: of an object that has its own. */
struct worker *fake_worker_newest(void);

/* From now on jobs wait, as on a disk that hangs ... */
void fake_worker_pause(struct worker *worker);
/* ... until this, which runs those that wait. */
void fake_worker_resume(struct worker *worker);

#endif
