/*
 * httpd_request.c - what a request says, and how a reply is written down.
 *
 * The head is cut up in place, in a copy of its own.  A path is decoded once;
 * a %00 or a broken % makes the request bad, so that no router sees a path that
 * ends early.  A query keeps its encoding until a parameter is asked for.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/httpd_framing.h"
#include "base/httpd_priv.h"
#include "base/str.h"

#define HEADERS_MAX 16384 /* bytes of header lines that a reply may set */

static const char *const methods[] = {"GET",    "HEAD",  "POST",   "PUT",
                                      "DELETE", "PATCH", "OPTIONS"};

static const struct {
    int status;
    const char *text;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

/* `text` percent-decoded in place; -1: broken, or a NUL byte. */
static int
decode(char *text, bool is_form)
{
    char *to = text;

    for (; *text != '\0'; text++) {
        char c = *text;

        if (is_form && c == '+') {
            c = ' ';
        } else if (c == '%') {
            char hex[3] = {text[1]};
            uint8_t byte = 0;
            if (hex[0] != '\0')
                hex[1] = text[2];
            if (str_unhex(&byte, 1, hex) != 0 || byte == 0)
                return -1;
            memcpy(&c, &byte, 1);
            text += 2;
        }
        *to++ = c;
    }
    *to = '\0';
    return 0;
}

/* The path of an absolute target "http://host/path"; NULL: it is none. */
static char *
skip_authority(char *target)
{
    char *at;

    if (strncasecmp(target, "http://", 7) == 0)
        at = target + 7;
    else if (strncasecmp(target, "https://", 8) == 0)
        at = target + 8;
    else
        return NULL;
    return strchr(at, '/');
}

static int
cut_target(struct httpd_request *request, char *target)
{
    char *query;

    if (target[0] != '/' &&
        !(str_eq(target, "*") && str_eq(request->method, "OPTIONS"))) {
        target = skip_authority(target);
        if (target == NULL)
            return -1;
    }
    query = strchr(target, '?');
    request->query = "";
    if (query != NULL) {
        *query = '\0';
        request->query = query + 1;
    }
    request->path = target;
    return decode(target, false);
}

static void
cut_field(struct httpd_request *request, char *line)
{
    char *value = strchr(line, ':');
    size_t len;

    assert(value != NULL && request->field_count < HTTPD_FIELDS_MAX);
    *value++ = '\0';
    value += strspn(value, " \t");
    len = strlen(value);
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        value[--len] = '\0';
    request->fields[request->field_count].name = line;
    request->fields[request->field_count].value = value;
    request->field_count++;
}

/* The head's lines; the status to refuse by, or 0. */
static int
cut_head(struct httpd_request *request)
{
    char *line = request->head;
    char *end = strstr(line, "\r\n");
    char *target;
    size_t i;

    assert(end != NULL);
    *end = '\0';
    target = strchr(line, ' ');
    *target++ = '\0';
    *strchr(target, ' ') = '\0';
    for (i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (str_eq(line, methods[i]))
            request->method = methods[i];
    }
    if (request->method == NULL)
        return 501;
    if (cut_target(request, target) != 0)
        return 400;
    for (line = end + 2; (end = strstr(line, "\r\n")) != NULL; line = end + 2) {
        *end = '\0';
        cut_field(request, line);
    }
    return 0;
}

struct httpd_request *
httpd_request_create(const struct httpd_framing *framing, int *status)
{
    struct httpd_request *request = str_xcalloc(1, sizeof *request);

    assert(framing->state == HTTPD_FRAMING_WHOLE);
    buf_init(&request->headers, HEADERS_MAX);
    request->head = str_xndup(buf_text(&framing->head), framing->head.len);
    *status = cut_head(request);
    if (*status != 0) {
        httpd_request_free(request);
        return NULL;
    }
    request->body = buf_text(&framing->body);
    request->body_len = framing->body.len;
    return request;
}

void
httpd_request_free(struct httpd_request *request)
{
    size_t i;

    if (request == NULL)
        return;
    for (i = 0; i < request->kept_count; i++)
        free(request->kept[i]);
    buf_free(&request->headers);
    free(request->head);
    free(request);
}

const char *
httpd_method(const struct httpd_request *request)
{
    return request->method;
}

const char *
httpd_path(const struct httpd_request *request)
{
    return request->path;
}

const char *
httpd_header(const struct httpd_request *request, const char *name)
{
    size_t i;

    for (i = 0; i < request->field_count; i++) {
        if (strcasecmp(request->fields[i].name, name) == 0)
            return request->fields[i].value;
    }
    return NULL;
}

const void *
httpd_body(struct httpd_request *request, size_t *len)
{
    *len = request->body_len;
    return request->body;
}

const struct addr *
httpd_remote(const struct httpd_request *request)
{
    return request->remote;
}

const struct httpd_peer *
httpd_peer(const struct httpd_request *request)
{
    return request->peer;
}

/* `len` bytes as a text that lives as long as the request; NULL: too many. */
static char *
keep(struct httpd_request *request, const char *from, size_t len)
{
    char *text;

    if (request->kept_count == HTTPD_KEPT_MAX)
        return NULL;
    text = str_xndup(from, len);
    request->kept[request->kept_count++] = text;
    return text;
}

/* Of "a=1<sep>b=2" the value of `name`, undecoded; NULL: it is not there. */
static const char *
find_pair(const char *pairs, const char *sep, const char *name, size_t *len)
{
    size_t name_len = strlen(name);

    while (*pairs != '\0') {
        size_t n;

        pairs += strspn(pairs, " ");
        n = strcspn(pairs, sep);
        if (n > name_len && pairs[name_len] == '=' &&
            strncmp(pairs, name, name_len) == 0) {
            *len = n - name_len - 1;
            return pairs + name_len + 1;
        }
        if (n == name_len && strncmp(pairs, name, n) == 0) {
            *len = 0;
            return pairs + n;
        }
        pairs += n;
        pairs += strspn(pairs, sep);
    }
    return NULL;
}

const char *
httpd_query(struct httpd_request *request, const char *name)
{
    size_t len = 0;
    const char *value = find_pair(request->query, "&", name, &len);
    char *text = value ? keep(request, value, len) : NULL;

    return text != NULL && decode(text, true) == 0 ? text : NULL;
}

/* `text` decoded in place, whatever it is. */
static void
decode_words(char *text)
{
    char *to = text;

    for (; *text != '\0'; text++) {
        char hex[3] = "";
        uint8_t byte = 0;

        if (text[0] == '%' && text[1] != '\0')
            memcpy(hex, text + 1, 2);
        if (hex[0] != '\0' && str_unhex(&byte, 1, hex) == 0) {
            *to++ = (char)(byte != 0 ? byte : ' ');
            text += 2;
        } else {
            *to++ = (char)(*text == '+' ? ' ' : *text);
        }
    }
    *to = '\0';
}

const char *
httpd_query_words(struct httpd_request *request, const char *name)
{
    size_t len = 0;
    const char *value = find_pair(request->query, "&", name, &len);
    char *text = value ? keep(request, value, len) : NULL;

    if (text != NULL)
        decode_words(text);
    return text;
}

const char *
httpd_form(struct httpd_request *request, const char *name)
{
    static const char type[] = "application/x-www-form-urlencoded";
    const char *given = httpd_header(request, "content-type");
    size_t len = 0;
    const char *value;
    char *text;

    if (given == NULL || strncasecmp(given, type, sizeof type - 1) != 0)
        return NULL;
    if (request->form == NULL && request->body_len > 0)
        request->form = keep(request, request->body, request->body_len);
    value = request->form ? find_pair(request->form, "&", name, &len) : NULL;
    text = value ? keep(request, value, len) : NULL;
    return text != NULL && decode(text, true) == 0 ? text : NULL;
}

const char *
httpd_cookie(struct httpd_request *request, const char *name)
{
    const char *cookies = httpd_header(request, "cookie");
    size_t len = 0;
    const char *value = cookies ? find_pair(cookies, ";", name, &len) : NULL;

    return value ? keep(request, value, len) : NULL;
}

void
httpd_on_close(struct httpd_request *request, httpd_close_fn *fn, void *cookie)
{
    request->on_close = fn;
    request->close_cookie = cookie;
}

void
httpd_set_header(struct httpd_request *request, const char *name,
                 const char *value)
{
    /* A line break in a value would let it write headers of its own. */
    if (strpbrk(value, "\r\n") == NULL)
        buf_addf(&request->headers, "%s: %s\r\n", name, value);
}

static const char *
reason_of(int status)
{
    size_t i;

    for (i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status)
            return reasons[i].text;
    }
    return "Status";
}

