/*
 * Segments are named by a number that only grows: 0000000000000001.seg.  Each
 * begins with a HEAD record (spool id, next sequence number, results dropped
 * so far) and is written by one process life only: opening reads all of them,
 * cuts the newest at its torn tail and begins the next.  So a HEAD always
 * knows what came before, and the newest segment is never removed.
 */
#include "probe/spool_file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "probe/spool_record.h"
#include "wire/batch.h"

#define NAME_LEN     20          /* 16 hex digits and ".seg" */
#define SEGMENT_MAX  (64u << 20) /* bytes read back; far above what is written */
#define SEQUENCE_GAP (1LL << 32)
#define RECORD_MAX   (BATCH_BYTES_MAX + 64u)
#define FILE_MODE    0600

struct spool_file {
    char *dir;
    int lock_fd;
    int fd; /* the newest segment; -1: the next append begins one */
    uint64_t segment;
    size_t size; /* of the newest segment: all good records */
    size_t segment_bytes;
    struct id id;
    int64_t next;
    uint64_t dropped;
    struct buf record;
};

static char *
segment_path(const struct spool_file *f, uint64_t segment)
{
    return str_xprintf("%s/%016llx.seg", f->dir, (unsigned long long)segment);
}

static int
write_all(int fd, const uint8_t *data, size_t len, size_t at)
{
    while (len > 0) {
        ssize_t n = pwrite(fd, data, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        data += n;
        at += (size_t)n;
        len -= (size_t)n;
    }
    return 0;
}

/* ---- recovery ---------------------------------------------------------- */

struct segment_list {
    uint64_t *number;
    size_t count;
};

static int
by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static bool
parse_name(const char *name, uint64_t *number)
{
    uint8_t bytes[8];
    char digits[17];

    if (strlen(name) != NAME_LEN || !str_ends(name, ".seg"))
        return false;
    memcpy(digits, name, 16);
    digits[16] = '\0';
    if (str_unhex(bytes, sizeof(bytes), digits) != 0)
        return false;
    *number = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        *number = *number << 8 | bytes[i];
    return *number < UINT64_MAX / 2;
}

static int
list_segments(const char *dir, struct segment_list *list)
{
    DIR *d = opendir(dir);
    const struct dirent *entry;
    uint64_t number;

    if (d == NULL)
        return -1;
    while ((entry = readdir(d)) != NULL) {
        if (!parse_name(entry->d_name, &number))
            continue;
        list->number =
            str_xrealloc(list->number, (list->count + 1) * sizeof(uint64_t));
        list->number[list->count++] = number;
    }
    (void)closedir(d);
    if (list->count > 0)
        qsort(list->number, list->count, sizeof(uint64_t), by_number);
    return 0;
}

struct recovering {
    struct spool_file *file;
    const struct spool_found *found;
    struct spool_state *state;
    uint64_t segment;
    bool has_id;
    bool is_uncertain; /* of the newest segment: may numbers be missing? */
};

static void
on_head(struct recovering *r, const struct spool_record *record)
{
    if (r->has_id && !id_eq(&r->state->id, &record->id))
        r->state->corrupt++;
    r->state->id = record->id;
    r->has_id = true;
    if (record->first > r->state->next)
        r->state->next = record->first;
    if (record->dropped > r->state->dropped)
        r->state->dropped = record->dropped;
}

static void
on_batch(struct recovering *r, const struct spool_record *record)
{
    struct spool_batch batch = {
        .first = record->first,
        .count = record->count,
        .sealed_ms = record->sealed_ms,
        .place = {r->segment, (uint32_t)record->offset, record->len},
    };

    if (record->first + record->count > r->state->next)
        r->state->next = record->first + record->count;
    r->found->on_batch(r->found->cookie, &batch);
}

static void
on_record(struct recovering *r, const struct spool_record *record)
{
    switch (record->type) {
    case SPOOL_RECORD_HEAD:
        on_head(r, record);
        return;
    case SPOOL_RECORD_BATCH:
        on_batch(r, record);
        return;
    case SPOOL_RECORD_ACK:
        r->found->on_ack(r->found->cookie, record->first, record->count);
        return;
    case SPOOL_RECORD_DROPPED:
        if (record->dropped > r->state->dropped)
            r->state->dropped = record->dropped;
        return;
    }
}

/* The tail is cut so that the next opening does not count it again. */
static int
recover_segment(struct recovering *r)
{
    char *path = segment_path(r->file, r->segment);
    struct spool_record record;
    struct spool_scan scan;
    struct buf bytes;
    uint32_t heads = 0;
    int rc;

    buf_init(&bytes, SEGMENT_MAX);
    rc = file_read(path, &bytes);
    if (rc != 0)
        goto out;
    scan = spool_record_scan(bytes.data, bytes.len);
    r->found->on_segment(r->found->cookie, r->segment, bytes.len);
    while (spool_record_next(&scan, &record)) {
        heads += record.type == SPOOL_RECORD_HEAD;
        on_record(r, &record);
    }
    r->state->corrupt += scan.corrupt;
    r->is_uncertain =
        scan.corrupt > 0 || scan.good_end < bytes.len || heads == 0;
    if (scan.good_end < bytes.len) {
        r->state->torn++;
        rc = truncate(path, (off_t)scan.good_end);
    }
out:
    buf_free(&bytes);
    free(path);
    return rc;
}

/* An id that nobody wrote down cannot be known again: begin anew, as if the
 * folder had been empty, and say so by `corrupt`. */
static int
recover(struct recovering *r)
{
    struct segment_list list = {NULL, 0};
    int rc = list_segments(r->file->dir, &list);

    for (size_t i = 0; i < list.count && rc == 0; i++) {
        r->segment = list.number[i];
        rc = recover_segment(r);
        r->file->segment = r->segment;
    }
    free(list.number);
    if (rc != 0)
        return -1;
    if (!r->has_id)
        r->state->id = id_random();
    if (r->is_uncertain)
        r->state->next += SEQUENCE_GAP;
    return 0;
}

/* ---- writing ----------------------------------------------------------- */

static void
close_segment(struct spool_file *f)
{
    if (f->fd >= 0)
        (void)close(f->fd);
    f->fd = -1;
}

static int
put_record(struct spool_file *f, const struct spool_record *record)
{
    size_t end;

    buf_reset(&f->record);
    f->record.failed = false;
    if (spool_record_encode(&f->record, record) != 0) {
        errno = EFBIG;
        return -1;
    }
    end = f->size + f->record.len;
    if (write_all(f->fd, f->record.data, f->record.len, f->size) != 0)
        return -1;
    f->size = end;
    return 0;
}

/* What a failed write left behind is cut off; when even that fails, the
 * segment ends here and the next opening finds a torn tail. */
static void
undo(struct spool_file *f, size_t size)
{
    int saved = errno;

    f->size = size;
    if (ftruncate(f->fd, (off_t)size) != 0)
        close_segment(f);
    errno = saved;
}

static int
begin_segment(struct spool_file *f)
{
    struct spool_record head = {.type = SPOOL_RECORD_HEAD,
                                .id = f->id,
                                .first = f->next,
                                .dropped = f->dropped};
    char *path = segment_path(f, ++f->segment);
    int saved;

    close_segment(f);
    f->size = 0;
    f->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (f->fd >= 0 && put_record(f, &head) == 0 && fdatasync(f->fd) == 0 &&
        file_sync_dir(f->dir) == 0) {
        free(path);
        return 0;
    }
    saved = errno;
    close_segment(f);
    (void)unlink(path);
    free(path);
    errno = saved;
    return -1;
}

/* A segment that holds nothing but its HEAD is not too small: it is the next
 * one's turn only when this one is full. */
static int
ready_segment(struct spool_file *f)
{
    if (f->fd >= 0 && f->size < f->segment_bytes)
        return 0;
    return begin_segment(f);
}

static int
lock_dir(struct spool_file *f)
{
    char *path = file_join(f->dir, "lock");

    f->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    free(path);
    if (f->lock_fd < 0)
        return -1;
    return flock(f->lock_fd, LOCK_EX | LOCK_NB);
}

struct spool_file *
spool_file_open(const char *dir, size_t segment_bytes,
                const struct spool_found *found, struct spool_state *state,
                char *why, size_t cap)
{
    struct spool_file *f = str_xcalloc(1, sizeof(*f));
    struct recovering r = {.file = f, .found = found, .state = state};

    *state = (struct spool_state){.next = 1};
    f->dir = str_xdup(dir);
    f->fd = f->lock_fd = -1;
    f->segment_bytes = segment_bytes;
    buf_init(&f->record, RECORD_MAX);
    if (file_make_dirs(dir, 0700) != 0 || lock_dir(f) != 0 || recover(&r) != 0)
        goto fail;
    f->id = state->id;
    f->next = state->next;
    f->dropped = state->dropped;
    if (begin_segment(f) != 0)
        goto fail;
    state->segment = f->segment;
    return f;
fail:
    (void)snprintf(why, cap, "spool %s: %s", dir,
                   errno == EWOULDBLOCK ? "another probe uses it"
                                        : strerror(errno));
    spool_file_close(f);
    return NULL;
}

void
spool_file_close(struct spool_file *f)
{
    if (f == NULL)
        return;
    close_segment(f);
    if (f->lock_fd >= 0)
        (void)close(f->lock_fd);
    buf_free(&f->record);
    free(f->dir);
    free(f);
}

int
spool_file_append(struct spool_file *f, struct spool_batch *batch,
                  const void *data, uint64_t dropped)
{
    struct spool_record record = {.type = SPOOL_RECORD_BATCH,
                                  .first = batch->first,
                                  .count = batch->count,
                                  .sealed_ms = batch->sealed_ms,
                                  .data = data,
                                  .len = batch->place.len};
    struct spool_record drops = {.type = SPOOL_RECORD_DROPPED,
                                 .dropped = dropped};
    size_t before, at;

    assert(batch->first >= f->next);
    f->next = batch->first;
    if (ready_segment(f) != 0)
        return -1;
    before = f->size;
    if (dropped > f->dropped && put_record(f, &drops) != 0)
        goto fail;
    at = f->size;
    if (put_record(f, &record) != 0 || fdatasync(f->fd) != 0)
        goto fail;
    f->dropped = dropped;
    f->next = batch->first + batch->count;
    batch->place.segment = f->segment;
    batch->place.offset = (uint32_t)(at + SPOOL_RECORD_HEAD_BYTES +
                                     SPOOL_RECORD_BATCH_HEAD_BYTES);
    return 0;
fail:
    undo(f, before);
    return -1;
}

static int
put_small(struct spool_file *f, const struct spool_record *record)
{
    size_t before;

    if (ready_segment(f) != 0)
        return -1;
    before = f->size;
    if (put_record(f, record) == 0)
        return 0;
    undo(f, before);
    return -1;
}

int
spool_file_ack(struct spool_file *f, int64_t first, uint32_t count)
{
    return put_small(f, &(struct spool_record){.type = SPOOL_RECORD_ACK,
                                               .first = first,
                                               .count = count});
}

int
spool_file_drop(struct spool_file *f, uint64_t dropped)
{
    if (put_small(f, &(struct spool_record){.type = SPOOL_RECORD_DROPPED,
                                            .dropped = dropped}) != 0 ||
        fdatasync(f->fd) != 0)
        return -1;
    f->dropped = dropped;
    return 0;
}

void
spool_file_remove(struct spool_file *f, uint64_t segment)
{
    char *path = segment_path(f, segment);

    assert(segment != f->segment);
    (void)unlink(path);
    free(path);
}

int
spool_file_read(struct spool_file *f, const struct spool_place *place,
                struct buf *out)
{
    char *path = segment_path(f, place->segment);
    uint8_t *bytes = malloc((size_t)place->len + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int rc = -1;

    free(path);
    if (fd >= 0 && bytes != NULL &&
        pread(fd, bytes, place->len, (off_t)place->offset) ==
            (ssize_t)place->len)
        rc = buf_add(out, bytes, place->len);
    if (fd >= 0)
        (void)close(fd);
    free(bytes);
    return rc;
}
