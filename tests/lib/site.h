/*
 * site.h - a small site over tiny_server.h: what is answered to which path.
 *
 * Threads     the log is written by the server's thread: read it after a run.
 */
#ifndef TESTS_LIB_SITE_H
#define TESTS_LIB_SITE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/check_bed.h"
#include "tests/lib/tiny_server.h"

struct site_page {
    const char *path;
    const char *answer;
};

struct site {
    const struct site_page *page;
    size_t count;
    char log[4096]; /* every head asked, one after the other */
};

static inline void
site_serve(struct tiny_conn *conn)
{
    struct site *site = (struct site *)(uintptr_t)conn->tiny->arg;
    size_t used;

    if (!tiny_read_head(conn))
        return;
    used = strlen(site->log);
    (void)snprintf(site->log + used, sizeof(site->log) - used, "%s",
                   conn->request);
    for (size_t i = 0; i < site->count; i++) {
        const struct site_page *page = &site->page[i];
        const char *at = strchr(conn->request, ' ');

        if (at == NULL ||
            strncmp(at + 1, page->path, strlen(page->path)) != 0 ||
            at[1 + strlen(page->path)] != ' ')
            continue;
        tiny_say(conn, page->answer);
        return;
    }
    tiny_say(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

static inline void
site_run(struct check_bed *bed, struct site *site, const char *path,
         enum status status, const char *reason)
{
    struct tiny tiny = {.serve = site_serve, .arg = site};

    tiny_start(&tiny);
    check_bed_url(bed, "http", tiny.port, path);
    check_bed_reason(bed, status, reason);
    tiny_stop(&tiny);
}

#endif
