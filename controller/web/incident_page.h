/*
 * incident_page.h - one incident for whoever was woken by it.
 *
 * What is broken in one sentence, who says so, what was seen, what was done.
 *
 * Ownership   appends to the caller's buffer.
 * Errors      the buffer's; an incident whose JSON does not parse is shown
 *             without votes, timeline and evidence.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_WEB_INCIDENT_PAGE_H
#define CONTROLLER_WEB_INCIDENT_PAGE_H

struct buf;
struct decider_incident;
struct view;

void incident_page(struct buf *out, const struct view *view,
                   const struct decider_incident *incident);

#endif
