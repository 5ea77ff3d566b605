#include "controller/notify/terminal.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/str.h"
#include "controller/page.h"

#define TEXT_MAX 8192 /* bytes of one page on a terminal */

struct terminal {
    struct loop_timer *timer;
    channel_done_fn *done;
    void *cookie;
};

static void
report(void *cookie)
{
    struct terminal *terminal = cookie;
    channel_done_fn *done = terminal->done;
    void *their = terminal->cookie;
    free(terminal);
    done(their, CHANNEL_ACCEPTED, "printed", 0);
}

struct terminal *
terminal_start(const struct channel_ports *ports, const struct page *page,
               channel_done_fn *done, void *cookie)
{
    struct terminal *terminal = str_xcalloc(1, sizeof *terminal);
    terminal->done = done;
    terminal->cookie = cookie;
    if (ports->print != NULL) {
        struct buf text;
        buf_init(&text, TEXT_MAX);
        page_text(&text, page);
        ports->print(ports->print_cookie, buf_text(&text));
        buf_free(&text);
    }
    terminal->timer = loop_timer_start(ports->loop, 0, report, terminal);
    return terminal;
}

void
terminal_cancel(struct terminal *terminal)
{
    if (terminal == NULL)
        return;
    loop_timer_cancel(terminal->timer);
    free(terminal);
}
