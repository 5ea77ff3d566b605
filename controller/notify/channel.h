/*
 * channel.h - deliver one page through one channel, once; one file a kind.
 *
 * Not a retry and not an order: those are outbox.h's.
 *
 * Lifecycle   channel_start() --+--> done() once, never from inside, or
 *                               +--> channel_cancel()
 * Ownership   request is copied.
 * Errors      an outcome: ACCEPTED (2xx, 250), LATER (network, 408 425 429
 *             5xx, 4yz; after_ns from Retry-After, clamped to 1 s..15 min, or
 *             0; a secret that is not there yet), REFUSED (other 4xx, 5yz).
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_NOTIFY_CHANNEL_H
#define CONTROLLER_NOTIFY_CHANNEL_H

#include <stdint.h>

struct call_net;
struct channel_delivery;
struct config;
struct page;

enum channel_outcome { CHANNEL_ACCEPTED, CHANNEL_LATER, CHANNEL_REFUSED };

typedef void channel_done_fn(void *cookie, enum channel_outcome outcome,
                             const char *detail, int64_t after_ns);

/* What a channel may use.  `print` gets the terminal channel's lines. */
struct channel_ports {
    const struct call_net *net;
    struct loop *loop;
    void (*print)(void *cookie, const char *text);
    void *print_cookie;
};

/* `destination` is "channel:NAME" or "person:ID". */
struct channel_delivery *channel_start(const struct channel_ports *ports,
                                       const struct config *config,
                                       const char *destination,
                                       const struct page *page,
                                       channel_done_fn *done, void *cookie);
void channel_cancel(struct channel_delivery *delivery);

#endif
