/*
 * file.c - see file.h.
 */
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"

#define CHUNK_BYTES  8192
#define PARENT_MODE  0755 /* of folders made on the way to the last one */
#define OPEN_FOLDERS 16   /* descriptors file_remove_tree() may hold */

/* close() and the like must not hide why the work before them failed. */
static int
fail_close(int fd)
{
    int saved = errno;

    if (fd >= 0)
        close(fd);
    errno = saved;
    return -1;
}

int
file_read(const char *path, struct buf *out)
{
    size_t before = out->len;
    uint8_t chunk[CHUNK_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 1;

    if (fd < 0)
        return -1;
    while (got > 0) {
        got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) {
            got = 1;
        } else if (got > 0 && buf_add(out, chunk, (size_t)got) != 0) {
            errno = EFBIG;
            got = -1;
        }
    }
    if (got == 0) {
        close(fd);
        return 0;
    }
    if (out->data != NULL) {
        out->len = before;
        out->data[before] = 0;
    }
    return fail_close(fd);
}

static int
write_all(int fd, const void *data, size_t len)
{
    struct buf_reader left = buf_reader(data, len);

    while (left.left > 0) {
        ssize_t n = write(fd, left.at, left.left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        (void)buf_get(&left, (size_t)n);
    }
    return 0;
}

/* Syncs the folder `path` lies in. */
static int
sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent;
    int rc;

    if (slash == NULL)
        return file_sync_dir(".");
    parent = str_xndup(path, slash == path ? 1 : (size_t)(slash - path));
    rc = file_sync_dir(parent);
    free(parent);
    return rc;
}

int
file_replace(const char *path, const void *data, size_t len, int mode)
{
    char *beside = str_xprintf("%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC);
    bool is_written;
    int rc = -1;

    if (fd < 0) {
        free(beside);
        return -1;
    }
    is_written = fchmod(fd, (mode_t)mode) == 0 &&
                 write_all(fd, data, len) == 0 && fsync(fd) == 0;
    if (!is_written)
        (void)fail_close(fd);
    else if (close(fd) == 0 && rename(beside, path) == 0)
        rc = 0;
    if (rc != 0) {
        int saved = errno;

        (void)unlink(beside);
        errno = saved;
    }
    free(beside);
    return rc == 0 ? sync_parent(path) : -1;
}

static int
make_dir(const char *path, int mode)
{
    struct stat st;

    if (mkdir(path, (mode_t)mode) == 0)
        return 0;
    if (errno != EEXIST)
        return -1;
    if (stat(path, &st) != 0)
        return -1;
    if (S_ISDIR(st.st_mode))
        return 0;
    errno = ENOTDIR;
    return -1;
}

int
file_make_dirs(const char *path, int mode)
{
    char *part = str_xdup(path);
    int rc = 0;

    for (size_t i = 1; rc == 0 && part[0] != '\0' && part[i] != '\0'; i++) {
        if (part[i] != '/' || part[i - 1] == '/')
            continue;
        part[i] = '\0';
        if (path[i + strspn(path + i, "/")] != '\0')
            rc = make_dir(part, PARENT_MODE);
        part[i] = '/';
    }
    if (rc == 0)
        rc = make_dir(part, mode);
    free(part);
    return rc;
}

int
file_sync_dir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    if (fsync(fd) != 0)
        return fail_close(fd);
    close(fd);
    return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int
file_remove_tree(const char *path)
{
    assert(path[0] != '\0' && !str_eq(path, "/"));
    /* Folders after what is in them; links themselves, not their targets. */
    return nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0 ? 0
                                                                           : -1;
}

char *
file_join(const char *dir, const char *name)
{
    if (name[0] == '/' || dir[0] == '\0')
        return str_xdup(name);
    return str_xprintf("%s%s%s", dir, str_ends(dir, "/") ? "" : "/", name);
}
