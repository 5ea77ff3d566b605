/*
 * operator_key.c - see operator_key.h.
 */
#include "controller/web/operator_key.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/str.h"

#define KEY_BYTES  32
#define KEY_DIGITS ((size_t)2 * KEY_BYTES)
#define FILE_MAX   256

struct operator_key {
    char *file;
    char text[KEY_DIGITS + 1];
    char cookie[KEY_DIGITS + 1];
};

static int
make(struct operator_key *key)
{
    uint8_t secret[KEY_BYTES];
    char line[KEY_DIGITS + 2];

    digest_random(secret, sizeof(secret));
    str_hex(key->text, secret, sizeof(secret));
    memcpy(line, key->text, KEY_DIGITS);
    line[KEY_DIGITS] = '\n';
    explicit_bzero(secret, sizeof(secret));
    return file_replace(key->file, line, KEY_DIGITS + 1, 0600);
}

static int
read_key(struct operator_key *key)
{
    struct buf text;
    uint8_t secret[KEY_BYTES];
    int rc = -1;

    buf_init(&text, FILE_MAX);
    if (file_read(key->file, &text) == 0 && text.len >= KEY_DIGITS) {
        memcpy(key->text, text.data, KEY_DIGITS);
        key->text[KEY_DIGITS] = '\0';
        rc = str_unhex(secret, KEY_BYTES, key->text);
    }
    if (text.data != NULL)
        explicit_bzero(text.data, text.len);
    buf_free(&text);
    return rc;
}

struct operator_key *
operator_key_open(const char *dir, char *why, size_t cap)
{
    struct operator_key *key = str_xcalloc(1, sizeof(*key));
    uint8_t md[DIGEST_SHA256_BYTES];
    char *text;
    int rc;

    key->file = file_join(dir, "operator.key");
    rc = access(key->file, F_OK) == 0 ? read_key(key) : make(key);
    if (rc != 0) {
        text = str_xprintf("%s: is not a key, or cannot be read or written; "
                           "remove it to have a new one made",
                           key->file);
        (void)str_copy(why, cap, text);
        free(text);
        operator_key_close(key);
        return NULL;
    }
    digest_hmac_sha256(md, key->text, KEY_DIGITS, "cookie", strlen("cookie"));
    str_hex(key->cookie, md, sizeof(md));
    return key;
}

void
operator_key_close(struct operator_key *key)
{
    if (key == NULL)
        return;
    free(key->file);
    explicit_bzero(key, sizeof(*key));
    free(key);
}

const char *
operator_key_file(const struct operator_key *key)
{
    return key->file;
}

const char *
operator_key_text(const struct operator_key *key)
{
    return key->text;
}

bool
operator_key_is_right(const struct operator_key *key, const char *text)
{
    return text != NULL && strlen(text) == KEY_DIGITS &&
           digest_equal(key->text, text, KEY_DIGITS) == 1;
}

bool
operator_key_is_cookie(const struct operator_key *key, const char *text)
{
    return text != NULL && strlen(text) == KEY_DIGITS &&
           digest_equal(key->cookie, text, KEY_DIGITS) == 1;
}

const char *
operator_key_cookie(const struct operator_key *key)
{
    return key->cookie;
}
