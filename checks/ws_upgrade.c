#include "checks/ws_upgrade.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/fetch.h"
#include "base/str.h"

#define GUID            "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define SWITCHING       101
#define REDIRECT_LEAST  300
#define REDIRECT_MOST   399
#define SHOWN_MAX       120 /* bytes of a header's value in a message */
#define STATUS_AT       9   /* behind "HTTP/1.1 " */
#define STATUS_LINE_LEN 12  /* up to the last digit */

void
ws_upgrade_key(char to[WS_KEY_MAX], const uint8_t random[16])
{
    char *text = str_base64(random, 16);

    (void)str_copy(to, WS_KEY_MAX, text);
    free(text);
}

int
ws_upgrade_encode(struct buf *out, const struct ws_upgrade *request)
{
    (void)buf_addf(out,
                   "GET %s HTTP/1.1\r\n"
                   "Host: %s\r\n"
                   "Upgrade: websocket\r\n"
                   "Connection: Upgrade\r\n"
                   "Sec-WebSocket-Key: %s\r\n"
                   "Sec-WebSocket-Version: 13\r\n",
                   request->path, request->host, request->key);
    if (request->subprotocols != NULL)
        (void)buf_addf(out, "Sec-WebSocket-Protocol: %s\r\n",
                       request->subprotocols);
    for (const char *const *h = request->headers; h != NULL && *h != NULL; h++)
        (void)buf_addf(out, "%s\r\n", *h);
    (void)buf_add_str(out, "\r\n");
    return out->failed ? -1 : 0;
}

/* ---- the answer ---- */

/* What is judged, and where the words go. */
struct judged {
    struct ws_answer *answer;
    const char *head; /* without the status line */
    size_t len;
};

