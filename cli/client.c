/*
 * client.c - see client.h.
 *
 * One call at a time on a loop that runs for it alone.  What a refusal
 * says is what the person reads.
 */
#include "cli/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/fetch.h"
#include "base/file.h"
#include "base/jsonpath.h"
#include "base/loop.h"
#include "base/resolver.h"
#include "base/str.h"
#include "base/trust.h"
#include "cli/options.h"
#include "cli/state_dir.h"

#define WAIT_NS  (30 * NS_PER_S)
#define BODY_MAX (64u << 20) /* bytes of an answer */
#define FILE_MAX 65536       /* bytes of runtime.json or a key */
#define DIRS_MAX 16          /* controllers of this user that are looked at */
#define WHY_MAX  512

struct client {
    struct loop *loop;
    struct trust *trust;
    struct fetcher *fetcher;
    struct resolver *resolver;
    char *url;
    char *bearer; /* "Authorization: Bearer KEY", or NULL */
    char *place;  /* the folder it was found by, or NULL */
    struct buf body;
    int status; /* 0: no answer */
    char why[WHY_MAX];
};

/* ---- finding it ---- */

/* A text file without what is white at its end; NULL: cannot be read. */
static char *
read_text(const char *path)
{
    struct buf text;
    buf_init(&text, FILE_MAX);
    int rc = file_read(path, &text);
    while (rc == 0 && text.len > 0 && str_is_space(text.data[text.len - 1]))
        text.len--;
    char *copy = rc == 0 ? str_xndup((const char *)text.data, text.len) : NULL;
    buf_free(&text);
    return copy;
}

static void
set_key(struct client *client, const char *key)
{
    free(client->bearer);
    client->bearer = str_xprintf("Authorization: Bearer %s", key);
}

/* The file {"url","key"} that a running one keeps in its folder. */
static int
read_runtime(struct client *client, const char *dir, const char *file)
{
    char why[WHY_MAX];
    char *path = file_join(dir, file);
    char *text = read_text(path);
    struct jsonpath_doc *doc =
        text == NULL ? NULL : jsonpath_doc(text, strlen(text), why, sizeof why);
    int rc = 0;
    if (text == NULL) {
        rc = errno == EACCES ? CLIENT_EX_NOPERM : CLIENT_EX_NOINPUT;
        fprintf(stderr, "picket: %s cannot be read: %s.  %s\n", path,
                strerror(errno),
                rc == CLIENT_EX_NOPERM
                    ? "It is its owner's alone: try with sudo"
                    : "It is there while one runs on that folder");
    } else if (doc == NULL || *jsonpath_text(doc, "$.url") == '\0') {
        rc = CLIENT_EX_SOFTWARE;
        fprintf(stderr,
                "picket: %s does not say where the controller is; "
                "start it again\n",
                path);
    } else {
        client->url = str_xdup(jsonpath_text(doc, "$.url"));
        client->place = str_xdup(dir);
        set_key(client, jsonpath_text(doc, "$.key"));
    }
    jsonpath_doc_free(doc);
    free(text);
    free(path);
    return rc;
}

/* The system's, else the one of this user. */
static int
find(struct client *client)
{
    char *dirs[DIRS_MAX];
    int rc = CLIENT_EX_NOINPUT;
    char *path = file_join(CLIENT_SYSTEM, CLIENT_RUNTIME);
    bool is_there = access(path, F_OK) == 0 || errno == EACCES;
    free(path);
    size_t count = state_dir_find(CLIENT_RUNTIME, dirs, DIRS_MAX);
    if (count == 1) {
        rc = read_runtime(client, dirs[0], CLIENT_RUNTIME);
    } else if (is_there && count == 0) {
        rc = read_runtime(client, CLIENT_SYSTEM, CLIENT_RUNTIME);
    } else if (count == 0) {
        fputs("picket: no controller runs here: start `picket demo` or "
              "`picket up`, or say where one is with --data DIR, or with "
              "--url and --key-file\n",
              stderr);
    } else {
        fputs("picket: more than one controller runs here; say which:\n",
              stderr);
        for (size_t i = 0; i < count; i++)
            fprintf(stderr, "  --data %s\n", dirs[i]);
        rc = OPTIONS_EX_USAGE;
    }
    for (size_t i = 0; i < count; i++)
        free(dirs[i]);
    return rc;
}

static int
take_options(struct client *client, const struct options *o)
{
    const char *url = options_get(o, "url");
    const char *key_file = options_get(o, "key-file");
    const char *dir = options_get(o, "data");
    if (url == NULL && key_file != NULL)
        return options_misused(o->command, "--key-file goes with --url");
    if (url == NULL)
        return dir != NULL ? read_runtime(client, dir, CLIENT_RUNTIME)
                           : find(client);
    client->url = str_xdup(url);
    if (str_ends(url, "/"))
        client->url[strlen(url) - 1] = '\0';
    if (key_file == NULL)
        return 0;
    char *key = read_text(key_file);
    if (key == NULL) {
        fprintf(stderr, "picket: the key file %s cannot be read: %s\n",
                key_file, strerror(errno));
        return CLIENT_EX_NOINPUT;
    }
    set_key(client, key);
    free(key);
    return 0;
}

