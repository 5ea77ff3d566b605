/*
 * fake_channel.h - the channel of an outage_bed: writes down each page it is
 * given, or is dead.  Stands in for notify/channel.c.
 *
 * Include it once in a test, instead of outage_bed.h.
 */
#ifndef TESTS_LIB_FAKE_CHANNEL_H
#define TESTS_LIB_FAKE_CHANNEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/loop.h"
#include "base/str.h"
#include "controller/notify/channel.h"
#include "controller/page.h"
#include "tests/lib/outage_bed.h"

struct channel_delivery {
    struct outage *bed;
    struct loop_timer *timer;
    struct outage_page page;
    channel_done_fn *done;
    void *cookie;
};

static inline void
fake_channel_on_delivery(void *cookie)
{
    struct channel_delivery *d = cookie;
    enum channel_outcome outcome = CHANNEL_LATER;

    if (!d->bed->is_channel_dead) {
        assert_true(d->bed->page_count < OUTAGE_PAGES_MAX);
        d->page.at = outage_now(d->bed).ms;
        d->bed->pages[d->bed->page_count++] = d->page;
        outcome = CHANNEL_ACCEPTED;
    }
    d->done(d->cookie, outcome, "", 0);
    free(d);
}

struct channel_delivery *
channel_start(const struct channel_ports *ports, const struct config *config,
              const char *destination, const struct page *page,
              channel_done_fn *done, void *cookie)
{
    struct channel_delivery *d = str_xcalloc(1, sizeof *d);

    (void)config;
    d->bed = ports->print_cookie;
    d->page.id = page->id;
    d->page.edge = page->edge;
    str_copy(d->page.to, sizeof d->page.to, destination);
    str_copy(d->page.check, sizeof d->page.check, page->check);
    d->done = done;
    d->cookie = cookie;
    d->timer = loop_timer_start(ports->loop, OUTAGE_NET_MS * NS_PER_MS,
                                fake_channel_on_delivery, d);
    return d;
}

void
channel_cancel(struct channel_delivery *d)
{
    if (d == NULL)
        return;
    loop_timer_cancel(d->timer);
    free(d);
}

#endif
