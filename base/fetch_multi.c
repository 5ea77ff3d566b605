/*
 * curl tells which descriptors and which one timer it wants; when the loop
 * reports one, curl is let run, and then everything that ended is drained:
 * done() is only ever called from there, outside curl, so that it may start,
 * cancel and free at will.
 */
#include "base/fetch_multi.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>

#include "base/fetch_priv.h"
#include "base/loop.h"
#include "base/read_turn.h"

#define TURN_BYTES ((size_t)256 << 10) /* of HTTP/2's smallest frames: 3 ms */

void
fetch_multi_enter(struct fetcher *fetcher)
{
    assert(!fetcher->is_draining);
    fetcher->is_draining = true;
}

void
fetch_multi_leave(struct fetcher *fetcher)
{
    fetcher->is_draining = false;
    if (fetcher->is_doomed)
        fetcher_free(fetcher);
    else
        fetch_on_slots(fetcher);
}

static void
drain(struct fetcher *fetcher)
{
    CURLMsg *msg;
    int left = 0;

    fetch_multi_enter(fetcher);
    while (!fetcher->is_doomed &&
           (msg = curl_multi_info_read(fetcher->multi, &left)) != NULL) {
        char *private = NULL;
        struct fetch_job *job;

        if (msg->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &private);
        job = (struct fetch_job *)(void *)private;
        job->ended(job, (int)msg->data.result);
    }
    fetch_multi_leave(fetcher);
}

static void
act(struct fetcher *fetcher, curl_socket_t fd, int what)
{
    int running = 0;

    read_turn_begin(TURN_BYTES);
    curl_multi_socket_action(fetcher->multi, fd, what, &running);
    read_turn_end();
    drain(fetcher);
}

static void
on_event(void *cookie, int fd, unsigned events)
{
    int what = 0;

    if (events & LOOP_READ)
        what |= CURL_CSELECT_IN;
    if (events & LOOP_WRITE)
        what |= CURL_CSELECT_OUT;
    act(cookie, fd, what);
}

static void
on_timer(void *cookie)
{
    struct fetcher *fetcher = cookie;

    fetcher->timer = NULL;
    act(fetcher, CURL_SOCKET_TIMEOUT, 0);
}

/* curl's: watch `fd` from now on as `what` says. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *cookie, void *known)
{
    struct fetcher *fetcher = cookie;
    unsigned events = 0;
    struct loop_watch *watch = known;
    (void)easy;

    if (what == CURL_POLL_REMOVE) {
        loop_watch_cancel(watch);
        curl_multi_assign(fetcher->multi, fd, NULL);
        return 0;
    }
    if (what & CURL_POLL_IN)
        events |= LOOP_READ;
    if (what & CURL_POLL_OUT)
        events |= LOOP_WRITE;
    if (watch != NULL) {
        loop_watch_set(watch, events);
        return 0;
    }
    watch = loop_watch_start(fetcher->loop, fd, events, on_event, fetcher);
    if (watch == NULL)
        return -1;
    curl_multi_assign(fetcher->multi, fd, watch);
    return 0;
}

/* curl's: wake me after `ms`, or never (-1). */
static int
on_timeout_change(CURLM *multi, long ms, void *cookie)
{
    struct fetcher *fetcher = cookie;
    (void)multi;

    loop_timer_cancel(fetcher->timer);
    fetcher->timer = NULL;
    if (ms >= 0)
        fetcher->timer =
            loop_timer_start(fetcher->loop, ms * NS_PER_MS, on_timer, fetcher);
    return 0;
}

int
fetch_multi_open(struct fetcher *fetcher)
{
    CURLM *multi = curl_multi_init();

    if (multi == NULL) {
        errno = ENOMEM;
        return -1;
    }
    fetcher->multi = multi;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, fetcher);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timeout_change);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, fetcher);
    /* One transfer a connection: a check must never share one with another. */
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return 0;
}

void
fetch_multi_close(struct fetcher *fetcher)
{
    /* Closes kept connections, which takes their watches away. */
    curl_multi_cleanup(fetcher->multi);
    fetcher->multi = NULL;
    loop_timer_cancel(fetcher->timer);
    fetcher->timer = NULL;
}

int
fetch_multi_add(struct fetcher *fetcher, struct fetch_job *job)
{
    curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
    if (curl_multi_add_handle(fetcher->multi, job->easy) != CURLM_OK) {
        errno = ENOMEM;
        return -1;
    }
    return 0;
}

void
fetch_multi_remove(struct fetcher *fetcher, struct fetch_job *job)
{
    curl_multi_remove_handle(fetcher->multi, job->easy);
}

void
fetch_multi_kick(struct fetcher *fetcher)
{
    act(fetcher, CURL_SOCKET_TIMEOUT, 0);
}
