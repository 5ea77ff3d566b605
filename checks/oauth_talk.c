#include "checks/oauth_talk.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fetch.h"
#include "base/jsonpath.h"
#include "base/mask.h"
#include "base/secret.h"
#include "base/str.h"
#include "checks/body.h"
#include "checks/encode.h"
#include "checks/facts.h"
#include "checks/oauth.h"

#define CREDENTIALS_MAX                                                        \
    ((size_t)4 * (SECRET_VALUE_MAX + 1024))   /* percent-encoded */
#define TEXT_MAX ((size_t)4 * OAUTH_BODY_MAX) /* of what the server says */

static void
add_text(struct buf *body, const char *name, const char *value)
{
    if (value != NULL)
        (void)body_add_field(body, name, value, strlen(value));
}

/* Both are form-encoded before they are joined: a colon or a character beyond
 * ASCII in them would be another's otherwise. */
static void
add_pair(const struct oauth_client *client, struct buf *pair)
{
    encode_form(pair, client->client_id, strlen(client->client_id));
    buf_add_char(pair, ':');
    encode_form(pair, client->secret, client->secret_len);
}

static void
add_basic(const struct oauth_client *client, struct buf *out)
{
    struct buf pair;
    char *coded;

    buf_init_wiping(&pair, CREDENTIALS_MAX);
    add_pair(client, &pair);
    if (pair.failed) {
        out->failed = true;
    } else {
        coded = str_base64(pair.data, pair.len);
        buf_add_str(out, "Authorization: Basic ");
        buf_add_str(out, coded);
        explicit_bzero(coded, strlen(coded));
        free(coded);
    }
    buf_free(&pair);
}

int
oauth_talk_ask(const struct oauth_client *client, struct buf *body,
               struct buf *authorization)
{
    add_text(body, "grant_type", "client_credentials");
    add_text(body, "scope", client->scope);
    add_text(body, "audience", client->audience);
    if (client->is_in_body) {
        add_text(body, "client_id", client->client_id);
        (void)body_add_field(body, "client_secret", client->secret,
                             client->secret_len);
    } else {
        add_basic(client, authorization);
    }
    return body->failed || authorization->failed ? -1 : 0;
}

/* A server that repeats the Authorization line repeats the pair's base64, in
 * which the secret is form-encoded: nothing of the plain one is found there. */
void
oauth_talk_hide(const struct oauth_client *client, struct mask *mask)
{
    struct buf text;
    char *coded;

    mask_add(mask, client->secret, client->secret_len);
    buf_init_wiping(&text, CREDENTIALS_MAX);
    encode_form(&text, client->secret, client->secret_len);
    mask_add(mask, buf_text(&text), text.len);
    buf_reset(&text);
    add_pair(client, &text);
    coded = str_base64(text.data, text.len);
    mask_add(mask, coded, strlen(coded));
    explicit_bzero(coded, strlen(coded));
    free(coded);
    buf_free(&text);
}

/* --- the answer --- */

/* What the server says of its refusal: ": invalid_client (Bad secret)". */
static void
add_error(struct buf *out, struct jsonpath_doc *doc)
{
    const char *error = doc != NULL ? jsonpath_text(doc, "$.error") : "";
    const char *more =
        doc != NULL ? jsonpath_text(doc, "$.error_description") : "";

    if (error[0] != '\0')
        buf_addf(out, ": %s", error);
    if (more[0] != '\0')
        buf_addf(out, " (%s)", more);
}

/* Masked while it is whole: a part of a value would not be found. */
static void
tell(const struct buf *text, const struct mask *mask, char *why, size_t cap)
{
    struct buf masked;

    buf_init(&masked, TEXT_MAX);
    if (mask_text(mask, buf_text(text), text->len, &masked) != 0)
        buf_reset(&masked);
    (void)str_copy(why, cap, buf_text(&masked));
    facts_clean(why);
    buf_free(&masked);
}

static void
refuse(const struct fetch_result *result, const struct mask *mask, char *why,
       size_t cap)
{
    char message[160] = "";
    struct jsonpath_doc *doc = NULL;
    struct buf text;

    buf_init(&text, TEXT_MAX);
    if (result->error != FETCH_NONE) {
        buf_addf(&text, "no answer: %s", result->detail);
    } else {
        doc = jsonpath_doc(result->body, result->body_len, message,
                           sizeof(message));
        buf_addf(&text, "it answered %d", result->status);
        add_error(&text, doc);
        jsonpath_doc_free(doc);
    }
    tell(&text, mask, why, cap);
    buf_free(&text);
}

/* Seconds as a number or, as some servers have it, as a text. */
static int64_t
life_of(struct jsonpath_doc *doc)
{
    const char *text = jsonpath_text(doc, "$.expires_in");
    int64_t seconds = OAUTH_DEFAULT_S;
    char *whole = str_xndup(text, strcspn(text, "."));

    if (str_parse_i64(whole, &seconds) != 0)
        seconds = OAUTH_DEFAULT_S;
    free(whole);
    if (seconds < 0)
        return 0;
    return seconds < OAUTH_LIFE_MAX_S ? seconds : OAUTH_LIFE_MAX_S;
}

/* It becomes a part of a header: RFC 6750's b68token, but servers are freer. */
static bool
is_token(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] >= 0x7F)
            return false;
    return len > 0;
}

static void
refuse_type(const char *type, const struct mask *mask, char *why, size_t cap)
{
    struct buf text;

    buf_init(&text, TEXT_MAX);
    buf_addf(&text, "its token is not Bearer, but of the type `%s`", type);
    tell(&text, mask, why, cap);
    buf_free(&text);
}

static struct secret_value *
read_token(struct jsonpath_doc *doc, const struct mask *mask, char *why,
           size_t cap)
{
    const char *token = jsonpath_text(doc, "$.access_token");
    const char *type = jsonpath_text(doc, "$.token_type");
    struct secret_value *value = NULL;

    if (token[0] == '\0')
        (void)snprintf(why, cap, "its answer has no access_token");
    else if (type[0] != '\0' && !str_eq_nocase(type, "bearer"))
        refuse_type(type, mask, why, cap);
    else if (!is_token(token))
        (void)snprintf(why, cap, "its token holds what no header may");
    else if (strlen(token) > SECRET_VALUE_MAX)
        (void)snprintf(why, cap, "its token has %zu bytes; at most %d are kept",
                       strlen(token), SECRET_VALUE_MAX);
    else
        value = secret_value_make(token, strlen(token));
    if (value == NULL && why[0] == '\0')
        (void)snprintf(why, cap, "this probe has no memory for the token");
    facts_clean(why);
    return value;
}

struct secret_value *
oauth_talk_read(const struct fetch_result *result, const struct mask *mask,
                int64_t *life_s, char *why, size_t cap)
{
    char message[160] = "it is empty";
    struct jsonpath_doc *doc = NULL;
    struct secret_value *token = NULL;

    why[0] = '\0';
    if (result->error != FETCH_NONE || result->status < 200 ||
        result->status > 299) {
        refuse(result, mask, why, cap);
        return NULL;
    }
    if (result->body_len > 0)
        doc = jsonpath_doc(result->body, result->body_len, message,
                           sizeof(message));
    if (doc == NULL) {
        (void)snprintf(why, cap, "its answer is not JSON: %s", message);
        return NULL;
    }
    token = read_token(doc, mask, why, cap);
    *life_s = life_of(doc);
    jsonpath_doc_free(doc);
    return token;
}
