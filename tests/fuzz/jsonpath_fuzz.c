/*
 * jsonpath_fuzz.c - a path, a newline, a document: both from a stranger.
 *
 * A message is one line with its place inside the text; what a path selects is
 * bounded, and the same the second time.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonpath.h"
#include "base/jsonpath_priv.h"
#include "base/jsonpath_walk.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
count_node(void *cookie, struct json_t *node)
{
    size_t *count = cookie;

    if (node == NULL)
        abort();
    (*count)++;
    return true;
}

static size_t
select_all(const struct jsonpath *path, const struct jsonpath_doc *doc)
{
    struct jsonpath_work work = {.root = doc->root};
    size_t count = 0;

    jsonpath_walk(&work, path, doc->root, count_node, &count);
    if (work.visited > JSONPATH_NODES_MAX || count > JSONPATH_NODES_MAX + 1)
        abort();
    return count;
}

static void
check_line(const char *why)
{
    for (; *why != '\0'; why++)
        if (*why == '\n' || *why == '\r')
            abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[120] = "";
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t len = line != NULL ? (size_t)(line - data) : size;
    size_t rest = line != NULL ? len + 1 : size;
    char *path = str_xndup((const char *)data, len);
    struct jsonpath_doc *doc =
        jsonpath_doc((const char *)data + rest, size - rest, why, sizeof(why));
    size_t at = 0;
    struct jsonpath *parsed = NULL;

    check_line(why);
    parsed = jsonpath_parse(path, &at, why, sizeof(why));
    if (parsed == NULL && (at > strlen(path) || why[0] == '\0'))
        abort();
    if (doc != NULL && parsed != NULL &&
        select_all(parsed, doc) != select_all(parsed, doc))
        abort();
    if (doc != NULL && jsonpath_text(doc, path) == NULL)
        abort();
    jsonpath_free(parsed);
    jsonpath_doc_free(doc);
    free(path);
    return 0;
}
