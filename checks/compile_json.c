/*
 * A JSON body can be written as a group, without a quote to escape:
 *
 *     json = { sku = "TEST-1"; quantity = 1; tags = [ "a", "b" ]; };
 *
 * What travels is the JSON it stands for, so that there is one form of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/json.h"
#include "base/str.h"
#include "checks/compile.h"
#include "checks/merge.h"

#define JSON_MAX ((size_t)256 * 1024) /* bytes; travels with the check */

static void add_value(struct json *j, const char *key,
                      const struct conf *value);

static void
add_members(struct json *j, const struct conf *value)
{
    for (const struct conf *n = value->first; n; n = n->next)
        add_value(j, n->name, n);
    json_end(j);
}

/* A float is as it was written: 0.10 stays 0.10. */
static void
add_value(struct json *j, const char *key, const struct conf *value)
{
    switch (value->type) {
    case CONF_GROUP:
        json_obj(j, key);
        add_members(j, value);
        break;
    case CONF_ARRAY:
    case CONF_LIST:
        json_arr(j, key);
        add_members(j, value);
        break;
    case CONF_STRING:
        json_str(j, key, value->text);
        break;
    case CONF_INT:
        json_int(j, key, value->num);
        break;
    case CONF_FLOAT:
        json_raw(j, key, value->text, strlen(value->text));
        break;
    case CONF_BOOL:
        json_bool(j, key, value->num != 0);
        break;
    }
}

static int
depth_of(const struct conf *value)
{
    int deepest = 0;

    for (const struct conf *n = value->first; n; n = n->next) {
        int depth = depth_of(n);

        if (depth > deepest)
            deepest = depth;
    }
    return deepest + 1;
}

void
compile_json_group(struct compile_job *job)
{
    struct merge_value *v = &job->merge->value[SPEC_KEY_JSON];
    struct json j;
    struct buf out;

    if (!v->from || v->from->type != CONF_GROUP)
        return;
    buf_init(&out, JSON_MAX);
    if (depth_of(v->from) >= JSON_DEPTH_MAX) {
        compile_wrong(job, v->from->value, "write it as a text, or json_file",
                      "a group of JSON is at most %d deep", JSON_DEPTH_MAX - 2);
        (void)buf_add_str(&out, "null");
    } else {
        j = json_begin(&out);
        add_value(&j, NULL, v->from);
    }
    if (out.failed)
        compile_wrong(job, v->from->value, NULL, "`json` is over 256 KiB");
    v->text = str_xdup(out.len > 0 ? buf_text(&out) : "");
    buf_free(&out);
}
