/*
 * Values live in one locked mapping of fixed size, cut into slots: mlock()
 * counts pages, and an allocator would move a value about and leave copies.
 * Whatever held a value on its way here (the pipe's and the file's buffer)
 * is inside that mapping too, or wiped before it goes.
 *
 * A command is started by posix_spawn() in a process group of its own, so that
 * when its time is up everything it started goes with it.
 */
#include "base/secret.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

#define SECRET_MAX       64   /* of a set */
#define SECRET_VALUE_MAX 4096 /* bytes of a value */
#define SECRET_TEXT_MAX  (256UL * 1024)
#define COMMAND_NS       (5 * NS_PER_S)
#define COMMAND_GRACE_MS 1000 /* from closing its output to its end */

struct secret {
    char *name;
    enum secret_source source;
    char *from;
    char **argv;
    char *value; /* a slot; NULL: not read */
};

struct slot {
    char bytes[SECRET_VALUE_MAX + 2]; /* one too many shows, and a NUL */
};

struct secret_set {
    struct slot *slots;
    struct secret secrets[SECRET_MAX];
    size_t count;
};

/* ---- memory ---- */

/* A machine whose RLIMIT_MEMLOCK is small gets unlocked memory rather than no
 * monitoring; core files leave it out either way. */
static struct slot *
map_slots(void)
{
    const size_t size = SECRET_MAX * sizeof(struct slot);
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        return NULL;
    (void)madvise(at, size, MADV_DONTDUMP);
    (void)madvise(at, size, MADV_WIPEONFORK);
    (void)mlock2(at, size, MLOCK_ONFAULT); /* as slots are used */
    return at;
}

struct secret_set *
secret_set_create(void)
{
    struct secret_set *set = str_xcalloc(1, sizeof(*set));

    set->slots = map_slots();
    if (set->slots != NULL)
        return set;
    free(set);
    return NULL;
}

void
secret_set_free(struct secret_set *set)
{
    const size_t size = SECRET_MAX * sizeof(struct slot);

    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++) {
        struct secret *s = &set->secrets[i];

        for (size_t k = 0; s->argv != NULL && s->argv[k] != NULL; k++)
            free(s->argv[k]);
        free(s->argv);
        free(s->name);
        free(s->from);
    }
    explicit_bzero(set->slots, size);
    (void)munmap(set->slots, size);
    free(set);
}

/* ---- the set ---- */

static size_t
find_secret(const struct secret_set *set, const char *name)
{
    size_t i = 0;

    while (i < set->count && !str_eq(set->secrets[i].name, name))
        i++;
    return i;
}

