/*
 * An entry is one token or the one request for it.  Who waits is in the entry's
 * list; when the request ends, each of them is settled: unlinked, given what
 * came, and told by a timer of his own.  So whoever is told may start, cancel
 * and free whatever he likes, and what was in the cache is told the same way.
 *
 * O1  an entry with a call has somebody who waits;
 * O2  a wait is in its entry's list, or settled: never both.
 */
#include "checks/oauth.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/digest.h"
#include "base/fetch.h"
#include "base/loop.h"
#include "base/mask.h"
#include "base/secret.h"
#include "base/str.h"
#include "checks/oauth_talk.h"

#define CALL_NS     (30 * NS_PER_S) /* whoever waits has a time of his own */
#define MARGIN_S    60              /* a token is let go before it ends: */
#define MARGIN_PART 10              /* by that, or a tenth of its life */
#define REQUEST_MAX 65536

struct oauth_wait {
    struct oauth *oauth;
    struct entry *entry; /* NULL: settled */
    struct oauth_wait *next;
    struct loop_timer *timer; /* the deadline; settled: the telling */
    oauth_done_fn *done;
    void *cookie;
    struct secret_value *token;
    char why[OAUTH_WHY_MAX];
};

struct entry {
    struct oauth *oauth;
    struct entry *next;
    uint8_t key[DIGEST_SHA256_BYTES];
    char *token_url;
    struct secret_value *token; /* NULL: none */
    mono_t ends;
    struct call *call; /* or NULL */
    struct mask *mask; /* of the credential, during a call */
    struct oauth_wait *first;
};

struct oauth {
    struct loop *loop;
    struct call_net net;
    struct entry *first;
    size_t count;
    size_t waiting;
};

struct oauth *
oauth_create(struct loop *loop, const struct call_net *net)
{
    struct oauth *oauth = str_xcalloc(1, sizeof(*oauth));

    oauth->loop = loop;
    oauth->net = *net;
    return oauth;
}

static void
entry_free(struct entry *entry)
{
    assert(entry->first == NULL);
    call_cancel(entry->call);
    secret_value_free(entry->token);
    mask_free(entry->mask);
    free(entry->token_url);
    free(entry);
}

void
oauth_free(struct oauth *oauth)
{
    if (oauth == NULL)
        return;
    assert(oauth->waiting == 0);
    while (oauth->first != NULL) {
        struct entry *entry = oauth->first;

        oauth->first = entry->next;
        entry_free(entry);
    }
    free(oauth);
}

/* --- waiting --- */

static void
destroy(struct oauth_wait *wait)
{
    wait->oauth->waiting--;
    loop_timer_cancel(wait->timer);
    secret_value_free(wait->token);
    free(wait);
}

static void
on_settled(void *cookie)
{
    struct oauth_wait *wait = cookie;

    wait->timer = NULL;
    wait->done(wait->cookie, wait->token,
               wait->token != NULL ? NULL : wait->why);
    destroy(wait);
}

static void
settle(struct oauth_wait *wait, struct secret_value *token, const char *why)
{
    wait->entry = NULL;
    if (token != NULL)
        wait->token = secret_value_ref(token);
    (void)str_copy(wait->why, sizeof(wait->why), why);
    loop_timer_cancel(wait->timer);
    wait->timer = loop_timer_start(wait->oauth->loop, 0, on_settled, wait);
}

/* Out of its entry; the request of which it was the last ends. */
static void
leave(struct oauth_wait *wait)
{
    struct entry *entry = wait->entry;
    struct oauth_wait **at;

    if (entry == NULL)
        return;
    for (at = &entry->first; *at != wait; at = &(*at)->next)
        assert(*at != NULL);
    *at = wait->next;
    wait->entry = NULL;
    if (entry->first == NULL) {
        call_cancel(entry->call);
        entry->call = NULL;
    }
}

static void
on_late(void *cookie)
{
    struct oauth_wait *wait = cookie;
    char why[OAUTH_WHY_MAX];

    wait->timer = NULL;
    (void)snprintf(why, sizeof(why), "%.200s: no token in time",
                   wait->entry->token_url);
    leave(wait);
    settle(wait, NULL, why);
}

void
oauth_cancel(struct oauth_wait *wait)
{
    if (wait == NULL)
        return;
    leave(wait);
    destroy(wait);
}

/* --- the request --- */

static void
settle_all(struct entry *entry, const char *why)
{
    while (entry->first != NULL) {
        struct oauth_wait *wait = entry->first;

        entry->first = wait->next;
        settle(wait, entry->token, why);
    }
}

static void
set_token(struct entry *entry, struct secret_value *token, int64_t life_s)
{
    int64_t margin_s = life_s / MARGIN_PART;

    if (margin_s > MARGIN_S)
        margin_s = MARGIN_S;
    secret_value_free(entry->token);
    entry->token = token;
    entry->ends = clock_after(loop_now(entry->oauth->loop),
                              (life_s - margin_s) * NS_PER_S);
}

static void
on_answer(void *cookie, const struct fetch_result *result)
{
    struct entry *entry = cookie;
    char said[OAUTH_WHY_MAX];
    char why[2 * OAUTH_WHY_MAX] = "";
    int64_t life_s = 0;
    struct secret_value *token =
        oauth_talk_read(result, entry->mask, &life_s, said, sizeof(said));

    entry->call = NULL;
    if (token != NULL)
        set_token(entry, token, life_s);
    else
        (void)snprintf(why, sizeof(why), "%.200s: %s", entry->token_url, said);
    mask_free(entry->mask);
    entry->mask = NULL;
    settle_all(entry, why);
}