/* IMF-fixdate, RFC 9110 5.6.7: never in the locale's words. */
static void
add_date(struct buf *to, wall_t now)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t seconds = (time_t)(now.ms / MS_PER_S);
    struct tm tm;

    if (gmtime_r(&seconds, &tm) == NULL)
        return;
    buf_addf(to, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
             days + tm.tm_wday * 3L, tm.tm_mday, months + tm.tm_mon * 3L,
             tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

int
httpd_request_format(const struct httpd_request *request,
                     const struct httpd_answer *answer, struct buf *to)
{
    bool is_bare = answer->status == 204 || answer->status == 304;
    bool is_head = request != NULL && str_eq(request->method, "HEAD");

    buf_addf(to, "HTTP/1.1 %d %s\r\n", answer->status,
             reason_of(answer->status));
    add_date(to, answer->now);
    if (answer->type != NULL && !is_bare)
        buf_addf(to, "Content-Type: %s\r\n", answer->type);
    if (!is_bare)
        buf_addf(to, "Content-Length: %zu\r\n", answer->len);
    if (request != NULL)
        buf_add(to, request->headers.data, request->headers.len);
    if (answer->is_last)
        buf_add_str(to, "Connection: close\r\n");
    buf_add_str(to, "\r\n");
    if (!is_bare && !is_head)
        buf_add(to, answer->body, answer->len);
    return to->failed ? -1 : 0;
}
