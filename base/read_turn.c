/*
 * This program's recv() stands before the C library's for every library that
 * it is linked with.  recvmsg() into one buffer does the same, and is a call by
 * which the thread sanitizer knows who waited for whom.
 */
#include "base/read_turn.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#define NO_TURN SIZE_MAX

/* Of the call that this thread is in; it does not outlive that. */
static _Thread_local size_t left = NO_TURN;

void
read_turn_begin(size_t bytes)
{
    left = bytes;
}

void
read_turn_end(void)
{
    left = NO_TURN;
}

/* By a name of its own in here: <sys/socket.h> may define one inline. */
ssize_t read_turn_recv(int fd, void *to, size_t len, int flags) __asm__("recv");

ssize_t
read_turn_recv(int fd, void *to, size_t len, int flags)
{
    struct iovec all = {to, len < left ? len : left};
    struct msghdr msg = {.msg_iov = &all, .msg_iovlen = 1};
    ssize_t n;

    if (left == 0 && len > 0) {
        errno = EAGAIN;
        return -1;
    }
    n = recvmsg(fd, &msg, flags);
    if (n > 0 && left != NO_TURN && !(flags & MSG_PEEK))
        left -= (size_t)n;
    return n;
}
