/*
 * web_wait.c - requests that wait for stored results.
 *
 * A client that leaves cancels its scan; so does the end of the listener,
 * which closes every connection.
 */
#include <stdlib.h>

#include "base/httpd.h"
#include "base/str.h"
#include "controller/web/scan.h"
#include "controller/web/web_priv.h"

#define WAITS_MAX 32 /* at once: each may hold SCAN_RUNS_MAX results */

struct web_wait {
    struct web_wait *next;
    struct web *web;
    struct httpd_request *request;
    struct scan *scan;
    char *check;
    web_runs_fn *done;
};

static void
forget(struct web_wait *wait)
{
    struct web_wait **at = &wait->web->waits;

    while (*at != wait)
        at = &(*at)->next;
    *at = wait->next;
    free(wait->check);
    free(wait);
}

static void
on_runs(void *cookie, const struct scan_run *runs, size_t count, bool failed)
{
    struct web_wait *wait = cookie;
    struct web *web = wait->web;

    httpd_on_close(wait->request, NULL, NULL);
    if (failed)
        web_refuse(web, wait->request, 503, "the store could not be read",
                   "look at the disk of data_dir, and try again");
    else
        wait->done(web, wait->request, wait->check, runs, count);
    forget(wait);
}

static void
on_gone(void *cookie)
{
    struct web_wait *wait = cookie;

    scan_cancel(wait->scan);
    forget(wait);
}

void
web_wait_start(struct web *web, struct httpd_request *request,
               const struct scan_filter *filter, web_runs_fn *done)
{
    struct web_wait *wait;
    size_t n = 0;

    for (wait = web->waits; wait != NULL; wait = wait->next)
        n++;
    if (n >= WAITS_MAX) {
        web_refuse(web, request, 503, "too many searches at once",
                   "try again in a moment");
        return;
    }
    wait = str_xcalloc(1, sizeof(*wait));
    wait->web = web;
    wait->request = request;
    wait->check = str_xdup(filter->check);
    wait->done = done;
    wait->next = web->waits;
    web->waits = wait;
    httpd_on_close(request, on_gone, wait);
    wait->scan = scan_start(web->ports.store, filter, on_runs, wait);
}

void
web_wait_close(struct web *web)
{
    struct web_wait *next = NULL;

    for (struct web_wait *wait = web->waits; wait != NULL; wait = next) {
        next = wait->next;
        on_gone(wait);
    }
}