static int
ask(struct entry *entry, const struct oauth_client *client)
{
    const char *headers[] = {"Content-Type: application/x-www-form-urlencoded",
                             "Accept: application/json", NULL, NULL};
    struct fetch_opts opts = {
        .method = "POST",
        .url = client->token_url,
        .headers = headers,
        .timeout_ns = CALL_NS,
        .body_max = OAUTH_BODY_MAX,
        .flags = client->is_insecure ? FETCH_INSECURE : 0,
        .trust = client->trust,
    };
    struct buf body;
    struct buf line;

    buf_init_wiping(&body, REQUEST_MAX);
    buf_init_wiping(&line, REQUEST_MAX);
    errno = E2BIG;
    if (oauth_talk_ask(client, &body, &line) == 0) {
        headers[2] = line.len > 0 ? buf_text(&line) : NULL;
        opts.body = body.data;
        opts.body_len = body.len;
        entry->call = call_start(&entry->oauth->net, &opts, on_answer, entry);
    }
    buf_free(&body);
    buf_free(&line);
    if (entry->call == NULL)
        return -1;
    mask_free(entry->mask);
    entry->mask = mask_create();
    oauth_talk_hide(client, entry->mask);
    return 0;
}

/* --- entries --- */

static void
key_of(uint8_t key[DIGEST_SHA256_BYTES], const struct oauth_client *client)
{
    const char *const parts[] = {client->token_url, client->client_id,
                                 client->scope, client->audience};
    uint8_t ca[DIGEST_SHA256_BYTES] = {0};
    struct buf text;

    buf_init_wiping(&text, REQUEST_MAX);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        buf_add_str(&text, parts[i] != NULL ? parts[i] : "");
        buf_add_char(&text, parts[i] != NULL ? '\0' : '\1');
    }
    buf_add_char(&text, client->is_in_body ? 'b' : 'h');
    buf_add_char(&text, client->is_insecure ? 'i' : 's');
    if (client->ca != NULL) /* it may be long */
        digest_sha256(ca, client->ca, strlen(client->ca));
    buf_add(&text, ca, sizeof(ca));
    buf_add(&text, client->secret, client->secret_len);
    digest_sha256(key, text.data, text.len);
    buf_free(&text);
}

/* The idle one whose token ends first makes room. */
static void
drop_one(struct oauth *oauth)
{
    struct entry **gone = NULL;
    struct entry *entry;

    for (struct entry **at = &oauth->first; *at != NULL; at = &(*at)->next)
        if ((*at)->first == NULL &&
            (gone == NULL || (*at)->ends.ns < (*gone)->ends.ns))
            gone = at;
    if (gone == NULL)
        return;
    entry = *gone;
    *gone = entry->next;
    oauth->count--;
    entry_free(entry);
}

static struct entry *
entry_for(struct oauth *oauth, const struct oauth_client *client)
{
    uint8_t key[DIGEST_SHA256_BYTES];
    struct entry *entry;

    key_of(key, client);
    for (entry = oauth->first; entry != NULL; entry = entry->next)
        if (memcmp(entry->key, key, sizeof(key)) == 0)
            return entry;
    if (oauth->count >= OAUTH_TOKENS_MAX)
        drop_one(oauth);
    entry = str_xcalloc(1, sizeof(*entry));
    memcpy(entry->key, key, sizeof(key));
    entry->oauth = oauth;
    entry->token_url = str_xdup(client->token_url);
    entry->next = oauth->first;
    oauth->first = entry;
    oauth->count++;
    return entry;
}

struct oauth_wait *
oauth_start(struct oauth *oauth, const struct oauth_client *client,
            int64_t timeout_ns, oauth_done_fn *done, void *cookie)
{
    struct oauth_wait *wait = str_xcalloc(1, sizeof(*wait));
    struct entry *entry = entry_for(oauth, client);
    struct oauth_wait **at;
    char why[OAUTH_WHY_MAX];

    assert(timeout_ns > 0 && done != NULL);
    wait->oauth = oauth;
    wait->done = done;
    wait->cookie = cookie;
    oauth->waiting++;
    if (entry->token != NULL && loop_now(oauth->loop).ns < entry->ends.ns) {
        settle(wait, entry->token, "");
        return wait;
    }
    if (entry->call == NULL && ask(entry, client) != 0) {
        (void)snprintf(why, sizeof(why), "%.200s: no request can be made: %s",
                       client->token_url,
                       errno == EINVAL ? "it is no http or https URL"
                                       : strerror(errno));
        settle(wait, NULL, why);
        return wait;
    }
    wait->entry = entry;
    for (at = &entry->first; *at != NULL;)
        at = &(*at)->next;
    *at = wait;
    wait->timer = loop_timer_start(oauth->loop, timeout_ns, on_late, wait);
    return wait;
}

void
oauth_refused(struct oauth *oauth, const struct secret_value *token)
{
    for (struct entry *entry = oauth->first; entry != NULL;
         entry = entry->next) {
        if (entry->token == token && token != NULL) {
            secret_value_free(entry->token);
            entry->token = NULL;
        }
    }
}
