/*
 * buf.c - see buf.h.  Memory doubles up to the limit; one byte more than the
 * limit is kept for the NUL.
 */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define FIRST_BYTES 64 /* the smallest piece of memory worth asking for */

void
buf_init(struct buf *buf, size_t max_bytes)
{
    /* Room for the NUL, and for doubling without overflow. */
    *buf = (struct buf){.max = max_bytes < SIZE_MAX / 4 ? max_bytes
                                                        : SIZE_MAX / 4};
}

void
buf_init_wiping(struct buf *buf, size_t max_bytes)
{
    buf_init(buf, max_bytes);
    buf->wipes = true;
}

static void
wipe(struct buf *buf)
{
    if (buf->wipes && buf->cap > 0)
        explicit_bzero(buf->data, buf->cap);
}

void
buf_free(struct buf *buf)
{
    if (buf == NULL)
        return;
    wipe(buf);
    free(buf->data);
    *buf = (struct buf){.max = buf->max, .wipes = buf->wipes};
}

void
buf_reset(struct buf *buf)
{
    wipe(buf);
    buf->len = 0;
    buf->failed = false;
    if (buf->data != NULL)
        buf->data[0] = 0;
}

uint8_t *
buf_take(struct buf *buf, size_t *len)
{
    uint8_t *data = buf->data != NULL ? buf->data : str_xcalloc(1, 1);

    if (len != NULL)
        *len = buf->len;
    *buf = (struct buf){.max = buf->max, .wipes = buf->wipes};
    return data;
}

/* realloc() would leave what it moved behind. */
static uint8_t *
resize(struct buf *buf, size_t cap)
{
    uint8_t *data;

    if (!buf->wipes)
        return realloc(buf->data, cap);
    data = malloc(cap);
    if (data == NULL)
        return NULL;
    if (buf->len > 0)
        memcpy(data, buf->data, buf->len);
    wipe(buf);
    free(buf->data);
    return data;
}

/* Makes room for `more` bytes and the NUL. */
static int
grow(struct buf *buf, size_t more)
{
    size_t cap = buf->cap > 0 ? buf->cap : FIRST_BYTES;
    uint8_t *data;

    if (buf->failed || more > buf->max - buf->len) {
        buf->failed = true;
        return -1;
    }
    if (buf->len + more < buf->cap)
        return 0;
    while (cap <= buf->len + more)
        cap *= 2;
    if (cap > buf->max + 1)
        cap = buf->max + 1;
    data = resize(buf, cap);
    if (data == NULL) {
        buf->failed = true;
        return -1;
    }
    buf->data = data;
    buf->cap = cap;
    return 0;
}

int
buf_add(struct buf *buf, const void *data, size_t len)
{
    if (grow(buf, len) != 0)
        return -1;
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = 0;
    return 0;
}

int
buf_add_str(struct buf *buf, const char *text)
{
    return buf_add(buf, text, strlen(text));
}

int
buf_add_char(struct buf *buf, char c)
{
    return buf_add(buf, &c, 1);
}

int
buf_addf(struct buf *buf, const char *format, ...)
{
    size_t room = buf->cap - buf->len;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(buf->data == NULL ? NULL : (char *)buf->data + buf->len,
                    room, format, args);
    va_end(args);
    if (len >= 0 && grow(buf, (size_t)len) == 0) {
        if ((size_t)len >= room) {
            va_start(args, format);
            (void)vsnprintf((char *)buf->data + buf->len, buf->cap - buf->len,
                            format, args);
            va_end(args);
        }
        buf->len += (size_t)len;
        return 0;
    }
    buf->failed = true;
    if (buf->data != NULL)
        buf->data[buf->len] = 0;
    return -1;
}

int
buf_add_u8(struct buf *buf, uint8_t v)
{
    return buf_add(buf, &v, 1);
}

int
buf_add_be16(struct buf *buf, uint16_t v)
{
    const uint8_t bytes[2] = {(uint8_t)(v >> 8), (uint8_t)v};

    return buf_add(buf, bytes, sizeof bytes);
}

int
buf_add_le32(struct buf *buf, uint32_t v)
{
    uint8_t bytes[4];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(v >> 8 * i);
    return buf_add(buf, bytes, sizeof bytes);
}

int
buf_add_le64(struct buf *buf, uint64_t v)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(v >> 8 * i);
    return buf_add(buf, bytes, sizeof bytes);
}

void
buf_drop_front(struct buf *buf, size_t len)
{
    assert(len <= buf->len);
    if (len == 0)
        return;
    buf->len -= len;
    memmove(buf->data, buf->data + len, buf->len);
    buf->data[buf->len] = 0;
}

const char *
buf_text(const struct buf *buf)
{
    return buf->data == NULL ? "" : (const char *)buf->data;
}

struct buf_reader
buf_reader(const void *data, size_t len)
{
    return (struct buf_reader){.at = data, .left = len};
}

const uint8_t *
buf_get(struct buf_reader *r, size_t len)
{
    static const uint8_t nothing[1] = {0};
    const uint8_t *at = r->at;

    if (r->failed || len > r->left) {
        r->failed = true;
        return NULL;
    }
    if (len == 0)
        return at != NULL ? at : nothing;
    r->at += len;
    r->left -= len;
    return at;
}

uint8_t
buf_get_u8(struct buf_reader *r)
{
    const uint8_t *at = buf_get(r, 1);

    return at == NULL ? 0 : at[0];
}

uint16_t
buf_get_be16(struct buf_reader *r)
{
    const uint8_t *at = buf_get(r, 2);

    if (at == NULL)
        return 0;
    return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t
buf_get_be32(struct buf_reader *r)
{
    uint32_t v = 0;
    const uint8_t *at = buf_get(r, 4);

    for (int i = 0; at != NULL && i < 4; i++)
        v = v << 8 | at[i];
    return v;
}

uint32_t
buf_get_le32(struct buf_reader *r)
{
    uint32_t v = 0;
    const uint8_t *at = buf_get(r, 4);

    for (int i = 3; at != NULL && i >= 0; i--)
        v = v << 8 | at[i];
    return v;
}

uint64_t
buf_get_le64(struct buf_reader *r)
{
    uint64_t v = 0;
    const uint8_t *at = buf_get(r, 8);

    for (int i = 7; at != NULL && i >= 0; i--)
        v = v << 8 | at[i];
    return v;
}
