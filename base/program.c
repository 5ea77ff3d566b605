#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_OTHER 3 /* the first descriptor that is no standard one */

static int
set_descriptor(posix_spawn_file_actions_t *actions, int from, int to)
{
    return from < 0 ? 0 : posix_spawn_file_actions_adddup2(actions, from, to);
}

static int
set_actions(posix_spawn_file_actions_t *actions, int out, int err)
{
    int rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
                                              "/dev/null", O_RDONLY, 0);

    if (rc == 0)
        rc = set_descriptor(actions, out, STDOUT_FILENO);
    if (rc == 0)
        rc = set_descriptor(actions, err, STDERR_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(actions, FIRST_OTHER);
    return rc;
}

static void
set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none;
    sigset_t all;

    sigemptyset(&none);
    sigfillset(&all); /* what is ignored here would stay so over there */
    posix_spawnattr_setpgroup(attr, 0);
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &all);
    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP |
                                       POSIX_SPAWN_SETSIGMASK |
                                       POSIX_SPAWN_SETSIGDEF);
}

/* posix_spawnp() takes lists of char * and changes nothing. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"

pid_t
program_start(const char *const *argv, const char *const *environment, int out,
              int err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    pid_t pid = -1;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc == 0) {
        rc = posix_spawnattr_init(&attr);
        if (rc == 0) {
            set_attributes(&attr);
            rc = set_actions(&actions, out, err);
            if (rc == 0)
                rc = posix_spawnp(&pid, argv[0], &actions, &attr, (char **)argv,
                                  (char **)environment);
            (void)posix_spawnattr_destroy(&attr);
        }
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    errno = rc;
    return rc == 0 ? pid : -1;
}

#pragma GCC diagnostic pop

int
program_bury(pid_t pid)
{
    int status = 0;

    (void)kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}
