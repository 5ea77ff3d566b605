#include "base/tcp_seen.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

int
tcp_seen_get(struct tcp_seen *seen, int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;

    memset(&info, 0, sizeof info); /* an older kernel fills in less */
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
        return -1;
    seen->state = info.tcpi_state;
    seen->rtt_us = info.tcpi_rtt;
    seen->retransmits = (int)info.tcpi_total_retrans;
    return 0;
}

bool
tcp_seen_is_connected(const struct tcp_seen *seen)
{
    return seen->state == TCP_ESTABLISHED || seen->rtt_us > 0;
}

/*
 * The kernel's figure is the round trip of SYN and SYN-ACK, whatever kept us
 * from looking.  There is none when a SYN was sent again (RFC 6298: such a
 * sample means nothing); the wait for the second is then part of the time.
 */
int64_t
tcp_seen_connect_us(const struct tcp_seen *seen, int64_t waited_us)
{
    if (seen->retransmits > 0 || seen->rtt_us <= 0 || seen->rtt_us > waited_us)
        return waited_us;
    return seen->rtt_us;
}
