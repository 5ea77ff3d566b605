/*
 * json.h - writing JSON (RFC 8259) straight into a buffer, one pass, escaped.
 *
 * Not a reader: jsonpath.h reads.  No name here is one of Jansson's (it has
 * json_object, json_array and json_null), or its own calls would land here.
 * Keys and strings are UTF-8; bytes that are not become U+FFFD.
 *
 * Errors      a full buffer is the buffer's `failed`; nesting over
 *             JSON_DEPTH_MAX or an end without its begin is an assertion.
 * Threads     none of its own.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct buf;

#define JSON_DEPTH_MAX 16

struct json {
    struct buf *out;
    int depth;
    bool need_comma[JSON_DEPTH_MAX + 1];
    bool is_array[JSON_DEPTH_MAX + 1];
    bool pretty; /* two-space lines, for files people read */
};

struct json json_begin(struct buf *out);

/* `key` is NULL inside an array and at the top. */
void json_obj(struct json *j, const char *key);
void json_arr(struct json *j, const char *key);
void json_end(struct json *j);
void json_str(struct json *j, const char *key, const char *text); /* or null */
void json_strn(struct json *j, const char *key, const char *text, size_t len);
void json_int(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_nil(struct json *j, const char *key);
/* "2026-01-02T03:04:05.678Z", or null at 0: a moment that has not come. */
void json_time(struct json *j, const char *key, wall_t at);
/* `value` / 10^decimals without floating point: (1234, 3) is 1.234. */
void json_fixed(struct json *j, const char *key, int64_t value, int decimals);
/* Text that is JSON already. */
void json_raw(struct json *j, const char *key, const char *text, size_t len);

#endif
