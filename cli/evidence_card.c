/*
 * Rows of a label and a text; a text of several lines goes on below itself.
 * What came from a stranger loses its control characters here: a terminal
 * obeys them.
 */
#include "cli/evidence_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonpath.h"
#include "base/str.h"
#include "checks/lookup.h"
#include "checks/spec.h"
#include "cli/curl_line.h"
#include "cli/paint.h"
#include "wire/result.h"

#define INDENT      11
#define LABEL       10
#define HEAD_LINES  8
#define BODY_LINES  6
#define CHAIN_MAX   8
#define HOPS_MAX    25
#define DNS_MAX     16 /* servers */
#define RECORDS_MAX 16 /* of each */
#define WIDTH_MIN   40
#define WIDTH       100 /* when it is no terminal */
#define ITEM_PATH   64
#define DELETE      0x7f

#define LINE_MAX_BYTES 1024

struct card {
    struct buf *out;
    const struct paint *paint;
    struct jsonpath_doc *doc;
    size_t width; /* of a text */
};

static void
begin_row(const struct card *card, const char *label)
{
    char padded[LABEL + 1];

    (void)snprintf(padded, sizeof(padded), "%-*s", LABEL, label);
    (void)buf_addf(card->out, "%*s", INDENT, "");
    paint_add(card->out, card->paint, PAINT_DIM, padded);
}

/* One line of at most the width, made of one character a byte or its dots. */
static void
add_line(const struct card *card, const char *text, size_t len)
{
    size_t shown = len < card->width ? len : card->width;

    /* A character of UTF-8 stays whole. */
    while (shown < len && shown > 0 &&
           ((unsigned char)text[shown] & 0xc0) == 0x80)
        shown--;
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)text[i];
        char seen = text[i];

        if (c < ' ' || c == DELETE)
            seen = '.';
        (void)buf_add_char(card->out, seen);
    }
    (void)buf_add_str(card->out, shown < len ? "...\n" : "\n");
}

static void
add_lines(const struct card *card, const char *label, const char *text,
          int lines)
{
    for (int i = 0; *text != '\0' && i < lines; i++) {
        size_t len = strcspn(text, "\n");
        size_t shown = len > 0 && text[len - 1] == '\r' ? len - 1 : len;

        begin_row(card, i == 0 ? label : "");
        add_line(card, text, shown);
        text += len + (text[len] == '\n' ? 1 : 0);
    }
    if (*text != '\0') {
        begin_row(card, "");
        paint_add(card->out, card->paint, PAINT_DIM, "(more: --json)");
        (void)buf_add_char(card->out, '\n');
    }
}

static const char *
get(const struct card *card, const char *path)
{
    return jsonpath_text(card->doc, path);
}

/* A member of the i-th of a list, "$.LIST[i].KEY". */
static const char *
item(const struct card *card, const char *list, int i, const char *key)
{
    char path[ITEM_PATH];

    (void)snprintf(path, sizeof(path), "$.%s[%d].%s", list, i, key);
    return get(card, path);
}

/* ---- what was asked, what came ---- */

static char *
hop_line(const struct card *card, int i, const char *url)
{
    char *status = str_xdup(item(card, "hops", i, "status"));
    bool has_ip = item(card, "hops", i, "ip")[0] != '\0';
    char *line =
        str_eq(status, "0")
            ? str_xprintf("%s %s", has_ip ? "no answer" : "not asked", url)
            : str_xprintf("%s (%s ms) %s", status,
                          item(card, "hops", i, "ms.total"), url);

    free(status);
    return line;
}

static void
add_hops(const struct card *card)
{
    for (int i = 0; i < HOPS_MAX; i++) {
        char *line;
        char *url = str_xdup(item(card, "hops", i, "url"));

        if (url[0] != '\0') {
            line = hop_line(card, i, url);
            add_lines(card, i == 0 ? "hops" : "", line, 1);
            free(line);
        }
        free(url);
    }
}

/* Some requests end here, before anybody hears of them. */
static bool
is_sent(const struct card *card, enum reason reason)
{
    const char *name = reason_name(reason);

    return name == NULL || get(card, "$.address")[0] != '\0' ||
           !(str_starts(name, "local.") || str_starts(name, "save.") ||
             str_starts(name, "policy.") || str_starts(name, "dns."));
}

