/*
 * recall.h - what a probe remembers of a check from run to run, so that the
 * evidence of a failure can say what is different.
 *
 * Evidence is large and a lasting failure repeats itself, so it goes out
 *
 *     with the first RECALL_TOLD failures of one status and reason in a row,
 *     with every run that the controller asked for and that failed, and
 *     with the first good run after failures: as `last_failure`, the newest
 *     that was kept back.
 *
 * A failure's evidence also gets `last_good`, the run before things went wrong,
 * and `changed`: the facts that are different now, of the step that failed where
 * the run has steps with facts.
 *
 * Not the making of evidence (checks/evidence.h).
 *
 * Ownership   recall_tell() takes the result and gives the one to report.
 * Units       bytes_max: of all evidence kept back, compressed.
 * Errors      without memory a result goes out as it came.
 * Threads     one thread.
 *
 * R1  at most RECALL_CHECKS_MAX checks are remembered; the one that ran
 *     longest ago is forgotten first.
 * R2  evidence kept back is never over bytes_max; the oldest goes first.
 */
#ifndef PROBE_RECALL_H
#define PROBE_RECALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECALL_TOLD       3
#define RECALL_CHECKS_MAX 20000
#define RECALL_BYTES      (4u << 20) /* a lane's */

struct recall;
struct result;

struct recall *recall_create(size_t bytes_max);
void recall_free(struct recall *recall);

/* `is_asked`: it answers a run-now. */
struct result *recall_tell(struct recall *recall, struct result *result,
                           bool is_asked);

/* Evidence that was let go for want of space. */
uint64_t recall_dropped(const struct recall *recall);

#endif
