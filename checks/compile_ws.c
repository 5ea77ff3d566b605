/*
 * What a ws check has of its own: an address, what is offered and said there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/str.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/compile_meet.h"
#include "checks/merge.h"
#include "checks/spec.h"
#include "checks/url.h"

#define OFFER_MAX 1000 /* bytes of all subprotocols */

/* The same address of http, where all the rules of one are; NULL: it is no
 * ws address. */
static char *
as_http(const char *target)
{
    if (str_starts(target, "ws://") || str_starts(target, "wss://"))
        return str_xprintf("http%s", target + 2);
    return NULL;
}

static void
add_fault(struct compile_job *job, struct aim_fault fault)
{
    /* Its place in the longer text. */
    if (fault.offset >= 2)
        fault.offset -= 2;
    compile_aim_fault(job, job->merge->value[SPEC_KEY_WS].from, &fault);
}

static void
set_target(struct spec_ws *ws, const char *url)
{
    const char *authority = strstr(url, "://") + 3;
    size_t len = strcspn(authority, "/?#");
    const char *path = authority + len;
    size_t path_len = strcspn(path, "#");
    char origin[URL_ORIGIN_MAX];
    struct url at;

    if (url_parse(&at, url) != 0)
        return;
    ws->at.host = str_xdup(at.host);
    ws->at.port = at.port;
    ws->at.is_secured = ws->at.has_tls = at.is_https;
    ws->origin = str_xdup(url_format_origin(origin, &at));
    ws->authority = str_xndup(authority, len);
    ws->path =
        str_xprintf("%s%.*s", path[0] == '/' ? "" : "/", (int)path_len, path);
}

static void
compile_target(struct compile_job *job)
{
    const struct conf *from = job->merge->value[SPEC_KEY_WS].from;
    char *url = as_http(job->spec->target);
    struct aim_fault fault;

    if (!url)
        compile_wrong(job, from->value, "write \"wss://HOST/PATH\"",
                      "an address of a WebSocket begins with ws:// or wss://");
    else if (aim_parse_url(url, &fault) != 0)
        add_fault(job, fault);
    else
        set_target(&job->spec->of.ws, url);
    free(url);
}

/* RFC 7230's token. */
static bool
is_token(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!str_is_alpha((unsigned char)*c) &&
            !str_is_digit((unsigned char)*c) && !strchr("!#$%&'*+-.^_`|~", *c))
            return false;
    return text[0] != '\0';
}

static void
compile_offer(struct compile_job *job)
{
    struct spec_list names = {NULL, 0};
    struct buf out;

    compile_list(job, SPEC_KEY_SUBPROTOCOL, &names);
    buf_init(&out, OFFER_MAX);
    for (size_t i = 0; i < names.count; i++) {
        if (!is_token(names.item[i]))
            compile_wrong(job, compile_pos(job, SPEC_KEY_SUBPROTOCOL), NULL,
                          "`%s` is no name of a subprotocol", names.item[i]);
        (void)buf_addf(&out, "%s%s", i > 0 ? ", " : "", names.item[i]);
    }
    if (names.count > 0)
        job->spec->of.ws.subprotocol = str_xdup(buf_text(&out));
    buf_free(&out);
    spec_list_clear(&names);
}

static void
compile_messages(struct compile_job *job)
{
    const struct conf *from = job->merge->value[SPEC_KEY_MESSAGES].from;
    struct spec_fields *send = &job->spec->of.ws.send;
    struct spec_list texts = {NULL, 0};

    compile_list(job, SPEC_KEY_MESSAGES, &texts);
    send->item = str_xcalloc(texts.count + 1, sizeof(*send->item));
    for (size_t i = 0; i < texts.count; i++) {
        if (strlen(texts.item[i]) > SPEC_WS_SEND_MAX)
            compile_wrong(job, from->value, NULL,
                          "a message has at most %d bytes", SPEC_WS_SEND_MAX);
        send->item[send->count++] =
            (struct spec_field){.value = compile_template(job, texts.item[i])};
    }
    spec_list_clear(&texts);
}

static void
compile_dialogue(struct compile_job *job)
{
    const struct merge_value *talk = &job->merge->value[SPEC_KEY_TALK];
    const struct conf *messages = job->merge->value[SPEC_KEY_MESSAGES].from;

    if (!talk->from)
        return;
    if (messages)
        compile_wrong(job, messages->pos, "write each as a step of `talk`",
                      "`messages` are sent at once, and `talk` has an order");
    for (size_t i = 0; i < talk->step_count; i++) {
        const struct conf *secure = talk->step[i].value[SPEC_KEY_SECURE].from;

        if (secure)
            compile_wrong(job, secure->pos, "take it out",
                          "a WebSocket is inside TLS from its start, as wss://"
                          ", or never");
    }
    compile_talk(job);
}

/* What the upgrade itself says. */
static void
check_headers(struct compile_job *job)
{
    const struct conf *from = job->merge->value[SPEC_KEY_HEADERS].from;

    for (const struct conf *n = from ? from->first : NULL; n; n = n->next)
        if (str_eq_nocase(n->name, "upgrade") ||
            str_eq_nocase(n->name, "host") ||
            (strlen(n->name) > strlen("sec-websocket-") &&
             strncasecmp(n->name, "sec-websocket-", 14) == 0))
            compile_wrong(job, n->pos,
                          str_eq_nocase(n->name, "sec-websocket-protocol")
                              ? "write subprotocol = \"...\""
                              : "take it out",
                          "`%s` is set by Picket itself", n->name);
}

void
compile_ws(struct compile_job *job)
{
    compile_target(job);
    compile_offer(job);
    check_headers(job);
    compile_headers(job, &job->spec->of.ws.headers);
    compile_messages(job);
    compile_dialogue(job);
    compile_secured(job);
    if (job->spec->of.ws.at.host && !job->spec->of.ws.at.is_secured)
        compile_meet_clear(job, "write \"wss://HOST/PATH\"");
}