/* "192.0.2.7 (tried), 169.254.0.1 (blocked)"; false: there is none there. */
static bool
add_address(const struct card *card, struct buf *line, int lookup, int i)
{
    char key[ITEM_PATH / 2];
    const char *ip;

    (void)snprintf(key, sizeof(key), "addresses[%d].ip", i);
    ip = item(card, "resolved", lookup, key);
    if (ip[0] == '\0')
        return false;
    (void)buf_addf(line, "%s%s", i > 0 ? ", " : "", ip);
    (void)snprintf(key, sizeof(key), "addresses[%d].blocked", i);
    if (str_eq(item(card, "resolved", lookup, key), "true"))
        (void)buf_add_str(line, " (blocked)");
    (void)snprintf(key, sizeof(key), "addresses[%d].tried", i);
    if (str_eq(item(card, "resolved", lookup, key), "true"))
        (void)buf_add_str(line, " (tried)");
    return true;
}

/* What the name is, of which `address` is one; or why nobody looked it up. */
static void
add_resolved(const struct card *card, const struct spec *spec)
{
    for (int i = 0; i < LOOKUPS_MAX; i++) {
        const char *host = item(card, "resolved", i, "host");
        int64_t count = 0;
        int listed = 0;
        struct buf line;

        if (host[0] == '\0')
            continue;
        (void)str_parse_i64(item(card, "resolved", i, "count"), &count);
        buf_init(&line, LINE_MAX_BYTES);
        (void)buf_addf(&line, "%s: ", host);
        while (add_address(card, &line, i, listed))
            listed++;
        if (listed == 0)
            (void)buf_add_str(&line, "no address");
        else if (count > listed)
            (void)buf_addf(&line, ", %lld more", (long long)count - listed);
        add_lines(card, i == 0 ? "resolved" : "", buf_text(&line), 1);
        buf_free(&line);
    }
    if (spec->net.resolve != NULL)
        add_lines(card, "resolved", "not looked up: `resolve` says where", 1);
}

static void
add_asked(const struct card *card, const struct spec *spec, enum reason reason)
{
    char *method = str_xdup(get(card, "$.request.method"));
    char *line = str_xprintf("%s %s", method, get(card, "$.request.url"));

    if (method[0] != '\0' && is_sent(card, reason))
        add_lines(card, "asked", line, 1);
    free(line);
    free(method);
    add_hops(card);
    add_resolved(card, spec);
    if (spec->net.proxy != NULL) /* whose address it is */
        add_lines(card, "through", spec->net.proxy, 1);
    else
        add_lines(card, "address", get(card, "$.address"), 1);
}

static void
add_match(const struct card *card)
{
    char *at = str_xdup(get(card, "$.response.match.at"));
    char *line =
        str_xprintf("at byte %s: %s", at, get(card, "$.response.match.about"));

    if (at[0] != '\0')
        add_lines(card, "found", line, BODY_LINES);
    free(line);
    free(at);
}

static void
add_answer(const struct card *card)
{
    add_lines(card, "answer", get(card, "$.response.head"), HEAD_LINES);
    add_lines(card, "body", get(card, "$.response.body"), BODY_LINES);
    add_match(card);
    add_lines(card, "banner", get(card, "$.banner"), BODY_LINES);
}

/* ---- certificates and names ---- */

static void
add_chain(const struct card *card)
{
    add_lines(card, "faults", get(card, "$.tls_faults"), 1);
    for (int i = 0; i < CHAIN_MAX; i++) {
        char *subject = str_xdup(item(card, "chain", i, "subject"));
        char *issuer = str_xdup(item(card, "chain", i, "issuer"));
        char *line = str_xprintf("%s, by %s, until %.10s", subject, issuer,
                                 item(card, "chain", i, "not_after"));

        if (issuer[0] != '\0')
            add_lines(card, i == 0 ? "chain" : "", line, 1);
        free(line);
        free(issuer);
        free(subject);
    }
}

/* The i-th server's member KEY. */
static const char *
of_server(const struct card *card, int i, const char *key)
{
    return item(card, "dns.servers", i, key);
}

/* "MX 10 mx.example", the i-th record; false: it is no answer. */
static bool
add_data(const struct card *card, int server, int i, struct buf *line)
{
    char key[ITEM_PATH / 2];

    (void)snprintf(key, sizeof(key), "records[%d].section", i);
    if (!str_eq(of_server(card, server, key), "answer"))
        return false;
    (void)snprintf(key, sizeof(key), "records[%d].type", i);
    (void)buf_addf(line, "%s ", of_server(card, server, key));
    (void)snprintf(key, sizeof(key), "records[%d].data", i);
    (void)buf_add_str(line, of_server(card, server, key));
    return true;
}

