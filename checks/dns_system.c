#include "checks/dns_system.h"

#include <stdio.h>
#include <string.h>

#include "base/loop.h"
#include "checks/dns_place.h"
#include "checks/dns_seat.h"
#include "checks/engine_priv.h"

struct addr
dns_system_addr(const struct engine *engine, const struct dns_place *place,
                size_t at)
{
    struct addr addr = engine->server[at];

    if (place->transport > DNS_OVER_TCP)
        addr_set_port(&addr, place->port);
    return addr;
}

void
dns_system_share(const struct engine *engine, struct dns_seat_opts *opts,
                 mono_t deadline, size_t next)
{
    int64_t left = clock_since_ns(loop_now(engine->loop), deadline);
    size_t others = engine->server_count - next;

    if (others == 0)
        return;
    opts->may_pass = true;
    opts->ask.timeout_ns =
        (left > NS_PER_MS ? left : NS_PER_MS) / ((int64_t)others + 1);
}

void
dns_system_settle(struct dns_seen *seen)
{
    for (size_t i = 0; i < seen->count; i++) {
        struct dns_seen_server *server = &seen->server[i];
        size_t len = strlen(server->message);

        if (server->passed > 0 && server->reason != REASON_NONE)
            (void)snprintf(server->message + len, sizeof(server->message) - len,
                           ", and from %zu name server%s before it neither",
                           server->passed, server->passed > 1 ? "s" : "");
    }
}
