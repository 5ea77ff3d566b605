/*
 * A command runs in a process group of its own, so that when its time is up
 * everything it started goes with it.
 *
 * A definition that came from elsewhere is read within this machine's rules: a
 * controller may not have a probe run a program or read a file that whoever
 * set up the probe has not let it.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/program.h"
#include "base/secret_priv.h"
#include "base/str.h"

#define COMMAND_NS       (5 * NS_PER_S)
#define COMMAND_GRACE_MS 1000 /* from closing its output to its end */

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
check_file(int fd, const char *path, struct secret_why why)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return secret_refuse(why, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return secret_refuse(why, "%s is not a regular file", path);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return secret_refuse(
            why,
            "%s belongs to user %u: chown it to the user Picket "
            "runs as, or to root",
            path, (unsigned)st.st_uid);
    if ((st.st_mode & 077) != 0)
        return secret_refuse(
            why, "%s can be reached by others (mode %03o): chmod 600", path,
            (unsigned)(st.st_mode & 0777));
    return 0;
}

static int
read_path(struct secret_value *value, const char *path, bool is_own,
          struct secret_why why)
{
    size_t len = 0;
    ssize_t n = 0;
    /* O_NONBLOCK: a FIFO of that name must not hang the start. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return secret_refuse(why, "%s: %s", path, strerror(errno));
    if (is_own && check_file(fd, path, why) != 0) {
        close(fd);
        return -1;
    }
    do {
        n = read_retrying(fd, value->text + len, SECRET_VALUE_MAX + 1 - len);
        len += n > 0 ? (size_t)n : 0;
    } while (n > 0 && len <= SECRET_VALUE_MAX);
    close(fd);
    if (n < 0)
        return secret_refuse(why, "%s: %s", path, strerror(errno));
    return secret_value_finish(value, len, path, why);
}

/* systemd made that directory for this service alone; its modes are its
 * business (a credential may be group-readable by an ACL). */
static int
read_credential(struct secret_value *value, const char *name,
                struct secret_why why)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    char *path = NULL;
    int rc = 0;

    if (strchr(name, '/') != NULL || name[0] == '.' || name[0] == '\0')
        return secret_refuse(why, "`%s` is not a credential's name", name);
    if (dir == NULL || dir[0] != '/')
        return secret_refuse(
            why,
            "credential %s: CREDENTIALS_DIRECTORY is not set; put "
            "LoadCredential=%s into the unit",
            name, name);
    path = str_xprintf("%s/%s", dir, name);
    rc = read_path(value, path, false, why);
    free(path);
    return rc;
}

static int
read_env(struct secret_value *value, const char *name, struct secret_why why)
{
    const char *text = getenv(name);
    size_t len = text != NULL ? strlen(text) : 0;

    if (text == NULL)
        return secret_refuse(why, "environment variable %s is not set", name);
    memcpy(value->text, text,
           len <= SECRET_VALUE_MAX ? len : SECRET_VALUE_MAX + 1);
    return secret_value_finish(value, len, name, why);
}

/* ---- commands ---- */

enum collected { COLLECT_END, COLLECT_TIMEOUT, COLLECT_LIMIT, COLLECT_ERROR };

/* Until the last holder of the pipe's other end is gone. */
static enum collected
collect(int fd, struct secret_value *value, size_t *len)
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
        n = read_retrying(fd, value->text + *len, SECRET_VALUE_MAX + 1 - *len);
        if (n <= 0)
            return n == 0 ? COLLECT_END : COLLECT_ERROR;
        *len += (size_t)n;
        if (*len > SECRET_VALUE_MAX)
            return COLLECT_LIMIT;
    }
}

static int
bury(pid_t pid, bool is_over)
{
    int fd = is_over ? -1 : pidfd_open(pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};

    if (fd >= 0) {
        (void)poll(&p, 1, COMMAND_GRACE_MS);
        close(fd);
    }
    return program_bury(pid);
}

