/*
 * state_dir.h - where `picket up` and `demo` keep their data, and only one each.
 *
 * $XDG_STATE_HOME/picket/NAME, or ~/.local/state/picket/NAME.  A lock in the
 * folder keeps a second one out; it ends with the process that holds it.
 *
 * Ownership   `char *` results are the caller's.
 * Errors      -1 or NULL, and `why` says what, with the remedy.
 * Threads     any; these block.
 */
#ifndef CLI_STATE_DIR_H
#define CLI_STATE_DIR_H

#include <stddef.h>

char *state_dir_path(const char *name, char *why, size_t cap);
/* Makes the folder (0700) and locks it; a descriptor to close at the end. */
int state_dir_open(const char *dir, char *why, size_t cap);
/* Takes away all that is in a folder that state_dir_open() made, the lock
 * aside.  Anything else it refuses: a slip of --data must not cost a home. */
int state_dir_clear(const char *path, char *why, size_t cap);
/* Folders of this user that hold `file`, at most `max`; how many there are. */
size_t state_dir_find(const char *file, char **to, size_t max);

#endif