/* What it answered: behind its name, or, where that is too long, below it. */
static void
add_server(const struct card *card, const char *label, int server,
           struct buf *head)
{
    struct buf all;
    struct buf one;
    int shown = 0;

    buf_init(&all, LINE_MAX_BYTES);
    buf_init(&one, LINE_MAX_BYTES);
    (void)buf_add_str(&all, buf_text(head));
    for (int i = 0; i < RECORDS_MAX; i++) {
        buf_reset(&one);
        if (add_data(card, server, i, &one))
            (void)buf_addf(&all, "%s%s", shown++ > 0 ? ", " : ": ",
                           buf_text(&one));
    }
    if (all.len <= card->width && !all.failed) {
        add_lines(card, label, buf_text(&all), 1);
        shown = 0;
    } else {
        add_lines(card, label, buf_text(head), 1);
    }
    for (int i = 0; i < RECORDS_MAX && shown > 0; i++) {
        buf_reset(&one);
        (void)buf_add_str(&one, "  ");
        if (add_data(card, server, i, &one))
            add_lines(card, "", buf_text(&one), 1);
    }
    buf_free(&all);
    buf_free(&one);
}

/* A line a server: where they differ, one below the other shows it. */
static void
add_dns(const struct card *card)
{
    /* One alone that failed has been named above. */
    if (of_server(card, 0, "reason")[0] != '\0' &&
        of_server(card, 1, "server")[0] == '\0')
        return;
    for (int i = 0; i < DNS_MAX; i++) {
        const char *server = of_server(card, i, "server");
        struct buf head;

        if (server[0] == '\0')
            return;
        buf_init(&head, LINE_MAX_BYTES);
        (void)buf_add_str(&head, server);
        if (of_server(card, i, "rcode")[0] != '\0')
            (void)buf_addf(&head, " %s", of_server(card, i, "rcode"));
        if (of_server(card, i, "reason")[0] != '\0')
            (void)buf_addf(&head, " %s", of_server(card, i, "reason"));
        add_server(card, i == 0 ? "answers" : "", i, &head);
        buf_free(&head);
    }
}

/* ---- all of it ---- */

/* Of a token that was not given, the request for it. */
static void
add_repeat(const struct card *card, const struct spec *spec,
           const struct result_step *step, enum reason reason)
{
    struct curl_line again =
        curl_line_of(spec, step != NULL ? step->name : NULL);
    struct buf line;

    if (again.request == NULL)
        return;
    buf_init(&line, card->out->max);
    if (reason == REASON_AUTH_FAILED &&
        again.request->auth.type == SPEC_AUTH_OAUTH2)
        curl_line_add_token(&line, spec, &again);
    else
        curl_line_add(&line, spec, &again);
    begin_row(card, "again");
    (void)buf_addf(card->out, "%s\n", buf_text(&line));
    buf_free(&line);
}

void
evidence_card(struct buf *out, const struct paint *paint,
              const struct spec *spec, const struct result *result)
{
    char why[200];
    const struct result_step *step = result_step_ended(result);
    int columns = paint->width - INDENT - LABEL - 3;
    struct card card = {
        .out = out,
        .paint = paint,
        .width = columns < WIDTH_MIN ? WIDTH : (size_t)columns,
    };

    if (result->evidence == NULL)
        return;
    card.doc = jsonpath_doc(result->evidence, strlen(result->evidence), why,
                            sizeof(why));
    if (card.doc == NULL)
        return;
    if (step != NULL)
        add_lines(&card, "step", step->name, 1);
    add_lines(&card, "expected", get(&card, "$.expected"), 2);
    add_lines(&card, "unwanted", get(&card, "$.unwanted"), 2);
    add_asked(&card, spec, result->reason);
    add_answer(&card);
    if (spec->kind == SPEC_TLS || spec->kind == SPEC_TCP ||
        str_starts(reason_name(result->reason), "tls."))
        add_chain(&card);
    add_dns(&card);
    if (is_sent(&card, result->reason))
        add_repeat(&card, spec, step, result->reason);
    jsonpath_doc_free(card.doc);
}
