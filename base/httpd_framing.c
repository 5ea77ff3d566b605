/*
 * Lines are collected up to their LF and then judged; body bytes are copied in
 * runs.  A CR is good only before LF, and LF only after CR, so a line holds
 * neither; other control bytes but TAB are refused everywhere in a head.
 */
#include "base/httpd_framing.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"

#define LINES_MAX      101 /* request line and 100 fields */
#define LENGTH_DIGITS  18  /* of Content-Length: no overflow in 64 bits */
#define CHUNK_DIGITS   12
#define CHUNK_LINE_MAX 256
#define OVERHEAD_MAX   65536 /* chunk sizes and trailers of one body */

void
httpd_framing_init(struct httpd_framing *framing, size_t header_max,
                   size_t body_max)
{
    memset(framing, 0, sizeof *framing);
    buf_init(&framing->head, header_max);
    buf_init(&framing->body, body_max);
    buf_init(&framing->line, CHUNK_LINE_MAX);
}

void
httpd_framing_free(struct httpd_framing *framing)
{
    buf_free(&framing->head);
    buf_free(&framing->body);
    buf_free(&framing->line);
}

void
httpd_framing_reset(struct httpd_framing *framing)
{
    size_t header_max = framing->head.max;
    size_t body_max = framing->body.max;

    /* An idle connection keeps no memory of what it carried. */
    httpd_framing_free(framing);
    httpd_framing_init(framing, header_max, body_max);
}

static void
refuse(struct httpd_framing *framing, int status)
{
    framing->state = HTTPD_FRAMING_BAD;
    framing->status = status;
}

