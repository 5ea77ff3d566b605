/*
 * Segments are walked depth first, which gives the order of the RFC's node
 * lists without making any.  Recursion is bounded by the document's depth and
 * the path's segments, for each of at most JSONPATH_NESTING_MAX filters; work
 * by JSONPATH_NODES_MAX: every step into a node counts, and so does every node
 * a filter is asked about, so that `$..*..*..*` comes to an end.
 */
#include "base/jsonpath_walk.h"

#include <assert.h>
#include <jansson.h>
#include <stdint.h>

#include "base/jsonpath.h"
#include "base/jsonpath_priv.h"

struct walk {
    struct jsonpath_work *work;
    jsonpath_found_fn *found;
    void *cookie;
    bool is_done;
};

static void enter(struct walk *w, json_t *node,
                  const struct jsonpath_segment *segment);
static void follow(struct walk *w, json_t *node,
                   const struct jsonpath_segment *segment);

bool
jsonpath_walk_count(struct jsonpath_work *work, size_t count)
{
    if (work->fault != NULL)
        return false;
    if (count > (size_t)(JSONPATH_NODES_MAX - work->visited)) {
        work->fault = JSONPATH_NODES_FAULT;
        return false;
    }
    work->visited += (int)count;
    return true;
}

static bool
is_over(const struct walk *w)
{
    return w->is_done || w->work->fault != NULL;
}

/* What a child is handed to. */
typedef void child_fn(struct walk *w, json_t *child, const void *cookie);

static void
each_child(struct walk *w, json_t *node, child_fn *take, const void *cookie)
{
    if (json_is_array(node)) {
        for (size_t i = 0; i < json_array_size(node) && !is_over(w); i++)
            take(w, json_array_get(node, i), cookie);
        return;
    }
    for (void *it = json_object_iter(node); it != NULL && !is_over(w);
         it = json_object_iter_next(node, it))
        take(w, json_object_iter_value(it), cookie);
}

static void
enter_child(struct walk *w, json_t *child, const void *cookie)
{
    enter(w, child, cookie);
}

struct question {
    const struct jsonpath_term *condition;
    const struct jsonpath_segment *next;
};

static void
ask_child(struct walk *w, json_t *child, const void *cookie)
{
    const struct question *q = cookie;

    if (jsonpath_walk_count(w->work, 1) &&
        jsonpath_eval(w->work, q->condition, child))
        follow(w, child, q->next);
}

static void
walk_element(struct walk *w, json_t *node, int64_t at,
             const struct jsonpath_segment *next)
{
    json_t *child = json_array_get(node, (size_t)at);

    assert(child != NULL);
    enter(w, child, next);
}

static int64_t
clamp(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* RFC 9535, 2.3.4.2.2: bounds from the end, then clamped to the array. */
static void
walk_slice(struct walk *w, json_t *node, const struct jsonpath_selector *s,
           const struct jsonpath_segment *next)
{
    int64_t count = (int64_t)json_array_size(node);
    bool is_up = s->step > 0;
    int64_t start = s->has_start ? s->start : is_up ? 0 : count - 1;
    int64_t end = s->has_end ? s->end : is_up ? count : -count - 1;

    if (s->step == 0)
        return;
    start += start < 0 ? count : 0;
    end += end < 0 ? count : 0;
    start = is_up ? clamp(start, 0, count) : clamp(start, -1, count - 1);
    end = is_up ? clamp(end, 0, count) : clamp(end, -1, count - 1);
    for (int64_t i = start; (is_up ? i < end : i > end) && !is_over(w);
         i += s->step)
        walk_element(w, node, i, next);
}

static void
walk_index(struct walk *w, json_t *node, int64_t at,
           const struct jsonpath_segment *next)
{
    int64_t count = (int64_t)json_array_size(node);

    at += at < 0 ? count : 0;
    if (at >= 0 && at < count)
        walk_element(w, node, at, next);
}

static void
walk_selector(struct walk *w, json_t *node, const struct jsonpath_selector *s,
              const struct jsonpath_segment *next)
{
    const struct question question = {.condition = s->filter, .next = next};
    json_t *member = NULL;

    switch (s->kind) {
    case JSONPATH_NAME:
        member = json_object_getn(node, s->name, s->len);
        if (member != NULL)
            enter(w, member, next);
        break;
    case JSONPATH_WILDCARD:
        each_child(w, node, enter_child, next);
        break;
    case JSONPATH_INDEX:
        walk_index(w, node, s->start, next);
        break;
    case JSONPATH_SLICE:
        walk_slice(w, node, s, next);
        break;
    case JSONPATH_FILTER:
        each_child(w, node, ask_child, &question);
        break;
    }
}

static void
walk_list(struct walk *w, json_t *node, const struct jsonpath_segment *segment)
{
    for (const struct jsonpath_selector *s = segment->first;
         s != NULL && !is_over(w); s = s->next)
        walk_selector(w, node, s, segment->next);
}

/* `node` and all below it, parents first. */
static void
descend(struct walk *w, json_t *node, const void *segment)
{
    if (!jsonpath_walk_count(w->work, 1))
        return;
    walk_list(w, node, segment);
    each_child(w, node, descend, segment);
}

static void
follow(struct walk *w, json_t *node, const struct jsonpath_segment *segment)
{
    if (segment == NULL)
        w->is_done = !w->found(w->cookie, node);
    else if (segment->is_descendant)
        descend(w, node, segment);
    else
        walk_list(w, node, segment);
}

static void
enter(struct walk *w, json_t *node, const struct jsonpath_segment *segment)
{
    if (jsonpath_walk_count(w->work, 1))
        follow(w, node, segment);
}

void
jsonpath_walk(struct jsonpath_work *work, const struct jsonpath *path,
              struct json_t *node, jsonpath_found_fn *found, void *cookie)
{
    struct walk w = {.work = work, .found = found, .cookie = cookie};

    if (work->fault == NULL)
        follow(&w, path->is_relative ? node : work->root, path->first);
}