static enum ws_outcome say(struct judged *judged, enum ws_outcome outcome,
                           const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum ws_outcome
say(struct judged *judged, enum ws_outcome outcome, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(judged->answer->message, WS_MESSAGE_LEN, format, args);
    va_end(args);
    return outcome;
}

/* The first value of `name`; NULL: there is none. */
static const char *
value_of(const struct judged *judged, const char *name, size_t *len)
{
    size_t at = 0;

    return fetch_header(judged->head, judged->len, name, &at, len);
}

static bool
is_word(const char *text, size_t len, const char *word)
{
    if (len != strlen(word))
        return false;
    for (size_t i = 0; i < len; i++)
        if (str_lower(text[i]) != str_lower(word[i]))
            return false;
    return true;
}

/* Without the blanks at its ends. */
static void
trim(const char **text, size_t *len)
{
    while (*len > 0 && (**text == ' ' || **text == '\t')) {
        ++*text;
        --*len;
    }
    while (*len > 0 && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
        --*len;
}

/* True when one of the members of a list with commas is `word`. */
static bool
list_has(const char *list, size_t len, const char *word)
{
    while (len > 0) {
        const char *comma = memchr(list, ',', len);
        size_t whole = comma != NULL ? (size_t)(comma - list) : len;
        const char *member = list;
        size_t member_len = whole;

        trim(&member, &member_len);
        if (is_word(member, member_len, word))
            return true;
        whole += comma != NULL ? 1 : 0;
        list += whole;
        len -= whole;
    }
    return false;
}

/* Some header `name` lists `word`. */
static bool
says(const struct judged *judged, const char *name, const char *word)
{
    size_t at = 0;
    size_t len;
    const char *value;

    while ((value = fetch_header(judged->head, judged->len, name, &at, &len)) !=
           NULL)
        if (list_has(value, len, word))
            return true;
    return false;
}

/* base64(SHA-1(key + GUID)) */
static bool
is_our_key(const char *value, size_t len, const char *key)
{
    uint8_t digest[DIGEST_SHA1_BYTES];
    char *joined = str_xprintf("%s" GUID, key);
    char *want;
    bool is_equal;

    digest_sha1(digest, joined, strlen(joined));
    want = str_base64(digest, sizeof(digest));
    is_equal = len == strlen(want) && memcmp(value, want, len) == 0;
    free(want);
    free(joined);
    return is_equal;
}

static enum ws_outcome
judge_subprotocol(struct judged *judged, const struct ws_upgrade *request)
{
    size_t len = 0;
    const char *value = value_of(judged, "Sec-WebSocket-Protocol", &len);
    char *word;
    bool is_asked;

    if (value == NULL)
        return WS_UPGRADE_DONE;
    word = str_xndup(value, len);
    is_asked =
        request->subprotocols != NULL && word[0] != '\0' &&
        list_has(request->subprotocols, strlen(request->subprotocols), word);
    free(word);
    if (!is_asked)
        return say(judged, WS_UPGRADE_PROTOCOL,
                   "the server chose the subprotocol `%.*s`, which was not "
                   "offered",
                   (int)(len < SHOWN_MAX ? len : SHOWN_MAX), value);
    judged->answer->subprotocol = value;
    judged->answer->subprotocol_len = len;
    return WS_UPGRADE_DONE;
}

static enum ws_outcome
judge_switch(struct judged *judged, const struct ws_upgrade *request)
{
    size_t len = 0;
    const char *accept = value_of(judged, "Sec-WebSocket-Accept", &len);

    if (!says(judged, "Upgrade", "websocket"))
        return say(judged, WS_UPGRADE_PROTOCOL,
                   "the 101 does not say `Upgrade: websocket`");
    if (!says(judged, "Connection", "Upgrade"))
        return say(judged, WS_UPGRADE_PROTOCOL,
                   "the 101 does not say `Connection: Upgrade`");
    if (accept == NULL || !is_our_key(accept, len, request->key))
        return say(judged, WS_UPGRADE_PROTOCOL,
                   accept == NULL
                       ? "the 101 has no Sec-WebSocket-Accept"
                       : "the Sec-WebSocket-Accept does not belong to the key");
    if (value_of(judged, "Sec-WebSocket-Extensions", &len) != NULL)
        return say(judged, WS_UPGRADE_PROTOCOL,
                   "the server chose an extension, and none was offered");
    return judge_subprotocol(judged, request);
}

static enum ws_outcome
judge_refusal(struct judged *judged)
{
    int status = judged->answer->status;
    size_t len = 0;
    const char *to = value_of(judged, "Location", &len);

    if (to != NULL && status >= REDIRECT_LEAST && status <= REDIRECT_MOST)
        return say(judged, WS_UPGRADE_REFUSED,
                   "the server answers %d and points to %.*s; a redirect is "
                   "not followed: write the address it leads to",
                   status, (int)(len < SHOWN_MAX ? len : SHOWN_MAX), to);
    return say(judged, WS_UPGRADE_REFUSED,
               "the server answers %d instead of 101 Switching Protocols",
               status);
}

/* The status line's number; -1: these are not the beginning of HTTP/1.1. */
static int
status_of(const char *data, size_t len)
{
    static const char begin[] = "HTTP/1.1 ";
    int status = 0;

    if (memcmp(data, begin, len < STATUS_AT ? len : STATUS_AT) != 0)
        return -1;
    for (size_t i = STATUS_AT; i < len && i < STATUS_LINE_LEN; i++) {
        if (!str_is_digit((unsigned char)data[i]))
            return -1;
        status = status * 10 + (data[i] - '0');
    }
    return status;
}

enum ws_outcome
ws_upgrade_judge(struct ws_answer *answer, const struct ws_upgrade *request,
                 const char *data, size_t len)
{
    static const char end[] = "\r\n\r\n";
    struct judged judged = {.answer = answer, .head = data};
    const char *found = str_find(data, len, end, sizeof(end) - 1);
    int status = status_of(data, len);

    memset(answer, 0, sizeof(*answer));
    if (status < 0)
        return say(&judged, WS_UPGRADE_PROTOCOL,
                   "the server does not speak HTTP/1.1 here");
    if (found == NULL && len < WS_HEAD_MAX)
        return WS_UPGRADE_MORE;
    if (found == NULL)
        return say(&judged, WS_UPGRADE_PROTOCOL,
                   "the answer's head is over %d bytes", WS_HEAD_MAX);
    answer->head_len = (size_t)(found - data) + sizeof(end) - 1;
    if (memchr(data, '\0', answer->head_len) != NULL ||
        answer->head_len < STATUS_LINE_LEN + sizeof(end) - 1)
        return say(&judged, WS_UPGRADE_PROTOCOL,
                   "the answer's head is not one of HTTP/1.1");
    answer->status = status;
    judged.len = answer->head_len;
    return status == SWITCHING ? judge_switch(&judged, request)
                               : judge_refusal(&judged);
}
