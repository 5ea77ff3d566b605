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
    struct stat seen; /* zeroed: it is not there */
    struct buf text;
    bool is_readable;
    bool is_missing;
    bool is_looked_at;
    mono_t looked;
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

static void
look(struct hosts *hosts, mono_t now)
{
    struct stat st;

    if (hosts->is_looked_at &&
        clock_since_ns(hosts->looked, now) < HOSTS_FRESH_NS)
        return;
    hosts->is_looked_at = true;
    hosts->looked = now;
    hosts->is_missing = false;
    if (stat(hosts->path, &st) != 0) {
        hosts->is_missing = errno == ENOENT;
        hosts->is_readable = false;
        hosts->seen = (struct stat){0};
    } else if (!is_same(&hosts->seen, &st)) {
        hosts->seen = st;
        load(hosts);
    }
}

bool
hosts_may_hold(struct hosts *hosts, const char *name, mono_t now)
{
    char text[NAME_MAX_BYTES];
    size_t len = lower(text, name);

    look(hosts, now);
    if (hosts->is_missing)
        return false;
    return !hosts->is_readable || len == 0 ||
           str_find(buf_text(&hosts->text), hosts->text.len, text, len) != NULL;
}
