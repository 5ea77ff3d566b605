#include "cli/shop_cut.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/id.h"

#define FROM_OFFSET 12 /* of the source in an IPv4 header (RFC 791, 3.1) */

/* Never in 127.0.0.0/16, where everything else on loopback comes from. */
void
shop_cut_source(char text[ADDR_TEXT_MAX], const char *region)
{
    uint64_t hash = id_hash(region);

    (void)snprintf(text, ADDR_TEXT_MAX, "127.%u.%u.%u",
                   (unsigned)(hash % 254) + 1, (unsigned)(hash >> 16) % 256,
                   (unsigned)(hash >> 32) % 254 + 1);
}

int
shop_cut_set(int fd, const char *region)
{
    char text[ADDR_TEXT_MAX];
    struct in_addr from;
    int none = 0;

    if (region == NULL) {
        if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none) ==
            0)
            return 0;
        return errno == ENOENT ? 0 : -1;
    }
    shop_cut_source(text, region);
    if (inet_pton(AF_INET, text, &from) != 1)
        return -1;
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + FROM_OFFSET),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(from.s_addr), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),          /* drop */
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), /* keep all of it */
    };
    struct sock_fprog program = {sizeof steps / sizeof *steps, steps};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                      sizeof program);
}
