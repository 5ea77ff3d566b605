/*
 * The text is kept in lower case, as it was when the file last changed, and
 * searched for the name as mere bytes: that finds every name that is there and
 * some that are not, which only costs the reading.
 */
#include "base/hosts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"

#define NAME_MAX_BYTES 256 /* a DNS name, RFC 1035, and NUL */

struct hosts {
    char *path;
    struct stat seen; /* zeroed: never looked at */
    struct buf text;
    bool is_readable;
};

struct hosts *
hosts_create(const char *path)
{
    struct hosts *hosts = str_xcalloc(1, sizeof(*hosts));

    hosts->path = str_xdup(path);
    buf_init(&hosts->text, HOSTS_BYTES_MAX);
    return hosts;
}

void
hosts_free(struct hosts *hosts)
{
    if (hosts == NULL)
        return;
    buf_free(&hosts->text);
    free(hosts->path);
    free(hosts);
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
           a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static void
load(struct hosts *hosts)
{
    buf_free(&hosts->text);
    buf_init(&hosts->text, HOSTS_BYTES_MAX);
    hosts->is_readable = file_read(hosts->path, &hosts->text) == 0;
    for (size_t i = 0; i < hosts->text.len; i++)
        hosts->text.data[i] = (uint8_t)str_lower((char)hosts->text.data[i]);
}

/* The length without the dot that ends a full name; 0: too long to know. */
static size_t
lower(char to[NAME_MAX_BYTES], const char *name)
{
    size_t len = strlen(name);

    if (len > 1 && name[len - 1] == '.')
        len--;
    if (len >= NAME_MAX_BYTES)
        return 0;
    for (size_t i = 0; i < len; i++)
        to[i] = str_lower(name[i]);
    return len;
}

bool
hosts_may_hold(struct hosts *hosts, const char *name)
{
    char text[NAME_MAX_BYTES];
    size_t len = lower(text, name);
    struct stat now;

    if (stat(hosts->path, &now) != 0)
        return errno != ENOENT;
    if (!is_same(&hosts->seen, &now)) {
        hosts->seen = now;
        load(hosts);
    }
    return !hosts->is_readable || len == 0 ||
           str_find(buf_text(&hosts->text), hosts->text.len, text, len) != NULL;
}