static int
explain(const char *name, int status, struct secret_why why)
{
    if (WIFSIGNALED(status))
        return secret_refuse(why, "command %s was ended by signal %d", name,
                             WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return secret_refuse(why, "command %s failed with exit status %d", name,
                             WEXITSTATUS(status));
    return 0;
}

static int
read_command(struct secret_value *value, const char *const *argv,
             struct secret_why why)
{
    int ends[2] = {-1, -1};
    pid_t pid = -1;
    size_t len = 0;
    enum collected how = COLLECT_ERROR;
    int status = 0;
    int failed = 0;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return secret_refuse(why, "command %s: %s", argv[0], strerror(errno));
    pid = program_start(argv, (const char *const *)environ, ends[1], -1);
    failed = pid < 0 ? errno : 0;
    close(ends[1]);
    if (failed != 0) {
        close(ends[0]);
        return secret_refuse(why, "command %s: %s", argv[0], strerror(failed));
    }
    how = collect(ends[0], value, &len);
    close(ends[0]);
    status = bury(pid, how != COLLECT_END);
    if (how == COLLECT_TIMEOUT)
        return secret_refuse(why, "command %s took longer than %d s", argv[0],
                             (int)(COMMAND_NS / NS_PER_S));
    if (how == COLLECT_ERROR)
        return secret_refuse(why, "command %s: its output cannot be read",
                             argv[0]);
    if (how == COLLECT_END && explain(argv[0], status, why) != 0)
        return -1;
    return secret_value_finish(value, len, argv[0], why);
}

/* ---- rules ---- */

/* The links are followed first: where the file is counts, not what it is
 * called. */
static int
check_below(const char *path, const char *dir, struct secret_why why)
{
    char *real = realpath(path, NULL);
    char *top = dir != NULL ? realpath(dir, NULL) : NULL;
    size_t len = top != NULL ? strlen(top) : 0;
    int rc = 0;

    if (real == NULL)
        rc = secret_refuse(why, "%s: %s", path, strerror(errno));
    else if (top == NULL || !str_starts(real, top) || real[len] != '/')
        rc = secret_refuse(why,
                           "%s is not below %s, where this probe may read "
                           "secrets: set probe.secrets.dir in probe.conf",
                           path, dir != NULL ? dir : "any folder");
    free(real);
    free(top);
    return rc;
}

static int
check_rules(const struct secret_def *def, const struct secret_rules *rules,
            struct secret_why why)
{
    if (!rules->is_limited)
        return 0;
    if (def->source == SECRET_COMMAND && !rules->may_run_commands)
        return secret_refuse(why,
                             "command %s: this probe runs none; set "
                             "probe.secrets.commands = true in probe.conf",
                             def->argv[0]);
    if (def->source == SECRET_FILE)
        return check_below(def->from, rules->dir, why);
    return 0;
}

static int
read_source(const struct secret_def *def, struct secret_value *value,
            struct secret_why why)
{
    switch (def->source) {
    case SECRET_CREDENTIAL:
        return read_credential(value, def->from, why);
    case SECRET_FILE:
        return read_path(value, def->from, true, why);
    case SECRET_ENV:
        return read_env(value, def->from, why);
    case SECRET_COMMAND:
        return read_command(value, def->argv, why);
    case SECRET_GIVEN:
        break;
    }
    return secret_refuse(why, "it is given, not read");
}

struct secret_value *
secret_source_read(const struct secret_def *def,
                   const struct secret_rules *rules, struct secret_why why)
{
    struct secret_value *value = NULL;

    if (check_rules(def, rules, why) != 0)
        return NULL;
    value = secret_value_create();
    if (value == NULL) {
        (void)secret_refuse(why, "no memory for it: %s", strerror(errno));
        return NULL;
    }
    if (read_source(def, value, why) == 0)
        return value;
    secret_value_free(value);
    return NULL;
}
