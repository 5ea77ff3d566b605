#include "controller/notify/webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/digest.h"
#include "base/fetch.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/units.h"
#include "controller/page.h"

#define BODY_MAX      (20u << 10)     /* bytes; the standard's advice */
#define TIMEOUT_NS    (10 * NS_PER_S) /* of a page */
#define RETRY_MIN_S   1
#define RETRY_MAX_S   900
#define HEADER_MAX    256 /* bytes of one request header */
#define ANSWER_MAX    4096
#define SECRET_PREFIX "whsec_"

struct webhook {
    struct call *call;
    struct loop *loop;
    struct loop_timer *timer; /* a call that could not even start */
    channel_done_fn *done;
    void *cookie;
};

static const char *
event_type(enum page_edge edge)
{
    switch (edge) {
    case PAGE_OPENED:
        return "incident.triggered";
    case PAGE_ESCALATED:
        return "incident.escalated";
    case PAGE_RESOLVED:
        return "incident.resolved";
    }
    return "incident.unknown";
}

/* {"trace": "https://..."}; absent when the check has none. */
static void
add_links(struct json *j, const char *links)
{
    struct page_link link;

    if (links == NULL)
        return;
    json_obj(j, "links");
    while (page_next_link(&links, &link)) {
        char *name = str_xndup(link.name, link.name_len);

        json_strn(j, name, link.url, link.url_len);
        free(name);
    }
    json_end(j);
}

int
webhook_format(struct buf *out, const struct page *page)
{
    char at[UNITS_TEXT_MAX], id[ID_TEXT_MAX];
    struct buf title;
    buf_init(&title, BODY_MAX);
    page_title(&title, page);
    bool over = page->edge == PAGE_RESOLVED;
    struct json j = json_begin(out);
    json_obj(&j, NULL);
    json_str(&j, "type", event_type(page->edge));
    json_str(&j, "timestamp",
             units_format_time(at, over ? page->resolved : page->opened));
    json_obj(&j, "data");
    json_str(&j, "id", id_format(id, &page->incident));
    json_str(&j, "title", buf_text(&title));
    json_str(&j, "severity", page->severity);
    json_str(&j, "check", page->check);
    json_str(&j, "rule", page->rule);
    json_str(&j, "target", page->target);
    json_str(&j, "state", over ? "resolved" : "open");
    if (over)
        json_obj(&j, "was");
    json_str(&j, "verdict", page->verdict);
    json_str(&j, "reason", page->reason);
    json_str(&j, "message", page->message);
    if (over)
        json_end(&j);
    json_str(&j, "regions", page->regions);
    if (page->ended != NULL)
        json_str(&j, "ended", page->ended);
    json_str(&j, "began_at", units_format_time(at, page_began(page)));
    json_str(&j, "opened_at", units_format_time(at, page->opened));
    json_str(&j, "resolved_at",
             page->resolved.ms ? units_format_time(at, page->resolved) : NULL);
    json_int(&j, "step", page->step);
    json_str(&j, "runbook", page->runbook);
    json_str(&j, "link", page->link);
    add_links(&j, page->links);
    json_end(&j);
    json_end(&j);
    buf_free(&title);
    return out->failed ? -1 : 0;
}

int
webhook_sign(struct buf *out, const char *secret, const char *id,
             const char *timestamp, const struct buf *body)
{
    size_t key_len = strlen(secret);
    uint8_t *key = NULL;
    if (str_starts(secret, SECRET_PREFIX)) {
        key = str_unbase64(secret + strlen(SECRET_PREFIX), &key_len);
        if (key == NULL)
            return -1;
    }
    struct buf signed_text;
    buf_init(&signed_text, BODY_MAX + HEADER_MAX);
    buf_addf(&signed_text, "%s.%s.", id, timestamp);
    buf_add(&signed_text, body->data, body->len);
    uint8_t mac[DIGEST_SHA256_BYTES];
    digest_hmac_sha256(mac, key != NULL ? (const void *)key : secret, key_len,
                       signed_text.data, signed_text.len);
    char *text = str_base64(mac, sizeof mac);
    buf_addf(out, "v1,%s", text);
    free(text);
    buf_free(&signed_text);
    if (key != NULL)
        explicit_bzero(key, key_len);
    free(key);
    return 0;
}

