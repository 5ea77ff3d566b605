#include "base/source.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/addr.h"

int
source_set(int fd, int family, const struct addr *source)
{
    struct addr from;
    int on = 1;

    if (source == NULL || source->len == 0 || source->ss.ss_family != family)
        return 0;
    from = *source;
    addr_set_port(&from, 0);
    /* Without it, too, it works; only ports run out sooner. */
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    return bind(fd, (const struct sockaddr *)&from.ss, from.len);
}
