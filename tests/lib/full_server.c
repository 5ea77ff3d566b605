#include "tests/lib/full_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static int
open_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    return fd;
}

void
full_server_open(struct full_server *full)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof in;

    full->fd = open_socket();
    assert_int_equal(bind(full->fd, (struct sockaddr *)&in, len), 0);
    assert_int_equal(listen(full->fd, 0), 0);
    assert_int_equal(getsockname(full->fd, (struct sockaddr *)&in, &len), 0);
    full->port = ntohs(in.sin_port);
    for (size_t i = 0; i < FULL_SERVER_WAITING; i++) {
        full->waiting[i] = open_socket();
        (void)connect(full->waiting[i], (struct sockaddr *)&in, len);
    }
}

void
full_server_drain(struct full_server *full)
{
    int fd;

    while ((fd = accept(full->fd, NULL, NULL)) >= 0)
        close(fd);
}

void
full_server_close(struct full_server *full)
{
    for (size_t i = 0; i < FULL_SERVER_WAITING; i++)
        close(full->waiting[i]);
    close(full->fd);
}
