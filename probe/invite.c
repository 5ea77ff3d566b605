#include "probe/invite.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/jsonpath.h"
#include "base/str.h"

#define PREFIX "picket-invite:v1:"

/* RFC 4648 5: - and _ for + and /, and no padding. */
static char *
to_base64url(const char *text, size_t len)
{
    char *out = str_base64((const uint8_t *)text, len);

    for (char *c = out; *c != '\0'; c++) {
        if (*c == '+')
            *c = '-';
        else if (*c == '/')
            *c = '_';
        else if (*c == '=')
            *c = '\0';
        if (*c == '\0')
            break;
    }
    return out;
}

static uint8_t *
from_base64url(const char *text, size_t len, size_t *out_len)
{
    size_t padded = (len + 3) / 4 * 4;
    char *copy = str_xcalloc(padded + 1, 1);
    uint8_t *out;

    for (size_t i = 0; i < padded; i++) {
        char c = (char)(i < len ? text[i] : '=');

        copy[i] = (char)(c == '-' ? '+' : c == '_' ? '/' : c);
    }
    out = str_unbase64(copy, out_len);
    free(copy);
    return out;
}

static char *
take(struct jsonpath_doc *doc, const char *path)
{
    return str_xdup(jsonpath_text(doc, path));
}

static struct invite *
from_json(const char *text, size_t len, char *why, size_t cap)
{
    char fault[128];
    struct jsonpath_doc *doc = jsonpath_doc(text, len, fault, sizeof(fault));
    struct invite *invite;
    bool is_whole;

    if (doc == NULL) {
        (void)snprintf(why, cap, "the invitation is damaged; copy all of it");
        return NULL;
    }
    invite = str_xcalloc(1, sizeof(*invite));
    invite->url = take(doc, "$.url");
    invite->name = take(doc, "$.name");
    invite->region = take(doc, "$.region");
    invite->token = take(doc, "$.token");
    is_whole = str_unhex(invite->ca_sha256, sizeof(invite->ca_sha256),
                         jsonpath_text(doc, "$.ca_sha256")) == 0;
    jsonpath_doc_free(doc);
    if (is_whole && str_starts(invite->url, "https://") &&
        invite->region[0] != '\0' && invite->token[0] != '\0')
        return invite;
    (void)snprintf(why, cap, "the invitation lacks a part; ask for a new one");
    invite_free(invite);
    return NULL;
}

struct invite *
invite_parse(const char *line, char *why, size_t cap)
{
    struct invite *invite = NULL;
    size_t len, plain_len = 0;
    uint8_t *plain;

    while (str_is_space(*line))
        line++;
    len = strnlen(line, INVITE_LINE_MAX);
    while (len > 0 && str_is_space(line[len - 1]))
        len--;
    if (!str_starts(line, PREFIX) || len == INVITE_LINE_MAX) {
        (void)snprintf(why, cap,
                       "this is no invitation: it begins with "
                       "\"" PREFIX "\" and is one line");
        return NULL;
    }
    line += strlen(PREFIX);
    len -= strlen(PREFIX);
    plain = from_base64url(line, len, &plain_len);
    if (plain != NULL)
        invite = from_json((const char *)plain, plain_len, why, cap);
    else
        (void)snprintf(why, cap, "the invitation is damaged; copy all of it");
    free(plain);
    return invite;
}

void
invite_free(struct invite *invite)
{
    if (invite == NULL)
        return;
    free(invite->url);
    free(invite->name);
    free(invite->region);
    free(invite->token);
    free(invite);
}

char *
invite_format(const struct invite *invite)
{
    char hex[2 * sizeof(invite->ca_sha256) + 1];
    struct buf text;
    struct json j;
    char *coded, *line;

    str_hex(hex, invite->ca_sha256, sizeof(invite->ca_sha256));
    buf_init(&text, INVITE_LINE_MAX);
    j = json_begin(&text);
    json_obj(&j, NULL);
    json_str(&j, "url", invite->url);
    json_str(&j, "ca_sha256", hex);
    json_str(&j, "name", invite->name);
    json_str(&j, "region", invite->region);
    json_str(&j, "token", invite->token);
    json_end(&j);
    coded = to_base64url(buf_text(&text), text.len);
    line = str_xprintf("%s%s", PREFIX, coded);
    free(coded);
    buf_free(&text);
    return line;
}
