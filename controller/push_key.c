#include "controller/push_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/str.h"

#define KEY_FILE    "push.key"
#define KEY_BYTES   32
#define KEY_MODE    0600
#define TOKEN_BYTES 16
#define NAME_BYTES  128 /* "NAME:generation" */

struct push_key {
    uint8_t byte[KEY_BYTES];
};

static int
make(struct push_key *key, const char *path)
{
    char text[2 * KEY_BYTES + 2];
    int rc;

    digest_random(key->byte, KEY_BYTES);
    str_hex(text, key->byte, KEY_BYTES);
    text[sizeof(text) - 2] = '\n';
    text[sizeof(text) - 1] = '\0';
    rc = file_replace(path, text, sizeof(text) - 1, KEY_MODE);
    explicit_bzero(text, sizeof(text));
    return rc;
}

/* Made only when there is none: a damaged one is not thrown away unasked. */
static int
read_or_make(struct push_key *key, const char *path)
{
    char digits[2 * KEY_BYTES + 1];
    struct buf text;
    int rc;

    buf_init(&text, sizeof(digits) + 1);
    rc = file_read(path, &text);
    (void)str_copy(digits, sizeof(digits), buf_text(&text));
    if (rc != 0 && text.len == 0 && !text.failed)
        rc = make(key, path);
    else if (rc == 0)
        rc = str_unhex(key->byte, KEY_BYTES, digits);
    explicit_bzero(digits, sizeof(digits));
    if (text.data != NULL)
        explicit_bzero(text.data, text.len);
    buf_free(&text);
    return rc;
}

struct push_key *
push_key_open(const char *dir, char *why, size_t cap)
{
    struct push_key *key = str_xcalloc(1, sizeof(*key));
    char *path = file_join(dir, KEY_FILE);

    if (read_or_make(key, path) != 0) {
        (void)snprintf(why, cap,
                       "%s cannot be read or made; if it is damaged, remove "
                       "it: heartbeats then have other addresses",
                       path);
        push_key_close(key);
        key = NULL;
    }
    free(path);
    return key;
}

void
push_key_close(struct push_key *key)
{
    if (key == NULL)
        return;
    explicit_bzero(key, sizeof(*key));
    free(key);
}

void
push_key_token(const struct push_key *key, const char *check,
               int64_t generation, char to[PUSH_TOKEN_MAX])
{
    uint8_t mac[DIGEST_SHA256_BYTES];
    char name[NAME_BYTES];

    (void)snprintf(name, sizeof(name), "%s:%lld", check, (long long)generation);
    digest_hmac_sha256(mac, key->byte, KEY_BYTES, name, strlen(name));
    str_hex(to, mac, TOKEN_BYTES);
    explicit_bzero(mac, sizeof(mac));
}
