/*
 * status_json.h - the status page in Atlassian Statuspage's own form, v2.
 *
 * So that whatever reads one of theirs reads ours.  Not the facts: board.h.
 *
 * Ownership   appends to the caller's buffer.
 * Errors      the buffer's.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_WEB_STATUS_JSON_H
#define CONTROLLER_WEB_STATUS_JSON_H

#include <stddef.h>

struct buf;
struct view;

enum status_json_part { /* a set: which keys beside "page" */
                        STATUS_JSON_STATUS = 1,
                        STATUS_JSON_COMPONENTS = 2,
                        STATUS_JSON_INCIDENTS = 4,
                        STATUS_JSON_UNRESOLVED = 8,
                        STATUS_JSON_MAINTENANCES = 16,
};

void status_json(struct buf *out, const struct view *view, size_t page,
                 unsigned parts);

#endif
