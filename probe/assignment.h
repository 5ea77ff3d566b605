/*
 * assignment.h - the checks this probe was given, as one immutable block.
 *
 * Lanes on several threads read the same block; each text is kept once.  On
 * disk it is the SyncReply that brought it, zstd-compressed, so that the probe
 * keeps checking from its last assignment while the controller is away; but
 * for the secrets it brought, and when it brought some its generation is 0, so
 * that the controller gives them again.
 *
 * Ownership   counted, from any thread: assignment_ref()/assignment_free().
 * Errors      NULL and `why`; -1 with errno.
 * Threads     read-only once made: any.  Reading and writing files blocks.
 */
#ifndef PROBE_ASSIGNMENT_H
#define PROBE_ASSIGNMENT_H

#include <stddef.h>
#include <stdint.h>

struct assignment;
struct message_assigned;
struct message_sync_reply;

/* Takes the decoded reply (has_assignment).  Of two checks of one name the
 * first is kept. */
struct assignment *assignment_create(struct message_sync_reply *reply);
struct assignment *assignment_ref(struct assignment *assignment);
void assignment_free(struct assignment *assignment);

uint64_t assignment_generation(const struct assignment *assignment);
size_t assignment_count(const struct assignment *assignment);
/* In order of names. */
const struct message_assigned *
assignment_get(const struct assignment *assignment, size_t index);

int assignment_write(const struct assignment *assignment, const char *path);
struct assignment *assignment_read(const char *path, char *why, size_t cap);

#endif
