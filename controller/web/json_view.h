/*
 * json_view.h - a JSON text (evidence, facts) as HTML that people read.
 *
 * Whatever its shape: objects become definition lists, arrays lists, texts of
 * several lines blocks.  Not a validator: what is not JSON is shown as it is.
 *
 * Ownership   appends to the caller's buffer.
 * Errors      deeper than JSON_VIEW_DEPTH, or cut off: shown as plain text.
 * Threads     any.
 */
#ifndef CONTROLLER_WEB_JSON_VIEW_H
#define CONTROLLER_WEB_JSON_VIEW_H

#define JSON_VIEW_DEPTH 8

struct buf;

void json_view(struct buf *out, const char *json);

/* Names of the outermost object, each list ends with NULL. */
struct json_view_opts {
    const char *const *left_out;
    const char *const *folded; /* shown when they are opened */
};

void json_view_of(struct buf *out, const char *json,
                  const struct json_view_opts *opts);

#endif
