/*
 * metrics.h - /metrics: Prometheus' text format 0.0.4.
 *
 * Native names (picket_...) and the blackbox exporter's, so that its
 * dashboards work on import.
 *
 * Ownership   appends to the caller's buffer.
 * Errors      the buffer's.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_WEB_METRICS_H
#define CONTROLLER_WEB_METRICS_H

struct buf;
struct view;

void metrics(struct buf *out, const struct view *view);

#endif
