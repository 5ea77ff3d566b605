/*
 * What is random comes from the moment's seed by HMAC, so that it is the same
 * in all texts of a step: a key in a header and again in the body it signs.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/otp.h"
#include "base/str.h"
#include "checks/encode.h"
#include "checks/template_priv.h"

/* Arguments from `from` on, joined in the first of them. */
static struct buf *
join(struct template_call *call, size_t from)
{
    struct buf *all = &call->arg[from];

    for (size_t i = from + 1; i < call->count; i++)
        buf_add(all, call->arg[i].data, call->arg[i].len);
    return all;
}

static void
draw(const struct template_call *call, const char *what,
     uint8_t out[DIGEST_MAX])
{
    (void)digest_hmac(
        DIGEST_SHA512, out,
        (struct digest_bytes){call->moment->seed, sizeof(call->moment->seed)},
        (struct digest_bytes){what, strlen(what)});
}

static const char *
compute_uuid(struct template_call *call)
{
    uint8_t byte[DIGEST_MAX];
    char hex[33];

    draw(call, "uuid", byte);
    byte[6] = (uint8_t)((byte[6] & 0x0FU) | 0x40U); /* RFC 9562, version 4 */
    byte[8] = (uint8_t)((byte[8] & 0x3FU) | 0x80U);
    str_hex(hex, byte, 16);
    buf_addf(call->out, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
             hex + 16, hex + 20);
    return NULL;
}

static const char *
compute_seconds(struct template_call *call)
{
    buf_addf(call->out, "%lld", (long long)(call->moment->now.ms / MS_PER_S));
    return NULL;
}

static const char *
compute_ms(struct template_call *call)
{
    buf_addf(call->out, "%lld", (long long)call->moment->now.ms);
    return NULL;
}

static const char *
compute_iso(struct template_call *call)
{
    time_t seconds = (time_t)(call->moment->now.ms / MS_PER_S);
    struct tm tm = {0};

    (void)gmtime_r(&seconds, &tm);
    buf_addf(call->out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return NULL;
}

/* Digits and small letters, each as likely as the others. */
static const char *
compute_random(struct template_call *call)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    const unsigned base = sizeof(digits) - 1;
    const unsigned fair = 256 / base * base;
    uint8_t byte[DIGEST_MAX];
    char what[32];
    int64_t left = 0;

    if (str_parse_i64(buf_text(&call->arg[0]), &left) != 0)
        left = 0;
    assert(left > 0 && left <= TEMPLATE_RANDOM_MAX);
    for (int round = 0; left > 0; round++) {
        (void)snprintf(what, sizeof(what), "random %d", round);
        draw(call, what, byte);
        for (size_t i = 0; i < sizeof(byte) && left > 0; i++) {
            if (byte[i] >= fair)
                continue;
            buf_add_char(call->out, digits[byte[i] % base]);
            left--;
        }
    }
    return NULL;
}

static void
add_wiped(struct buf *out, char *text, size_t len)
{
    buf_add(out, text, len);
    explicit_bzero(text, len);
    free(text);
}

static const char *
compute_base64(struct template_call *call)
{
    struct buf *all = join(call, 0);
    char *text = str_base64(all->data, all->len);

    add_wiped(call->out, text, strlen(text));
    return NULL;
}

/* RFC 4648, section 5, without padding, as RFC 7515 has it. */
static const char *
compute_base64url(struct template_call *call)
{
    struct buf *all = join(call, 0);
    char *text = str_base64(all->data, all->len);
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '+')
            text[i] = '-';
        else if (text[i] == '/')
            text[i] = '_';
    }
    while (len > 0 && text[len - 1] == '=')
        len--;
    add_wiped(call->out, text, len);
    return NULL;
}

