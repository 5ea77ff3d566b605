/*
 * dashboard.h - the operators' pages of the whole: checks by region, probes.
 *
 * One check is check_page.h, one incident incident_page.h.
 *
 * Ownership   appends to the caller's buffer.
 * Errors      the buffer's.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_WEB_DASHBOARD_H
#define CONTROLLER_WEB_DASHBOARD_H

struct buf;
struct decider_region;
struct spec;
struct view;

void dashboard(struct buf *out, const struct view *view);
void dashboard_probes(struct buf *out, const struct view *view);
/* One region's newest result in a cell: status, time, and why it does not
 * count when it does not. */
void dashboard_cell(struct buf *out, const struct decider_region *region);
/* What is watched: the target, of a name with the type of record. */
void dashboard_target(struct buf *out, const struct spec *spec);

#endif
