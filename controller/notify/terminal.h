/*
 * terminal.h - a page as lines on the terminal of `picket up` and `demo`.
 *
 * Lifecycle, Ownership, Errors, Threads   as channel.h; always accepted.
 */
#ifndef CONTROLLER_NOTIFY_TERMINAL_H
#define CONTROLLER_NOTIFY_TERMINAL_H

#include "controller/notify/channel.h"

struct terminal;

struct terminal *terminal_start(const struct channel_ports *ports,
                                const struct page *page, channel_done_fn *done,
                                void *cookie);
void terminal_cancel(struct terminal *terminal);

#endif