/* Either alphabet, with padding or without. */
static const char *
compute_unbase64(struct template_call *call)
{
    struct buf *arg = join(call, 0);
    char *bytes;
    size_t len = 0;

    while (arg->len > 0 && arg->data[arg->len - 1] == '=')
        arg->data[--arg->len] = '\0';
    for (size_t i = 0; i < arg->len; i++) {
        if (arg->data[i] == '-')
            arg->data[i] = '+';
        else if (arg->data[i] == '_')
            arg->data[i] = '/';
    }
    while (arg->len % 4 != 0 && !arg->failed)
        buf_add_char(arg, '=');
    if (arg->failed || memchr(buf_text(arg), '\0', arg->len) != NULL)
        return "what it is given is not base64";
    bytes = (char *)str_unbase64(buf_text(arg), &len);
    if (bytes == NULL)
        return "what it is given is not base64";
    add_wiped(call->out, bytes, len);
    return NULL;
}

static const char *
compute_hex(struct template_call *call)
{
    const struct buf *all = join(call, 0);
    char two[3];

    for (size_t i = 0; i < all->len; i++) {
        str_hex(two, &all->data[i], 1);
        buf_add(call->out, two, 2);
    }
    return NULL;
}

static const char *
compute_unhex(struct template_call *call)
{
    const struct buf *all = join(call, 0);
    uint8_t byte = 0;
    char two[3] = "";

    for (size_t i = 0; i + 1 < all->len; i += 2) {
        memcpy(two, all->data + i, 2);
        if (str_unhex(&byte, 1, two) != 0)
            return "what it is given is not hexadecimal";
        buf_add_u8(call->out, byte);
    }
    return all->len % 2 != 0 ? "what it is given is not hexadecimal" : NULL;
}

static const char *
compute_url(struct template_call *call)
{
    const struct buf *all = join(call, 0);

    encode_url(call->out, buf_text(all), all->len);
    return NULL;
}

static const char *
compute_raw(struct template_call *call)
{
    const struct buf *all = join(call, 0);

    buf_add(call->out, all->data, all->len);
    return NULL;
}

static const char *
compute_lower(struct template_call *call)
{
    const struct buf *all = join(call, 0);

    for (size_t i = 0; i < all->len; i++)
        buf_add_char(call->out, str_lower((char)all->data[i]));
    return NULL;
}

static const char *
compute_upper(struct template_call *call)
{
    const struct buf *all = join(call, 0);

    for (size_t i = 0; i < all->len; i++) {
        uint8_t c = all->data[i];
        bool is_small = c >= 'a' && c <= 'z';

        buf_add_u8(call->out, is_small ? (uint8_t)(c - 'a' + 'A') : c);
    }
    return NULL;
}

static const char *
compute_hash(struct template_call *call)
{
    const struct buf *all = join(call, 0);
    uint8_t sum[DIGEST_MAX];
    size_t len = digest_hash((enum digest_kind)call->fn->digest, sum,
                             (struct digest_bytes){all->data, all->len});

    buf_add(call->out, sum, len);
    return NULL;
}

static const char *
compute_hmac(struct template_call *call)
{
    const struct buf *all = join(call, 1);
    uint8_t mac[DIGEST_MAX];
    size_t len =
        digest_hmac((enum digest_kind)call->fn->digest, mac,
                    (struct digest_bytes){call->arg[0].data, call->arg[0].len},
                    (struct digest_bytes){all->data, all->len});

    buf_add(call->out, mac, len);
    explicit_bzero(mac, sizeof(mac));
    return NULL;
}

static const char *
compute_totp(struct template_call *call)
{
    const struct buf *seed = &call->arg[0];
    char code[OTP_CODE_MAX];

    if (otp_format(code, buf_text(seed), seed->len, call->moment->now) != 0)
        return "the seed is not base32 (A-Z and 2-7, at most 128 bytes)";
    buf_add_str(call->out, code);
    explicit_bzero(code, sizeof(code));
    return NULL;
}

#define MANY TEMPLATE_ARGS_MAX

