/*
 * compress.c - see compress.h.  Exactly one zstd frame with its checksum:
 * anything cut off, changed or appended is refused.
 */
#include "base/compress.h"

#include <stdint.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/buf.h"

#define LEVEL       3  /* 9 gains nothing on our columns, at twice the time */
#define WINDOW_LOG  23 /* 8 MiB: what a stranger's frame may make us hold */
#define CHUNK_BYTES 8192

int
compress_pack(struct buf *out, const void *data, size_t len)
{
    size_t bound = ZSTD_compressBound(len);
    void *packed = ZSTD_isError(bound) ? NULL : malloc(bound);
    ZSTD_CCtx *ctx = ZSTD_createCCtx();
    size_t n = 0;
    int rc = -1;

    if (packed == NULL || ctx == NULL ||
        ZSTD_isError(
            ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1)))
        goto out;
    n = ZSTD_compress2(ctx, packed, bound, data, len);
    if (!ZSTD_isError(n))
        rc = buf_add(out, packed, n);
out:
    ZSTD_freeCCtx(ctx);
    free(packed);
    return rc;
}

static int
unpack(ZSTD_DCtx *ctx, struct buf *out, const void *data, size_t len)
{
    unsigned long long declared = ZSTD_getFrameContentSize(data, len);
    ZSTD_inBuffer in = {data, len, 0};
    uint8_t chunk[CHUNK_BYTES];
    size_t left = 1;

    if (declared == ZSTD_CONTENTSIZE_ERROR ||
        (declared != ZSTD_CONTENTSIZE_UNKNOWN &&
         declared > out->max - out->len))
        return -1;
    while (left != 0) {
        ZSTD_outBuffer piece = {chunk, sizeof chunk, 0};
        size_t before = in.pos;

        left = ZSTD_decompressStream(ctx, &piece, &in);
        if (ZSTD_isError(left) || buf_add(out, chunk, piece.pos) != 0)
            return -1;
        if (left != 0 && piece.pos == 0 && in.pos == before)
            return -1; /* cut off */
    }
    return in.pos == len ? 0 : -1;
}

int
compress_unpack(struct buf *out, const void *data, size_t len)
{
    ZSTD_DCtx *ctx = ZSTD_createDCtx();
    size_t before = out->len;
    int rc = -1;

    if (ctx != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(
                           ctx, ZSTD_d_windowLogMax, WINDOW_LOG)))
        rc = unpack(ctx, out, data, len);
    ZSTD_freeDCtx(ctx);
    if (rc != 0 && out->data != NULL) {
        out->len = before;
        out->data[before] = 0;
    }
    return rc;
}
