/*
 * jsonpath_fuzz.c - a path, a newline, a document: both from a stranger.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonpath.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[120];
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t len = line != NULL ? (size_t)(line - data) : size;
    size_t rest = line != NULL ? len + 1 : size;
    char *path = str_xndup((const char *)data, len);
    struct jsonpath_doc *doc =
        jsonpath_doc((const char *)data + rest, size - rest, why, sizeof(why));
    size_t at = 0;
    struct jsonpath *parsed = jsonpath_parse(path, &at, why, sizeof(why));

    if (doc != NULL && jsonpath_text(doc, path) == NULL)
        abort();
    if (parsed == NULL && at > strlen(path))
        abort();
    jsonpath_free(parsed);
    jsonpath_doc_free(doc);
    free(path);
    return 0;
}