int64_t
webhook_retry_after_ns(const char *value, wall_t now)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    int64_t s = 0;
    int day, year, h, m, sec, month = 0;
    char name[4];
    if (value == NULL)
        return 0;
    if (str_parse_i64(value, &s) != 0) {
        /* Widths bound every number. NOLINTNEXTLINE(cert-err34-c) */
        if (sscanf(value, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &day, name,
                   &year, &h, &m, &sec) != 6)
            return 0;
        while (month < 12 && !str_eq(months[month], name))
            month++;
        if (month == 12)
            return 0;
        int64_t of_day = ((h * 60LL + m) * 60 + sec) * MS_PER_S;
        s = (units_wall(year, month + 1, day, of_day).ms - now.ms) / MS_PER_S;
    }
    s = s < RETRY_MIN_S ? RETRY_MIN_S : s;
    return (s > RETRY_MAX_S ? RETRY_MAX_S : s) * NS_PER_S;
}

/* ---- the attempt ---- */

static int64_t
asked_to_wait_ns(const struct fetch_result *r, wall_t now)
{
    size_t at = 0, len = 0;
    const char *value =
        fetch_header(r->headers, r->headers_len, "retry-after", &at, &len);
    if (value == NULL)
        return 0;
    char *text = str_xndup(value, len);
    int64_t ns = webhook_retry_after_ns(text, now);
    free(text);
    return ns;
}

static enum channel_outcome
outcome_of(const struct fetch_result *r)
{
    if (r->phase != FETCH_AT_DONE)
        return CHANNEL_LATER;
    if (r->status >= 200 && r->status < 300)
        return CHANNEL_ACCEPTED;
    if (r->status == 408 || r->status == 425 || r->status == 429 ||
        r->status >= 500)
        return CHANNEL_LATER;
    return CHANNEL_REFUSED;
}

static void
on_answer(void *cookie, const struct fetch_result *r)
{
    struct webhook *webhook = cookie;
    struct webhook w = *webhook;
    char detail[256];
    free(webhook);
    if (r->phase != FETCH_AT_DONE)
        snprintf(detail, sizeof detail, "%s", r->detail);
    else
        snprintf(detail, sizeof detail, "answered %d", r->status);
    w.done(w.cookie, outcome_of(r), detail,
           asked_to_wait_ns(r, loop_wall(w.loop)));
}

static void
on_no_start(void *cookie)
{
    struct webhook *webhook = cookie;
    struct webhook w = *webhook;
    free(webhook);
    w.done(w.cookie, CHANNEL_LATER, "no request could be started here", 0);
}

static void
on_bad_secret(void *cookie)
{
    struct webhook *webhook = cookie;
    struct webhook w = *webhook;
    free(webhook);
    w.done(w.cookie, CHANNEL_REFUSED,
           "the secret is not whsec_ followed by base64", 0);
}

static int
post(struct webhook *webhook, const struct channel_ports *ports,
     const char *url, const char *const *headers, const struct buf *body)
{
    struct fetch_opts opts = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .body = body->data,
        .body_len = body->len,
        .timeout_ns = TIMEOUT_NS,
        .body_max = ANSWER_MAX,
        .flags = FETCH_REUSE,
    };
    webhook->call = call_start(ports->net, &opts, on_answer, webhook);
    return webhook->call == NULL ? -1 : 0;
}

struct webhook *
webhook_start(const struct channel_ports *ports, const char *url,
              const char *secret, const struct page *page,
              channel_done_fn *done, void *cookie)
{
    struct webhook *webhook = str_xcalloc(1, sizeof *webhook);
    char hex[ID_TEXT_MAX], id_line[HEADER_MAX], time_line[HEADER_MAX];
    struct buf body, sign;
    *webhook =
        (struct webhook){.loop = ports->loop, .done = done, .cookie = cookie};
    buf_init(&body, BODY_MAX);
    buf_init(&sign, HEADER_MAX);
    webhook_format(&body, page);
    snprintf(id_line, sizeof id_line, "webhook-id: msg_%s",
             id_format(hex, &page->id));
    snprintf(time_line, sizeof time_line, "webhook-timestamp: %lld",
             (long long)(loop_wall(ports->loop).ms / MS_PER_S));
    buf_add_str(&sign, "webhook-signature: ");
    int bad =
        secret == NULL
            ? 0
            : webhook_sign(&sign, secret, id_line + strlen("webhook-id: "),
                           time_line + strlen("webhook-timestamp: "), &body);
    const char *headers[] = {"Content-Type: application/json", id_line,
                             time_line, secret ? buf_text(&sign) : NULL, NULL};
    if (bad != 0)
        webhook->timer =
            loop_timer_start(ports->loop, 0, on_bad_secret, webhook);
    else if (post(webhook, ports, url, headers, &body) != 0)
        webhook->timer = loop_timer_start(ports->loop, 0, on_no_start, webhook);
    buf_free(&body);
    buf_free(&sign);
    return webhook;
}

void
webhook_cancel(struct webhook *webhook)
{
    if (webhook == NULL)
        return;
    loop_timer_cancel(webhook->timer);
    call_cancel(webhook->call);
    free(webhook);
}
