/*
 * file.h - whole files, and the only place (with db.c and the spool) that syncs.
 *
 * Errors      -1 with errno; nothing half-written is ever left under `path`.
 * Threads     any; these block, so never on a loop once it runs.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

struct buf;

/* Adds the file's bytes to `out`; EFBIG when over its limit. */
int file_read(const char *path, struct buf *out);
/* Writes beside, syncs, renames, syncs the folder. */
int file_replace(const char *path, const void *data, size_t len, int mode);
/* Like mkdir -p with `mode` for the last one. */
int file_make_dirs(const char *path, int mode);
int file_sync_dir(const char *path);
/* Removes a folder and all below it; for throw-away folders. */
int file_remove_tree(const char *path);
/* "DIR/NAME"; a NAME that begins with / stays as it is.  Caller frees. */
char *file_join(const char *dir, const char *name);

#endif
