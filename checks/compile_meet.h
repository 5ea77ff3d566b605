/*
 * compile_meet.h - settings that are right alone and contradict each other.
 *
 * Not the range of one setting (base/schema.h), and not two ways to say the
 * same in one place (catalog_layer.h).
 *
 * Ownership   everything is borrowed.
 * Errors      told to the job, at the place of the one that the check itself
 *             says.
 * Threads     any.
 */
#ifndef CHECKS_COMPILE_MEET_H
#define CHECKS_COMPILE_MEET_H

#include "base/diag.h"

struct addr;
struct compile_job;
struct spec_request;

/* Of a check or journey, once its requests are compiled. */
void compile_meet(struct compile_job *job);
/* Settings of TLS on a connection that never has it: refused where the check
 * itself says them, with `hint`; inherited ones are meant for others. */
void compile_meet_clear(struct compile_job *job, const char *hint);
/* Of one request; the job is its check's or step's. */
void compile_meet_request(struct compile_job *job,
                          const struct spec_request *request);
/* An address written at `pos`, and the check's `family`. */
void compile_meet_family(struct compile_job *job, const struct addr *addr,
                         struct diag_pos pos);

#endif
