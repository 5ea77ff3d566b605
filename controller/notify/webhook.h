/*
 * webhook.h - a page as a signed POST: Standard Webhooks 1.0.0.
 *
 * webhook-id is the page's id and stays over every attempt (the receiver's
 * idempotency key); webhook-timestamp is of the attempt; webhook-signature is
 * v1,base64(HMAC-SHA256(id "." timestamp "." body)).  Redirects are failures.
 *
 * Lifecycle, Ownership, Errors, Threads   as channel.h.
 */
#ifndef CONTROLLER_NOTIFY_WEBHOOK_H
#define CONTROLLER_NOTIFY_WEBHOOK_H

#include "base/clock.h"
#include "controller/notify/channel.h"

struct buf;
struct webhook;

/* `secret`: "whsec_" and base64, other text as its bytes, or NULL: unsigned. */
struct webhook *webhook_start(const struct channel_ports *ports,
                              const char *url, const char *secret,
                              const struct page *page, channel_done_fn *done,
                              void *cookie);
void webhook_cancel(struct webhook *webhook);

/* "v1,..." over the three parts into `out`; -1: the secret is not base64. */
int webhook_sign(struct buf *out, const char *secret, const char *id,
                 const char *timestamp, const struct buf *body);
/* The body: {"type","timestamp","data"}.  What is true only while it lasts -
 * verdict, reason, message - is in data, and in data.was once data.state is
 * "resolved": nobody who reads one field takes an end for an outage. */
int webhook_format(struct buf *out, const struct page *page);
/* Retry-After (RFC 9110, 10.2.3): seconds or an HTTP date; clamped to 1 s to
 * 15 min; 0 when it is neither. */
int64_t webhook_retry_after_ns(const char *value, wall_t now);

#endif
