/*
 * mask_fuzz.c - the oracle is libraries' encoders and plain searching.
 *
 *   1. what a library made of the value (curl, jansson, OpenSSL) and was put
 *      into a text is not in the masked text;
 *   2. a text in which no decoding, from any place, begins with four bytes of
 *      the value comes out as it went in.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mask.h"
#include "base/str.h"

#define VALUE_MAX 40
#define TEXT_MAX  400
#define BEGIN     4 /* bytes that may show */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
masked(const struct mask *mask, const char *text, size_t len)
{
    struct buf out;
    char *copy;

    buf_init(&out, 1 << 20);
    if (mask_text(mask, text, len, &out) != 0)
        abort();
    copy = str_xndup(buf_text(&out), out.len);
    buf_free(&out);
    return copy;
}

/* Cut where a mask stands: its "<" may be the value's last character. */
static bool
is_shown(char *out, const char *code)
{
    for (;;) {
        char *cut = strstr(out, MASK_TEXT);

        if (cut != NULL)
            *cut = '\0';
        if (strstr(out, code) != NULL)
            return true;
        if (cut == NULL)
            return false;
        out = cut + strlen(MASK_TEXT);
    }
}

/* Between what the fuzzer wishes: nothing of it is left. */
static void
must_hide(const struct mask *mask, const char *code, const char *around)
{
    char *text = str_xprintf("%s%s %s", around, code, around);
    char *out = masked(mask, text, strlen(text));

    if (strstr(around, code) == NULL && is_shown(out, code))
        abort();
    free(text);
    free(out);
}

static void
hide_json(const struct mask *mask, const char *value, const char *around)
{
    static const size_t flags[] = {0, JSON_ENSURE_ASCII, JSON_ESCAPE_SLASH,
                                   JSON_ENSURE_ASCII | JSON_ESCAPE_SLASH};
    json_t *text = json_string(value);

    for (size_t i = 0; text != NULL && i < 4; i++) {
        char *code = json_dumps(text, flags[i] | JSON_ENCODE_ANY);

        code[strlen(code) - 1] = '\0';
        must_hide(mask, code + 1, around);
        free(code);
    }
    json_decref(text);
}

static void
hide_base64(const struct mask *mask, const char *value, const char *around)
{
    char plain[VALUE_MAX + 16] = "", code[2 * VALUE_MAX + 32];
    size_t len = strlen(value);

    for (size_t place = 0; place < 3; place++) {
        memset(plain, 'u', place);
        memcpy(plain + place, value, len);
        memset(plain + place + len, 'p', 3);
        (void)EVP_EncodeBlock((unsigned char *)code, (unsigned char *)plain,
                              (int)(place + len + 3));
        code[8 * (place + len) / 6] = '\0'; /* the last of the value's own */
        must_hide(mask, code + (8 * place + 5) / 6, around);
    }
}

static void
hide_all(const struct mask *mask, const char *value, const char *around)
{
    char *url = curl_easy_escape(NULL, value, 0);
    char hex[3 * VALUE_MAX + 1] = "", html[6 * VALUE_MAX + 1] = "";

    for (size_t i = 0; value[i] != '\0'; i++) {
        unsigned char c = (unsigned char)value[i];

        (void)snprintf(hex + 3 * i, 4, i % 2 ? "%%%02x" : "%%%02X", c);
        if (c < 0x80)
            (void)snprintf(html + strlen(html), 8, i % 2 ? "&#%d;" : "&#x%x;",
                           c);
        else
            (void)snprintf(html + strlen(html), 8, "%c", c);
    }
    must_hide(mask, value, around);
    must_hide(mask, url, around);
    must_hide(mask, hex, around);
    must_hide(mask, html, around);
    curl_free(url);
    hide_json(mask, value, around);
    hide_base64(mask, value, around);
}

/* ---- 2 ---- */

/* One character of a way to write it, naively. */
static size_t
decode_one(int way, const char *t, char out[5])
{
    unsigned n = 0;
    int used = 0;

    out[0] = t[0];
    out[1] = '\0';
    if (way == 0 && sscanf(t, "%%%2x%n", &n, &used) == 1 && used == 3)
        out[0] = (char)n;
    else if (way == 0 && t[0] == '+')
        out[0] = ' ';
    else if (way == 1 && t[0] == '\\')
        out[0] = '\1'; /* could be anything */
    else if (way == 2 && t[0] == '&')
        out[0] = '\1';
    return used == 3 ? 3 : 1;
}

/* Could the value, or a part of its base64, begin at `t`?  An escape of JSON
 * or HTML could be anything, so says yes: the check is for what is plain. */
static bool
may_begin(const char *t, const char *want)
{
    for (int way = 0; way < 3; way++) {
        const char *at = t;
        size_t i = 0;

        for (; i < BEGIN && *at != '\0'; i++) {
            char c[5];

            at += decode_one(way, at, c);
            if (c[0] == '\1')
                return true;
            if (c[0] != want[i] && !(want[i] == '+' && at[-1] == '+'))
                break;
        }
        if (i == BEGIN)
            return true;
    }
    return false;
}

static bool
may_be_in(const char *text, const char *value)
{
    char plain[VALUE_MAX + 16] = "", code[2 * VALUE_MAX + 32];
    size_t len = strlen(value);

    for (; *text != '\0'; text++) {
        if (may_begin(text, value))
            return true;
        for (size_t place = 0; place < 3; place++) {
            memcpy(plain + place, value, len + 1);
            (void)EVP_EncodeBlock((unsigned char *)code, (unsigned char *)plain,
                                  (int)(place + len));
            if (may_begin(text, code + (8 * place + 5) / 6))
                return true;
            for (char *c = code; *c != '\0'; c++)
                *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
            if (may_begin(text, code + (8 * place + 5) / 6))
                return true;
        }
    }
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t want = size > 0 ? MASK_VALUE_MIN + data[0] % (VALUE_MAX - 4) : 0;
    struct mask *mask;
    char *value, *text, *out;

    if (size < 1 + want)
        return 0;
    value = str_xndup((const char *)data + 1, want);
    text = str_xndup((const char *)data + 1 + want,
                     size - 1 - want < TEXT_MAX ? size - 1 - want : TEXT_MAX);
    if (strlen(value) >= MASK_VALUE_MIN) {
        mask = mask_create();
        mask_add(mask, value, strlen(value));
        if (str_is_utf8(value, strlen(value)) &&
            str_is_utf8(text, strlen(text)))
            hide_all(mask, value, text);
        out = masked(mask, text, strlen(text));
        if (!may_be_in(text, value) && strcmp(out, text) != 0)
            abort();
        free(out);
        mask_free(mask);
    }
    free(value);
    free(text);
    return 0;
}