/* RFC 9110 5.6.2: what names of methods and fields are made of. */
static bool
is_token(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        char c = text[i];
        if (!str_is_alpha(c) && !str_is_digit(c) &&
            (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return false;
    }
    return len > 0;
}

/* METHOD SP TARGET SP HTTP/1.x */
static void
judge_request_line(struct httpd_framing *framing, const char *line, size_t len)
{
    const char *first = memchr(line, ' ', len);
    const char *second =
        first ? memchr(first + 1, ' ', len - (size_t)(first + 1 - line)) : NULL;
    size_t version_len = second ? len - (size_t)(second + 1 - line) : 0;
    const char *at;

    if (second == NULL || second == first + 1 || version_len != 8 ||
        memcmp(second + 1, "HTTP/", 5) != 0 ||
        !is_token(line, (size_t)(first - line))) {
        refuse(framing, 400);
        return;
    }
    for (at = first + 1; at < second; at++) {
        if ((unsigned char)*at < 0x21 || (unsigned char)*at >= 0x7f) {
            refuse(framing, 400);
            return;
        }
    }
    framing->is_http10 = memcmp(second + 6, "1.0", 3) == 0;
    if (!framing->is_http10 && memcmp(second + 6, "1.1", 3) != 0)
        refuse(framing, 505);
}

static void
judge_length(struct httpd_framing *framing, const char *value, size_t len)
{
    size_t i;
    uint64_t n = 0;

    if (framing->has_length || len == 0 || len > LENGTH_DIGITS) {
        refuse(framing, 400);
        return;
    }
    for (i = 0; i < len; i++) {
        if (!str_is_digit(value[i])) {
            refuse(framing, 400);
            return;
        }
        n = n * 10 + (uint64_t)(value[i] - '0');
    }
    framing->has_length = true;
    framing->left = n;
}

static bool
is_word(const char *text, size_t len, const char *word)
{
    size_t i;

    if (len != strlen(word))
        return false;
    for (i = 0; i < len; i++) {
        if (str_lower(text[i]) != word[i])
            return false;
    }
    return true;
}

/* A value is a comma-separated list that holds `word`. */
static bool
has_word(const char *value, size_t len, const char *word)
{
    size_t from = 0;

    while (from < len) {
        const char *comma = memchr(value + from, ',', len - from);
        size_t to = comma ? (size_t)(comma - value) : len;
        size_t end = to;

        while (from < end && (value[from] == ' ' || value[from] == '\t'))
            from++;
        while (end > from && (value[end - 1] == ' ' || value[end - 1] == '\t'))
            end--;
        if (is_word(value + from, end - from, word))
            return true;
        from = to + 1;
    }
    return false;
}

static void
judge_value(struct httpd_framing *framing, const char *line, size_t name_len,
            size_t len)
{
    const char *value = line + name_len + 1;
    size_t n = len - name_len - 1;

    while (n > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        n--;
    }
    while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
        n--;
    if (is_word(line, name_len, "content-length")) {
        judge_length(framing, value, n);
    } else if (is_word(line, name_len, "transfer-encoding")) {
        if (framing->is_chunked || framing->is_http10)
            refuse(framing, 400);
        else if (!is_word(value, n, "chunked"))
            refuse(framing, 501);
        framing->is_chunked = true;
    } else if (is_word(line, name_len, "host")) {
        if (framing->has_host)
            refuse(framing, 400);
        framing->has_host = true;
    } else if (is_word(line, name_len, "connection")) {
        framing->wants_close |= has_word(value, n, "close");
    } else if (is_word(line, name_len, "expect")) {
        framing->has_expect = is_word(value, n, "100-continue");
    }
}

/* NAME ":" VALUE; a line that begins with a blank would be a folded one. */
static void
judge_field(struct httpd_framing *framing, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    size_t name_len = colon ? (size_t)(colon - line) : 0;

    if (colon == NULL || !is_token(line, name_len)) {
        refuse(framing, 400);
        return;
    }
    judge_value(framing, line, name_len, len);
}

static void
end_head(struct httpd_framing *framing)
{
    if (framing->line_count == 0 ||
        (!framing->has_host && !framing->is_http10) ||
        (framing->has_length && framing->is_chunked)) {
        refuse(framing, 400);
        return;
    }
    framing->wants_close |= framing->is_http10;
    if (framing->is_chunked)
        framing->state = HTTPD_FRAMING_CHUNK_SIZE;
    else if (framing->left > framing->body.max)
        refuse(framing, 413);
    else
        framing->state =
            framing->left > 0 ? HTTPD_FRAMING_BODY : HTTPD_FRAMING_WHOLE;
}

static void
end_head_line(struct httpd_framing *framing)
{
    const char *line = buf_text(&framing->head) + framing->line_from;
    size_t len = framing->head.len - framing->line_from;

    assert(len >= 2);
    len -= 2; /* CR LF */
    if (len == 0) {
        framing->head.len -= 2;
        framing->head.data[framing->head.len] = '\0';
        end_head(framing);
        return;
    }
    if (++framing->line_count > LINES_MAX) {
        refuse(framing, 431);
        return;
    }
    framing->line_from = framing->head.len;
    if (framing->line_count == 1)
        judge_request_line(framing, line, len);
    else
        judge_field(framing, line, len);
}

/* True when `c` may stand in a line after `last`. */
static bool
is_in_order(uint8_t c, uint8_t last)
{
    if (c == '\n')
        return last == '\r';
    if (last == '\r')
        return false;
    return c == '\r' || c == '\t' || (c >= 0x20 && c != 0x7f);
}

static void
add_head(struct httpd_framing *framing, uint8_t c)
{
    struct buf *head = &framing->head;
    uint8_t last =
        head->len > framing->line_from ? head->data[head->len - 1] : 0;

    if (!is_in_order(c, last))
        refuse(framing, 400);
    else if (buf_add_u8(head, c) != 0)
        refuse(framing, 431);
    else if (c == '\n')
        end_head_line(framing);
}

/* SIZE [";" extension]: the extension is skipped, the size is plain hex. */
static void
end_chunk_size(struct httpd_framing *framing, const char *line, size_t len)
{
    uint64_t size = 0;
    size_t i;

    for (i = 0; i < len && i < CHUNK_DIGITS; i++) {
        char c = str_lower(line[i]);
        if (str_is_digit(c))
            size = size * 16 + (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            size = size * 16 + (uint64_t)(c - 'a') + 10;
        else
            break;
    }
    if (i == 0 || (i < len && line[i] != ';')) {
        refuse(framing, 400);
        return;
    }
    framing->left = size;
    if (size > framing->body.max - framing->body.len)
        refuse(framing, 413);
    else
        framing->state = size > 0 ? HTTPD_FRAMING_CHUNK : HTTPD_FRAMING_TRAILER;
}

static void
end_line(struct httpd_framing *framing)
{
    const char *line = buf_text(&framing->line);
    size_t len = framing->line.len - 2;

    if (framing->state == HTTPD_FRAMING_CHUNK_SIZE)
        end_chunk_size(framing, line, len);
    else if (framing->state == HTTPD_FRAMING_CHUNK_END && len == 0)
        framing->state = HTTPD_FRAMING_CHUNK_SIZE;
    else if (framing->state == HTTPD_FRAMING_TRAILER && len == 0)
        framing->state = HTTPD_FRAMING_WHOLE;
    else if (framing->state == HTTPD_FRAMING_TRAILER && line[0] != ' ' &&
             line[0] != '\t')
        ; /* a trailer, not kept: it may carry nothing that counts */
    else
        refuse(framing, 400);
    buf_reset(&framing->line);
}

static void
add_line(struct httpd_framing *framing, uint8_t c)
{
    struct buf *line = &framing->line;
    uint8_t last = line->len > 0 ? line->data[line->len - 1] : 0;

    if (!is_in_order(c, last))
        refuse(framing, 400);
    else if (++framing->overhead > OVERHEAD_MAX || buf_add_u8(line, c) != 0)
        refuse(framing, 431);
    else if (c == '\n')
        end_line(framing);
}

/* A run of body bytes; how many were taken. */
static size_t
add_body(struct httpd_framing *framing, const uint8_t *data, size_t len)
{
    size_t n = framing->left < len ? (size_t)framing->left : len;

    if (buf_add(&framing->body, data, n) != 0) {
        refuse(framing, 413);
        return n;
    }
    framing->left -= n;
    if (framing->left == 0)
        framing->state = framing->state == HTTPD_FRAMING_CHUNK
                             ? HTTPD_FRAMING_CHUNK_END
                             : HTTPD_FRAMING_WHOLE;
    return n;
}

size_t
httpd_framing_add(struct httpd_framing *framing, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    size_t at = 0;

    while (at < len) {
        switch (framing->state) {
        case HTTPD_FRAMING_HEAD:
            add_head(framing, bytes[at++]);
            break;
        case HTTPD_FRAMING_BODY:
        case HTTPD_FRAMING_CHUNK:
            at += add_body(framing, bytes + at, len - at);
            break;
        case HTTPD_FRAMING_CHUNK_SIZE:
        case HTTPD_FRAMING_CHUNK_END:
        case HTTPD_FRAMING_TRAILER:
            add_line(framing, bytes[at++]);
            break;
        case HTTPD_FRAMING_WHOLE:
        case HTTPD_FRAMING_BAD:
            return at;
        }
    }
    return at;
}