static char **
copy_argv(const char *const *argv)
{
    size_t count = 0;
    char **copy = NULL;

    if (argv == NULL)
        return NULL;
    while (argv[count] != NULL)
        count++;
    copy = str_xcalloc(count + 1, sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = str_xdup(argv[i]);
    return copy;
}

int
secret_add(struct secret_set *set, const struct secret_def *def)
{
    struct secret *s = NULL;
    bool is_command = def->source == SECRET_COMMAND;

    if (set->count == SECRET_MAX || def->name == NULL ||
        find_secret(set, def->name) < set->count ||
        (is_command ? def->argv == NULL || def->argv[0] == NULL
                    : def->from == NULL)) {
        errno = set->count == SECRET_MAX ? ENOSPC : EINVAL;
        return -1;
    }
    s = &set->secrets[set->count++];
    s->name = str_xdup(def->name);
    s->source = def->source;
    s->from = str_xdup(def->from);
    s->argv = is_command ? copy_argv(def->argv) : NULL;
    return 0;
}

const char *
secret_get(const struct secret_set *set, const char *name)
{
    size_t i = find_secret(set, name);

    return i < set->count ? set->secrets[i].value : NULL;
}

/* ---- reading ---- */

struct why {
    char *text;
    size_t cap;
};

static int refuse(struct why why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int
refuse(struct why why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(why.text, why.cap, format, args);
    va_end(args);
    return -1;
}

/* One newline at the end is an editor's, not the secret's. */
static int
finish(struct slot *slot, size_t len, const char *from, struct why why)
{
    if (len > SECRET_VALUE_MAX)
        return refuse(why, "%s gives more than %d bytes", from,
                      SECRET_VALUE_MAX);
    if (len > 0 && slot->bytes[len - 1] == '\n')
        len--;
    slot->bytes[len] = '\0';
    if (len == 0)
        return refuse(why, "%s is empty", from);
    if (memchr(slot->bytes, '\0', len) != NULL)
        return refuse(why, "%s holds a NUL byte", from);
    return 0;
}

static ssize_t
read_retrying(int fd, char *to, size_t cap)
{
    ssize_t n = -1;

    do {
        n = read(fd, to, cap);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* Whoever else can read the file has the secret; whoever else can write it
 * chooses ours. */
static int
check_file(int fd, const char *path, struct why why)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return refuse(why, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return refuse(why, "%s is not a regular file", path);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return refuse(why,
                      "%s belongs to user %u: chown it to the user Picket "
                      "runs as, or to root",
                      path, (unsigned)st.st_uid);
    if ((st.st_mode & 077) != 0)
        return refuse(why, "%s can be reached by others (mode %03o): chmod 600",
                      path, (unsigned)(st.st_mode & 0777));
    return 0;
}

static int
read_path(struct slot *slot, const char *path, bool is_own, struct why why)
{
    size_t len = 0;
    ssize_t n = 0;
    /* O_NONBLOCK: a FIFO of that name must not hang the start. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return refuse(why, "%s: %s", path, strerror(errno));
    if (is_own && check_file(fd, path, why) != 0) {
        close(fd);
        return -1;
    }
    do {
        n = read_retrying(fd, slot->bytes + len, SECRET_VALUE_MAX + 1 - len);
        len += n > 0 ? (size_t)n : 0;
    } while (n > 0 && len <= SECRET_VALUE_MAX);
    close(fd);
    if (n < 0)
        return refuse(why, "%s: %s", path, strerror(errno));
    return finish(slot, len, path, why);
}

/* systemd made that directory for this service alone; its modes are its
 * business (a credential may be group-readable by an ACL). */
static int
read_credential(struct slot *slot, const char *name, struct why why)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    char *path = NULL;
    int rc = 0;

    if (strchr(name, '/') != NULL || name[0] == '.' || name[0] == '\0')
        return refuse(why, "`%s` is not a credential's name", name);
    if (dir == NULL || dir[0] != '/')
        return refuse(why,
                      "credential %s: CREDENTIALS_DIRECTORY is not set; put "
                      "LoadCredential=%s into the unit",
                      name, name);
    path = str_xprintf("%s/%s", dir, name);
    rc = read_path(slot, path, false, why);
    free(path);
    return rc;
}

static int
read_env(struct slot *slot, const char *name, struct why why)
{
    const char *value = getenv(name);
    size_t len = value != NULL ? strlen(value) : 0;

    if (value == NULL)
        return refuse(why, "environment variable %s is not set", name);
    memcpy(slot->bytes, value,
           len <= SECRET_VALUE_MAX ? len : SECRET_VALUE_MAX + 1);
    return finish(slot, len, name, why);
}

/* ---- commands ---- */

static int
spawn(char *const *argv, int out, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none;
    sigset_t to_default;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc != 0)
        return rc;
    rc = posix_spawnattr_init(&attr);
    if (rc != 0)
        goto out;
    sigemptyset(&none);
    sigemptyset(&to_default);
    sigaddset(&to_default, SIGPIPE); /* daemons ignore it */
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &to_default);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
                                        POSIX_SPAWN_SETSIGMASK |
                                        POSIX_SPAWN_SETSIGDEF);
    rc = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                          O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawnp(pid, argv[0], &actions, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
out:
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

enum collected { COLLECT_END, COLLECT_TIMEOUT, COLLECT_LIMIT, COLLECT_ERROR };

/* Until the last holder of the pipe's other end is gone. */
static enum collected
collect(int fd, struct slot *slot, size_t *len)
{
    const mono_t start = clock_mono();

    for (;;) {
        int64_t left = COMMAND_NS - clock_since_ns(start, clock_mono());
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n = 0;

        if (left <= 0)
            return COLLECT_TIMEOUT;
        if (poll(&p, 1, (int)(left / NS_PER_MS) + 1) <= 0)
            continue;
        n = read_retrying(fd, slot->bytes + *len, SECRET_VALUE_MAX + 1 - *len);
        if (n <= 0)
            return n == 0 ? COLLECT_END : COLLECT_ERROR;
        *len += (size_t)n;
        if (*len > SECRET_VALUE_MAX)
            return COLLECT_LIMIT;
    }
}

/* The group goes before its leader is reaped: until then nobody else can have
 * that number. */
static int
reap(pid_t pid, bool is_over)
{
    int fd = is_over ? -1 : pidfd_open(pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int status = 0;

    if (fd >= 0) {
        (void)poll(&p, 1, COMMAND_GRACE_MS);
        close(fd);
    }
    (void)kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static int
explain(const char *name, int status, struct why why)
{
    if (WIFSIGNALED(status))
        return refuse(why, "command %s was ended by signal %d", name,
                      WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return refuse(why, "command %s failed with exit status %d", name,
                      WEXITSTATUS(status));
    return 0;
}

static int
read_command(struct slot *slot, char *const *argv, struct why why)
{
    int ends[2] = {-1, -1};
    pid_t pid = -1;
    size_t len = 0;
    enum collected how = COLLECT_ERROR;
    int status = 0;
    int rc = 0;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return refuse(why, "command %s: %s", argv[0], strerror(errno));
    rc = spawn(argv, ends[1], &pid);
    close(ends[1]);
    if (rc != 0) {
        close(ends[0]);
        return refuse(why, "command %s: %s", argv[0], strerror(rc));
    }
    how = collect(ends[0], slot, &len);
    close(ends[0]);
    status = reap(pid, how != COLLECT_END);
    if (how == COLLECT_TIMEOUT)
        return refuse(why, "command %s took longer than %d s", argv[0],
                      (int)(COMMAND_NS / NS_PER_S));
    if (how == COLLECT_ERROR)
        return refuse(why, "command %s: its output cannot be read", argv[0]);
    if (how == COLLECT_END && explain(argv[0], status, why) != 0)
        return -1;
    return finish(slot, len, argv[0], why);
}

static int
read_source(const struct secret *s, struct slot *slot, struct why why)
{
    switch (s->source) {
    case SECRET_CREDENTIAL:
        return read_credential(slot, s->from, why);
    case SECRET_FILE:
        return read_path(slot, s->from, true, why);
    case SECRET_ENV:
        return read_env(slot, s->from, why);
    case SECRET_COMMAND:
        break;
    }
    return read_command(slot, s->argv, why);
}

static int
read_secret(struct secret_set *set, size_t i, struct why why)
{
    struct secret *s = &set->secrets[i];
    struct slot *slot = &set->slots[i];
    char reason[300];

    if (s->value != NULL)
        return 0;
    if (read_source(s, slot, (struct why){reason, sizeof(reason)}) == 0) {
        s->value = slot->bytes;
        return 0;
    }
    explicit_bzero(slot, sizeof(*slot));
    return refuse(why, "secret %s: %s", s->name, reason);
}

int
secret_read(struct secret_set *set, const char *name, char *why, size_t cap)
{
    struct why to = {why, cap};
    char rest[8];
    int rc = 0;

    assert(why != NULL && cap > 0);
    if (name != NULL && find_secret(set, name) == set->count)
        return refuse(to, "there is no secret `%s`", name);
    for (size_t i = 0; i < set->count; i++) {
        /* All that can be read are; the first failure is the one told. */
        struct why one = {rc == 0 ? why : rest, rc == 0 ? cap : sizeof(rest)};

        if ((name == NULL || str_eq(set->secrets[i].name, name)) &&
            read_secret(set, i, one) != 0)
            rc = -1;
    }
    return rc;
}

/* ---- use ---- */

/* The name of the reference at `text`, its bytes in *len; NULL: none. */
static const char *
reference_at(const char *text, size_t *len)
{
    static const char open[] = "${secret.";
    const char *name = NULL;

    if (!str_starts(text, open))
        return NULL;
    name = text + sizeof(open) - 1;
    *len = strcspn(name, "}");
    return name[*len] == '}' ? name : NULL;
}

/* Writes to `to` when it is not NULL; the length, or SIZE_MAX and `why`. */
static size_t
expand_into(const struct secret_set *set, const char *text, char *to,
            struct why why)
{
    size_t used = 0;
    size_t name_len = 0;

    while (*text != '\0') {
        const char *from = text;
        size_t len = 1;
        const char *name = reference_at(text, &name_len);

        text++;
        if (name != NULL) {
            char *key = str_xndup(name, name_len);

            from = secret_get(set, key);
            if (from == NULL)
                (void)refuse(why, "secret `%.60s` has no value here", key);
            free(key);
            if (from == NULL)
                return SIZE_MAX;
            len = strlen(from);
            text = name + name_len + 1;
        }
        if (to != NULL)
            memcpy(to + used, from, len);
        used += len;
    }
    return used;
}

/* The length stands before the text, so that wiping knows it. */
struct expanded {
    size_t size;
    char text[];
};

char *
secret_expand(const struct secret_set *set, const char *text, char *why,
              size_t cap)
{
    struct why to = {why, cap};
    struct expanded *made = NULL;
    size_t len = 0;

    assert(why != NULL && cap > 0);
    len = expand_into(set, text, NULL, to);
    if (len == SIZE_MAX)
        return NULL;
    if (len > SECRET_TEXT_MAX) {
        (void)refuse(to, "the text with its secrets is over %lu KiB",
                     SECRET_TEXT_MAX / 1024);
        return NULL;
    }
    made = malloc(sizeof(*made) + len + 1);
    if (made == NULL) {
        (void)refuse(to, "out of memory");
        return NULL;
    }
    made->size = len + 1;
    (void)expand_into(set, text, made->text, to);
    made->text[len] = '\0';
    return made->text;
}

void
secret_text_free(char *text)
{
    struct expanded *made = NULL;

    if (text == NULL)
        return;
    made = (struct expanded *)(void *)(text - offsetof(struct expanded, text));
    explicit_bzero(made->text, made->size);
    free(made);
}
