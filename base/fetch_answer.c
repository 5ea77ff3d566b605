/*
 * The head's limit counts every line of every head and of the trailers, so
 * that interim answers without end are stopped too.  The body's counts what
 * has been decoded, so a bomb ends when it reaches the limit and not when it
 * has gone off.  Two holes are left by that, and closed here:
 *
 *   layers   a body that is encoded twice may become large between the two
 *            decoders, where nobody counts: one coding is taken, no more
 *   nothing  a compressed stream may go on for ever and decode to nothing:
 *            what is sent is counted as well, once a body is encoded
 */
#include "base/fetch_answer.h"

#include <curl/curl.h>
#include <string.h>

#include "base/fetch.h"
#include "base/str.h"

/* A compressed body that is larger than what it decodes to is larger by its
 * framing alone. */
#define CODED_SLACK_BYTES ((curl_off_t)64 * 1024)

/* "HTTP/1.1 200 OK": 200; 0 when it is no status line. */
static int
status_of(const char *line, size_t len)
{
    const char *space = memchr(line, ' ', len);
    size_t at = space ? (size_t)(space - line) + 1 : len;
    int status = 0;
    size_t i;

    if (len < 5 || memcmp(line, "HTTP/", 5) != 0 || at + 3 > len)
        return 0;
    for (i = at; i < at + 3; i++) {
        if (!str_is_digit(line[i]))
            return 0;
        status = status * 10 + (line[i] - '0');
    }
    return status;
}

/* Codings that `value` names; those that change nothing are none. */
static size_t
count_codings(const char *value, size_t len)
{
    static const char *const harmless[] = {"identity", "chunked"};
    size_t count = 0;
    size_t at = 0;

    while (at < len) {
        const char *item = value + at;
        const char *comma = memchr(item, ',', len - at);
        size_t item_len = comma ? (size_t)(comma - item) : len - at;
        bool counts;
        size_t i;

        at += item_len + 1;
        while (item_len > 0 && (*item == ' ' || *item == '\t')) {
            item++;
            item_len--;
        }
        counts = item_len > 0;
        for (i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
            counts = counts &&
                     (item_len < strlen(harmless[i]) ||
                      strncasecmp(item, harmless[i], strlen(harmless[i])) != 0);
        count += counts;
    }
    return count;
}

static size_t
codings_of(const struct fetch_answer *answer, const char *name)
{
    const char *head = buf_text(&answer->head);
    const char *value;
    size_t count = 0;
    size_t at = 0;
    size_t len = 0;

    while ((value = fetch_header(head, answer->head.len, name, &at, &len)) !=
           NULL)
        count += count_codings(value, len);
    return count;
}

/* The head is whole: may curl decode what follows? */
static bool
is_decodable(struct fetch_answer *answer)
{
    size_t count = codings_of(answer, "Transfer-Encoding");

    if (answer->opts->flags & FETCH_COMPRESSED)
        count += codings_of(answer, "Content-Encoding");
    answer->is_layered = count > 1;
    if (count == 1)
        curl_easy_setopt(answer->easy, CURLOPT_NOPROGRESS, 0L);
    return !answer->is_layered;
}

/* curl's, several times a second and with each piece received. */
static int
on_progress(void *cookie, curl_off_t down_all, curl_off_t down,
            curl_off_t up_all, curl_off_t up)
{
    struct fetch_answer *answer = cookie;
    (void)down_all;
    (void)up_all;
    (void)up;

    if (down <= (curl_off_t)answer->opts->body_max + CODED_SLACK_BYTES)
        return 0;
    answer->is_body_over = true;
    return 1;
}

static int
add_line(struct fetch_answer *answer, struct buf *to, const char *line,
         size_t len)
{
    if (buf_add(to, line, len) == 0)
        return 0;
    answer->is_head_over = true;
    return -1;
}

/* curl's: one line of a head, or of the trailers after a body. */
static size_t
on_header(char *line, size_t size, size_t count, void *cookie)
{
    struct fetch_answer *answer = cookie;
    size_t len = size * count;
    bool is_empty = len <= 2 && (line[0] == '\r' || line[0] == '\n');

    if (answer->first_at.ns == 0)
        answer->first_at = clock_mono();
    answer->head_bytes += len;
    if (answer->head_bytes > answer->opts->header_max) {
        answer->is_head_over = true;
        return 0;
    }
    if (answer->is_head_whole && answer->status >= 200)
        return is_empty || add_line(answer, &answer->trailers, line, len) == 0
                   ? len
                   : 0;
    if (answer->is_head_whole) {
        buf_reset(&answer->head); /* an interim one */
        answer->is_head_whole = false;
    }
    if (answer->head.len == 0)
        answer->status = status_of(line, len);
    if (add_line(answer, &answer->head, line, len) != 0)
        return 0;
    answer->is_head_whole = is_empty;
    return !is_empty || is_decodable(answer) ? len : 0;
}

/* curl's: a piece of the body, decoded. */
static size_t
on_body(char *data, size_t size, size_t count, void *cookie)
{
    struct fetch_answer *answer = cookie;
    size_t len = size * count;
    size_t room = answer->opts->body_max - answer->body.len;

    if (len > room) {
        answer->is_body_over = true;
        buf_add(&answer->body, data, room);
        return 0;
    }
    return buf_add(&answer->body, data, len) == 0 ? len : 0;
}

void
fetch_answer_open(struct fetch_answer *answer, const struct fetch_opts *opts)
{
    answer->opts = opts;
    buf_init(&answer->head, answer->opts->header_max);
    buf_init(&answer->trailers, answer->opts->header_max);
    buf_init(&answer->body, answer->opts->body_max);
}

void
fetch_answer_close(struct fetch_answer *answer)
{
    buf_free(&answer->head);
    buf_free(&answer->trailers);
    buf_free(&answer->body);
}

void
fetch_answer_set(struct fetch_answer *answer, void *easy)
{
    bool is_asked = answer->opts->flags & FETCH_COMPRESSED;

    answer->easy = easy;
    /* "" is every coding that this curl knows. */
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, is_asked ? "" : NULL);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, answer);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, answer);
}

void
fetch_answer_reset(struct fetch_answer *answer)
{
    buf_reset(&answer->head);
    buf_reset(&answer->trailers);
    buf_reset(&answer->body);
    answer->first_at.ns = 0;
    answer->status = 0;
    answer->is_head_whole = false;
    curl_easy_setopt(answer->easy, CURLOPT_NOPROGRESS, 1L);
}
