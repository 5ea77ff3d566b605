#include "probe/join.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/conf.h"
#include "base/fetch.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/resolver.h"
#include "base/str.h"
#include "probe/identity.h"
#include "probe/invite.h"
#include "probe/refusal.h"
#include "wire/message.h"

#define STATE_DIR   "/var/lib/picket-probe"
#define TIMEOUT_NS  (30 * NS_PER_S)
#define MESSAGE_MAX (64u << 10)
#define WHY_MAX     512
#define SAID_MAX    300 /* bytes of what a refusal says */

struct join {
    struct loop *loop;
    struct call_net net;
    struct call *call;
    struct identity *identity;
    struct buf body;
    char *url;
    uint8_t pin[32];
    char *controller;
    char *state_dir;
    char *config;
    char *proxy;
    join_done_fn *done;
    void *cookie;
};

static void
free_join(struct join *join)
{
    fetcher_free(join->net.fetcher);
    resolver_free(join->net.resolver);
    identity_free(join->identity);
    buf_free(&join->body);
    free(join->url);
    free(join->controller);
    free(join->state_dir);
    free(join->config);
    free(join->proxy);
    free(join);
}

static void
add_setting(struct buf *text, const char *key, const char *value)
{
    (void)buf_addf(text, "  %s = ", key);
    conf_quote(text, value);
    (void)buf_add_str(text, ";\n");
}

static int
write_config(const struct join *join, const struct message_enroll_reply *reply,
             char *why, size_t cap)
{
    char *identity = file_join(join->state_dir, "identity");
    struct buf text;
    int rc;

    buf_init(&text, MESSAGE_MAX);
    (void)buf_add_str(&text, "# Written by `picket probe join`.\n"
                             "picket = 1;\n\nprobe = {\n");
    add_setting(&text, "name", reply->name);
    add_setting(&text, "region", reply->region);
    add_setting(&text, "controller", join->controller);
    add_setting(&text, "identity", identity);
    if (join->proxy != NULL)
        add_setting(&text, "proxy", join->proxy);
    (void)buf_add_str(&text, "  spool = { dir = ");
    conf_quote(&text, join->state_dir);
    (void)buf_add_str(&text, "; };\n};\n");
    errno = ENOMEM;
    rc = text.failed ? -1
                     : file_replace(join->config, text.data, text.len, 0644);
    if (rc != 0)
        (void)snprintf(why, cap, "%s: %s", join->config, strerror(errno));
    buf_free(&text);
    free(identity);
    return rc;
}

static int
take_reply(struct join *join, const struct message_enroll_reply *reply,
           char *why, size_t cap)
{
    if (identity_set(join->identity, reply->cert, reply->ca, why, cap) != 0)
        return -1;
    return write_config(join, reply, why, cap);
}

static void
describe(const struct fetch_result *result, char *why, size_t cap)
{
    char said[SAID_MAX];

    refusal_format(said, sizeof(said), result->body, result->body_len);
    if (result->error != FETCH_NONE)
        (void)snprintf(why, cap, "the controller cannot be reached: %s",
                       result->detail);
    else
        (void)snprintf(why, cap, "the controller refuses (%d): %s",
                       result->status, said);
}

static void
on_done(void *cookie, const struct fetch_result *result)
{
    struct join *join = cookie;
    struct message_enroll_reply *reply = NULL;
    struct join_result end = {0};
    char why[WHY_MAX] = "the answer is not an enrolment";

    join->call = NULL;
    if (result->error == FETCH_NONE && result->status == 200)
        reply = message_decode_enroll_reply(result->body, result->body_len);
    else
        describe(result, why, sizeof(why));
    if (reply == NULL || take_reply(join, reply, why, sizeof(why)) != 0) {
        end.why = why;
    } else {
        end.name = reply->name;
        end.region = reply->region;
    }
    join->done(join->cookie, &end);
    message_free(reply);
    free_join(join);
}

static int
start_call(struct join *join)
{
    static const char *const headers[] = {
        "Content-Type: application/x-protobuf", "Expect:", NULL};
    struct fetch_opts opts = {
        .method = "POST",
        .url = join->url,
        .headers = headers,
        .body = join->body.data,
        .body_len = join->body.len,
        .timeout_ns = TIMEOUT_NS,
        .flags = FETCH_HTTP1,
        .proxy = join->proxy,
        .tls_name = MESSAGE_SERVER_NAME,
        .ca_pin = join->pin,
    };
    struct fetcher_opts fetcher = {0};

    join->net.fetcher = fetcher_create(join->loop, &fetcher);
    join->net.resolver = resolver_create(join->loop, "system");
    if (join->net.fetcher != NULL && join->net.resolver != NULL)
        join->call = call_start(&join->net, &opts, on_done, join);
    return join->call == NULL ? -1 : 0;
}

static int
make_body(struct join *join, const struct invite *invite, const char *wish)
{
    const char *name = wish != NULL ? wish : invite->name;
    char *csr = identity_csr(join->identity, name[0] == '\0' ? "probe" : name);
    struct message_enroll message = {
        .token = invite->token, .name = name, .csr = csr};
    int rc = -1;

    buf_init(&join->body, MESSAGE_MAX);
    if (csr != NULL)
        rc = message_encode_enroll(&join->body, &message);
    free(csr);
    return rc;
}

/* The daemon that reads the configuration runs somewhere else. */
static void
make_absolute(char **path)
{
    char *whole = realpath(*path, NULL);

    if (whole == NULL)
        return;
    free(*path);
    *path = whole;
}

/* Joining twice would leave the first certificate's probe a ghost. */
static int
open_identity(struct join *join, char *why, size_t cap)
{
    char *dir = file_join(join->state_dir, "identity");

    join->identity = identity_open(dir, why, cap);
    free(dir);
    if (join->identity == NULL)
        return -1;
    make_absolute(&join->state_dir);
    if (access(join->config, F_OK) != 0)
        return 0;
    (void)snprintf(why, cap, "%s is there already; move it away to join anew",
                   join->config);
    return -1;
}

struct join *
join_start(const struct join_opts *opts, join_done_fn *done, void *cookie,
           char *why, size_t cap)
{
    struct join *join = str_xcalloc(1, sizeof(*join));
    const struct invite *invite = opts->invite;
    size_t len = strlen(invite->url);

    while (len > 0 && invite->url[len - 1] == '/')
        len--;
    join->loop = opts->loop;
    join->done = done;
    join->cookie = cookie;
    join->controller = str_xndup(invite->url, len);
    join->url = str_xprintf("%s/probe/v1/enroll", join->controller);
    join->state_dir =
        str_xdup(opts->state_dir != NULL ? opts->state_dir : STATE_DIR);
    join->config = str_xdup(opts->config);
    join->proxy = str_xdup(opts->proxy);
    memcpy(join->pin, invite->ca_sha256, sizeof(join->pin));
    if (open_identity(join, why, cap) == 0) {
        if (make_body(join, invite, opts->name) == 0 && start_call(join) == 0)
            return join;
        (void)snprintf(why, cap, "the enrolment could not be sent: %s",
                       strerror(errno));
    }
    free_join(join);
    return NULL;
}

void
join_cancel(struct join *join)
{
    if (join == NULL)
        return;
    call_cancel(join->call);
    free_join(join);
}
