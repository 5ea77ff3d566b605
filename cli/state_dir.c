#include "cli/state_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"

#define PID_MAX 24 /* bytes of a process id in the lock */

/* The folder of all of this user's, or NULL. */
static char *
base_path(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (state != NULL && *state == '/')
        return str_xprintf("%s/picket", state);
    if (home != NULL && *home == '/')
        return str_xprintf("%s/.local/state/picket", home);
    return NULL;
}

char *
state_dir_path(const char *name, char *why, size_t cap)
{
    char *base = base_path();
    if (base == NULL) {
        str_copy(why, cap,
                 "HOME is not set, so there is no place for data: say one "
                 "with --data DIR");
        return NULL;
    }
    char *path = file_join(base, name);
    free(base);
    return path;
}

static void
say_locked(int fd, const char *dir, char *why, size_t cap)
{
    char pid[PID_MAX] = "";
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
    pid[n > 0 ? n : 0] = '\0';
    snprintf(why, cap,
             "one is running already on %s%s%s; end it, or give this one a "
             "folder of its own with --data DIR",
             dir, *pid ? ", process " : "", pid);
}

int
state_dir_open(const char *dir, char *why, size_t cap)
{
    char pid[PID_MAX];
    if (file_make_dirs(dir, 0700) != 0) {
        snprintf(why, cap, "%s cannot be made: %s", dir, strerror(errno));
        return -1;
    }
    char *path = file_join(dir, "lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (fd < 0) {
        snprintf(why, cap, "%s cannot be written: %s", dir, strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        say_locked(fd, dir, why, cap);
        close(fd);
        return -1;
    }
    int len = snprintf(pid, sizeof pid, "%ld", (long)getpid());
    /* The id is for the message alone: without it the lock locks too. */
    if (ftruncate(fd, 0) == 0)
        (void)!pwrite(fd, pid, (size_t)len, 0);
    return fd;
}

/* What Picket puts into a folder of its own. */
static bool
is_ours(const char *name)
{
    static const char *const ours[] = {
        ".",
        "..",
        "lock",
        "picket.log*",
        "state.db*",
        "results.db*",
        "reserve*",
        "ca",
        "probes",
        "operator.key*",
        "runtime.json*",
        "shop*",
    };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (str_glob(ours[i], name))
            return true;
    }
    return false;
}

/* -1 with the name in `why` at the first that is not ours. */
static int
look_through(DIR *dir, const char *path, char *why, size_t cap)
{
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        if (is_ours(entry->d_name))
            continue;
        snprintf(why, cap,
                 "%s holds %s, which is not Picket's, so --fresh takes "
                 "nothing away there: choose another --data",
                 path, entry->d_name);
        return -1;
    }
    rewinddir(dir);
    return 0;
}

int
state_dir_clear(const char *path, char *why, size_t cap)
{
    DIR *dir = opendir(path);
    int rc = dir == NULL ? -1 : look_through(dir, path, why, cap);
    const struct dirent *entry;
    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, "..") ||
            str_eq(entry->d_name, "lock"))
            continue;
        char *inner = file_join(path, entry->d_name);
        if (unlink(inner) != 0 && file_remove_tree(inner) != 0) {
            snprintf(why, cap, "%s cannot be removed: %s", inner,
                     strerror(errno));
            rc = -1;
        }
        free(inner);
    }
    if (dir != NULL)
        closedir(dir);
    return rc;
}

size_t
state_dir_find(const char *file, char **to, size_t max)
{
    char *base = base_path();
    DIR *dir = base == NULL ? NULL : opendir(base);
    size_t count = 0;
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        char *path = file_join(base, entry->d_name);
        char *wanted = file_join(path, file);
        if (access(wanted, R_OK) == 0 && count < max)
            to[count++] = str_xdup(path);
        free(wanted);
        free(path);
    }
    if (dir != NULL)
        closedir(dir);
    free(base);
    return count;
}