/* ---- its life ---- */

static int
make_ready(struct client *client)
{
    /* Debian's authorities take 30 ms to read: only where they are asked. */
    bool is_secure = str_starts(client->url, "https:");
    client->trust = trust_create(is_secure ? NULL : "", NULL, client->why,
                                 sizeof client->why);
    if (client->trust == NULL) {
        fprintf(stderr, "picket: %s\n", client->why);
        return CLIENT_EX_UNAVAILABLE;
    }
    struct fetcher_opts opts = {.trust = client->trust};
    client->loop = loop_create();
    client->fetcher =
        client->loop == NULL ? NULL : fetcher_create(client->loop, &opts);
    client->resolver =
        client->fetcher == NULL ? NULL : resolver_create(client->loop, NULL);
    if (client->resolver != NULL)
        return 0;
    perror("picket: no event loop");
    return CLIENT_EX_SOFTWARE;
}

static struct client *
begin(void)
{
    struct client *client = str_xcalloc(1, sizeof *client);
    buf_init(&client->body, BODY_MAX);
    return client;
}

static struct client *
settle(struct client *client, int *rc)
{
    if (*rc == 0)
        *rc = make_ready(client);
    if (*rc == 0)
        return client;
    client_free(client);
    return NULL;
}

struct client *
client_create(const struct options *o, int *rc)
{
    struct client *client = begin();
    *rc = take_options(client, o);
    return settle(client, rc);
}

struct client *
client_open(const char *dir, const char *file, int *rc)
{
    struct client *client = begin();
    *rc = read_runtime(client, dir, file);
    return settle(client, rc);
}

void
client_free(struct client *client)
{
    if (client == NULL)
        return;
    resolver_free(client->resolver);
    fetcher_free(client->fetcher);
    loop_free(client->loop);
    trust_free(client->trust);
    free(client->url);
    free(client->bearer);
    free(client->place);
    buf_free(&client->body);
    free(client);
}

/* ---- a call ---- */

static void
on_done(void *cookie, const struct fetch_result *result)
{
    struct client *client = cookie;
    bool is_whole = result->error == FETCH_NONE;
    client->status = is_whole ? result->status : 0;
    if (!is_whole)
        str_copy(client->why, sizeof client->why, result->detail);
    buf_add(&client->body, result->body, result->body_len);
    loop_stop(client->loop);
}

/* {"error":{"message","remedy"}}, as the controller refuses; or the status. */
static void
say_refused(const struct client *client)
{
    char why[WHY_MAX];
    struct jsonpath_doc *doc = jsonpath_doc(buf_text(&client->body),
                                            client->body.len, why, sizeof why);
    const char *said = doc == NULL ? "" : jsonpath_text(doc, "$.error.message");
    const char *remedy =
        doc == NULL ? "" : jsonpath_text(doc, "$.error.remedy");
    if (*said == '\0')
        fprintf(stderr, "picket: %s answers with status %d\n", client->url,
                client->status);
    else if (strchr(said, '\n') != NULL) /* as `picket validate` prints it */
        fprintf(stderr, "%spicket: %s\n", said, remedy);
    else
        fprintf(stderr, "picket: %s%s%s\n", said, *remedy ? "; " : "", remedy);
    jsonpath_doc_free(doc);
}

static int
judge(const struct client *client)
{
    if (client->status >= 200 && client->status < 300)
        return 0;
    if (client->status == 0) {
        fprintf(stderr, "picket: no answer from %s: %s\n", client->url,
                client->why);
        if (client->place != NULL)
            fprintf(stderr,
                    "picket: %s says it is there: is it still "
                    "running?\n",
                    client->place);
        return CLIENT_EX_UNAVAILABLE;
    }
    say_refused(client);
    if (client->status == 401 || client->status == 403)
        return CLIENT_EX_NOPERM;
    return client->status < 500 ? OPTIONS_EX_USAGE : CLIENT_EX_UNAVAILABLE;
}

int
client_call(struct client *client, const struct client_ask *ask,
            const char **body, size_t *len)
{
    const char *headers[4] = {"Accept: application/json"};
    struct call_net net = {.fetcher = client->fetcher,
                           .resolver = client->resolver};
    char *url = str_xprintf("%s%s", client->url, ask->path);
    struct fetch_opts opts = {.method = ask->method,
                              .url = url,
                              .headers = headers,
                              .timeout_ns = WAIT_NS,
                              .body_max = BODY_MAX};
    size_t count = 1;
    if (client->bearer != NULL)
        headers[count++] = client->bearer;
    if (ask->body != NULL) {
        headers[count] = "Content-Type: application/json";
        opts.body = ask->body;
        opts.body_len = strlen(ask->body);
    }
    buf_reset(&client->body);
    client->status = 0;
    str_copy(client->why, sizeof client->why, "nothing could be started");
    if (call_start(&net, &opts, on_done, client) != NULL)
        loop_run(client->loop);
    free(url);
    *body = buf_text(&client->body);
    *len = client->body.len;
    return judge(client);
}
