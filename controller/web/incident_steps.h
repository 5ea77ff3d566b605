/*
 * incident_steps.h - the steps of a run that is evidence, as a table.
 *
 * An incident keeps the results of the regions that fail as JSON: a journey's
 * steps, or one row an address.  Not the table itself: step_table.h.
 *
 * Ownership   appends to the caller's buffer; borrows the document.
 * Errors      the buffer's.  What is no step is passed over.
 * Threads     any.
 */
#ifndef CONTROLLER_WEB_INCIDENT_STEPS_H
#define CONTROLLER_WEB_INCIDENT_STEPS_H

struct buf;
struct jsonpath_doc;

/* Of `$.evidence[index]`; nothing for a run without steps. */
void incident_steps_add(struct buf *out, struct jsonpath_doc *doc, int index);

#endif