/* clang-format off */
static const struct template_fn table[] = {
    {"uuid", "uuid", "a random UUID (version 4)", TEMPLATE_FN_TEXT, 0, 0, compute_uuid, 0},
    {"timestamp", "timestamp", "seconds since 1970", TEMPLATE_FN_TEXT, 0, 0, compute_seconds, 0},
    {"timestamp.ms", "timestamp.ms", "milliseconds since 1970", TEMPLATE_FN_TEXT, 0, 0, compute_ms, 0},
    {"timestamp.iso", "timestamp.iso", "2026-01-02T03:04:05Z", TEMPLATE_FN_TEXT, 0, 0, compute_iso, 0},
    {"random", "random(N)", "N (1 to 64) random digits and small letters", TEMPLATE_FN_TEXT, 1, 1, compute_random, 0},
    {"base64", "base64(x, ...)", "base64 (RFC 4648)", TEMPLATE_FN_TEXT, 1, MANY, compute_base64, 0},
    {"base64url", "base64url(x, ...)", "base64 for URLs and tokens, without padding", TEMPLATE_FN_TEXT, 1, MANY, compute_base64url, 0},
    {"unbase64", "unbase64(x)", "the bytes that base64 of either alphabet stands for", TEMPLATE_FN_TEXT, 1, 1, compute_unbase64, 0},
    {"hex", "hex(x, ...)", "hexadecimal digits", TEMPLATE_FN_TEXT, 1, MANY, compute_hex, 0},
    {"unhex", "unhex(x)", "the bytes that hexadecimal digits stand for", TEMPLATE_FN_TEXT, 1, 1, compute_unhex, 0},
    {"url", "url(x, ...)", "percent-encoded", TEMPLATE_FN_URL, 1, MANY, compute_url, 0},
    {"raw", "raw(x, ...)", "x as it is, where a URL, JSON or form would encode it", TEMPLATE_FN_RAW, 1, MANY, compute_raw, 0},
    {"lower", "lower(x, ...)", "small letters (ASCII)", TEMPLATE_FN_TEXT, 1, MANY, compute_lower, 0},
    {"upper", "upper(x, ...)", "capital letters (ASCII)", TEMPLATE_FN_TEXT, 1, MANY, compute_upper, 0},
    {"sha1", "sha1(x, ...)", "SHA-1", TEMPLATE_FN_BYTES, 1, MANY, compute_hash, DIGEST_SHA1},
    {"sha256", "sha256(x, ...)", "SHA-256", TEMPLATE_FN_BYTES, 1, MANY, compute_hash, DIGEST_SHA256},
    {"sha512", "sha512(x, ...)", "SHA-512", TEMPLATE_FN_BYTES, 1, MANY, compute_hash, DIGEST_SHA512},
    {"hmac_sha1", "hmac_sha1(key, x, ...)", "HMAC with SHA-1", TEMPLATE_FN_BYTES, 2, MANY, compute_hmac, DIGEST_SHA1},
    {"hmac_sha256", "hmac_sha256(key, x, ...)", "HMAC with SHA-256", TEMPLATE_FN_BYTES, 2, MANY, compute_hmac, DIGEST_SHA256},
    {"hmac_sha512", "hmac_sha512(key, x, ...)", "HMAC with SHA-512", TEMPLATE_FN_BYTES, 2, MANY, compute_hmac, DIGEST_SHA512},
    {"totp", "totp(seed)", "the six digits an authenticator app shows for a base32 seed", TEMPLATE_FN_TEXT, 1, 1, compute_totp, 0},
};
/* clang-format on */

#define COUNT (sizeof(table) / sizeof(table[0]))

const char *
template_function(size_t i, const char **gives)
{
    if (i >= COUNT)
        return NULL;
    *gives = table[i].gives;
    return table[i].shape;
}

const struct template_fn *
template_fn_find(const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (str_eq(table[i].name, name))
            return &table[i];
    return NULL;
}

const struct template_fn *
template_fn_nearest(const char *name)
{
    const char *names[COUNT];
    int nearest;

    for (size_t i = 0; i < COUNT; i++)
        names[i] = table[i].name;
    nearest = str_nearest(name, names, COUNT);
    return nearest < 0 ? NULL : &table[nearest];
}
