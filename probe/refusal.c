#include "probe/refusal.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonpath.h"
#include "base/str.h"

#define BODY_MAX 4096 /* bytes; a controller's refusal is a few hundred */

/* What is not a line's ends the line: nothing forges one in a log. */
static size_t
line_of(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && (uint8_t)text[n] >= ' ' && text[n] != 0x7f)
        n++;
    return n;
}

static void
format(char *to, size_t cap, struct jsonpath_doc *doc)
{
    const char *said = jsonpath_text(doc, "$.error.message");
    const char *remedy = jsonpath_text(doc, "$.error.remedy");
    size_t said_len = line_of(said, strlen(said));
    size_t remedy_len = line_of(remedy, strlen(remedy));

    if (said_len > 0)
        (void)snprintf(to, cap, "%.*s%s%.*s", (int)said_len, said,
                       remedy_len > 0 ? "; " : "", (int)remedy_len, remedy);
}

void
refusal_format(char *to, size_t cap, const char *body, size_t len)
{
    char why[128];
    struct jsonpath_doc *doc = NULL;

    to[0] = '\0';
    if (body == NULL || len == 0)
        return;
    if (body[0] == '{' && len <= BODY_MAX)
        doc = jsonpath_doc(body, len, why, sizeof(why));
    if (doc != NULL)
        format(to, cap, doc);
    jsonpath_doc_free(doc);
    if (to[0] == '\0')
        (void)snprintf(to, cap, "%.*s",
                       (int)line_of(body, len < cap ? len : cap), body);
}
